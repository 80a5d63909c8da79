//! Batch normalisation over all axes but the last, and its gradient. Ioffe and Szegedy 2015, arXiv:1502.03167.
//!
//! ```text
//! mean = Σ x / n,   variance = Σ (x - mean)² / n,   y = gamma (x - mean) / √(variance + epsilon) + beta
//! ```

use attune_kernels::batch_norm;
use attune_tensor::{Code, Error, Result};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::differentiate::differentiate_through;
use crate::exec::Lower;
use crate::graph::{TensorType, Value};
use crate::ops::operands::{floats, operands, shaped};
use crate::rule::{Backward, Draw, Rule, Sample};
use crate::term::Term;

/// `(x [.., c], gamma [c], beta [c]) -> (y [.., c], mean [c], variance [c])`, the variance biased.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchNorm {
    pub epsilon: f32,
}

/// `(x [.., c], mean [c], variance [c], gamma [c], dy [.., c]) -> (dx [.., c], dgamma [c], dbeta [c])`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchNormGradient {
    pub epsilon: f32,
}

/// Checks x and epsilon; the number of channels.
fn channels(x: &TensorType, epsilon: f32) -> Result<usize> {
    if !(epsilon > 0.0 && epsilon.is_finite()) {
        let message = format!("epsilon must be above 0, not {epsilon}");
        return Err(Error::new(Code::Config, message));
    }
    let sizes = &x.shape;
    sizes.last().copied().ok_or_else(|| Error::shape("a scalar has no channels to normalise"))
}

/// Rows that share a channel's statistics.
fn rows(shape: &[usize]) -> usize {
    shape[..shape.len() - 1].iter().product()
}

/// All axes but the last.
fn batch_axes(x: Term<'_>) -> Vec<usize> {
    (0..x.shape().rank() - 1).collect()
}

impl Rule for BatchNorm {
    const NAME: &'static str = "batchNorm";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [x, gamma, beta] = operands(inputs)?;
        floats(inputs)?;
        let channels = channels(x, self.epsilon)?;
        shaped(gamma, "gamma", &[channels])?;
        shaped(beta, "beta", &[channels])?;
        Ok(vec![x.clone(), gamma.clone(), gamma.clone()])
    }

    // dx of y: see `BatchNormGradient`; of mean: dmean / n; of variance: 2 (x - mean) dvariance / n
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        let op = BatchNormGradient { epsilon: self.epsilon };
        backward.formula(|f| {
            let [x, gamma] = [f.inputs[0], f.inputs[1]];
            let [mean, variance] = [f.outputs[1], f.outputs[2]];
            let n = rows(&x.shape()).max(1) as f64;
            let of_y =
                f.douts[0].map(|dy| f.tape.apply_all::<3>(op, &[x, mean, variance, gamma, dy]));
            let of_mean = f.douts[1].map(|d| (d * (1.0 / n)).broadcast_to(&x.shape()));
            let of_variance = f.douts[2].map(|d| (x - mean) * (d * (2.0 / n)));
            let parts = [of_y.map(|d| d[0]), of_mean, of_variance];
            let dx = parts.into_iter().flatten().reduce(|a, b| a + b);
            vec![dx, of_y.map(|d| d[1]), of_y.map(|d| d[2])]
        })
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let [x, gamma, beta] = [inputs[0], inputs[1], inputs[2]];
        let epsilon = f64::from(self.epsilon);
        let (y, mean, variance) = batch_norm::reference(&x.data, &gamma.data, &beta.data, epsilon);
        vec![
            Array::new(x.shape.clone(), y),
            Array::new(gamma.shape.clone(), mean),
            Array::new(gamma.shape.clone(), variance),
        ]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> u64 {
        6 * inputs[0].shape.elements() as u64
    }

    fn takes_epilogue(&self) -> bool {
        true
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let (x, gamma, beta) = (lower.floats_in(0), lower.floats_in(1), lower.floats_in(2));
        let (y, mean, variance) = (lower.floats_out(0), lower.floats_out(1), lower.floats_out(2));
        let kernel =
            batch_norm::BatchNorm::new(rows(&lower.input_type(0).shape), gamma.1, self.epsilon);
        let partials = lower.floats(kernel.scratch_len());
        let (work, combining) = ((kernel.tiles(), 3 * x.1 as u64), (kernel.combine_tiles(), 0));
        lower.call(
            "batchNormStatistics",
            [x],
            [partials],
            work,
            move |_, tile, [x], [partials]| {
                kernel.statistics(tile, x, partials);
            },
        );
        let outputs = [mean, variance];
        lower.call("combine", [partials], outputs, combining, move |_, tile, [partials], y| {
            kernel.combine_statistics(tile, partials, y[0], y[1]);
        });
        let finish = lower.finish(kernel.tiles());
        let reads = [x, mean, variance, gamma, beta];
        lower.call("batchNorm", reads, [y], work, move |memory, tile, x, [y]| {
            kernel.normalise(tile, x[0], x[1], x[2], x[3], x[4], y);
            finish.range(memory, tile, kernel.region(tile), y);
        });
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        SHAPES
            .map(|shape| {
                let c = shape[shape.len() - 1];
                Sample::floats(BatchNorm { epsilon: 0.1 }, &[shape, &[c], &[c]], (-2.0, 2.0))
            })
            .into()
    }
}

const SHAPES: [&[usize]; 10] = [
    &[1],
    &[3],
    &[4, 0],
    &[2, 1],
    &[5, 3],
    &[7, 2],
    &[1, 4],
    &[2, 3, 2],
    &[2, 2, 2, 3],
    &[0, 2, 0],
];

impl Rule for BatchNormGradient {
    const NAME: &'static str = "batchNormGradient";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [x, mean, variance, gamma, dy] = operands(inputs)?;
        floats(inputs)?;
        let channels = channels(x, self.epsilon)?;
        shaped(mean, "the mean", &[channels])?;
        shaped(variance, "the variance", &[channels])?;
        shaped(gamma, "gamma", &[channels])?;
        shaped(dy, "the gradient", &x.shape)?;
        Ok(vec![x.clone(), gamma.clone(), gamma.clone()])
    }

    // that of: dbeta = Σ dy, dgamma = Σ dy xhat, dx = gamma rstd (dy - (dbeta + xhat dgamma) / n)
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        let epsilon = f64::from(self.epsilon);
        differentiate_through(backward, |_, inputs| {
            let [x, mean, variance, gamma, dy] =
                [inputs[0], inputs[1], inputs[2], inputs[3], inputs[4]];
            let axes = batch_axes(x);
            let n = rows(&x.shape()).max(1) as f64;
            let rstd = (variance + epsilon).rsqrt();
            let xhat = (x - mean) * rstd; // [.., c]
            let dbeta = dy.sum(&axes).reshape(&gamma.shape()); // [c]
            let dgamma = (dy * xhat).sum(&axes).reshape(&gamma.shape()); // [c]
            let dx = gamma * rstd * (dy - (dbeta + xhat * dgamma) * (1.0 / n)); // [.., c]
            vec![dx, dgamma, dbeta]
        })
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let [x, mean, variance, gamma, dy] =
            [inputs[0], inputs[1], inputs[2], inputs[3], inputs[4]];
        let (channels, n) = (gamma.data.len(), rows(&x.shape) as f64);
        let rstd = variance.map(|variance| 1.0 / (variance + f64::from(self.epsilon)).sqrt());
        let xhat = |i: usize| (x.data[i] - mean.data[i % channels]) * rstd.data[i % channels];
        let (mut dgamma, mut dbeta) = (gamma.map(|_| 0.0), gamma.map(|_| 0.0));
        for i in 0..x.data.len() {
            dgamma.data[i % channels] += dy.data[i] * xhat(i);
            dbeta.data[i % channels] += dy.data[i];
        }
        let dx = (0..x.data.len()).map(|i| {
            let c = i % channels;
            let mean_part = (dbeta.data[c] + xhat(i) * dgamma.data[c]) / n;
            gamma.data[c] * rstd.data[c] * (dy.data[i] - mean_part)
        });
        vec![Array::new(x.shape.clone(), dx.collect()), dgamma, dbeta]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> u64 {
        9 * inputs[0].shape.elements() as u64
    }

    fn takes_epilogue(&self) -> bool {
        true
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let [x, mean, variance, gamma, dy] = std::array::from_fn(|i| lower.floats_in(i));
        let [dx, dgamma, dbeta] = std::array::from_fn(|i| lower.floats_out(i));
        let kernel =
            batch_norm::BatchNorm::new(rows(&lower.input_type(0).shape), gamma.1, self.epsilon);
        let partials = lower.floats(kernel.scratch_len());
        let (work, combining) = ((kernel.tiles(), 4 * x.1 as u64), (kernel.combine_tiles(), 0));
        let reads = [x, dy, mean, variance];
        lower.call("batchNormSums", reads, [partials], work, move |_, tile, x, [partials]| {
            kernel.sums(tile, x[0], x[1], x[2], x[3], partials);
        });
        let sums = [dgamma, dbeta];
        lower.call("combine", [partials], sums, combining, move |_, tile, [partials], sums| {
            kernel.combine_sums(tile, partials, sums[0], sums[1]);
        });
        let finish = lower.finish(kernel.tiles());
        let reads = [x, dy, mean, variance, gamma, dgamma, dbeta];
        lower.call(Self::NAME, reads, [dx], work, move |memory, tile, x, [dx]| {
            kernel.input_gradient(tile, x[0], x[1], x[2], x[3], x[4], x[5], x[6], dx);
            finish.range(memory, tile, kernel.region(tile), dx);
        });
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        SHAPES
            .map(|shape| {
                let c: &[usize] = &shape[shape.len() - 1..];
                let op = BatchNormGradient { epsilon: 0.1 };
                Sample::floats(op, &[shape, c, c, c, shape], (0.3, 2.0))
            })
            .into()
    }
}
