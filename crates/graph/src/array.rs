//! A tensor of f64 values, for references and gradient checks.

use attune_tensor::Shape;

/// Values of any element type as f64, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    pub shape: Shape,
    pub data: Vec<f64>,
}

impl Array {
    pub fn new(shape: impl Into<Shape>, data: Vec<f64>) -> Self {
        let shape = shape.into();
        assert_eq!(shape.elements(), data.len(), "{shape} holds another number of values");
        Array { shape, data }
    }

    pub fn full(shape: impl Into<Shape>, value: f64) -> Self {
        let shape = shape.into();
        let data = vec![value; shape.elements()];
        Array { shape, data }
    }
}
