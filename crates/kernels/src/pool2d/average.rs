//! Average pooling and its gradient.

use std::ops::Range;

use crate::isa::dispatch_on;
use crate::pool2d::Pool2d;
use crate::pool2d::places::{AVERAGE, Gather, Scatter};
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

// ---- fast and dispatch: the sweeps are in `places`

/// The average of each window.
#[derive(Clone, Copy, Debug)]
pub struct AveragePool2d {
    pub pool: Pool2d,
}

impl AveragePool2d {
    pub fn tiles(&self) -> usize {
        self.pool.out_tiles()
    }

    /// The elements of y that a tile writes.
    pub fn region(&self, tile: usize) -> Range<usize> {
        self.pool.elements(self.pool.out_tile(tile), self.pool.out_width())
    }

    pub fn run(&self, tile: usize, x: &[f32], y: Shared<f32>) {
        self.run_on(Isa::current(), tile, x, y)
    }

    pub fn run_on(&self, isa: Isa, tile: usize, x: &[f32], y: Shared<f32>) {
        let (pool, rows) = (&self.pool, self.pool.out_tile(tile));
        dispatch_on(isa, Gather::<AVERAGE> { pool, rows, x, values: &[], y })
    }
}

/// The gradient of `AveragePool2d` for x.
#[derive(Clone, Copy, Debug)]
pub struct AveragePool2dGradient {
    pub pool: Pool2d,
}

impl AveragePool2dGradient {
    pub fn tiles(&self) -> usize {
        self.pool.in_tiles()
    }

    /// The elements of dx that a tile writes.
    pub fn region(&self, tile: usize) -> Range<usize> {
        self.pool.elements(self.pool.in_tile(tile), self.pool.width)
    }

    pub fn run(&self, tile: usize, dy: &[f32], dx: Shared<f32>) {
        self.run_on(Isa::current(), tile, dy, dx)
    }

    pub fn run_on(&self, isa: Isa, tile: usize, dy: &[f32], dx: Shared<f32>) {
        let (pool, rows) = (&self.pool, self.pool.in_tile(tile));
        dispatch_on(isa, Scatter::<AVERAGE> { pool, rows, x: &[], dy, dx })
    }
}
