//! Zeros around a tensor: `before` and `after` along each axis.

use attune_tensor::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::exec::{Lower, Work};
use crate::graph::{TensorType, Value};
use crate::ops::Slice;
use crate::ops::copy::{copy, strides};
use crate::ops::operands::operands;
use crate::rule::{Backward, Draw, Rule, Sample};
use attune_kernels::copy::StridedCopy;

/// One count `before` and one `after` per axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pad {
    pub before: Vec<usize>,
    pub after: Vec<usize>,
}

/// Bytes that one tile sets to zero.
const ZEROED: usize = 1 << 16;

impl Pad {
    /// The padded sizes.
    fn sizes(&self, from: &[usize]) -> Result<Vec<usize>> {
        let Pad { before, after } = self;
        if before.len() != from.len() || after.len() != from.len() {
            return Err(Error::shape(format!(
                "before {before:?} and after {after:?} must name all {} axes",
                from.len()
            )));
        }
        let size = |axis: usize| from[axis].checked_add(before[axis])?.checked_add(after[axis]);
        (0..from.len()).map(size).collect::<Option<Vec<_>>>().ok_or_else(|| {
            Error::shape(format!("before {before:?} and after {after:?} exceed all memory"))
        })
    }
}

impl Rule for Pad {
    const NAME: &'static str = "pad";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [x] = operands(inputs)?;
        Ok(vec![TensorType::new(x.dtype, self.sizes(&x.shape)?)])
    }

    // dx is the part of dy that x fills
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        let begin = self.before.clone();
        backward.formula(|f| {
            let size = f.inputs[0].shape();
            let end = size.iter().zip(&begin).map(|(size, begin)| size + begin).collect();
            vec![Some(f.dy().apply(Slice { begin, end }))]
        })
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let x = inputs[0];
        vec![Array::from_fn(self.sizes(&x.shape).expect("inferred before"), |index| {
            let from = index.iter().zip(&self.before).map(|(i, before)| i.checked_sub(*before));
            let inside = from.zip(x.shape.iter()).map(|(i, &size)| i.filter(|&i| i < size));
            inside.collect::<Option<Vec<usize>>>().map_or(0.0, |from| x.at(&from))
        })]
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let (x, y) = (&lower.input_type(0).shape, &lower.output_type(0).shape);
        let offset =
            y.strides().iter().zip(&self.before).map(|(stride, before)| stride * before).sum();
        let plan = StridedCopy::new(x, 0, &strides(x), offset, &strides(y));
        let (target, bytes) = (lower.output(0), lower.output_type(0).bytes());
        let work = Work { flops: 0, bytes: bytes as u64 };
        lower.launch("zero", &[], &[target], bytes.div_ceil(ZEROED), work, move |memory, tile| {
            let start = tile * ZEROED;
            // SAFETY: the slot holds `bytes` bytes, and tiles write disjoint ranges of them.
            unsafe { memory.write::<u8>(target, bytes).range(start, ZEROED.min(bytes - start)) }
                .fill(0);
        });
        copy(lower, "pad", 0, plan);
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let cases: [(&[usize], &[usize], &[usize]); 10] = [
            (&[], &[], &[]),
            (&[3], &[0], &[0]),
            (&[3], &[1], &[2]),
            (&[0], &[2], &[1]),
            (&[1], &[0], &[7]),
            (&[2, 3], &[1, 0], &[0, 2]),
            (&[2, 3], &[1, 1], &[1, 1]),
            (&[0, 3], &[1, 1], &[0, 1]),
            (&[2, 3, 2], &[0, 1, 1], &[1, 0, 2]),
            (&[2, 2, 2, 1], &[0, 1, 1, 0], &[0, 1, 1, 0]),
        ];
        let sample = |(shape, before, after): (&[usize], &[usize], &[usize])| {
            let op = Pad { before: before.to_vec(), after: after.to_vec() };
            Sample::floats(op, &[shape], (-2.0, 2.0))
        };
        cases.into_iter().map(sample).collect()
    }
}
