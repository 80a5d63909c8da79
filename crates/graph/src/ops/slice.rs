//! A box cut out of a tensor, `begin..end` along each axis.

use attune_tensor::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::exec::Lower;
use crate::graph::{TensorType, Value};
use crate::ops::Pad;
use crate::ops::copy::{copy, strides};
use crate::ops::operands::operands;
use crate::rule::{Backward, Draw, Rule, Sample};
use attune_kernels::copy::StridedCopy;

/// One `begin` and one `end` per axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    pub begin: Vec<usize>,
    pub end: Vec<usize>,
}

impl Rule for Slice {
    const NAME: &'static str = "slice";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [x] = operands(inputs)?;
        let Slice { begin, end } = self;
        if begin.len() != x.shape.rank() || end.len() != x.shape.rank() {
            return Err(Error::shape(format!(
                "begin {begin:?} and end {end:?} must name all {} axes",
                x.shape.rank()
            )));
        }
        for axis in 0..begin.len() {
            if begin[axis] > end[axis] || end[axis] > x.shape[axis] {
                return Err(Error::shape(format!(
                    "{}..{} is not within axis {axis} of size {}",
                    begin[axis], end[axis], x.shape[axis]
                )));
            }
        }
        let sizes: Vec<usize> = begin.iter().zip(end).map(|(begin, end)| end - begin).collect();
        Ok(vec![TensorType::new(x.dtype, sizes)])
    }

    // dx is dy within the box and 0 around it
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        let before = self.begin.clone();
        backward.formula(|f| {
            let size = f.inputs[0].shape();
            let after = size.iter().zip(&self.end).map(|(size, end)| size - end).collect();
            vec![Some(f.dy().apply(Pad { before, after }))]
        })
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let sizes: Vec<usize> = self.begin.iter().zip(&self.end).map(|(b, e)| e - b).collect();
        vec![Array::from_fn(sizes, |index| {
            let from: Vec<usize> =
                index.iter().zip(&self.begin).map(|(i, begin)| i + begin).collect();
            inputs[0].at(&from)
        })]
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let (x, y) = (&lower.input_type(0).shape, &lower.output_type(0).shape);
        let offset =
            x.strides().iter().zip(&self.begin).map(|(stride, begin)| stride * begin).sum();
        let plan = StridedCopy::new(y, offset, &strides(x), 0, &strides(y));
        copy(lower, "slice", 0, plan);
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let cases: [(&[usize], &[usize], &[usize]); 10] = [
            (&[], &[], &[]),
            (&[5], &[0], &[5]),
            (&[5], &[1], &[4]),
            (&[5], &[2], &[2]),
            (&[0], &[0], &[0]),
            (&[3, 4], &[1, 0], &[3, 4]),
            (&[3, 4], &[0, 1], &[3, 3]),
            (&[3, 4], &[2, 3], &[3, 4]),
            (&[2, 3, 4], &[0, 1, 1], &[2, 3, 4]),
            (&[2, 3, 4], &[1, 0, 0], &[2, 2, 1]),
        ];
        let sample = |(shape, begin, end): (&[usize], &[usize], &[usize])| {
            let op = Slice { begin: begin.to_vec(), end: end.to_vec() };
            Sample::floats(op, &[shape], (-2.0, 2.0))
        };
        cases.into_iter().map(sample).collect()
    }
}
