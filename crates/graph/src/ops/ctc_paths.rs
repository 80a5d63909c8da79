//! The paths that spell a target, as numbers to multiply with.

use attune_kernels::ctc::{self as kernel, Paths, paths};
use attune_tensor::{DType, Result};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::exec::Lower;
use crate::graph::{TensorType, Value};
use crate::ops::ctc::{Case, and_lengths, cases, check_targets};
use crate::ops::recurrence::{check_lengths, whole};
use crate::rule::{Backward, Draw, Rule, Sample};

/// `(targets int32 [b, s], lengths int32 [b]?) -> (classes [b, w, c], skips [b, w], ends [b, w],
/// steps [b, t], weight [b])` of `w = 2 s + 1` states.
///
/// The loss needs no such tensors; its second derivative does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CtcPaths {
    pub time: usize,
    pub classes: usize,
    pub blank: usize,
    pub per_label: bool,
}

impl CtcPaths {
    fn problem(&self, targets: &[usize]) -> kernel::Ctc {
        let CtcPaths { time, classes, blank, per_label } = *self;
        let (batch, most) = (targets[0], targets[1]);
        kernel::Ctc { batch, time, classes, most, blank, zero_infinity: true, per_label }
    }

    /// The sizes of the outputs of one sequence.
    fn sizes(&self, targets: &[usize]) -> [usize; 5] {
        let states = 2 * targets[1] + 1;
        [states * self.classes, states, states, self.time, 1]
    }
}

impl Rule for CtcPaths {
    const NAME: &'static str = "ctcPaths";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let ([targets], lengths) = and_lengths(inputs)?;
        check_targets(targets, targets.shape.first().copied().unwrap_or(0))?;
        let (batch, states) = (targets.shape[0], 2 * targets.shape[1] + 1);
        if let Some(lengths) = lengths {
            check_lengths(lengths, batch)?;
        }
        Ok(vec![
            TensorType::float([batch, states, self.classes]),
            TensorType::float([batch, states]),
            TensorType::float([batch, states]),
            TensorType::float([batch, self.time]),
            TensorType::float([batch]),
        ])
    }

    // integers have no gradient
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        Ok(vec![None; backward.inputs.len()])
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let problem = self.problem(&inputs[0].shape);
        let (targets, lengths) = (whole(inputs.first()).unwrap_or_default(), whole(inputs.get(1)));
        let sizes = self.sizes(&inputs[0].shape);
        let (batch, states) = (problem.batch, 2 * problem.most + 1);
        let mut data = sizes.map(|size| vec![0.0; batch * size]);
        for row in 0..batch {
            let [classes, skips, ends, steps, weight] = &mut data;
            let of = |i: usize| row * sizes[i]..(row + 1) * sizes[i];
            let to = Paths {
                classes: &mut classes[of(0)],
                skips: &mut skips[of(1)],
                ends: &mut ends[of(2)],
                steps: &mut steps[of(3)],
                weight: &mut weight[row],
            };
            paths(&problem, &problem.spelling_of(row, &targets, lengths.as_deref()), to);
        }
        let shapes = [
            vec![batch, states, self.classes],
            vec![batch, states],
            vec![batch, states],
            vec![batch, self.time],
            vec![batch],
        ];
        shapes.into_iter().zip(data).map(|(shape, data)| Array::new(shape, data)).collect()
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let problem = self.problem(&lower.input_type(0).shape);
        let sizes = self.sizes(&lower.input_type(0).shape);
        let targets = lower.ints_in(0);
        let lengths = (lower.input_count() > 1).then(|| lower.ints_in(1));
        let writes = [0, 1, 2, 3, 4].map(|i| lower.floats_out(i));
        let work = (problem.batch, 0);
        lower.call(Self::NAME, [], writes, work, move |memory, row, [], y| {
            let lengths = lengths.as_ref().map(|lengths| lengths.get(memory));
            let spelling = problem.spelling_of(row, targets.get(memory), lengths);
            // SAFETY: a tile writes the parts of its own sequence.
            let part = |i: usize| unsafe { y[i].range(row * sizes[i], sizes[i]) };
            let to = Paths {
                classes: part(0),
                skips: part(1),
                ends: part(2),
                steps: part(3),
                weight: &mut part(4)[0],
            };
            paths(&problem, &spelling, to);
        });
        lower.reads_ints(targets);
        if let Some(lengths) = lengths {
            lower.reads_ints(lengths);
        }
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let sample = |Case { op, logits: [batch, time, classes], most, below, lengths }: Case| {
            let op = CtcPaths { time, classes, blank: op.blank, per_label: op.per_label };
            let targets = TensorType::new(DType::Int32, [batch, most]);
            let lengths = lengths.then(|| TensorType::new(DType::Int32, [batch]));
            let inputs = [targets].into_iter().chain(lengths).collect();
            Sample { op, inputs, range: (-1.0, 1.0), below }
        };
        cases().into_iter().map(sample).collect()
    }
}
