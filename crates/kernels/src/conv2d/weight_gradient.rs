//! Gradient of a convolution for its weight, an outer product over pixels.

use std::ops::Range;

use crate::conv2d::outer::{MANY_ROWS, Outer, Row};
use crate::conv2d::strip::{Scratch, windows, with_scratch};
use crate::conv2d::{Conv2d, depthwise};
use crate::isa::dispatch_on;
use crate::{Float, Isa, Kernel, Shared, Simd};

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

/// A block of the gradient: all taps of some channels of a group by some of its filters.
struct Block {
    channels: Range<usize>,
    group: usize,
    columns: Range<usize>,
}

/// Elements of a block: with a chunk of x and dy it fits L2.
const BLOCK: usize = 40 << 10;
/// Elements of a chunk of x and dy.
const CHUNK: usize = 48 << 10;
/// Filters of a block, a multiple of every panel's width.
const COLUMNS: usize = 128;
/// Tiles that are worth splitting the pixels for.
const TILES: usize = 16;
/// Operations that are worth a split of their own.
const FLOPS: u64 = 2 << 20;
/// Pixels of a chunk, whose columns of dy stay in L1.
const PIXELS: usize = 128;
/// Elements of a cache line.
const LINE: usize = 16;
/// Elements that a tile of `combine` adds up.
const COMBINED: usize = 4096;

impl WeightGradient {
    /// Channels and filters of one block.
    fn block_sizes(&self) -> (usize, usize) {
        let conv = &self.conv;
        let (cg, fg) = (conv.group_channels(), conv.group_filters());
        let columns = fg.div_ceil(fg.div_ceil(COLUMNS).max(1)).next_multiple_of(32).min(fg);
        let most = (BLOCK / (conv.taps() * columns).max(1)).max(1);
        let channels = cg.div_ceil(cg.div_ceil(most).max(1)).next_multiple_of(12).min(cg);
        (channels.max(1), columns.max(1))
    }

    /// Blocks along the channels and along the filters of a group.
    fn grid(&self) -> [usize; 2] {
        let (channels, columns) = self.block_sizes();
        [self.conv.group_channels().div_ceil(channels), self.conv.group_filters().div_ceil(columns)]
    }

    fn blocks(&self) -> usize {
        if self.conv.weight_len() == 0 {
            0
        } else if self.conv.is_depthwise() {
            1
        } else {
            let [channels, columns] = self.grid();
            self.conv.groups * channels * columns
        }
    }

    fn block(&self, index: usize) -> Block {
        let (channels, columns) = self.block_sizes();
        let [down, across] = self.grid();
        let (group, c, o) = (index / (down * across), index / across % down, index % across);
        Block {
            group,
            channels: c * channels..((c + 1) * channels).min(self.conv.group_channels()),
            columns: o * columns..((o + 1) * columns).min(self.conv.group_filters()),
        }
    }

    /// Rows of y, over all images.
    fn rows(&self) -> usize {
        if self.conv.out_width() == 0 { 0 } else { self.conv.batch * self.conv.out_height() }
    }

    /// Parts that the pixels are cut into.
    pub fn splits(&self) -> usize {
        let wanted = TILES.div_ceil(self.blocks().max(1));
        let earned = (self.conv.flops() / FLOPS) as usize;
        wanted.min(earned).min(self.rows()).max(1)
    }

    /// Elements of the partial gradients: zero with one split.
    pub fn scratch_len(&self) -> usize {
        if self.splits() == 1 { 0 } else { self.splits() * self.conv.weight_len() }
    }

    pub fn tiles(&self) -> usize {
        self.splits() * self.blocks()
    }

    /// Tiles of `combine`: zero with one split.
    pub fn combine_tiles(&self) -> usize {
        if self.splits() == 1 { 0 } else { self.conv.weight_len().div_ceil(COMBINED) }
    }

    fn combined(&self, tile: usize) -> Range<usize> {
        tile * COMBINED..((tile + 1) * COMBINED).min(self.conv.weight_len())
    }

    /// The runs of gradient elements that a tile of the last stage finishes: a tile of `combine`,
    /// or of `run` if there is one split.
    pub fn runs(&self, tile: usize) -> impl Iterator<Item = Range<usize>> {
        let (conv, filters) = (self.conv, self.conv.filters);
        let whole = self.splits() > 1 || conv.is_depthwise();
        let all = if self.splits() > 1 { self.combined(tile) } else { 0..conv.weight_len() };
        let Block { channels, group, columns } = self.block(tile);
        let first = group * conv.group_filters() + columns.start;
        // Rows that hold only this block's columns follow one another without a gap.
        let (pieces, len) = if columns.len() == filters {
            (1, channels.len() * filters)
        } else {
            (channels.len(), columns.len())
        };
        let taps = if whole { 0 } else { conv.taps() };
        let blocks = (0..taps).flat_map(move |tap| {
            (0..pieces).map(move |c| {
                let row = tap * conv.group_channels() + channels.start + c;
                let start = row * filters + first;
                start..start + len
            })
        });
        whole.then_some(all).into_iter().chain(blocks)
    }

    /// The distance of pixels in a copy of `part` channels of x, if it is worth one. Cache lines of
    /// pixels an even number of lines apart would fall into few sets of L1.
    fn pitch(&self, part: usize) -> Option<usize> {
        let padded = self.conv.padding != [[0; 2]; 2];
        if part.is_multiple_of(2 * LINE) {
            Some(part + LINE)
        } else {
            (padded || self.conv.taps() * part >= MANY_ROWS).then_some(part)
        }
    }

    /// One block over the rows of y of one split.
    fn block_of(
        &self,
        isa: Isa,
        scratch: &mut Scratch,
        block: &Block,
        rows: Range<usize>,
        x: &[f32],
        dy: &[f32],
        output: Shared<f32>,
    ) {
        let conv = &self.conv;
        let out_width = conv.out_width();
        let (cg, part) = (conv.group_channels(), block.channels.len());
        let pitch = self.pitch(part);
        let pixels = CHUNK / (part + block.columns.len());
        let each = (pixels.clamp(64, PIXELS) / out_width).max(1);
        let first = block.group * cg + block.channels.start;
        let column = block.group * conv.group_filters() + block.columns.start;
        for start in rows.clone().step_by(each) {
            let end = (start + each).min(rows.end);
            let chunk = start * out_width..end * out_width;
            let row_pixels = windows(conv, scratch, chunk, x, first..first + part, pitch);
            let pixel = pitch.unwrap_or(conv.channels);
            scratch.rows.clear();
            for tap in 0..conv.taps() {
                let [i, j] = [tap / conv.kernel[1], tap % conv.kernel[1]];
                let from = (i * conv.dilation[0] * row_pixels + j * conv.dilation[1]) * pixel;
                let row = tap * cg + block.channels.start;
                scratch.rows.extend(
                    (0..part).map(|c| Row { from: from + c, to: (row + c) * conv.filters }),
                );
            }
            let Scratch { strip, panels, pixels, rows: table, .. } = scratch;
            let outer = Outer {
                source: if pitch.is_some() { strip } else { x },
                dy,
                pixels,
                rows: table,
                run: part,
                column,
                columns: block.columns.len(),
                panels,
                add: start > rows.start,
                output,
            };
            dispatch_on(isa, outer);
        }
    }
}

/// `dweight[e] = Σ partials[split][e]`, in order of the splits.
struct Combine<'a> {
    partials: &'a [f32],
    len: usize,
    dweight: &'a mut [f32],
    start: usize,
}

impl Kernel for Combine<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        for at in (0..self.dweight.len()).step_by(S::LANES) {
            let n = S::LANES.min(self.dweight.len() - at);
            let mut sum = simd.zero();
            for partial in self.partials.chunks_exact(self.len) {
                let part = &partial[self.start + at..self.start + at + n];
                // SAFETY: the slice holds n floats.
                sum = simd.add(sum, unsafe {
                    if n == S::LANES {
                        simd.load(part.as_ptr())
                    } else {
                        simd.load_partial(part.as_ptr(), n)
                    }
                });
            }
            // SAFETY: n floats follow `at`.
            unsafe { simd.store_partial(self.dweight.as_mut_ptr().add(at), sum, n) };
        }
    }
}

// ---- dispatch

impl WeightGradient {
    /// Writes one tile of the partial gradients (of the gradient itself if there is one split).
    pub fn run(&self, tile: usize, x: &[f32], dy: &[f32], partials: Shared<f32>) {
        self.run_on(Isa::current(), tile, x, dy, partials)
    }

    pub fn run_on(&self, isa: Isa, tile: usize, x: &[f32], dy: &[f32], partials: Shared<f32>) {
        let conv = &self.conv;
        let (len, splits, blocks) = (conv.weight_len(), self.splits(), self.blocks());
        assert!(x.len() >= conv.input_len() && dy.len() >= conv.output_len());
        assert!(partials.len() >= splits * len, "{} < {splits} * {len}", partials.len());
        let (split, block) = (tile / blocks, tile % blocks);
        let rows = split * self.rows() / splits..(split + 1) * self.rows() / splits;
        // SAFETY: the partial gradient of this split is within the buffer.
        let output = unsafe { Shared::from_raw(partials.pointer().add(split * len), len) };
        if conv.is_depthwise() {
            return depthwise::weight_gradient(conv, isa, rows, x, dy, output);
        }
        let block = self.block(block);
        if rows.is_empty() {
            for range in self.runs(tile) {
                // SAFETY: no pixels means one split, so these are elements of this tile alone.
                unsafe { output.range(range.start, range.len()) }.fill(0.0);
            }
            return;
        }
        with_scratch(|scratch| self.block_of(isa, scratch, &block, rows, x, dy, output))
    }

    /// Adds the partial gradients of one tile in order of the splits.
    pub fn combine(&self, tile: usize, partials: &[f32], dweight: Shared<f32>) {
        self.combine_on(Isa::current(), tile, partials, dweight)
    }

    pub fn combine_on(&self, isa: Isa, tile: usize, partials: &[f32], dweight: Shared<f32>) {
        let (range, len) = (self.combined(tile), self.conv.weight_len());
        assert!(partials.len() >= self.splits() * len && dweight.len() >= len);
        let partials = &partials[..self.splits() * len];
        // SAFETY: tiles have disjoint ranges.
        let dweight = unsafe { dweight.range(range.start, range.len()) };
        dispatch_on(isa, Combine { partials, len, dweight, start: range.start })
    }
}
