//! A tensor repeated along new axes and axes of size 1.

use attune_tensor::{Error, Result, Shape};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::graph::{TensorType, Value};
use crate::ops::operands::operands;
use crate::rule::{Backward, Draw, Rule, Sample};

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
