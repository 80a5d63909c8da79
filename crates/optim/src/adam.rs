//! Adam, with AMSGrad and without bias correction if wanted. Kingma and Ba 2015, arXiv:1412.6980;
//! AMSGrad: Reddi, Kale and Kumar 2018, arXiv:1904.09237.
//!
//! ```text
//! g ← g + λ w
//! m ← β₁ m + (1 − β₁) g
//! v ← β₂ v + (1 − β₂) g²
//! x ← max(x, v)                      (AMSGrad; else x = v)
//! w ← w − lr (m / (1 − β₁ᵗ)) / (√(x / (1 − β₂ᵗ)) + ε)
//! ```
//!
//! Without bias correction both quotients `1 − βᵗ` are 1.

use attune_kernels::{Isa, Simd};

use crate::decay::{Decay, decayed};
use crate::hyper::hyper;
use crate::sweep::{Elementwise, sweep};
use crate::{Optimizer, Step};

hyper!("adam", Adam {
    beta1: "beta1",
    beta2: "beta2",
    epsilon: "epsilon",
    weight_decay: "weightDecay",
    amsgrad: "amsgrad",
    bias_correction: "biasCorrection",
});

impl Optimizer for Adam {
    fn slots(&self) -> &'static [&'static str] {
        if self.amsgrad != 0.0 { &["m", "v", "largest"] } else { &["m", "v"] }
    }

    fn update_on(
        &self,
        isa: Isa,
        step: &Step,
        w: &mut [f32],
        g: &[f32],
        slots: &mut [&mut [f32]],
    ) {
        self.sweep(isa, step, Decay::coupled(step, self.weight_decay), w, g, slots);
    }

    fn reference(&self, step: &Step, w: &mut f64, g: f64, slots: &mut [f64]) {
        let g = decayed(step, self.weight_decay, false, w, g);
        self.descend(step, w, g, slots);
    }
}

impl Adam {
    /// `(1 − β₁ᵗ, 1 − β₂ᵗ)`, or ones.
    pub(crate) fn corrections(&self, step: &Step) -> (f64, f64) {
        if self.bias_correction == 0.0 {
            return (1.0, 1.0);
        }
        let t = step.number as f64;
        (1.0 - self.beta1.powf(t), 1.0 - self.beta2.powf(t))
    }

    pub(crate) fn sweep(
        &self,
        isa: Isa,
        step: &Step,
        decay: Decay,
        w: &mut [f32],
        g: &[f32],
        slots: &mut [&mut [f32]],
    ) {
        let moments = Moments::new(self.beta1, self.beta2);
        let (correction1, correction2) = self.corrections(step);
        let lanes = Lanes {
            decay,
            moments,
            epsilon: self.epsilon as f32,
            rate: (step.learning_rate / correction1) as f32,
            unbias: (1.0 / correction2.sqrt()) as f32,
        };
        if self.amsgrad != 0.0 {
            sweep(isa, Largest(lanes), w, g, slots);
        } else {
            sweep(isa, lanes, w, g, slots);
        }
    }

    /// The rule without decay, in f64.
    pub(crate) fn descend(&self, step: &Step, w: &mut f64, g: f64, slots: &mut [f64]) {
        let (correction1, correction2) = self.corrections(step);
        slots[0] = self.beta1 * slots[0] + (1.0 - self.beta1) * g;
        slots[1] = self.beta2 * slots[1] + (1.0 - self.beta2) * g * g;
        let mut square = slots[1];
        if let Some(largest) = slots.get_mut(2) {
            *largest = largest.max(square);
            square = *largest;
        }
        let denominator = (square / correction2).sqrt() + self.epsilon;
        *w -= step.learning_rate * (slots[0] / correction1) / denominator;
    }
}

/// The running means of the gradient and of its square.
#[derive(Clone, Copy)]
pub(crate) struct Moments {
    beta2: f32,
    new1: f32,
    new2: f32,
}

impl Moments {
    pub(crate) fn new(beta1: f64, beta2: f64) -> Self {
        Moments { beta2: beta2 as f32, new1: (1.0 - beta1) as f32, new2: (1.0 - beta2) as f32 }
    }

    #[inline(always)]
    pub(crate) fn first<S: Simd>(&self, s: S, g: S::F32, m: S::F32) -> S::F32 {
        s.fma(s.splat(self.new1), s.sub(g, m), m)
    }

    #[inline(always)]
    pub(crate) fn second<S: Simd>(&self, s: S, g: S::F32, v: S::F32) -> S::F32 {
        s.fma(s.mul(g, g), s.splat(self.new2), s.mul(v, s.splat(self.beta2)))
    }
}

struct Lanes {
    decay: Decay,
    moments: Moments,
    epsilon: f32,
    /// `lr / (1 − β₁ᵗ)`.
    rate: f32,
    /// `1 / √(1 − β₂ᵗ)`.
    unbias: f32,
}

impl Lanes {
    #[inline(always)]
    fn descend<S: Simd>(&self, s: S, w: S::F32, m: S::F32, square: S::F32) -> S::F32 {
        let denominator = s.fma(s.sqrt(square), s.splat(self.unbias), s.splat(self.epsilon));
        s.fnma(s.splat(self.rate), s.div(m, denominator), w)
    }
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
        (self.descend(s, w, m, v), [m, v])
    }
}

struct Largest(Lanes);

impl Elementwise<3> for Largest {
    #[inline(always)]
    fn lanes<S: Simd>(
        &self,
        s: S,
        w: S::F32,
        g: S::F32,
        [m, v, largest]: [S::F32; 3],
    ) -> (S::F32, [S::F32; 3]) {
        let Largest(lanes) = self;
        let (w, g) = lanes.decay.lanes(s, w, g);
        let (m, v) = (lanes.moments.first(s, g, m), lanes.moments.second(s, g, v));
        let largest = s.max(largest, v);
        (lanes.descend(s, w, m, largest), [m, v, largest])
    }
}
