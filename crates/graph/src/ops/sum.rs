//! Sums and means over axes.

use attune_kernels::reduce::Reduction;
use attune_tensor::Result;
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::exec::Lower;
use crate::graph::{TensorType, Value};
use crate::ops::operands::{axes, floats, operands};
use crate::ops::reduction;
use crate::rule::{Backward, Draw, Rule, Sample};

/// `y = Σ x` over the axes, which stay with size 1 if `keepDims`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sum {
    pub axes: Vec<i64>,
    #[serde(default)]
    pub keep_dims: bool,
}

/// `y = Σ x / n` over the axes of together `n` elements, which stay with size 1 if `keepDims`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mean {
    pub axes: Vec<i64>,
    #[serde(default)]
    pub keep_dims: bool,
}

/// The shape with the named axes at size 1, or without them.
pub fn reduced(shape: &[usize], over: &[usize], keep: bool) -> Vec<usize> {
    (0..shape.len())
        .filter(|axis| keep || !over.contains(axis))
        .map(|axis| if over.contains(&axis) { 1 } else { shape[axis] })
        .collect()
}

/// Joins the elements of each group along the axes, in row-major order.
pub fn fold(
    x: &Array,
    over: &[i64],
    keep: bool,
    empty: f64,
    join: impl Fn(f64, f64) -> f64,
) -> Array {
    let over = axes(over, x.shape.rank()).expect("inferred before");
    let kept = reduced(&x.shape, &over, true);
    let mut y = Array::full(kept.clone(), empty);
    let strides = y.shape.strides();
    Array::from_fn(x.shape.clone(), |index| {
        let at = index.iter().zip(&kept).zip(&strides);
        let to: usize =
            at.map(|((&i, &size), stride)| if size == 1 { 0 } else { i * stride }).sum();
        y.data[to] = join(y.data[to], x.at(index));
        0.0
    });
    y.shape = reduced(&x.shape, &over, keep).into();
    y
}

/// The number of elements that one result is made of.
pub fn group(shape: &[usize], over: &[i64]) -> Result<usize> {
    Ok(axes(over, shape.len())?.iter().map(|&axis| shape[axis]).product())
}

/// The cases of every reduction.
pub fn samples<O>(op: impl Fn(Vec<i64>, bool) -> O) -> Vec<Sample<O>> {
    let cases: [(&[usize], &[i64], bool); 12] = [
        (&[], &[], false),
        (&[5], &[0], false),
        (&[5], &[0], true),
        (&[3, 4], &[0], false),
        (&[3, 4], &[1], true),
        (&[3, 4], &[0, 1], false),
        (&[3, 4], &[], false),
        (&[2, 3, 4], &[1], false),
        (&[2, 3, 4], &[0, 2], true),
        (&[2, 3, 4], &[-1, 0], false),
        (&[0, 3], &[1], false),
        (&[1, 1, 7], &[0, 1], false),
    ];
    let sample = |(shape, over, keep): (&[usize], &[i64], bool)| {
        Sample::floats(op(over.to_vec(), keep), &[shape], (-2.0, 2.0))
    };
    cases.into_iter().map(sample).collect()
}

/// `dy / divisor` repeated over the summed axes.
fn spread(
    backward: Backward<'_>,
    over: &[i64],
    divisor: impl Fn(&[usize]) -> Option<f64>,
) -> Result<Vec<Option<Value>>> {
    backward.formula(|f| {
        let shape = f.inputs[0].shape();
        let axes = axes(over, shape.rank()).expect("inferred before");
        let dy = f.dy().reshape(&reduced(&shape, &axes, true).into());
        let dy = divisor(&shape).map_or(dy, |n| dy * (1.0 / n));
        vec![Some(dy.broadcast_to(&shape))]
    })
}

impl Rule for Sum {
    const NAME: &'static str = "sum";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [x] = operands(inputs)?;
        floats(&[x])?;
        let over = axes(&self.axes, x.shape.rank())?;
        Ok(vec![TensorType::float(reduced(&x.shape, &over, self.keep_dims))])
    }

    // dx = dy at every element of the group
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        spread(backward, &self.axes, |_| None)
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        vec![fold(inputs[0], &self.axes, self.keep_dims, 0.0, |sum, x| sum + x)]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> u64 {
        inputs[0].shape.elements() as u64
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let over = axes(&self.axes, lower.input_type(0).shape.rank())?;
        reduction::lower(lower, Reduction::Sum, &over);
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let empty = Sample::floats(Sum { axes: vec![0], keep_dims: false }, &[&[0, 3]], (0.0, 1.0));
        let mut cases = samples(|axes, keep_dims| Sum { axes, keep_dims });
        cases.push(empty);
        cases
    }
}

impl Rule for Mean {
    const NAME: &'static str = "mean";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [x] = operands(inputs)?;
        floats(&[x])?;
        let over = axes(&self.axes, x.shape.rank())?;
        Ok(vec![TensorType::float(reduced(&x.shape, &over, self.keep_dims))])
    }

    // dx = dy / n at every element of the group
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        spread(backward, &self.axes, |shape| group(shape, &self.axes).ok().map(|n| n.max(1) as f64))
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let n = group(&inputs[0].shape, &self.axes).expect("inferred before") as f64;
        let sum = fold(inputs[0], &self.axes, self.keep_dims, 0.0, |sum, x| sum + x);
        vec![sum.map(|sum| sum / n)]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> u64 {
        inputs[0].shape.elements() as u64
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let shape = &lower.input_type(0).shape;
        let over = axes(&self.axes, shape.rank())?;
        let scale = 1.0 / group(shape, &self.axes)? as f32;
        reduction::lower(lower, Reduction::Sum, &over);
        let y = lower.floats_out(0);
        const TILE: usize = 16_384;
        lower.call("scale", [], [y], (y.1.div_ceil(TILE), y.1 as u64), move |_, tile, [], [y]| {
            let start = tile * TILE;
            // SAFETY: tiles are disjoint ranges.
            let part = unsafe { y.range(start, TILE.min(y.len() - start)) };
            part.iter_mut().for_each(|y| *y *= scale);
        });
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        samples(|axes, keep_dims| Mean { axes, keep_dims })
    }
}
