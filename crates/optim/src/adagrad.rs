//! Adagrad. Duchi, Hazan and Singer 2011, JMLR 12.
//!
//! ```text
//! g ← g + λ w
//! v ← v + g²                         (first: the initial accumulator)
//! w ← w − lr / (1 + (t − 1) η) · g / (√v + ε)
//! ```

use attune_kernels::{Isa, Simd};

use crate::decay::Decay;
use crate::hyper::hyper;
use crate::sweep::{Elementwise, sweep};
use crate::{Optimizer, Step};

hyper!("adagrad", Adagrad {
    rate_decay: "rateDecay",
    initial_accumulator: "initialAccumulator",
    epsilon: "epsilon",
    weight_decay: "weightDecay",
});

impl Adagrad {
    fn rate(&self, step: &Step) -> f64 {
        step.learning_rate / (1.0 + (step.number - 1) as f64 * self.rate_decay)
    }
}

impl Optimizer for Adagrad {
    fn slots(&self) -> &'static [&'static str] {
        &["v"]
    }

    fn start(&self) -> f32 {
        self.initial_accumulator as f32
    }

    fn update_on(
        &self,
        isa: Isa,
        step: &Step,
        w: &mut [f32],
        g: &[f32],
        slots: &mut [&mut [f32]],
    ) {
        let decay = Decay::coupled(step, self.weight_decay);
        let (rate, epsilon) = (self.rate(step) as f32, self.epsilon as f32);
        sweep(isa, Lanes { decay, rate, epsilon }, w, g, slots);
    }

    fn reference(&self, step: &Step, w: &mut f64, g: f64, slots: &mut [f64]) {
        let g = g + self.weight_decay * *w;
        slots[0] += g * g;
        *w -= self.rate(step) * g / (slots[0].sqrt() + self.epsilon);
    }
}

struct Lanes {
    decay: Decay,
    rate: f32,
    epsilon: f32,
}

impl Elementwise<1> for Lanes {
    #[inline(always)]
    fn lanes<S: Simd>(&self, s: S, w: S::F32, g: S::F32, [v]: [S::F32; 1]) -> (S::F32, [S::F32; 1]) {
        let (w, g) = self.decay.lanes(s, w, g);
        let v = s.fma(g, g, v);
        let denominator = s.add(s.sqrt(v), s.splat(self.epsilon));
        (s.fnma(s.splat(self.rate), s.div(g, denominator), w), [v])
    }
}
