//! 3x3 convolution of stride 1 by 36 products in place of 144: `F(4x4, 3x3)` of Winograd's minimal
//! filtering (Lavin and Gray 2016, arXiv:1509.09308), at the points 0, ±1, ±2 and infinity.
//!
//! ```text
//! y  = Aᵀ [(G w Gᵀ) ⊙ (Bᵀ x B)] A          for each 4x4 tile of y, summed over channels before Aᵀ
//! dw = A'ᵀ [Σ (Bᵀ x B) ⊙ (G' dy G'ᵀ)] A'   of all tiles
//! ```
//!
//! Its rounding error is 2 to 5 times that of a plain sum of the same products.

mod forward;
mod gradient;
mod transform;
mod weights;

use std::cell::RefCell;
use std::ops::Range;

use crate::conv2d::Conv2d;
use crate::{Shared, Simd};

pub use forward::Forward;
pub use gradient::WeightGradient;
pub use weights::Weights;

/// Pixels of a tile of y along an axis, and of the part of x that it sees.
const OUT: usize = 4;
const IN: usize = 6;
/// Products of a tile, for each channel and filter.
const POINTS: usize = IN * IN;
/// Floats of a cache line, which keep the rows of scratch apart.
const LINE: usize = 16;
/// Channels and filters from which the transforms cost less than the products they save: measured,
/// a step of 16 by 16 takes .6 of the direct one's time, of 64 by 64 .3, of 512 by 512 .4.
const LEAST: usize = 16;
/// Tiles that are worth reading transformed weights for, four times as large as the plain ones.
const FEWEST: usize = 8;

/// The sizes of a convolution of x, `[batch, height, width, channels]`, to y.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Winograd {
    pub batch: usize,
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    pub out_height: usize,
    pub out_width: usize,
    pub filters: usize,
    /// Zeros above and to the left of x.
    pub padding: [usize; 2],
}

impl Conv2d {
    /// The same convolution in tiles, where that is exact enough and pays: by its shape alone.
    pub fn winograd(&self) -> Option<Winograd> {
        let [[top, bottom], [left, right]] = self.padding;
        let plain = self.kernel == [3, 3]
            && self.stride == [1, 1]
            && self.dilation == [1, 1]
            && self.groups == 1
            && [top, bottom, left, right].iter().all(|&zeros| zeros <= 2);
        let pays = self.channels >= LEAST
            && self.filters >= LEAST
            && self.out_height() >= OUT
            && self.out_width() >= OUT
            && self.batch * self.out_height().div_ceil(OUT) * self.out_width().div_ceil(OUT)
                >= FEWEST;
        (plain && pays).then(|| Winograd {
            batch: self.batch,
            height: self.height,
            width: self.width,
            channels: self.channels,
            out_height: self.out_height(),
            out_width: self.out_width(),
            filters: self.filters,
            padding: [top, left],
        })
    }
}

impl Winograd {
    /// The convolution of dy, by turned weights, that gives dx.
    pub fn of_gradient(&self) -> Winograd {
        Winograd {
            height: self.out_height,
            width: self.out_width,
            channels: self.filters,
            out_height: self.height,
            out_width: self.width,
            filters: self.channels,
            padding: self.padding.map(|zeros| 2 - zeros),
            ..*self
        }
    }

    /// Tiles from left to right: a band, whose pixels of y follow one another.
    fn across(&self) -> usize {
        self.out_width.div_ceil(OUT)
    }

    /// Bands of one image.
    fn down(&self) -> usize {
        self.out_height.div_ceil(OUT)
    }

    /// Bands of all images.
    fn bands(&self) -> usize {
        self.batch * self.down()
    }

    /// The image and the tile, from the top and from the left, of a tile of some bands.
    fn place(&self, bands: &Range<usize>, tile: usize) -> (usize, usize, usize) {
        let (band, q) = (bands.start + tile / self.across(), tile % self.across());
        (band / self.down(), band % self.down(), q)
    }

    /// The first pixel of y in a band.
    fn pixel(&self, band: usize) -> usize {
        let (image, r) = (band / self.down(), band % self.down());
        (image * self.out_height + r * OUT) * self.out_width
    }

    /// The part of x that a tile sees.
    fn source<'a>(&self, x: &'a [f32], (image, r, q): (usize, usize, usize)) -> Patch<'a> {
        let [top, left] = self.padding.map(|zeros| zeros as isize);
        Patch {
            pixels: &x[image * self.height * self.width * self.channels..],
            row: (r * OUT) as isize - top,
            column: (q * OUT) as isize - left,
            height: self.height,
            width: self.width,
            channels: self.channels,
        }
    }
}

/// A window into an image, which reads as zero outside its borders.
struct Patch<'a> {
    pixels: &'a [f32],
    row: isize,
    column: isize,
    height: usize,
    width: usize,
    channels: usize,
}

impl Patch<'_> {
    /// Whether the window lies in the image.
    #[inline(always)]
    fn is_inside(&self, size: isize) -> bool {
        let within = |at: isize, all: usize| at >= 0 && at + size <= all as isize;
        within(self.row, self.height) && within(self.column, self.width)
    }

    /// Up to a vector of channels of the pixel `i, j`; with `INSIDE` it is known to exist.
    ///
    /// # Safety
    /// `n` channels are left from `c` on, and the image is as large as said.
    #[inline(always)]
    unsafe fn load<S: Simd, const INSIDE: bool>(
        &self,
        simd: S,
        [i, j]: [usize; 2],
        c: usize,
        n: usize,
    ) -> S::F32 {
        let (row, column) = (self.row + i as isize, self.column + j as isize);
        let exists = |at: isize, all: usize| at >= 0 && at < all as isize;
        let inside = INSIDE || exists(row, self.height) && exists(column, self.width);
        if !inside {
            return simd.zero();
        }
        // SAFETY: the pixel exists, and has so many channels.
        unsafe {
            let pixel = row as usize * self.width + column as usize;
            let from = self.pixels.as_ptr().add(pixel * self.channels + c);
            if n == S::LANES { simd.load(from) } else { simd.load_partial(from, n) }
        }
    }
}

thread_local! {
    /// Transformed tiles of this thread; it grows to the largest and stays.
    static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Lends this thread's scratch of at least `len` floats.
fn with_scratch<R>(len: usize, work: impl FnOnce(Shared<'_, f32>) -> R) -> R {
    SCRATCH.with_borrow_mut(|scratch| {
        if scratch.len() < len {
            scratch.resize(len, 0.0);
        }
        work(Shared::new(scratch))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Isa;
    use crate::conv2d::{forward, input_gradient, weight_gradient};
    use crate::random::fill_uniform;

    fn conv(batch: usize, size: [usize; 2], channels: usize, filters: usize) -> Conv2d {
        Conv2d {
            batch,
            height: size[0],
            width: size[1],
            channels,
            filters,
            kernel: [3, 3],
            stride: [1, 1],
            padding: [[1, 1], [1, 1]],
            dilation: [1, 1],
            groups: 1,
        }
    }

    fn values(len: usize, name: &str) -> Vec<f32> {
        let mut values = vec![0.0; len];
        fill_uniform(7, name, -1.0, 1.0, &mut values);
        values
    }

    fn wide(x: &[f32]) -> Vec<f64> {
        x.iter().map(|&x| f64::from(x)).collect()
    }

    /// The three results on an instruction set, from x, weight and dy.
    fn run(isa: Isa, conv: &Conv2d, x: &[f32], w: &[f32], dy: &[f32]) -> [Vec<f32>; 3] {
        let problem = conv.winograd().expect("a shape for it");
        let pass = |problem: Winograd, transposed: bool, x: &[f32], len: usize| {
            let form = Weights { channels: conv.channels, filters: conv.filters, transposed };
            let mut panels = vec![f32::NAN; form.len(isa)];
            form.pack(isa, w, Shared::new(&mut panels));
            let mut y = vec![f32::NAN; len];
            let (kernel, shared) = (Forward { problem }, Shared::new(&mut y));
            let mut end = 0;
            for tile in 0..kernel.tiles() {
                assert_eq!(kernel.region(tile).start, end);
                end = kernel.region(tile).end;
                kernel.run_on(isa, tile, x, &panels, shared);
            }
            assert_eq!(end, len);
            y
        };
        let y = pass(problem, false, x, conv.output_len());
        let dx = pass(problem.of_gradient(), true, dy, conv.input_len());
        let kernel = WeightGradient { problem };
        let mut sums = vec![f32::NAN; kernel.scratch_len()];
        let shared = Shared::new(&mut sums);
        (0..kernel.tiles()).for_each(|tile| kernel.run_on(isa, tile, x, dy, shared));
        let mut dw = vec![f32::NAN; conv.weight_len()];
        let shared = Shared::new(&mut dw);
        let mut written = vec![0; conv.weight_len()];
        for tile in 0..kernel.combine_tiles() {
            kernel.combine_on(isa, tile, &sums, shared);
            kernel.runs(tile).flatten().for_each(|at| written[at] += 1);
        }
        assert!(written.iter().all(|&times| times == 1));
        [y, dx, dw]
    }

    /// The three results of the direct sums in f64, and each with every product made positive.
    fn direct(conv: &Conv2d, x: &[f64], w: &[f64], dy: &[f64]) -> [Vec<f64>; 3] {
        let mut y = vec![0.0; conv.output_len()];
        forward::reference(conv, x, w, &mut y);
        let mut dx = vec![0.0; conv.input_len()];
        input_gradient::reference(conv, dy, w, &mut dx);
        let mut dw = vec![0.0; conv.weight_len()];
        weight_gradient::reference(conv, x, dy, &mut dw);
        [y, dx, dw]
    }

    /// Of the largest sum of products without their signs: what rounding adds at most.
    const BOUND: f64 = 16.0 * f32::EPSILON as f64;

    fn check(isa: Isa, conv: &Conv2d) {
        let x = values(conv.input_len(), "x");
        let w = values(conv.weight_len(), "w");
        let dy = values(conv.output_len(), "dy");
        let got = run(isa, conv, &x, &w, &dy);
        let [x, w, dy] = [x, w, dy].map(|values| wide(&values));
        let expected = direct(conv, &x, &w, &dy);
        let size = |values: Vec<f64>| values.into_iter().map(f64::abs).collect::<Vec<_>>();
        let sizes = direct(conv, &size(x), &size(w), &size(dy));
        for (which, ((got, expected), sizes)) in got.iter().zip(&expected).zip(&sizes).enumerate() {
            let bound = BOUND * sizes.iter().copied().fold(0.0, f64::max);
            let error = (0..got.len()).map(|at| (f64::from(got[at]) - expected[at]).abs());
            let worst = error.fold(0.0, f64::max);
            assert!(worst <= bound, "{isa:?} {conv:?} {which}: {worst} > {bound}");
        }
    }

    #[test]
    fn results_are_those_of_the_direct_sums_within_the_bound() {
        for isa in Isa::available() {
            for (batch, size, channels, filters) in [
                (8, [4, 4], 16, 16),
                (2, [5, 9], 17, 33),
                (3, [8, 6], 40, 16),
                (2, [13, 4], 24, 70),
                (9, [12, 12], 16, 48),
            ] {
                check(isa, &conv(batch, size, channels, filters));
            }
        }
    }

    #[test]
    fn padding_may_be_uneven_and_up_to_two() {
        for isa in Isa::available() {
            for padding in [[[0, 0], [0, 0]], [[2, 2], [2, 2]], [[0, 2], [1, 0]], [[2, 0], [0, 1]]]
            {
                check(isa, &Conv2d { padding, ..conv(2, [7, 10], 20, 19) });
            }
        }
    }

    #[test]
    fn weights_of_several_tiles_and_sums_of_several_parts_agree() {
        let many = conv(7, [20, 20], 64, 96);
        assert!(WeightGradient { problem: many.winograd().unwrap() }.tiles() > 3);
        for isa in Isa::available().into_iter().rev().take(2) {
            check(isa, &many);
        }
    }

    #[test]
    fn few_tiles_do_not_go_through_it() {
        assert!(conv(1, [12, 12], 16, 16).winograd().is_some());
        assert_eq!(conv(1, [8, 8], 16, 16).winograd(), None);
        assert_eq!(conv(0, [12, 12], 16, 16).winograd(), None);
    }

    #[test]
    fn only_plain_windows_of_enough_channels_go_through_it() {
        let plain = conv(2, [8, 8], 16, 16);
        assert!(plain.winograd().is_some());
        for other in [
            Conv2d { stride: [2, 1], ..plain },
            Conv2d { dilation: [1, 2], ..plain },
            Conv2d { groups: 2, ..plain },
            Conv2d { kernel: [3, 1], ..plain },
            Conv2d { padding: [[3, 0], [0, 0]], ..plain },
            Conv2d { channels: 3, ..plain },
            Conv2d { filters: 10, ..plain },
            Conv2d { height: 3, ..plain },
        ] {
            assert_eq!(other.winograd(), None, "{other:?}");
        }
    }
}
