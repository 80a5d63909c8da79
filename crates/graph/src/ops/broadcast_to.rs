//! A tensor repeated along new axes and axes of size 1.

use attune_tensor::{Error, Result, Shape};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::exec::Lower;
use crate::graph::{TensorType, Value};
use crate::ops::copy::{copy, strides};
use crate::ops::operands::operands;
use crate::rule::{Backward, Draw, Rule, Sample};
use attune_kernels::copy::StridedCopy;

/// The shape of the result; axes are aligned at the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BroadcastTo {
    pub shape: Shape,
}

impl Rule for BroadcastTo {
    const NAME: &'static str = "broadcastTo";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [x] = operands(inputs)?;
        if x.shape.broadcast(&self.shape)? != self.shape {
            return Err(Error::shape(format!(
                "it does not stretch to {}: only sizes of 1 repeat",
                self.shape
            )));
        }
        Ok(vec![TensorType::new(x.dtype, self.shape.clone())])
    }

    // dx = dy summed over what was repeated
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        backward.formula(|f| vec![Some(f.dy().sum_to(&f.inputs[0].shape()))])
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        vec![Array::from_fn(self.shape.clone(), |index| inputs[0].at_broadcast(index))]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> u64 {
        0
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let (x, y) = (&lower.input_type(0).shape, &lower.output_type(0).shape);
        let mut from = vec![0; y.rank() - x.rank()];
        from.extend(
            x.iter().zip(strides(x)).map(|(&size, stride)| if size == 1 { 0 } else { stride }),
        );
        let plan = StridedCopy::new(y, 0, &from, 0, &strides(y));
        copy(lower, "broadcast", 0, plan);
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let cases: [(&[usize], &[usize]); 10] = [
            (&[], &[]),
            (&[], &[3]),
            (&[1], &[4]),
            (&[4], &[4]),
            (&[3], &[2, 3]),
            (&[2, 1], &[2, 3]),
            (&[1, 3], &[2, 3]),
            (&[1], &[0]),
            (&[2, 1, 3], &[4, 2, 2, 3]),
            (&[0, 1], &[0, 5]),
        ];
        let sample = |(from, to): (&[usize], &[usize])| {
            Sample::floats(BroadcastTo { shape: to.into() }, &[from], (-2.0, 2.0))
        };
        cases.into_iter().map(sample).collect()
    }
}
