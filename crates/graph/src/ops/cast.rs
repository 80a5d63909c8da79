//! Change of the element type; fractions are cut off and values out of range go to the nearest.

use attune_tensor::{DType, Result};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::graph::{TensorType, Value};
use crate::ops::operands::operands;
use crate::rule::{Backward, Draw, FusedOp, Rule, Sample};

/// The operand in another element type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cast {
    pub dtype: DType,
}

impl Rule for Cast {
    const NAME: &'static str = "cast";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [x] = operands(inputs)?;
        Ok(vec![TensorType::new(self.dtype, x.shape.clone())])
    }

    // dx = dy between floats; integers have no gradient
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        let to = self.dtype;
        backward.formula(|f| {
            let smooth = f.inputs[0].dtype() == DType::Float32 && to == DType::Float32;
            vec![smooth.then(|| f.dy())]
        })
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        vec![inputs[0].map(|x| match self.dtype {
            DType::Float32 => x,
            DType::Int32 => x as i32 as f64,
            DType::Uint8 => x as u8 as f64,
        })]
    }

    fn fused(&self) -> Option<FusedOp> {
        Some(FusedOp::Cast)
    }

    fn samples() -> Vec<Sample<Self>> {
        let shapes: [&[usize]; 5] = [&[], &[1], &[7], &[2, 0], &[2, 3, 4]];
        let from = [DType::Float32, DType::Int32, DType::Uint8];
        let to = from;
        let cases = from.into_iter().flat_map(|from| to.map(|to| (from, to)));
        cases
            .flat_map(|(from, dtype)| {
                shapes.map(|shape| {
                    let sample = Sample::floats(Cast { dtype }, &[shape], (0.1, 0.9));
                    if from == DType::Float32 { sample } else { sample.integers(0, from, 9) }
                })
            })
            .collect()
    }
}
