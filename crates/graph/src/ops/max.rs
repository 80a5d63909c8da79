//! The largest element over axes, and where it is along one axis.

use attune_kernels::reduce::{self, Reduction};
use attune_tensor::{DType, Error, Result};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::exec::{Floats, Lower, Work};
use crate::graph::{TensorType, Value};
use crate::ops::operands::{axes, axis, floats, operands};
use crate::ops::reduction;
use crate::ops::sum::{fold, reduced, samples};
use crate::rule::{Backward, Draw, Rule, Sample};

/// `y = max x` over the axes, which stay with size 1 if `keepDims`; -inf of nothing, NaN if any is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Max {
    pub axes: Vec<i64>,
    #[serde(default)]
    pub keep_dims: bool,
}

/// The index of the first largest element along an axis, which is removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArgMax {
    pub axis: i64,
}

impl Rule for Max {
    const NAME: &'static str = "max";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [x] = operands(inputs)?;
        floats(&[x])?;
        let over = axes(&self.axes, x.shape.rank())?;
        Ok(vec![TensorType::float(reduced(&x.shape, &over, self.keep_dims))])
    }

    // dx = dy / (number of largest elements) at each of them
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        backward.formula(|f| {
            let x = f.inputs[0];
            let over = axes(&self.axes, x.shape().rank()).expect("inferred before");
            let kept = reduced(&x.shape(), &over, true).into();
            let largest = x.equal(f.outputs[0].reshape(&kept));
            vec![Some(largest * (f.dy().reshape(&kept) / largest.sum(&over)))]
        })
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let join = |max: f64, x: f64| if x > max || x.is_nan() { x } else { max };
        vec![fold(inputs[0], &self.axes, self.keep_dims, f64::NEG_INFINITY, join)]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> u64 {
        inputs[0].shape.elements() as u64
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let over = axes(&self.axes, lower.input_type(0).shape.rank())?;
        reduction::lower(lower, Reduction::Max, &over);
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        samples(|axes, keep_dims| Max { axes, keep_dims })
    }
}

impl Rule for ArgMax {
    const NAME: &'static str = "argMax";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [x] = operands(inputs)?;
        floats(&[x])?;
        let over = axis(self.axis, x.shape.rank())?;
        if x.shape[over] == 0 {
            return Err(Error::shape(format!("axis {over} has no elements to choose from")));
        }
        if i32::try_from(x.shape[over]).is_err() {
            return Err(Error::shape(format!("axis {over} is too long for int32 indices")));
        }
        Ok(vec![TensorType::new(DType::Int32, reduced(&x.shape, &[over], false))])
    }

    // an index does not change smoothly
    fn gradient(&self, _: Backward<'_>) -> Result<Vec<Option<Value>>> {
        Ok(vec![None])
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let x = inputs[0];
        let over = axis(self.axis, x.shape.rank()).expect("inferred before");
        vec![Array::from_fn(reduced(&x.shape, &[over], false), |index| {
            let mut at = index.to_vec();
            at.insert(over, 0);
            let mut best = (f64::NEG_INFINITY, 0);
            for i in 0..x.shape[over] {
                at[over] = i;
                let value = x.at(&at);
                if value > best.0 || (value.is_nan() && !best.0.is_nan()) {
                    best = (value, i);
                }
            }
            best.1 as f64
        })]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> u64 {
        inputs[0].shape.elements() as u64
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let shape = lower.input_type(0).shape.clone();
        let axis = axis(self.axis, shape.rank())?;
        let kernel = reduce::ArgMax {
            outer: shape[..axis].iter().product(),
            reduce: shape[axis],
            inner: shape[axis + 1..].iter().product(),
        };
        let (Floats(x, len), y, out) = (lower.floats_in(0), lower.output(0), lower.floats_out(0).1);
        let work = Work { flops: len as u64, bytes: 4 * len as u64 };
        lower.launch(Self::NAME, &[x], &[y], kernel.tiles(), work, move |memory, tile| {
            // SAFETY: the operand's floats and the result's integers; tiles write disjoint ones.
            let (x, y) = unsafe { (memory.read(x, len), memory.write(y, out)) };
            kernel.run(tile, x, y);
        });
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let cases: [(&[usize], i64); 10] = [
            (&[1], 0),
            (&[5], 0),
            (&[17], -1),
            (&[3, 4], 0),
            (&[3, 4], 1),
            (&[0, 4], 1),
            (&[4, 0], 0),
            (&[2, 3, 4], 0),
            (&[2, 3, 4], 1),
            (&[2, 3, 4], -1),
        ];
        let sample =
            |(shape, axis): (&[usize], i64)| Sample::floats(ArgMax { axis }, &[shape], (-2.0, 2.0));
        cases.into_iter().map(sample).collect()
    }
}
