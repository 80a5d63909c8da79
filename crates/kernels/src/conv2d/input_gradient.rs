//! Gradient of a convolution for its input, `dx = dy * flipped w`.

use crate::conv2d::Conv2d;
use std::ops::Range;

use crate::{Float, Isa, Shared};

// ---- reference

// d/dx[n, h, w, c] Σ dy y = Σ dy[n, r, q, o] weight[i, j, c, o] over r sh + i dh - top = h, q sw + j dw - left = w
pub fn reference<T: Float>(conv: &Conv2d, dy: &[T], weight: &[T], dx: &mut [T]) {
    dx.fill(T::ZERO);
    conv.products(|a, b, c| dx[a] += dy[c] * weight[b]);
}

// ---- fast

/// The input gradient of a convolution, cut into runs of consecutive input pixels.
#[derive(Clone, Copy, Debug)]
pub struct InputGradient {
    pub conv: Conv2d,
}

impl InputGradient {
    pub fn tiles(&self) -> usize {
        usize::from(self.conv.input_len() > 0)
    }

    /// The elements of dx that a tile writes.
    pub fn region(&self, tile: usize) -> Range<usize> {
        let _ = tile;
        0..self.conv.input_len()
    }

    // ---- dispatch

    /// Writes one tile of dx. `weights` are transposed panels, or plain if not `conv.uses_panels()`.
    pub fn run(&self, tile: usize, dy: &[f32], weights: &[f32], dx: Shared<f32>) {
        self.run_on(Isa::current(), tile, dy, weights, dx)
    }

    pub fn run_on(&self, isa: Isa, _: usize, dy: &[f32], weights: &[f32], dx: Shared<f32>) {
        let plain = crate::conv2d::plain(&self.conv, isa, weights, true);
        // SAFETY: one tile.
        reference(&self.conv, dy, &plain, unsafe { dx.range(0, dx.len()) })
    }
}
