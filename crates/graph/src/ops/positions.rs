//! Positions as sines: rotary embedding of heads, and sinusoidal encoding.
//!
//! ```text
//! rotary:     y[c] = x[c] cos a - x[c + d/2] sin a,   y[c + d/2] = x[c + d/2] cos a + x[c] sin a
//! sinusoidal: y[c] = x[c] + sin a (c even), x[c] + cos a (c odd)
//! ```
//!
//! Su et al. 2021, arXiv:2104.09864, in halves as in Llama; Vaswani et al. 2017, arXiv:1706.03762.

use attune_kernels::positions as kernel;
use attune_tensor::{Code, Error, Result};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::exec::Lower;
use crate::graph::{TensorType, Value};
use crate::ops::operands::{floats, operands, rank};
use crate::rule::{Backward, Draw, Rule, Sample};

/// `x [batch, time, heads, d] -> [batch, time, heads, d]`, turned by `a = time base^(-2 c / d)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rotary {
    pub base: f32,
    /// Turns back.
    #[serde(default)]
    pub back: bool,
}

/// `x [batch, time, d] -> x + sines [time, d]`, of `a = time base^(-2 ⌊c / 2⌋ / d)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sinusoid {
    pub base: f32,
}

fn check(base: f32) -> Result<()> {
    if base > 0.0 && base.is_finite() {
        return Ok(());
    }
    Err(Error::new(Code::Config, format!("base must be above 0, not {base}")))
}

impl Rotary {
    fn kernel(&self, shape: &[usize]) -> kernel::Rotary {
        let shape = std::array::from_fn(|axis| shape[axis]);
        kernel::Rotary::new(shape, self.base.into(), self.back)
    }
}

impl Sinusoid {
    fn kernel(&self, shape: &[usize]) -> kernel::Sinusoid {
        let shape = std::array::from_fn(|axis| shape[axis]);
        kernel::Sinusoid::new(shape, self.base.into())
    }
}

impl Rule for Rotary {
    const NAME: &'static str = "rotary";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [x] = operands(inputs)?;
        floats(&[x])?;
        check(self.base)?;
        rank(x, "the heads", "[batch, time, heads, size]")?;
        if !x.shape[3].is_multiple_of(2) {
            let size = x.shape[3];
            return Err(Error::shape(format!(
                "channels are turned in pairs, but a head has {size}: use an even size"
            )));
        }
        Ok(vec![x.clone()])
    }

    // dx: dy turned back
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        let op = Rotary { base: self.base, back: !self.back };
        backward.formula(|f| vec![Some(f.dy().apply(op))])
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let y = self.kernel(&inputs[0].shape).reference(&inputs[0].data);
        vec![Array::new(inputs[0].shape.clone(), y)]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> u64 {
        3 * inputs[0].shape.elements() as u64
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let (x, y) = (lower.floats_in(0), lower.floats_out(0));
        let kernel = self.kernel(&lower.input_type(0).shape);
        let work = (kernel.tiles(), 3 * x.1 as u64);
        lower.call(Self::NAME, [x], [y], work, move |_, tile, [x], [y]| kernel.run(tile, x, y));
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let shapes: [[usize; 4]; 6] =
            [[1, 1, 1, 2], [2, 3, 2, 4], [1, 7, 1, 6], [0, 2, 1, 2], [2, 3, 1, 0], [1, 2, 3, 10]];
        let cases = [(10_000.0, false), (3.0, true)].into_iter();
        let cases = cases.flat_map(|case| shapes.map(|shape| (case, shape)));
        cases
            .map(|((base, back), shape)| {
                Sample::floats(Rotary { base, back }, &[&shape], (-2.0, 2.0))
            })
            .collect()
    }
}

impl Rule for Sinusoid {
    const NAME: &'static str = "sinusoid";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [x] = operands(inputs)?;
        floats(&[x])?;
        check(self.base)?;
        rank(x, "the sequences", "[batch, time, channels]")?;
        Ok(vec![x.clone()])
    }

    // dx = dy
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        backward.formula(|f| vec![Some(f.dy())])
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let y = self.kernel(&inputs[0].shape).reference(&inputs[0].data);
        vec![Array::new(inputs[0].shape.clone(), y)]
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let (x, y) = (lower.floats_in(0), lower.floats_out(0));
        let kernel = self.kernel(&lower.input_type(0).shape);
        let work = (kernel.tiles(), x.1 as u64);
        lower.call(Self::NAME, [x], [y], work, move |_, tile, [x], [y]| kernel.run(tile, x, y));
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let shapes: [[usize; 3]; 5] = [[1, 1, 1], [2, 3, 4], [1, 7, 5], [0, 2, 2], [2, 5, 0]];
        let cases = [10_000.0, 3.0].into_iter().flat_map(|base| shapes.map(|shape| (base, shape)));
        cases
            .map(|(base, shape)| Sample::floats(Sinusoid { base }, &[&shape], (-2.0, 2.0)))
            .collect()
    }
}
