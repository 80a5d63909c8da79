//! Normal noise on a tensor: `y = x + deviation z`, with `z` a function of the counter.
//!
//! Box and Muller 1958. The 32 words of a group are 16 radii and 16 angles: element `j < 16` takes
//! `r_j cos(t_j)` and element `16 + j` takes `r_j sin(t_j)`, where `r = sqrt(-2 ln u)` and
//! `t = 2 pi v`, from the upper 24 bits of a word.

use std::f64::consts::TAU;

use super::{Draw, GROUP, Key, fill_words, key, word};
use crate::isa::{Isa, Kernel, dispatch_on};
use crate::lanes::Simd;
use crate::{Float, Shared, math};

const HALF: usize = GROUP / 2;
const UNIT: f64 = 1.0 / 16_777_216.0;

// ---- reference

/// The normal number of element `index`.
pub fn normal(draw: Draw, site: u64, index: u64) -> f64 {
    let (group, place) = (GROUP as u64, HALF as u64);
    let first = index / group * group + index % place;
    let upper = |at| f64::from(word(key(draw.seed, site), draw.step, at) >> 8);
    let radius = (-2.0 * ((upper(first) + 1.0) * UNIT).ln()).sqrt();
    let (sin, cos) = (upper(first + place) * UNIT * TAU).sin_cos();
    radius * if index % group < place { cos } else { sin }
}

/// One element with its noise.
pub fn noisy<T: Float>(draw: Draw, site: u64, deviation: f32, index: u64, x: T) -> T {
    x + T::of(f64::from(deviation) * normal(draw, site, index))
}

// ---- fast

/// Groups whose words are drawn together.
const GROUPS: usize = 8;

struct Add<'a> {
    key: Key,
    step: u64,
    group: u64,
    deviation: f32,
    x: &'a [f32],
    y: &'a mut [f32],
}

/// The numbers of one group from its words.
#[inline(always)]
fn normals<S: Simd>(s: S, words: &[u32], z: &mut [f32; GROUP]) {
    const { assert!(HALF.is_multiple_of(S::LANES)) };
    let words = &words[..GROUP];
    let unit = s.splat(UNIT as f32);
    for i in (0..HALF).step_by(S::LANES) {
        // SAFETY: i + LANES <= HALF, so both vectors lie within the group's words.
        let (radius, angle) = unsafe {
            (s.load_u32(words.as_ptr().add(i)), s.load_u32(words.as_ptr().add(HALF + i)))
        };
        let u = s.mul(s.add(s.i32_to_f32(s.shr::<8>(radius)), s.splat(1.0)), unit);
        let t = s.mul(s.i32_to_f32(s.shr::<8>(angle)), s.splat((UNIT * TAU) as f32));
        let r = s.sqrt(s.mul(s.splat(-2.0), math::log(s, u)));
        // SAFETY: as above.
        unsafe {
            s.store(z.as_mut_ptr().add(i), s.mul(r, math::cos(s, t)));
            s.store(z.as_mut_ptr().add(HALF + i), s.mul(r, math::sin(s, t)));
        }
    }
}

impl Kernel for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let mut words = [0; GROUPS * GROUP];
        let mut z = [0.0; GROUP];
        for (i, (x, y)) in self.x.chunks(GROUP).zip(self.y.chunks_mut(GROUP)).enumerate() {
            if i % GROUPS == 0 {
                fill_words(s, self.key, self.step, self.group + i as u64, &mut words);
            }
            normals(s, &words[i % GROUPS * GROUP..], &mut z);
            for ((y, x), z) in y.iter_mut().zip(x).zip(&z) {
                *y = x + self.deviation * z;
            }
        }
    }
}

// ---- dispatch

/// Noise of standard deviation `deviation` on `len` elements.
#[derive(Clone, Copy, Debug)]
pub struct GaussianNoise {
    pub len: usize,
    pub deviation: f32,
    pub site: u64,
}

impl GaussianNoise {
    const TILE: usize = 128 * GROUPS * GROUP;

    pub fn tiles(&self) -> usize {
        self.len.div_ceil(Self::TILE)
    }

    pub fn run(&self, draw: Draw, tile: usize, x: &[f32], y: Shared<f32>) {
        self.run_on(Isa::current(), draw, tile, x, y);
    }

    pub fn run_on(&self, isa: Isa, draw: Draw, tile: usize, x: &[f32], y: Shared<f32>) {
        let start = tile * Self::TILE;
        let len = Self::TILE.min(self.len - start);
        assert!(start + len <= x.len().min(y.len()));
        // SAFETY: within `y`; tiles are disjoint ranges.
        let y = unsafe { y.range(start, len) };
        let (key, group) = (key(draw.seed, self.site), (start / GROUP) as u64);
        let (x, step, deviation) = (&x[start..start + len], draw.step, self.deviation);
        dispatch_on(isa, Add { key, step, group, deviation, x, y });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAW: Draw = Draw { seed: 3, step: 9 };

    #[test]
    fn lanes_add_the_noise_of_the_scalar_definition() {
        for isa in Isa::available() {
            for len in [0, 1, 15, 16, 17, 31, 32, 33, 300, GaussianNoise::TILE + 5] {
                let noise = GaussianNoise { len, deviation: 0.5, site: 4 };
                let x: Vec<f32> = (0..len).map(|i| (i % 7) as f32 - 3.0).collect();
                let mut y = vec![0.0; len];
                for tile in 0..noise.tiles() {
                    noise.run_on(isa, DRAW, tile, &x, Shared::new(&mut y));
                }
                for (i, (y, x)) in y.iter().zip(&x).enumerate() {
                    let wanted = noisy(DRAW, 4, 0.5, i as u64, f64::from(*x));
                    assert!((f64::from(*y) - wanted).abs() < 4e-6, "{isa:?} {i}: {y} {wanted}");
                }
            }
        }
    }

    #[test]
    fn the_noise_is_normal_and_uncorrelated() {
        let n = 100_000;
        let z: Vec<f64> = (0..n).map(|i| normal(DRAW, 1, i)).collect();
        let mean = |f: &dyn Fn(usize) -> f64| (0..z.len() - 16).map(f).sum::<f64>() / n as f64;
        assert!(mean(&|i| z[i]).abs() < 0.012);
        assert!((mean(&|i| z[i].powi(2)) - 1.0).abs() < 0.02);
        assert!((mean(&|i| z[i].powi(4)) - 3.0).abs() < 0.13);
        let outside = z.iter().filter(|z| z.abs() > 2.0).count() as f64 / n as f64;
        assert!((outside - 0.0455).abs() < 0.003, "{outside}");
        for lag in [1, 16] {
            assert!(mean(&|i| z[i] * z[i + lag]).abs() < 0.013, "lag {lag}");
        }
    }

    #[test]
    fn seeds_sites_and_steps_draw_apart() {
        let base = normal(DRAW, 1, 5);
        assert_eq!(base, normal(DRAW, 1, 5));
        assert_ne!(base, normal(Draw { seed: 4, ..DRAW }, 1, 5));
        assert_ne!(base, normal(Draw { step: 8, ..DRAW }, 1, 5));
        assert_ne!(base, normal(DRAW, 2, 5));
    }
}
