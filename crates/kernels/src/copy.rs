//! Copies between strided views of any element type: slice, pad, concat, broadcast, flip.

use crate::Shared;

/// Axes of a copy, before those of size 1 and those that lie behind one another are joined.
pub const MAX_RANK: usize = 8;

/// One axis: its size and the elements between its neighbours in input and output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Axis {
    pub size: usize,
    pub x: isize,
    pub y: isize,
}

// ---- reference

/// Copies element by element; a stride of 0 repeats, a negative one walks backwards.
pub fn reference<T: Copy>(
    sizes: &[usize],
    x: &[T],
    x_offset: usize,
    x_strides: &[isize],
    y: &mut [T],
    y_offset: usize,
    y_strides: &[isize],
) {
    for flat in 0..sizes.iter().product() {
        let (mut rest, mut from, mut to) = (flat, x_offset as isize, y_offset as isize);
        for axis in (0..sizes.len()).rev() {
            let i = (rest % sizes[axis]) as isize;
            rest /= sizes[axis];
            from += i * x_strides[axis];
            to += i * y_strides[axis];
        }
        y[to as usize] = x[from as usize];
    }
}

// ---- fast

/// A copy of `sizes` elements from one strided view to another.
#[derive(Clone, Debug)]
pub struct StridedCopy {
    /// All axes but the innermost, outermost first.
    outer: Vec<Axis>,
    inner: Axis,
    x_offset: usize,
    y_offset: usize,
    /// Elements that each buffer must have.
    x_len: usize,
    y_len: usize,
}

/// Elements of one tile.
const TILE: usize = 16_384;

impl StridedCopy {
    /// Strides count elements: 0 repeats the input, a negative one walks backwards from the offset.
    ///
    /// # Panics
    /// If the rank is above [`MAX_RANK`], the lists differ in length, or a view starts before 0.
    pub fn new(
        sizes: &[usize],
        x_offset: usize,
        x_strides: &[isize],
        y_offset: usize,
        y_strides: &[isize],
    ) -> Self {
        assert!(sizes.len() <= MAX_RANK, "rank {} is above {MAX_RANK}", sizes.len());
        assert!(x_strides.len() == sizes.len() && y_strides.len() == sizes.len());
        let axes: Vec<Axis> = (0..sizes.len())
            .map(|k| Axis { size: sizes[k], x: x_strides[k], y: y_strides[k] })
            .collect();
        let x_len = extent(x_offset, axes.iter().map(|a| (a.size, a.x)));
        let y_len = extent(y_offset, axes.iter().map(|a| (a.size, a.y)));
        let mut outer = collapse(&axes);
        let inner = outer.pop().unwrap_or(Axis { size: 1, x: 1, y: 1 });
        StridedCopy { outer, inner, x_offset, y_offset, x_len, y_len }
    }

    fn outer_count(&self) -> usize {
        self.outer.iter().map(|axis| axis.size).product()
    }

    /// Pieces that a long inner axis is cut into.
    fn pieces(&self) -> usize {
        self.inner.size.div_ceil(TILE)
    }

    fn runs_per_tile(&self) -> usize {
        (TILE / self.inner.size.max(1)).max(1)
    }

    pub fn tiles(&self) -> usize {
        match self.pieces() {
            0 => 0,
            1 => self.outer_count().div_ceil(self.runs_per_tile()),
            pieces => self.outer_count() * pieces,
        }
    }

    pub fn run<T: Copy>(&self, tile: usize, x: &[T], y: Shared<T>) {
        assert!(x.len() >= self.x_len && y.len() >= self.y_len);
        let (x, y) = (x.as_ptr(), y.pointer());
        let pieces = self.pieces();
        let (first, runs, start, len) = if pieces == 1 {
            let first = tile * self.runs_per_tile();
            (first, self.runs_per_tile().min(self.outer_count() - first), 0, self.inner.size)
        } else {
            let start = tile % pieces * TILE;
            (tile / pieces, 1, start, TILE.min(self.inner.size - start))
        };
        let mut walk = Walk::new(&self.outer, first);
        for _ in 0..runs {
            let from = self.x_offset as isize + walk.x + start as isize * self.inner.x;
            let to = self.y_offset as isize + walk.y + start as isize * self.inner.y;
            // SAFETY: `extent` counted every index of both views, and the buffers are that long;
            // runs of different tiles are different elements of `y`.
            unsafe { copy_run(x.offset(from), self.inner.x, y.offset(to), self.inner.y, len) };
            walk.next();
        }
    }
}

/// # Safety
/// `len` elements at these strides are within both buffers, which do not overlap.
#[inline(always)]
unsafe fn copy_run<T: Copy>(x: *const T, x_stride: isize, y: *mut T, y_stride: isize, len: usize) {
    // SAFETY: the caller vouches for all of it.
    unsafe {
        match (x_stride, y_stride) {
            // A call to memcpy costs more than a few moves.
            (1, 1) if len >= 16 => std::ptr::copy_nonoverlapping(x, y, len),
            (0, 1) => std::slice::from_raw_parts_mut(y.cast::<std::mem::MaybeUninit<T>>(), len)
                .fill(std::mem::MaybeUninit::new(*x)),
            _ => {
                for i in 0..len as isize {
                    *y.offset(i * y_stride) = *x.offset(i * x_stride);
                }
            }
        }
    }
}

/// Elements that a view needs its buffer to have.
pub(crate) fn extent(offset: usize, axes: impl Iterator<Item = (usize, isize)>) -> usize {
    let (mut low, mut high) = (offset as isize, offset as isize);
    for (size, stride) in axes {
        if size == 0 {
            return 0;
        }
        let reach = (size - 1) as isize * stride;
        low += reach.min(0);
        high += reach.max(0);
    }
    assert!(low >= 0, "a strided view starts before its buffer");
    high as usize + 1
}

/// Drops axes of size 1 and joins those that one pair of strides walks through.
pub(crate) fn collapse(axes: &[Axis]) -> Vec<Axis> {
    let mut joined: Vec<Axis> = Vec::with_capacity(axes.len());
    for &axis in axes.iter().filter(|axis| axis.size != 1) {
        let size = axis.size as isize;
        match joined.last_mut() {
            Some(last) if last.x == size * axis.x && last.y == size * axis.y => {
                *last = Axis { size: last.size * axis.size, ..axis };
            }
            _ => joined.push(axis),
        }
    }
    joined
}

/// Counts through the outer axes in row-major order and keeps both offsets.
pub(crate) struct Walk<'a> {
    axes: &'a [Axis],
    at: [usize; MAX_RANK],
    pub x: isize,
    pub y: isize,
}

impl<'a> Walk<'a> {
    pub fn new(axes: &'a [Axis], mut flat: usize) -> Self {
        let mut walk = Walk { axes, at: [0; MAX_RANK], x: 0, y: 0 };
        for (k, axis) in axes.iter().enumerate().rev() {
            walk.at[k] = flat % axis.size;
            flat /= axis.size;
            walk.x += walk.at[k] as isize * axis.x;
            walk.y += walk.at[k] as isize * axis.y;
        }
        walk
    }

    #[inline(always)]
    pub fn next(&mut self) {
        for (k, axis) in self.axes.iter().enumerate().rev() {
            self.at[k] += 1;
            self.x += axis.x;
            self.y += axis.y;
            if self.at[k] < axis.size {
                return;
            }
            self.at[k] = 0;
            self.x -= axis.size as isize * axis.x;
            self.y -= axis.size as isize * axis.y;
        }
    }
}

/// Sets `len` elements to one value: what a padded copy begins with.
#[derive(Clone, Copy, Debug)]
pub struct Fill {
    pub len: usize,
}

impl Fill {
    pub fn tiles(&self) -> usize {
        self.len.div_ceil(TILE)
    }

    pub fn run<T: Copy>(&self, tile: usize, value: T, y: Shared<T>) {
        assert!(self.len <= y.len());
        let start = tile * TILE;
        // SAFETY: within `y`; tiles are disjoint ranges.
        unsafe { y.range(start, TILE.min(self.len - start)) }.fill(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn copied<T: Copy + Default>(
        sizes: &[usize],
        x: &[T],
        from: (usize, &[isize]),
        len: usize,
        to: (usize, &[isize]),
    ) -> (Vec<T>, Vec<T>) {
        let (mut y, mut expected) = (vec![T::default(); len], vec![T::default(); len]);
        let copy = StridedCopy::new(sizes, from.0, from.1, to.0, to.1);
        (0..copy.tiles()).for_each(|tile| copy.run(tile, x, Shared::new(&mut y)));
        reference(sizes, x, from.0, from.1, &mut expected, to.0, to.1);
        (y, expected)
    }

    #[test]
    fn a_slice_a_broadcast_and_a_flip_are_copies_with_other_strides() {
        let x: Vec<f32> = (0..12).map(|x| x as f32).collect(); // (3, 4)
        let (middle, expected) = copied(&[2, 2], &x, (5, &[4, 1]), 4, (0, &[2, 1]));
        assert_eq!(middle, [5.0, 6.0, 9.0, 10.0]);
        assert_eq!(middle, expected);
        let (repeated, _) = copied(&[2, 3], &x, (0, &[0, 4]), 6, (0, &[3, 1]));
        assert_eq!(repeated, [0.0, 4.0, 8.0, 0.0, 4.0, 8.0]);
        let (flipped, _) = copied(&[3], &x, (2, &[-1]), 3, (0, &[1]));
        assert_eq!(flipped, [2.0, 1.0, 0.0]);
    }

    #[test]
    fn a_scalar_and_an_empty_copy_are_legal() {
        assert_eq!(copied(&[], &[3u8], (0, &[]), 1, (0, &[])).0, [3]);
        assert_eq!(copied(&[2, 0, 3], &[0u8; 0], (0, &[0, 3, 1]), 0, (0, &[0, 3, 1])).0, []);
    }

    #[test]
    fn copies_of_several_tiles_reach_every_element() {
        let x: Vec<i32> = (0..200_000).collect();
        for sizes in [[2, 100_000], [100_000, 2], [400, 500], [1, 200_000]] {
            // Gaps after each row keep the two axes from being joined.
            let strides = [sizes[1] as isize + 1, 1];
            let len = sizes[0] * (sizes[1] + 1);
            let (y, expected) =
                copied(&sizes, &x, (0, &[sizes[1] as isize, 1]), len, (0, &strides));
            assert!(y == expected, "{sizes:?}");
        }
    }

    #[test]
    fn a_fill_reaches_every_element() {
        for len in [0, 1, 17, 40_000] {
            let mut y = vec![0u8; len];
            let fill = Fill { len };
            (0..fill.tiles()).for_each(|tile| fill.run(tile, 9, Shared::new(&mut y)));
            assert!(y.iter().all(|&y| y == 9));
        }
    }

    proptest! {
        #[test]
        fn any_permuted_and_padded_view_follows_the_reference(
            sizes in proptest::collection::vec(0usize..6, 0..6),
            order in proptest::collection::vec(0u32..1000, 6),
            pads in proptest::collection::vec(0usize..2, 6),
            offset in 0usize..3,
            repeat in 0usize..8,
        ) {
            let rank = sizes.len();
            let mut axes: Vec<usize> = (0..rank).collect();
            axes.sort_by_key(|&k| order[k]);
            let (mut strides, mut len) = (vec![0isize; rank], 1);
            for &k in &axes {
                strides[k] = len as isize;
                len *= sizes[k] + pads[k];
            }
            if repeat < rank {
                strides[repeat] = 0;
            }
            let mut to = vec![1isize; rank];
            for k in (1..rank).rev() {
                to[k - 1] = to[k] * (sizes[k] + pads[k]) as isize;
            }
            let out = sizes.iter().zip(&pads).map(|(s, p)| s + p).product::<usize>() + 1;
            let x: Vec<u8> = (0..len + offset).map(|x| x as u8).collect();
            let (y, expected) = copied(&sizes, &x, (offset, &strides), out, (1, &to));
            prop_assert_eq!(y, expected);
        }
    }
}
