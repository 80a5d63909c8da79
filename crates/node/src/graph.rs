//! Shapes for the tracer, in JSON.

use attune_graph::{Op, TensorType};
use napi_derive::napi;

use crate::failure::{Failure, guard, json, parse};

/// The types of an op's outputs.
#[napi]
pub fn infer(op: String, inputs: String) -> Result<String, Failure> {
    guard(|| {
        let op: Op = parse("op", &op)?;
        let inputs: Vec<TensorType> = parse("types of the inputs", &inputs)?;
        let inputs: Vec<&TensorType> = inputs.iter().collect();
        let outputs = op.infer(&inputs).map_err(|e| e.at(op.name()))?;
        outputs.iter().try_for_each(|output| output.shape.checked_elements().map(drop))?;
        json(&outputs)
    })
}
