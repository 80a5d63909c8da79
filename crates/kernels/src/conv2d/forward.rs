//! Convolution forward, `y = x * w`.

use std::ops::Range;

use crate::conv2d::gathered::{Gathered, Run, SHORT, pad};
use crate::conv2d::strip::{self, Scratch, windows, with_scratch};
use crate::conv2d::{Conv2d, depthwise};
use crate::isa::dispatch_on;
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
    fn pixels(&self) -> usize {
        self.conv.batch * self.conv.out_height() * self.conv.out_width()
    }

    fn pixels_per_tile(&self) -> usize {
        let flops = 2 * self.conv.taps() * self.conv.group_channels() * self.conv.filters;
        strip::pixels_per_tile(self.pixels(), flops, self.conv.filters)
    }

    pub fn tiles(&self) -> usize {
        if self.conv.filters == 0 { 0 } else { self.pixels().div_ceil(self.pixels_per_tile()) }
    }

    fn tile_pixels(&self, tile: usize) -> Range<usize> {
        let each = self.pixels_per_tile();
        tile * each..((tile + 1) * each).min(self.pixels())
    }

    /// The elements of y that a tile writes.
    pub fn region(&self, tile: usize) -> Range<usize> {
        let pixels = self.tile_pixels(tile);
        pixels.start * self.conv.filters..pixels.end * self.conv.filters
    }

    /// Whether windows may leave an image.
    fn is_copied(&self) -> bool {
        self.conv.padding != [[0; 2]; 2]
    }

    /// Fills the tables of a tile. Returns the length of runs.
    fn prepare(&self, scratch: &mut Scratch, tile: usize, x: &[f32]) -> usize {
        let conv = &self.conv;
        let ([kh, kw], [dh, dw]) = (conv.kernel, conv.dilation);
        let pitch = self.is_copied().then_some(conv.channels);
        let pixels = self.tile_pixels(tile);
        let row_pixels = windows(conv, scratch, pixels, x, 0..conv.channels, pitch);
        scratch.runs.clear();
        let cg = conv.group_channels();
        let whole_rows = conv.groups == 1 && dw == 1;
        let (taps, len) = if whole_rows { (1, kw * cg) } else { (kw, cg) };
        let pieces = if len <= SHORT { len } else { 1 };
        for (i, j) in (0..kh).flat_map(|i| (0..taps).map(move |j| (i, j))) {
            let from = (i * dh * row_pixels + j * dw) * conv.channels;
            let row = (i * taps + j) * len;
            scratch.runs.extend((0..pieces).map(|k| Run { from: from + k, row: row + k }));
        }
        len / pieces.max(1)
    }
}

// ---- dispatch

impl Forward {
    /// Writes one tile of y. `weights` are forward panels, or plain if not `conv.uses_panels()`.
    pub fn run(&self, tile: usize, x: &[f32], weights: &[f32], y: Shared<f32>) {
        self.run_on(Isa::current(), tile, x, weights, y)
    }

    pub fn run_on(&self, isa: Isa, tile: usize, x: &[f32], weights: &[f32], y: Shared<f32>) {
        let conv = &self.conv;
        assert!(x.len() >= conv.input_len() && y.len() >= conv.output_len());
        if conv.is_depthwise() {
            return depthwise::forward(conv, isa, self.tile_pixels(tile), x, weights, y);
        }
        with_scratch(|scratch| {
            let len = self.prepare(scratch, tile, x);
            let count = pad(&mut scratch.pixels);
            let gathered = Gathered {
                source: if self.is_copied() { &scratch.strip } else { x },
                pixels: &scratch.pixels,
                count,
                runs: &scratch.runs,
                len,
                panels: weights,
                rows: conv.taps() * conv.group_channels(),
                groups: conv.groups,
                depth: conv.group_channels(),
                columns: conv.group_filters(),
                output: y,
            };
            dispatch_on(isa, gathered)
        })
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
