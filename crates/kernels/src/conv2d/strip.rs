//! Zero-padded copies of parts of images, in memory that each thread keeps.

use std::cell::RefCell;
use std::ops::Range;

use crate::conv2d::Conv2d;
use crate::conv2d::gathered::{Pixel, Run};
use crate::conv2d::outer::Row;

/// What a thread's tiles copy into; it grows to the largest tile and stays.
#[derive(Default)]
pub struct Scratch {
    pub strip: Vec<f32>,
    pub panels: Vec<f32>,
    pub pixels: Vec<Pixel>,
    pub runs: Vec<Run>,
    pub rows: Vec<Row>,
    pub corners: Vec<Corner>,
}

/// What lies at an element of the source: a segment's first row and column, which may be negative.
#[derive(Clone, Copy)]
pub struct Corner {
    pub at: usize,
    pub row: isize,
    pub column: isize,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Lends this thread's scratch.
pub fn with_scratch<R>(work: impl FnOnce(&mut Scratch) -> R) -> R {
    SCRATCH.with_borrow_mut(work)
}

/// NHWC images that read as zero outside their borders.
#[derive(Clone, Copy)]
pub struct Images<'a> {
    pub data: &'a [f32],
    pub height: usize,
    pub width: usize,
    pub channels: usize,
}

impl Images<'_> {
    /// Appends the rows `top..top + rows` and columns `left..left + columns` of image `n`, of each
    /// pixel the channels `part`, in a strip whose pixels are `pitch` elements apart.
    pub fn copy(
        &self,
        strip: &mut Vec<f32>,
        n: usize,
        [top, left]: [isize; 2],
        [rows, columns]: [usize; 2],
        part: Range<usize>,
        pitch: usize,
    ) {
        let inside = clip(left, columns, self.width);
        let before = (inside.start as isize - left).clamp(0, columns as isize) as usize;
        let after = columns - before - inside.len();
        for r in top..top + rows as isize {
            if r < 0 || r >= self.height as isize || inside.is_empty() {
                strip.resize(strip.len() + columns * pitch, 0.0);
                continue;
            }
            let row = (n * self.height + r as usize) * self.width;
            strip.resize(strip.len() + before * pitch, 0.0);
            let pixels = &self.data[(row + inside.start) * self.channels..];
            if part.len() == self.channels && pitch == self.channels {
                strip.extend_from_slice(&pixels[..inside.len() * pitch]);
            } else {
                for pixel in pixels.chunks(self.channels).take(inside.len()) {
                    strip.extend_from_slice(&pixel[part.clone()]);
                    strip.resize(strip.len() + pitch - part.len(), 0.0);
                }
            }
            strip.resize(strip.len() + after * pitch, 0.0);
        }
    }
}

/// The part of `start..start + len` within `0..size`.
fn clip(start: isize, len: usize, size: usize) -> Range<usize> {
    let end = (start + len as isize).clamp(0, size as isize) as usize;
    (start.clamp(0, size as isize) as usize).min(end)..end
}

/// Consecutive pixels of one image: rows `rows` whole, or one row's columns `columns`.
#[derive(Clone)]
pub struct Segment {
    pub image: usize,
    pub pixels: Range<usize>,
    width: usize,
}

/// Cuts pixels counted over all images, `plane` of them in each, at the images' borders.
pub fn segments(
    pixels: Range<usize>,
    [height, width]: [usize; 2],
) -> impl Iterator<Item = Segment> {
    let plane = height * width;
    (pixels.start / plane..pixels.end.div_ceil(plane)).map(move |image| Segment {
        image,
        pixels: pixels.start.max(image * plane) - image * plane
            ..pixels.end.min((image + 1) * plane) - image * plane,
        width,
    })
}

impl Segment {
    /// The rows that the pixels touch.
    pub fn rows(&self) -> Range<usize> {
        self.pixels.start / self.width..(self.pixels.end - 1) / self.width + 1
    }

    /// The columns of the pixels in one of those rows.
    pub fn columns(&self, row: usize) -> Range<usize> {
        let start = row * self.width;
        self.pixels.start.saturating_sub(start)..(self.pixels.end - start).min(self.width)
    }
}

/// Pixels per tile: a few million operations, an output that stays in L2, enough tiles for many
/// threads; a multiple of every register tile's rows.
pub fn pixels_per_tile(pixels: usize, flops_per_pixel: usize, columns: usize) -> usize {
    const FLOPS: usize = 4 << 20;
    const OUTPUT: usize = 32 << 10;
    const TILES: usize = 32;
    let most = (FLOPS / flops_per_pixel.max(1)).min(OUTPUT / columns.max(1)).min(4096);
    let spread = pixels.div_ceil(TILES).max(24);
    most.max(48).min(spread).next_multiple_of(24)
}

/// Notes the window and the output of each of the given output pixels. Windows read x, or with a
/// pitch a strip that holds the channels `part` of their pixels, that many elements apart. Returns
/// the pixels from one row of the source to the next.
pub fn windows(
    conv: &Conv2d,
    scratch: &mut Scratch,
    pixels: Range<usize>,
    x: &[f32],
    part: Range<usize>,
    pitch: Option<usize>,
) -> usize {
    let ([kh, kw], [sh, sw], [dh, dw]) = (conv.kernel, conv.stride, conv.dilation);
    let [[top, _], [left, _]] = conv.padding;
    let span = [(kh - 1) * dh + 1, (kw - 1) * dw + 1];
    let c = pitch.unwrap_or(conv.channels);
    let out = [conv.out_height(), conv.out_width()];
    let images =
        Images { data: x, height: conv.height, width: conv.width, channels: conv.channels };
    let one_row = pixels.start / out[1] == (pixels.end - 1) / out[1];
    let columns = if one_row { pixels.len() } else { out[1] };
    let row_pixels = if pitch.is_some() { (columns - 1) * sw + span[1] } else { conv.width };

    scratch.strip.clear();
    scratch.pixels.clear();
    for segment in segments(pixels, out) {
        let rows = segment.rows();
        let first = if one_row { segment.columns(rows.start).start } else { 0 };
        let base = if pitch.is_some() {
            let base = scratch.strip.len();
            let corner = [rows.start * sh, first * sw].map(|start| start as isize);
            let corner = [corner[0] - top as isize, corner[1] - left as isize];
            let size = [(rows.len() - 1) * sh + span[0], row_pixels];
            images.copy(&mut scratch.strip, segment.image, corner, size, part.clone(), c);
            base
        } else {
            ((segment.image * conv.height + rows.start * sh) * conv.width + first * sw) * c
                + part.start
        };
        for row in rows.clone() {
            let start = base + (row - rows.start) * sh * row_pixels * c;
            let to = (segment.image * out[0] + row) * out[1];
            scratch.pixels.extend(segment.columns(row).map(|q| Pixel {
                from: start + (q - first) * sw * c,
                to: (to + q) * conv.filters,
            }));
        }
    }
    row_pixels
}
