//! Permutes the axes of a tensor of 4-byte elements: `y[i[p[0]], i[p[1]], ...] = x[i[0], i[1], ...]`.

use crate::copy::{Axis, StridedCopy, Walk, collapse};
use crate::{Shared, copy};

// ---- reference

/// Axis `k` of `y` is axis `permutation[k]` of `x`.
pub fn reference<T: Copy>(sizes: &[usize], permutation: &[usize], x: &[T], y: &mut [T]) {
    let (sizes, x_strides, y_strides) = views(sizes, permutation);
    copy::reference(&sizes, x, 0, &x_strides, y, 0, &y_strides);
}

/// The output's sizes, and the strides of both sides in the output's order of axes.
fn views(sizes: &[usize], permutation: &[usize]) -> (Vec<usize>, Vec<isize>, Vec<isize>) {
    let row_major = |sizes: &[usize]| {
        let mut strides = vec![1isize; sizes.len()];
        for k in (1..sizes.len()).rev() {
            strides[k - 1] = strides[k] * sizes[k] as isize;
        }
        strides
    };
    let x_strides = row_major(sizes);
    let out: Vec<usize> = permutation.iter().map(|&axis| sizes[axis]).collect();
    let y_strides = row_major(&out);
    (out, permutation.iter().map(|&axis| x_strides[axis]).collect(), y_strides)
}

// ---- fast

/// A permutation of axes, with neighbours that stay together joined.
#[derive(Clone, Debug)]
pub struct Transpose {
    len: usize,
    plan: Plan,
}

#[derive(Clone, Debug)]
enum Plan {
    /// The last axis stays last: runs of consecutive elements move as they are.
    Runs(StridedCopy),
    /// The last axis of `x` and that of `y` differ: matrices `[a, b] -> [b, a]` in blocks.
    Matrices {
        /// All other axes.
        outer: Vec<Axis>,
        /// The last axis of `y`, and its stride in `x`.
        a: usize,
        a_stride: isize,
        /// The last axis of `x`, and its stride in `y`.
        b: usize,
        b_stride: isize,
    },
}

/// Rows and columns of a block: both of its sides are whole cache lines.
const BLOCK: usize = 16;
/// Elements of one tile.
const TILE: usize = 16_384;

impl Transpose {
    /// Axis `k` of the output is axis `permutation[k]` of the input.
    ///
    /// # Panics
    /// If `permutation` is none, or the rank is above 8.
    pub fn new(sizes: &[usize], permutation: &[usize]) -> Self {
        let mut sorted = permutation.to_vec();
        sorted.sort_unstable();
        assert!(sorted.iter().copied().eq(0..sizes.len()), "{permutation:?} is no permutation");
        let (out, x_strides, y_strides) = views(sizes, permutation);
        let axes: Vec<Axis> = (0..out.len())
            .map(|k| Axis { size: out[k], x: x_strides[k], y: y_strides[k] })
            .collect();
        let mut outer = collapse(&axes);
        let len = out.iter().product();
        let plan = match outer.iter().position(|axis| axis.x == 1) {
            Some(last) if last + 1 < outer.len() && len > 0 => {
                let a = outer.pop().expect("it has an axis after another");
                let b = outer.remove(last);
                let (a, a_stride, b, b_stride) = (a.size, a.x, b.size, b.y);
                Plan::Matrices { outer, a, a_stride, b, b_stride }
            }
            _ => Plan::Runs(StridedCopy::new(&out, 0, &x_strides, 0, &y_strides)),
        };
        Transpose { len, plan }
    }

    /// Runs one tile; `T` has 4 bytes or any other size, but 4 is what blocks are measured for.
    pub fn run<T: Copy + Default>(&self, tile: usize, x: &[T], y: Shared<T>) {
        assert!(x.len() >= self.len && y.len() >= self.len);
        let (outer, a, a_stride, b, b_stride) = match &self.plan {
            Plan::Runs(copy) => return copy.run(tile, x, y),
            Plan::Matrices { outer, a, a_stride, b, b_stride } => {
                (outer, *a, *a_stride, *b, *b_stride)
            }
        };
        let blocks = a.div_ceil(BLOCK) * b.div_ceil(BLOCK);
        let count: usize = outer.iter().map(|axis| axis.size).product::<usize>() * blocks;
        let per_tile = self.blocks_per_tile();
        let (first, end) = (tile * per_tile, count.min((tile + 1) * per_tile));
        let mut walk = Walk::new(outer, first / blocks);
        let mut block = first % blocks;
        for _ in first..end {
            // Down the columns of y first: its rows are written whole, line after line.
            let (i, j) = (block % a.div_ceil(BLOCK) * BLOCK, block / a.div_ceil(BLOCK) * BLOCK);
            let from = walk.x + i as isize * a_stride + j as isize;
            let to = walk.y + j as isize * b_stride + i as isize;
            let (rows, cols) = (BLOCK.min(a - i), BLOCK.min(b - j));
            // SAFETY: the block is within both tensors, whose length was checked; blocks of
            // different tiles are different elements of `y`.
            unsafe {
                let (x, y) = (x.as_ptr().offset(from), y.pointer().offset(to));
                if rows == BLOCK && cols == BLOCK {
                    whole_block(x, a_stride, y, b_stride);
                } else {
                    part_block(x, a_stride, y, b_stride, rows, cols);
                }
            }
            block += 1;
            if block == blocks {
                block = 0;
                walk.next();
            }
        }
    }

    fn blocks_per_tile(&self) -> usize {
        match &self.plan {
            Plan::Runs(_) => 1,
            Plan::Matrices { a, b, .. } => (TILE / (BLOCK.min(*a) * BLOCK.min(*b))).max(1),
        }
    }

    // ---- dispatch

    pub fn tiles(&self) -> usize {
        match &self.plan {
            Plan::Runs(copy) => copy.tiles(),
            Plan::Matrices { outer, a, b, .. } => {
                let blocks = a.div_ceil(BLOCK) * b.div_ceil(BLOCK);
                let count = outer.iter().map(|axis| axis.size).product::<usize>() * blocks;
                count.div_ceil(self.blocks_per_tile())
            }
        }
    }
}

/// A block through a copy of it, so that both sides are read and written in whole lines.
///
/// # Safety
/// `BLOCK` rows of `BLOCK` elements are within both buffers.
#[inline(always)]
unsafe fn whole_block<T: Copy + Default>(x: *const T, x_stride: isize, y: *mut T, y_stride: isize) {
    let mut turned = [[T::default(); BLOCK]; BLOCK];
    for i in 0..BLOCK {
        // SAFETY: the caller vouches for the row.
        let row = unsafe { x.offset(i as isize * x_stride).cast::<[T; BLOCK]>().read_unaligned() };
        for j in 0..BLOCK {
            turned[j][i] = row[j];
        }
    }
    for (j, row) in turned.iter().enumerate() {
        // SAFETY: the caller vouches for the row.
        unsafe { y.offset(j as isize * y_stride).cast::<[T; BLOCK]>().write_unaligned(*row) };
    }
}

/// # Safety
/// `rows` rows of `cols` elements of `x`, and `cols` rows of `rows` of `y`, are within the buffers.
#[inline(always)]
unsafe fn part_block<T: Copy>(
    x: *const T,
    x_stride: isize,
    y: *mut T,
    y_stride: isize,
    rows: usize,
    cols: usize,
) {
    for j in 0..cols as isize {
        for i in 0..rows as isize {
            // SAFETY: the caller vouches for i < rows and j < cols.
            unsafe { *y.offset(j * y_stride + i) = *x.offset(i * x_stride + j) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(sizes: &[usize], permutation: &[usize]) {
        let len = sizes.iter().product();
        let x: Vec<u32> = (1..=len as u32).collect();
        let (mut y, mut expected) = (vec![0; len], vec![0; len]);
        let transpose = Transpose::new(sizes, permutation);
        (0..transpose.tiles()).for_each(|tile| transpose.run(tile, &x, Shared::new(&mut y)));
        reference(sizes, permutation, &x, &mut expected);
        assert!(y == expected, "{sizes:?} by {permutation:?}");
    }

    #[test]
    fn a_matrix_turns_over() {
        let mut y = vec![0.0; 6];
        Transpose::new(&[2, 3], &[1, 0]).run(
            0,
            &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            Shared::new(&mut y),
        );
        assert_eq!(y, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    }

    #[test]
    fn matrices_of_every_size_around_a_block_follow_the_reference() {
        for a in [0, 1, 2, 15, 16, 17, 31, 33, 100] {
            for b in [0, 1, 3, 15, 16, 17, 32, 47, 300] {
                check(&[a, b], &[1, 0]);
                check(&[3, a, b], &[0, 2, 1]);
                check(&[a, 2, b], &[2, 1, 0]);
            }
        }
        check(&[8, 64, 4, 32], &[0, 2, 1, 3]);
        check(&[8, 64, 4, 32], &[3, 0, 2, 1]);
        check(&[], &[]);
    }

    proptest! {
        #[test]
        fn any_permutation_follows_the_reference(
            sizes in proptest::collection::vec(1usize..20, 0..5),
            order in proptest::collection::vec(0u32..1000, 5),
        ) {
            let mut permutation: Vec<usize> = (0..sizes.len()).collect();
            permutation.sort_by_key(|&k| order[k]);
            check(&sizes, &permutation);
        }
    }
}
