//! Tensors joined along one axis.

use attune_tensor::{Code, Error, Result};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::exec::Lower;
use crate::graph::{TensorType, Value};
use crate::ops::Slice;
use crate::ops::copy::{copy, strides};
use crate::ops::operands::axis;
use crate::rule::{Backward, Draw, Rule, Sample};
use attune_kernels::copy::StridedCopy;

/// One or more operands, equal in all sizes but that of `axis`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Concat {
    pub axis: i64,
}

impl Rule for Concat {
    const NAME: &'static str = "concat";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [first, others @ ..] = inputs else {
            return Err(Error::shape("at least one operand needed, none given"));
        };
        let along = axis(self.axis, first.shape.rank())?;
        let mut sizes = first.shape.to_vec();
        for other in others {
            if other.dtype != first.dtype {
                let message =
                    format!("{} and {} do not mix: cast one of them", first.dtype, other.dtype);
                return Err(Error::new(Code::Dtype, message));
            }
            let fits = other.shape.rank() == sizes.len()
                && (0..sizes.len()).all(|axis| axis == along || other.shape[axis] == sizes[axis]);
            if !fits {
                return Err(Error::shape(format!(
                    "all sizes but those of axis {along} must be equal"
                )));
            }
            sizes[along] = sizes[along].checked_add(other.shape[along]).ok_or_else(|| {
                Error::shape(format!("the sizes of axis {along} together exceed all memory"))
            })?;
        }
        Ok(vec![TensorType::new(first.dtype, sizes)])
    }

    // each operand's gradient is its part of dy
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        backward.formula(|f| {
            let dy = f.dy();
            let along = axis(self.axis, dy.shape().rank()).expect("inferred before");
            let mut start = 0;
            let part = |size: usize| {
                let (mut begin, mut end) = (vec![0; dy.shape().rank()], dy.shape().to_vec());
                (begin[along], end[along]) = (start, start + size);
                start += size;
                Some(dy.apply(Slice { begin, end }))
            };
            f.inputs.iter().map(|input| input.shape()[along]).map(part).collect()
        })
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let along = axis(self.axis, inputs[0].shape.rank()).expect("inferred before");
        let mut sizes = inputs[0].shape.to_vec();
        sizes[along] = inputs.iter().map(|input| input.shape[along]).sum();
        vec![Array::from_fn(sizes, |index| {
            let mut index = index.to_vec();
            let mut parts = inputs.iter();
            loop {
                let part = parts.next().expect("the index is within the sum of sizes");
                match index[along].checked_sub(part.shape[along]) {
                    Some(rest) => index[along] = rest,
                    None => return part.at(&index),
                }
            }
        })]
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let along = axis(self.axis, lower.output_type(0).shape.rank())?;
        let to = lower.output_type(0).shape.clone();
        let mut start = 0;
        for index in 0..lower.inputs.len() {
            let from = &lower.input_type(index).shape;
            let offset = start * to.strides()[along];
            start += from[along];
            let plan = StridedCopy::new(from, 0, &strides(from), offset, &strides(&to));
            copy(lower, "concat", index, plan);
        }
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let cases: [(i64, &[&[usize]]); 10] = [
            (0, &[&[3]]),
            (0, &[&[3], &[2]]),
            (0, &[&[1], &[0], &[4]]),
            (-1, &[&[2, 3], &[2, 1]]),
            (0, &[&[2, 3], &[1, 3]]),
            (1, &[&[2, 3], &[2, 3], &[2, 2]]),
            (0, &[&[0], &[0]]),
            (1, &[&[0, 2], &[0, 3]]),
            (1, &[&[2, 1, 3], &[2, 2, 3]]),
            (2, &[&[2, 2, 3], &[2, 2, 1], &[2, 2, 2]]),
        ];
        let sample = |(axis, shapes): (i64, &[&[usize]])| {
            Sample::floats(Concat { axis }, shapes, (-2.0, 2.0))
        };
        cases.into_iter().map(sample).collect()
    }
}
