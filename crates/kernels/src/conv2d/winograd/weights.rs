//! Transformed weights, in panels: `[36][ceil(across / NR)][inner][NR]`.
//!
//! Forward, rows are channels and columns filters. Transposed, for the input gradient, the weight is
//! turned by 180 degrees, rows are filters and columns channels.

use std::ops::Range;

use super::{IN, POINTS, transform};
use crate::isa::dispatch_on;
use crate::panels::panel_width;
use crate::{Isa, Kernel, Shared, Simd};

/// The transform of a weight `[3, 3, channels, filters]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights {
    pub channels: usize,
    pub filters: usize,
    pub transposed: bool,
}

/// Floats of panels that are gone from the caches before they are read: measured, a quarter of the
/// transform's time is reading lines only to overwrite them.
const LARGE: usize = 1 << 20;

/// Elements of the weight that a tile transforms: some tens of microseconds.
const TILE: usize = 16 << 10;

impl Weights {
    fn inner(&self) -> usize {
        if self.transposed { self.filters } else { self.channels }
    }

    fn columns(&self) -> usize {
        if self.transposed { self.channels } else { self.filters }
    }

    /// Floats of all panels.
    pub fn len(&self, isa: Isa) -> usize {
        let width = panel_width(isa);
        POINTS * self.columns().div_ceil(width) * self.inner() * width
    }

    pub fn is_empty(&self) -> bool {
        self.channels * self.filters == 0
    }

    /// Floating-point operations of nine transforms along an axis, of 13 each.
    pub fn flops(&self) -> u64 {
        9 * 13 * (self.channels * self.filters) as u64
    }

    /// Rows of a tile, a multiple of every vector's lanes.
    fn rows_of_tile(&self) -> usize {
        (TILE / (9 * self.columns()).max(1)).next_multiple_of(16).max(16)
    }

    pub fn tiles(&self) -> usize {
        self.inner().div_ceil(self.rows_of_tile())
    }

    /// Transforms some rows of the weight.
    pub fn run(&self, tile: usize, weight: &[f32], panels: Shared<f32>) {
        self.run_on(Isa::current(), tile, weight, panels)
    }

    pub fn run_on(&self, isa: Isa, tile: usize, weight: &[f32], panels: Shared<f32>) {
        let each = self.rows_of_tile();
        let rows = tile * each..((tile + 1) * each).min(self.inner());
        assert!(weight.len() >= 9 * self.channels * self.filters && panels.len() >= self.len(isa));
        dispatch_on(isa, Rows { of: *self, rows, weight, panels })
    }

    /// Transforms all of it.
    pub fn pack(&self, isa: Isa, weight: &[f32], panels: Shared<f32>) {
        (0..self.tiles()).for_each(|tile| self.run_on(isa, tile, weight, panels));
    }
}

struct Rows<'a> {
    of: Weights,
    rows: Range<usize>,
    weight: &'a [f32],
    panels: Shared<'a, f32>,
}

impl Kernel for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Weights { channels, filters, transposed } = self.of;
        let (columns, inner, width) = (self.of.columns(), self.of.inner(), 2 * S::LANES);
        let step = columns.div_ceil(width) * inner * width;
        let aligned = (self.panels.pointer() as usize).is_multiple_of(4 * S::LANES);
        let large = aligned && POINTS * step >= LARGE;
        // Taps of a block of rows and columns, columns side by side.
        let mut taps = [[[0.0f32; 16]; 16]; 9];
        for first in self.rows.clone().step_by(S::LANES) {
            let rows = S::LANES.min(self.rows.end - first);
            // Columns that are missing in the last panel are zeros.
            for column in (0..columns.next_multiple_of(width)).step_by(S::LANES) {
                let across = S::LANES.min(columns.saturating_sub(column));
                for tap in 0..9 {
                    let tap_of = if transposed { 8 - tap } else { tap };
                    let from = tap_of * channels * filters;
                    let block = &mut taps[tap];
                    if transposed && rows == S::LANES && across == S::LANES {
                        // SAFETY: a whole block of the weight, and of `taps`.
                        unsafe {
                            let from = self.weight.as_ptr().add(from + column * filters + first);
                            simd.transpose(from, filters, block.as_mut_ptr().cast(), 16);
                        }
                        continue;
                    }
                    for i in 0..rows {
                        let row = &mut block[i];
                        row[across..].fill(0.0);
                        if transposed {
                            for j in 0..across {
                                row[j] = self.weight[from + (column + j) * filters + first + i];
                            }
                        } else if across > 0 {
                            let at = from + (first + i) * filters + column;
                            row[..across].copy_from_slice(&self.weight[at..at + across]);
                        }
                    }
                }
                for i in 0..rows {
                    let panel = column / width * inner * width + (first + i) * width;
                    let to = panel + column % width;
                    // SAFETY: a vector of the row `first + i` of a panel, for each point.
                    unsafe {
                        let to = self.panels.pointer().add(to);
                        if large {
                            point::<S, true>(simd, &taps, i, to, step);
                        } else {
                            point::<S, false>(simd, &taps, i, to, step);
                        }
                    }
                }
            }
        }
        simd.settle();
    }
}

/// `G w Gᵀ` of a vector of columns.
///
/// # Safety
/// `to` is valid for a vector at each of the points, `step` floats apart; with `PAST` it is aligned.
#[inline(always)]
unsafe fn point<S: Simd, const PAST: bool>(
    simd: S,
    taps: &[[[f32; 16]; 16]; 9],
    row: usize,
    to: *mut f32,
    step: usize,
) {
    let mut half = [[simd.zero(); 3]; IN];
    // SAFETY: rows of `taps` hold a vector; the rest as the caller vouches.
    unsafe {
        for j in 0..3 {
            let mut g = [simd.zero(); 3];
            for i in 0..3 {
                g[i] = simd.load(taps[3 * i + j][row].as_ptr());
            }
            let u = transform::weight(simd, g);
            for i in 0..IN {
                half[i][j] = u[i];
            }
        }
        for i in 0..IN {
            let u = transform::weight(simd, half[i]);
            for j in 0..IN {
                let to = to.add((i * IN + j) * step);
                if PAST { simd.store_past(to, u[j]) } else { simd.store(to, u[j]) }
            }
        }
    }
}
