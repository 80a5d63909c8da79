//! SGD with momentum. Sutskever et al. 2013, ICML.
//!
//! ```text
//! g ← g + λ w
//! b ← μ b + (1 − dampening) g        (first step: b ← g, unless it starts at zero)
//! w ← w − lr b                       (nesterov: w ← w − lr (g + μ b))
//! ```

use attune_kernels::{Isa, Simd};

use crate::decay::Decay;
use crate::hyper::hyper;
use crate::sweep::{Elementwise, sweep};
use crate::{Optimizer, Step};

hyper!("sgd", Sgd {
    momentum: "momentum",
    dampening: "dampening",
    nesterov: "nesterov",
    zero_start: "zeroStart",
    weight_decay: "weightDecay",
});

impl Sgd {
    /// What the old and the new part of the buffer are multiplied by.
    fn shares(&self, step: &Step) -> (f64, f64) {
        match step.number {
            1 if self.zero_start == 0.0 => (0.0, 1.0),
            _ => (self.momentum, 1.0 - self.dampening),
        }
    }
}

impl Optimizer for Sgd {
    fn slots(&self) -> &'static [&'static str] {
        if self.momentum == 0.0 { &[] } else { &["momentum"] }
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
        let plain = Plain { decay, learning_rate: step.learning_rate as f32 };
        if self.momentum == 0.0 {
            return sweep(isa, plain, w, g, slots);
        }
        let (decayed, kept) = self.shares(step);
        let (decayed, kept, momentum) = (decayed as f32, kept as f32, self.momentum as f32);
        let nesterov = self.nesterov != 0.0;
        sweep(isa, Momentum { plain, momentum, decayed, kept, nesterov }, w, g, slots);
    }

    fn reference(&self, step: &Step, w: &mut f64, g: f64, slots: &mut [f64]) {
        let g = g + self.weight_decay * *w;
        let mut direction = g;
        if self.momentum != 0.0 {
            let (decayed, kept) = self.shares(step);
            slots[0] = decayed * slots[0] + kept * g;
            direction = if self.nesterov != 0.0 { g + self.momentum * slots[0] } else { slots[0] };
        }
        *w -= step.learning_rate * direction;
    }
}

/// `w ← w − lr g`.
pub(crate) struct Plain {
    pub(crate) decay: Decay,
    pub(crate) learning_rate: f32,
}

impl Elementwise<0> for Plain {
    #[inline(always)]
    fn lanes<S: Simd>(&self, s: S, w: S::F32, g: S::F32, _: [S::F32; 0]) -> (S::F32, [S::F32; 0]) {
        let (w, g) = self.decay.lanes(s, w, g);
        (s.fnma(s.splat(self.learning_rate), g, w), [])
    }
}

struct Momentum {
    plain: Plain,
    momentum: f32,
    decayed: f32,
    kept: f32,
    nesterov: bool,
}

impl Elementwise<1> for Momentum {
    #[inline(always)]
    fn lanes<S: Simd>(&self, s: S, w: S::F32, g: S::F32, [b]: [S::F32; 1]) -> (S::F32, [S::F32; 1]) {
        let (w, g) = self.plain.decay.lanes(s, w, g);
        let b = s.fma(s.splat(self.decayed), b, s.mul(s.splat(self.kept), g));
        let direction = if self.nesterov { s.fma(s.splat(self.momentum), b, g) } else { b };
        (s.fnma(s.splat(self.plain.learning_rate), direction, w), [b])
    }
}
