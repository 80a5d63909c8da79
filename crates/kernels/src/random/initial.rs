//! Initial values of a parameter, as a function of the seed and the parameter's name.
//!
//! Normal numbers by Box and Muller 1958: `r = sqrt(-2 ln u)`, `z = r cos(2 pi v)`, `r sin(2 pi v)`.

use std::f64::consts::TAU;

use super::{GROUP, Key, fill_words, key, site, word};
use crate::isa::{Kernel, dispatch};
use crate::lanes::Simd;

struct Words<'a> {
    key: Key,
    group: u64,
    words: &'a mut [u32],
}

impl Kernel for Words<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        fill_words(s, self.key, 0, self.group, self.words);
    }
}

/// Hands `f` the words of each block of 256 elements with the block and its first index.
fn by_block(key: Key, out: &mut [f32], mut f: impl FnMut(u64, &[u32], &mut [f32])) {
    let mut words = [0; 256];
    for (b, block) in out.chunks_mut(words.len()).enumerate() {
        let first = b * words.len();
        dispatch(Words { key, group: (first / GROUP) as u64, words: &mut words });
        f(first as u64, &words, block);
    }
}

/// In (0, 1], so that its logarithm is finite.
fn above_zero(word: u32) -> f64 {
    (f64::from(word) + 1.0) / 4_294_967_296.0
}

fn turn(word: u32) -> f64 {
    f64::from(word) / 4_294_967_296.0 * TAU
}

/// Uniform in `[low, high)`.
pub fn fill_uniform(seed: u64, name: &str, low: f32, high: f32, out: &mut [f32]) {
    let last = if low < high { high.next_down() } else { low };
    let span = f64::from(high) - f64::from(low);
    by_block(key(seed, site(name)), out, |_, words, block| {
        for (x, w) in block.iter_mut().zip(words) {
            let u = f64::from(*w) / 4_294_967_296.0;
            *x = ((f64::from(low) + span * u) as f32).min(last);
        }
    });
}

/// Normal with mean `mean` and standard deviation `deviation`.
pub fn fill_normal(seed: u64, name: &str, mean: f32, deviation: f32, out: &mut [f32]) {
    let (mean, deviation) = (f64::from(mean), f64::from(deviation));
    by_block(key(seed, site(name)), out, |_, words, block| {
        for (pair, w) in block.chunks_mut(2).zip(words.chunks(2)) {
            let r = (-2.0 * above_zero(w[0]).ln()).sqrt();
            let (sin, cos) = turn(w[1]).sin_cos();
            for (x, z) in pair.iter_mut().zip([r * cos, r * sin]) {
                *x = (mean + deviation * z) as f32;
            }
        }
    });
}

/// Normal, drawn again until within two deviations of the mean; `deviation` is that of the
/// normal before truncation (what remains has 0.88 of it).
pub fn fill_truncated_normal(seed: u64, name: &str, mean: f32, deviation: f32, out: &mut [f32]) {
    let (mean, deviation) = (f64::from(mean), f64::from(deviation));
    let key = key(seed, site(name));
    by_block(key, out, |first, words, block| {
        for (i, (x, w)) in block.iter_mut().zip(words).enumerate() {
            let index = first + i as u64;
            let mut radius = *w;
            let mut step = 1;
            *x = loop {
                let r = (-2.0 * above_zero(radius).ln()).sqrt();
                let z = r * turn(word(key, step, index)).cos();
                if z.abs() <= 2.0 {
                    break (mean + deviation * z) as f32;
                }
                radius = word(key, step + 1, index);
                step += 2;
            };
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(x: &[f32]) -> (f64, f64) {
        let n = x.len() as f64;
        let mean = x.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
        let variance = x.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n;
        (mean, variance.sqrt())
    }

    #[test]
    fn uniform_numbers_fill_their_interval() {
        let mut x = vec![0.0; 100_001];
        fill_uniform(1, "w", -2.0, 3.0, &mut x);
        assert!(x.iter().all(|v| (-2.0..3.0).contains(v)));
        let (mean, deviation) = moments(&x);
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
        assert!((deviation - 5.0 / 12f64.sqrt()).abs() < 0.02, "{deviation}");
        fill_uniform(1, "w", 2.0, 2.0, &mut x);
        assert!(x.iter().all(|v| *v == 2.0));
    }

    #[test]
    fn normal_numbers_have_their_moments_and_tails() {
        let mut x = vec![0.0; 100_001];
        fill_normal(1, "w", 1.0, 2.0, &mut x);
        let (mean, deviation) = moments(&x);
        assert!((mean - 1.0).abs() < 0.03 && (deviation - 2.0).abs() < 0.03, "{mean} {deviation}");
        let outside = x.iter().filter(|v| (**v - 1.0).abs() > 4.0).count() as f64 / x.len() as f64;
        assert!((outside - 0.0455).abs() < 0.004, "{outside}");
    }

    #[test]
    fn truncated_normal_numbers_stay_within_two_deviations() {
        let mut x = vec![0.0; 100_001];
        fill_truncated_normal(1, "w", 1.0, 0.5, &mut x);
        assert!(x.iter().all(|v| (v - 1.0).abs() <= 1.0));
        let (mean, deviation) = moments(&x);
        assert!((mean - 1.0).abs() < 0.01 && (deviation - 0.5 * 0.8796).abs() < 0.01);
    }

    #[test]
    fn values_depend_on_seed_and_name_and_not_on_the_length() {
        type Fill = fn(u64, &str, f32, f32, &mut [f32]);
        for fill in [fill_uniform as Fill, fill_normal, fill_truncated_normal] {
            let draw = |seed, name, n| {
                let mut x = vec![0.0; n];
                fill(seed, name, 0.0, 1.0, &mut x);
                x
            };
            let base = draw(1, "a", 301);
            assert_eq!(base[..77], draw(1, "a", 77)[..]);
            assert_ne!(base, draw(2, "a", 301));
            assert_ne!(base, draw(1, "b", 301));
            assert!(draw(1, "a", 0).is_empty());
        }
    }
}
