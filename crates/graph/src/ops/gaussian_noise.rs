//! Gaussian noise: `y = x + deviation z` with normal `z`.

use attune_kernels::random;
use attune_tensor::{Code, Error, Result};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::exec::Lower;
use crate::graph::{TensorType, Value};
use crate::ops::operands::{floats, operands};
use crate::rule::{Backward, Draw, Rule, Sample};

/// The noise is a function of the run's seed, the step, `site` and the element's place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GaussianNoise {
    pub deviation: f32,
    pub site: u64,
}

impl Rule for GaussianNoise {
    const NAME: &'static str = "gaussianNoise";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [x] = operands(inputs)?;
        floats(&[x])?;
        if !(self.deviation >= 0.0 && self.deviation.is_finite()) {
            let message =
                format!("deviation must be at least 0 and finite, not {}", self.deviation);
            return Err(Error::new(Code::Config, message));
        }
        Ok(vec![x.clone()])
    }

    // dx = dy
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        backward.formula(|f| vec![Some(f.dy())])
    }

    fn reference(&self, inputs: &[&Array], draw: Draw) -> Vec<Array> {
        let mut index = 0..;
        vec![inputs[0].map(|x| {
            let index = index.next().expect("endless");
            random::noisy(draw, self.site, self.deviation, index, x)
        })]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> u64 {
        20 * inputs[0].shape.elements() as u64
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let (x, y) = (lower.floats_in(0), lower.floats_out(0));
        let kernel = random::GaussianNoise { len: x.1, deviation: self.deviation, site: self.site };
        let work = (kernel.tiles(), 20 * x.1 as u64);
        lower.call(Self::NAME, [x], [y], work, move |memory, tile, [x], [y]| {
            let draw = Draw { seed: memory.seed, step: memory.step };
            kernel.run(draw, tile, x, y);
        });
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let shapes: [&[usize]; 7] = [&[], &[1], &[7], &[33], &[0], &[3, 5], &[2, 3, 40]];
        let noises = [(0.0, 0), (0.1, 1), (2.0, 2)];
        let cases = noises.into_iter().flat_map(|noise| shapes.map(|shape| (noise, shape)));
        cases
            .map(|((deviation, site), shape)| {
                Sample::floats(GaussianNoise { deviation, site }, &[shape], (-2.0, 2.0))
            })
            .collect()
    }
}
