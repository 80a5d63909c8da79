//! AdamW: Adam whose weight decay does not pass through the moments. Loshchilov and Hutter 2019,
//! arXiv:1711.05101.
//!
//! ```text
//! w ← w − lr λ w
//! w ← Adam(w, g)
//! ```

use attune_kernels::Isa;

use crate::adam::Adam;
use crate::decay::{Decay, decayed};
use crate::hyper::hyper;
use crate::{Optimizer, Step};

hyper!("adamW", AdamW {
    beta1: "beta1",
    beta2: "beta2",
    epsilon: "epsilon",
    weight_decay: "weightDecay",
    amsgrad: "amsgrad",
});

impl AdamW {
    fn adam(&self) -> Adam {
        let AdamW { beta1, beta2, epsilon, amsgrad, .. } = *self;
        Adam { beta1, beta2, epsilon, weight_decay: 0.0, amsgrad, bias_correction: 1.0 }
    }
}

impl Optimizer for AdamW {
    fn slots(&self) -> &'static [&'static str] {
        self.adam().slots()
    }

    fn update_on(
        &self,
        isa: Isa,
        step: &Step,
        w: &mut [f32],
        g: &[f32],
        slots: &mut [&mut [f32]],
    ) {
        let decay = Decay::decoupled(step, self.weight_decay);
        self.adam().sweep(isa, step, decay, w, g, slots);
    }

    fn reference(&self, step: &Step, w: &mut f64, g: f64, slots: &mut [f64]) {
        let g = decayed(step, self.weight_decay, true, w, g);
        self.adam().descend(step, w, g, slots);
    }
}
