//! Lion: the sign of an interpolated momentum. Chen et al. 2023, arXiv:2302.06675.
//!
//! ```text
//! w ← w − lr λ w
//! w ← w − lr sign(β₁ m + (1 − β₁) g)
//! m ← β₂ m + (1 − β₂) g
//! ```

use attune_kernels::{Isa, Simd};

use crate::decay::{Decay, decayed};
use crate::hyper::hyper;
use crate::sweep::{Elementwise, sweep};
use crate::{Optimizer, Step};

hyper!("lion", Lion {
    beta1: "beta1",
    beta2: "beta2",
    weight_decay: "weightDecay",
});

impl Optimizer for Lion {
    fn slots(&self) -> &'static [&'static str] {
        &["m"]
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
            decay: Decay::decoupled(step, self.weight_decay),
            new1: (1.0 - self.beta1) as f32,
            new2: (1.0 - self.beta2) as f32,
            rate: step.learning_rate as f32,
        };
        sweep(isa, lanes, w, g, slots);
    }

    fn reference(&self, step: &Step, w: &mut f64, g: f64, slots: &mut [f64]) {
        let g = decayed(step, self.weight_decay, true, w, g);
        let c = self.beta1 * slots[0] + (1.0 - self.beta1) * g;
        slots[0] = self.beta2 * slots[0] + (1.0 - self.beta2) * g;
        *w -= if c == 0.0 { 0.0 } else { step.learning_rate * c.signum() };
    }
}

struct Lanes {
    decay: Decay,
    new1: f32,
    new2: f32,
    rate: f32,
}

impl Elementwise<1> for Lanes {
    #[inline(always)]
    fn lanes<S: Simd>(&self, s: S, w: S::F32, g: S::F32, [m]: [S::F32; 1]) -> (S::F32, [S::F32; 1]) {
        let (w, g) = self.decay.lanes(s, w, g);
        let difference = s.sub(g, m);
        let c = s.fma(s.splat(self.new1), difference, m);
        let rate = s.splat(self.rate);
        let below = s.select(s.lt(c, s.zero()), s.neg(rate), s.zero());
        let signed = s.select(s.lt(s.zero(), c), rate, below);
        (s.sub(w, signed), [s.fma(s.splat(self.new2), difference, m)])
    }
}
