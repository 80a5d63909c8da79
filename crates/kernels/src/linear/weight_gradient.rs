//! `dW[k, n] = X[m, k]ᵀ dY[m, n]`: an outer product over rows.
//!
//! Rows of a wide matrix lie so far apart that a column of them falls into few sets of L1; a large
//! tile copies its columns together first, part by part.
//!
//! A small `dW` of many rows is cut over `m` too, see [`Splits`].

use super::outer::{Direct, Packed, TALLEST, TERMS};
use super::{COL_UNIT, Grid, ROW_UNIT, Region, Splits, even_step, quotient};
use crate::float::Float;
use crate::isa::{Isa, dispatch_on};
use crate::shared::Shared;

/// One product `Xᵀ dY`, or a batch of independent ones.
#[derive(Clone, Copy, Debug)]
pub struct WeightGradient {
    /// Rows of `X` and `dY`: the terms of the sum.
    pub m: usize,
    pub k: usize,
    pub n: usize,
    /// Floats from one row of `X` to the next.
    pub ldx: usize,
    /// Floats from one row of `dY` to the next.
    pub ldy: usize,
    /// Floats from one row of `dW` to the next.
    pub ldw: usize,
    pub batch: usize,
    pub stride_x: usize,
    pub stride_y: usize,
    pub stride_w: usize,
}

/// Columns of the widest tile.
const WIDEST: usize = 256;
/// Products that a tile is worth its start for: some 40 microseconds of work.
const LEAST: usize = 1 << 21;
/// Products that are one tile, found without a division.
const SMALL: usize = 1 << 18;
/// Floats from row to row above which columns are copied together.
const FAR: usize = 32;

impl WeightGradient {
    /// One product of dense matrices.
    pub fn new(m: usize, k: usize, n: usize) -> Self {
        WeightGradient {
            m,
            k,
            n,
            ldx: k,
            ldy: n,
            ldw: n,
            batch: 1,
            stride_x: m * k,
            stride_y: m * n,
            stride_w: k * n,
        }
    }

    fn grid(&self) -> Grid {
        let (m, k, n) = (self.m.max(1), self.k.max(1), self.n.max(1));
        if m * k * n <= SMALL && k <= TALLEST {
            return Grid { rows: self.k, cols: self.n, row_step: k, col_step: n };
        }
        let col_step = even_step(n, n.div_ceil(WIDEST), COL_UNIT);
        let of_a_row = col_step.min(n) * m;
        // Many rows are cut into splits rather than into low tiles.
        let low = if m < 4 * TERMS { ROW_UNIT } else { TALLEST / 2 };
        let tall = ((m * k * n / 12).max(LEAST) / of_a_row).clamp(low, TALLEST);
        let row_step = even_step(k, k.div_ceil(tall), ROW_UNIT).min(TALLEST);
        Grid { rows: self.k, cols: self.n, row_step, col_step }
    }

    /// Parts that the rows are cut into.
    pub fn splits(&self) -> Splits {
        let parts = self.parts();
        Splits {
            parts,
            batch: self.batch,
            rows: self.k,
            cols: self.n,
            ld: self.ldw,
            stride: self.stride_w,
        }
    }

    fn parts(&self) -> usize {
        if self.m < 4 * TERMS {
            return 1;
        }
        let tiles = self.batch * self.grid().tiles();
        if tiles == 0 || tiles >= 8 || self.m * self.k * self.n < LEAST {
            return 1;
        }
        (32 / tiles).min(self.m / (2 * TERMS)).max(1)
    }

    pub fn tiles(&self) -> usize {
        self.parts() * self.batch * self.grid().tiles()
    }

    /// The part of `dW` that a tile writes, or adds a partial sum to.
    pub fn region(&self, tile: usize) -> Region {
        let grid = self.grid();
        let each = grid.tiles();
        let (index, tile) = quotient(tile, each);
        grid.region(quotient(index, self.batch).1, tile)
    }

    /// Computes one tile into `dW`, or into the scratch of [`Splits`] where the sum has parts.
    pub fn run(&self, tile: usize, x: &[f32], dy: &[f32], target: Shared<'_, f32>) {
        self.run_on(Isa::current(), tile, x, dy, target)
    }

    pub fn run_on(&self, isa: Isa, tile: usize, x: &[f32], dy: &[f32], target: Shared<'_, f32>) {
        let (grid, splits) = (self.grid(), self.splits());
        let each = grid.tiles();
        let (index, tile) = quotient(tile, each);
        let (part, matrix) = quotient(index, self.batch);
        let Region { row, rows, col, cols, .. } = grid.region(matrix, tile);
        let step = if splits.parts == 1 { self.m } else { self.m.div_ceil(splits.parts) };
        let from = (part * step).min(self.m);
        let m = step.min(self.m - from);
        let x_from = matrix * self.stride_x + from * self.ldx + row;
        let y_from = matrix * self.stride_y + from * self.ldy + col;
        let (w_from, ldw) = splits.place(part, matrix, row, col);
        assert!(part < splits.parts && rows > 0 && cols > 0);
        assert!(self.ldx >= self.k && self.ldy >= self.n && self.ldw >= self.n);
        assert!(m == 0 || x.len() >= x_from + (m - 1) * self.ldx + rows, "X too short: {self:?}");
        assert!(m == 0 || dy.len() >= y_from + (m - 1) * self.ldy + cols, "dY too short: {self:?}");
        assert!(target.len() >= w_from + (rows - 1) * ldw + cols, "target too short: {self:?}");
        let (x, y) = (x.as_ptr().wrapping_add(x_from), dy.as_ptr().wrapping_add(y_from));
        let (ldx, ldy) = (self.ldx, self.ldy);
        // SAFETY: the start is within the target, as asserted.
        let w = unsafe { target.pointer().add(w_from) };
        let direct = Direct { m, rows, cols, x, ldx, y, ldy, w, ldw };
        if ldx > FAR && ldy > FAR && rows >= 4 * ROW_UNIT && cols >= 2 * COL_UNIT {
            run_packed(isa, direct)
        } else {
            dispatch_on(isa, direct)
        }
    }
}

/// Apart, so that small problems do not touch the stack that the copies need.
#[inline(never)]
fn run_packed(isa: Isa, tile: Direct) {
    dispatch_on(isa, Packed(tile))
}

// ---- reference

/// `dw = xᵀ dy` of `x: [m, k]`, `dy: [m, n]`, rows `ldx`, `ldy`, `ldw` apart.
pub fn reference<T: Float>(
    (m, k, n): (usize, usize, usize),
    (x, ldx): (&[T], usize),
    (dy, ldy): (&[T], usize),
    (dw, ldw): (&mut [T], usize),
) {
    for i in 0..k {
        for j in 0..n {
            dw[i * ldw + j] = (0..m).map(|p| x[p * ldx + i] * dy[p * ldy + j]).sum();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear::tests::{assert_near, values};

    fn check(isa: Isa, problem: WeightGradient) {
        let WeightGradient { m, k, n, ldx, ldy, ldw, batch, stride_x, stride_y, stride_w } =
            problem;
        let x = values(batch * stride_x + m * ldx, 3);
        let dy = values(batch * stride_y + m * ldy, 4);
        let mut dw = vec![7.0; batch * stride_w + k * ldw];
        let mut expected = dw.clone();
        let splits = problem.splits();
        let mut scratch = vec![f32::NAN; splits.scratch_len()];
        let target = Shared::new(if splits.parts > 1 { &mut scratch } else { &mut dw });
        for tile in 0..problem.tiles() {
            problem.run_on(isa, tile, &x, &dy, target);
        }
        let shared = Shared::new(&mut dw);
        for tile in 0..splits.combine_tiles() {
            splits.combine(tile, &scratch, shared);
        }
        for index in 0..batch {
            let (x, dy) = (&x[index * stride_x..], &dy[index * stride_y..]);
            reference((m, k, n), (x, ldx), (dy, ldy), (&mut expected[index * stride_w..], ldw));
        }
        assert_near(&dw, &expected, 1e-6 * (m as f32 + 4.0), &format!("{isa:?} {problem:?}"));
    }

    #[test]
    fn fast_gradients_equal_the_reference_at_every_size() {
        for isa in Isa::available() {
            for k in [0, 1, 2, 3, 5, 6, 7, 13, 25] {
                for n in [0, 1, 7, 8, 9, 10, 16, 17, 31, 32, 33, 70] {
                    for m in [0, 1, 2, 5, 33] {
                        check(isa, WeightGradient::new(m, k, n));
                    }
                }
            }
        }
    }

    #[test]
    fn a_small_gradient_of_many_rows_is_split_and_equals_the_reference() {
        for isa in Isa::available() {
            let problem = WeightGradient::new(6000, 25, 18);
            assert!(problem.splits().parts > 1);
            check(isa, problem);
            let padded = WeightGradient { ldx: 27, ldy: 19, ldw: 23, stride_w: 700, ..problem };
            check(isa, WeightGradient { batch: 2, stride_x: 162_000, stride_y: 114_000, ..padded });
        }
    }

    #[test]
    fn gradients_of_several_tiles_equal_the_reference() {
        for isa in Isa::available() {
            for (m, k, n) in [(300, 130, 200), (64, 300, 530), (700, 53, 70), (600, 205, 131)] {
                check(isa, WeightGradient::new(m, k, n));
            }
        }
    }
}
