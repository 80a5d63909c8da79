//! Gradient of a convolution for its weight, an outer product over pixels.

use crate::conv2d::Conv2d;
use std::ops::Range;

use crate::{Float, Isa, Shared};

// ---- reference

// d/dweight[i, j, c, o] Σ dy y = Σ dy[n, r, q, o] x[n, r sh + i dh - top, q sw + j dw - left, c]
pub fn reference<T: Float>(conv: &Conv2d, x: &[T], dy: &[T], dweight: &mut [T]) {
    dweight.fill(T::ZERO);
    conv.products(|a, b, c| dweight[b] += x[a] * dy[c]);
}

// ---- fast

/// The weight gradient of a convolution. With one split, tiles write the gradient itself; with
/// more, each split of the pixels writes a partial gradient, and `combine` adds them in order.
#[derive(Clone, Copy, Debug)]
pub struct WeightGradient {
    pub conv: Conv2d,
}

impl WeightGradient {
    /// Parts that the pixels are cut into.
    pub fn splits(&self) -> usize {
        1
    }

    /// Elements of the partial gradients: zero with one split.
    pub fn scratch_len(&self) -> usize {
        if self.splits() == 1 { 0 } else { self.splits() * self.conv.weight_len() }
    }

    pub fn tiles(&self) -> usize {
        usize::from(self.conv.weight_len() > 0)
    }

    /// Tiles of `combine`: zero with one split.
    pub fn combine_tiles(&self) -> usize {
        0
    }

    /// The runs of gradient elements that a tile of the last stage finishes: a tile of `combine`,
    /// or of `run` if there is one split.
    pub fn runs(&self, tile: usize) -> impl Iterator<Item = Range<usize>> {
        let _ = tile;
        std::iter::once(0..self.conv.weight_len())
    }

    // ---- dispatch

    /// Writes one tile of the partial gradients (of the gradient itself if there is one split).
    pub fn run(&self, tile: usize, x: &[f32], dy: &[f32], partials: Shared<f32>) {
        self.run_on(Isa::current(), tile, x, dy, partials)
    }

    pub fn run_on(&self, _: Isa, _: usize, x: &[f32], dy: &[f32], partials: Shared<f32>) {
        // SAFETY: one tile.
        reference(&self.conv, x, dy, unsafe { partials.range(0, partials.len()) })
    }

    /// Adds the partial gradients of one tile in order of the splits.
    pub fn combine(&self, tile: usize, partials: &[f32], dweight: Shared<f32>) {
        self.combine_on(Isa::current(), tile, partials, dweight)
    }

    pub fn combine_on(&self, _: Isa, _: usize, _: &[f32], _: Shared<f32>) {}
}
