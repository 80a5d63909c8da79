//! Where a value stands in its sequence, as sines: rotary embedding and sinusoidal encoding.
//!
//! ```text
//! rotary:     y[c] = x[c] cos a - x[c + half] sin a,   y[c + half] = x[c + half] cos a + x[c] sin a
//! sinusoidal: y[c] = x[c] + sin a (c even), x[c] + cos a (c odd)
//! ```
//!
//! `a = t base^(-2 c / size)` in the first (`c < half = size / 2`), `t base^(-2 ⌊c / 2⌋ / size)` in
//! the second, at time `t`. Su et al. 2021, arXiv:2104.09864, in halves as in Llama; Vaswani et al.
//! 2017, arXiv:1706.03762. Angles are reduced to one turn in f64, so late positions lose no digits.

use std::f64::consts::{FRAC_PI_2, TAU};
use std::ops::Range;

use crate::softmax::{load, store, vectors};
use crate::{Float, Isa, Kernel, Shared, Simd, dispatch_on, math};

/// Elements of one tile.
const ELEMENTS: usize = 16_384;

/// The angles of channels at a time: `t frequency + phase`.
#[derive(Clone, Debug)]
struct Angles {
    frequencies: Vec<f64>,
    phases: Vec<f64>,
}

impl Angles {
    fn rotary(size: usize, base: f64) -> Self {
        let frequency = |c: usize| base.powf(-2.0 * c as f64 / size as f64);
        Angles { frequencies: (0..size / 2).map(frequency).collect(), phases: vec![0.0; size / 2] }
    }

    fn sinusoidal(size: usize, base: f64) -> Self {
        let frequency = |c: usize| base.powf(-2.0 * (c / 2) as f64 / size as f64);
        let phase = |c: usize| if c.is_multiple_of(2) { 0.0 } else { FRAC_PI_2 };
        Angles {
            frequencies: (0..size).map(frequency).collect(),
            phases: (0..size).map(phase).collect(),
        }
    }

    fn at(&self, time: usize, channel: usize) -> f64 {
        time as f64 * self.frequencies[channel] + self.phases[channel]
    }

    /// Angles of `n` channels from `channel` on, within half a turn of 0.
    #[inline(always)]
    fn lanes<S: Simd>(&self, s: S, time: usize, channel: usize, n: usize) -> S::F32 {
        const { assert!(S::LANES <= 16) };
        let mut angles = [0.0f32; 16];
        for i in 0..n {
            let angle = self.at(time, channel + i);
            angles[i] = (angle - (angle / TAU + 0.5).floor() * TAU) as f32;
        }
        // SAFETY: the array holds at least LANES floats.
        unsafe { s.load(angles.as_ptr()) }
    }
}

/// Turns pairs of channels of `[batch, time, heads, size]` by angles that grow with time.
#[derive(Clone, Debug)]
pub struct Rotary {
    batch: usize,
    time: usize,
    heads: usize,
    size: usize,
    /// Turns back, which is the gradient.
    back: bool,
    angles: Angles,
}

/// Adds sines of the time to `[batch, time, size]`.
#[derive(Clone, Debug)]
pub struct Sinusoid {
    batch: usize,
    time: usize,
    size: usize,
    angles: Angles,
}

/// The times of a tile, `row` elements each in all sequences together.
fn times(tile: usize, time: usize, row: usize) -> Range<usize> {
    let each = per_tile(row);
    tile * each..((tile + 1) * each).min(time)
}

fn per_tile(row: usize) -> usize {
    (ELEMENTS / row.max(1)).max(1)
}

impl Rotary {
    /// `size` is even.
    pub fn new([batch, time, heads, size]: [usize; 4], base: f64, back: bool) -> Self {
        Rotary { batch, time, heads, size, back, angles: Angles::rotary(size, base) }
    }

    fn row(&self) -> usize {
        self.batch * self.heads * self.size
    }

    pub fn tiles(&self) -> usize {
        if self.row() == 0 { 0 } else { self.time.div_ceil(per_tile(self.row())) }
    }

    pub fn run(&self, tile: usize, x: &[f32], y: Shared<'_, f32>) {
        self.run_on(Isa::current(), tile, x, y);
    }

    pub fn run_on(&self, isa: Isa, tile: usize, x: &[f32], y: Shared<'_, f32>) {
        assert!(x.len().min(y.len()) >= self.row() * self.time);
        let times = times(tile, self.time, self.row());
        dispatch_on(isa, Rotate { rotary: self, times, x: x.as_ptr(), y: y.pointer() });
    }

    // ---- reference

    /// The result in the type of the elements.
    pub fn reference<T: Float>(&self, x: &[T]) -> Vec<T> {
        let half = self.size / 2;
        let mut y = x.to_vec();
        for row in 0..self.batch * self.time * self.heads {
            for c in 0..half {
                let angle = self.angles.at(row / self.heads % self.time, c);
                let (sin, cos) = if self.back { -angle } else { angle }.sin_cos();
                let (sin, cos) = (T::of(sin), T::of(cos));
                let (a, b) = (row * self.size + c, row * self.size + half + c);
                y[a] = x[a] * cos - x[b] * sin;
                y[b] = x[b] * cos + x[a] * sin;
            }
        }
        y
    }
}

impl Sinusoid {
    pub fn new([batch, time, size]: [usize; 3], base: f64) -> Self {
        Sinusoid { batch, time, size, angles: Angles::sinusoidal(size, base) }
    }

    pub fn tiles(&self) -> usize {
        let row = self.batch * self.size;
        if row == 0 { 0 } else { self.time.div_ceil(per_tile(row)) }
    }

    pub fn run(&self, tile: usize, x: &[f32], y: Shared<'_, f32>) {
        self.run_on(Isa::current(), tile, x, y);
    }

    pub fn run_on(&self, isa: Isa, tile: usize, x: &[f32], y: Shared<'_, f32>) {
        assert!(x.len().min(y.len()) >= self.batch * self.time * self.size);
        let times = times(tile, self.time, self.batch * self.size);
        dispatch_on(isa, AddSines { sinusoid: self, times, x: x.as_ptr(), y: y.pointer() });
    }

    /// The result in the type of the elements.
    pub fn reference<T: Float>(&self, x: &[T]) -> Vec<T> {
        let sine = |i: usize| T::of(self.angles.at(i / self.size % self.time, i % self.size).sin());
        x.iter().enumerate().map(|(i, &x)| x + sine(i)).collect()
    }
}

// ---- fast

struct Rotate<'a> {
    rotary: &'a Rotary,
    times: Range<usize>,
    x: *const f32,
    y: *mut f32,
}

impl Kernel for Rotate<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Rotary { batch, time, heads, size, back, .. } = *self.rotary;
        for t in self.times {
            for (c, n) in vectors(s, size / 2) {
                let angle = self.rotary.angles.lanes(s, t, c, n);
                let (sin, cos) = (math::sin(s, angle), math::cos(s, angle));
                let sin = if back { s.neg(sin) } else { sin };
                for row in 0..batch * heads {
                    let at = ((row / heads * time + t) * heads + row % heads) * size + c;
                    // SAFETY: c + n <= size / 2 channels of a row, and as many half a row on.
                    unsafe {
                        let (low, high) = (at, at + size / 2);
                        let (a, b) = (load(s, self.x.add(low), n), load(s, self.x.add(high), n));
                        store(s, self.y.add(low), s.fnma(b, sin, s.mul(a, cos)), n);
                        store(s, self.y.add(high), s.fma(a, sin, s.mul(b, cos)), n);
                    }
                }
            }
        }
    }
}

struct AddSines<'a> {
    sinusoid: &'a Sinusoid,
    times: Range<usize>,
    x: *const f32,
    y: *mut f32,
}

impl Kernel for AddSines<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Sinusoid { batch, time, size, .. } = *self.sinusoid;
        for t in self.times {
            for (c, n) in vectors(s, size) {
                let sine = math::sin(s, self.sinusoid.angles.lanes(s, t, c, n));
                for row in 0..batch {
                    let at = (row * time + t) * size + c;
                    // SAFETY: c + n <= size channels of the row.
                    unsafe { store(s, self.y.add(at), s.add(load(s, self.x.add(at), n), sine), n) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::fill_uniform;

    fn values(len: usize) -> (Vec<f32>, Vec<f64>) {
        let mut values = vec![0.0; len];
        fill_uniform(7, "x", -1.5, 1.5, &mut values);
        let wide = values.iter().map(|&x| x.into()).collect();
        (values, wide)
    }

    fn near(what: &str, got: &[f32], expected: &[f64]) {
        assert_eq!(got.len(), expected.len());
        for (i, (&got, &expected)) in got.iter().zip(expected).enumerate() {
            let error = (f64::from(got) - expected).abs();
            assert!(error <= 1e-6, "{what}: [{i}] {got}, expected {expected}");
        }
    }

    #[test]
    fn every_instruction_set_turns_as_the_reference_does_at_late_times_too() {
        for isa in Isa::available() {
            for shape in [[2, 5, 3, 2], [1, 7, 2, 34], [2, 3000, 1, 10], [0, 3, 1, 4], [1, 2, 1, 0]]
            {
                for back in [false, true] {
                    let rotary = Rotary::new(shape, 10_000.0, back);
                    let (x, wide) = values(shape.iter().product());
                    let mut y = vec![f32::NAN; x.len()];
                    for tile in 0..rotary.tiles() {
                        rotary.run_on(isa, tile, &x, Shared::new(&mut y));
                    }
                    near(&format!("{isa:?} {shape:?}"), &y, &rotary.reference(&wide));
                }
            }
        }
    }

    #[test]
    fn turning_back_undoes_the_turn() {
        let shape = [1, 50, 2, 6];
        let (x, wide) = values(600);
        let turned = Rotary::new(shape, 100.0, false).reference(&wide);
        near("back", &x, &Rotary::new(shape, 100.0, true).reference(&turned));
    }

    #[test]
    fn every_instruction_set_adds_the_sines_of_the_reference() {
        for isa in Isa::available() {
            for shape in [[2, 5, 1], [3, 40, 33], [1, 3000, 6], [0, 3, 4], [2, 3, 0]] {
                let sinusoid = Sinusoid::new(shape, 10_000.0);
                let (x, wide) = values(shape.iter().product());
                let mut y = vec![f32::NAN; x.len()];
                for tile in 0..sinusoid.tiles() {
                    sinusoid.run_on(isa, tile, &x, Shared::new(&mut y));
                }
                near(&format!("{isa:?} {shape:?}"), &y, &sinusoid.reference(&wide));
            }
        }
    }
}
