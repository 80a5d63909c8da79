//! Matrix products: `C = A B` with `B` in panels, `dW = Xᵀ dY` as an outer product over rows.
//!
//! `A Bᵀ` is [`MatMul`] with transposed panels, `Aᵀ B` is [`WeightGradient`].

mod matmul;
mod micro;
mod outer;
mod splits;
mod sum_squares;
mod weight_gradient;

pub use matmul::MatMul;
pub(crate) use micro::{Block, multiply_rows};
pub use splits::Splits;
pub use sum_squares::sum_squares;
pub use weight_gradient::WeightGradient;

pub mod reference {
    //! Plain loops that define the products.

    pub use super::matmul::reference as matmul;
    pub use super::sum_squares::reference as sum_squares;
    pub use super::weight_gradient::reference as weight_gradient;
}

/// The part of an output matrix that one tile writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Which matrix of the batch.
    pub matrix: usize,
    pub row: usize,
    pub rows: usize,
    pub col: usize,
    pub cols: usize,
}

/// Cuts `rows x cols` into blocks of whole strips: tiles count down a column block, then go on right.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    pub rows: usize,
    pub cols: usize,
    pub row_step: usize,
    pub col_step: usize,
}

/// Rows of a block are a multiple of every instruction set's tile rows, columns of every panel width.
pub(crate) const ROW_UNIT: usize = 12;
pub(crate) const COL_UNIT: usize = 32;

impl Grid {
    pub fn down(&self) -> usize {
        pieces(self.rows, self.row_step)
    }

    pub fn tiles(&self) -> usize {
        self.down() * pieces(self.cols, self.col_step)
    }

    pub fn region(&self, matrix: usize, tile: usize) -> Region {
        let (right, below) = quotient(tile, self.down());
        let (row, col) = (below * self.row_step, right * self.col_step);
        let (rows, cols) = (self.row_step.min(self.rows - row), self.col_step.min(self.cols - col));
        Region { matrix, row, rows, col, cols }
    }
}

/// `size / step`, rounded up; small products are one piece, and divisions would be half their time.
fn pieces(size: usize, step: usize) -> usize {
    if size > step { size.div_ceil(step) } else { size.min(1) }
}

/// `index / size` and what remains.
pub(crate) fn quotient(index: usize, size: usize) -> (usize, usize) {
    if index < size { (0, index) } else { (index / size, index % size) }
}

/// The step that cuts `size` into `parts` nearly equal pieces of whole units.
pub(crate) fn even_step(size: usize, parts: usize, unit: usize) -> usize {
    size.div_ceil(parts.max(1)).next_multiple_of(unit).max(unit)
}

#[cfg(test)]
mod tests {
    /// Values in [-1, 1) that depend on the index and the seed alone.
    pub fn values(len: usize, seed: u64) -> Vec<f32> {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        };
        (0..len).map(|_| next()).collect()
    }

    pub fn assert_near(got: &[f32], expected: &[f32], tolerance: f32, what: &str) {
        assert_eq!(got.len(), expected.len(), "{what}");
        for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
            assert!(
                (got - expected).abs() <= tolerance,
                "{what}: [{i}] {got}, expected {expected}"
            );
        }
    }
}
