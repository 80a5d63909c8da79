//! Rows by index: `y[i] = x[index[i]]`, and its gradient `dx[index[i]] += dy[i]`.
//!
//! An index outside the rows of `x` gives a row of NaN (f32) or zeros (other types), and is
//! skipped by the gradient.

use crate::{Float, Isa, Kernel, Shared, Simd, dispatch_on};

/// An element that rows are made of.
pub trait Element: Copy + Send + Sync + 'static {
    /// What a row that does not exist is filled with.
    const MISSING: Self;
}

impl Element for f32 {
    const MISSING: f32 = f32::NAN;
}
impl Element for i32 {
    const MISSING: i32 = 0;
}
impl Element for u8 {
    const MISSING: u8 = 0;
}

/// An integer that names a row.
pub trait Index: Copy + Send + Sync + 'static {
    /// The row, if it is one of `rows`.
    fn row(self, rows: usize) -> Option<usize>;
}

impl Index for i32 {
    #[inline(always)]
    fn row(self, rows: usize) -> Option<usize> {
        usize::try_from(self).ok().filter(|&row| row < rows)
    }
}
impl Index for u32 {
    #[inline(always)]
    fn row(self, rows: usize) -> Option<usize> {
        Some(self as usize).filter(|&row| row < rows)
    }
}

// ---- reference

/// `y [index, cols]` from `x [rows, cols]`.
pub fn reference<T: Element>(rows: usize, cols: usize, x: &[T], index: &[impl Index], y: &mut [T]) {
    for (i, index) in index.iter().enumerate() {
        for c in 0..cols {
            y[i * cols + c] = index.row(rows).map_or(T::MISSING, |row| x[row * cols + c]);
        }
    }
}

/// `dx [rows, cols]` from `dy [index, cols]`.
// dx[index[i]] += dy[i]
pub fn reference_scatter_add<T: Float>(
    rows: usize,
    cols: usize,
    dy: &[T],
    index: &[impl Index],
    dx: &mut [T],
) {
    dx.fill(T::ZERO);
    for (i, row) in index.iter().enumerate().filter_map(|(i, n)| Some((i, n.row(rows)?))) {
        for c in 0..cols {
            dx[row * cols + c] += dy[i * cols + c];
        }
    }
}

// ---- fast

/// `count` rows of `cols` elements out of `rows`.
#[derive(Clone, Copy, Debug)]
pub struct Gather {
    pub rows: usize,
    pub cols: usize,
    pub count: usize,
}

impl Gather {
    fn rows_per_tile(&self) -> usize {
        (16_384 / self.cols.max(1)).max(1)
    }

    pub fn tiles(&self) -> usize {
        if self.cols == 0 { 0 } else { self.count.div_ceil(self.rows_per_tile()) }
    }

    pub fn run<T: Element>(&self, tile: usize, x: &[T], index: &[impl Index], y: Shared<T>) {
        let Gather { rows, cols, count } = *self;
        assert!(x.len() >= rows * cols && index.len() >= count && y.len() >= count * cols);
        let first = tile * self.rows_per_tile();
        let taken = self.rows_per_tile().min(count - first);
        // SAFETY: within `y`; tiles are disjoint rows.
        let y = unsafe { y.range(first * cols, taken * cols) };
        for (index, y) in index[first..first + taken].iter().zip(y.chunks_exact_mut(cols)) {
            match index.row(rows) {
                Some(row) => y.copy_from_slice(&x[row * cols..][..cols]),
                None => y.fill(T::MISSING),
            }
        }
    }
}

/// Adds `count` rows of `cols` floats into `rows` rows that begin as zeros.
///
/// A tile owns a block of `dx` and looks through all indices in order, so the order of every sum
/// is that of the indices.
#[derive(Clone, Copy, Debug)]
pub struct ScatterAdd {
    pub rows: usize,
    pub cols: usize,
    pub count: usize,
}

/// The part of `dx` that one tile owns.
#[derive(Clone, Copy)]
struct Block {
    row: usize,
    rows: usize,
    col: usize,
    cols: usize,
}

struct Add<'a, I> {
    problem: ScatterAdd,
    block: Block,
    dy: &'a [f32],
    index: &'a [I],
    dx: Shared<'a, f32>,
}

impl<I: Index> Kernel for Add<'_, I> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Add { problem, block, dy, index, dx } = self;
        for row in block.row..block.row + block.rows {
            // SAFETY: within `dx`; the block is this tile's alone.
            unsafe { dx.range(row * problem.cols + block.col, block.cols) }.fill(0.0);
        }
        let whole = block.cols - block.cols % S::LANES;
        let rest = block.cols - whole;
        for (i, index) in index[..problem.count].iter().enumerate() {
            let Some(row) = index.row(problem.rows) else { continue };
            if row.wrapping_sub(block.row) >= block.rows {
                continue;
            }
            // SAFETY: the rows are within both buffers and the columns within the rows; the block
            // of `dx` is this tile's alone.
            unsafe {
                let from = dy.as_ptr().add(i * problem.cols + block.col);
                let to = dx.pointer().add(row * problem.cols + block.col);
                for c in (0..whole).step_by(S::LANES) {
                    s.store(to.add(c), s.add(s.load(to.add(c)), s.load(from.add(c))));
                }
                if rest > 0 {
                    let sum = s.add(
                        s.load_partial(to.add(whole), rest),
                        s.load_partial(from.add(whole), rest),
                    );
                    s.store_partial(to.add(whole), sum, rest);
                }
            }
        }
    }
}

// ---- dispatch

impl ScatterAdd {
    /// Columns of a block, and blocks side by side.
    fn columns(&self) -> (usize, usize) {
        let cols = self.cols.div_ceil(8).next_multiple_of(64).min(self.cols).max(1);
        (cols, self.cols.div_ceil(cols))
    }

    /// Rows of a block, and blocks below one another: few, for each looks through all indices.
    fn row_blocks(&self) -> (usize, usize) {
        let work = (self.count + self.rows) * self.cols;
        let wanted = (work / 16_384).clamp(1, 32).div_ceil(self.columns().1.max(1));
        let rows = self.rows.div_ceil(wanted).max(1);
        (rows, self.rows.div_ceil(rows))
    }

    pub fn tiles(&self) -> usize {
        self.columns().1 * self.row_blocks().1
    }

    pub fn run(&self, tile: usize, dy: &[f32], index: &[impl Index], dx: Shared<f32>) {
        self.run_on(Isa::current(), tile, dy, index, dx);
    }

    pub fn run_on(&self, isa: Isa, tile: usize, dy: &[f32], index: &[impl Index], dx: Shared<f32>) {
        let ScatterAdd { rows, cols, count } = *self;
        assert!(dx.len() >= rows * cols && index.len() >= count && dy.len() >= count * cols);
        let ((width, across), (height, _)) = (self.columns(), self.row_blocks());
        let (row, col) = (tile / across * height, tile % across * width);
        let block = Block { row, rows: height.min(rows - row), col, cols: width.min(cols - col) };
        dispatch_on(isa, Add { problem: *self, block, dy, index, dx });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::fill_uniform;

    const COLS: [usize; 12] = [0, 1, 3, 7, 8, 9, 15, 17, 64, 65, 130, 1000];

    fn values(len: usize) -> Vec<f32> {
        let mut values = vec![0.0; len];
        fill_uniform(5, "values", -1.0, 1.0, &mut values);
        values
    }

    /// Rows in and out of range, some of them often.
    fn indices(count: usize, rows: usize) -> Vec<i32> {
        (0..count as i32).map(|i| i * i % (rows as i32 + 2) - 1).collect()
    }

    #[test]
    fn rows_of_every_type_and_length_are_found() {
        for cols in COLS {
            for (rows, count) in [(0, 3), (1, 0), (5, 40), (100, 300)] {
                let gather = Gather { rows, cols, count };
                let index = indices(count, rows);
                let pixels: Vec<u8> = (0..rows * cols).map(|i| i as u8).collect();
                let (mut y, mut expected) = (vec![1; count * cols], vec![2; count * cols]);
                for tile in 0..gather.tiles() {
                    gather.run(tile, &pixels, &index, Shared::new(&mut y));
                }
                reference(rows, cols, &pixels, &index, &mut expected);
                assert!(y == expected, "{gather:?}");
            }
        }
    }

    #[test]
    fn a_row_that_does_not_exist_is_nan_or_zero() {
        let gather = Gather { rows: 2, cols: 2, count: 4 };
        let mut y = vec![0.0f32; 8];
        gather.run(0, &[1.0, 2.0, 3.0, 4.0], &[1, -1, 2, i32::MIN], Shared::new(&mut y));
        assert_eq!(y[..2], [3.0, 4.0]);
        assert!(y[2..].iter().all(|y| y.is_nan()));
        let mut y = vec![9u8; 8];
        gather.run(0, &[1, 2, 3, 4], &[1u32, 2, u32::MAX, 0], Shared::new(&mut y));
        assert_eq!(y, [3, 4, 0, 0, 0, 0, 1, 2]);
    }

    #[test]
    fn scattered_sums_have_the_bits_of_the_plain_order() {
        for isa in Isa::available() {
            for cols in COLS {
                for (rows, count) in [(0, 3), (1, 0), (1, 50), (5, 40), (3000, 300)] {
                    let scatter = ScatterAdd { rows, cols, count };
                    let (index, dy) = (indices(count, rows), values(count * cols));
                    let (mut dx, mut expected) = (vec![9.0; rows * cols], vec![9.0; rows * cols]);
                    for tile in (0..scatter.tiles()).rev() {
                        scatter.run_on(isa, tile, &dy, &index, Shared::new(&mut dx));
                    }
                    reference_scatter_add(rows, cols, &dy, &index, &mut expected);
                    assert!(dx == expected, "{isa:?} {scatter:?}");
                }
            }
        }
    }
}
