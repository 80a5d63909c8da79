//! `C[m, n] = A[m, k] B[k, n]`: `A` read in place, `B` kept in panels.
//!
//! A small `C` with a long sum is cut over `k`, so that every operand is read once, see [`Splits`].

use std::cell::UnsafeCell;
use std::ptr::{copy_nonoverlapping, null_mut};

use super::{Block, COL_UNIT, Grid, ROW_UNIT, Region, Splits, even_step, multiply_rows, quotient};
use crate::float::Float;
use crate::isa::{Isa, Kernel, dispatch_on};
use crate::lanes::Simd;
use crate::panels::Panels;
use crate::shared::Shared;

/// One product, or a batch of independent ones.
#[derive(Clone, Copy, Debug)]
pub struct MatMul {
    pub m: usize,
    pub n: usize,
    pub k: usize,
    /// Floats from one row of `A` to the next.
    pub lda: usize,
    /// Floats from one row of `C` to the next.
    pub ldc: usize,
    pub batch: usize,
    /// Floats from one `A` of the batch to the next.
    pub stride_a: usize,
    /// Floats from one `C` of the batch to the next.
    pub stride_c: usize,
    /// All products of the batch have the same `B`; otherwise its panels follow each other.
    pub one_b: bool,
}

/// Terms of the sum that one pass takes: measured, a whole sum in one go wins while a panel and the
/// rows of a tile stay in L2.
const TERMS: usize = 1024;
/// Rows of a tile: all that stay in L2 beside a panel while the tile's panels pass by.
const ROWS: usize = 48;
/// Terms of a sum above which it is cut into parts of so many, where the output is small.
const LONG: usize = 2048;
const PART: usize = 512;
/// Elements of an output that is small.
const FEW: usize = 1 << 16;
/// Products that a tile is worth its start for: some 20 microseconds of work.
const LEAST: usize = 1 << 20;
/// Products that are one tile, found without a division.
const SMALL: usize = 1 << 18;
/// Floats of 4 KiB: rows that are so far apart share their few places in the first cache.
const ALIASED: usize = 1024;
/// Columns that pay for copying rows apart.
const WORTH: usize = 128;
/// Floats from one copied row to the next: a cache line more than a multiple of 4 KiB.
const APART: usize = TERMS + 16;

thread_local! {
    /// Rows of `A` that a tile copied apart.
    static ROWS_APART: UnsafeCell<[f32; ROWS * APART]> = const { UnsafeCell::new([0.0; ROWS * APART]) };
}

impl MatMul {
    /// One product of dense matrices.
    pub fn new(m: usize, n: usize, k: usize) -> Self {
        MatMul { m, n, k, lda: k, ldc: n, batch: 1, stride_a: m * k, stride_c: m * n, one_b: false }
    }

    /// The panels that this product reads, of a source `[k, n]`.
    pub fn panels(&self) -> Panels {
        Panels::matrix(self.k, self.n)
    }

    fn grid(&self) -> Grid {
        let (m, n, k) = (self.m.max(1), self.n.max(1), self.k.max(1));
        if m * n * k <= SMALL {
            return Grid { rows: self.m, cols: self.n, row_step: m, col_step: n };
        }
        if self.parts() > 1 {
            let row_step = even_step(m, m.div_ceil(2 * ROWS), ROW_UNIT);
            return Grid {
                rows: self.m,
                cols: self.n,
                row_step,
                col_step: even_step(n, n.div_ceil(256), COL_UNIT),
            };
        }
        // Wide tiles read their rows once for many panels, as long as there are some 32 of them.
        let most = if self.aliased() { 1024 } else { 256 };
        let widest = (m * n / (32 * ROWS)).clamp(64, most);
        let col_step = even_step(n, n.div_ceil(widest), COL_UNIT);
        let of_a_row = col_step.min(n) * k;
        let most = LEAST.max(ROWS * of_a_row);
        let tall = ((m * n * k / 32).clamp(LEAST, most) / of_a_row).max(ROW_UNIT);
        let row_step = even_step(m, m.div_ceil(tall), ROW_UNIT);
        Grid { rows: self.m, cols: self.n, row_step, col_step }
    }

    /// Parts that the sum is cut into.
    pub fn splits(&self) -> Splits {
        let parts = self.parts();
        Splits {
            parts,
            batch: self.batch,
            rows: self.m,
            cols: self.n,
            ld: self.ldc,
            stride: self.stride_c,
        }
    }

    /// Whether rows of `A` evict each other: measured, 1024 x 1024 x 1024 runs at 77 % of the peak
    /// on AVX-512 then, and at 93 % with rows copied apart.
    fn aliased(&self) -> bool {
        self.lda.is_multiple_of(ALIASED) && self.m >= ROW_UNIT && self.n >= WORTH
    }

    fn parts(&self) -> usize {
        let outputs = self.batch * self.m * self.n;
        if self.k < LONG || outputs > FEW || outputs * self.k < 4 * LEAST {
            return 1;
        }
        (self.k / PART).min(outputs * self.k / LEAST)
    }

    pub fn tiles(&self) -> usize {
        self.parts() * self.batch * self.grid().tiles()
    }

    /// The part of `C` that a tile writes, or adds a partial sum to.
    pub fn region(&self, tile: usize) -> Region {
        let grid = self.grid();
        let (index, tile) = quotient(tile, grid.tiles());
        grid.region(quotient(index, self.batch).1, tile)
    }

    /// Computes one tile into `C`, or into the scratch of [`Splits`] where the sum has parts;
    /// `panels` are those of [`MatMul::panels`], for each product unless `one_b`.
    pub fn run(&self, tile: usize, a: &[f32], panels: &[f32], target: Shared<'_, f32>) {
        self.run_on(Isa::current(), tile, a, panels, target)
    }

    pub fn run_on(
        &self,
        isa: Isa,
        tile: usize,
        a: &[f32],
        panels: &[f32],
        target: Shared<'_, f32>,
    ) {
        let (grid, splits) = (self.grid(), self.splits());
        let (index, tile) = quotient(tile, grid.tiles());
        let (part, matrix) = quotient(index, self.batch);
        let Region { row, rows, col, cols, .. } = grid.region(matrix, tile);
        let step = if splits.parts == 1 { self.k } else { self.k.div_ceil(splits.parts) };
        let from = (part * step).min(self.k);
        let panels_len = self.panels().len(isa);
        let b_from = if self.one_b { 0 } else { matrix * panels_len };
        let a_from = matrix * self.stride_a + row * self.lda;
        let (c_from, ldc) = splits.place(part, matrix, row, col);
        assert!(part < splits.parts && rows > 0 && self.lda >= self.k && self.ldc >= self.n);
        assert!(a.len() >= a_from + (rows - 1) * self.lda + self.k, "A is too short for {self:?}");
        assert!(target.len() >= c_from + (rows - 1) * ldc + cols, "C is too short for {self:?}");
        assert!(panels.len() >= b_from + panels_len, "panels are too short for {self:?}");
        let terms = (from, step.min(self.k - from));
        // SAFETY: the starts are within the operands, as asserted.
        let (a, b, c) = unsafe {
            (a.as_ptr().add(a_from), panels.as_ptr().add(b_from), target.pointer().add(c_from))
        };
        let (k, lda) = (self.k, self.lda);
        ROWS_APART.with(|apart| {
            let apart =
                if self.aliased() && cols >= WORTH { apart.get().cast() } else { null_mut() };
            dispatch_on(isa, Tile { k, terms, rows, col, cols, a, lda, apart, b, c, ldc })
        })
    }
}

// ---- reference

/// `c = a b` of `a: [m, k]`, `b: [k, n]`, rows `lda`, `ldb`, `ldc` apart.
pub fn reference<T: Float>(
    (m, n, k): (usize, usize, usize),
    (a, lda): (&[T], usize),
    (b, ldb): (&[T], usize),
    (c, ldc): (&mut [T], usize),
) {
    for i in 0..m {
        for j in 0..n {
            c[i * ldc + j] = (0..k).map(|p| a[i * lda + p] * b[p * ldb + j]).sum();
        }
    }
}

// ---- fast

struct Tile {
    /// Rows of the panels.
    k: usize,
    /// The first term of the sum, and how many.
    terms: (usize, usize),
    rows: usize,
    col: usize,
    cols: usize,
    a: *const f32,
    lda: usize,
    /// This thread's room for rows of `A` that are copied apart; null where they are read in place.
    apart: *mut f32,
    b: *const f32,
    /// The tile's first element.
    c: *mut f32,
    ldc: usize,
}

impl Kernel for Tile {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let (first, terms) = self.terms;
        let passes = terms.div_ceil(TERMS).max(1);
        let step = terms.div_ceil(passes);
        let height = if self.apart.is_null() { self.rows } else { ROWS };
        for pass in 0..passes {
            let from = first + pass * step;
            let k = step.min(first + terms - from);
            for top in (0..self.rows).step_by(height) {
                self.columns(simd, (from, k), (top, height.min(self.rows - top)), pass > 0);
            }
        }
    }
}

impl Tile {
    /// Some rows and terms of the tile, for all its columns.
    #[inline(always)]
    fn columns<S: Simd>(
        &self,
        simd: S,
        (from, k): (usize, usize),
        (top, rows): (usize, usize),
        add: bool,
    ) {
        let width = 2 * S::LANES;
        // SAFETY: `run_on` asserted that the tile's rows and columns are within the operands; `col`
        // is a multiple of the panel width; there is room for `ROWS` rows of `TERMS` apart.
        unsafe {
            let mut a = self.a.add(top * self.lda + from);
            let mut a_row = self.lda;
            if !self.apart.is_null() {
                for row in 0..rows {
                    copy_nonoverlapping(a.add(row * a_row), self.apart.add(row * APART), k);
                }
                (a, a_row) = (self.apart, APART);
            }
            for right in (0..self.cols).step_by(width) {
                let block = Block {
                    k,
                    a,
                    a_row,
                    a_step: 1,
                    b: self.b.add(((self.col + right) / width * self.k + from) * width),
                    b_step: width,
                    c: self.c.add(top * self.ldc + right),
                    ldc: self.ldc,
                    cols: width.min(self.cols - right),
                    add,
                };
                multiply_rows::<S, true>(simd, rows, block);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear::tests::{assert_near, values};

    fn check(isa: Isa, problem: MatMul) {
        let MatMul { m, n, k, lda, ldc, batch, stride_a, stride_c, one_b } = problem;
        let a = values(batch * stride_a + m * lda, 1);
        let b = values(batch * k * n, 2);
        let panels = problem.panels();
        let matrices = if one_b { 1 } else { batch };
        let mut packed = vec![];
        for index in 0..matrices {
            let mut one = vec![0.0; panels.len(isa)];
            panels.pack(isa, &b[index * k * n..], &mut one);
            packed.extend(one);
        }
        let mut c = vec![7.0; batch * stride_c + m * ldc];
        let mut expected = c.clone();
        let splits = problem.splits();
        let mut scratch = vec![f32::NAN; splits.scratch_len()];
        let target = Shared::new(if splits.parts > 1 { &mut scratch } else { &mut c });
        for tile in 0..problem.tiles() {
            problem.run_on(isa, tile, &a, &packed, target);
        }
        let shared = Shared::new(&mut c);
        for tile in 0..splits.combine_tiles() {
            splits.combine(tile, &scratch, shared);
        }
        for index in 0..batch {
            let b = &b[if one_b { 0 } else { index * k * n }..];
            let c = &mut expected[index * stride_c..];
            reference((m, n, k), (&a[index * stride_a..], lda), (b, n), (c, ldc));
        }
        assert_near(&c, &expected, 1e-6 * (k as f32 + 4.0), &format!("{isa:?} {problem:?}"));
    }

    #[test]
    fn fast_products_equal_the_reference_at_every_size() {
        for isa in Isa::available() {
            for m in [0, 1, 2, 3, 5, 6, 7, 13, 25] {
                for n in [0, 1, 7, 8, 9, 10, 16, 17, 31, 32, 33, 70] {
                    for k in [0, 1, 2, 5, 33] {
                        check(isa, MatMul::new(m, n, k));
                    }
                }
            }
        }
    }

    #[test]
    fn products_of_several_passes_and_tiles_equal_the_reference() {
        for isa in Isa::available() {
            for (m, n, k) in [(130, 200, 150), (53, 70, 1100), (300, 530, 64), (3, 1200, 600)] {
                check(isa, MatMul::new(m, n, k));
            }
        }
    }

    #[test]
    fn rows_that_would_share_a_cache_line_equal_the_reference() {
        for isa in Isa::available() {
            for (m, n, k, lda) in [(61, 300, 1024, 1024), (13, 140, 2000, 2048), (49, 129, 7, 1024)]
            {
                let dense = MatMul { lda, stride_a: m * lda, ..MatMul::new(m, n, k) };
                assert!(dense.aliased());
                check(isa, dense);
            }
        }
    }

    #[test]
    fn a_small_output_with_a_long_sum_is_split_and_equals_the_reference() {
        for isa in Isa::available() {
            let dense = MatMul::new(31, 37, 4100);
            assert!(dense.splits().parts > 1);
            check(isa, dense);
            let padded = MatMul { lda: 4103, ldc: 41, stride_a: 130_000, stride_c: 1300, ..dense };
            check(isa, MatMul { batch: 2, ..padded });
        }
    }

    #[test]
    fn padded_rows_and_batches_leave_the_rest_of_the_output_alone() {
        for isa in Isa::available() {
            let dense = MatMul::new(13, 21, 9);
            let padded = MatMul { lda: 11, ldc: 29, stride_a: 150, stride_c: 400, ..dense };
            for one_b in [false, true] {
                check(isa, MatMul { batch: 3, one_b, ..padded });
            }
        }
    }

    #[test]
    fn tiles_cover_every_element_of_the_output_once() {
        for (m, n, k) in [(1, 1, 1), (100, 100, 100), (513, 1000, 33), (2048, 70, 2048)] {
            let problem = MatMul { batch: 2, ..MatMul::new(m, n, k) };
            let mut seen = vec![0; 2 * m * n];
            for tile in 0..problem.tiles() {
                let Region { matrix, row, rows, col, cols } = problem.region(tile);
                for i in row..row + rows {
                    for j in col..col + cols {
                        seen[(matrix * m + i) * n + j] += 1;
                    }
                }
            }
            assert!(seen.iter().all(|&times| times == 1), "{problem:?}");
        }
    }
}
