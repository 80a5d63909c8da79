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

    /// The array whose element at each index is `f(index)`.
    pub fn from_fn(shape: impl Into<Shape>, mut f: impl FnMut(&[usize]) -> f64) -> Self {
        let shape = shape.into();
        let mut index = vec![0; shape.rank()];
        let mut data = Vec::with_capacity(shape.elements());
        for _ in 0..shape.elements() {
            data.push(f(&index));
            for axis in (0..shape.rank()).rev() {
                index[axis] += 1;
                if index[axis] < shape[axis] {
                    break;
                }
                index[axis] = 0;
            }
        }
        Array { shape, data }
    }

    /// The element at an index.
    pub fn at(&self, index: &[usize]) -> f64 {
        let flat =
            index.iter().zip(self.shape.strides()).map(|(i, stride)| i * stride).sum::<usize>();
        self.data[flat]
    }

    /// The element that an index into a broadcast result reads: axes aligned at the end, sizes of
    /// 1 repeated.
    pub fn at_broadcast(&self, index: &[usize]) -> f64 {
        let index = &index[index.len() - self.shape.rank()..];
        let own: Vec<usize> = index
            .iter()
            .zip(self.shape.iter())
            .map(|(&i, &size)| if size == 1 { 0 } else { i })
            .collect();
        self.at(&own)
    }

    pub fn map(&self, f: impl FnMut(f64) -> f64) -> Self {
        Array { shape: self.shape.clone(), data: self.data.iter().copied().map(f).collect() }
    }
}
