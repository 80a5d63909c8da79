//! NAdam: Adam with Nesterov's momentum. Dozat 2016, ICLR workshop.
//!
//! ```text
//! μₜ = β₁ (1 − ½ 0.96^(t ψ)),  Mₜ = μ₁ ⋯ μₜ
//! m ← β₁ m + (1 − β₁) g
//! v ← β₂ v + (1 − β₂) g²
//! w ← w − lr ((1 − μₜ) / (1 − Mₜ) g + μₜ₊₁ / (1 − Mₜ μₜ₊₁) m) / (√(v / (1 − β₂ᵗ)) + ε)
//! ```

use attune_kernels::{Isa, Simd};

use crate::adam::Moments;
use crate::decay::{Decay, decayed};
use crate::hyper::hyper;
use crate::sweep::{Elementwise, sweep};
use crate::{Carried, Optimizer, Step};

hyper!("nAdam", NAdam {
    beta1: "beta1",
    beta2: "beta2",
    epsilon: "epsilon",
    momentum_decay: "momentumDecay",
    weight_decay: "weightDecay",
    decoupled: "decoupledWeightDecay",
});

impl NAdam {
    fn mu(&self, t: u64) -> f64 {
        self.beta1 * (1.0 - 0.5 * 0.96f64.powf(t as f64 * self.momentum_decay))
    }

    /// The rates of `g` and of `m`.
    fn rates(&self, step: &Step) -> (f64, f64) {
        let (mu, next) = (self.mu(step.number), self.mu(step.number + 1));
        let missing = step.carried[0];
        let of_g = step.learning_rate * (1.0 - mu) / missing;
        let of_m = step.learning_rate * next / (1.0 - (1.0 - missing) * next);
        (of_g, of_m)
    }

    fn correction(&self, step: &Step) -> f64 {
        1.0 - self.beta2.powf(step.number as f64)
    }
}

impl Optimizer for NAdam {
    fn slots(&self) -> &'static [&'static str] {
        &["m", "v"]
    }

    fn carried(&self) -> usize {
        1
    }

    /// Carries `1 − Mₜ`.
    fn advance(&self, number: u64, _learning_rate: f64, carried: &mut Carried) {
        carried[0] = 1.0 - (1.0 - carried[0]) * self.mu(number);
    }

    fn update_on(
        &self,
        isa: Isa,
        step: &Step,
        w: &mut [f32],
        g: &[f32],
        slots: &mut [&mut [f32]],
    ) {
        let (of_g, of_m) = self.rates(step);
        let lanes = Lanes {
            decay: Decay::new(step, self.weight_decay, self.decoupled != 0.0),
            moments: Moments::new(self.beta1, self.beta2),
            epsilon: self.epsilon as f32,
            of_g: of_g as f32,
            of_m: of_m as f32,
            unbias: (1.0 / self.correction(step).sqrt()) as f32,
        };
        sweep(isa, lanes, w, g, slots);
    }

    fn reference(&self, step: &Step, w: &mut f64, g: f64, slots: &mut [f64]) {
        let [m, v] = slots else { panic!("nAdam has two slots") };
        let g = decayed(step, self.weight_decay, self.decoupled != 0.0, w, g);
        *m = self.beta1 * *m + (1.0 - self.beta1) * g;
        *v = self.beta2 * *v + (1.0 - self.beta2) * g * g;
        let (of_g, of_m) = self.rates(step);
        *w -= (of_g * g + of_m * *m) / ((*v / self.correction(step)).sqrt() + self.epsilon);
    }
}

struct Lanes {
    decay: Decay,
    moments: Moments,
    epsilon: f32,
    of_g: f32,
    of_m: f32,
    unbias: f32,
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
        let denominator = s.fma(s.sqrt(v), s.splat(self.unbias), s.splat(self.epsilon));
        let direction = s.fma(s.splat(self.of_g), g, s.mul(s.splat(self.of_m), m));
        (s.sub(w, s.div(direction, denominator)), [m, v])
    }
}
