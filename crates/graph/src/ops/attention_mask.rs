//! What attention multiplies each probability by: 0 where a key is hidden or dropped.

use attune_tensor::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::exec::Lower;
use crate::graph::{TensorType, Value};
use crate::ops::attention::{Attention, MaskIn, cases, with_mask, with_mask_sample};
use crate::rule::{Backward, Draw, Rule, Sample};

/// `(q [b, i, h, d], k [b, j, g, d], mask?) -> [b, h, i, j]`, of the shapes of queries and keys alone.
///
/// Attention needs no such tensor; its second derivative does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AttentionMask {
    pub causal: bool,
    pub dropout: f32,
    pub site: u64,
}

impl AttentionMask {
    fn attention(&self) -> Attention {
        let AttentionMask { causal, dropout, site } = *self;
        Attention { causal, dropout, site, scale: None }
    }
}

impl Rule for AttentionMask {
    const NAME: &'static str = "attentionMask";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let (q, k, mask) = match *inputs {
            [q, k] => (q, k, None),
            [q, k, mask] => (q, k, Some(mask)),
            _ => {
                let count = inputs.len();
                return Err(Error::shape(format!("2 or 3 operands needed, {count} given")));
            }
        };
        self.attention().check(q, k, mask)?;
        Ok(vec![TensorType::float([q.shape[0], q.shape[2], q.shape[1], k.shape[1]])])
    }

    // the values of queries and keys do not matter
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        Ok(vec![None; backward.inputs.len()])
    }

    fn reference(&self, inputs: &[&Array], draw: Draw) -> Vec<Array> {
        let problem =
            self.attention().problem(&inputs[0].shape, &inputs[1].shape).expect("inferred before");
        let shape = [problem.batch, problem.heads, problem.queries, problem.keys];
        let mut y = Array::full(shape, 0.0);
        with_mask(inputs.get(2), |mask| {
            for (row, y) in y.data.chunks_mut(problem.keys.max(1)).enumerate() {
                problem.mask_row(row, mask, draw, y);
            }
        });
        vec![y]
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let problem =
            self.attention().problem(&lower.input_type(0).shape, &lower.input_type(1).shape)?;
        let mask = MaskIn::new(lower, (lower.input_count() > 2).then_some(2));
        let (y, keys) = (lower.floats_out(0), problem.keys);
        let rows = y.1.checked_div(keys).unwrap_or(0);
        lower.call(Self::NAME, [], [y], (rows, y.1 as u64), move |memory, row, [], [y]| {
            // SAFETY: the row of this tile.
            let y = unsafe { y.range(row * keys, keys) };
            problem.mask_row(row, mask.get(memory), memory.draw(), y);
        });
        mask.read_by_last(lower);
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        cases()
            .into_iter()
            .map(|case| {
                let Attention { causal, dropout, site, .. } = case.op;
                let op = AttentionMask { causal, dropout, site };
                let floats = Sample::floats(op, &[&case.q, &case.k], (-1.0, 1.0));
                with_mask_sample(floats, &case.mask, case.below)
            })
            .collect()
    }
}
