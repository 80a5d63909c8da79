//! Muon: momentum made orthogonal by Newton and Schulz's iteration; AdamW for what is no matrix.
//! Jordan et al. 2024, https://kellerjordan.github.io/posts/muon; Liu et al. 2025, arXiv:2502.16982.
//!
//! ```text
//! B ← B + (1 − μ)(g − B)
//! U = g + μ (B − g)                  (Nesterov; else U = B)
//! X = U / max(‖U‖, ε), lying
//! X ← a X + (b A + c A A) X,  A = X Xᵀ,  so many times
//! w ← w − lr λ w − lr s X
//! s = √max(1, out / in), .2 √max(out, in) or √(out / in)
//! ```
//!
//! A tensor with more than two axes is the matrix `[all others, last]`: of a convolution kernel
//! that is every weight of an output channel. PyTorch iterates in bfloat16, this rule in f32.

mod stages;

use attune_kernels::Isa;

use self::stages::Stage;
use crate::adamw::AdamW;
use crate::hyper::hyper;
use crate::whole::squares;
use crate::{Optimizer, Parameter, Rule, Step, Whole};

hyper!("muon", Muon {
    momentum: "momentum",
    nesterov: "nesterov",
    weight_decay: "weightDecay",
    iterations: "iterations",
    epsilon: "epsilon",
    adjust: "adjust",
    a: "coefficients0",
    b: "coefficients1",
    c: "coefficients2",
    adamw_rate: "adamWRate",
    adamw_beta1: "adamWBeta1",
    adamw_beta2: "adamWBeta2",
    adamw_epsilon: "adamWEpsilon",
    adamw_weight_decay: "adamWWeightDecay",
});

impl Muon {
    pub(crate) fn rule(self, shape: &[usize]) -> Rule {
        if let [.., columns] = *shape
            && shape.len() > 1
        {
            let rows = shape[..shape.len() - 1].iter().product();
            let slot = shape.to_vec();
            return Rule::Whole(Box::new(Matrix { muon: self, rows, columns, slot }));
        }
        let adamw = AdamW {
            beta1: self.adamw_beta1,
            beta2: self.adamw_beta2,
            epsilon: self.adamw_epsilon,
            weight_decay: self.adamw_weight_decay,
            amsgrad: 0.0,
        };
        Rule::Each(Box::new(NoMatrix { adamw, rate: self.adamw_rate }))
    }
}

/// AdamW at a rate of its own.
#[derive(Debug)]
struct NoMatrix {
    adamw: AdamW,
    rate: f64,
}

impl NoMatrix {
    fn step(&self, step: &Step) -> Step {
        Step { learning_rate: step.learning_rate * self.rate, ..*step }
    }
}

impl Optimizer for NoMatrix {
    fn slots(&self) -> &'static [&'static str] {
        self.adamw.slots()
    }

    fn update_on(
        &self,
        isa: Isa,
        step: &Step,
        w: &mut [f32],
        g: &[f32],
        slots: &mut [&mut [f32]],
    ) {
        self.adamw.update_on(isa, &self.step(step), w, g, slots);
    }

    fn reference(&self, step: &Step, w: &mut f64, g: f64, slots: &mut [f64]) {
        self.adamw.reference(&self.step(step), w, g, slots);
    }
}

#[derive(Debug)]
struct Matrix {
    muon: Muon,
    rows: usize,
    columns: usize,
    slot: Vec<usize>,
}

impl Matrix {
    /// Rows and columns of the lying matrix.
    fn lying(&self) -> (usize, usize) {
        (self.rows.min(self.columns), self.rows.max(self.columns))
    }

    fn stands(&self) -> bool {
        self.rows > self.columns
    }

    fn elements(&self) -> usize {
        self.rows * self.columns
    }

    /// `s` of the last line of the formula.
    fn adjustment(&self) -> f64 {
        let (inputs, outputs) = (self.rows as f64, self.columns as f64);
        match self.muon.adjust as u32 {
            0 => (outputs / inputs).max(1.0).sqrt(),
            1 => 0.2 * inputs.max(outputs).sqrt(),
            _ => (outputs / inputs).sqrt(),
        }
    }

}

impl Whole for Matrix {
    fn slots(&self) -> Vec<(&'static str, Vec<usize>)> {
        vec![("momentum", self.slot.clone())]
    }

    fn scratch(&self, isa: Isa) -> usize {
        self.places(isa).end
    }

    fn stages(&self) -> Vec<usize> {
        let count = 3 + 6 * self.muon.iterations as usize;
        let tiles = |stage| if self.elements() == 0 { 0 } else { self.tiles_of(&self.stage(stage)) };
        (0..count).map(tiles).collect()
    }

    fn flops(&self, stage: usize) -> u64 {
        let (m, k) = self.lying();
        2 * match self.stage(stage) {
            Stage::Gram | Stage::Product => (m * m * k) as u64,
            Stage::Square => (m * m * m) as u64,
            _ => 0,
        }
    }

    unsafe fn run(&self, isa: Isa, stage: usize, tile: usize, step: &Step, at: &Parameter<'_>) {
        // SAFETY: as the caller vouches.
        unsafe { self.run_stage(isa, &self.stage(stage), tile, step, at) }
    }

    fn reference(&self, step: &Step, w: &mut [f64], g: &[f64], slots: &mut [Vec<f64>]) {
        let Muon { momentum, nesterov, a, b, c, .. } = self.muon;
        let (m, k) = self.lying();
        let buffer = &mut slots[0];
        buffer.iter_mut().zip(g).for_each(|(b, g)| *b += (1.0 - momentum) * (g - *b));
        let update = |(b, g): (&f64, &f64)| if nesterov != 0.0 { g + momentum * (b - g) } else { *b };
        let u: Vec<f64> = buffer.iter().zip(g).map(update).collect();
        let norm = squares(&u).sqrt().max(self.muon.epsilon);
        let at = |i: usize, j: usize| if self.stands() { j * m + i } else { i * k + j };
        let mut x: Vec<f64> = (0..m * k).map(|e| u[at(e / k, e % k)] / norm).collect();
        for _ in 0..self.muon.iterations as usize {
            let sum = |count: usize, term: &dyn Fn(usize) -> f64| (0..count).map(term).sum::<f64>();
            let gram: Vec<f64> = (0..m * m)
                .map(|e| sum(k, &|p| x[(e / m) * k + p] * x[(e % m) * k + p]))
                .collect();
            let polynomial: Vec<f64> = (0..m * m)
                .map(|e| {
                    b * gram[e] + c * sum(m, &|p| gram[(e / m) * m + p] * gram[p * m + e % m])
                })
                .collect();
            x = (0..m * k)
                .map(|e| a * x[e] + sum(m, &|p| polynomial[(e / k) * m + p] * x[p * k + e % k]))
                .collect();
        }
        let rate = step.learning_rate * self.adjustment();
        for e in 0..m * k {
            let w = &mut w[at(e / k, e % k)];
            *w = (1.0 - step.learning_rate * self.muon.weight_decay) * *w - rate * x[e];
        }
    }
}
