//! Right-hand matrices kept in panels: blocks of `NR = 2 * LANES` columns, each stored row by row.
//!
//! The source is `[taps, k, n]` row-major (dense weight: one tap; HWIO convolution weight:
//! `taps = kh * kw`, `k = cin / groups`, `n = cout`); `o` counts the `n / groups` columns of a group.
//! Forward: per group `[ceil(o / NR)][taps * k][NR]`. Transposed, for the input gradient: per group
//! `[ceil(k / NR)][taps][o][NR]`. Missing columns of the last panel are zeros.

use std::ops::Range;

use crate::float::Float;
use crate::isa::{Isa, Kernel, dispatch_on};
use crate::lanes::Simd;
use crate::shared::Shared;

/// Columns of one panel on the given instruction set.
pub const fn panel_width(isa: Isa) -> usize {
    match isa {
        Isa::Scalar => 2,
        Isa::Portable => 8,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => 16,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => 32,
    }
}

/// The shape of a matrix kept in panels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panels {
    pub taps: usize,
    pub k: usize,
    /// Columns of all groups together.
    pub n: usize,
    pub groups: usize,
    pub transposed: bool,
}

impl Panels {
    /// Panels of a matrix `[k, n]`, for products with `k` inside.
    pub fn matrix(k: usize, n: usize) -> Self {
        Panels { taps: 1, k, n, groups: 1, transposed: false }
    }

    /// Panels of the transpose of a matrix `[k, n]`, for products with `n` inside.
    pub fn transpose_of(k: usize, n: usize) -> Self {
        Panels { transposed: true, ..Panels::matrix(k, n) }
    }

    /// Rows of the source.
    pub fn rows(&self) -> usize {
        self.taps * self.k
    }

    /// Columns of one group.
    pub fn group_columns(&self) -> usize {
        self.n / self.groups.max(1)
    }

    /// Floats of one panel.
    pub fn panel_len(&self, isa: Isa) -> usize {
        let inner = if self.transposed { self.group_columns() } else { self.k };
        self.taps * inner * panel_width(isa)
    }

    /// Floats of one group.
    pub fn group_len(&self, isa: Isa) -> usize {
        let across = if self.transposed { self.k } else { self.group_columns() };
        across.div_ceil(panel_width(isa)) * self.panel_len(isa)
    }

    /// Floats of all panels.
    pub fn len(&self, isa: Isa) -> usize {
        self.groups * self.group_len(isa)
    }

    pub fn is_empty(&self) -> bool {
        self.taps * self.k * self.n == 0
    }

    /// Writes what the given rows of the source `[taps * k, n]` say; disjoint rows may be packed by
    /// several threads at once. Ranges that start at multiples of 32 within a tap are quickest.
    pub fn pack_rows(&self, isa: Isa, rows: Range<usize>, src: &[f32], dst: Shared<'_, f32>) {
        assert!(src.len() >= self.rows() * self.n, "source {} < {self:?}", src.len());
        self.pack_strided(isa, rows, src, self.n, dst);
    }

    /// Packs the whole source.
    pub fn pack(&self, isa: Isa, src: &[f32], dst: &mut [f32]) {
        self.pack_rows(isa, 0..self.rows(), src, Shared::new(dst));
    }

    fn pack_strided(
        &self,
        isa: Isa,
        rows: Range<usize>,
        src: &[f32],
        ld: usize,
        dst: Shared<'_, f32>,
    ) {
        assert!(rows.end <= self.rows() && dst.len() >= self.len(isa) && ld >= self.n);
        assert!(rows.is_empty() || src.len() >= (rows.end - 1) * ld + self.n);
        assert!(self.groups > 0 && self.n.is_multiple_of(self.groups));
        if rows.is_empty() || self.n == 0 {
            return;
        }
        dispatch_on(
            isa,
            PackRows { panels: *self, rows, src: src.as_ptr(), ld, dst: dst.pointer() },
        )
    }
}

/// Packs operands that are computed at run time: `batch` sources with rows `ld` floats apart.
#[derive(Clone, Copy, Debug)]
pub struct Pack {
    pub panels: Panels,
    pub ld: usize,
    pub batch: usize,
    /// Floats from one source to the next.
    pub stride: usize,
}

impl Pack {
    pub fn new(panels: Panels) -> Self {
        Pack { panels, ld: panels.n, batch: 1, stride: panels.rows() * panels.n }
    }

    /// Floats of the panels of all sources.
    pub fn len(&self, isa: Isa) -> usize {
        self.batch * self.panels.len(isa)
    }

    pub fn is_empty(&self) -> bool {
        self.batch == 0 || self.panels.is_empty()
    }

    fn rows_of_tile(&self) -> usize {
        (32768 / self.panels.n.max(1)).next_multiple_of(32).max(32)
    }

    pub fn tiles(&self) -> usize {
        if self.is_empty() {
            0
        } else {
            self.batch * self.panels.rows().div_ceil(self.rows_of_tile())
        }
    }

    pub fn run(&self, tile: usize, src: &[f32], dst: Shared<'_, f32>) {
        self.run_on(Isa::current(), tile, src, dst)
    }

    pub fn run_on(&self, isa: Isa, tile: usize, src: &[f32], dst: Shared<'_, f32>) {
        let (rows, step) = (self.panels.rows(), self.rows_of_tile());
        let each = rows.div_ceil(step);
        let (index, first) = (tile / each, tile % each * step);
        let len = self.panels.len(isa);
        assert!(dst.len() >= (index + 1) * len);
        // SAFETY: the panels of this source, within the buffer; a tile writes its own rows' elements.
        let panels = unsafe { Shared::from_raw(dst.pointer().add(index * len), len) };
        let range = first..(first + step).min(rows);
        self.panels.pack_strided(isa, range, &src[index * self.stride..], self.ld, panels)
    }
}

// ---- reference

/// The panels of `src`, `width` columns each.
pub fn reference<T: Float>(panels: Panels, width: usize, src: &[T]) -> Vec<T> {
    let Panels { taps, k, n, groups, transposed } = panels;
    let o = panels.group_columns();
    let (across, inner) = if transposed { (k, o) } else { (o, k) };
    let mut dst = vec![];
    for group in 0..groups {
        for first in (0..across).step_by(width) {
            for tap in 0..taps {
                for i in 0..inner {
                    for j in first..first + width {
                        let (row, column) = if transposed { (j, i) } else { (i, j) };
                        let inside = j < across;
                        let at = (tap * k + row) * n + group * o + column;
                        dst.push(if inside { src[at] } else { T::ZERO });
                    }
                }
            }
        }
    }
    dst
}

// ---- fast

struct PackRows {
    panels: Panels,
    rows: Range<usize>,
    src: *const f32,
    ld: usize,
    dst: *mut f32,
}

impl Kernel for PackRows {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Panels { taps, k, groups, transposed, .. } = self.panels;
        let (o, width) = (self.panels.group_columns(), 2 * S::LANES);
        let inner = if transposed { o } else { k };
        let across = if transposed { k } else { o };
        let group_len = across.div_ceil(width) * taps * inner * width;
        for group in 0..groups {
            // SAFETY: `pack_strided` checked that the rows lie in the source and all groups in the panels.
            unsafe {
                let (src, dst) = (self.src.add(group * o), self.dst.add(group * group_len));
                if transposed {
                    self.columns(simd, src, dst, o);
                } else {
                    self.panels_of_rows(simd, src, dst, o);
                }
            }
        }
    }
}

impl PackRows {
    /// # Safety
    /// `src` and `dst` are the group's first elements.
    #[inline(always)]
    unsafe fn panels_of_rows<S: Simd>(&self, simd: S, src: *const f32, dst: *mut f32, o: usize) {
        let (lanes, width) = (S::LANES, 2 * S::LANES);
        let panel_len = self.panels.rows() * width;
        // A block of rows stays in L1 while all panels take their columns from it.
        for block in self.rows.clone().step_by(16) {
            for (panel, first) in (0..o).step_by(width).enumerate() {
                for row in block..(block + 16).min(self.rows.end) {
                    // SAFETY: row and columns are within the source, the panel's row within `dst`.
                    unsafe {
                        let from = src.add(row * self.ld + first);
                        let to = dst.add(panel * panel_len + row * width);
                        let left = o - first;
                        if left >= width {
                            simd.store(to, simd.load(from));
                            simd.store(to.add(lanes), simd.load(from.add(lanes)));
                        } else {
                            let (low, high) = (left.min(lanes), left.saturating_sub(lanes));
                            simd.store(to, simd.load_partial(from, low));
                            simd.store(to.add(lanes), simd.load_partial(from.add(low), high));
                        }
                    }
                }
            }
        }
    }

    /// # Safety
    /// `src` and `dst` are the group's first elements.
    #[inline(always)]
    unsafe fn columns<S: Simd>(&self, simd: S, src: *const f32, dst: *mut f32, o: usize) {
        let (lanes, width, k) = (S::LANES, 2 * S::LANES, self.panels.k);
        let panel_len = self.panels.taps * o * width;
        let mut row = self.rows.start;
        while row < self.rows.end {
            let (tap, column) = (row / k, row % k);
            let end = (self.rows.end - row).min(k - column) + column; // rows of this tap end here
            // SAFETY: rows of the source become lanes of a panel that holds them.
            unsafe {
                let from = src.add(row * self.ld);
                let panel = dst.add(column / width * panel_len + tap * o * width);
                let to = panel.add(column % width);
                let mut first = 0;
                let block = if column % lanes == 0 && column + lanes <= end { lanes } else { 1 };
                while block == lanes && first + lanes <= o {
                    simd.transpose(from.add(first), self.ld, to.add(first * width), width);
                    first += lanes;
                }
                for i in first..o {
                    for lane in 0..block {
                        *to.add(i * width + lane) = *from.add(lane * self.ld + i);
                    }
                }
                row += block;
                if column + block == k {
                    let used = (k - 1) % width + 1;
                    for i in 0..o {
                        for lane in used..width {
                            *panel.add(i * width + lane) = 0.0;
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(len: usize) -> Vec<f32> {
        (0..len).map(|i| i as f32 + 1.0).collect()
    }

    fn shapes() -> Vec<Panels> {
        let mut shapes = vec![];
        for transposed in [false, true] {
            for (taps, k, n, groups) in [
                (1, 0, 5, 1),
                (1, 5, 0, 1),
                (1, 1, 1, 1),
                (1, 7, 9, 1),
                (1, 33, 31, 1),
                (1, 64, 48, 1),
                (9, 3, 16, 1),
                (9, 20, 12, 4),
                (2, 17, 34, 2),
            ] {
                shapes.push(Panels { taps, k, n, groups, transposed });
            }
        }
        shapes
    }

    #[test]
    fn packing_in_ranges_gives_the_panels_of_the_reference() {
        for isa in Isa::available() {
            for panels in shapes() {
                let src = numbered(panels.rows() * panels.n);
                let expected = reference(panels, panel_width(isa), &src);
                assert_eq!(expected.len(), panels.len(isa));
                for step in [1, 5, 32, 1000] {
                    let mut dst = vec![f32::NAN; panels.len(isa)];
                    let shared = Shared::new(&mut dst);
                    for first in (0..panels.rows()).step_by(step) {
                        let range = first..(first + step).min(panels.rows());
                        panels.pack_rows(isa, range, &src, shared);
                    }
                    assert_eq!(dst, expected, "{isa:?} {panels:?} step {step}");
                }
            }
        }
    }

    #[test]
    fn a_batch_with_padded_rows_packs_like_each_matrix_alone() {
        for isa in Isa::available() {
            for panels in [Panels::matrix(70, 19), Panels::transpose_of(70, 19)] {
                let pack = Pack { panels, ld: 23, batch: 3, stride: 70 * 23 + 5 };
                let src = numbered(3 * pack.stride);
                let mut dst = vec![f32::NAN; pack.len(isa)];
                let shared = Shared::new(&mut dst);
                for tile in 0..pack.tiles() {
                    pack.run_on(isa, tile, &src, shared);
                }
                for (index, packed) in dst.chunks(panels.len(isa)).enumerate() {
                    let rows = src[index * pack.stride..].chunks(23).take(70);
                    let matrix: Vec<f32> = rows.flat_map(|row| row[..19].to_vec()).collect();
                    assert_eq!(packed, reference(panels, panel_width(isa), &matrix));
                }
            }
        }
    }
}
