//! Permutation of the axes: axis `i` of the result is axis `permutation[i]` of the operand.

use attune_tensor::{DType, Error, Result};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::exec::{Lower, Work};
use crate::graph::{TensorType, Value};
use crate::ops::operands::{axes, operands};
use crate::rule::{Backward, Draw, Rule, Sample};
use attune_kernels::transpose as kernel;

/// Every axis is named once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transpose {
    pub permutation: Vec<usize>,
}

impl Transpose {
    /// The permutation that undoes this one.
    fn inverse(&self) -> Transpose {
        let mut permutation = vec![0; self.permutation.len()];
        for (to, &from) in self.permutation.iter().enumerate() {
            permutation[from] = to;
        }
        Transpose { permutation }
    }
}

impl Rule for Transpose {
    const NAME: &'static str = "transpose";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [x] = operands(inputs)?;
        let rank = x.shape.rank();
        if self.permutation.len() != rank {
            let named = &self.permutation;
            return Err(Error::shape(format!(
                "the permutation {named:?} must name all {rank} axes"
            )));
        }
        let list: Vec<i64> =
            self.permutation.iter().map(|&a| i64::try_from(a).unwrap_or(i64::MAX)).collect();
        axes(&list, rank)?;
        let sizes: Vec<usize> = self.permutation.iter().map(|&axis| x.shape[axis]).collect();
        Ok(vec![TensorType::new(x.dtype, sizes)])
    }

    // dx is dy with the axes put back
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        let inverse = self.inverse();
        backward.formula(|f| vec![Some(f.dy().apply(inverse))])
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let x = inputs[0];
        let sizes: Vec<usize> = self.permutation.iter().map(|&axis| x.shape[axis]).collect();
        let mut from = vec![0; x.shape.rank()];
        vec![Array::from_fn(sizes, |index| {
            for (&axis, &i) in self.permutation.iter().zip(index) {
                from[axis] = i;
            }
            x.at(&from)
        })]
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let (x, y, x_type) = (lower.input(0), lower.output(0), lower.input_type(0));
        let (len, dtype) = (x_type.shape.elements(), x_type.dtype);
        let plan = kernel::Transpose::new(&x_type.shape, &self.permutation);
        let work = Work { flops: 0, bytes: 2 * x_type.bytes() as u64 };
        lower.launch(
            "transpose",
            &[x],
            &[y],
            plan.tiles(),
            work,
            move |memory, tile| match dtype {
                // SAFETY: the slots hold tensors of one-byte elements; tiles write disjoint elements.
                DType::Uint8 => unsafe {
                    plan.run::<u8>(tile, memory.read(x, len), memory.write(y, len));
                },
                // SAFETY: the slots hold tensors of four-byte elements; tiles write disjoint elements.
                DType::Float32 | DType::Int32 => unsafe {
                    plan.run::<u32>(tile, memory.read(x, len), memory.write(y, len));
                },
            },
        );
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let cases: [(&[usize], &[usize]); 11] = [
            (&[], &[]),
            (&[5], &[0]),
            (&[2, 3], &[1, 0]),
            (&[2, 3], &[0, 1]),
            (&[1, 7], &[1, 0]),
            (&[0, 3], &[1, 0]),
            (&[2, 3, 4], &[0, 2, 1]),
            (&[2, 3, 4], &[2, 0, 1]),
            (&[2, 3, 4], &[1, 0, 2]),
            (&[2, 3, 2, 2], &[3, 1, 0, 2]),
            (&[2, 3, 2, 3], &[0, 2, 1, 3]),
        ];
        let sample = |(shape, permutation): (&[usize], &[usize])| {
            Sample::floats(Transpose { permutation: permutation.to_vec() }, &[shape], (-2.0, 2.0))
        };
        cases.into_iter().map(sample).collect()
    }
}
