//! Choice between two operands: `y = a` where the condition is not 0, else `b`.

use attune_tensor::{DType, Result};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::graph::{TensorType, Value};
use crate::ops::operands::{floats, operands};
use crate::rule::{Backward, Draw, FusedOp, Rule, Sample};

/// `(condition, a, b)` stretch to one shape; the condition may have any element type.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Select {}

impl Rule for Select {
    const NAME: &'static str = "select";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [condition, a, b] = operands(inputs)?;
        floats(&[a, b])?;
        Ok(vec![TensorType::float(condition.shape.broadcast(&a.shape.broadcast(&b.shape)?)?)])
    }

    // da = dy where the condition holds, db = dy elsewhere
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        backward.formula(|f| {
            let [condition, a, b] = [f.inputs[0], f.inputs[1], f.inputs[2]];
            let da = condition.select(f.dy(), 0.0).sum_to(&a.shape());
            let db = condition.select(0.0, f.dy()).sum_to(&b.shape());
            vec![None, Some(da), Some(db)]
        })
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let [condition, a, b] = [inputs[0], inputs[1], inputs[2]];
        let shape = a.shape.broadcast(&b.shape).and_then(|shape| shape.broadcast(&condition.shape));
        vec![Array::from_fn(shape.expect("inferred before"), |index| {
            if condition.at_broadcast(index) != 0.0 { a } else { b }.at_broadcast(index)
        })]
    }

    fn fused(&self) -> Option<FusedOp> {
        Some(FusedOp::Select)
    }

    fn samples() -> Vec<Sample<Self>> {
        let shapes: [[&[usize]; 3]; 10] = [
            [&[], &[], &[]],
            [&[5], &[5], &[5]],
            [&[2, 3], &[2, 3], &[]],
            [&[2, 3], &[], &[3]],
            [&[], &[4], &[4]],
            [&[2, 1], &[1, 3], &[2, 3]],
            [&[0], &[0], &[1]],
            [&[2, 0], &[1], &[2, 1]],
            [&[3, 1, 2], &[4, 1], &[1]],
            [&[17], &[17], &[17]],
        ];
        let sample = |shapes: [&[usize]; 3]| Sample::floats(Select {}, &shapes, (-2.0, 2.0));
        let integers = shapes.map(|s| sample(s).integers(0, DType::Uint8, 2));
        shapes.map(sample).into_iter().chain(integers).collect()
    }
}
