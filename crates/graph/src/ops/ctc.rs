//! Connectionist temporal classification: the loss of scores over time beside what they are to spell.
//!
//! ```text
//! loss = -log Σ over the paths that spell the target, of the product of their softmax(x)[t, path[t]]
//! ```
//!
//! Graves et al. 2006.

use attune_kernels::ctc as kernel;
use attune_tensor::{Code, DType, Error, Result};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::differentiate::differentiate_twice_through;
use crate::exec::{Ints, Lower};
use crate::graph::{TensorType, Value};
use crate::ops::operands::{floats, indices, rank, shaped};
use crate::ops::recurrence::{LENGTHS, check_lengths, whole};
use crate::ops::{CtcPaths, MatMul, Pad, Slice, Softmax};
use crate::rule::{Backward, Draw, Rule, Sample};
use crate::term::{Tape, Term};

/// `(logits [b, t, c], targets int32 [b, s], lengths int32 [b]?) -> loss [b]`.
///
/// A target ends at its first number that is negative or the blank, an input after `lengths` steps. A
/// target that its input is too short for has an infinite loss and a gradient of NaN, or 0 and 0; one
/// with a label that is no class gives NaN.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Ctc {
    pub blank: usize,
    pub zero_infinity: bool,
    /// Divides each loss by the number of its labels.
    pub per_label: bool,
}

/// `(logits, targets, dloss [b], lengths?) -> dlogits`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CtcGradient {
    pub ctc: Ctc,
}

impl Ctc {
    pub fn problem(&self, logits: &[usize], targets: &[usize]) -> kernel::Ctc {
        kernel::Ctc {
            batch: logits[0],
            time: logits[1],
            classes: logits[2],
            most: targets[1],
            blank: self.blank,
            zero_infinity: self.zero_infinity,
            per_label: self.per_label,
        }
    }

    /// Refuses scores, targets and lengths that do not fit each other.
    fn check(
        &self,
        logits: &TensorType,
        targets: &TensorType,
        lengths: Option<&TensorType>,
    ) -> Result<()> {
        floats(&[logits])?;
        rank(logits, "the scores", "[batch, time, classes]")?;
        check_targets(targets, logits.shape[0])?;
        let classes = logits.shape[2];
        if self.blank >= classes {
            let message = format!("blank must be one of the {classes} classes, not {}", self.blank);
            return Err(Error::new(Code::Config, message));
        }
        lengths.map_or(Ok(()), |lengths| check_lengths(lengths, logits.shape[0]))
    }
}

/// Refuses targets that are no `int32 [batch, labels]`.
pub fn check_targets(targets: &TensorType, batch: usize) -> Result<()> {
    indices(targets, "the targets")?;
    rank(targets, "the targets", "[batch, labels]")?;
    shaped(targets, "the targets", &[batch, targets.shape[1]])
}

/// `N` operands, and perhaps lengths.
pub fn and_lengths<'a, const N: usize>(
    inputs: &[&'a TensorType],
) -> Result<([&'a TensorType; N], Option<&'a TensorType>)> {
    match inputs.split_first_chunk::<N>() {
        Some((first, [])) => Ok((*first, None)),
        Some((first, [lengths])) => Ok((*first, Some(lengths))),
        _ => Err(Error::shape(format!("{N} or {} operands needed, {} given", N + 1, inputs.len()))),
    }
}

/// The targets of a launch, and perhaps lengths at the given place.
fn ints_of(lower: &Lower<'_>, lengths: usize) -> (Ints, Option<Ints>) {
    (lower.ints_in(1), (lower.input_count() > lengths).then(|| lower.ints_in(lengths)))
}

/// Says that the launch appended last reads them.
fn read_by_last(lower: &mut Lower<'_>, (targets, lengths): (Ints, Option<Ints>)) {
    lower.reads_ints(targets);
    if let Some(lengths) = lengths {
        lower.reads_ints(lengths);
    }
}

/// Loss and gradient of every sequence.
fn references(
    problem: &kernel::Ctc,
    logits: &Array,
    targets: &Array,
    lengths: Option<&&Array>,
) -> Vec<(f64, Vec<f64>)> {
    let (targets, lengths) = (whole(Some(&targets)).unwrap_or_default(), whole(lengths));
    let len = problem.time * problem.classes;
    let one = |row: usize| {
        let spelling = problem.spelling_of(row, &targets, lengths.as_deref());
        kernel::reference(problem, &logits.data[row * len..][..len], &spelling)
    };
    (0..problem.batch).map(one).collect()
}

impl Rule for Ctc {
    const NAME: &'static str = "ctc";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let ([logits, targets], lengths) = and_lengths(inputs)?;
        self.check(logits, targets, lengths)?;
        Ok(vec![TensorType::float([logits.shape[0]])])
    }

    // dx[t, k] = dloss (softmax(x)[t, k] - Σ γ[t, s] over the states s of class k), γ the share of the paths
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        let op = CtcGradient { ctc: self.clone() };
        backward.formula(|f| {
            let mut operands = vec![f.inputs[0], f.inputs[1], f.dy()];
            operands.extend(f.inputs.get(2));
            let none = f.inputs[1..].iter().map(|_| None);
            std::iter::once(Some(f.tape.apply(op, &operands))).chain(none).collect()
        })
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let problem = self.problem(&inputs[0].shape, &inputs[1].shape);
        let results = references(&problem, inputs[0], inputs[1], inputs.get(2));
        vec![Array::new([problem.batch], results.into_iter().map(|(loss, _)| loss).collect())]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> u64 {
        self.problem(&inputs[0].shape, &inputs[1].shape).flops()
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let problem = self.problem(&lower.input_type(0).shape, &lower.input_type(1).shape);
        let (logits, loss) = (lower.floats_in(0), lower.floats_out(0));
        let scratch = lower.floats(problem.scratch_len(false));
        let (targets, lengths) = ints_of(lower, 2);
        if lengths.is_some() {
            lower.checked_ints(2, LENGTHS, problem.time);
        }
        let work = (problem.tiles(), problem.flops());
        lower.call(Self::NAME, [logits], [loss, scratch], work, move |memory, tile, [x], y| {
            let lengths = lengths.as_ref().map(|lengths| lengths.get(memory));
            problem.run(tile, x, targets.get(memory), lengths, y[1], y[0]);
        });
        read_by_last(lower, (targets, lengths));
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let sample = |Case { op, logits, most, below, lengths }: Case| {
            with_targets(Sample::floats(op, &[&logits], (-1.0, 1.0)), most, below, lengths)
        };
        cases().into_iter().map(sample).collect()
    }
}

impl Rule for CtcGradient {
    const NAME: &'static str = "ctcGradient";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let ([logits, targets, dloss], lengths) = and_lengths(inputs)?;
        self.ctc.check(logits, targets, lengths)?;
        floats(&[dloss])?;
        shaped(dloss, "the gradient of the loss", &[logits.shape[0]])?;
        Ok(vec![logits.clone()])
    }

    // that of the gradient of the plain formula, in probabilities
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        differentiate_twice_through(backward, |tape, inputs| {
            [formula(&self.ctc, tape, [inputs[0], inputs[1]], inputs.get(3).copied()), inputs[2]]
        })
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let problem = self.ctc.problem(&inputs[0].shape, &inputs[1].shape);
        let results = references(&problem, inputs[0], inputs[1], inputs.get(3));
        let scaled = results
            .into_iter()
            .zip(&inputs[2].data)
            .flat_map(|((_, dx), &dloss)| dx.into_iter().map(move |dx| dx * dloss));
        vec![Array::new(inputs[0].shape.clone(), scaled.collect())]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> u64 {
        2 * self.ctc.problem(&inputs[0].shape, &inputs[1].shape).flops()
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let problem = self.ctc.problem(&lower.input_type(0).shape, &lower.input_type(1).shape);
        let (logits, dloss, dlogits) =
            (lower.floats_in(0), lower.floats_in(2), lower.floats_out(0));
        let scratch = lower.floats(problem.scratch_len(true));
        let (targets, lengths) = ints_of(lower, 3);
        let work = (problem.tiles(), 2 * problem.flops());
        let writes = [dlogits, scratch];
        lower.call(Self::NAME, [logits, dloss], writes, work, move |memory, tile, x, y| {
            let lengths = lengths.as_ref().map(|lengths| lengths.get(memory));
            problem.backward(tile, x, targets.get(memory), lengths, y[1], y[0]);
        });
        read_by_last(lower, (targets, lengths));
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let sample = |Case { op, logits, most, below, lengths }: Case| {
            let (op, batch) = (CtcGradient { ctc: op }, logits[0]);
            let mut sample =
                with_targets(Sample::floats(op, &[&logits], (-1.0, 1.0)), most, below, lengths);
            sample.inputs.insert(2, TensorType::float([batch]));
            sample
        };
        cases().into_iter().map(sample).collect()
    }
}

/// The loss with `α` a probability, scaled to a sum of 1 at every step.
fn formula<'t>(
    op: &Ctc,
    tape: &'t Tape,
    [logits, targets]: [Term<'t>; 2],
    lengths: Option<Term<'t>>,
) -> Term<'t> {
    let problem = op.problem(&logits.shape(), &targets.shape());
    let kernel::Ctc { batch, time, classes, blank, per_label, .. } = problem;
    let states = 2 * problem.most + 1;
    let paths = CtcPaths { time, classes, blank, per_label };
    let operands: Vec<Term<'t>> = [targets].into_iter().chain(lengths).collect();
    let [of_class, skips, ends, steps, weight] = tape.apply_all::<5>(paths, &operands);
    let product = MatMul { transpose_a: false, transpose_b: true };
    let emitted = logits.apply(Softmax {}).with(product, of_class); // [batch, time, states]
    let later = |x: Term<'t>, by: usize| {
        let padded = x.apply(Pad { before: vec![0, by], after: vec![0, 0] });
        padded.apply(Slice { begin: vec![0, 0], end: vec![batch, states] })
    };
    let at = |x: Term<'t>, t: usize, columns: usize| {
        let slice = Slice { begin: vec![0, t, 0], end: vec![batch, t + 1, columns] };
        x.reshape(&[batch, time, columns].into()).apply(slice).reshape(&[batch, columns].into())
    };
    let starts = tape.constant(1.0, [batch, states.min(2)]);
    let rest = vec![0, states - states.min(2)];
    let mut alpha = starts.apply(Pad { before: vec![0, 0], after: rest });
    let mut loss = tape.constant(0.0, [batch, 1]);
    for t in 0..time {
        let reached = match t {
            0 => alpha,
            _ => alpha + later(alpha, 1) + skips * later(alpha, 2),
        };
        let next = reached * at(emitted, t, states);
        // A step that is not there must not divide by 0, even where the result is not taken.
        let live = at(steps, t, 1);
        let total = live.select(next.sum_last(), 1.0);
        alpha = live.select(next / total, alpha);
        loss = loss - total.log();
    }
    if time > 0 {
        loss = loss - at(steps, 0, 1).select((alpha * ends).sum_last(), 1.0).log();
    }
    loss.reshape(&[batch].into()) * weight
}

/// Attributes, the shape of the scores, the room for labels, what labels and lengths are below, and
/// whether there are lengths.
pub struct Case {
    pub op: Ctc,
    pub logits: [usize; 3],
    pub most: usize,
    pub below: u32,
    pub lengths: bool,
}

/// Where losses could be infinite, they are zeroed: no difference quotient is taken of infinity.
pub fn cases() -> Vec<Case> {
    let plain = Ctc::default();
    let last = |blank| Ctc { blank, ..Ctc::default() };
    let zeroed = Ctc { zero_infinity: true, ..Ctc::default() };
    let per_label = Ctc { per_label: true, ..zeroed.clone() };
    let case = |op: &Ctc, logits, most, below, lengths| Case {
        op: op.clone(),
        logits,
        most,
        below,
        lengths,
    };
    vec![
        case(&plain, [1, 1, 2], 0, 1, false),
        case(&plain, [2, 4, 3], 2, 3, false),
        case(&plain, [1, 3, 2], 2, 2, false),
        case(&last(2), [3, 5, 3], 3, 2, false),
        case(&last(1), [2, 3, 4], 1, 4, false),
        case(&zeroed, [4, 3, 3], 3, 3, false),
        case(&zeroed, [4, 4, 5], 2, 5, true),
        case(&per_label, [3, 5, 4], 3, 4, true),
        case(&per_label, [5, 2, 3], 2, 3, false),
        case(&plain, [0, 3, 3], 2, 3, false),
        case(&plain, [2, 3, 1], 0, 1, false),
        case(&zeroed, [2, 0, 3], 1, 1, true),
    ]
}

/// Appends targets, and lengths if wanted, to a sample's inputs.
fn with_targets<O>(mut sample: Sample<O>, most: usize, below: u32, lengths: bool) -> Sample<O> {
    let batch = sample.inputs[0].shape[0];
    sample.inputs.push(TensorType::new(DType::Int32, [batch, most]));
    if lengths {
        sample.inputs.push(TensorType::new(DType::Int32, [batch]));
    }
    sample.below = below;
    sample
}
