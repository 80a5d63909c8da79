//! Adam. Kingma and Ba 2015, arXiv:1412.6980.
//!
//! ```text
//! g ← g + λ w
//! m ← β₁ m + (1 − β₁) g
//! v ← β₂ v + (1 − β₂) g²
//! w ← w − lr (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
//! ```

use attune_kernels::{Isa, Simd};

use crate::Optimizer;
use crate::hyper::hyper;
use crate::sweep::{Elementwise, sweep};

hyper!("adam", Adam {
    beta1: "beta1",
    beta2: "beta2",
    epsilon: "epsilon",
    weight_decay: "weightDecay",
});

impl Optimizer for Adam {
    fn slots(&self) -> &'static [&'static str] {
        &["m", "v"]
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
        let moments = Moments::new(self, step, learning_rate.into(), gradient_scale);
        sweep(isa, Coupled { moments, weight_decay: self.weight_decay as f32 }, w, g, slots);
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
        let g: Vec<f64> = w
            .iter()
            .zip(g)
            .map(|(w, g)| g * gradient_scale + self.weight_decay * w)
            .collect();
        self.descend(step, learning_rate, w, &g, slots);
    }
}

impl Adam {
    /// The rule without decay, in f64.
    pub(crate) fn descend(
        &self,
        step: u64,
        learning_rate: f64,
        w: &mut [f64],
        g: &[f64],
        slots: &mut [Vec<f64>],
    ) {
        let Adam { beta1, beta2, epsilon, .. } = *self;
        let correction1 = 1.0 - beta1.powf(step as f64);
        let correction2 = 1.0 - beta2.powf(step as f64);
        let [m, v] = slots else { panic!("adam has two slots") };
        for i in 0..w.len() {
            m[i] = beta1 * m[i] + (1.0 - beta1) * g[i];
            v[i] = beta2 * v[i] + (1.0 - beta2) * g[i] * g[i];
            let denominator = (v[i] / correction2).sqrt() + epsilon;
            w[i] -= learning_rate * (m[i] / correction1) / denominator;
        }
    }
}

/// The numbers of one step of Adam that are the same for every element.
pub(crate) struct Moments {
    beta2: f32,
    new1: f32,
    new2: f32,
    epsilon: f32,
    /// `lr / (1 − β₁ᵗ)`.
    rate: f32,
    /// `1 / √(1 − β₂ᵗ)`.
    unbias: f32,
    gradient_scale: f32,
}

impl Moments {
    pub(crate) fn new(adam: &Adam, step: u64, learning_rate: f64, gradient_scale: f32) -> Self {
        let t = step as f64;
        Moments {
            beta2: adam.beta2 as f32,
            new1: (1.0 - adam.beta1) as f32,
            new2: (1.0 - adam.beta2) as f32,
            epsilon: adam.epsilon as f32,
            rate: (learning_rate / (1.0 - adam.beta1.powf(t))) as f32,
            unbias: (1.0 / (1.0 - adam.beta2.powf(t)).sqrt()) as f32,
            gradient_scale,
        }
    }

    #[inline(always)]
    pub(crate) fn scaled<S: Simd>(&self, s: S, g: S::F32) -> S::F32 {
        s.mul(g, s.splat(self.gradient_scale))
    }

    #[inline(always)]
    pub(crate) fn lanes<S: Simd>(
        &self,
        s: S,
        w: S::F32,
        g: S::F32,
        [m, v]: [S::F32; 2],
    ) -> (S::F32, [S::F32; 2]) {
        let m = s.fma(s.splat(self.new1), s.sub(g, m), m);
        let v = s.fma(s.mul(g, g), s.splat(self.new2), s.mul(v, s.splat(self.beta2)));
        let denominator = s.fma(s.sqrt(v), s.splat(self.unbias), s.splat(self.epsilon));
        (s.fnma(s.splat(self.rate), s.div(m, denominator), w), [m, v])
    }
}

struct Coupled {
    moments: Moments,
    weight_decay: f32,
}

impl Elementwise<2> for Coupled {
    #[inline(always)]
    fn lanes<S: Simd>(
        &self,
        s: S,
        w: S::F32,
        g: S::F32,
        slots: [S::F32; 2],
    ) -> (S::F32, [S::F32; 2]) {
        let g = s.fma(s.splat(self.weight_decay), w, self.moments.scaled(s, g));
        self.moments.lanes(s, w, g, slots)
    }
}
