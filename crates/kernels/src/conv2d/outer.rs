//! The outer product inside a weight gradient: each source element of a window times a row of dy,
//! summed over pixels in registers.
//!
//! `out[row, column] (+)= Σ_pixel source[rows[row] + pixel.from] dy[pixel.to + column]`

use crate::conv2d::gathered::{Pixel, finish, finish_partial};
use crate::{Kernel, Shared, Simd};

/// One block of the gradient over one chunk of pixels.
pub struct Outer<'a> {
    pub source: &'a [f32],
    pub dy: &'a [f32],
    /// In ascending order.
    pub pixels: &'a [Pixel],
    /// First source element of each gradient row.
    pub rows: &'a [Row],
    /// So many rows at a time read neighbouring elements.
    pub run: usize,
    /// Columns of the block, from `column` on.
    pub column: usize,
    pub columns: usize,
    /// Copy of the columns of dy as `[ceil(columns / NR)][pixels][NR]`, if it is worth one.
    pub panels: &'a mut Vec<f32>,
    /// Whether to add to what the gradient holds.
    pub add: bool,
    pub output: Shared<'a, f32>,
}

/// A gradient row: where it reads beside a pixel's window, and its first element.
#[derive(Clone, Copy)]
pub struct Row {
    pub from: usize,
    pub to: usize,
}

/// Gradient rows from which on a packed dy earns its copy.
pub const MANY_ROWS: usize = 16;

impl Kernel for Outer<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        if self.rows.is_empty() || self.pixels.is_empty() || self.columns == 0 {
            return;
        }
        let row = |at: fn(&Row) -> usize| self.rows.iter().map(at).max().unwrap_or(0);
        let last = self.pixels[self.pixels.len() - 1];
        let end = self.column + self.columns;
        debug_assert!(self.pixels.is_sorted_by_key(|p| p.from));
        debug_assert!(self.pixels.is_sorted_by_key(|p| p.to));
        assert!(last.from + row(|r| r.from) < self.source.len(), "source");
        assert!(last.to + end <= self.dy.len(), "dy");
        assert!(row(|r| r.to) + end <= self.output.len(), "gradient");
        let packed = self.rows.len() >= MANY_ROWS || !self.columns.is_multiple_of(S::LANES);
        if packed {
            self.pack(simd);
        }
        // SAFETY: the farthest element of each operand was measured above.
        unsafe {
            match (S::ROWS, packed) {
                (12, true) => self.blocks::<S, 12, 6, true>(simd),
                (12, false) => self.blocks::<S, 12, 6, false>(simd),
                (6, true) => self.blocks::<S, 6, 3, true>(simd),
                (6, false) => self.blocks::<S, 6, 3, false>(simd),
                (_, true) => self.blocks::<S, 4, 2, true>(simd),
                (_, false) => self.blocks::<S, 4, 2, false>(simd),
            }
        }
    }
}

impl Outer<'_> {
    #[inline(always)]
    fn pack<S: Simd>(&mut self, simd: S) {
        let width = 2 * S::LANES;
        let blocks = self.columns.div_ceil(width);
        let len = blocks * self.pixels.len() * width;
        if self.panels.len() < len {
            self.panels.resize(len, 0.0);
        }
        for block in 0..blocks {
            let left = self.columns - block * width;
            for (p, pixel) in self.pixels.iter().enumerate() {
                // SAFETY: `run` measured dy, and the panels were resized above; only columns of the
                // block are read.
                unsafe {
                    let from = self.dy.as_ptr().add(pixel.to + self.column + block * width);
                    let to = self.panels.as_mut_ptr().add((block * self.pixels.len() + p) * width);
                    if left >= width {
                        simd.store(to, simd.load(from));
                        simd.store(to.add(S::LANES), simd.load(from.add(S::LANES)));
                    } else {
                        let first = left.min(S::LANES);
                        let second = left - first;
                        simd.store(to, simd.load_partial(from, first));
                        let rest = simd.load_partial(from.add(first), second);
                        simd.store(to.add(S::LANES), rest);
                    }
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn blocks<S: Simd, const ROWS: usize, const HALF: usize, const PACKED: bool>(
        &self,
        simd: S,
    ) {
        let width = 2 * S::LANES;
        for block in 0..self.columns.div_ceil(width) {
            let two = self.columns - block * width > S::LANES;
            // Neighbours need one address for all rows of a tile; short runs share tiles.
            let near = self.run >= ROWS;
            let run = if near { self.run } else { self.rows.len() };
            for rows in self.rows.chunks(run) {
                for start in (0..rows.len()).step_by(ROWS) {
                    let rows = &rows[start..];
                    let whole = near && rows.len() >= ROWS;
                    // SAFETY: as the caller vouches.
                    unsafe {
                        match (rows.len() > HALF, two) {
                            (true, true) if whole => {
                                self.tile::<S, ROWS, 2, PACKED, true>(simd, rows, block)
                            }
                            (true, true) => {
                                self.tile::<S, ROWS, 2, PACKED, false>(simd, rows, block)
                            }
                            (true, false) => {
                                self.tile::<S, ROWS, 1, PACKED, false>(simd, rows, block)
                            }
                            (false, true) => {
                                self.tile::<S, HALF, 2, PACKED, false>(simd, rows, block)
                            }
                            (false, false) => {
                                self.tile::<S, HALF, 1, PACKED, false>(simd, rows, block)
                            }
                        }
                    }
                }
            }
        }
    }

    /// `ROWS` gradient rows by `VECTORS` vectors of columns; missing rows repeat the last one. With
    /// `NEAR` all rows are there and read neighbours.
    #[inline(always)]
    unsafe fn tile<
        S: Simd,
        const ROWS: usize,
        const VECTORS: usize,
        const PACKED: bool,
        const NEAR: bool,
    >(
        &self,
        simd: S,
        rows: &[Row],
        block: usize,
    ) {
        let width = 2 * S::LANES;
        let last = rows.len() - 1;
        // SAFETY: as the caller vouches; packed panels hold whole vectors of every pixel, and
        // unpacked columns are whole vectors.
        unsafe {
            let from: [*const f32; ROWS] =
                std::array::from_fn(|i| self.source.as_ptr().add(rows[i.min(last)].from));
            let mut dy = if PACKED {
                self.panels.as_ptr().add(block * self.pixels.len() * width)
            } else {
                self.dy.as_ptr().add(self.column + block * width)
            };
            let mut sums = [[simd.zero(); VECTORS]; ROWS];
            for pixel in self.pixels {
                let at = if PACKED { dy } else { dy.add(pixel.to) };
                let mut d = [simd.zero(); VECTORS];
                for v in 0..VECTORS {
                    d[v] = simd.load(at.add(v * S::LANES));
                }
                for i in 0..ROWS {
                    let row = if NEAR { from[0].add(i) } else { from[i] };
                    let x = simd.splat(*row.add(pixel.from));
                    for v in 0..VECTORS {
                        sums[i][v] = simd.fma(x, d[v], sums[i][v]);
                    }
                }
                if PACKED {
                    dy = dy.add(width);
                }
            }
            let tail = self.columns - block * width - (VECTORS - 1) * S::LANES;
            let to: [*mut f32; ROWS] = std::array::from_fn(|i| {
                let row = rows[i.min(last)].to;
                self.output.pointer().add(row + self.column + block * width)
            });
            if tail >= S::LANES {
                finish(simd, sums, to, self.add);
            } else {
                finish_partial(simd, sums, to, self.add, tail);
            }
        }
    }
}
