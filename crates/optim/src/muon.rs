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

use attune_kernels::linear::{MatMul, sum_squares};
use attune_kernels::panels::Panels;
use attune_kernels::{Isa, Shared, Simd};

use crate::adamw::AdamW;
use crate::decay::Decay;
use crate::hyper::hyper;
use crate::sweep::{Elementwise, sweep};
use crate::whole::{elements_of, read, rows_of, squares, tiles, total};
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

/// Where the parts of the scratch begin.
struct Places {
    /// `X`, `[m, k]`.
    x: usize,
    /// `U`, then `(b A + c A A) X`.
    y: usize,
    /// `A`, `[m, m]`.
    gram: usize,
    /// `A A`, then `b A + c A A`.
    polynomial: usize,
    sums: usize,
    panels: usize,
    end: usize,
}

/// What a stage does.
enum Stage {
    Momentum,
    Normalise,
    Gram,
    PackGram,
    Square,
    Combine,
    Product,
    Advance { last: bool },
    Apply,
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

    fn places(&self, isa: Isa) -> Places {
        let (m, k) = self.lying();
        let [x, y] = [0, m * k];
        let gram = 2 * m * k;
        let polynomial = gram + m * m;
        let sums = polynomial + m * m;
        let panels = (sums + tiles(self.elements())).next_multiple_of(16);
        let forms = [self.turned(), Panels::matrix(m, m), Panels::matrix(m, k)];
        let longest = forms.iter().map(|form| form.len(isa)).max().unwrap_or(0);
        Places { x, y, gram, polynomial, sums, panels, end: panels + longest }
    }

    /// The panels of `Xᵀ`.
    fn turned(&self) -> Panels {
        let (m, k) = self.lying();
        Panels::transpose_of(m, k)
    }

    fn gram(&self) -> MatMul {
        let (m, k) = self.lying();
        MatMul::new(m, m, k)
    }

    fn square(&self) -> MatMul {
        let (m, _) = self.lying();
        MatMul::new(m, m, m)
    }

    fn product(&self) -> MatMul {
        let (m, k) = self.lying();
        MatMul::new(m, k, m)
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

    fn stage(&self, stage: usize) -> Stage {
        let iterations = self.muon.iterations as usize;
        match stage {
            0 => Stage::Momentum,
            1 => Stage::Normalise,
            _ if stage == 2 + 6 * iterations => Stage::Apply,
            _ => match (stage - 2) % 6 {
                0 => Stage::Gram,
                1 => Stage::PackGram,
                2 => Stage::Square,
                3 => Stage::Combine,
                4 => Stage::Product,
                _ => Stage::Advance { last: (stage - 2) / 6 + 1 == iterations },
            },
        }
    }

    /// Rows of `X`, of `A` and of `w`, in tiles.
    fn tiles_of(&self, stage: &Stage) -> usize {
        let (m, k) = self.lying();
        match stage {
            Stage::Momentum => tiles(self.elements()),
            Stage::Normalise | Stage::Advance { .. } => m.div_ceil(rows_of(k)),
            Stage::Gram => self.gram().tiles(),
            Stage::PackGram => m.div_ceil(rows_of(m)),
            Stage::Square => self.square().tiles(),
            Stage::Combine => m.div_ceil(rows_of(m)) + m.div_ceil(rows_of(k)),
            Stage::Product => self.product().tiles(),
            Stage::Apply => self.rows.div_ceil(rows_of(self.columns)),
        }
    }

    unsafe fn momentum(&self, isa: Isa, tile: usize, step: &Step, at: &Parameter<'_>) {
        let places = self.places(isa);
        let range = elements_of(tile, self.elements());
        let (start, len) = (range.start, range.len());
        let lanes = Momentum {
            scale: Decay::coupled(step, 0.0),
            new: (1.0 - self.muon.momentum) as f32,
            momentum: self.muon.momentum as f32,
            nesterov: self.muon.nesterov != 0.0,
        };
        // SAFETY: the tile's own range, its own sum.
        unsafe {
            let u = at.scratch.range(places.y + start, len);
            let b = at.slots[0].range(start, len);
            let w = at.w.range(start, len);
            sweep(isa, lanes, w, &at.g[range], &mut [b, &mut *u]);
            at.scratch.range(places.sums + tile, 1)[0] = sum_squares(1, len, len, u) as f32;
        }
    }

    /// Rows of `X = U / ‖U‖`, and their panels.
    unsafe fn normalise(&self, isa: Isa, tile: usize, at: &Parameter<'_>) {
        let (m, k) = self.lying();
        let places = self.places(isa);
        let step = rows_of(k);
        let rows = tile * step..((tile + 1) * step).min(m);
        // SAFETY: stage 0 wrote `U` and the sums; the tile's own rows of `X` and of the panels.
        unsafe {
            let sums = read(at.scratch, places.sums..places.sums + tiles(self.elements()));
            let inverse = (1.0 / total(sums).sqrt().max(self.muon.epsilon)) as f32;
            let u = read(at.scratch, places.y..places.y + m * k);
            let x = at.scratch.range(places.x + rows.start * k, rows.len() * k);
            if self.stands() {
                for j in 0..k {
                    for i in 0..rows.len() {
                        x[i * k + j] = inverse * u[j * m + rows.start + i];
                    }
                }
            } else {
                let u = &u[rows.start * k..][..x.len()];
                x.iter_mut().zip(u).for_each(|(x, u)| *x = inverse * u);
            }
            self.pack(isa, self.turned(), rows, places.x, at);
        }
    }

    /// # Safety
    /// The source's rows are written, and nobody else packs them.
    unsafe fn pack(
        &self,
        isa: Isa,
        form: Panels,
        rows: std::ops::Range<usize>,
        source: usize,
        at: &Parameter<'_>,
    ) {
        let panels = self.places(isa).panels;
        // SAFETY: as the caller vouches; the scratch has room for the longest panels.
        unsafe {
            let whole = read(at.scratch, source..source + form.rows() * form.n);
            let target = Shared::from_raw(at.scratch.pointer().add(panels), form.len(isa));
            form.pack_rows(isa, rows, whole, target);
        }
    }

    /// A tile of a product of a part of the scratch by the panels, into another part.
    unsafe fn multiply(
        &self,
        isa: Isa,
        product: MatMul,
        tile: usize,
        [a, c]: [usize; 2],
        at: &Parameter<'_>,
    ) {
        let places = self.places(isa);
        // SAFETY: earlier stages wrote `a` and the panels; tiles write disjoint parts of `c`.
        unsafe {
            let a = read(at.scratch, a..a + product.m * product.k);
            let panels = read(at.scratch, places.panels..places.end);
            let c = Shared::from_raw(at.scratch.pointer().add(c), product.m * product.n);
            product.run_on(isa, tile, a, panels, c);
        }
    }

    /// Rows of `b A + c A A`, then rows of `X` into panels.
    unsafe fn combine(&self, isa: Isa, tile: usize, at: &Parameter<'_>) {
        let (m, k) = self.lying();
        let places = self.places(isa);
        let step = rows_of(m);
        let (b, c) = (self.muon.b as f32, self.muon.c as f32);
        // SAFETY: the tile's own rows.
        unsafe {
            if let Some(tile) = tile.checked_sub(m.div_ceil(step)) {
                let rows = tile * rows_of(k)..((tile + 1) * rows_of(k)).min(m);
                return self.pack(isa, Panels::matrix(m, k), rows, places.x, at);
            }
            let range = tile * step * m..((tile + 1) * step).min(m) * m;
            let gram = read(at.scratch, places.gram + range.start..places.gram + range.end);
            let sum = at.scratch.range(places.polynomial + range.start, range.len());
            sum.iter_mut().zip(gram).for_each(|(sum, gram)| *sum = b * gram + c * *sum);
        }
    }

    /// Rows of `X ← a X + Y`, and their panels.
    unsafe fn advance(&self, isa: Isa, tile: usize, last: bool, at: &Parameter<'_>) {
        let (m, k) = self.lying();
        let places = self.places(isa);
        let step = rows_of(k);
        let rows = tile * step..((tile + 1) * step).min(m);
        let a = self.muon.a as f32;
        // SAFETY: the tile's own rows of `X` and of the panels.
        unsafe {
            let x = at.scratch.range(places.x + rows.start * k, rows.len() * k);
            let y = read(at.scratch, places.y + rows.start * k..places.y + rows.end * k);
            x.iter_mut().zip(y).for_each(|(x, y)| *x = a * *x + y);
            if !last {
                self.pack(isa, self.turned(), rows, places.x, at);
            }
        }
    }

    unsafe fn apply(&self, isa: Isa, tile: usize, step: &Step, at: &Parameter<'_>) {
        let (_, k) = self.lying();
        let columns = self.columns;
        let height = rows_of(columns);
        let rows = tile * height..((tile + 1) * height).min(self.rows);
        let shrink = (1.0 - step.learning_rate * self.muon.weight_decay) as f32;
        let rate = (step.learning_rate * self.adjustment()) as f32;
        // SAFETY: the last iteration wrote `X`; the tile's own rows of `w`.
        unsafe {
            let start = self.places(isa).x;
            let x = read(at.scratch, start..start + self.elements());
            let w = at.w.range(rows.start * columns, rows.len() * columns);
            if self.stands() {
                for j in 0..columns {
                    for i in 0..rows.len() {
                        let w = &mut w[i * columns + j];
                        *w = shrink * *w - rate * x[j * k + rows.start + i];
                    }
                }
            } else {
                let x = &x[rows.start * columns..][..w.len()];
                w.iter_mut().zip(x).for_each(|(w, x)| *w = shrink * *w - rate * x);
            }
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
        let places = self.places(isa);
        let (m, _) = self.lying();
        // SAFETY: as the caller vouches.
        unsafe {
            match self.stage(stage) {
                Stage::Momentum => self.momentum(isa, tile, step, at),
                Stage::Normalise => self.normalise(isa, tile, at),
                Stage::Gram => {
                    self.multiply(isa, self.gram(), tile, [places.x, places.gram], at);
                }
                Stage::PackGram => {
                    let height = rows_of(m);
                    let rows = tile * height..((tile + 1) * height).min(m);
                    self.pack(isa, Panels::matrix(m, m), rows, places.gram, at);
                }
                Stage::Square => {
                    let operands = [places.gram, places.polynomial];
                    self.multiply(isa, self.square(), tile, operands, at);
                }
                Stage::Combine => self.combine(isa, tile, at),
                Stage::Product => {
                    let operands = [places.polynomial, places.y];
                    self.multiply(isa, self.product(), tile, operands, at);
                }
                Stage::Advance { last } => self.advance(isa, tile, last, at),
                Stage::Apply => self.apply(isa, tile, step, at),
            }
        }
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

/// The momentum, and `U`, which takes the place of a second slot; the weight stays.
struct Momentum {
    scale: Decay,
    new: f32,
    momentum: f32,
    nesterov: bool,
}

impl Elementwise<2> for Momentum {
    #[inline(always)]
    fn lanes<S: Simd>(
        &self,
        s: S,
        w: S::F32,
        g: S::F32,
        [b, _]: [S::F32; 2],
    ) -> (S::F32, [S::F32; 2]) {
        let (w, g) = self.scale.lanes(s, w, g);
        let b = s.fma(s.splat(self.new), s.sub(g, b), b);
        let u = if self.nesterov { s.fma(s.splat(self.momentum), s.sub(b, g), g) } else { b };
        (w, [b, u])
    }
}
