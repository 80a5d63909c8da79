//! AdamW: Adam whose weight decay does not pass through the moments. Loshchilov and Hutter 2019,
//! arXiv:1711.05101.
//!
//! ```text
//! w ← w − lr λ w
//! w ← Adam(w, g)
//! ```

use attune_kernels::{Isa, Simd};

use crate::Optimizer;
use crate::adam::{Adam, Moments};
use crate::hyper::hyper;
use crate::sweep::{Elementwise, sweep};

hyper!("adamW", AdamW {
    beta1: "beta1",
    beta2: "beta2",
    epsilon: "epsilon",
    weight_decay: "weightDecay",
});

impl AdamW {
    fn adam(&self) -> Adam {
        let AdamW { beta1, beta2, epsilon, .. } = *self;
        Adam { beta1, beta2, epsilon, weight_decay: 0.0 }
    }
}

impl Optimizer for AdamW {
    fn slots(&self) -> &'static [&'static str] {
        self.adam().slots()
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
        let rate = f64::from(learning_rate);
        let moments = Moments::new(&self.adam(), step, rate, gradient_scale);
        let shrink = (1.0 - rate * self.weight_decay) as f32;
        sweep(isa, Decoupled { moments, shrink }, w, g, slots);
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
        let g: Vec<f64> = g.iter().map(|g| g * gradient_scale).collect();
        w.iter_mut().for_each(|w| *w -= learning_rate * self.weight_decay * *w);
        self.adam().descend(step, learning_rate, w, &g, slots);
    }
}

struct Decoupled {
    moments: Moments,
    /// `1 − lr λ`.
    shrink: f32,
}

impl Elementwise<2> for Decoupled {
    #[inline(always)]
    fn lanes<S: Simd>(
        &self,
        s: S,
        w: S::F32,
        g: S::F32,
        slots: [S::F32; 2],
    ) -> (S::F32, [S::F32; 2]) {
        let w = s.mul(w, s.splat(self.shrink));
        self.moments.lanes(s, w, self.moments.scaled(s, g), slots)
    }
}
