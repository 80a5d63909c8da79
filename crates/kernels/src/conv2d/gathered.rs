//! The matmul inside a convolution: each output pixel multiplies runs of source elements, found by
//! pointer, with the rows of a weight panel: no im2col.
//!
//! `out[pixel, column] = Σ_run Σ_k source[pixel.from + run.from + k] panel[run.row + k, column]`

use crate::{Kernel, Shared, Simd};

/// Where an output pixel reads (its window's first element) and writes (its first column).
#[derive(Clone, Copy)]
pub struct Pixel {
    pub from: usize,
    pub to: usize,
}

/// Consecutive source elements of a window, and the panel row that the first of them multiplies.
#[derive(Clone, Copy)]
pub struct Run {
    pub from: usize,
    pub row: usize,
}

/// The pixels of one tile times the panels of every group.
pub struct Gathered<'a> {
    pub source: &'a [f32],
    /// In ascending order, with a tail from `pad`.
    pub pixels: &'a [Pixel],
    /// Pixels without the tail.
    pub count: usize,
    pub runs: &'a [Run],
    /// Elements in each run.
    pub len: usize,
    /// Per group `[ceil(columns / NR)][rows][NR]`.
    pub panels: &'a [f32],
    pub rows: usize,
    pub groups: usize,
    /// Source channels of a group.
    pub depth: usize,
    /// Output channels of a group.
    pub columns: usize,
    pub output: Shared<'a, f32>,
}

/// One group: its first source element, panel and output element.
struct Group<'a> {
    of: &'a Gathered<'a>,
    source: *const f32,
    panels: *const f32,
    output: *mut f32,
}

/// Repeats the last pixel, so that every register tile is whole: the same values written twice cost
/// less than a kernel for each count. Returns the pixels before.
pub fn pad(pixels: &mut Vec<Pixel>) -> usize {
    const MOST_ROWS: usize = 12;
    let count = pixels.len();
    if let Some(last) = pixels.last().copied() {
        pixels.resize(count + MOST_ROWS - 1, last);
    }
    count
}

/// Runs up to this length are cut into single elements, whose loop has no inner one.
pub const SHORT: usize = 8;

/// Panels up to this size stay in L1 while pixels pass by, so that output rows are written whole.
const RESIDENT: usize = 4096;

/// Panel rows that stay in L2 while pixels pass by; longer sums are added up in memory.
const DEPTH: usize = 1536;

impl Kernel for Gathered<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Some(last) = self.pixels.last() else { return };
        let group = self.columns.div_ceil(2 * S::LANES) * self.rows * 2 * S::LANES;
        debug_assert!(self.pixels.is_sorted_by_key(|p| p.from));
        debug_assert!(self.pixels.is_sorted_by_key(|p| p.to));
        assert!(self.pixels.len() >= self.count.next_multiple_of(S::ROWS), "unpadded");
        let reach = self.runs.iter().map(|run| run.from + self.len).max().unwrap_or(0);
        let before = (self.groups - 1) * self.depth;
        assert!(reach == 0 || last.from + before + reach <= self.source.len(), "source");
        assert!(last.to + self.groups * self.columns <= self.output.len(), "output");
        assert!(self.groups * group <= self.panels.len(), "panels");
        debug_assert!(self.runs.iter().all(|run| run.row + self.len <= self.rows));
        for g in 0..self.groups {
            // SAFETY: the farthest element of each operand was measured above.
            unsafe {
                let group = Group {
                    of: &self,
                    source: self.source.as_ptr().add(g * self.depth),
                    panels: self.panels.as_ptr().add(g * group),
                    output: self.output.pointer().add(g * self.columns),
                };
                match S::ROWS {
                    12 => group.blocks::<S, 12, 6>(simd),
                    6 => group.blocks::<S, 6, 3>(simd),
                    _ => group.blocks::<S, 4, 2>(simd),
                }
            }
        }
    }
}

impl Group<'_> {
    #[inline(always)]
    unsafe fn blocks<S: Simd, const ROWS: usize, const HALF: usize>(&self, simd: S) {
        let width = 2 * S::LANES;
        let blocks = self.of.columns.div_ceil(width);
        let chunks = self.of.count.div_ceil(ROWS);
        let resident = blocks * self.of.rows * width <= RESIDENT;
        let (outer, inner) = if resident { (1, blocks) } else { (blocks, 1) };
        let depth = if resident { usize::MAX } else { DEPTH };
        let each = (depth / self.of.len.max(1)).max(1);
        // Without runs the sums are zero, which must be written too.
        let parts = self.of.runs.len().div_ceil(each).max(1);
        for first in 0..outer {
            for part in 0..parts {
                let start = part * each;
                let runs = &self.of.runs[start..];
                let runs = &runs[..each.min(runs.len())];
                for chunk in 0..chunks {
                    let left = self.of.count - chunk * ROWS;
                    let pixels = &self.of.pixels[chunk * ROWS..][..ROWS];
                    for block in first..first + inner {
                        // SAFETY: the block and the pixels are those the caller vouches for.
                        unsafe {
                            if left > HALF {
                                self.columns::<S, ROWS>(simd, pixels, runs, part > 0, block)
                            } else {
                                self.columns::<S, HALF>(simd, pixels, runs, part > 0, block)
                            }
                        }
                    }
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn columns<S: Simd, const ROWS: usize>(
        &self,
        simd: S,
        pixels: &[Pixel],
        runs: &[Run],
        add: bool,
        block: usize,
    ) {
        let left = self.of.columns - block * 2 * S::LANES;
        // SAFETY: as the caller vouches.
        unsafe {
            match (left > S::LANES, self.of.len == 1) {
                (true, true) => self.tile::<S, ROWS, 2, true>(simd, pixels, runs, add, block),
                (true, false) => self.tile::<S, ROWS, 2, false>(simd, pixels, runs, add, block),
                (false, true) => self.tile::<S, ROWS, 1, true>(simd, pixels, runs, add, block),
                (false, false) => self.tile::<S, ROWS, 1, false>(simd, pixels, runs, add, block),
            }
        }
    }

    /// `ROWS` pixels by `VECTORS` vectors of columns.
    #[inline(always)]
    unsafe fn tile<S: Simd, const ROWS: usize, const VECTORS: usize, const SINGLE: bool>(
        &self,
        simd: S,
        pixels: &[Pixel],
        runs: &[Run],
        add: bool,
        block: usize,
    ) {
        let width = 2 * S::LANES;
        // SAFETY: offsets stay within what the caller vouches for.
        unsafe {
            let panel = self.panels.add(block * self.of.rows * width);
            let from: [*const f32; ROWS] = std::array::from_fn(|i| self.source.add(pixels[i].from));
            let mut sums = [[simd.zero(); VECTORS]; ROWS];
            for run in runs {
                let mut weights = panel.add(run.row * width);
                let len = if SINGLE { 1 } else { self.of.len };
                for k in 0..len {
                    let mut w = [simd.zero(); VECTORS];
                    for v in 0..VECTORS {
                        w[v] = simd.load(weights.add(v * S::LANES));
                    }
                    for i in 0..ROWS {
                        let x = simd.splat(*from[i].add(run.from + k));
                        for v in 0..VECTORS {
                            sums[i][v] = simd.fma(x, w[v], sums[i][v]);
                        }
                    }
                    weights = weights.add(width);
                }
            }
            let tail = self.of.columns - block * width - (VECTORS - 1) * S::LANES;
            let to: [*mut f32; ROWS] =
                std::array::from_fn(|i| self.output.add(pixels[i].to + block * width));
            if tail >= S::LANES {
                finish(simd, sums, to, add);
            } else {
                finish_partial(simd, sums, to, add, tail);
            }
        }
    }
}

/// Writes sums, or adds them to what is there. All of it is read before any is written, because
/// rows may repeat.
///
/// # Safety
/// Each pointer is valid for `VECTORS` vectors.
#[inline(always)]
pub unsafe fn finish<S: Simd, const ROWS: usize, const VECTORS: usize>(
    simd: S,
    mut sums: [[S::F32; VECTORS]; ROWS],
    to: [*mut f32; ROWS],
    add: bool,
) {
    // SAFETY: as the caller vouches.
    unsafe {
        if add {
            for i in 0..ROWS {
                for v in 0..VECTORS {
                    sums[i][v] = simd.add(simd.load(to[i].add(v * S::LANES)), sums[i][v]);
                }
            }
        }
        for i in 0..ROWS {
            for v in 0..VECTORS {
                simd.store(to[i].add(v * S::LANES), sums[i][v]);
            }
        }
    }
}

/// As `finish`, where the last vector has only `tail` columns.
///
/// # Safety
/// Each pointer is valid for `VECTORS - 1` vectors and `tail` floats.
#[inline(always)]
pub unsafe fn finish_partial<S: Simd, const ROWS: usize, const VECTORS: usize>(
    simd: S,
    mut sums: [[S::F32; VECTORS]; ROWS],
    to: [*mut f32; ROWS],
    add: bool,
    tail: usize,
) {
    let n = |v: usize| if v + 1 < VECTORS { S::LANES } else { tail };
    // SAFETY: as the caller vouches.
    unsafe {
        if add {
            for i in 0..ROWS {
                for v in 0..VECTORS {
                    let old = simd.load_partial(to[i].add(v * S::LANES), n(v));
                    sums[i][v] = simd.add(old, sums[i][v]);
                }
            }
        }
        for i in 0..ROWS {
            for v in 0..VECTORS {
                simd.store_partial(to[i].add(v * S::LANES), sums[i][v], n(v));
            }
        }
    }
}
