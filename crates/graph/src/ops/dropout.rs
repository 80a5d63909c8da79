//! Dropout: `y = x m / (1 - rate)` with a mask `m` that is 1 with probability `1 - rate`.
//! Srivastava et al. 2014, JMLR 15.

use attune_kernels::random;
use attune_tensor::{Code, Error, Result};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::graph::{TensorType, Value};
use crate::ops::operands::{floats, operands};
use crate::rule::{Backward, Draw, FusedOp, Rule, Sample};

/// The mask is a function of the run's seed, the step, `site` and the element's place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dropout {
    pub rate: f32,
    pub site: u64,
}

impl Rule for Dropout {
    const NAME: &'static str = "dropout";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [x] = operands(inputs)?;
        floats(&[x])?;
        if !(0.0..1.0).contains(&self.rate) {
            let message = format!("rate must be at least 0 and below 1, not {}", self.rate);
            return Err(Error::new(Code::Config, message));
        }
        Ok(vec![x.clone()])
    }

    // dx = dy m / (1 - rate): the same mask again
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        let op = self.clone();
        backward.formula(|f| vec![Some(f.dy().apply(op))])
    }

    fn reference(&self, inputs: &[&Array], draw: Draw) -> Vec<Array> {
        let mut index = 0..;
        vec![inputs[0].map(|x| {
            random::dropout(draw, self.site, self.rate, index.next().expect("endless"), x)
        })]
    }

    fn fused(&self) -> Option<FusedOp> {
        Some(FusedOp::Dropout { rate: self.rate, site: self.site })
    }

    fn samples() -> Vec<Sample<Self>> {
        let shapes: [&[usize]; 7] = [&[], &[1], &[7], &[16], &[0], &[3, 5], &[2, 3, 4]];
        let rates = [(0.0, 0), (0.1, 1), (0.5, 2), (0.9, 3)];
        let cases =
            rates.into_iter().flat_map(|(rate, site)| shapes.map(|shape| (rate, site, shape)));
        cases
            .map(|(rate, site, shape)| {
                Sample::floats(Dropout { rate, site }, &[shape], (-2.0, 2.0))
            })
            .collect()
    }
}
