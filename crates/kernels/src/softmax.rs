//! Softmax and log-softmax over the last axis of `[rows, cols]`, forward and backward.
//!
//! ```text
//! y = exp(x - max(x)) / sum(exp(x - max(x)))
//! y = x - max(x) - ln(sum(exp(x - max(x))))        (log)
//! ```

use crate::{Float, Isa, Kernel, Shared, Simd, dispatch_on, math};

// ---- reference

/// `y` of one row.
pub fn reference<T: Float>(x: &[T], y: &mut [T], log: bool) {
    let max = x.iter().fold(T::NEG_INFINITY, |max, x| x.maximum(max));
    let sum: T = x.iter().map(|&x| (x - max).exp()).sum();
    for (y, &x) in y.iter_mut().zip(x) {
        *y = if log { x - max - sum.ln() } else { (x - max).exp() / sum };
    }
}

/// `dx` of one row from the row's `y`.
// dx = y (dy - sum(dy y));  log: dx = dy - exp(y) sum(dy)
pub fn reference_backward<T: Float>(y: &[T], dy: &[T], dx: &mut [T], log: bool) {
    let sum: T = y.iter().zip(dy).map(|(&y, &dy)| if log { dy } else { dy * y }).sum();
    for i in 0..y.len() {
        dx[i] = if log { dy[i] - y[i].exp() * sum } else { y[i] * (dy[i] - sum) };
    }
}

// ---- fast

/// Softmax of each row of `[rows, cols]`.
#[derive(Clone, Copy, Debug)]
pub struct Softmax {
    pub rows: usize,
    pub cols: usize,
    pub log: bool,
}

/// The lanes below `n` of `x`, the others replaced by `fill`.
#[inline(always)]
pub(crate) fn first<S: Simd>(s: S, x: S::F32, n: usize, fill: f32) -> S::F32 {
    s.select(s.lt_u32(s.iota(), s.splat_u32(n as u32)), x, s.splat(fill))
}

/// The largest element of a row; NaN if any is NaN.
#[inline(always)]
pub(crate) fn row_max<S: Simd>(s: S, x: &[f32]) -> f32 {
    let whole = x.len() - x.len() % S::LANES;
    let rest = x.len() - whole;
    let mut max = s.splat(f32::NEG_INFINITY);
    for i in (0..whole).step_by(S::LANES) {
        // SAFETY: i + LANES <= x.len().
        max = s.max(unsafe { s.load(x.as_ptr().add(i)) }, max);
    }
    if rest > 0 {
        // SAFETY: whole + rest == x.len().
        let x = unsafe { s.load_partial(x.as_ptr().add(whole), rest) };
        max = s.max(first(s, x, rest, f32::NEG_INFINITY), max);
    }
    s.largest(max)
}

/// `sum(exp(x - max))`; `visit` sees each vector of exponentials, its place and its lane count.
#[inline(always)]
pub(crate) fn exp_sum<S: Simd>(
    s: S,
    x: &[f32],
    max: f32,
    mut visit: impl FnMut(S::F32, usize, usize),
) -> f32 {
    let whole = x.len() - x.len() % S::LANES;
    let rest = x.len() - whole;
    let (max, mut sum) = (s.splat(max), s.zero());
    for i in (0..whole).step_by(S::LANES) {
        // SAFETY: i + LANES <= x.len().
        let e = math::exp(s, s.sub(unsafe { s.load(x.as_ptr().add(i)) }, max));
        sum = s.add(sum, e);
        visit(e, i, S::LANES);
    }
    if rest > 0 {
        // SAFETY: whole + rest == x.len().
        let x = unsafe { s.load_partial(x.as_ptr().add(whole), rest) };
        let e = first(s, math::exp(s, s.sub(x, max)), rest, 0.0);
        sum = s.add(sum, e);
        visit(e, whole, rest);
    }
    s.sum(sum)
}

/// The place and the lanes of each vector of a row of `len`.
///
/// A loop over these is compiled for the instruction set; a closure given to a function is not.
#[inline(always)]
pub(crate) fn vectors<S: Simd>(_: S, len: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..len).step_by(S::LANES).map(move |i| (i, S::LANES.min(len - i)))
}

/// Reads `n` lanes, in one instruction where they are all.
///
/// # Safety
/// `p` is valid for reading `n <= LANES` floats.
#[inline(always)]
pub(crate) unsafe fn load<S: Simd>(s: S, p: *const f32, n: usize) -> S::F32 {
    // SAFETY: the caller vouches for n floats.
    unsafe { if n == S::LANES { s.load(p) } else { s.load_partial(p, n) } }
}

/// Writes `n` lanes, in one instruction where they are all.
///
/// # Safety
/// `p` is valid for writing `n <= LANES` floats.
#[inline(always)]
pub(crate) unsafe fn store<S: Simd>(s: S, p: *mut f32, x: S::F32, n: usize) {
    // SAFETY: the caller vouches for n floats.
    unsafe { if n == S::LANES { s.store(p, x) } else { s.store_partial(p, x, n) } }
}

struct Forward<'a> {
    cols: usize,
    log: bool,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl Kernel for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        for (x, y) in self.x.chunks_exact(self.cols).zip(self.y.chunks_exact_mut(self.cols)) {
            let (from, to) = (x.as_ptr(), y.as_mut_ptr());
            let max = row_max(s, x);
            if self.log {
                let sum = exp_sum(s, x, max, |_, _, _| ());
                let (max, ln) = (s.splat(max), s.splat(sum.ln()));
                for (i, n) in vectors(s, x.len()) {
                    // SAFETY: i + n <= cols, the length of both rows.
                    unsafe {
                        let x = load(s, from.add(i), n);
                        store(s, to.add(i), s.sub(s.sub(x, max), ln), n);
                    }
                }
            } else {
                // SAFETY: i + n <= cols, the length of both rows.
                let sum = exp_sum(s, x, max, |e, i, n| unsafe { store(s, to.add(i), e, n) });
                let scale = s.splat(1.0 / sum);
                for (i, n) in vectors(s, x.len()) {
                    // SAFETY: as above.
                    unsafe { store(s, to.add(i), s.mul(load(s, to.add(i), n), scale), n) }
                }
            }
        }
    }
}

struct Backward<'a> {
    cols: usize,
    log: bool,
    y: &'a [f32],
    dy: &'a [f32],
    dx: &'a mut [f32],
}

impl Kernel for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let rows = self.y.chunks_exact(self.cols).zip(self.dy.chunks_exact(self.cols));
        for ((y, dy), dx) in rows.zip(self.dx.chunks_exact_mut(self.cols)) {
            let (y, dy, dx) = (y.as_ptr(), dy.as_ptr(), dx.as_mut_ptr());
            let mut sum = s.zero();
            for (i, n) in vectors(s, self.cols) {
                // SAFETY: i + n <= cols, the length of every row; lanes past n are zero.
                let (y, dy) = unsafe { (load(s, y.add(i), n), load(s, dy.add(i), n)) };
                sum = if self.log { s.add(sum, dy) } else { s.fma(dy, y, sum) };
            }
            let sum = s.splat(s.sum(sum));
            for (i, n) in vectors(s, self.cols) {
                // SAFETY: as above.
                unsafe {
                    let (y, dy) = (load(s, y.add(i), n), load(s, dy.add(i), n));
                    let dx_ = if self.log {
                        s.fnma(math::exp(s, y), sum, dy)
                    } else {
                        s.mul(y, s.sub(dy, sum))
                    };
                    store(s, dx.add(i), dx_, n);
                }
            }
        }
    }
}

// ---- dispatch

impl Softmax {
    fn rows_per_tile(&self) -> usize {
        (16_384 / self.cols.max(1)).max(1)
    }

    pub fn tiles(&self) -> usize {
        if self.cols == 0 { 0 } else { self.rows.div_ceil(self.rows_per_tile()) }
    }

    /// First element and element count of a tile.
    fn range(&self, tile: usize) -> (usize, usize) {
        let first = tile * self.rows_per_tile();
        let rows = self.rows_per_tile().min(self.rows - first);
        (first * self.cols, rows * self.cols)
    }

    pub fn run(&self, tile: usize, x: &[f32], y: Shared<f32>) {
        self.run_on(Isa::current(), tile, x, y);
    }

    pub fn run_on(&self, isa: Isa, tile: usize, x: &[f32], y: Shared<f32>) {
        let (start, len) = self.range(tile);
        assert!(start + len <= x.len().min(y.len()));
        // SAFETY: within `y`; tiles are disjoint rows.
        let y = unsafe { y.range(start, len) };
        let x = &x[start..start + len];
        dispatch_on(isa, Forward { cols: self.cols, log: self.log, x, y });
    }

    /// `dx` from the forward's `y`.
    // dx = y (dy - sum(dy y));  log: dx = dy - exp(y) sum(dy)
    pub fn backward(&self, tile: usize, y: &[f32], dy: &[f32], dx: Shared<f32>) {
        self.backward_on(Isa::current(), tile, y, dy, dx);
    }

    pub fn backward_on(&self, isa: Isa, tile: usize, y: &[f32], dy: &[f32], dx: Shared<f32>) {
        let (start, len) = self.range(tile);
        assert!(start + len <= y.len().min(dy.len()).min(dx.len()));
        // SAFETY: within `dx`; tiles are disjoint rows.
        let dx = unsafe { dx.range(start, len) };
        let (y, dy) = (&y[start..start + len], &dy[start..start + len]);
        dispatch_on(isa, Backward { cols: self.cols, log: self.log, y, dy, dx });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::fill_uniform;

    fn values(len: usize, name: &str, reach: f32) -> Vec<f32> {
        let mut values = vec![0.0; len];
        fill_uniform(7, name, -reach, reach, &mut values);
        values
    }

    fn forward(isa: Isa, problem: Softmax, x: &[f32]) -> Vec<f32> {
        let mut y = vec![f32::NAN; x.len()];
        (0..problem.tiles()).for_each(|tile| problem.run_on(isa, tile, x, Shared::new(&mut y)));
        y
    }

    fn near(got: f32, expected: f64) -> bool {
        (f64::from(got) - expected).abs() <= 1e-6 * (1.0 + expected.abs())
    }

    fn check(isa: Isa, rows: usize, cols: usize, log: bool) {
        let problem = Softmax { rows, cols, log };
        let (x, dy) = (values(rows * cols, "x", 20.0), values(rows * cols, "dy", 1.0));
        let y = forward(isa, problem, &x);
        let mut dx = vec![f32::NAN; x.len()];
        for tile in 0..problem.tiles() {
            problem.backward_on(isa, tile, &y, &dy, Shared::new(&mut dx));
        }
        let wide = |x: &[f32]| x.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
        for row in 0..rows {
            let range = row * cols..(row + 1) * cols;
            let (mut y64, mut dx64) = (vec![0.0; cols], vec![0.0; cols]);
            reference(&wide(&x[range.clone()]), &mut y64, log);
            reference_backward(&y64, &wide(&dy[range.clone()]), &mut dx64, log);
            for (i, c) in range.zip(0..) {
                assert!(near(y[i], y64[c]), "{isa:?} {problem:?} y[{i}] {} {}", y[i], y64[c]);
                // A long row's sum rounds in proportion to its length.
                let error = (f64::from(dx[i]) - dx64[c]).abs();
                assert!(error < 2e-6 + 1e-7 * cols as f64, "{isa:?} {problem:?} dx[{i}] {error}");
            }
        }
    }

    #[test]
    fn every_instruction_set_follows_the_reference() {
        for isa in Isa::available() {
            for log in [false, true] {
                for cols in [0, 1, 2, 3, 7, 8, 9, 10, 15, 16, 17, 31, 33, 1000] {
                    for rows in [0, 1, 5] {
                        check(isa, rows, cols, log);
                    }
                }
                check(isa, 4000, 10, log);
            }
        }
    }

    #[test]
    fn large_logits_neither_overflow_nor_vanish() {
        for isa in Isa::available() {
            let x = [1e30, 1e30, -1e30, f32::NEG_INFINITY];
            let problem = Softmax { rows: 1, cols: 4, log: false };
            assert_eq!(forward(isa, problem, &x), [0.5, 0.5, 0.0, 0.0]);
        }
    }

    #[test]
    fn a_nan_spoils_its_own_row_alone() {
        for isa in Isa::available() {
            for at in 0..11 {
                let mut x = vec![0.5; 33];
                x[11 + at] = f32::NAN;
                let y = forward(isa, Softmax { rows: 3, cols: 11, log: false }, &x);
                assert!(y[11..22].iter().all(|y| y.is_nan()), "{isa:?} {at}: {y:?}");
                assert!(y[..11].iter().chain(&y[22..]).all(|&y| near(y, 1.0 / 11.0)));
            }
        }
    }
}
