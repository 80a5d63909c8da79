//! RAdam: Adam whose first steps are not adaptive. Liu et al. 2020, arXiv:1908.03265.
//!
//! ```text
//! ρ∞ = 2 / (1 − β₂) − 1,  ρₜ = ρ∞ − 2 t β₂ᵗ / (1 − β₂ᵗ)
//! m ← β₁ m + (1 − β₁) g
//! v ← β₂ v + (1 − β₂) g²
//! r = √((ρₜ − 4)(ρₜ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρₜ))
//! ρₜ > 5:  w ← w − lr m / (1 − β₁ᵗ) · r √(1 − β₂ᵗ) / (√v + ε)
//! else:    w ← w − lr m / (1 − β₁ᵗ)
//! ```

use attune_kernels::{Isa, Simd};

use crate::adam::Moments;
use crate::decay::{Decay, decayed};
use crate::hyper::hyper;
use crate::sweep::{Elementwise, sweep};
use crate::{Optimizer, Step};

hyper!("rAdam", RAdam {
    beta1: "beta1",
    beta2: "beta2",
    epsilon: "epsilon",
    weight_decay: "weightDecay",
    decoupled: "decoupledWeightDecay",
});

impl RAdam {
    /// The rate of `m`, and whether it is divided by `√v + ε`.
    fn rate(&self, step: &Step) -> (f64, bool) {
        let t = step.number as f64;
        let plain = step.learning_rate / (1.0 - self.beta1.powf(t));
        let power = self.beta2.powf(t);
        let last = 2.0 / (1.0 - self.beta2) - 1.0;
        let rho = last - 2.0 * t * power / (1.0 - power);
        if rho <= 5.0 {
            return (plain, false);
        }
        let r = ((rho - 4.0) * (rho - 2.0) * last / ((last - 4.0) * (last - 2.0) * rho)).sqrt();
        (plain * r * (1.0 - power).sqrt(), true)
    }
}

impl Optimizer for RAdam {
    fn slots(&self) -> &'static [&'static str] {
        &["m", "v"]
    }

    fn update_on(
        &self,
        isa: Isa,
        step: &Step,
        w: &mut [f32],
        g: &[f32],
        slots: &mut [&mut [f32]],
    ) {
        let (rate, adaptive) = self.rate(step);
        let lanes = Lanes {
            decay: Decay::new(step, self.weight_decay, self.decoupled != 0.0),
            moments: Moments::new(self.beta1, self.beta2),
            epsilon: self.epsilon as f32,
            rate: rate as f32,
            adaptive,
        };
        sweep(isa, lanes, w, g, slots);
    }

    fn reference(&self, step: &Step, w: &mut f64, g: f64, slots: &mut [f64]) {
        let [m, v] = slots else { panic!("rAdam has two slots") };
        let g = decayed(step, self.weight_decay, self.decoupled != 0.0, w, g);
        *m = self.beta1 * *m + (1.0 - self.beta1) * g;
        *v = self.beta2 * *v + (1.0 - self.beta2) * g * g;
        let (rate, adaptive) = self.rate(step);
        *w -= if adaptive { rate * *m / (v.sqrt() + self.epsilon) } else { rate * *m };
    }
}

struct Lanes {
    decay: Decay,
    moments: Moments,
    epsilon: f32,
    rate: f32,
    adaptive: bool,
}

impl Elementwise<2> for Lanes {
    #[inline(always)]
    fn lanes<S: Simd>(
        &self,
        s: S,
        w: S::F32,
        g: S::F32,
        [m, v]: [S::F32; 2],
    ) -> (S::F32, [S::F32; 2]) {
        let (w, g) = self.decay.lanes(s, w, g);
        let (m, v) = (self.moments.first(s, g, m), self.moments.second(s, g, v));
        let direction =
            if self.adaptive { s.div(m, s.add(s.sqrt(v), s.splat(self.epsilon))) } else { m };
        (s.fnma(s.splat(self.rate), direction, w), [m, v])
    }
}
