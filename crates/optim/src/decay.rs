//! What comes before every rule: the gradient is scaled, and weights decay.
//!
//! ```text
//! g ← s g
//! coupled:    g ← g + λ w
//! decoupled:  w ← w − lr λ w
//! ```

use attune_kernels::Simd;

use crate::Step;

/// Scale and decay of one step.
#[derive(Clone, Copy)]
pub(crate) struct Decay {
    scale: f32,
    coupled: f32,
    /// `1 − lr λ`.
    shrink: f32,
}

impl Decay {
    /// Decay that passes through the gradient.
    pub(crate) fn coupled(step: &Step, weight_decay: f64) -> Self {
        let scale = step.gradient_scale as f32;
        Decay { scale, coupled: weight_decay as f32, shrink: 1.0 }
    }

    /// Decay that acts on the weight by itself.
    pub(crate) fn decoupled(step: &Step, weight_decay: f64) -> Self {
        let shrink = (1.0 - step.learning_rate * weight_decay) as f32;
        Decay { scale: step.gradient_scale as f32, coupled: 0.0, shrink }
    }

    pub(crate) fn new(step: &Step, weight_decay: f64, decoupled: bool) -> Self {
        if decoupled {
            Decay::decoupled(step, weight_decay)
        } else {
            Decay::coupled(step, weight_decay)
        }
    }

    /// The weight and the gradient that the rule sees.
    #[inline(always)]
    pub(crate) fn lanes<S: Simd>(&self, s: S, w: S::F32, g: S::F32) -> (S::F32, S::F32) {
        let g = s.fma(s.splat(self.coupled), w, s.mul(g, s.splat(self.scale)));
        (s.mul(w, s.splat(self.shrink)), g)
    }
}

/// The same in f64: the gradient; `w` decays in place.
pub(crate) fn decayed(step: &Step, weight_decay: f64, decoupled: bool, w: &mut f64, g: f64) -> f64 {
    if decoupled {
        *w -= step.learning_rate * weight_decay * *w;
        return g;
    }
    g + weight_decay * *w
}
