//! What follows a kernel on the part of its output that it has just written, still in the cache.

use std::ops::Range;
use std::sync::Arc;

use attune_kernels::Shared;
use attune_kernels::linear::{Region, sum_squares};

use super::launch::{Memory, Slot};

/// Elementwise work on consecutive elements of an op's first output.
#[derive(Clone)]
pub struct Epilogue {
    pub(crate) reads: Vec<Slot>,
    pub(crate) writes: Vec<Slot>,
    /// Runs on `len` elements from `start` on, in row-major order.
    pub(crate) run: Arc<dyn Fn(&Memory<'_>, usize, usize) + Send + Sync>,
}

/// An epilogue, and the sum of squares of each tile: whichever is wanted.
///
/// A launch that finishes output 0 calls one method once a tile, with all that the tile wrote.
#[derive(Clone)]
pub struct Finish {
    epilogue: Option<Epilogue>,
    /// Where tile `t` puts its sum of squares, at element `t`.
    squares: Option<Slot>,
    tiles: usize,
}

impl Finish {
    pub(super) fn new(epilogue: Option<Epilogue>, squares: Option<Slot>, tiles: usize) -> Self {
        Finish { epilogue, squares, tiles }
    }

    /// After a tile that wrote one run of elements.
    pub fn range(&self, memory: &Memory<'_>, tile: usize, range: Range<usize>, y: Shared<'_, f32>) {
        self.ranges(memory, tile, std::iter::once(range), y);
    }

    /// After a tile that wrote several runs of elements.
    pub fn ranges(
        &self,
        memory: &Memory<'_>,
        tile: usize,
        ranges: impl Iterator<Item = Range<usize>>,
        y: Shared<'_, f32>,
    ) {
        let mut squares = 0.0;
        for range in ranges {
            if self.squares.is_some() {
                // SAFETY: this tile has written the run, and no other tile touches it.
                let run = unsafe { y.range(range.start, range.len()) };
                squares += sum_squares(1, run.len(), run.len(), run);
            }
            self.follow(memory, range.start, range.len());
        }
        self.note(memory, tile, squares);
    }

    /// After a tile that wrote a block of a matrix `[.., rows, columns]`.
    pub fn block(
        &self,
        memory: &Memory<'_>,
        tile: usize,
        block: Region,
        [height, width]: [usize; 2],
        y: Shared<'_, f32>,
    ) {
        let Region { matrix, row, rows, col, cols } = block;
        let start = (matrix * height + row) * width + col;
        if self.squares.is_some() {
            // SAFETY: from the first to the last element of this tile's block; what lies between
            // its rows is not read.
            let part = unsafe { y.range(start, (rows - 1) * width + cols) };
            self.note(memory, tile, sum_squares(rows, cols, width, part));
        }
        if cols == width {
            self.follow(memory, start, rows * width);
        } else {
            (0..rows).for_each(|i| self.follow(memory, start + i * width, cols));
        }
    }

    fn follow(&self, memory: &Memory<'_>, start: usize, len: usize) {
        if let Some(epilogue) = &self.epilogue {
            (epilogue.run)(memory, start, len);
        }
    }

    fn note(&self, memory: &Memory<'_>, tile: usize, squares: f64) {
        if let Some(slot) = self.squares {
            // SAFETY: the slot has an element for every tile, and each tile writes its own.
            unsafe { memory.write::<f64>(slot, self.tiles).range(tile, 1)[0] = squares };
        }
    }
}
