//! The sizes of a pooling, and what follows from them.

use std::ops::Range;

use crate::pool2d::places::rows_per_tile;

/// Pooling of NHWC images `[batch, height, width, channels]` to
/// `[batch, out_height, out_width, channels]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool2d {
    pub batch: usize,
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    pub window: [usize; 2],
    pub stride: [usize; 2],
    /// `[[top, bottom], [left, right]]`; padding never is a maximum.
    pub padding: [[usize; 2]; 2],
    /// Whether an average divides by the padded window's size (PyTorch's default) or counts only
    /// the pixels inside the image. A maximum ignores it.
    pub count_include_pad: bool,
}

impl Pool2d {
    pub fn out_height(&self) -> usize {
        crate::conv2d::places(self.height, self.window[0], self.stride[0], self.padding[0], 1)
    }

    pub fn out_width(&self) -> usize {
        crate::conv2d::places(self.width, self.window[1], self.stride[1], self.padding[1], 1)
    }

    /// Elements of x.
    pub fn input_len(&self) -> usize {
        self.batch * self.height * self.width * self.channels
    }

    /// Elements of y.
    pub fn output_len(&self) -> usize {
        self.batch * self.out_height() * self.out_width() * self.channels
    }

    /// The rows of the image that window row `r` covers.
    pub(crate) fn rows(&self, r: usize) -> Range<usize> {
        clipped(r * self.stride[0], self.window[0], self.padding[0][0], self.height)
    }

    /// The columns of the image that window column `q` covers.
    pub(crate) fn columns(&self, q: usize) -> Range<usize> {
        clipped(q * self.stride[1], self.window[1], self.padding[1][0], self.width)
    }

    /// What the average of window `(r, q)` divides by.
    pub(crate) fn count(&self, r: usize, q: usize) -> usize {
        if self.count_include_pad {
            self.window[0] * self.window[1]
        } else {
            (self.rows(r).len() * self.columns(q).len()).max(1)
        }
    }

    /// Rows of y, over all images.
    fn out_rows(&self) -> usize {
        if self.output_len() == 0 { 0 } else { self.batch * self.out_height() }
    }

    /// Rows of x, over all images.
    fn in_rows(&self) -> usize {
        if self.input_len() == 0 { 0 } else { self.batch * self.height }
    }

    pub(crate) fn out_tiles(&self) -> usize {
        self.out_rows().div_ceil(rows_per_tile(self.out_width() * self.channels))
    }

    pub(crate) fn in_tiles(&self) -> usize {
        self.in_rows().div_ceil(rows_per_tile(self.width * self.channels))
    }

    /// The rows of y that a tile writes.
    pub(crate) fn out_tile(&self, tile: usize) -> Range<usize> {
        let each = rows_per_tile(self.out_width() * self.channels);
        tile * each..((tile + 1) * each).min(self.out_rows())
    }

    /// The rows of x that a tile writes.
    pub(crate) fn in_tile(&self, tile: usize) -> Range<usize> {
        let each = rows_per_tile(self.width * self.channels);
        tile * each..((tile + 1) * each).min(self.in_rows())
    }

    /// The elements of rows of `width` pixels.
    pub(crate) fn elements(&self, rows: Range<usize>, width: usize) -> Range<usize> {
        let row = width * self.channels;
        rows.start * row..rows.end * row
    }

    /// Visits each window with its output index and its input pixels' first elements.
    pub(crate) fn windows(&self, mut visit: impl FnMut(usize, usize, usize, &[usize])) {
        let (oh, ow) = (self.out_height(), self.out_width());
        let mut pixels = Vec::new();
        for n in 0..self.batch {
            for (r, q) in (0..oh).flat_map(|r| (0..ow).map(move |q| (r, q))) {
                pixels.clear();
                for h in self.rows(r) {
                    for w in self.columns(q) {
                        pixels.push(((n * self.height + h) * self.width + w) * self.channels);
                    }
                }
                visit(((n * oh + r) * ow + q) * self.channels, r, q, &pixels);
            }
        }
    }
}

fn clipped(start: usize, len: usize, padding: usize, size: usize) -> Range<usize> {
    start.saturating_sub(padding)..(start + len).saturating_sub(padding).min(size)
}
