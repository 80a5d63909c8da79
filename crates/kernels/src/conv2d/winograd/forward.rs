//! Forward, and the input gradient, which is the same of dy by turned weights.

use std::ops::Range;

use super::{IN, LINE, OUT, POINTS, Patch, Winograd, transform, with_scratch};
use crate::isa::dispatch_on;
use crate::linear::{Block, multiply_rows};
use crate::{Isa, Kernel, Shared, Simd};

/// Floats of the transformed x of a tile of work: it stays in L2 beside the panels that pass by.
const SOURCE: usize = 160 << 10;
/// Tiles of y that share one pass over the weights, at least and at most.
const FEWEST: usize = 24;
const MOST: usize = 48;
/// Filters whose products are kept until they are summed up.
const COLUMNS: usize = 64;

/// A convolution, cut into bands of tiles.
#[derive(Clone, Copy, Debug)]
pub struct Forward {
    pub problem: Winograd,
}

impl Forward {
    fn bands_of_tile(&self) -> usize {
        let of = &self.problem;
        let fit = SOURCE / (POINTS * (of.channels + LINE));
        (fit.clamp(FEWEST, MOST) / of.across().max(1)).max(1)
    }

    pub fn tiles(&self) -> usize {
        self.problem.bands().div_ceil(self.bands_of_tile())
    }

    fn bands(&self, tile: usize) -> Range<usize> {
        let each = self.bands_of_tile();
        tile * each..((tile + 1) * each).min(self.problem.bands())
    }

    /// The elements of y that a tile writes.
    pub fn region(&self, tile: usize) -> Range<usize> {
        let Range { start, end } = self.bands(tile);
        let (of, filters) = (&self.problem, self.problem.filters);
        of.pixel(start) * filters..of.pixel(end) * filters
    }

    /// Writes one tile of y; `weights` are those of [`super::Weights`].
    pub fn run(&self, tile: usize, x: &[f32], weights: &[f32], y: Shared<f32>) {
        self.run_on(Isa::current(), tile, x, weights, y)
    }

    pub fn run_on(&self, isa: Isa, tile: usize, x: &[f32], weights: &[f32], y: Shared<f32>) {
        let (of, bands) = (self.problem, self.bands(tile));
        let form = super::Weights { channels: of.channels, filters: of.filters, transposed: false };
        assert!(x.len() >= of.batch * of.height * of.width * of.channels, "x is too short");
        assert!(weights.len() >= form.len(isa), "weights are too short for {of:?}");
        assert!(y.len() >= of.pixel(of.bands()) * of.filters, "y is too short for {of:?}");
        let rows = POINTS * bands.len() * of.across();
        let len = rows * (of.channels + LINE + COLUMNS + LINE);
        with_scratch(len, |scratch| dispatch_on(isa, Bands { of, bands, x, weights, y, scratch }))
    }
}

struct Bands<'a> {
    of: Winograd,
    bands: Range<usize>,
    x: &'a [f32],
    weights: &'a [f32],
    y: Shared<'a, f32>,
    scratch: Shared<'a, f32>,
}

impl Kernel for Bands<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Winograd { channels, filters, .. } = self.of;
        let count = self.bands.len() * self.of.across();
        let width = 2 * S::LANES;
        let panels = filters.div_ceil(width);
        let (row, out_row) = (channels + LINE, COLUMNS + LINE);
        // SAFETY: `run_on` made the scratch this long, and checked the operands.
        unsafe {
            let v = self.scratch.pointer();
            let m = v.add(POINTS * count * row);
            for tile in 0..count {
                let patch = self.of.source(self.x, self.of.place(&self.bands, tile));
                if patch.is_inside(IN as isize) {
                    source::<S, true>(simd, &patch, v.add(tile * row), count * row);
                } else {
                    source::<S, false>(simd, &patch, v.add(tile * row), count * row);
                }
            }
            for first in (0..filters).step_by(COLUMNS) {
                let columns = COLUMNS.min(filters - first);
                for point in 0..POINTS {
                    for right in (0..columns).step_by(width) {
                        let panel = point * panels + (first + right) / width;
                        let block = Block {
                            k: channels,
                            a: v.add(point * count * row),
                            a_row: row,
                            a_step: 1,
                            b: self.weights.as_ptr().add(panel * channels * width),
                            b_step: width,
                            c: m.add(point * count * out_row + right),
                            ldc: out_row,
                            cols: width.min(columns - right),
                            add: false,
                        };
                        multiply_rows::<S, true>(simd, count, block);
                    }
                }
                for tile in 0..count {
                    let from = m.add(tile * out_row);
                    self.target(simd, tile, first..first + columns, from, count * out_row);
                }
            }
        }
    }
}

/// `Bᵀ x B` of a tile for all channels, point by point `step` floats apart.
///
/// # Safety
/// The image is as large as the patch says; `to` is valid for the channels, rounded up to a line, at
/// each point.
#[inline(always)]
unsafe fn source<S: Simd, const INSIDE: bool>(
    simd: S,
    patch: &Patch<'_>,
    to: *mut f32,
    step: usize,
) {
    for c in (0..patch.channels).step_by(S::LANES) {
        let n = S::LANES.min(patch.channels - c);
        let mut half = [[simd.zero(); IN]; IN];
        // SAFETY: as the caller vouches.
        unsafe {
            for j in 0..IN {
                let mut d = [simd.zero(); IN];
                for i in 0..IN {
                    d[i] = patch.load::<S, INSIDE>(simd, [i, j], c, n);
                }
                let d = transform::input(simd, d);
                for i in 0..IN {
                    half[i][j] = d[i];
                }
            }
            for i in 0..IN {
                let d = transform::input(simd, half[i]);
                for j in 0..IN {
                    simd.store(to.add((i * IN + j) * step + c), d[j]);
                }
            }
        }
    }
}

impl Bands<'_> {
    /// `Aᵀ m A` of a tile, for some filters, to the pixels of y that exist.
    ///
    /// # Safety
    /// `from` is valid for the filters, rounded up to a line, at each point.
    #[inline(always)]
    unsafe fn target<S: Simd>(
        &self,
        simd: S,
        tile: usize,
        filters: Range<usize>,
        from: *const f32,
        step: usize,
    ) {
        let of = &self.of;
        let (image, r, q) = of.place(&self.bands, tile);
        let (top, left) = (r * OUT, q * OUT);
        let rows = OUT.min(of.out_height - top);
        let columns = OUT.min(of.out_width - left);
        let pixel = (image * of.out_height + top) * of.out_width + left;
        for o in (0..filters.len()).step_by(S::LANES) {
            let n = S::LANES.min(filters.len() - o);
            let mut half = [[simd.zero(); IN]; OUT];
            // SAFETY: as the caller vouches; the pixels exist.
            unsafe {
                for j in 0..IN {
                    let mut m = [simd.zero(); IN];
                    for i in 0..IN {
                        m[i] = simd.load(from.add((i * IN + j) * step + o));
                    }
                    let m = transform::output(simd, m);
                    for i in 0..OUT {
                        half[i][j] = m[i];
                    }
                }
                for i in 0..OUT {
                    if i >= rows {
                        break;
                    }
                    let m = transform::output(simd, half[i]);
                    for j in 0..OUT {
                        if j >= columns {
                            break;
                        }
                        let pixel = pixel + i * of.out_width + j;
                        let to = self.y.pointer().add(pixel * of.filters + filters.start + o);
                        if n == S::LANES {
                            simd.store(to, m[j]);
                        } else {
                            simd.store_partial(to, m[j], n);
                        }
                    }
                }
            }
        }
    }
}
