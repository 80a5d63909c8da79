//! Rows picked by index, and rows summed by index: each the gradient of the other.

use attune_tensor::{DType, Error, Result};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::exec::{Lower, Work};
use crate::graph::{TensorType, Value};
use crate::ops::operands::{floats, indices, operands};
use crate::rule::{Backward, Draw, Rule, Sample};
use attune_kernels::gather as kernel;

/// `(x [rows, ..tail], index [..i]) -> [..i, ..tail]`: `y[i] = x[index[i]]`.
///
/// An index outside `0..rows` gives NaN, or ends the run with `DATA` where indices are checked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Gather {
    #[serde(default)]
    pub checked: bool,
}

/// `(index [..i], dy [..i, ..tail]) -> [rows, ..tail]`: `dx[r] = Σ dy[i]` over `index[i] = r`.
///
/// An index outside `0..rows` is passed over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScatterAdd {
    pub rows: usize,
}

impl Rule for Gather {
    const NAME: &'static str = "gather";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [x, index] = operands(inputs)?;
        floats(&[x])?;
        indices(index, "the indices")?;
        let [_, tail @ ..] = &x.shape[..] else {
            return Err(Error::shape("a scalar has no rows to pick: reshape it to [1]"));
        };
        Ok(vec![TensorType::float([&index.shape, tail].concat())])
    }

    // dx[r] = Σ dy[i] over index[i] = r
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        backward.formula(|f| {
            let rows = f.inputs[0].shape()[0];
            vec![Some(f.inputs[1].with(ScatterAdd { rows }, f.dy())), None]
        })
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let [x, index] = [inputs[0], inputs[1]];
        let (rows, tail) = (x.shape[0], &x.shape[1..]);
        let width: usize = tail.iter().product();
        let row = |&i: &f64| match i as i64 {
            i if i >= 0 && (i as usize) < rows => x.data[i as usize * width..][..width].to_vec(),
            _ => vec![f64::NAN; width],
        };
        let data = index.data.iter().flat_map(row).collect();
        vec![Array::new([&index.shape, tail].concat(), data)]
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let (x_shape, count) = (&lower.input_type(0).shape, lower.input_type(1).shape.elements());
        let (rows, cols) = (x_shape[0], x_shape[1..].iter().product());
        let plan = kernel::Gather { rows, cols, count };
        if self.checked && rows > 0 {
            lower.checked_ints(1, "indices", rows - 1);
        }
        let [x, index, y] = [lower.input(0), lower.input(1), lower.output(0)];
        let work = Work { flops: 0, bytes: 2 * lower.output_type(0).bytes() as u64 };
        lower.launch("gather", &[x, index], &[y], plan.tiles(), work, move |memory, tile| {
            // SAFETY: the slots hold the operands; tiles write disjoint rows.
            let (x, index, y) = unsafe {
                (
                    memory.read(x, rows * cols),
                    memory.read(index, count),
                    memory.write(y, count * cols),
                )
            };
            plan.run::<f32>(tile, x, index as &[i32], y);
        });
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let cases: [(&[usize], &[usize]); 10] = [
            (&[3], &[]),
            (&[3], &[5]),
            (&[3, 2], &[4]),
            (&[3, 2], &[]),
            (&[3, 2], &[0]),
            (&[3, 0], &[2]),
            (&[1, 5], &[3]),
            (&[4, 2], &[2, 3]),
            (&[4, 2, 3], &[2]),
            (&[7, 3], &[1, 1, 4]),
        ];
        let sample =
            |(x, index): (&[usize], &[usize])| {
                Sample::floats(Gather { checked: index.len() == 1 }, &[x, index], (-2.0, 2.0))
                    .integers(1, DType::Int32, x[0] as u32)
            };
        cases.into_iter().map(sample).collect()
    }
}

impl Rule for ScatterAdd {
    const NAME: &'static str = "scatterAdd";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [index, dy] = operands(inputs)?;
        indices(index, "the indices")?;
        floats(&[dy])?;
        match dy.shape.strip_prefix(&index.shape[..]) {
            Some(tail) => Ok(vec![TensorType::float([&[self.rows], tail].concat())]),
            None => Err(Error::shape(format!(
                "the values {} must begin with the sizes {} of the indices",
                dy.shape, index.shape
            ))),
        }
    }

    // ddy[i] = d[index[i]]
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        backward.formula(|f| vec![None, Some(f.dy().with(Gather::default(), f.inputs[0]))])
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let [index, dy] = [inputs[0], inputs[1]];
        let tail = &dy.shape[index.shape.rank()..];
        let width: usize = tail.iter().product();
        let mut sums = Array::full([&[self.rows], tail].concat(), 0.0);
        for (i, &row) in index.data.iter().enumerate() {
            let row = row as i64;
            if row >= 0 && (row as usize) < self.rows {
                for j in 0..width {
                    sums.data[row as usize * width + j] += dy.data[i * width + j];
                }
            }
        }
        vec![sums]
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let (index_shape, dy_shape) = (&lower.input_type(0).shape, &lower.input_type(1).shape);
        let (rows, count) = (self.rows, index_shape.elements());
        let cols = dy_shape[index_shape.rank()..].iter().product();
        let plan = kernel::ScatterAdd { rows, cols, count };
        let [index, dy, dx] = [lower.input(0), lower.input(1), lower.output(0)];
        let bytes = lower.input_type(1).bytes() + lower.output_type(0).bytes();
        let work = Work { flops: dy_shape.elements() as u64, bytes: bytes as u64 };
        lower.launch("scatterAdd", &[index, dy], &[dx], plan.tiles(), work, move |memory, tile| {
            // SAFETY: the slots hold the operands; tiles write disjoint blocks.
            let (index, dy, dx) = unsafe {
                (
                    memory.read(index, count),
                    memory.read(dy, count * cols),
                    memory.write(dx, rows * cols),
                )
            };
            plan.run(tile, dy, index as &[i32], dx);
        });
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let cases: [(usize, &[usize], &[usize]); 10] = [
            (3, &[], &[]),
            (3, &[5], &[5]),
            (3, &[4], &[4, 2]),
            (3, &[], &[2]),
            (3, &[0], &[0, 2]),
            (1, &[3], &[3, 5]),
            (4, &[2, 3], &[2, 3, 2]),
            (4, &[2], &[2, 2, 3]),
            (7, &[1, 1, 4], &[1, 1, 4, 3]),
            (2, &[6], &[6, 0]),
        ];
        let sample = |(rows, index, dy): (usize, &[usize], &[usize])| {
            let sample = Sample::floats(ScatterAdd { rows }, &[index, dy], (-2.0, 2.0));
            sample.integers(0, DType::Int32, rows as u32)
        };
        cases.into_iter().map(sample).collect()
    }
}
