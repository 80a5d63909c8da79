//! Matrix product: `y = a b`, with either operand transposed.

use attune_tensor::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::exec::Lower;
use crate::graph::{TensorType, Value};
use crate::rule::{Backward, Draw, Rule, Sample};

/// `[m, k] x [k, n] -> [m, n]`; a flag reads that operand transposed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MatMul {
    pub transpose_a: bool,
    pub transpose_b: bool,
}

impl Rule for MatMul {
    const NAME: &'static str = "matMul";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let _ = inputs;
        Err(Error::shape("not yet"))
    }

    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        let _ = backward;
        Ok(vec![None, None])
    }

    fn reference(&self, inputs: &[&Array], draw: Draw) -> Vec<Array> {
        let _ = (inputs, draw);
        vec![]
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let _ = lower;
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        vec![]
    }
}
