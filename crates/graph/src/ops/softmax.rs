//! Softmax and its logarithm over the last axis, and their common gradient.
//!
//! ```text
//! y = exp(x) / Σ exp(x)          log: y = x - log Σ exp(x)
//! ```

use attune_kernels::softmax;
use attune_tensor::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::differentiate::differentiate_through;
use crate::exec::Lower;
use crate::graph::{TensorType, Value};
use crate::ops::operands::{floats, operands, shaped};
use crate::rule::{Backward, Draw, Rule, Sample};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Softmax {}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LogSoftmax {}

/// `(y, dy) -> dx` of softmax, or of its logarithm.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SoftmaxGradient {
    pub log: bool,
}

const SHAPES: [&[usize]; 10] =
    [&[1], &[3], &[17], &[2, 3], &[5, 1], &[0, 3], &[3, 0], &[2, 0, 4], &[2, 3, 4], &[1, 9]];

fn infer(x: &TensorType) -> Result<Vec<TensorType>> {
    floats(&[x])?;
    if x.shape.rank() == 0 {
        return Err(Error::shape("a scalar has no last axis: reshape it to [1]"));
    }
    Ok(vec![x.clone()])
}

/// The type of a row-wise function's result, row by row of the last axis.
fn rows(x: &Array, row: impl Fn(std::ops::Range<usize>, &mut [f64])) -> Vec<Array> {
    let mut y = Array::full(x.shape.clone(), 0.0);
    let width = x.shape[x.shape.rank() - 1].max(1);
    for (i, y) in y.data.chunks_mut(width).enumerate() {
        row(i * width..(i + 1) * width, y);
    }
    vec![y]
}

/// The rows of the last axis.
fn kernel(shape: &[usize], log: bool) -> softmax::Softmax {
    let (cols, rows) = (shape[shape.len() - 1], shape[..shape.len() - 1].iter().product());
    softmax::Softmax { rows, cols, log }
}

impl Rule for Softmax {
    const NAME: &'static str = "softmax";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [x] = operands(inputs)?;
        infer(x)
    }

    // dx = y (dy - Σ dy y)
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        backward.formula(|f| vec![Some(f.outputs[0].with(SoftmaxGradient { log: false }, f.dy()))])
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        rows(inputs[0], |row, y| softmax::reference(&inputs[0].data[row], y, false))
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> u64 {
        4 * inputs[0].shape.elements() as u64
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let (x, y) = (lower.floats_in(0), lower.floats_out(0));
        let kernel = kernel(&lower.input_type(0).shape, false);
        let work = (kernel.tiles(), 5 * x.1 as u64);
        lower.call(Self::NAME, [x], [y], work, move |_, tile, [x], [y]| kernel.run(tile, x, y));
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        SHAPES.map(|shape| Sample::floats(Softmax {}, &[shape], (-2.0, 2.0))).into()
    }
}

impl Rule for LogSoftmax {
    const NAME: &'static str = "logSoftmax";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [x] = operands(inputs)?;
        infer(x)
    }

    // dx = dy - exp(y) Σ dy
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        backward.formula(|f| vec![Some(f.outputs[0].with(SoftmaxGradient { log: true }, f.dy()))])
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        rows(inputs[0], |row, y| softmax::reference(&inputs[0].data[row], y, true))
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> u64 {
        4 * inputs[0].shape.elements() as u64
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let (x, y) = (lower.floats_in(0), lower.floats_out(0));
        let kernel = kernel(&lower.input_type(0).shape, true);
        let work = (kernel.tiles(), 5 * x.1 as u64);
        lower.call(Self::NAME, [x], [y], work, move |_, tile, [x], [y]| kernel.run(tile, x, y));
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        SHAPES.map(|shape| Sample::floats(LogSoftmax {}, &[shape], (-2.0, 2.0))).into()
    }
}

impl Rule for SoftmaxGradient {
    const NAME: &'static str = "softmaxGradient";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [y, dy] = operands(inputs)?;
        floats(&[dy])?;
        shaped(dy, "the gradient", &y.shape)?;
        infer(y)
    }

    // that of y (dy - Σ dy y), or of dy - exp(y) Σ dy
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        differentiate_through(backward, |_, inputs| {
            let [y, dy] = [inputs[0], inputs[1]];
            if self.log {
                return vec![dy - y.exp() * dy.sum_last()];
            }
            vec![y * (dy - (dy * y).sum_last())]
        })
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let (y, dy) = (&inputs[0].data, &inputs[1].data);
        rows(inputs[0], |row, dx| {
            softmax::reference_backward(&y[row.clone()], &dy[row], dx, self.log)
        })
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> u64 {
        4 * inputs[0].shape.elements() as u64
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let (y, dy, dx) = (lower.floats_in(0), lower.floats_in(1), lower.floats_out(0));
        let kernel = kernel(&lower.input_type(0).shape, self.log);
        let work = (kernel.tiles(), 4 * y.1 as u64);
        lower.call(Self::NAME, [y, dy], [dx], work, move |_, tile, [y, dy], [dx]| {
            kernel.backward(tile, y, dy, dx);
        });
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let cases = [false, true].into_iter().flat_map(|log| SHAPES.map(|shape| (log, shape)));
        cases
            .map(|(log, shape)| {
                Sample::floats(SoftmaxGradient { log }, &[shape, shape], (-1.0, 1.0))
            })
            .collect()
    }
}
