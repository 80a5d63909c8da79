//! A recurrent layer in one direction over whole sequences, as one op.
//!
//! ```text
//! rnn:   h = tanh(gx + h' W), or its relu
//! lstm:  i, f, g, o = σ, σ, tanh, σ of gx + h' W;   c = f c' + i g,   h = o tanh(c)
//! gru:   r, z = σ(gx + h' W + b),   q = h' W_q + b_q,   n = tanh(gx_n + r q),   h = (1 - z) n + z h'
//! ```
//!
//! Elman 1990; Hochreiter and Schmidhuber 1997; Cho et al. 2014, arXiv:1406.1078.

use attune_kernels::recurrence::{self as kernel, Cell, Inputs, Outputs};
use attune_tensor::{DType, Error, Result};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::exec::{Floats, Lower};
use crate::graph::{TensorType, Value};
use crate::ops::operands::{floats, indices, rank, shaped};
use crate::ops::{Concat, MatMul, RecurrenceGradient, Slice};
use crate::rule::{Backward, Draw, Rule, Sample};
use crate::term::Term;

/// `(gx [b, t, gates u], weight [u, gates u], h0 [b, u], c0 [b, u] | bias [3 u], lengths?) ->
/// (states [b, t, u], cells [b, t, u], saved [b, t, 4 u])`.
///
/// The LSTM has `c0`, the GRU a bias. `lengths [b]` is `int32`: a step beyond leaves the state as it is,
/// and in reverse a sequence begins at its own end. What a cell does not have is empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recurrence {
    #[serde(with = "CellName")]
    pub cell: Cell,
    pub reverse: bool,
}

/// The names of the cells in JSON.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Cell", rename_all = "camelCase")]
enum CellName {
    RnnTanh,
    RnnRelu,
    Lstm,
    Gru,
}

impl Recurrence {
    /// The problem of a batch of so many steps.
    pub fn problem(&self, batch: usize, time: usize, units: usize) -> kernel::Recurrence {
        kernel::Recurrence { cell: self.cell, reverse: self.reverse, batch, time, units }
    }

    /// Whether there is a fourth operand.
    fn has_extra(&self) -> bool {
        matches!(self.cell, Cell::Lstm | Cell::Gru)
    }

    /// Where the lengths are among so many operands.
    fn lengths(&self, count: usize) -> Option<usize> {
        let floats = 3 + usize::from(self.has_extra());
        (count > floats).then_some(floats)
    }

    fn problem_of(&self, gx: &[usize], weight: &[usize]) -> kernel::Recurrence {
        self.problem(gx[0], gx[1], weight[0])
    }
}

/// What lengths are called where one of them is longer than the sequence.
pub const LENGTHS: &str = "lengths of sequences";

/// Refuses lengths that are no `int32 [batch]`.
pub fn check_lengths(lengths: &TensorType, batch: usize) -> Result<()> {
    indices(lengths, "the lengths")?;
    shaped(lengths, "the lengths", &[batch])
}

/// Refuses another number of operands.
pub fn check_count(count: usize, needed: usize) -> Result<()> {
    if count == needed || count == needed + 1 {
        return Ok(());
    }
    Err(Error::shape(format!("{needed} operands and perhaps lengths needed, {count} given")))
}

/// The integers of an optional operand of a reference.
pub fn whole(array: Option<&&Array>) -> Option<Vec<i32>> {
    array.map(|array| array.data.iter().map(|&x| x as i32).collect())
}

impl Rule for Recurrence {
    const NAME: &'static str = "recurrence";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let needed = 3 + usize::from(self.has_extra());
        check_count(inputs.len(), needed)?;
        let [gx, weight, h0] = [inputs[0], inputs[1], inputs[2]];
        floats(&inputs[..needed])?;
        rank(gx, "the inputs of the gates", "[batch, time, columns]")?;
        rank(weight, "the weight of the state", "[units, columns]")?;
        let problem = self.problem_of(&gx.shape, &weight.shape);
        let kernel::Recurrence { batch, time, units, .. } = problem;
        let columns = problem.columns();
        shaped(weight, "the weight of the state", &[units, columns])?;
        shaped(gx, "the inputs of the gates", &[batch, time, columns])?;
        shaped(h0, "the first state", &[batch, units])?;
        match self.cell {
            Cell::Lstm => shaped(inputs[3], "the first cell state", &[batch, units])?,
            Cell::Gru => shaped(inputs[3], "the bias of the state", &[columns])?,
            Cell::RnnTanh | Cell::RnnRelu => {}
        }
        if let Some(at) = self.lengths(inputs.len()) {
            check_lengths(inputs[at], batch)?;
        }
        let columns = [units, problem.cell_units(), problem.saved_columns()];
        Ok(columns.map(|columns| TensorType::float([batch, time, columns])).into())
    }

    // dgx and dh' from RecurrenceGradient, dweight = Σ h'ᵀ dgh and dbias = Σ dgh over all steps
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        let [gx, weight] = [0, 1].map(|i| backward.graph.shape(backward.inputs[i]).clone());
        let problem = self.problem_of(&gx, &weight);
        let kernel::Recurrence { batch, time, units, .. } = problem;
        let lengths = self.lengths(backward.inputs.len());
        backward.formula(|f| {
            let [weight, h0, states] = [f.inputs[1], f.inputs[2], f.outputs[0]];
            let dcells = f.douts[1].filter(|_| self.cell == Cell::Lstm);
            let dsaved = f.douts[2].filter(|_| self.has_extra());
            let op = RecurrenceGradient {
                recurrence: self.clone(),
                of_cells: dcells.is_some(),
                of_saved: dsaved.is_some(),
            };
            let dstates = f.douts[0].unwrap_or_else(|| f.tape.constant(0.0, states.shape()));
            let mut operands = vec![weight, states, f.outputs[1], f.outputs[2], h0];
            operands.extend(f.inputs.get(3).filter(|_| self.cell == Cell::Lstm));
            operands.push(dstates);
            operands.extend(dcells);
            operands.extend(dsaved);
            operands.extend(lengths.map(|at| f.inputs[at]));
            let [dgx, dh0, dc0, dgh] = f.tape.apply_all::<4>(op, &operands);
            let dgh = if self.cell == Cell::Gru { dgh } else { dgx };
            let rows = |x: Term<'_>, columns| [x.shape()[0] * x.shape()[1], columns].into();
            let before = states_before(problem, h0, states);
            let before = before.reshape(&rows(before, units));
            let product = MatMul { transpose_a: true, transpose_b: false };
            let dweight = before.with(product, dgh.reshape(&rows(dgh, problem.columns())));
            let mut gradients = vec![Some(dgx), Some(dweight), Some(dh0)];
            match self.cell {
                Cell::Lstm => gradients.push(Some(dc0)),
                Cell::Gru => {
                    let dbias = dgh.sum(&[0, 1]).reshape(&[problem.columns()].into());
                    gradients.push(Some(dbias));
                }
                Cell::RnnTanh | Cell::RnnRelu => {}
            }
            gradients.extend(lengths.map(|_| None));
            debug_assert!(batch * time == 0 || gradients.len() == f.inputs.len());
            gradients
        })
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let problem = self.problem_of(&inputs[0].shape, &inputs[1].shape);
        let lengths = whole(self.lengths(inputs.len()).map(|at| &inputs[at]));
        let extra = if self.has_extra() { &inputs[3].data[..] } else { &[] };
        let operands = [&inputs[0].data, &inputs[1].data, &inputs[2].data, extra];
        let results = kernel::reference(&problem, operands, lengths.as_deref());
        let columns = [problem.units, problem.cell_units(), problem.saved_columns()];
        let shaped = results.into_iter().zip(columns);
        shaped
            .map(|(data, columns)| Array::new([problem.batch, problem.time, columns], data))
            .collect()
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> u64 {
        self.problem_of(&inputs[0].shape, &inputs[1].shape).flops()
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let problem = self.problem_of(&lower.input_type(0).shape, &lower.input_type(1).shape);
        let (gx, h0) = (lower.floats_in(0), lower.floats_in(2));
        let panels = lower.packed(1, problem.panels());
        let extra = if self.has_extra() { lower.floats_in(3) } else { Floats(h0.0, 0) };
        let time = lower.input_type(0).shape[1];
        let lengths = self.lengths(lower.input_count());
        let lengths = lengths.map(|at| lower.checked_ints(at, LENGTHS, time));
        let [states, cells, saved] = [0, 1, 2].map(|i| lower.floats_out(i));
        let hidden = lower.floats(problem.batch * problem.units);
        let work = (problem.tiles(), problem.flops());
        let (reads, writes) = ([gx, panels, h0, extra], [states, cells, saved, hidden]);
        lower.call(Self::NAME, reads, writes, work, move |memory, tile, x, y| {
            let lengths = lengths.as_ref().map(|lengths| lengths.get(memory));
            let inputs = Inputs { gx: x[0], panels: x[1], h0: x[2], extra: x[3], lengths };
            let outputs = Outputs { states: y[0], cells: y[1], saved: y[2], hidden: y[3] };
            problem.run(tile, inputs, outputs);
        });
        if let Some(lengths) = lengths {
            lower.reads_ints(lengths);
        }
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        cases()
            .into_iter()
            .map(|Case { op, sizes: [batch, time, units], below }| {
                let columns = op.problem(batch, time, units).columns();
                let extra: &[usize] =
                    if op.cell == Cell::Gru { &[columns] } else { &[batch, units] };
                let mut shapes: Vec<&[usize]> = Vec::new();
                let (gx, weight, h0) = ([batch, time, columns], [units, columns], [batch, units]);
                shapes.extend([&gx[..], &weight, &h0]);
                if op.has_extra() {
                    shapes.push(extra);
                }
                with_lengths(Sample::floats(op, &shapes, (-1.0, 1.0)), batch, below)
            })
            .collect()
    }
}

/// The state before each step: `h0`, then all states but the last.
fn states_before<'t>(problem: kernel::Recurrence, h0: Term<'t>, states: Term<'t>) -> Term<'t> {
    let kernel::Recurrence { batch, time, units, reverse, .. } = problem;
    if time == 0 {
        return states;
    }
    let first = h0.reshape(&[batch, 1, units].into());
    let (from, to) = if reverse { (1, time) } else { (0, time - 1) };
    let rest = states.apply(Slice { begin: vec![0, from, 0], end: vec![batch, to, units] });
    let join = Concat { axis: 1 };
    if reverse { rest.with(join, first) } else { first.with(join, rest) }
}

/// A cell, `[batch, time, units]`, and what lengths are below; 0 for no lengths.
pub struct Case {
    pub op: Recurrence,
    pub sizes: [usize; 3],
    pub below: u32,
}

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for cell in Cell::ALL {
        let mut case = |reverse, sizes, below| {
            cases.push(Case { op: Recurrence { cell, reverse }, sizes, below });
        };
        case(false, [1, 1, 1], 0);
        case(false, [2, 3, 2], 0);
        case(true, [2, 2, 3], 0);
        case(false, [3, 3, 1], 4);
        case(true, [3, 3, 2], 4);
        case(false, [0, 2, 2], 0);
        case(true, [2, 0, 2], 1);
        case(false, [2, 2, 0], 0);
    }
    cases
}

/// Appends lengths to a sample's inputs.
pub fn with_lengths<O>(mut sample: Sample<O>, batch: usize, below: u32) -> Sample<O> {
    if below > 0 {
        sample.inputs.push(TensorType::new(DType::Int32, [batch]));
        sample.below = below;
    }
    sample
}
