//! The same elements under another shape.

use attune_tensor::{DType, Error, Result, Shape};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::graph::{TensorType, Value};
use crate::ops::operands::operands;
use crate::rule::{Backward, Draw, Rule, Sample};

/// One size may be -1: it takes what the others leave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reshape {
    pub shape: Vec<i64>,
}

impl Reshape {
    /// The shape that `elements` elements take.
    fn resolve(&self, elements: usize) -> Result<Shape> {
        let wanted = &self.shape;
        let fail = |why: String| Error::shape(format!("a shape of {wanted:?} does not fit: {why}"));
        if let Some(size) = wanted.iter().find(|&&size| size < -1) {
            return Err(fail(format!("{size} is no size")));
        }
        let known = Shape::new(
            wanted.iter().filter(|&&size| size >= 0).map(|&size| size as usize).collect::<Vec<_>>(),
        )
        .checked_elements()?;
        let rest = match wanted.iter().filter(|&&size| size == -1).count() {
            0 => 1,
            1 if known > 0 => elements / known,
            1 => return Err(fail("beside a size of 0, -1 could be anything".to_owned())),
            _ => return Err(fail("only one size may be -1".to_owned())),
        };
        if known * rest != elements {
            return Err(fail(format!("{elements} elements do not fill it")));
        }
        let sizes = wanted.iter().map(|&size| if size == -1 { rest } else { size as usize });
        Ok(Shape::new(sizes.collect::<Vec<_>>()))
    }
}

impl Rule for Reshape {
    const NAME: &'static str = "reshape";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [x] = operands(inputs)?;
        Ok(vec![TensorType::new(x.dtype, self.resolve(x.shape.elements())?)])
    }

    // dx is dy in the shape of x
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        backward.formula(|f| vec![Some(f.dy().reshape(&f.inputs[0].shape()))])
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let shape = self.resolve(inputs[0].data.len()).expect("inferred before");
        vec![Array::new(shape, inputs[0].data.clone())]
    }

    fn alias(&self) -> bool {
        true
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> u64 {
        0
    }

    fn samples() -> Vec<Sample<Self>> {
        let cases: [(&[usize], &[i64]); 10] = [
            (&[], &[]),
            (&[], &[1, 1]),
            (&[1], &[]),
            (&[6], &[2, 3]),
            (&[2, 3], &[-1]),
            (&[2, 3, 4], &[4, -1]),
            (&[0], &[0, 5]),
            (&[2, 0, 3], &[-1, 7]),
            (&[5, 1], &[1, 5]),
            (&[2, 3, 4], &[2, 12]),
        ];
        let sample = |(from, to): (&[usize], &[i64])| {
            Sample::floats(Reshape { shape: to.to_vec() }, &[from], (-2.0, 2.0))
        };
        let integers = cases[3..6].iter().map(|&case| sample(case).integers(0, DType::Int32, 9));
        cases.into_iter().map(sample).chain(integers).collect()
    }
}
