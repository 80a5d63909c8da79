//! Sequences with zeros beyond their lengths.

use attune_kernels::mask_time::{self as kernel, reference};
use attune_tensor::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::exec::Lower;
use crate::graph::{TensorType, Value};
use crate::ops::operands::{floats, operands};
use crate::ops::recurrence::{LENGTHS, check_lengths, with_lengths};
use crate::rule::{Backward, Draw, Rule, Sample};

/// `(x [b, t, ..], lengths int32 [b]) -> [b, t, ..]`: 0 from step `lengths` on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MaskTime {}

fn problem(x: &[usize]) -> kernel::MaskTime {
    kernel::MaskTime { batch: x[0], time: x[1], width: x[2..].iter().product() }
}

impl Rule for MaskTime {
    const NAME: &'static str = "maskTime";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [x, lengths] = operands(inputs)?;
        floats(&[x])?;
        if x.shape.rank() < 2 {
            return Err(Error::shape(
                "sequences must have the axes [batch, time, ..]: reshape them",
            ));
        }
        check_lengths(lengths, x.shape[0])?;
        Ok(vec![x.clone()])
    }

    // dx = dy where t < length, else 0
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        backward.formula(|f| vec![Some(f.dy().with(MaskTime {}, f.inputs[1])), None])
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let lengths: Vec<i32> = inputs[1].data.iter().map(|&x| x as i32).collect();
        let y = reference(problem(&inputs[0].shape), &inputs[0].data, &lengths);
        vec![Array::new(inputs[0].shape.clone(), y)]
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let problem = problem(&lower.input_type(0).shape);
        let lengths = lower.checked_ints(1, LENGTHS, lower.input_type(0).shape[1]);
        let (x, y) = (lower.floats_in(0), lower.floats_out(0));
        lower.call(Self::NAME, [x], [y], (problem.tiles(), 0), move |memory, tile, [x], [y]| {
            problem.run(tile, x, lengths.get(memory), y);
        });
        lower.reads_ints(lengths);
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let cases: [(&[usize], u32); 10] = [
            (&[1, 1], 2),
            (&[3, 4], 5),
            (&[4, 1, 5], 2),
            (&[2, 5, 3], 6),
            (&[5, 3, 1], 4),
            (&[2, 3, 2, 2], 4),
            (&[7, 2, 3], 3),
            (&[0, 3, 2], 2),
            (&[2, 0, 3], 1),
            (&[2, 3, 0], 2),
        ];
        let sample = |(x, below): (&[usize], u32)| {
            with_lengths(Sample::floats(MaskTime {}, &[x], (-2.0, 2.0)), x[0], below)
        };
        cases.into_iter().map(sample).collect()
    }
}
