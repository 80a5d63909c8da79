//! The gradient of a group of sequences, from the last step back to the first.

use super::{Cell, Recurrence, Rows, any_lives, lives, product};
use crate::isa::{Isa, Kernel, dispatch_on};
use crate::lanes::Simd;
use crate::math::tanh;
use crate::shared::Shared;
use crate::softmax::{load, store, vectors};

/// What the steps left, and the gradients of that.
#[derive(Clone, Copy)]
pub struct Saved<'a> {
    /// Those of [`Recurrence::transposed_panels`].
    pub panels: &'a [f32],
    pub states: &'a [f32],
    pub cells: &'a [f32],
    pub saved: &'a [f32],
    pub h0: &'a [f32],
    /// `[batch, cell units]`
    pub c0: &'a [f32],
    pub dstates: &'a [f32],
    pub dcells: Option<&'a [f32]>,
    pub dsaved: Option<&'a [f32]>,
    pub lengths: Option<&'a [i32]>,
}

/// The gradients of what the steps read.
#[derive(Clone, Copy)]
pub struct Gradients<'a> {
    /// `[batch, time, columns]`
    pub dgx: Shared<'a, f32>,
    /// `[batch, units]`
    pub dh0: Shared<'a, f32>,
    /// `[batch, cell units]`
    pub dc0: Shared<'a, f32>,
    /// Of the products of the state, `[batch, time, hidden columns]`.
    pub dgh: Shared<'a, f32>,
}

struct Backward<'a> {
    problem: Recurrence,
    row: usize,
    rows: usize,
    given: Saved<'a>,
    dgx: *mut f32,
    dh: *mut f32,
    dc: *mut f32,
    dgh: *mut f32,
}

impl Kernel for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Recurrence { time, units, .. } = self.problem;
        let columns = self.problem.columns();
        let hidden = if self.problem.hidden_columns() > 0 { self.dgh } else { self.dgx };
        // SAFETY: `backward_on` asserted that all operands hold the rows of this tile.
        unsafe {
            self.dh.write_bytes(0, self.rows * units);
            self.dc.write_bytes(0, self.rows * self.problem.cell_units());
        }
        for step in (0..time).rev() {
            let (at, before) = self.problem.times(step);
            for row in 0..self.rows {
                // SAFETY: as above.
                unsafe { self.step(s, row, at, before) };
            }
            let lengths = self.given.lengths.map(|all| &all[self.row..self.row + self.rows]);
            if any_lives(lengths, at) {
                // SAFETY: as above; the steps have written this step's rows.
                unsafe {
                    let da = hidden.add(at * columns).cast_const();
                    let (da, dh) =
                        (Rows { at: da, step: time * columns }, Rows { at: self.dh, step: units });
                    let panels = self.given.panels.as_ptr();
                    product(s, [self.rows, columns, units], da, panels, dh, true);
                }
            }
        }
    }
}

impl Backward<'_> {
    /// One step of one sequence: the gradients before its activations, and the part of `dh'` that does
    /// not come through the weight.
    ///
    /// # Safety
    /// The operands hold the row, and the times are below that of the problem.
    #[inline(always)]
    unsafe fn step<S: Simd>(&self, s: S, row: usize, at: usize, before: Option<usize>) {
        let Recurrence { cell, time, units, .. } = self.problem;
        let (columns, kept) = (self.problem.columns(), self.problem.saved_columns());
        let Saved { states, cells, saved, h0, c0, dstates, dcells, dsaved, lengths, .. } =
            self.given;
        let all = self.row + row;
        let place = all * time + at;
        // SAFETY: the caller vouches for the row; empty operands are not read.
        unsafe {
            let dh = self.dh.add(row * units);
            let dc = self.dc.wrapping_add(row * units);
            let dgx = self.dgx.add((row * time + at) * columns);
            let dgh = self.dgh.wrapping_add((row * time + at) * columns);
            add_to(s, units, dh, dstates.as_ptr().add(place * units));
            if let (Cell::Lstm, Some(dcells)) = (cell, dcells) {
                add_to(s, units, dc, dcells.as_ptr().add(place * units));
            }
            if !lives(lengths, all, at) {
                dgx.write_bytes(0, columns);
                if cell == Cell::Gru {
                    dgh.write_bytes(0, columns);
                }
                return;
            }
            let from = |start: &[f32], steps: &[f32]| match before {
                None => start.as_ptr().wrapping_add(all * units),
                Some(before) => steps.as_ptr().wrapping_add((all * time + before) * units),
            };
            let y = states.as_ptr().add(place * units);
            let c = cells.as_ptr().wrapping_add(place * units);
            let saved = saved.as_ptr().wrapping_add(place * kept);
            let given = dsaved.map(|d| d.as_ptr().wrapping_add(place * kept));
            match cell {
                Cell::RnnTanh => rnn::<S, true>(s, units, y, dh, dgx),
                Cell::RnnRelu => rnn::<S, false>(s, units, y, dh, dgx),
                Cell::Lstm => lstm(s, units, saved, given, [from(c0, cells), c], [dh, dc], dgx),
                Cell::Gru => gru(s, units, saved, given, from(h0, states), dh, [dgx, dgh]),
            }
        }
    }
}

/// `y += x`.
///
/// # Safety
/// Both are valid for `units` floats.
#[inline(always)]
unsafe fn add_to<S: Simd>(s: S, units: usize, y: *mut f32, x: *const f32) {
    for (u, n) in vectors(s, units) {
        // SAFETY: the caller vouches for the units.
        unsafe { store(s, y.add(u), s.add(load(s, y.add(u), n), load(s, x.add(u), n)), n) };
    }
}

/// `x`, and what was given beside it.
///
/// # Safety
/// What was given holds `n` floats from `at`.
#[inline(always)]
unsafe fn plus<S: Simd>(s: S, x: S::F32, given: Option<*const f32>, at: usize, n: usize) -> S::F32 {
    match given {
        // SAFETY: the caller vouches for the floats.
        Some(given) => s.add(x, unsafe { load(s, given.add(at), n) }),
        None => x,
    }
}

/// `dy y (1 - y)`, through a sigmoid.
#[inline(always)]
fn through_sigmoid<S: Simd>(s: S, dy: S::F32, y: S::F32) -> S::F32 {
    s.mul(dy, s.fnma(y, y, y))
}

/// `dy (1 - y²)`, through a tanh.
#[inline(always)]
fn through_tanh<S: Simd>(s: S, dy: S::F32, y: S::F32) -> S::F32 {
    s.mul(dy, s.fnma(y, y, s.splat(1.0)))
}

/// # Safety
/// The pointers are valid for the units of one step, here and below.
#[inline(always)]
unsafe fn rnn<S: Simd, const TANH: bool>(
    s: S,
    units: usize,
    y: *const f32,
    dh: *mut f32,
    dgx: *mut f32,
) {
    for (u, n) in vectors(s, units) {
        // SAFETY: the caller vouches for the units.
        unsafe {
            let (y, d) = (load(s, y.add(u), n), load(s, dh.add(u), n));
            let da = match TANH {
                true => through_tanh(s, d, y),
                false => s.select(s.lt(s.zero(), y), d, s.zero()),
            };
            store(s, dgx.add(u), da, n);
            store(s, dh.add(u), s.zero(), n);
        }
    }
}

/// # Safety
/// As for [`rnn`], for all gates.
#[inline(always)]
unsafe fn lstm<S: Simd>(
    s: S,
    units: usize,
    saved: *const f32,
    given: Option<*const f32>,
    [c0, c]: [*const f32; 2],
    [dh, dc]: [*mut f32; 2],
    dgx: *mut f32,
) {
    for (u, n) in vectors(s, units) {
        // SAFETY: the caller vouches for four gates of the units.
        unsafe {
            let [at_f, at_g, at_o] = [units + u, 2 * units + u, 3 * units + u];
            let (i, f) = (load(s, saved.add(u), n), load(s, saved.add(at_f), n));
            let (g, o) = (load(s, saved.add(at_g), n), load(s, saved.add(at_o), n));
            let (t, d) = (tanh(s, load(s, c.add(u), n)), load(s, dh.add(u), n));
            let d_cell = s.add(load(s, dc.add(u), n), through_tanh(s, s.mul(d, o), t));
            let di = plus(s, s.mul(d_cell, g), given, u, n);
            let df = plus(s, s.mul(d_cell, load(s, c0.add(u), n)), given, at_f, n);
            let dg = plus(s, s.mul(d_cell, i), given, at_g, n);
            let d_o = plus(s, s.mul(d, t), given, at_o, n);
            store(s, dgx.add(u), through_sigmoid(s, di, i), n);
            store(s, dgx.add(at_f), through_sigmoid(s, df, f), n);
            store(s, dgx.add(at_g), through_tanh(s, dg, g), n);
            store(s, dgx.add(at_o), through_sigmoid(s, d_o, o), n);
            store(s, dc.add(u), s.mul(d_cell, f), n);
            store(s, dh.add(u), s.zero(), n);
        }
    }
}

/// # Safety
/// As for [`lstm`].
#[inline(always)]
unsafe fn gru<S: Simd>(
    s: S,
    units: usize,
    saved: *const f32,
    given: Option<*const f32>,
    h: *const f32,
    dh: *mut f32,
    [dgx, dgh]: [*mut f32; 2],
) {
    for (u, n) in vectors(s, units) {
        // SAFETY: the caller vouches for three gates of the units, and four saved numbers.
        unsafe {
            let [at_z, at_q, at_n] = [units + u, 2 * units + u, 3 * units + u];
            let (r, z) = (load(s, saved.add(u), n), load(s, saved.add(at_z), n));
            let (q, new) = (load(s, saved.add(at_q), n), load(s, saved.add(at_n), n));
            let d = load(s, dh.add(u), n);
            let dn = plus(s, s.fnma(d, z, d), given, at_n, n);
            let dn = through_tanh(s, dn, new);
            let dz = plus(s, s.mul(d, s.sub(load(s, h.add(u), n), new)), given, at_z, n);
            let dz = through_sigmoid(s, dz, z);
            let dr = through_sigmoid(s, plus(s, s.mul(dn, q), given, u, n), r);
            let dq = plus(s, s.mul(dn, r), given, at_q, n);
            store(s, dgx.add(u), dr, n);
            store(s, dgx.add(at_z), dz, n);
            store(s, dgx.add(at_q), dn, n);
            store(s, dgh.add(u), dr, n);
            store(s, dgh.add(at_z), dz, n);
            store(s, dgh.add(at_q), dq, n);
            store(s, dh.add(u), s.mul(d, z), n);
        }
    }
}

// ---- dispatch

impl Recurrence {
    /// The gradients of a tile's sequences.
    // dgx = da, dgh = da but for the GRU's dq, dh' = dgh Wᵀ + what passes by the gates
    pub fn backward(&self, tile: usize, given: Saved<'_>, gradients: Gradients<'_>) {
        self.backward_on(Isa::current(), tile, given, gradients);
    }

    pub fn backward_on(&self, isa: Isa, tile: usize, given: Saved<'_>, gradients: Gradients<'_>) {
        let (row, rows) = self.rows(tile);
        let Recurrence { batch, time, units, .. } = *self;
        let (steps, cells) = (batch * time, self.cell_units());
        let Gradients { dgx, dh0, dc0, dgh } = gradients;
        assert!(given.panels.len() >= self.transposed_panels().len(isa), "{self:?}");
        assert!(given.states.len() >= steps * units && given.dstates.len() >= steps * units);
        assert!(given.cells.len() >= steps * cells && given.c0.len() >= batch * cells);
        assert!(given.saved.len() >= steps * self.saved_columns(), "{self:?}");
        assert!(given.h0.len() >= batch * units && dh0.len() >= batch * units, "{self:?}");
        assert!(given.dcells.is_none_or(|d| d.len() >= steps * cells), "{self:?}");
        assert!(given.dsaved.is_none_or(|d| d.len() >= steps * self.saved_columns()), "{self:?}");
        assert!(dgx.len() >= steps * self.columns() && dc0.len() >= batch * cells, "{self:?}");
        assert!(dgh.len() >= steps * self.hidden_columns(), "{self:?}");
        // SAFETY: the rows of the tile lie within the operands, as asserted.
        let kernel = unsafe {
            Backward {
                problem: *self,
                row,
                rows,
                given,
                dgx: dgx.pointer().add(row * time * self.columns()),
                dh: dh0.pointer().add(row * units),
                dc: dc0.pointer().add(row * cells),
                dgh: dgh.pointer().add(row * time * self.hidden_columns()),
            }
        };
        dispatch_on(isa, kernel);
    }
}
