//! SGD with momentum. Sutskever et al. 2013, ICML.
//!
//! ```text
//! g ← g + λ w
//! b ← μ b + (1 − dampening) g        (first step: b ← g)
//! w ← w − lr b                       (nesterov: w ← w − lr (g + μ b))
//! ```

use attune_kernels::{Isa, Simd};

use crate::Optimizer;
use crate::hyper::hyper;
use crate::sweep::{Elementwise, sweep};

hyper!("sgd", Sgd {
    momentum: "momentum",
    dampening: "dampening",
    nesterov: "nesterov",
    weight_decay: "weightDecay",
});

impl Optimizer for Sgd {
    fn slots(&self) -> &'static [&'static str] {
        if self.momentum == 0.0 { &[] } else { &["momentum"] }
    }

    fn update_on(
        &self,
        isa: Isa,
        step: u64,
        learning_rate: f32,
        gradient_scale: f32,
        w: &mut [f32],
        g: &[f32],
        slots: &mut [&mut [f32]],
    ) {
        let weight_decay = self.weight_decay as f32;
        let plain = Plain { learning_rate, gradient_scale, weight_decay };
        if self.momentum == 0.0 {
            sweep(isa, plain, w, g, slots);
        } else {
            let kept = if step <= 1 { 1.0 } else { (1.0 - self.dampening) as f32 };
            let momentum = self.momentum as f32;
            let decayed = if step <= 1 { 0.0 } else { momentum };
            let nesterov = self.nesterov != 0.0;
            sweep(isa, Momentum { plain, momentum, decayed, kept, nesterov }, w, g, slots);
        }
    }

    fn reference(
        &self,
        step: u64,
        learning_rate: f64,
        gradient_scale: f64,
        w: &mut [f64],
        g: &[f64],
        slots: &mut [Vec<f64>],
    ) {
        for i in 0..w.len() {
            let g = g[i] * gradient_scale + self.weight_decay * w[i];
            let mut direction = g;
            if self.momentum != 0.0 {
                let b = &mut slots[0][i];
                *b = match step {
                    1 => g,
                    _ => self.momentum * *b + (1.0 - self.dampening) * g,
                };
                direction = if self.nesterov != 0.0 { g + self.momentum * *b } else { *b };
            }
            w[i] -= learning_rate * direction;
        }
    }
}

struct Plain {
    learning_rate: f32,
    gradient_scale: f32,
    weight_decay: f32,
}

impl Plain {
    #[inline(always)]
    fn gradient<S: Simd>(&self, s: S, w: S::F32, g: S::F32) -> S::F32 {
        s.fma(s.splat(self.weight_decay), w, s.mul(g, s.splat(self.gradient_scale)))
    }
}

impl Elementwise<0> for Plain {
    #[inline(always)]
    fn lanes<S: Simd>(&self, s: S, w: S::F32, g: S::F32, _: [S::F32; 0]) -> (S::F32, [S::F32; 0]) {
        let g = self.gradient(s, w, g);
        (s.fnma(s.splat(self.learning_rate), g, w), [])
    }
}

struct Momentum {
    plain: Plain,
    momentum: f32,
    /// What the old buffer is multiplied by: nothing of it is left in the first step.
    decayed: f32,
    kept: f32,
    nesterov: bool,
}

impl Elementwise<1> for Momentum {
    #[inline(always)]
    fn lanes<S: Simd>(&self, s: S, w: S::F32, g: S::F32, [b]: [S::F32; 1]) -> (S::F32, [S::F32; 1]) {
        let g = self.plain.gradient(s, w, g);
        let b = s.fma(s.splat(self.decayed), b, s.mul(s.splat(self.kept), g));
        let direction = if self.nesterov { s.fma(s.splat(self.momentum), b, g) } else { b };
        (s.fnma(s.splat(self.plain.learning_rate), direction, w), [b])
    }
}
