//! Convolution forward, `y = x * w`.

use crate::conv2d::Conv2d;
use std::ops::Range;

use crate::{Float, Isa, Shared};

// ---- reference

/// `y[n, r, q, o] = Σ x[n, r sh + i dh - top, q sw + j dw - left, c] weight[i, j, c, o]`.
pub fn reference<T: Float>(conv: &Conv2d, x: &[T], weight: &[T], y: &mut [T]) {
    y.fill(T::ZERO);
    conv.products(|a, b, c| y[c] += x[a] * weight[b]);
}

// ---- fast

/// The forward of a convolution, cut into runs of consecutive output pixels.
#[derive(Clone, Copy, Debug)]
pub struct Forward {
    pub conv: Conv2d,
}

impl Forward {
    pub fn tiles(&self) -> usize {
        usize::from(self.conv.output_len() > 0)
    }

    /// The elements of y that a tile writes.
    pub fn region(&self, tile: usize) -> Range<usize> {
        let _ = tile;
        0..self.conv.output_len()
    }

    // ---- dispatch

    /// Writes one tile of y. `weights` are forward panels, or plain if not `conv.uses_panels()`.
    pub fn run(&self, tile: usize, x: &[f32], weights: &[f32], y: Shared<f32>) {
        self.run_on(Isa::current(), tile, x, weights, y)
    }

    pub fn run_on(&self, isa: Isa, _: usize, x: &[f32], weights: &[f32], y: Shared<f32>) {
        let plain = crate::conv2d::plain(&self.conv, isa, weights, false);
        // SAFETY: one tile.
        reference(&self.conv, x, &plain, unsafe { y.range(0, y.len()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_agrees_with_a_small_case_worked_by_hand() {
        let conv = Conv2d {
            batch: 1,
            height: 3,
            width: 4,
            channels: 1,
            filters: 1,
            kernel: [2, 2],
            stride: [1, 2],
            padding: [[1, 1], [1, 1]],
            dilation: [1, 1],
            groups: 1,
        };
        let x: Vec<f64> = (0..12).map(f64::from).collect();
        let mut y = vec![0.0; conv.output_len()];
        reference(&conv, &x, &[0.0, 1.0, 2.0, 3.0], &mut y);
        assert_eq!(y, [0.0, 8.0, 6.0, 12.0, 30.0, 14.0, 28.0, 54.0, 22.0, 8.0, 10.0, 0.0]);
    }
}
