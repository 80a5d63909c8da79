//! The steps of a group of sequences.

use super::{Cell, Recurrence, Rows, any_lives, lives, product};
use crate::isa::{Isa, Kernel, dispatch_on};
use crate::lanes::Simd;
use crate::math::{sigmoid, tanh};
use crate::shared::Shared;
use crate::softmax::{load, store, vectors};

/// What the steps read.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// `[batch, time, columns]`
    pub gx: &'a [f32],
    /// Those of [`Recurrence::panels`].
    pub panels: &'a [f32],
    /// `[batch, units]`
    pub h0: &'a [f32],
    /// `c0 [batch, units]` of the LSTM, the bias `[columns]` of the GRU, else nothing.
    pub extra: &'a [f32],
    /// Steps of each sequence; default: all.
    pub lengths: Option<&'a [i32]>,
}

/// What they write.
#[derive(Clone, Copy)]
pub struct Outputs<'a> {
    /// `[batch, time, units]`
    pub states: Shared<'a, f32>,
    /// `[batch, time, cell units]`
    pub cells: Shared<'a, f32>,
    /// `[batch, time, saved columns]`
    pub saved: Shared<'a, f32>,
    /// `[batch, units]`, of no use afterwards.
    pub hidden: Shared<'a, f32>,
}

struct Forward<'a> {
    problem: Recurrence,
    rows: usize,
    gx: *const f32,
    panels: *const f32,
    h0: *const f32,
    c0: *const f32,
    bias: *const f32,
    lengths: Option<&'a [i32]>,
    states: *mut f32,
    cells: *mut f32,
    saved: *mut f32,
    hidden: *mut f32,
}

impl Kernel for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Recurrence { cell, time, units, .. } = self.problem;
        let (columns, kept) = (self.problem.columns(), self.problem.saved_columns());
        // SAFETY: `run_on` asserted that all operands hold the rows of this tile.
        unsafe { std::ptr::copy_nonoverlapping(self.h0, self.hidden, self.rows * units) };
        for step in 0..time {
            let (at, before) = self.problem.times(step);
            // SAFETY: as above, and `at` and `before` are below `time`.
            unsafe {
                let target = match kept {
                    0 => Rows { at: self.states.add(at * units), step: time * units },
                    _ => Rows { at: self.saved.add(at * kept), step: time * kept },
                };
                if any_lives(self.lengths, at) {
                    let state = Rows { at: self.hidden.cast_const(), step: units };
                    product(s, [self.rows, units, columns], state, self.panels, target, false);
                }
                for row in 0..self.rows {
                    let place = row * time + at;
                    let h = self.hidden.add(row * units);
                    let y = self.states.add(place * units);
                    let gx = self.gx.add(place * columns);
                    let saved = self.saved.add(place * kept);
                    let c = self.cells.wrapping_add(place * units);
                    let c0 = match before {
                        None => self.c0.wrapping_add(row * units),
                        Some(before) => self.cells.wrapping_add((row * time + before) * units),
                    };
                    if !lives(self.lengths, row, at) {
                        std::ptr::copy_nonoverlapping(h, y, units);
                        saved.write_bytes(0, kept);
                        if cell == Cell::Lstm {
                            std::ptr::copy_nonoverlapping(c0, c, units);
                        }
                        continue;
                    }
                    match cell {
                        Cell::RnnTanh => rnn::<S, true>(s, units, gx, y),
                        Cell::RnnRelu => rnn::<S, false>(s, units, gx, y),
                        Cell::Lstm => lstm(s, units, gx, saved, [c0, c], y),
                        Cell::Gru => gru(s, units, gx, self.bias, saved, h, y),
                    }
                    std::ptr::copy_nonoverlapping(y, h, units);
                }
            }
        }
    }
}

/// `y = f(gx + y)`.
///
/// # Safety
/// The pointers are valid for the units of one step, here and below.
#[inline(always)]
unsafe fn rnn<S: Simd, const TANH: bool>(s: S, units: usize, gx: *const f32, y: *mut f32) {
    for (u, n) in vectors(s, units) {
        // SAFETY: the caller vouches for the units.
        unsafe {
            let a = s.add(load(s, gx.add(u), n), load(s, y.add(u), n));
            let h = if TANH { tanh(s, a) } else { s.max(a, s.zero()) };
            store(s, y.add(u), h, n);
        }
    }
}

/// # Safety
/// As for [`rnn`]; `saved` holds the products of the state.
#[inline(always)]
unsafe fn lstm<S: Simd>(
    s: S,
    units: usize,
    gx: *const f32,
    saved: *mut f32,
    [c0, c]: [*const f32; 2],
    y: *mut f32,
) {
    for (u, n) in vectors(s, units) {
        // SAFETY: the caller vouches for four gates of the units.
        unsafe {
            let [at_f, at_g, at_o] = [units + u, 2 * units + u, 3 * units + u];
            let i = sigmoid(s, s.add(load(s, gx.add(u), n), load(s, saved.add(u), n)));
            let f = sigmoid(s, s.add(load(s, gx.add(at_f), n), load(s, saved.add(at_f), n)));
            let g = tanh(s, s.add(load(s, gx.add(at_g), n), load(s, saved.add(at_g), n)));
            let o = sigmoid(s, s.add(load(s, gx.add(at_o), n), load(s, saved.add(at_o), n)));
            let next = s.fma(f, load(s, c0.add(u), n), s.mul(i, g));
            store(s, saved.add(u), i, n);
            store(s, saved.add(at_f), f, n);
            store(s, saved.add(at_g), g, n);
            store(s, saved.add(at_o), o, n);
            store(s, c.cast_mut().add(u), next, n);
            store(s, y.add(u), s.mul(o, tanh(s, next)), n);
        }
    }
}

/// # Safety
/// As for [`lstm`].
#[inline(always)]
unsafe fn gru<S: Simd>(
    s: S,
    units: usize,
    gx: *const f32,
    bias: *const f32,
    saved: *mut f32,
    h: *const f32,
    y: *mut f32,
) {
    for (u, n) in vectors(s, units) {
        // SAFETY: the caller vouches for three gates of the units, and four numbers to save.
        unsafe {
            let [at_z, at_q, at_n] = [units + u, 2 * units + u, 3 * units + u];
            let r = s.add(load(s, saved.add(u), n), load(s, bias.add(u), n));
            let r = sigmoid(s, s.add(load(s, gx.add(u), n), r));
            let z = s.add(load(s, saved.add(at_z), n), load(s, bias.add(at_z), n));
            let z = sigmoid(s, s.add(load(s, gx.add(at_z), n), z));
            let q = s.add(load(s, saved.add(at_q), n), load(s, bias.add(at_q), n));
            let new = tanh(s, s.fma(r, q, load(s, gx.add(at_q), n)));
            store(s, saved.add(u), r, n);
            store(s, saved.add(at_z), z, n);
            store(s, saved.add(at_q), q, n);
            store(s, saved.add(at_n), new, n);
            store(s, y.add(u), s.fma(z, s.sub(load(s, h.add(u), n), new), new), n);
        }
    }
}

// ---- dispatch

impl Recurrence {
    /// All steps of a tile's sequences.
    pub fn run(&self, tile: usize, inputs: Inputs<'_>, outputs: Outputs<'_>) {
        self.run_on(Isa::current(), tile, inputs, outputs);
    }

    pub fn run_on(&self, isa: Isa, tile: usize, inputs: Inputs<'_>, outputs: Outputs<'_>) {
        let (row, rows) = self.rows(tile);
        let Recurrence { cell, batch, time, units, .. } = *self;
        let Inputs { gx, panels, h0, extra, lengths } = inputs;
        let steps = batch * time;
        let wanted = match cell {
            Cell::RnnTanh | Cell::RnnRelu => 0,
            Cell::Lstm => batch * units,
            Cell::Gru => self.columns(),
        };
        assert!(gx.len() >= steps * self.columns() && h0.len() >= batch * units, "{self:?}");
        assert!(extra.len() >= wanted && panels.len() >= self.panels().len(isa), "{self:?}");
        assert!(outputs.states.len() >= steps * units && outputs.hidden.len() >= batch * units);
        assert!(outputs.cells.len() >= steps * self.cell_units());
        assert!(outputs.saved.len() >= steps * self.saved_columns());
        // SAFETY: the rows of the tile lie within the operands, as asserted.
        let kernel = unsafe {
            Forward {
                problem: *self,
                rows,
                gx: gx.as_ptr().add(row * time * self.columns()),
                panels: panels.as_ptr(),
                h0: h0.as_ptr().add(row * units),
                c0: extra.as_ptr().wrapping_add(row * units),
                bias: extra.as_ptr(),
                lengths: lengths.map(|lengths| &lengths[row..row + rows]),
                states: outputs.states.pointer().add(row * time * units),
                cells: outputs.cells.pointer().add(row * time * self.cell_units()),
                saved: outputs.saved.pointer().add(row * time * self.saved_columns()),
                hidden: outputs.hidden.pointer().add(row * units),
            }
        };
        dispatch_on(isa, kernel);
    }
}
