//! Recurrent cells over whole sequences, and their gradient back through time.
//!
//! ```text
//! a = gx + h' W                      h', c': what the step before left
//! rnn:   h = tanh(a), or max(a, 0)
//! lstm:  i, f, g, o = σ(a), σ(a), tanh(a), σ(a);   c = f c' + i g,   h = o tanh(c)
//! gru:   r, z = σ(a + b),   q = h' W_q + b_q,   n = tanh(gx_n + r q),   h = (1 - z) n + z h'
//! ```
//!
//! Elman 1990; Hochreiter and Schmidhuber 1997; Cho et al. 2014, arXiv:1406.1078. A step beyond a
//! sequence's length leaves `h` and `c` as they are. A tile is a group of sequences that goes through
//! all steps alone, so that no step waits for another thread.

mod backward;
mod forward;
mod reference;

pub use backward::{Gradients, Saved};
pub use forward::{Inputs, Outputs};
pub use reference::{reference, reference_backward};

use crate::lanes::Simd;
use crate::linear::{Block, multiply_rows};
use crate::panels::Panels;

/// What a step computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cell {
    #[default]
    RnnTanh,
    RnnRelu,
    Lstm,
    Gru,
}

impl Cell {
    pub const ALL: [Cell; 4] = [Cell::RnnTanh, Cell::RnnRelu, Cell::Lstm, Cell::Gru];

    /// Products of the state that a unit needs: i f g o of the LSTM, r z n of the GRU.
    pub fn gates(self) -> usize {
        match self {
            Cell::RnnTanh | Cell::RnnRelu => 1,
            Cell::Lstm => 4,
            Cell::Gru => 3,
        }
    }

    /// Numbers of a unit that the gradient needs again: i f g o of the LSTM, r z q n of the GRU.
    pub fn saved(self) -> usize {
        match self {
            Cell::RnnTanh | Cell::RnnRelu => 0,
            Cell::Lstm | Cell::Gru => 4,
        }
    }

    /// Whether there is a state `c` beside `h`.
    pub fn has_cell_state(self) -> bool {
        self == Cell::Lstm
    }
}

/// One layer in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recurrence {
    pub cell: Cell,
    /// From the last step of each sequence to its first.
    pub reverse: bool,
    pub batch: usize,
    pub time: usize,
    pub units: usize,
}

impl Recurrence {
    /// Columns of `gx` and of the weight.
    pub fn columns(&self) -> usize {
        self.cell.gates() * self.units
    }

    /// Units of `c`.
    pub fn cell_units(&self) -> usize {
        if self.cell.has_cell_state() { self.units } else { 0 }
    }

    /// Numbers saved of one step.
    pub fn saved_columns(&self) -> usize {
        self.cell.saved() * self.units
    }

    /// Columns of `dgh`, where it is not `dgx`.
    pub fn hidden_columns(&self) -> usize {
        if self.cell == Cell::Gru { self.columns() } else { 0 }
    }

    /// The weight `[units, columns]` as the steps read it.
    pub fn panels(&self) -> Panels {
        Panels::matrix(self.units, self.columns())
    }

    /// The weight as the gradient reads it.
    pub fn transposed_panels(&self) -> Panels {
        Panels::transpose_of(self.units, self.columns())
    }

    /// Sequences of a tile: at least eight, since fewer rows read a panel as often for less.
    fn rows_per_tile(&self) -> usize {
        let groups = (self.batch / 8).max(1).ilog2().min(5);
        self.batch.div_ceil(1 << groups)
    }

    pub fn tiles(&self) -> usize {
        if self.batch * self.units == 0 { 0 } else { self.batch.div_ceil(self.rows_per_tile()) }
    }

    /// First sequence of a tile and their number.
    fn rows(&self, tile: usize) -> (usize, usize) {
        let first = tile * self.rows_per_tile();
        (first, self.rows_per_tile().min(self.batch - first))
    }

    pub fn flops(&self) -> u64 {
        let product = 2 * self.units.saturating_mul(self.columns());
        let elementwise = 30 * self.units;
        (self.batch.saturating_mul(self.time) as u64).saturating_mul((product + elementwise) as u64)
    }

    /// The time of the given step, and that of the step before it.
    #[inline(always)]
    pub fn times(&self, step: usize) -> (usize, Option<usize>) {
        let at = |step: usize| if self.reverse { self.time - 1 - step } else { step };
        (at(step), step.checked_sub(1).map(at))
    }
}

/// Whether a sequence has that step.
#[inline(always)]
fn lives(lengths: Option<&[i32]>, row: usize, at: usize) -> bool {
    lengths.is_none_or(|lengths| i64::from(lengths[row]) > at as i64)
}

/// Whether any sequence has that step.
#[inline(always)]
fn any_lives(lengths: Option<&[i32]>, at: usize) -> bool {
    lengths.is_none_or(|lengths| lengths.iter().any(|&length| i64::from(length) > at as i64))
}

/// A matrix whose rows lie `step` floats apart.
#[derive(Clone, Copy)]
struct Rows<P> {
    at: P,
    step: usize,
}

/// `c (+)= a panels`, of `rows` rows, `k` terms and `columns` columns.
///
/// # Safety
/// The matrices have so many rows, and the panels are those of a matrix `[k, columns]`.
#[inline(always)]
unsafe fn product<S: Simd>(
    s: S,
    [rows, k, columns]: [usize; 3],
    a: Rows<*const f32>,
    panels: *const f32,
    c: Rows<*mut f32>,
    add: bool,
) {
    let width = 2 * S::LANES;
    for column in (0..columns).step_by(width) {
        // SAFETY: a panel of `width` columns has `k * width` floats, and `column` is its first one.
        unsafe {
            let block = Block {
                k,
                a: a.at,
                a_row: a.step,
                a_step: 1,
                b: panels.add(column * k),
                b_step: width,
                c: c.at.add(column),
                ldc: c.step,
                cols: width.min(columns - column),
                add,
            };
            multiply_rows::<S, true>(s, rows, block);
        }
    }
}

#[cfg(test)]
mod tests;
