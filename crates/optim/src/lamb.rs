//! LAMB: Adam whose step has the length of the weight. You et al. 2020, arXiv:1904.00962.
//!
//! ```text
//! m ← β₁ m + (1 − β₁) g
//! v ← β₂ v + (1 − β₂) g²
//! u = (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε) + λ w
//! w ← w − lr ‖w‖ / ‖u‖ u             (the quotient is 1 where either norm is 0)
//! ```

use attune_kernels::linear::sum_squares;
use attune_kernels::{Isa, Simd};

use crate::adam::Moments;
use crate::decay::Decay;
use crate::hyper::hyper;
use crate::sgd::Plain;
use crate::sweep::{Elementwise, sweep};
use crate::whole::{elements_of, read, squares, tiles, total};
use crate::{Parameter, Rule, Step, Whole};

hyper!("lamb", Lamb {
    beta1: "beta1",
    beta2: "beta2",
    epsilon: "epsilon",
    weight_decay: "weightDecay",
});

impl Lamb {
    pub(crate) fn rule(self, shape: &[usize]) -> Rule {
        Rule::Whole(Box::new(Sized { lamb: self, shape: shape.to_vec() }))
    }
}

#[derive(Debug)]
struct Sized {
    lamb: Lamb,
    shape: Vec<usize>,
}

impl Sized {
    fn elements(&self) -> usize {
        self.shape.iter().product()
    }

    fn corrections(&self, step: &Step) -> (f64, f64) {
        let t = step.number as f64;
        (1.0 - self.lamb.beta1.powf(t), 1.0 - self.lamb.beta2.powf(t))
    }
}

fn trust(w: f64, u: f64) -> f64 {
    if w > 0.0 && u > 0.0 { (w / u).sqrt() } else { 1.0 }
}

impl Whole for Sized {
    fn slots(&self) -> Vec<(&'static str, Vec<usize>)> {
        vec![("m", self.shape.clone()), ("v", self.shape.clone())]
    }

    /// `u`, then per tile `Σw²` and `Σu²`.
    fn scratch(&self, _: Isa) -> usize {
        self.elements() + 2 * tiles(self.elements())
    }

    fn stages(&self) -> Vec<usize> {
        vec![tiles(self.elements()); 2]
    }

    unsafe fn run(&self, isa: Isa, stage: usize, tile: usize, step: &Step, at: &Parameter<'_>) {
        let elements = self.elements();
        let count = tiles(elements);
        let range = elements_of(tile, elements);
        let (start, len) = (range.start, range.len());
        // SAFETY: tiles write disjoint ranges; the sums are written in stage 0 and read in stage 1.
        unsafe {
            let w = at.w.range(start, len);
            let u = at.scratch.range(start, len);
            if stage == 0 {
                let (correction1, correction2) = self.corrections(step);
                let lanes = Direction {
                    scale: Decay::coupled(step, 0.0),
                    moments: Moments::new(self.lamb.beta1, self.lamb.beta2),
                    unbias1: (1.0 / correction1) as f32,
                    unbias2: (1.0 / correction2.sqrt()) as f32,
                    epsilon: self.lamb.epsilon as f32,
                    weight_decay: self.lamb.weight_decay as f32,
                };
                let (m, v) = (at.slots[0].range(start, len), at.slots[1].range(start, len));
                sweep(isa, lanes, w, &at.g[range], &mut [m, v, &mut *u]);
                at.scratch.range(elements + tile, 1)[0] = sum_squares(1, len, len, w) as f32;
                at.scratch.range(elements + count + tile, 1)[0] =
                    sum_squares(1, len, len, u) as f32;
            } else {
                let of_w = total(read(at.scratch, elements..elements + count));
                let of_u = total(read(at.scratch, elements + count..elements + 2 * count));
                let step = Step { gradient_scale: 1.0, ..*step };
                let learning_rate = (step.learning_rate * trust(of_w, of_u)) as f32;
                let decay = Decay::coupled(&step, 0.0);
                sweep(isa, Plain { decay, learning_rate }, w, u, &mut []);
            }
        }
    }

    fn reference(&self, step: &Step, w: &mut [f64], g: &[f64], slots: &mut [Vec<f64>]) {
        let Lamb { beta1, beta2, epsilon, weight_decay } = self.lamb;
        let (correction1, correction2) = self.corrections(step);
        let [m, v] = slots else { panic!("lamb has two slots") };
        let mut u = vec![0.0; w.len()];
        for i in 0..w.len() {
            m[i] = beta1 * m[i] + (1.0 - beta1) * g[i];
            v[i] = beta2 * v[i] + (1.0 - beta2) * g[i] * g[i];
            u[i] = (m[i] / correction1) / ((v[i] / correction2).sqrt() + epsilon);
            u[i] += weight_decay * w[i];
        }
        let rate = step.learning_rate * trust(squares(w), squares(&u));
        w.iter_mut().zip(&u).for_each(|(w, u)| *w -= rate * u);
    }
}

/// Moments and `u`, which takes the place of a third slot.
struct Direction {
    scale: Decay,
    moments: Moments,
    unbias1: f32,
    unbias2: f32,
    epsilon: f32,
    weight_decay: f32,
}

impl Elementwise<3> for Direction {
    #[inline(always)]
    fn lanes<S: Simd>(
        &self,
        s: S,
        w: S::F32,
        g: S::F32,
        [m, v, _]: [S::F32; 3],
    ) -> (S::F32, [S::F32; 3]) {
        let (w, g) = self.scale.lanes(s, w, g);
        let (m, v) = (self.moments.first(s, g, m), self.moments.second(s, g, v));
        let denominator = s.fma(s.sqrt(v), s.splat(self.unbias2), s.splat(self.epsilon));
        let direction = s.div(s.mul(m, s.splat(self.unbias1)), denominator);
        (w, [m, v, s.fma(s.splat(self.weight_decay), w, direction)])
    }
}
