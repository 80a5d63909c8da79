//! Adadelta. Zeiler 2012, arXiv:1212.5701.
//!
//! ```text
//! g ← g + λ w
//! v ← ρ v + (1 − ρ) g²
//! d ← √(u + ε) / √(v + ε) · g
//! u ← ρ u + (1 − ρ) d²
//! w ← w − lr d
//! ```

use attune_kernels::{Isa, Simd};

use crate::decay::Decay;
use crate::hyper::hyper;
use crate::sweep::{Elementwise, sweep};
use crate::{Optimizer, Step};

hyper!("adadelta", Adadelta {
    rho: "rho",
    epsilon: "epsilon",
    weight_decay: "weightDecay",
});

impl Optimizer for Adadelta {
    fn slots(&self) -> &'static [&'static str] {
        &["v", "u"]
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
            rate: step.learning_rate as f32,
            rho: self.rho as f32,
            new: (1.0 - self.rho) as f32,
            epsilon: self.epsilon as f32,
        };
        sweep(isa, lanes, w, g, slots);
    }

    fn reference(&self, step: &Step, w: &mut f64, g: f64, slots: &mut [f64]) {
        let Adadelta { rho, epsilon, weight_decay } = *self;
        let [v, u] = slots else { panic!("adadelta has two slots") };
        let g = g + weight_decay * *w;
        *v = rho * *v + (1.0 - rho) * g * g;
        let d = (*u + epsilon).sqrt() / (*v + epsilon).sqrt() * g;
        *u = rho * *u + (1.0 - rho) * d * d;
        *w -= step.learning_rate * d;
    }
}

struct Lanes {
    decay: Decay,
    rate: f32,
    rho: f32,
    new: f32,
    epsilon: f32,
}

impl Elementwise<2> for Lanes {
    #[inline(always)]
    fn lanes<S: Simd>(
        &self,
        s: S,
        w: S::F32,
        g: S::F32,
        [v, u]: [S::F32; 2],
    ) -> (S::F32, [S::F32; 2]) {
        let (w, g) = self.decay.lanes(s, w, g);
        let (rho, new, epsilon) = (s.splat(self.rho), s.splat(self.new), s.splat(self.epsilon));
        let v = s.fma(s.mul(g, g), new, s.mul(v, rho));
        let d = s.mul(s.div(s.sqrt(s.add(u, epsilon)), s.sqrt(s.add(v, epsilon))), g);
        let u = s.fma(s.mul(d, d), new, s.mul(u, rho));
        (s.fnma(s.splat(self.rate), d, w), [v, u])
    }
}
