//! Cross-entropy of logits and class labels, and its gradient. Szegedy et al. 2016, arXiv:1512.00567.
//!
//! ```text
//! target = (1 - labelSmoothing) onehot(label) + labelSmoothing / c
//! logSumExp = log Σ exp(x),   loss = Σ target (logSumExp - x)
//! ```

use attune_kernels::cross_entropy::{self, Labels};
use attune_tensor::{Code, DType, Error, Result};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::exec::Lower;
use crate::graph::{TensorType, Value};
use crate::ops::operands::{floats, indices, operands, rank, shaped};
use crate::rule::{Backward, Draw, Rule, Sample};
use crate::term::Term;

/// `(logits [n, c], labels int32 [n]) -> (loss [n], logSumExp [n])`; NaN for a label that is no class.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CrossEntropy {
    pub label_smoothing: f32,
}

/// `(logits [n, c], logSumExp [n], labels int32 [n], dloss [n]) -> dlogits [n, c]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CrossEntropyGradient {
    pub label_smoothing: f32,
}

/// Checks the logits and the smoothing; rows and classes.
pub fn check(logits: &TensorType, label_smoothing: f32) -> Result<[usize; 2]> {
    floats(&[logits])?;
    rank(logits, "the logits", "[batch, classes]")?;
    if !(0.0..=1.0).contains(&label_smoothing) {
        let message = format!("labelSmoothing must be within 0 and 1, not {label_smoothing}");
        return Err(Error::new(Code::Config, message));
    }
    if logits.shape[1] == 0 {
        return Err(Error::shape("the logits must have at least one class"));
    }
    Ok([logits.shape[0], logits.shape[1]])
}

/// The kernel's problem for logits of this shape.
pub fn problem(logits: &[usize], smoothing: f32) -> cross_entropy::CrossEntropy {
    cross_entropy::CrossEntropy { rows: logits[0], classes: logits[1], smoothing }
}

/// `dloss [n]`, or another number a row, as a column beside the logits.
pub fn column(rows: Term<'_>) -> Term<'_> {
    let n = rows.shape()[0];
    rows.reshape(&[n, 1].into())
}

/// `exp(logits - logSumExp)`.
pub fn probabilities<'t>(logits: Term<'t>, log_sum_exp: Term<'t>) -> Term<'t> {
    (logits - column(log_sum_exp)).exp()
}

/// The smoothed target of a row whose label is a class; else NaN.
fn target(label: f64, classes: usize, smoothing: f32) -> Vec<f64> {
    let (smoothing, even) = (f64::from(smoothing), f64::from(smoothing) / classes as f64);
    let valid = label >= 0.0 && label < classes as f64;
    let weight = |class: usize| if class as f64 == label { 1.0 - smoothing + even } else { even };
    (0..classes).map(|class| if valid { weight(class) } else { f64::NAN }).collect()
}

impl Rule for CrossEntropy {
    const NAME: &'static str = "crossEntropy";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [logits, labels] = operands(inputs)?;
        let [rows, _] = check(logits, self.label_smoothing)?;
        indices(labels, "the labels")?;
        shaped(labels, "the labels", &[rows])?;
        Ok(vec![TensorType::float([rows]), TensorType::float([rows])])
    }

    // dlogits = dloss (exp(logits - logSumExp) - target) + dlogSumExp exp(logits - logSumExp)
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        let op = CrossEntropyGradient { label_smoothing: self.label_smoothing };
        backward.formula(|f| {
            let [logits, labels] = [f.inputs[0], f.inputs[1]];
            let lse = f.outputs[1];
            let of_loss = f.douts[0].map(|dloss| f.tape.apply(op, &[logits, lse, labels, dloss]));
            let of_lse = f.douts[1].map(|dlse| column(dlse) * probabilities(logits, lse));
            vec![of_loss.map_or(of_lse, |a| Some(of_lse.map_or(a, |b| a + b))), None]
        })
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let classes = inputs[0].shape[1];
        let rows = inputs[0].data.chunks(classes).zip(&inputs[1].data);
        let (loss, lse): (Vec<f64>, Vec<f64>) = rows
            .map(|(x, &label)| {
                let target = target(label, classes, self.label_smoothing);
                attune_kernels::cross_entropy::reference(x, &target)
            })
            .unzip();
        vec![Array::new([loss.len()], loss), Array::new([lse.len()], lse)]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> u64 {
        4 * inputs[0].shape.elements() as u64
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let kernel = problem(&lower.input_type(0).shape, self.label_smoothing);
        let work = (kernel.tiles(), 5 * lower.input_type(0).shape.elements() as u64);
        let (logits, labels) = (lower.floats_in(0), lower.ints_in(1));
        let outputs = [lower.floats_out(0), lower.floats_out(1)];
        lower.call(Self::NAME, [logits], outputs, work, move |memory, tile, [logits], y| {
            kernel.run(tile, logits, Labels::Index(labels.get(memory)), y[0], y[1]);
        });
        lower.reads_ints(labels);
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let shapes = [[1, 1], [1, 5], [3, 2], [4, 3], [0, 3], [2, 10], [5, 17]];
        let cases = [0.0, 0.1, 1.0].into_iter().flat_map(|rate| shapes.map(|shape| (rate, shape)));
        cases
            .map(|(label_smoothing, [n, c])| {
                Sample::floats(CrossEntropy { label_smoothing }, &[&[n, c], &[n]], (-2.0, 2.0))
                    .integers(1, DType::Int32, c as u32)
            })
            .collect()
    }
}

impl Rule for CrossEntropyGradient {
    const NAME: &'static str = "crossEntropyGradient";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [logits, lse, labels, dloss] = operands(inputs)?;
        let [rows, _] = check(logits, self.label_smoothing)?;
        floats(&[lse, dloss])?;
        indices(labels, "the labels")?;
        shaped(lse, "logSumExp", &[rows])?;
        shaped(labels, "the labels", &[rows])?;
        shaped(dloss, "the gradient of the loss", &[rows])?;
        Ok(vec![logits.clone()])
    }

    // with p = exp(logits - logSumExp): d(dloss (p - target)) = dloss p (dlogits - dlogSumExp) + (p - target) ddloss
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        let op = self.clone();
        backward.formula(|f| {
            let [logits, lse, labels, dloss] = [f.inputs[0], f.inputs[1], f.inputs[2], f.inputs[3]];
            let u = f.dy();
            let through = u * probabilities(logits, lse) * column(dloss);
            let ones = f.tape.constant(1.0, dloss.shape());
            let unit = f.tape.apply(op, &[logits, lse, labels, ones]);
            let dlse = -through.sum_to(&column(lse).shape()).reshape(&lse.shape());
            let ddloss = (u * unit).sum_to(&column(lse).shape()).reshape(&lse.shape());
            vec![Some(through), Some(dlse), None, Some(ddloss)]
        })
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let [logits, lse, labels, dloss] = [inputs[0], inputs[1], inputs[2], inputs[3]];
        let targets: Vec<Vec<f64>> = labels
            .data
            .iter()
            .map(|&label| target(label, logits.shape[1], self.label_smoothing))
            .collect();
        vec![Array::from_fn(logits.shape.clone(), |at| {
            let (row, class) = (at[0], at[1]);
            ((logits.at(at) - lse.data[row]).exp() - targets[row][class]) * dloss.data[row]
        })]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> u64 {
        4 * inputs[0].shape.elements() as u64
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let kernel = problem(&lower.input_type(0).shape, self.label_smoothing);
        let work = (kernel.tiles(), 5 * lower.input_type(0).shape.elements() as u64);
        let reads = [lower.floats_in(0), lower.floats_in(1), lower.floats_in(3)];
        let (labels, dlogits) = (lower.ints_in(2), lower.floats_out(0));
        lower.call(Self::NAME, reads, [dlogits], work, move |memory, tile, x, [dlogits]| {
            kernel.gradient(tile, x[0], Labels::Index(labels.get(memory)), x[1], x[2], dlogits);
        });
        lower.reads_ints(labels);
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let shapes = [[1, 1], [1, 5], [3, 2], [0, 3], [2, 10]];
        let cases = [0.0, 0.1, 1.0].into_iter().flat_map(|rate| shapes.map(|shape| (rate, shape)));
        cases
            .map(|(label_smoothing, [n, c])| {
                let op = CrossEntropyGradient { label_smoothing };
                Sample::floats(op, &[&[n, c], &[n], &[n], &[n]], (-1.0, 1.0)).integers(
                    2,
                    DType::Int32,
                    c as u32,
                )
            })
            .collect()
    }
}
