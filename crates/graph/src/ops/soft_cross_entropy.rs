//! Cross-entropy of logits and target distributions, and its gradient.
//!
//! ```text
//! target = (1 - labelSmoothing) t + labelSmoothing / c
//! logSumExp = log Σ exp(x),   loss = Σ target (logSumExp - x)
//! ```

use attune_kernels::cross_entropy::{self, Labels};
use attune_tensor::Result;
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::differentiate::differentiate_through;
use crate::exec::Lower;
use crate::graph::{TensorType, Value};
use crate::ops::cross_entropy::{check, column, probabilities, problem};
use crate::ops::operands::{floats, operands, shaped};
use crate::rule::{Backward, Draw, Rule, Sample};

/// `(logits [n, c], targets [n, c]) -> (loss [n], logSumExp [n])`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SoftCrossEntropy {
    pub label_smoothing: f32,
}

/// `(logits [n, c], logSumExp [n], targets [n, c], dloss [n]) -> dlogits [n, c]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SoftCrossEntropyGradient {
    pub label_smoothing: f32,
}

impl Rule for SoftCrossEntropy {
    const NAME: &'static str = "softCrossEntropy";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [logits, targets] = operands(inputs)?;
        let [rows, _] = check(logits, self.label_smoothing)?;
        floats(&[targets])?;
        shaped(targets, "the targets", &logits.shape)?;
        Ok(vec![TensorType::float([rows]), TensorType::float([rows])])
    }

    // with p = exp(logits - logSumExp): dlogits = dloss (p Σ target - target) + dlogSumExp p,
    // dt = (1 - labelSmoothing) (logSumExp - logits) dloss
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        let op = SoftCrossEntropyGradient { label_smoothing: self.label_smoothing };
        let kept = 1.0 - f64::from(self.label_smoothing);
        backward.formula(|f| {
            let [logits, targets] = [f.inputs[0], f.inputs[1]];
            let lse = f.outputs[1];
            let of_loss = f.douts[0].map(|dloss| f.tape.apply(op, &[logits, lse, targets, dloss]));
            let of_lse = f.douts[1].map(|dlse| column(dlse) * probabilities(logits, lse));
            let dtargets = f.douts[0].map(|dloss| (column(lse) - logits) * column(dloss) * kept);
            vec![of_loss.map_or(of_lse, |a| Some(of_lse.map_or(a, |b| a + b))), dtargets]
        })
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let classes = inputs[0].shape[1];
        let rows = inputs[0].data.chunks(classes).zip(inputs[1].data.chunks(classes));
        let smoothing = f64::from(self.label_smoothing);
        let row =
            |(x, t)| cross_entropy::reference(x, &cross_entropy::reference_target(t, smoothing));
        let (loss, lse): (Vec<f64>, Vec<f64>) = rows.map(row).unzip();
        vec![Array::new([loss.len()], loss), Array::new([lse.len()], lse)]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> u64 {
        6 * inputs[0].shape.elements() as u64
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let kernel = problem(&lower.input_type(0).shape, self.label_smoothing);
        let work = (kernel.tiles(), 5 * lower.input_type(0).shape.elements() as u64);
        let (logits, targets) = (lower.floats_in(0), lower.floats_in(1));
        let outputs = [lower.floats_out(0), lower.floats_out(1)];
        lower.call(Self::NAME, [logits, targets], outputs, work, move |_, tile, x, y| {
            kernel.run(tile, x[0], Labels::Soft(x[1]), y[0], y[1]);
        });
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let shapes = [[1, 1], [1, 5], [3, 2], [0, 3], [2, 10]];
        let cases = [0.0, 0.1, 1.0].into_iter().flat_map(|rate| shapes.map(|shape| (rate, shape)));
        cases
            .map(|(label_smoothing, shape)| {
                Sample::floats(SoftCrossEntropy { label_smoothing }, &[&shape, &shape], (0.1, 2.0))
            })
            .collect()
    }
}

impl Rule for SoftCrossEntropyGradient {
    const NAME: &'static str = "softCrossEntropyGradient";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [logits, lse, targets, dloss] = operands(inputs)?;
        let [rows, _] = check(logits, self.label_smoothing)?;
        floats(&[lse, targets, dloss])?;
        shaped(lse, "logSumExp", &[rows])?;
        shaped(targets, "the targets", &logits.shape)?;
        shaped(dloss, "the gradient of the loss", &[rows])?;
        Ok(vec![logits.clone()])
    }

    // that of dloss (exp(logits - logSumExp) Σ target - target)
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        let smoothing = f64::from(self.label_smoothing);
        differentiate_through(backward, |_, inputs| {
            let [logits, lse, targets, dloss] = [inputs[0], inputs[1], inputs[2], inputs[3]];
            let even = smoothing / logits.shape()[1] as f64;
            let target = targets * (1.0 - smoothing) + even;
            let d = probabilities(logits, lse) * target.sum_last() - target;
            vec![d * column(dloss)]
        })
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let [logits, lse, targets, dloss] = [inputs[0], inputs[1], inputs[2], inputs[3]];
        let classes = logits.shape[1];
        let smoothing = f64::from(self.label_smoothing);
        let rows: Vec<Vec<f64>> = targets
            .data
            .chunks(classes)
            .map(|t| cross_entropy::reference_target(t, smoothing))
            .collect();
        vec![Array::from_fn(logits.shape.clone(), |at| {
            let (target, class) = (&rows[at[0]], at[1]);
            let p = (logits.at(at) - lse.data[at[0]]).exp();
            (p * target.iter().sum::<f64>() - target[class]) * dloss.data[at[0]]
        })]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> u64 {
        6 * inputs[0].shape.elements() as u64
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let kernel = problem(&lower.input_type(0).shape, self.label_smoothing);
        let work = (kernel.tiles(), 5 * lower.input_type(0).shape.elements() as u64);
        let reads: [_; 4] = std::array::from_fn(|i| lower.floats_in(i));
        let dlogits = lower.floats_out(0);
        lower.call(Self::NAME, reads, [dlogits], work, move |_, tile, x, [dlogits]| {
            kernel.gradient(tile, x[0], Labels::Soft(x[2]), x[1], x[3], dlogits);
        });
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let shapes = [[1, 1], [1, 5], [3, 2], [0, 3], [2, 4]];
        let cases = [0.0, 0.1, 1.0].into_iter().flat_map(|rate| shapes.map(|shape| (rate, shape)));
        cases
            .map(|(label_smoothing, [n, c])| {
                let op = SoftCrossEntropyGradient { label_smoothing };
                Sample::floats(op, &[&[n, c], &[n], &[n, c], &[n]], (0.1, 1.0))
            })
            .collect()
    }
}
