//! RMSProp, centred or not, with momentum. Hinton 2012, lecture 6e; centred: Graves 2013,
//! arXiv:1308.0850.
//!
//! ```text
//! g ← g + λ w
//! v ← α v + (1 − α) g²
//! a ← α a + (1 − α) g                (centred; else a = 0)
//! d ← g / (√(v − a²) + ε)
//! b ← μ b + d                        (momentum; else b = d)
//! w ← w − lr b
//! ```

use attune_kernels::{Isa, Simd};

use crate::decay::Decay;
use crate::hyper::hyper;
use crate::sweep::{Elementwise, sweep};
use crate::{Optimizer, Step};

hyper!("rmsProp", RmsProp {
    alpha: "alpha",
    epsilon: "epsilon",
    momentum: "momentum",
    centered: "centered",
    weight_decay: "weightDecay",
});

impl Optimizer for RmsProp {
    fn slots(&self) -> &'static [&'static str] {
        match (self.centered != 0.0, self.momentum != 0.0) {
            (false, false) => &["v"],
            (false, true) => &["v", "momentum"],
            (true, false) => &["v", "mean"],
            (true, true) => &["v", "mean", "momentum"],
        }
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
            alpha: self.alpha as f32,
            new: (1.0 - self.alpha) as f32,
            epsilon: self.epsilon as f32,
            momentum: self.momentum as f32,
        };
        match (self.centered != 0.0, self.momentum != 0.0) {
            (false, false) => sweep(isa, Still(lanes), w, g, slots),
            (false, true) => sweep(isa, Moving(lanes), w, g, slots),
            (true, false) => sweep(isa, Centered(lanes), w, g, slots),
            (true, true) => sweep(isa, CenteredMoving(lanes), w, g, slots),
        }
    }

    fn reference(&self, step: &Step, w: &mut f64, g: f64, slots: &mut [f64]) {
        let RmsProp { alpha, epsilon, momentum, .. } = *self;
        let g = g + self.weight_decay * *w;
        slots[0] = alpha * slots[0] + (1.0 - alpha) * g * g;
        let mut variance = slots[0];
        if self.centered != 0.0 {
            slots[1] = alpha * slots[1] + (1.0 - alpha) * g;
            variance = (variance - slots[1] * slots[1]).max(0.0);
        }
        let mut d = g / (variance.sqrt() + epsilon);
        if momentum != 0.0 {
            let b = slots.last_mut().expect("the momentum comes last");
            *b = momentum * *b + d;
            d = *b;
        }
        *w -= step.learning_rate * d;
    }
}

#[derive(Clone, Copy)]
struct Lanes {
    decay: Decay,
    rate: f32,
    alpha: f32,
    new: f32,
    epsilon: f32,
    momentum: f32,
}

impl Lanes {
    #[inline(always)]
    fn square<S: Simd>(&self, s: S, g: S::F32, v: S::F32) -> S::F32 {
        s.fma(s.mul(g, g), s.splat(self.new), s.mul(v, s.splat(self.alpha)))
    }

    /// The mean gradient, and `v − a²`, which rounding must not bring below 0.
    #[inline(always)]
    fn centre<S: Simd>(&self, s: S, g: S::F32, v: S::F32, a: S::F32) -> (S::F32, S::F32) {
        let a = s.fma(s.splat(self.new), s.sub(g, a), a);
        (a, s.max(s.fnma(a, a, v), s.zero()))
    }

    #[inline(always)]
    fn direction<S: Simd>(&self, s: S, g: S::F32, variance: S::F32) -> S::F32 {
        s.div(g, s.add(s.sqrt(variance), s.splat(self.epsilon)))
    }

    #[inline(always)]
    fn descend<S: Simd>(&self, s: S, w: S::F32, d: S::F32) -> S::F32 {
        s.fnma(s.splat(self.rate), d, w)
    }
}

struct Still(Lanes);
struct Moving(Lanes);
struct Centered(Lanes);
struct CenteredMoving(Lanes);

impl Elementwise<1> for Still {
    #[inline(always)]
    fn lanes<S: Simd>(&self, s: S, w: S::F32, g: S::F32, [v]: [S::F32; 1]) -> (S::F32, [S::F32; 1]) {
        let (w, g) = self.0.decay.lanes(s, w, g);
        let v = self.0.square(s, g, v);
        (self.0.descend(s, w, self.0.direction(s, g, v)), [v])
    }
}

impl Elementwise<2> for Moving {
    #[inline(always)]
    fn lanes<S: Simd>(
        &self,
        s: S,
        w: S::F32,
        g: S::F32,
        [v, b]: [S::F32; 2],
    ) -> (S::F32, [S::F32; 2]) {
        let (w, g) = self.0.decay.lanes(s, w, g);
        let v = self.0.square(s, g, v);
        let b = s.fma(s.splat(self.0.momentum), b, self.0.direction(s, g, v));
        (self.0.descend(s, w, b), [v, b])
    }
}

impl Elementwise<2> for Centered {
    #[inline(always)]
    fn lanes<S: Simd>(
        &self,
        s: S,
        w: S::F32,
        g: S::F32,
        [v, a]: [S::F32; 2],
    ) -> (S::F32, [S::F32; 2]) {
        let (w, g) = self.0.decay.lanes(s, w, g);
        let v = self.0.square(s, g, v);
        let (a, variance) = self.0.centre(s, g, v, a);
        (self.0.descend(s, w, self.0.direction(s, g, variance)), [v, a])
    }
}

impl Elementwise<3> for CenteredMoving {
    #[inline(always)]
    fn lanes<S: Simd>(
        &self,
        s: S,
        w: S::F32,
        g: S::F32,
        [v, a, b]: [S::F32; 3],
    ) -> (S::F32, [S::F32; 3]) {
        let (w, g) = self.0.decay.lanes(s, w, g);
        let v = self.0.square(s, g, v);
        let (a, variance) = self.0.centre(s, g, v, a);
        let b = s.fma(s.splat(self.0.momentum), b, self.0.direction(s, g, variance));
        (self.0.descend(s, w, b), [v, a, b])
    }
}
