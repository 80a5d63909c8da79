//! The gradient of a recurrent layer, back through time.

use attune_kernels::recurrence::{self as kernel, Cell, Gradients, Saved};
use attune_tensor::{DType, Result};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::differentiate::differentiate_through;
use crate::exec::{Floats, Lower};
use crate::graph::{TensorType, Value};
use crate::ops::operands::{floats, rank, shaped};
use crate::ops::recurrence::{Case, cases, check_count, check_lengths, whole, with_lengths};
use crate::ops::{Cast, Concat, MatMul, Recurrence, Slice};
use crate::rule::{Backward, Draw, Rule, Sample};
use crate::term::{Tape, Term};

/// `(weight, states, cells, saved, h0, c0?, dstates, dcells?, dsaved?, lengths?) ->
/// (dgx [b, t, gates u], dh0 [b, u], dc0 [b, u], dgh [b, t, 3 u])`.
///
/// `c0` and `dc0` are the LSTM's. `dgh` is the gradient of the GRU's products `h' W + b`; those of the
/// other cells have the gradient `dgx`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RecurrenceGradient {
    pub recurrence: Recurrence,
    /// Whether `dcells` is among the operands.
    pub of_cells: bool,
    /// Whether `dsaved` is among the operands.
    pub of_saved: bool,
}

/// Where the operands after `h0` are.
#[derive(Clone, Copy)]
struct Places {
    c0: Option<usize>,
    dstates: usize,
    dcells: Option<usize>,
    dsaved: Option<usize>,
    /// How many operands are floats.
    floats: usize,
    lengths: Option<usize>,
}

impl RecurrenceGradient {
    fn places(&self, count: usize) -> Places {
        let lstm = self.recurrence.cell == Cell::Lstm;
        let (c0, dstates) = (lstm.then_some(5), 5 + usize::from(lstm));
        let dcells = self.of_cells.then_some(dstates + 1);
        let dsaved = self.of_saved.then_some(dstates + 1 + usize::from(self.of_cells));
        let floats = dstates + 1 + usize::from(self.of_cells) + usize::from(self.of_saved);
        Places { c0, dstates, dcells, dsaved, floats, lengths: (count > floats).then_some(floats) }
    }

    fn problem(&self, states: &[usize]) -> kernel::Recurrence {
        self.recurrence.problem(states[0], states[1], states[2])
    }

    fn output_shapes(problem: kernel::Recurrence) -> [Vec<usize>; 4] {
        let kernel::Recurrence { batch, time, units, .. } = problem;
        [
            vec![batch, time, problem.columns()],
            vec![batch, units],
            vec![batch, problem.cell_units()],
            vec![batch, time, problem.hidden_columns()],
        ]
    }
}

impl Rule for RecurrenceGradient {
    const NAME: &'static str = "recurrenceGradient";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let places = self.places(inputs.len());
        check_count(inputs.len(), places.floats)?;
        floats(&inputs[..places.floats])?;
        let states = inputs[1];
        rank(states, "the states", "[batch, time, units]")?;
        let problem = self.problem(&states.shape);
        let kernel::Recurrence { batch, time, units, .. } = problem;
        let of_cells = [batch, time, problem.cell_units()];
        let of_saved = [batch, time, problem.saved_columns()];
        shaped(inputs[0], "the weight of the state", &[units, problem.columns()])?;
        shaped(inputs[2], "the cell states", &of_cells)?;
        shaped(inputs[3], "what was saved", &of_saved)?;
        shaped(inputs[4], "the first state", &[batch, units])?;
        shaped(inputs[places.dstates], "the gradient of the states", &states.shape)?;
        if let Some(at) = places.c0 {
            shaped(inputs[at], "the first cell state", &[batch, units])?;
        }
        if let Some(at) = places.dcells {
            shaped(inputs[at], "the gradient of the cell states", &of_cells)?;
        }
        if let Some(at) = places.dsaved {
            shaped(inputs[at], "the gradient of what was saved", &of_saved)?;
        }
        if let Some(at) = places.lengths {
            check_lengths(inputs[at], batch)?;
        }
        Ok(Self::output_shapes(problem).map(TensorType::float).into())
    }

    // that of the plain formula, step by step
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        let places = self.places(backward.inputs.len());
        let problem = self.problem(backward.graph.shape(backward.inputs[1]));
        differentiate_through(backward, |tape, inputs| {
            let steps = Steps { tape, inputs, places, problem };
            steps.formula()
        })
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let places = self.places(inputs.len());
        let problem = self.problem(&inputs[1].shape);
        let data = |at: usize| &inputs[at].data[..];
        let c0 = places.c0.map_or(&[][..], data);
        let lengths = whole(places.lengths.map(|at| &inputs[at]));
        let operands = [data(0), data(1), data(2), data(3), data(4), c0, data(places.dstates)];
        let optional = [places.dcells.map(data), places.dsaved.map(data)];
        let results = kernel::reference_backward(&problem, operands, optional, lengths.as_deref());
        let shaped = results.into_iter().zip(Self::output_shapes(problem));
        shaped.map(|(data, shape)| Array::new(shape, data)).collect()
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> u64 {
        self.problem(&inputs[1].shape).flops()
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let places = self.places(lower.input_count());
        let problem = self.problem(&lower.input_type(1).shape);
        let panels = lower.packed(0, problem.transposed_panels());
        let [states, cells, saved, h0] = [1, 2, 3, 4].map(|i| lower.floats_in(i));
        let dstates = lower.floats_in(places.dstates);
        let [c0, dcells, dsaved] = [places.c0, places.dcells, places.dsaved]
            .map(|at| at.map_or(Floats(h0.0, 0), |at| lower.floats_in(at)));
        let lengths = places.lengths.map(|at| lower.ints_in(at));
        let writes = [0, 1, 2, 3].map(|i| lower.floats_out(i));
        let reads = [panels, states, cells, saved, h0, c0, dstates, dcells, dsaved];
        let work = (problem.tiles(), problem.flops());
        let Places { dcells, dsaved, .. } = places;
        lower.call(Self::NAME, reads, writes, work, move |memory, tile, x, y| {
            let given = Saved {
                panels: x[0],
                states: x[1],
                cells: x[2],
                saved: x[3],
                h0: x[4],
                c0: x[5],
                dstates: x[6],
                dcells: dcells.map(|_| x[7]),
                dsaved: dsaved.map(|_| x[8]),
                lengths: lengths.as_ref().map(|lengths| lengths.get(memory)),
            };
            let gradients = Gradients { dgx: y[0], dh0: y[1], dc0: y[2], dgh: y[3] };
            problem.backward(tile, given, gradients);
        });
        if let Some(lengths) = lengths {
            lower.reads_ints(lengths);
        }
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let cases = cases().into_iter().enumerate();
        cases
            .map(|(number, Case { op, sizes: [batch, time, units], below })| {
                let problem = op.problem(batch, time, units);
                let cell = op.cell;
                let op = RecurrenceGradient {
                    recurrence: op,
                    of_cells: cell == Cell::Lstm && number % 2 == 0,
                    of_saved: problem.cell.saved() > 0 && number % 3 == 0,
                };
                let (weight, first) = ([units, problem.columns()], [batch, units]);
                let of = |columns| [batch, time, columns];
                let states = of(units);
                let (cells, saved) = (of(problem.cell_units()), of(problem.saved_columns()));
                let mut shapes: Vec<&[usize]> = vec![&weight, &states, &cells, &saved, &first];
                shapes.extend((cell == Cell::Lstm).then_some(&first[..]));
                shapes.push(&states);
                shapes.extend(op.of_cells.then_some(&cells[..]));
                shapes.extend(op.of_saved.then_some(&saved[..]));
                with_lengths(Sample::floats(op, &shapes, (-0.9, 0.9)), batch, below)
            })
            .collect()
    }
}

/// The gradient recorded one step after the other.
struct Steps<'t, 'x> {
    tape: &'t Tape,
    inputs: &'x [Term<'t>],
    places: Places,
    problem: kernel::Recurrence,
}

/// What one step gives: the gradients of `gx` and of the products, and those of the state that pass by.
struct Step<'t> {
    dgx: Term<'t>,
    da: Term<'t>,
    dh: Term<'t>,
    dc: Term<'t>,
}

impl<'t> Steps<'t, '_> {
    /// `[batch, time, ..] -> [batch, ..]` at one time.
    fn at(&self, x: Term<'t>, time: usize) -> Term<'t> {
        let (batch, columns) = (self.problem.batch, x.shape()[2]);
        let slice = Slice { begin: vec![0, time, 0], end: vec![batch, time + 1, columns] };
        x.apply(slice).reshape(&[batch, columns].into())
    }

    /// The number `index` of the gates that lie beside each other.
    fn gate(&self, x: Term<'t>, index: usize) -> Term<'t> {
        let kernel::Recurrence { batch, units, .. } = self.problem;
        let (begin, end) = (vec![0, index * units], vec![batch, (index + 1) * units]);
        x.apply(Slice { begin, end })
    }

    fn beside(&self, gates: &[Term<'t>]) -> Term<'t> {
        self.tape.apply(Concat { axis: 1 }, gates)
    }

    fn nothing(&self) -> Term<'t> {
        self.tape.constant(0.0, [self.problem.batch, self.problem.units])
    }

    /// The state before a step.
    fn before(&self, first: usize, all: usize, time: Option<usize>) -> Term<'t> {
        time.map_or(self.inputs[first], |time| self.at(self.inputs[all], time))
    }

    fn formula(&self) -> Vec<Term<'t>> {
        let kernel::Recurrence { cell, batch, time, units, .. } = self.problem;
        let Places { dstates, dcells, lengths, .. } = self.places;
        let zero = |columns| self.tape.constant(0.0, [batch, columns]);
        let (mut dh, mut dc) = (zero(units), zero(self.problem.cell_units()));
        let lengths = lengths.map(|at| {
            let floats = self.inputs[at].apply(Cast { dtype: DType::Float32 });
            floats.reshape(&[batch, 1].into())
        });
        let (mut dgx, mut dgh) = (vec![None; time], vec![None; time]);
        for step in (0..time).rev() {
            let (now, before) = self.problem.times(step);
            dh = dh + self.at(self.inputs[dstates], now);
            if let Some(at) = dcells {
                dc = dc + self.at(self.inputs[at], now);
            }
            let mut one = match cell {
                Cell::RnnTanh | Cell::RnnRelu => self.rnn(now, dh, dc),
                Cell::Lstm => self.lstm(now, before, dh, dc),
                Cell::Gru => self.gru(now, before, dh, dc),
            };
            if let Some(lengths) = lengths {
                let live = lengths.greater(now as f64);
                one.dh = live.select(one.dh, dh);
                one.dc = live.select(one.dc, dc);
                (one.dgx, one.da) = (live.select(one.dgx, 0.0), live.select(one.da, 0.0));
            }
            let product = MatMul { transpose_a: false, transpose_b: true };
            dh = one.dh + one.da.with(product, self.inputs[0]);
            dc = one.dc;
            let placed = |x: Term<'t>| x.reshape(&[batch, 1, self.problem.columns()].into());
            (dgx[now], dgh[now]) = (Some(placed(one.dgx)), Some(placed(one.da)));
        }
        let joined = |steps: Vec<Option<Term<'t>>>, columns| {
            let steps: Vec<Term<'t>> = steps.into_iter().flatten().collect();
            match steps.is_empty() || columns == 0 {
                true => self.tape.constant(0.0, [batch, time, columns]),
                false => self.tape.apply(Concat { axis: 1 }, &steps),
            }
        };
        let dgx = joined(dgx, self.problem.columns());
        vec![dgx, dh, dc, joined(dgh, self.problem.hidden_columns())]
    }

    fn rnn(&self, now: usize, dh: Term<'t>, dc: Term<'t>) -> Step<'t> {
        let y = self.at(self.inputs[1], now);
        let da = match self.problem.cell {
            Cell::RnnRelu => y.greater(0.0).select(dh, 0.0),
            _ => dh - dh * y.square(),
        };
        Step { dgx: da, da, dh: self.nothing(), dc }
    }

    /// The four saved numbers, and their gradients where given.
    fn saved(&self, now: usize) -> ([Term<'t>; 4], [Option<Term<'t>>; 4]) {
        let saved = self.at(self.inputs[3], now);
        let given = self.places.dsaved.map(|at| self.at(self.inputs[at], now));
        let gates = [0, 1, 2, 3];
        (gates.map(|i| self.gate(saved, i)), gates.map(|i| given.map(|x| self.gate(x, i))))
    }

    fn lstm(&self, now: usize, before: Option<usize>, dh: Term<'t>, dc: Term<'t>) -> Step<'t> {
        let ([i, f, g, o], given) = self.saved(now);
        let c0 = self.before(self.places.c0.unwrap_or(4), 2, before);
        let t = self.at(self.inputs[2], now).tanh();
        let dc = dc + dh * o * (-t.square() + 1.0);
        let d = [dc * g, dc * c0, dc * i, dh * t];
        let [di, df, dg, d_o] = [0, 1, 2, 3].map(|i| given[i].map_or(d[i], |more| d[i] + more));
        let slope = |y: Term<'t>| y - y.square();
        let gates = [di * slope(i), df * slope(f), dg * (-g.square() + 1.0), d_o * slope(o)];
        let da = self.beside(&gates);
        Step { dgx: da, da, dh: self.nothing(), dc: dc * f }
    }

    fn gru(&self, now: usize, before: Option<usize>, dh: Term<'t>, dc: Term<'t>) -> Step<'t> {
        let ([r, z, q, n], given) = self.saved(now);
        let plus = |x: Term<'t>, i: usize| given[i].map_or(x, |more| x + more);
        let slope = |y: Term<'t>| y - y.square();
        let dn = plus(dh - dh * z, 3) * (-n.square() + 1.0);
        let dz = plus(dh * (self.before(4, 1, before) - n), 1) * slope(z);
        let dr = plus(dn * q, 0) * slope(r);
        let dq = plus(dn * r, 2);
        let (dgx, da) = (self.beside(&[dr, dz, dn]), self.beside(&[dr, dz, dq]));
        Step { dgx, da, dh: dh * z, dc }
    }
}
