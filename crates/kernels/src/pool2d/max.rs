//! Max pooling: the maximum of each window, its gradient, and the selection at its place.
//!
//! The place of a maximum is its first in row-major order, a NaN counts as one: found again from x
//! where it is needed, never stored.

use std::ops::Range;

use crate::isa::dispatch_on;
use crate::pool2d::Pool2d;
use crate::pool2d::places::{Gather, MAX, SELECT, Scatter};
use crate::{Float, Isa, Shared};

// ---- reference

/// The first largest pixel of a window for one channel; a later NaN wins over a number.
fn place<T: Float>(x: &[T], pixels: &[usize], c: usize) -> Option<usize> {
    let mut best: Option<usize> = None;
    for &p in pixels {
        let value = x[p + c];
        if best.is_none_or(|b| value > x[b] || value.is_nan()) {
            best = Some(p + c);
        }
    }
    best
}

/// `y[n, r, q, c] = max x[n, h, w, c]` over the window; NaN if any is NaN.
pub fn max<T: Float>(pool: &Pool2d, x: &[T], y: &mut [T]) {
    pool.windows(|o, _, _, pixels| {
        for c in 0..pool.channels {
            y[o + c] = place(x, pixels, c).map_or(T::NEG_INFINITY, |p| x[p]);
        }
    });
}

// d/dx Σ dy max = dy at the place of each window's maximum
pub fn max_gradient<T: Float>(pool: &Pool2d, x: &[T], dy: &[T], dx: &mut [T]) {
    dx.fill(T::ZERO);
    pool.windows(|o, _, _, pixels| {
        for c in 0..pool.channels {
            if let Some(p) = place(x, pixels, c) {
                dx[p] += dy[o + c];
            }
        }
    });
}

/// `y[n, r, q, c] = values` at the place of x's maximum in the window.
pub fn max_select<T: Float>(pool: &Pool2d, x: &[T], values: &[T], y: &mut [T]) {
    pool.windows(|o, _, _, pixels| {
        for c in 0..pool.channels {
            y[o + c] = place(x, pixels, c).map_or(T::ZERO, |p| values[p]);
        }
    });
}

// ---- fast and dispatch: the sweeps are in `places`

/// The maximum of each window.
#[derive(Clone, Copy, Debug)]
pub struct MaxPool2d {
    pub pool: Pool2d,
}

impl MaxPool2d {
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
        dispatch_on(isa, Gather::<MAX> { pool, rows, x, values: &[], y })
    }
}

/// The gradient of `MaxPool2d` for x.
#[derive(Clone, Copy, Debug)]
pub struct MaxPool2dGradient {
    pub pool: Pool2d,
}

impl MaxPool2dGradient {
    pub fn tiles(&self) -> usize {
        self.pool.in_tiles()
    }

    /// The elements of dx that a tile writes.
    pub fn region(&self, tile: usize) -> Range<usize> {
        self.pool.elements(self.pool.in_tile(tile), self.pool.width)
    }

    pub fn run(&self, tile: usize, x: &[f32], dy: &[f32], dx: Shared<f32>) {
        self.run_on(Isa::current(), tile, x, dy, dx)
    }

    pub fn run_on(&self, isa: Isa, tile: usize, x: &[f32], dy: &[f32], dx: Shared<f32>) {
        let (pool, rows) = (&self.pool, self.pool.in_tile(tile));
        dispatch_on(isa, Scatter::<MAX> { pool, rows, x, dy, dx })
    }
}

/// A second tensor's values at the places of x's maxima: the derivative of the max gradient for dy.
#[derive(Clone, Copy, Debug)]
pub struct MaxPool2dSelect {
    pub pool: Pool2d,
}

impl MaxPool2dSelect {
    pub fn tiles(&self) -> usize {
        self.pool.out_tiles()
    }

    /// The elements of y that a tile writes.
    pub fn region(&self, tile: usize) -> Range<usize> {
        self.pool.elements(self.pool.out_tile(tile), self.pool.out_width())
    }

    pub fn run(&self, tile: usize, x: &[f32], values: &[f32], y: Shared<f32>) {
        self.run_on(Isa::current(), tile, x, values, y)
    }

    pub fn run_on(&self, isa: Isa, tile: usize, x: &[f32], values: &[f32], y: Shared<f32>) {
        let (pool, rows) = (&self.pool, self.pool.out_tile(tile));
        dispatch_on(isa, Gather::<SELECT> { pool, rows, x, values, y })
    }
}
