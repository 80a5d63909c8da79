//! Average pooling and its gradient.

use std::ops::Range;

use crate::pool2d::Pool2d;
use crate::{Float, Isa, Shared};

// ---- reference

/// `y[n, r, q, c] = Σ x[n, h, w, c] / count` over the window.
pub fn average<T: Float>(pool: &Pool2d, x: &[T], y: &mut [T]) {
    pool.windows(|o, r, q, pixels| {
        for c in 0..pool.channels {
            let sum: T = pixels.iter().map(|p| x[p + c]).sum();
            y[o + c] = sum / T::of(pool.count(r, q) as f64);
        }
    });
}

// d/dx[n, h, w, c] Σ dy average = Σ dy / count over the windows that hold the pixel
pub fn average_gradient<T: Float>(pool: &Pool2d, dy: &[T], dx: &mut [T]) {
    dx.fill(T::ZERO);
    pool.windows(|o, r, q, pixels| {
        for c in 0..pool.channels {
            let share = dy[o + c] / T::of(pool.count(r, q) as f64);
            for p in pixels {
                dx[p + c] += share;
            }
        }
    });
}

// ---- fast

/// The average of each window.
#[derive(Clone, Copy, Debug)]
pub struct AveragePool2d {
    pub pool: Pool2d,
}

impl AveragePool2d {
    pub fn tiles(&self) -> usize {
        usize::from(self.pool.output_len() > 0)
    }

    /// The elements of y that a tile writes.
    pub fn region(&self, tile: usize) -> Range<usize> {
        let _ = tile;
        0..self.pool.output_len()
    }

    pub fn run(&self, tile: usize, x: &[f32], y: Shared<f32>) {
        self.run_on(Isa::current(), tile, x, y)
    }

    pub fn run_on(&self, _: Isa, _: usize, x: &[f32], y: Shared<f32>) {
        // SAFETY: one tile.
        average(&self.pool, x, unsafe { y.range(0, y.len()) })
    }
}

/// The gradient of `AveragePool2d` for x.
#[derive(Clone, Copy, Debug)]
pub struct AveragePool2dGradient {
    pub pool: Pool2d,
}

impl AveragePool2dGradient {
    pub fn tiles(&self) -> usize {
        usize::from(self.pool.input_len() > 0)
    }

    /// The elements of dx that a tile writes.
    pub fn region(&self, tile: usize) -> Range<usize> {
        let _ = tile;
        0..self.pool.input_len()
    }

    pub fn run(&self, tile: usize, dy: &[f32], dx: Shared<f32>) {
        self.run_on(Isa::current(), tile, dy, dx)
    }

    pub fn run_on(&self, _: Isa, _: usize, dy: &[f32], dx: Shared<f32>) {
        // SAFETY: one tile.
        average_gradient(&self.pool, dy, unsafe { dx.range(0, dx.len()) })
    }
}
