//! The sizes of a tensor's axes.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Sizes of the axes, outermost first; memory is row-major.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Shape(Vec<usize>);

impl Shape {
    pub fn new(sizes: impl Into<Vec<usize>>) -> Self {
        Shape(sizes.into())
    }

    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// The product of all sizes: 1 for a scalar.
    pub fn elements(&self) -> usize {
        self.0.iter().product()
    }

    /// The product of all sizes, or an error if it, or that of some sizes, does not fit memory.
    pub fn checked_elements(&self) -> Result<usize> {
        self.0
            .iter()
            .try_fold(1usize, |n, &size| n.checked_mul(size.max(1)))
            .filter(|&n| n <= isize::MAX as usize / 8)
            .map(|_| self.elements())
            .ok_or_else(|| Error::shape(format!("{self} has more elements than memory has bytes")))
    }

    /// Elements between neighbours along each axis.
    pub fn strides(&self) -> Vec<usize> {
        let mut strides = vec![1; self.rank()];
        for axis in (1..self.rank()).rev() {
            strides[axis - 1] = strides[axis] * self.0[axis];
        }
        strides
    }

    /// The shape two operands stretch to: axes are aligned at the end, a size of 1 repeats.
    pub fn broadcast(&self, other: &Shape) -> Result<Shape> {
        let rank = self.rank().max(other.rank());
        let size = |shape: &Shape, axis: usize| {
            (axis + shape.rank()).checked_sub(rank).map_or(1, |axis| shape.0[axis])
        };
        let sizes = (0..rank).map(|axis| match (size(self, axis), size(other, axis)) {
            (a, b) if a == b => Ok(a),
            (1, b) => Ok(b),
            (a, 1) => Ok(a),
            (a, b) => Err(Error::shape(format!(
                "{self} and {other} do not broadcast: sizes {a} and {b} differ and neither is 1"
            ))),
        });
        sizes.collect::<Result<Vec<_>>>().map(Shape)
    }
}

impl std::ops::Deref for Shape {
    type Target = [usize];
    fn deref(&self) -> &[usize] {
        &self.0
    }
}

impl From<&[usize]> for Shape {
    fn from(sizes: &[usize]) -> Self {
        Shape(sizes.to_vec())
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(sizes: [usize; N]) -> Self {
        Shape(sizes.to_vec())
    }
}

impl From<Vec<usize>> for Shape {
    fn from(sizes: Vec<usize>) -> Self {
        Shape(sizes)
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sizes: Vec<String> = self.0.iter().map(usize::to_string).collect();
        write!(f, "[{}]", sizes.join(", "))
    }
}
