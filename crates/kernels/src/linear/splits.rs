//! Sums cut into parts: each part writes a matrix of partial sums, then all are added up in order.

use super::Region;
use crate::isa::{Kernel, dispatch};
use crate::lanes::Simd;
use crate::shared::Shared;

/// Elements that one tile of `combine` adds up.
const COMBINED: usize = 8192;

/// The parts of a product's sum, and the matrices `[rows, cols]` that they add up to.
#[derive(Clone, Copy, Debug)]
pub struct Splits {
    /// 1 where the output is written without partial sums.
    pub parts: usize,
    pub batch: usize,
    pub rows: usize,
    pub cols: usize,
    /// Floats from one row of the output to the next.
    pub ld: usize,
    /// Floats from one output of the batch to the next.
    pub stride: usize,
}

impl Splits {
    fn part_len(&self) -> usize {
        self.batch * self.rows * self.cols
    }

    /// Floats of the partial sums, 0 without parts.
    pub fn scratch_len(&self) -> usize {
        if self.parts == 1 { 0 } else { self.parts * self.part_len() }
    }

    /// Where a part writes an element, and the floats from there to the next row.
    pub(super) fn place(
        &self,
        part: usize,
        matrix: usize,
        row: usize,
        col: usize,
    ) -> (usize, usize) {
        if self.parts == 1 {
            (matrix * self.stride + row * self.ld + col, self.ld)
        } else {
            (((part * self.batch + matrix) * self.rows + row) * self.cols + col, self.cols)
        }
    }

    fn combined_rows(&self) -> usize {
        COMBINED.div_ceil(self.cols.max(1))
    }

    /// Tiles of the second stage, 0 without parts.
    pub fn combine_tiles(&self) -> usize {
        if self.parts == 1 { 0 } else { self.batch * self.rows.div_ceil(self.combined_rows()) }
    }

    /// The part of the output that a tile of the second stage writes.
    pub fn combine_region(&self, tile: usize) -> Region {
        let step = self.combined_rows();
        let each = self.rows.div_ceil(step);
        let row = tile % each * step;
        let rows = step.min(self.rows - row);
        Region { matrix: tile / each, row, rows, col: 0, cols: self.cols }
    }

    /// Adds the partial sums of one region of the output, first part first.
    pub fn combine(&self, tile: usize, scratch: &[f32], output: Shared<'_, f32>) {
        let Region { matrix, row, rows, .. } = self.combine_region(tile);
        let from = (matrix * self.rows + row) * self.cols;
        let to = matrix * self.stride + row * self.ld;
        assert!(matrix < self.batch && scratch.len() >= self.scratch_len());
        assert!(output.len() >= to + (rows - 1) * self.ld + self.cols);
        for i in 0..rows {
            // SAFETY: row `i` of this tile, within the output, as asserted.
            let out = unsafe { output.range(to + i * self.ld, self.cols) };
            let partials = &scratch[from + i * self.cols..];
            dispatch(Combine { partials, stride: self.part_len(), parts: self.parts, out });
        }
    }
}

// ---- fast

struct Combine<'a> {
    partials: &'a [f32],
    stride: usize,
    parts: usize,
    out: &'a mut [f32],
}

impl Kernel for Combine<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) {
        let len = self.out.len();
        self.out.copy_from_slice(&self.partials[..len]);
        for part in 1..self.parts {
            let partial = &self.partials[part * self.stride..][..len];
            for (sum, x) in self.out.iter_mut().zip(partial) {
                *sum += x;
            }
        }
    }
}
