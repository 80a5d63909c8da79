//! Weight gradient: all tiles of x by all tiles of dy, point by point, summed before the last transform.

use std::ops::Range;

use super::{IN, LINE, OUT, POINTS, Patch, Winograd, transform, with_scratch};
use crate::isa::dispatch_on;
use crate::linear::{Block, multiply_rows};
use crate::{Isa, Kernel, Shared, Simd};

/// Rows of points that a tile of work computes: a third of them.
const ROWS: usize = 2;
const THIRDS: usize = IN / ROWS;
/// Tiles of y whose transforms are added up at once.
const CHUNK: usize = 64;
/// Parts that the tiles of y are cut into, at most, and the floats of all their sums.
const SPLITS: usize = 8;
const SUMS: usize = 5 << 20;
/// Elements of the gradient that a tile of `combine` finishes.
const COMBINED: usize = 2048;

/// The weight gradient: parts write sums for each point, which `combine` adds up and transforms.
#[derive(Clone, Copy, Debug)]
pub struct WeightGradient {
    pub problem: Winograd,
}

impl WeightGradient {
    /// Elements of one tap.
    fn plane(&self) -> usize {
        self.problem.channels * self.problem.filters
    }

    fn splits(&self) -> usize {
        let tiles = self.problem.bands() * self.problem.across();
        let fit = (SUMS / (POINTS * self.plane()).max(1)).max(1);
        (tiles / CHUNK).min(fit).clamp(1, SPLITS).min(self.problem.bands())
    }

    /// Floats of the sums of all parts.
    pub fn scratch_len(&self) -> usize {
        self.splits() * POINTS * self.plane()
    }

    pub fn tiles(&self) -> usize {
        self.splits() * THIRDS
    }

    /// Channels of a tile of `combine`.
    fn channels_of_tile(&self) -> usize {
        (COMBINED / self.problem.filters.max(1)).max(1)
    }

    pub fn combine_tiles(&self) -> usize {
        self.problem.channels.div_ceil(self.channels_of_tile())
    }

    fn combined(&self, tile: usize) -> Range<usize> {
        let each = self.channels_of_tile();
        tile * each..((tile + 1) * each).min(self.problem.channels)
    }

    /// The runs of gradient elements that a tile of `combine` writes.
    pub fn runs(&self, tile: usize) -> impl Iterator<Item = Range<usize>> {
        let (Range { start, end }, filters, plane) =
            (self.combined(tile), self.problem.filters, self.plane());
        (0..9).map(move |tap| tap * plane + start * filters..tap * plane + end * filters)
    }

    /// Writes the sums of one part for a third of the points.
    pub fn run(&self, tile: usize, x: &[f32], dy: &[f32], sums: Shared<f32>) {
        self.run_on(Isa::current(), tile, x, dy, sums)
    }

    pub fn run_on(&self, isa: Isa, tile: usize, x: &[f32], dy: &[f32], sums: Shared<f32>) {
        let of = self.problem;
        let (split, third) = (tile / THIRDS, tile % THIRDS);
        let (bands, parts) = (of.bands(), self.splits());
        let part = split * bands / parts..(split + 1) * bands / parts;
        let each = (CHUNK / of.across().max(1)).max(1);
        assert!(x.len() >= of.batch * of.height * of.width * of.channels, "x is too short");
        assert!(dy.len() >= of.pixel(bands) * of.filters, "dy is too short for {of:?}");
        assert!(sums.len() >= self.scratch_len(), "sums are too short for {of:?}");
        // The last vectors of a row may reach into the next one.
        let len = ROWS * IN * each * of.across() * (of.channels + of.filters + 2 * LINE) + 2 * LINE;
        // SAFETY: the sums of this part and third, which no other tile writes.
        let sums = unsafe {
            let third = ROWS * IN * self.plane();
            let start = (split * POINTS * self.plane()) + tile % THIRDS * third;
            Shared::from_raw(sums.pointer().add(start), third)
        };
        with_scratch(len, |scratch| {
            let part = Part { of, bands: part, each, x, dy, sums, scratch };
            match third {
                0 => dispatch_on(isa, Third::<0>(part)),
                1 => dispatch_on(isa, Third::<1>(part)),
                _ => dispatch_on(isa, Third::<2>(part)),
            }
        })
    }

    /// Adds up the parts, and transforms the sums of some channels.
    pub fn combine(&self, tile: usize, sums: &[f32], dweight: Shared<f32>) {
        self.combine_on(Isa::current(), tile, sums, dweight)
    }

    pub fn combine_on(&self, isa: Isa, tile: usize, sums: &[f32], dweight: Shared<f32>) {
        assert!(sums.len() >= self.scratch_len() && dweight.len() >= 9 * self.plane());
        let (splits, plane) = (self.splits(), self.plane());
        let Range { start, end } = self.combined(tile);
        let elements = start * self.problem.filters..end * self.problem.filters;
        dispatch_on(isa, Combine { splits, plane, elements, sums, dweight })
    }
}

struct Part<'a> {
    of: Winograd,
    bands: Range<usize>,
    /// Bands of a chunk.
    each: usize,
    x: &'a [f32],
    dy: &'a [f32],
    /// `[12, channels, filters]`
    sums: Shared<'a, f32>,
    scratch: Shared<'a, f32>,
}

/// The rows `ROWS T..ROWS (T + 1)` of the points; which they are is known when it is compiled, so
/// that what the others need is not computed.
struct Third<'a, const T: usize>(Part<'a>);

impl<const T: usize> Kernel for Third<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Part { of, bands, each, x, dy, sums, scratch } = self.0;
        let Winograd { channels, filters, .. } = of;
        let (row, dy_row) = (channels + LINE, filters + LINE);
        let width = 2 * S::LANES;
        for start in bands.clone().step_by(each) {
            let chunk = start..(start + each).min(bands.end);
            let count = chunk.len() * of.across();
            // SAFETY: `run_on` made the scratch this long, and checked the operands.
            unsafe {
                let v = scratch.pointer();
                let w = v.add(ROWS * IN * count * row);
                for tile in 0..count {
                    let place = of.place(&chunk, tile);
                    let (to, step) = (v.add(tile * row), count * row);
                    let patch = of.source(x, place);
                    if patch.is_inside(IN as isize) {
                        source::<S, T, true>(simd, &patch, to, step);
                    } else {
                        source::<S, T, false>(simd, &patch, to, step);
                    }
                    let (to, step) = (w.add(tile * dy_row), count * dy_row);
                    let patch = target(&of, dy, place);
                    if patch.is_inside(OUT as isize) {
                        gradient::<S, T, true>(simd, &patch, to, step);
                    } else {
                        gradient::<S, T, false>(simd, &patch, to, step);
                    }
                }
                for point in 0..ROWS * IN {
                    for right in (0..filters).step_by(width) {
                        let block = Block {
                            k: count,
                            a: v.add(point * count * row),
                            a_row: 1,
                            a_step: row,
                            b: w.add(point * count * dy_row + right),
                            b_step: dy_row,
                            c: sums.pointer().add(point * channels * filters + right),
                            ldc: filters,
                            cols: width.min(filters - right),
                            add: start > bands.start,
                        };
                        multiply_rows::<S, true>(simd, channels, block);
                    }
                }
            }
        }
    }
}

/// The pixels of dy in a tile.
fn target<'a>(of: &Winograd, dy: &'a [f32], (image, r, q): (usize, usize, usize)) -> Patch<'a> {
    Patch {
        pixels: &dy[image * of.out_height * of.out_width * of.filters..],
        row: (r * OUT) as isize,
        column: (q * OUT) as isize,
        height: of.out_height,
        width: of.out_width,
        channels: of.filters,
    }
}

/// A third of the rows of `Bᵀ x B`.
///
/// # Safety
/// As for `forward::source`.
#[inline(always)]
unsafe fn source<S: Simd, const T: usize, const INSIDE: bool>(
    simd: S,
    patch: &Patch<'_>,
    to: *mut f32,
    step: usize,
) {
    for c in (0..patch.channels).step_by(S::LANES) {
        let n = S::LANES.min(patch.channels - c);
        let mut half = [[simd.zero(); IN]; ROWS];
        // SAFETY: as the caller vouches.
        unsafe {
            for j in 0..IN {
                let mut d = [simd.zero(); IN];
                for i in 0..IN {
                    d[i] = patch.load::<S, INSIDE>(simd, [i, j], c, n);
                }
                let d = transform::input(simd, d);
                for i in 0..ROWS {
                    half[i][j] = d[ROWS * T + i];
                }
            }
            for i in 0..ROWS {
                let d = transform::input(simd, half[i]);
                for j in 0..IN {
                    simd.store(to.add((i * IN + j) * step + c), d[j]);
                }
            }
        }
    }
}

/// A third of the rows of `G' dy G'ᵀ`.
///
/// # Safety
/// As for `forward::source`, with the filters of dy.
#[inline(always)]
unsafe fn gradient<S: Simd, const T: usize, const INSIDE: bool>(
    simd: S,
    patch: &Patch<'_>,
    to: *mut f32,
    step: usize,
) {
    for c in (0..patch.channels).step_by(S::LANES) {
        let n = S::LANES.min(patch.channels - c);
        let mut half = [[simd.zero(); OUT]; ROWS];
        // SAFETY: as the caller vouches.
        unsafe {
            for j in 0..OUT {
                let mut d = [simd.zero(); OUT];
                for i in 0..OUT {
                    d[i] = patch.load::<S, INSIDE>(simd, [i, j], c, n);
                }
                let d = transform::output_gradient(simd, d);
                for i in 0..ROWS {
                    half[i][j] = d[ROWS * T + i];
                }
            }
            for i in 0..ROWS {
                let d = transform::output_gradient(simd, half[i]);
                for j in 0..IN {
                    simd.store(to.add((i * IN + j) * step + c), d[j]);
                }
            }
        }
    }
}

struct Combine<'a> {
    splits: usize,
    plane: usize,
    /// Of one tap.
    elements: Range<usize>,
    sums: &'a [f32],
    dweight: Shared<'a, f32>,
}

impl Kernel for Combine<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Combine { splits, plane, elements, sums, dweight } = self;
        for at in elements.clone().step_by(S::LANES) {
            let n = S::LANES.min(elements.end - at);
            let mut half = [[simd.zero(); IN]; 3];
            // SAFETY: `n` elements are left in each plane of the sums and of the gradient.
            unsafe {
                for j in 0..IN {
                    let mut m = [simd.zero(); IN];
                    for i in 0..IN {
                        for split in 0..splits {
                            let from = (split * POINTS + i * IN + j) * plane + at;
                            let from = sums.as_ptr().add(from);
                            let sum = if n == S::LANES {
                                simd.load(from)
                            } else {
                                simd.load_partial(from, n)
                            };
                            m[i] = simd.add(m[i], sum);
                        }
                    }
                    let m = transform::weight_gradient(simd, m);
                    for i in 0..3 {
                        half[i][j] = m[i];
                    }
                }
                for i in 0..3 {
                    let m = transform::weight_gradient(simd, half[i]);
                    for j in 0..3 {
                        let to = dweight.pointer().add((3 * i + j) * plane + at);
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
