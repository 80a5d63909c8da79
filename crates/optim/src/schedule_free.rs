//! Schedule-free AdamW: averages of iterates in place of a decaying rate. Defazio et al. 2024,
//! arXiv:2405.15682.
//!
//! ```text
//! a = tʳ max(lr₁ … lrₜ)ᵖ,  c = a / Σa
//! v ← β₂ v + (1 − β₂) g²             (g at w)
//! d ← g / (√(v / (1 − β₂ᵗ)) + ε) + λ w
//! w ← (1 − c) w + c z + lr (β₁ (1 − c) − 1) d
//! z ← z − lr d
//! x ← (1 − c) x + c z
//! ```
//!
//! `w = (1 − β₁) z + β₁ x` is trained, `x` is evaluated; both start where the weights do.

use attune_kernels::{Isa, Simd};

use crate::adam::Moments;
use crate::decay::Decay;
use crate::hyper::hyper;
use crate::sweep::{Elementwise, sweep};
use crate::{Carried, Optimizer, Step};

hyper!("scheduleFreeAdamW", ScheduleFreeAdamW {
    beta1: "beta1",
    beta2: "beta2",
    epsilon: "epsilon",
    weight_decay: "weightDecay",
    step_power: "stepPower",
    rate_power: "ratePower",
});

impl ScheduleFreeAdamW {
    /// `c`, and whether all rates before were 0, so that `z` and `x` still are the weights.
    fn share(&self, step: &Step) -> (f64, bool) {
        let [sum, _, before] = step.carried;
        (if sum == 0.0 { 0.0 } else { (sum - before) / sum }, before == 0.0)
    }

    fn correction(&self, step: &Step) -> f64 {
        1.0 - self.beta2.powf(step.number as f64)
    }
}

impl Optimizer for ScheduleFreeAdamW {
    fn slots(&self) -> &'static [&'static str] {
        &["v", "z", "x"]
    }

    fn carried(&self) -> usize {
        3
    }

    /// Carries `Σa`, the largest rate and the sum before.
    fn advance(&self, number: u64, learning_rate: f64, carried: &mut Carried) {
        let [sum, largest, _] = *carried;
        let largest = largest.max(learning_rate);
        let share = (number as f64).powf(self.step_power) * largest.powf(self.rate_power);
        *carried = [sum + share, largest, sum];
    }

    fn evaluated(&self) -> Option<&'static str> {
        Some("x")
    }

    fn update_on(
        &self,
        isa: Isa,
        step: &Step,
        w: &mut [f32],
        g: &[f32],
        slots: &mut [&mut [f32]],
    ) {
        let (share, first) = self.share(step);
        let lanes = Lanes {
            scale: Decay::coupled(step, 0.0),
            moments: Moments::new(self.beta1, self.beta2),
            epsilon: self.epsilon as f32,
            unbias: (1.0 / self.correction(step).sqrt()) as f32,
            weight_decay: self.weight_decay as f32,
            rate: step.learning_rate as f32,
            ahead: (step.learning_rate * (self.beta1 * (1.0 - share) - 1.0)) as f32,
            share: share as f32,
            first,
        };
        sweep(isa, lanes, w, g, slots);
    }

    fn reference(&self, step: &Step, w: &mut f64, g: f64, slots: &mut [f64]) {
        let [v, z, x] = slots else { panic!("scheduleFreeAdamW has three slots") };
        let (share, first) = self.share(step);
        if first {
            (*z, *x) = (*w, *w);
        }
        *v = self.beta2 * *v + (1.0 - self.beta2) * g * g;
        let d = g / ((*v / self.correction(step)).sqrt() + self.epsilon) + self.weight_decay * *w;
        *w = (1.0 - share) * *w + share * *z;
        *w += step.learning_rate * (self.beta1 * (1.0 - share) - 1.0) * d;
        *z -= step.learning_rate * d;
        *x = (1.0 - share) * *x + share * *z;
    }
}

struct Lanes {
    scale: Decay,
    moments: Moments,
    epsilon: f32,
    unbias: f32,
    weight_decay: f32,
    rate: f32,
    /// `lr (β₁ (1 − c) − 1)`.
    ahead: f32,
    share: f32,
    first: bool,
}

impl Elementwise<3> for Lanes {
    #[inline(always)]
    fn lanes<S: Simd>(
        &self,
        s: S,
        w: S::F32,
        g: S::F32,
        [v, z, x]: [S::F32; 3],
    ) -> (S::F32, [S::F32; 3]) {
        let (w, g) = self.scale.lanes(s, w, g);
        let (z, x) = if self.first { (w, w) } else { (z, x) };
        let v = self.moments.second(s, g, v);
        let denominator = s.fma(s.sqrt(v), s.splat(self.unbias), s.splat(self.epsilon));
        let d = s.fma(s.splat(self.weight_decay), w, s.div(g, denominator));
        let share = s.splat(self.share);
        let w = s.fma(share, s.sub(z, w), w);
        let w = s.fma(s.splat(self.ahead), d, w);
        let z = s.fnma(s.splat(self.rate), d, z);
        (w, [v, z, s.fma(share, s.sub(z, x), x)])
    }
}
