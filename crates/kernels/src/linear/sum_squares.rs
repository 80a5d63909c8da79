//! `Σ x²` over part of a matrix, for the gradient norm while the gradient is in the cache.

use crate::float::Float;
use crate::isa::{Isa, Kernel, dispatch_on};
use crate::lanes::Simd;

/// Floats whose squares are summed in f32 before they join the f64 sum.
const RUN: usize = 1024;

/// The sum of squares of `rows x cols` elements of `x`, rows `ld` floats apart.
pub fn sum_squares(rows: usize, cols: usize, ld: usize, x: &[f32]) -> f64 {
    sum_squares_on(Isa::current(), rows, cols, ld, x)
}

fn sum_squares_on(isa: Isa, rows: usize, cols: usize, ld: usize, x: &[f32]) -> f64 {
    if rows == 0 || cols == 0 {
        return 0.0;
    }
    let dense = ld == cols;
    let (rows, cols) = if dense { (1, rows * cols) } else { (rows, cols) };
    dispatch_on(isa, SumSquares { rows, cols, ld, x })
}

// ---- reference

/// The sum of squares in the type of the elements.
pub fn reference<T: Float>(rows: usize, cols: usize, ld: usize, x: &[T]) -> T {
    (0..rows).flat_map(|i| &x[i * ld..][..cols]).map(|&x| x * x).sum()
}

// ---- fast

struct SumSquares<'a> {
    rows: usize,
    cols: usize,
    ld: usize,
    x: &'a [f32],
}

impl Kernel for SumSquares<'_> {
    type Output = f64;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> f64 {
        let mut total = 0.0;
        for i in 0..self.rows {
            for run in self.x[i * self.ld..][..self.cols].chunks(RUN) {
                total += f64::from(squares(simd, run));
            }
        }
        total
    }
}

#[inline(always)]
fn squares<S: Simd>(simd: S, x: &[f32]) -> f32 {
    let mut sums = [simd.zero(); 4];
    let mut blocks = x.chunks_exact(4 * S::LANES);
    for block in &mut blocks {
        for (u, sum) in sums.iter_mut().enumerate() {
            // SAFETY: the block holds four vectors.
            let x = unsafe { simd.load(block.as_ptr().add(u * S::LANES)) };
            *sum = simd.fma(x, x, *sum);
        }
    }
    for rest in blocks.remainder().chunks(S::LANES) {
        // SAFETY: `rest` holds as many floats as are read.
        let x = unsafe { simd.load_partial(rest.as_ptr(), rest.len()) };
        sums[0] = simd.fma(x, x, sums[0]);
    }
    simd.sum(simd.add(simd.add(sums[0], sums[1]), simd.add(sums[2], sums[3])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear::tests::values;

    #[test]
    fn sums_of_squares_equal_the_reference_for_dense_and_strided_parts() {
        for isa in Isa::available() {
            for rows in [0, 1, 3, 40] {
                for cols in [0, 1, 7, 8, 9, 31, 33, 1500] {
                    for ld in [cols, cols + 3] {
                        let x = values(rows * ld, 5);
                        let exact: Vec<f64> = x.iter().map(|&x| x.into()).collect();
                        let expected = reference(rows, cols, ld, &exact);
                        let sum = sum_squares_on(isa, rows, cols, ld, &x);
                        let error = (sum - expected).abs();
                        assert!(
                            error <= 1e-6 * expected,
                            "{isa:?} {rows} x {cols}: {sum} {expected}"
                        );
                    }
                }
            }
        }
    }
}
