//! Gradient of a convolution for its input, `dx = dy * flipped w`.
//!
//! With a stride, input pixels fall into `sh * sw` phases; those of one phase see the same taps, at
//! neighbouring pixels of dy, so each phase is a convolution of stride 1 with some of the taps.

use std::ops::Range;

use crate::conv2d::gathered::{Gathered, Pixel, Run, SHORT, pad};
use crate::conv2d::strip::{self, Corner, Images, Scratch, segments, with_scratch};
use crate::conv2d::{Conv2d, depthwise};
use crate::isa::dispatch_on;
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
    fn pixels(&self) -> usize {
        self.conv.batch * self.conv.height * self.conv.width
    }

    fn pixels_per_tile(&self) -> usize {
        let conv = &self.conv;
        let [sh, sw] = conv.stride;
        let flops = 2 * conv.taps() * conv.channels * conv.group_filters() / (sh * sw);
        strip::pixels_per_tile(self.pixels(), flops, conv.channels)
    }

    pub fn tiles(&self) -> usize {
        if self.conv.channels == 0 { 0 } else { self.pixels().div_ceil(self.pixels_per_tile()) }
    }

    fn tile_pixels(&self, tile: usize) -> Range<usize> {
        let each = self.pixels_per_tile();
        tile * each..((tile + 1) * each).min(self.pixels())
    }

    /// The elements of dx that a tile writes.
    pub fn region(&self, tile: usize) -> Range<usize> {
        let pixels = self.tile_pixels(tile);
        pixels.start * self.conv.channels..pixels.end * self.conv.channels
    }

    /// The first and last place of axis `a` whose window may hold input positions `first..=last`.
    fn reach(&self, a: usize, first: usize, last: usize) -> [isize; 2] {
        let conv = &self.conv;
        let (stride, padding) = (conv.stride[a] as isize, conv.padding[a][0] as isize);
        let span = ((conv.kernel[a] - 1) * conv.dilation[a]) as isize;
        [
            (first as isize + padding - span).div_euclid(stride),
            (last as isize + padding).div_euclid(stride),
        ]
    }

    /// Notes where the windows of each segment lie in dy or, where they leave it, in a strip copied
    /// from it. Returns whether they were copied, and the pixels from one row to the next.
    fn place(&self, scratch: &mut Scratch, tile: usize, dy: &[f32]) -> (bool, usize) {
        let conv = &self.conv;
        let (size, out) = ([conv.height, conv.width], [conv.out_height(), conv.out_width()]);
        let images = Images { data: dy, height: out[0], width: out[1], channels: conv.filters };
        let copied = (0..2).any(|a| {
            let [first, last] = self.reach(a, 0, size[a] - 1);
            first < 0 || last >= out[a] as isize
        });
        let pixels = self.tile_pixels(tile);
        let one_row = pixels.start / size[1] == (pixels.end - 1) / size[1];
        scratch.strip.clear();
        scratch.corners.clear();
        let mut row_pixels = out[1];
        for segment in segments(pixels, size) {
            let rows = segment.rows();
            let columns = if one_row { segment.columns(rows.start) } else { 0..size[1] };
            let [top, bottom] = self.reach(0, rows.start, rows.end - 1);
            let [left, right] = self.reach(1, columns.start, columns.end - 1);
            let at = if copied {
                let at = scratch.strip.len();
                row_pixels = (right - left + 1) as usize;
                let rows = (bottom - top + 1) as usize;
                let size = [rows, row_pixels];
                images.copy(
                    &mut scratch.strip,
                    segment.image,
                    [top, left],
                    size,
                    0..conv.filters,
                    conv.filters,
                );
                at
            } else {
                ((segment.image * out[0] + top as usize) * out[1] + left as usize) * conv.filters
            };
            scratch.corners.push(Corner { at, row: top, column: left });
        }
        (copied, row_pixels)
    }

    /// Fills the tables with the pixels and the taps of one phase. Returns the length of runs.
    fn prepare(
        &self,
        scratch: &mut Scratch,
        tile: usize,
        [ph, pw]: [usize; 2],
        row_pixels: usize,
    ) -> usize {
        let conv = &self.conv;
        let ([kh, kw], [sh, sw], [dh, dw]) = (conv.kernel, conv.stride, conv.dilation);
        let [[top, _], [left, _]] = conv.padding;
        let most = [(kh - 1) * dh / sh, (kw - 1) * dw / sw];
        let size = [conv.height, conv.width];

        scratch.pixels.clear();
        for (segment, corner) in segments(self.tile_pixels(tile), size).zip(&scratch.corners) {
            let phase_of =
                |position: usize, padding: usize, stride: usize| (position + padding) % stride;
            for h in segment.rows().filter(|h| phase_of(*h, top, sh) == ph) {
                let row = ((h + top) / sh) as isize - most[0] as isize - corner.row;
                let to = (segment.image * size[0] + h) * size[1];
                let columns = segment.columns(h);
                let first = columns.start + (pw + sw - phase_of(columns.start, left, sw)) % sw;
                for w in (first..columns.end).step_by(sw) {
                    let column = ((w + left) / sw) as isize - most[1] as isize - corner.column;
                    let from = row as usize * row_pixels + column as usize;
                    let from = corner.at + from * conv.filters;
                    scratch.pixels.push(Pixel { from, to: (to + w) * conv.channels });
                }
            }
        }

        scratch.runs.clear();
        let fg = conv.group_filters();
        let pieces = if fg <= SHORT { fg } else { 1 };
        for i in (0..kh).filter(|i| i * dh % sh == ph) {
            for j in (0..kw).filter(|j| j * dw % sw == pw) {
                let (up, back) = (most[0] - i * dh / sh, most[1] - j * dw / sw);
                let from = (up * row_pixels + back) * conv.filters;
                let row = (i * kw + j) * fg;
                scratch.runs.extend((0..pieces).map(|k| Run { from: from + k, row: row + k }));
            }
        }
        fg / pieces.max(1)
    }
}

// ---- dispatch

impl InputGradient {
    /// Writes one tile of dx. `weights` are transposed panels, or plain if not `conv.uses_panels()`.
    pub fn run(&self, tile: usize, dy: &[f32], weights: &[f32], dx: Shared<f32>) {
        self.run_on(Isa::current(), tile, dy, weights, dx)
    }

    pub fn run_on(&self, isa: Isa, tile: usize, dy: &[f32], weights: &[f32], dx: Shared<f32>) {
        let conv = &self.conv;
        assert!(dy.len() >= conv.output_len() && dx.len() >= conv.input_len());
        if conv.is_depthwise() {
            return depthwise::input_gradient(conv, isa, self.tile_pixels(tile), dy, weights, dx);
        }
        with_scratch(|scratch| {
            let (copied, row_pixels) = self.place(scratch, tile, dy);
            for phase in 0..conv.stride[0] * conv.stride[1] {
                let phase = [phase / conv.stride[1], phase % conv.stride[1]];
                let len = self.prepare(scratch, tile, phase, row_pixels);
                let count = pad(&mut scratch.pixels);
                let gathered = Gathered {
                    source: if copied { &scratch.strip } else { dy },
                    pixels: &scratch.pixels,
                    count,
                    runs: &scratch.runs,
                    len,
                    panels: weights,
                    rows: conv.taps() * conv.group_filters(),
                    groups: conv.groups,
                    depth: conv.group_filters(),
                    columns: conv.group_channels(),
                    output: dx,
                };
                dispatch_on(isa, gathered)
            }
        })
    }
}
