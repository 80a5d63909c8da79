//! The loss and its gradient in plain scalar code.

use super::{Ctc, Spelling};
use crate::float::Float;

/// `log Σ exp(x)`.
fn log_sum<T: Float>(x: &[T]) -> T {
    let max = x.iter().fold(T::NEG_INFINITY, |max, &x| max.maximum(x));
    if max == T::NEG_INFINITY {
        return max;
    }
    max + x.iter().map(|&x| (x - max).exp()).sum::<T>().ln()
}

/// The loss of one sequence `[time, classes]`, and its gradient.
// dx[t, k] = p[t, k] - Σ γ[t, s] over l[s] = k, where γ[t, s] is the share of the paths through s at t
pub fn reference<T: Float>(problem: &Ctc, logits: &[T], spelling: &Spelling<'_>) -> (T, Vec<T>) {
    let Ctc { classes, zero_infinity, .. } = *problem;
    let (states, steps) = (spelling.states(), spelling.steps);
    let mut dlogits = vec![T::ZERO; logits.len()];
    let nan = T::of(f64::NAN);
    if !spelling.valid(classes) {
        dlogits[..steps * classes].fill(nan);
        return (nan, dlogits);
    }
    let logs: Vec<T> = logits
        .chunks(classes)
        .flat_map(|x| {
            let sum = log_sum(x);
            x.iter().map(move |&x| x - sum)
        })
        .collect();
    let log = |t: usize, s: usize| logs[t * classes + spelling.class(s)];
    // What leads to a state, and what it leads to.
    let none = T::NEG_INFINITY;
    let skip = |s: usize, value: T| if s < states && spelling.skips(s) { value } else { none };
    let mut alpha = vec![none; (steps + 1) * states];
    for t in 0..steps {
        for s in 0..states {
            let at = |s: Option<usize>| s.map_or(none, |s| alpha[(t - 1) * states + s]);
            let before = match t {
                0 => {
                    if s < 2 {
                        T::ZERO
                    } else {
                        none
                    }
                }
                _ => log_sum(&[at(Some(s)), at(s.checked_sub(1)), skip(s, at(s.checked_sub(2)))]),
            };
            alpha[t * states + s] = before + log(t, s);
        }
    }
    let total = match steps {
        0 => {
            if spelling.labels.is_empty() {
                T::ZERO
            } else {
                none
            }
        }
        _ => log_sum(&alpha[steps * states - states.min(2)..steps * states]),
    };
    if total == none {
        let gradient = if zero_infinity { T::ZERO } else { nan };
        dlogits[..steps * classes].fill(gradient);
        return (if zero_infinity { T::ZERO } else { -none }, dlogits);
    }
    let weight = T::of(problem.weight(spelling));
    let mut beta: Vec<T> =
        (0..states).map(|s| if s + 2 >= states { T::ZERO } else { none }).collect();
    for t in (0..steps).rev() {
        for k in 0..classes {
            dlogits[t * classes + k] = logs[t * classes + k].exp() * weight;
        }
        for s in 0..states {
            let share = (alpha[t * states + s] + beta[s] - total).exp();
            dlogits[t * classes + spelling.class(s)] -= share * weight;
        }
        let next: Vec<T> = (0..states).map(|s| beta[s] + log(t, s)).collect();
        let at = |s: usize| next.get(s).copied().unwrap_or(none);
        for s in 0..states {
            beta[s] = log_sum(&[at(s), at(s + 1), skip(s + 2, at(s + 2))]);
        }
    }
    (-total * weight, dlogits)
}
