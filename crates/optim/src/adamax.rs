//! Adamax: Adam with the infinity norm. Kingma and Ba 2015, arXiv:1412.6980, section 7.1.
//!
//! ```text
//! g ← g + λ w
//! m ← β₁ m + (1 − β₁) g
//! u ← max(β₂ u, |g| + ε)
//! w ← w − lr / (1 − β₁ᵗ) · m / u
//! ```

use attune_kernels::{Isa, Simd};

use crate::adam::Moments;
use crate::decay::Decay;
use crate::hyper::hyper;
use crate::sweep::{Elementwise, sweep};
use crate::{Optimizer, Step};

hyper!("adamax", Adamax {
    beta1: "beta1",
    beta2: "beta2",
    epsilon: "epsilon",
    weight_decay: "weightDecay",
});

impl Adamax {
    fn rate(&self, step: &Step) -> f64 {
        step.learning_rate / (1.0 - self.beta1.powf(step.number as f64))
    }
}

impl Optimizer for Adamax {
    fn slots(&self) -> &'static [&'static str] {
        &["m", "u"]
    }

    fn update_on(
        &self,
        isa: Isa,
        step: &Step,
        w: &mut [f32],
        g: &[f32],
        slots: &mut [&mut [f32]],
    ) {
        let lanes = Lanes {
            decay: Decay::coupled(step, self.weight_decay),
            moments: Moments::new(self.beta1, self.beta2),
            beta2: self.beta2 as f32,
            epsilon: self.epsilon as f32,
            rate: self.rate(step) as f32,
        };
        sweep(isa, lanes, w, g, slots);
    }

    fn reference(&self, step: &Step, w: &mut f64, g: f64, slots: &mut [f64]) {
        let [m, u] = slots else { panic!("adamax has two slots") };
        let g = g + self.weight_decay * *w;
        *m = self.beta1 * *m + (1.0 - self.beta1) * g;
        *u = (self.beta2 * *u).max(g.abs() + self.epsilon);
        *w -= self.rate(step) * *m / *u;
    }
}

struct Lanes {
    decay: Decay,
    moments: Moments,
    beta2: f32,
    epsilon: f32,
    rate: f32,
}

impl Elementwise<2> for Lanes {
    #[inline(always)]
    fn lanes<S: Simd>(
        &self,
        s: S,
        w: S::F32,
        g: S::F32,
        [m, u]: [S::F32; 2],
    ) -> (S::F32, [S::F32; 2]) {
        let (w, g) = self.decay.lanes(s, w, g);
        let m = self.moments.first(s, g, m);
        let u = s.max(s.mul(u, s.splat(self.beta2)), s.add(s.abs(g), s.splat(self.epsilon)));
        (s.fnma(s.splat(self.rate), s.div(m, u), w), [m, u])
    }
}
