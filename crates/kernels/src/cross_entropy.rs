//! Cross-entropy of `logits [rows, classes]` against class labels or label distributions.
//!
//! ```text
//! target = (1 - smoothing) label + smoothing / classes        (a class label is one-hot)
//! loss[row] = sum(target (lse - logits)),  lse[row] = ln(sum(exp(logits)))
//! ```
//!
//! A class label outside `0..classes` gives NaN for its row and reads nothing else.

use crate::softmax::{exp_sum, first, load, row_max, store, vectors};
use crate::{Float, Isa, Kernel, Shared, Simd, dispatch_on, math};

/// What the rows should be: a class each, or a distribution over the classes each.
#[derive(Clone, Copy, Debug)]
pub enum Labels<'a> {
    /// `[rows]`.
    Index(&'a [i32]),
    /// `[rows, classes]`.
    Soft(&'a [f32]),
}

// ---- reference

/// `(loss, lse)` of one row from its smoothed target distribution.
pub fn reference<T: Float>(logits: &[T], target: &[T]) -> (T, T) {
    let max = logits.iter().fold(T::NEG_INFINITY, |max, x| x.maximum(max));
    let lse = max + logits.iter().map(|&x| (x - max).exp()).sum::<T>().ln();
    (target.iter().zip(logits).map(|(&t, &x)| t * (lse - x)).sum(), lse)
}

/// `dlogits` of one row.
// dlogits = (exp(logits - lse) sum(target) - target) dloss
pub fn reference_gradient<T: Float>(logits: &[T], target: &[T], dloss: T, dlogits: &mut [T]) {
    let (_, lse) = reference(logits, target);
    let total: T = target.iter().copied().sum();
    for i in 0..logits.len() {
        dlogits[i] = ((logits[i] - lse).exp() * total - target[i]) * dloss;
    }
}

/// The smoothed target of one row: its one-hot class, or the distribution it is given.
pub fn reference_target<T: Float>(label: &[T], smoothing: T) -> Vec<T> {
    let even = smoothing / T::of(label.len() as f64);
    label.iter().map(|&t| (T::ONE - smoothing) * t + even).collect()
}

// ---- fast

/// Losses of `rows` rows; `smoothing` in `0..=1` moves that much of each label to all classes.
#[derive(Clone, Copy, Debug)]
pub struct CrossEntropy {
    pub rows: usize,
    pub classes: usize,
    pub smoothing: f32,
}

/// One tile: rows `start..start + rows`, slices of these rows alone.
struct Forward<'a> {
    problem: CrossEntropy,
    logits: &'a [f32],
    labels: Labels<'a>,
    loss: &'a mut [f32],
    lse: &'a mut [f32],
}

impl Kernel for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let CrossEntropy { classes, smoothing, .. } = self.problem;
        for (row, x) in self.logits.chunks_exact(classes).enumerate() {
            let max = row_max(s, x);
            let ln = exp_sum(s, x, max, |_, _, _| ()).ln();
            let even = smoothing / classes as f32;
            self.lse[row] = max + ln;
            self.loss[row] = match self.labels {
                Labels::Index(labels) => match class(labels[row], classes) {
                    // Two differences, so that a large logit does not swallow the logarithm.
                    Some(class) if smoothing == 0.0 => (max - x[class]) + ln,
                    Some(class) => {
                        let all = weighted_sum(s, x, None, max, ln, 0.0, even);
                        (1.0 - smoothing) * ((max - x[class]) + ln) + all
                    }
                    None => f32::NAN,
                },
                Labels::Soft(labels) => {
                    let label = &labels[row * classes..][..classes];
                    weighted_sum(s, x, Some(label), max, ln, 1.0 - smoothing, even)
                }
            };
        }
    }
}

/// `sum((kept label + even) (max + ln - x))`.
#[inline(always)]
fn weighted_sum<S: Simd>(
    s: S,
    x: &[f32],
    label: Option<&[f32]>,
    max: f32,
    ln: f32,
    kept: f32,
    even: f32,
) -> f32 {
    let (max, ln, kept, even) = (s.splat(max), s.splat(ln), s.splat(kept), s.splat(even));
    let mut sum = s.zero();
    for (i, n) in vectors(s, x.len()) {
        // SAFETY: i + n <= classes, the length of both rows.
        let (x, label) = unsafe {
            let label = label.map(|label| load(s, label.as_ptr().add(i), n));
            (load(s, x.as_ptr().add(i), n), label)
        };
        let target = label.map_or(even, |label| s.fma(kept, label, even));
        let term = s.mul(target, s.add(s.sub(max, x), ln));
        sum = s.add(sum, if n == S::LANES { term } else { first(s, term, n, 0.0) });
    }
    s.sum(sum)
}

/// The label as a class, if it is one.
#[inline(always)]
fn class(label: i32, classes: usize) -> Option<usize> {
    usize::try_from(label).ok().filter(|&class| class < classes)
}

struct Gradient<'a> {
    problem: CrossEntropy,
    logits: &'a [f32],
    labels: Labels<'a>,
    lse: &'a [f32],
    dloss: &'a [f32],
    dlogits: &'a mut [f32],
}

impl Kernel for Gradient<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let CrossEntropy { classes, smoothing, .. } = self.problem;
        let even = smoothing / classes as f32;
        let rows = self.logits.chunks_exact(classes).zip(self.dlogits.chunks_exact_mut(classes));
        for (row, (x, dx)) in rows.enumerate() {
            let (lse, dloss) = (s.splat(self.lse[row]), self.dloss[row]);
            let (from, to) = (x.as_ptr(), dx.as_mut_ptr());
            match self.labels {
                Labels::Index(labels) => {
                    let class = class(labels[row], classes);
                    let dloss = if class.is_some() { dloss } else { f32::NAN };
                    let (scale, even) = (s.splat(dloss), s.splat(even));
                    for (i, n) in vectors(s, classes) {
                        // SAFETY: i + n <= classes, the length of both rows.
                        unsafe {
                            let p = probability(s, from.add(i), n, lse);
                            store(s, to.add(i), s.mul(s.sub(p, even), scale), n);
                        }
                    }
                    if let Some(class) = class {
                        dx[class] -= (1.0 - smoothing) * dloss;
                    }
                }
                Labels::Soft(labels) => {
                    let label = &labels[row * classes..][..classes];
                    let (kept, even) = (s.splat(1.0 - smoothing), s.splat(even));
                    let mut total = s.zero();
                    for (i, n) in vectors(s, classes) {
                        // SAFETY: as above, for the row's labels; lanes past n are zero.
                        total = s.add(total, unsafe { load(s, label.as_ptr().add(i), n) });
                    }
                    let total = s.splat((1.0 - smoothing) * s.sum(total) + smoothing);
                    for (i, n) in vectors(s, classes) {
                        // SAFETY: as above.
                        unsafe {
                            let target = s.fma(kept, load(s, label.as_ptr().add(i), n), even);
                            let p = probability(s, from.add(i), n, lse);
                            let d = s.sub(s.mul(p, total), target);
                            store(s, to.add(i), s.mul(d, s.splat(dloss)), n);
                        }
                    }
                }
            }
        }
    }
}

/// `exp(x - lse)` of `n` lanes.
///
/// # Safety
/// `x` is valid for reading `n <= LANES` floats.
#[inline(always)]
unsafe fn probability<S: Simd>(s: S, x: *const f32, n: usize, lse: S::F32) -> S::F32 {
    // SAFETY: the caller vouches for n floats.
    math::exp(s, s.sub(unsafe { load(s, x, n) }, lse))
}

// ---- dispatch

impl CrossEntropy {
    fn rows_per_tile(&self) -> usize {
        (16_384 / self.classes.max(1)).max(1)
    }

    pub fn tiles(&self) -> usize {
        if self.classes == 0 { 0 } else { self.rows.div_ceil(self.rows_per_tile()) }
    }

    /// First row and row count of a tile.
    fn range(&self, tile: usize) -> (usize, usize) {
        let first = tile * self.rows_per_tile();
        (first, self.rows_per_tile().min(self.rows - first))
    }

    /// The labels of the tile's rows.
    fn labels<'a>(&self, labels: Labels<'a>, start: usize, rows: usize) -> Labels<'a> {
        let classes = self.classes;
        match labels {
            Labels::Index(labels) => Labels::Index(&labels[start..start + rows]),
            Labels::Soft(labels) => Labels::Soft(&labels[start * classes..][..rows * classes]),
        }
    }

    /// `loss [rows]` and `lse [rows]` from `logits [rows, classes]`.
    pub fn run(
        &self,
        tile: usize,
        logits: &[f32],
        labels: Labels<'_>,
        loss: Shared<f32>,
        lse: Shared<f32>,
    ) {
        self.run_on(Isa::current(), tile, logits, labels, loss, lse);
    }

    pub fn run_on(
        &self,
        isa: Isa,
        tile: usize,
        logits: &[f32],
        labels: Labels<'_>,
        loss: Shared<f32>,
        lse: Shared<f32>,
    ) {
        let (start, rows) = self.range(tile);
        assert!(self.rows <= loss.len().min(lse.len()));
        let logits = &logits[start * self.classes..][..rows * self.classes];
        let labels = self.labels(labels, start, rows);
        // SAFETY: within both buffers; tiles are disjoint rows.
        let (loss, lse) = unsafe { (loss.range(start, rows), lse.range(start, rows)) };
        dispatch_on(isa, Forward { problem: *self, logits, labels, loss, lse });
    }

    /// `dlogits [rows, classes]` from the forward's `lse` and the gradient of each row's loss.
    // dlogits = (exp(logits - lse) sum(target) - target) dloss
    pub fn gradient(
        &self,
        tile: usize,
        logits: &[f32],
        labels: Labels<'_>,
        lse: &[f32],
        dloss: &[f32],
        dlogits: Shared<f32>,
    ) {
        self.gradient_on(Isa::current(), tile, logits, labels, lse, dloss, dlogits);
    }

    pub fn gradient_on(
        &self,
        isa: Isa,
        tile: usize,
        logits: &[f32],
        labels: Labels<'_>,
        lse: &[f32],
        dloss: &[f32],
        dlogits: Shared<f32>,
    ) {
        let (start, rows) = self.range(tile);
        assert!(self.rows * self.classes <= dlogits.len());
        let logits = &logits[start * self.classes..][..rows * self.classes];
        let labels = self.labels(labels, start, rows);
        let (lse, dloss) = (&lse[start..start + rows], &dloss[start..start + rows]);
        // SAFETY: within `dlogits`; tiles are disjoint rows.
        let dlogits = unsafe { dlogits.range(start * self.classes, rows * self.classes) };
        dispatch_on(isa, Gradient { problem: *self, logits, labels, lse, dloss, dlogits });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::fill_uniform;

    fn values(len: usize, name: &str, low: f32, high: f32) -> Vec<f32> {
        let mut values = vec![0.0; len];
        fill_uniform(11, name, low, high, &mut values);
        values
    }

    /// `(loss, lse, dlogits)`.
    fn all(
        isa: Isa,
        problem: CrossEntropy,
        logits: &[f32],
        labels: Labels<'_>,
        dloss: &[f32],
    ) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        let (mut loss, mut lse) = (vec![7.0; problem.rows], vec![7.0; problem.rows]);
        let mut dlogits = vec![7.0; logits.len()];
        for tile in 0..problem.tiles() {
            let (loss, lse) = (Shared::new(&mut loss), Shared::new(&mut lse));
            problem.run_on(isa, tile, logits, labels, loss, lse);
        }
        for tile in 0..problem.tiles() {
            let dlogits = Shared::new(&mut dlogits);
            problem.gradient_on(isa, tile, logits, labels, &lse, dloss, dlogits);
        }
        (loss, lse, dlogits)
    }

    fn check(isa: Isa, problem: CrossEntropy, soft: bool) {
        let CrossEntropy { rows, classes, smoothing } = problem;
        let logits = values(rows * classes, "logits", -20.0, 20.0);
        let dloss = values(rows, "dloss", -1.0, 1.0);
        let index: Vec<i32> = (0..rows).map(|row| (row * 7 % classes) as i32).collect();
        let weights = values(rows * classes, "labels", 0.0, 2.0 / classes as f32);
        let labels = if soft { Labels::Soft(&weights) } else { Labels::Index(&index) };
        let (loss, lse, dlogits) = all(isa, problem, &logits, labels, &dloss);
        for row in 0..rows {
            let range = row * classes..(row + 1) * classes;
            let x: Vec<f64> = logits[range.clone()].iter().map(|&x| x.into()).collect();
            let label: Vec<f64> = match labels {
                Labels::Soft(weights) => weights[range.clone()].iter().map(|&w| w.into()).collect(),
                Labels::Index(index) => {
                    (0..classes).map(|c| f64::from(c as i32 == index[row])).collect()
                }
            };
            let target = reference_target(&label, smoothing.into());
            let expected = reference(&x, &target);
            let mut dx = vec![0.0; classes];
            reference_gradient(&x, &target, dloss[row].into(), &mut dx);
            let what = format!("{isa:?} {problem:?} soft {soft} row {row}");
            let near = |got: f32, x: f64| (f64::from(got) - x).abs() <= 3e-6 * (1.0 + x.abs());
            assert!(near(loss[row], expected.0), "{what}: {} for {}", loss[row], expected.0);
            assert!(near(lse[row], expected.1), "{what}: {} for {}", lse[row], expected.1);
            for (i, c) in range.zip(0..) {
                let error = (f64::from(dlogits[i]) - dx[c]).abs();
                assert!(error < 3e-6, "{what}: dlogits[{c}] off by {error}");
            }
        }
    }

    #[test]
    fn every_instruction_set_follows_the_reference() {
        for isa in Isa::available() {
            for soft in [false, true] {
                for smoothing in [0.0, 0.1] {
                    for classes in [1, 2, 3, 7, 8, 9, 10, 15, 16, 17, 33, 1000] {
                        for rows in [0, 1, 5] {
                            check(isa, CrossEntropy { rows, classes, smoothing }, soft);
                        }
                    }
                    check(isa, CrossEntropy { rows: 4000, classes: 10, smoothing }, soft);
                }
            }
        }
    }

    #[test]
    fn a_label_that_is_no_class_gives_nan_for_its_row_alone() {
        for isa in Isa::available() {
            for (label, smoothing) in [(-1, 0.0), (3, 0.0), (i32::MAX, 0.1), (i32::MIN, 0.1)] {
                let problem = CrossEntropy { rows: 2, classes: 3, smoothing };
                let labels = Labels::Index(&[label, 2][..]);
                let (loss, _, dlogits) = all(isa, problem, &[0.0; 6], labels, &[1.0; 2]);
                assert!(loss[0].is_nan() && dlogits[..3].iter().all(|d| d.is_nan()));
                assert!((loss[1] - 3f32.ln()).abs() < 1e-6);
                assert!(dlogits[3..].iter().all(|d| d.is_finite()));
            }
        }
    }

    #[test]
    fn a_sure_and_right_answer_costs_nothing_and_a_sure_and_wrong_one_its_margin() {
        for isa in Isa::available() {
            let problem = CrossEntropy { rows: 2, classes: 2, smoothing: 0.0 };
            let logits = [1e4, -1e4, 1e4, -1e4];
            let labels = Labels::Index(&[0, 1][..]);
            let (loss, _, dlogits) = all(isa, problem, &logits, labels, &[1.0; 2]);
            assert_eq!(loss, [0.0, 2e4]);
            assert_eq!(dlogits, [0.0, 0.0, 1.0, -1.0]);
        }
    }
}
