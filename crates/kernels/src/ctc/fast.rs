//! The recursions a vector of states at a time; a tile is a sequence.

use super::{Ctc, Spelling};
use crate::isa::{Isa, Kernel, dispatch_on};
use crate::lanes::Simd;
use crate::math::{exp, log};
use crate::shared::Shared;
use crate::softmax::{exp_sum, load, row_max, store, vectors};

/// The logarithm of nothing: finite, so that differences of two are 0.
const NONE: f32 = -1e30;
/// A loss beyond this has no path.
const NO_PATH: f32 = 1e29;
/// Places before and after the states of a row, for the ones that do not exist.
const PAD: usize = 2;

/// One sequence. Rows of states have `width` floats, the first of them `PAD` before state 0.
struct Sequence<'a> {
    problem: Ctc,
    spelling: Spelling<'a>,
    logits: &'a [f32],
    scratch: &'a mut [f32],
    /// The gradient, and what it is multiplied by.
    gradient: Option<(&'a mut [f32], f32)>,
}

/// `log(exp(a) + exp(b) + exp(c))`.
#[inline(always)]
fn log_sum<S: Simd>(s: S, a: S::F32, b: S::F32, c: S::F32) -> S::F32 {
    let max = s.max(a, s.max(b, c));
    let sum = s.add(exp(s, s.sub(a, max)), s.add(exp(s, s.sub(b, max)), exp(s, s.sub(c, max))));
    s.add(max, log(s, sum))
}

/// The logarithm of the sum of a row's exponentials.
#[inline(always)]
fn log_of_row<S: Simd>(s: S, row: &[f32]) -> f32 {
    let max = row_max(s, row);
    max + exp_sum(s, row, max, |_, _, _| ()).ln()
}

/// `y[s] = log_sum(x[s], x[s + near], x[s + far] + skip[s + skip_at])` of all states.
///
/// # Safety
/// All rows are valid for the states with `PAD` more on either side.
#[inline(always)]
unsafe fn pass<S: Simd>(
    s: S,
    states: usize,
    x: *const f32,
    (near, far, skip_at): (isize, isize, isize),
    skip: *const f32,
    y: *mut f32,
) {
    for (state, n) in vectors(s, states) {
        // SAFETY: the caller vouches for the states and their neighbours.
        unsafe {
            let (x, skip) = (x.add(state), skip.add(state));
            let a = load(s, x, n);
            let b = load(s, x.offset(near), n);
            let c = s.add(load(s, x.offset(far), n), load(s, skip.offset(skip_at), n));
            store(s, y.add(state), log_sum(s, a, b, c), n);
        }
    }
}

/// Takes the largest number of a row from all of them, so that long sums keep their digits; that number,
/// or 0 where there is no path.
#[inline(always)]
fn take_top<S: Simd>(s: S, row: &mut [f32]) -> f32 {
    let top = row_max(s, row);
    if top.is_nan() || top < -NO_PATH {
        return 0.0;
    }
    for x in row {
        *x -= top;
    }
    top
}

impl Kernel for Sequence<'_> {
    /// The loss.
    type Output = f32;

    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> f32 {
        let Sequence { problem, spelling, logits, scratch, gradient } = self;
        let Ctc { time, classes, zero_infinity, .. } = problem;
        let (states, steps) = (spelling.states(), spelling.steps);
        let weight = problem.weight(&spelling) as f32;
        let width = problem.width();
        scratch.fill(NONE);
        let (skip, rest) = scratch.split_at_mut(width);
        let (sums, rest) = rest.split_at_mut(time);
        let (tops, rest) = rest.split_at_mut(time);
        let (work, alpha) = rest.split_at_mut(2 * width);
        let kept = if gradient.is_some() { time } else { 2 };
        // What has been taken from α, and the loss: beyond the digits of f32.
        let (mut taken, mut loss) = (0.0, f64::NAN);
        if spelling.valid(classes) {
            for state in (1..states).step_by(2) {
                skip[PAD + state] = if spelling.skips(state) { 0.0 } else { NONE };
            }
            for t in 0..steps {
                let row = &logits[t * classes..][..classes];
                sums[t] = log_of_row(s, row);
                let (now, before) = (t % kept * width + PAD, (t + kept - 1) % kept * width + PAD);
                if t == 0 {
                    alpha[now..now + states.min(2)].fill(0.0);
                } else {
                    // SAFETY: rows of `width` floats hold the states and their pads.
                    unsafe {
                        let (at, skip) = (alpha.as_mut_ptr(), skip.as_ptr().add(PAD));
                        pass(s, states, at.add(before), (-1, -2, 0), skip, at.add(now));
                    }
                }
                for state in 0..states {
                    alpha[now + state] += row[spelling.class(state)] - sums[t];
                }
                tops[t] = take_top(s, &mut alpha[now..now + states]);
                taken += f64::from(tops[t]);
            }
            loss = match steps {
                0 if spelling.labels.is_empty() => 0.0,
                0 => f64::INFINITY,
                _ => {
                    let last = (steps - 1) % kept * width + PAD + states;
                    let (a, b) = (alpha[last - 1], if states > 1 { alpha[last - 2] } else { NONE });
                    let max = if a > b || a.is_nan() { a } else { b };
                    -(taken + f64::from(max + ((a - max).exp() + (b - max).exp()).ln()))
                }
            };
        }
        let impossible = loss > f64::from(NO_PATH);
        if let Some((dlogits, dloss)) = gradient {
            dlogits.fill(0.0);
            let scale = dloss * weight;
            if impossible || loss.is_nan() {
                let value = if impossible && zero_infinity { 0.0 } else { f32::NAN };
                dlogits[..steps * classes].fill(value);
            } else {
                let (beta, next) = work.split_at_mut(width);
                for state in states.saturating_sub(2)..states {
                    beta[PAD + state] = 0.0;
                }
                let mut left = 0.0;
                for t in (0..steps).rev() {
                    let row = &logits[t * classes..][..classes];
                    let d = &mut dlogits[t * classes..][..classes];
                    let alpha = &alpha[t * width + PAD..][..states];
                    // SAFETY: all rows hold the vectors of their classes or states.
                    unsafe {
                        probabilities(s, row, sums[t], scale, d.as_mut_ptr());
                        let (beta, next) = (beta.as_ptr().add(PAD), next.as_mut_ptr().add(PAD));
                        let rest = (taken + left + loss) as f32;
                        shares(s, states, alpha.as_ptr(), beta, rest, next);
                    }
                    for state in 0..states {
                        d[spelling.class(state)] -= next[PAD + state] * scale;
                        next[PAD + state] =
                            beta[PAD + state] + row[spelling.class(state)] - sums[t];
                    }
                    // SAFETY: rows of `width` floats hold the states and their pads.
                    unsafe {
                        let (from, skip) = (next.as_ptr().add(PAD), skip.as_ptr().add(PAD));
                        pass(s, states, from, (1, 2, 2), skip, beta.as_mut_ptr().add(PAD));
                    }
                    taken -= f64::from(tops[t]);
                    left += f64::from(take_top(s, &mut beta[PAD..PAD + states]));
                }
            }
        }
        match (impossible, zero_infinity) {
            (true, true) => 0.0,
            (true, false) => f32::INFINITY,
            _ => loss as f32 * weight,
        }
    }
}

/// `d = scale exp(x - sum)`.
///
/// # Safety
/// `d` is as long as the row.
#[inline(always)]
unsafe fn probabilities<S: Simd>(s: S, row: &[f32], sum: f32, scale: f32, d: *mut f32) {
    for (i, n) in vectors(s, row.len()) {
        // SAFETY: i + n is at most the length of both.
        unsafe {
            let p = exp(s, s.sub(load(s, row.as_ptr().add(i), n), s.splat(sum)));
            store(s, d.add(i), s.mul(p, s.splat(scale)), n);
        }
    }
}

/// `y = exp(alpha + beta + rest)`: the share of all paths that go through each state.
///
/// # Safety
/// All rows are valid for the states.
#[inline(always)]
unsafe fn shares<S: Simd>(
    s: S,
    states: usize,
    alpha: *const f32,
    beta: *const f32,
    rest: f32,
    y: *mut f32,
) {
    for (i, n) in vectors(s, states) {
        // SAFETY: the caller vouches for the states.
        unsafe {
            let both = s.add(load(s, alpha.add(i), n), load(s, beta.add(i), n));
            store(s, y.add(i), exp(s, s.add(both, s.splat(rest))), n);
        }
    }
}

// ---- dispatch

impl Ctc {
    /// Floats of a row of states.
    fn width(&self) -> usize {
        2 * self.most + 1 + 2 * PAD
    }

    fn scratch_of_one(&self, gradient: bool) -> usize {
        let kept = if gradient { self.time } else { 2 };
        2 * self.time + (3 + kept) * self.width()
    }

    /// Floats that all sequences need, for the loss alone or its gradient.
    pub fn scratch_len(&self, gradient: bool) -> usize {
        self.batch * self.scratch_of_one(gradient)
    }

    /// A tile is a sequence.
    pub fn tiles(&self) -> usize {
        self.batch
    }

    /// `loss[tile]` of `logits [batch, time, classes]` and `targets [batch, most]`.
    pub fn run(
        &self,
        tile: usize,
        logits: &[f32],
        targets: &[i32],
        lengths: Option<&[i32]>,
        scratch: Shared<'_, f32>,
        loss: Shared<'_, f32>,
    ) {
        self.run_on(Isa::current(), tile, logits, (targets, lengths), scratch, loss);
    }

    pub fn run_on(
        &self,
        isa: Isa,
        tile: usize,
        logits: &[f32],
        (targets, lengths): (&[i32], Option<&[i32]>),
        scratch: Shared<'_, f32>,
        loss: Shared<'_, f32>,
    ) {
        assert!(loss.len() > tile, "{self:?}");
        let scratch = self.scratch_of(tile, scratch, false);
        let value = dispatch_on(isa, self.sequence(tile, logits, (targets, lengths), scratch));
        // SAFETY: within `loss`, as asserted; a tile writes its own number.
        unsafe { loss.range(tile, 1)[0] = value };
    }

    /// `dlogits` of one sequence.
    // dx[t, k] = dloss (p[t, k] - Σ γ[t, s] over l[s] = k), γ[t, s] = exp(α[t, s] + β[t, s] + loss)
    pub fn backward(
        &self,
        tile: usize,
        [logits, dloss]: [&[f32]; 2],
        targets: &[i32],
        lengths: Option<&[i32]>,
        scratch: Shared<'_, f32>,
        dlogits: Shared<'_, f32>,
    ) {
        let operands = [logits, dloss];
        self.backward_on(Isa::current(), tile, operands, (targets, lengths), scratch, dlogits);
    }

    pub fn backward_on(
        &self,
        isa: Isa,
        tile: usize,
        [logits, dloss]: [&[f32]; 2],
        (targets, lengths): (&[i32], Option<&[i32]>),
        scratch: Shared<'_, f32>,
        dlogits: Shared<'_, f32>,
    ) {
        let len = self.time * self.classes;
        assert!(dlogits.len() >= (tile + 1) * len, "{self:?}");
        let scratch = self.scratch_of(tile, scratch, true);
        // SAFETY: within `dlogits`, as asserted; tiles are disjoint sequences.
        let d = unsafe { dlogits.range(tile * len, len) };
        let sequence = self.sequence(tile, logits, (targets, lengths), scratch);
        dispatch_on(isa, Sequence { gradient: Some((d, dloss[tile])), ..sequence });
    }

    fn scratch_of<'a>(
        &self,
        tile: usize,
        scratch: Shared<'a, f32>,
        gradient: bool,
    ) -> &'a mut [f32] {
        let len = self.scratch_of_one(gradient);
        assert!(scratch.len() >= (tile + 1) * len, "{self:?}");
        // SAFETY: within the buffer, as asserted; tiles have ranges of their own.
        unsafe { scratch.range(tile * len, len) }
    }

    fn sequence<'a>(
        &self,
        tile: usize,
        logits: &'a [f32],
        (targets, lengths): (&'a [i32], Option<&[i32]>),
        scratch: &'a mut [f32],
    ) -> Sequence<'a> {
        let len = self.time * self.classes;
        let spelling = self.spelling_of(tile, targets, lengths);
        Sequence {
            problem: *self,
            spelling,
            logits: &logits[tile * len..][..len],
            scratch,
            gradient: None,
        }
    }
}
