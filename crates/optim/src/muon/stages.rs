//! The stages of Muon for one matrix: momentum, the iteration as products of panels, the step.

use std::ops::Range;

use attune_kernels::linear::{MatMul, sum_squares};
use attune_kernels::panels::Panels;
use attune_kernels::{Isa, Shared, Simd};

use super::Matrix;
use crate::decay::Decay;
use crate::sweep::{Elementwise, sweep};
use crate::whole::{elements_of, read, rows_of, tiles, total};
use crate::{Parameter, Step};

/// Where the parts of the scratch begin.
pub(super) struct Places {
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
    pub(super) end: usize,
}

/// What a stage does.
pub(super) enum Stage {
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
    pub(super) fn places(&self, isa: Isa) -> Places {
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

    pub(super) fn stage(&self, stage: usize) -> Stage {
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
    pub(super) fn tiles_of(&self, stage: &Stage) -> usize {
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
        rows: Range<usize>,
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

    /// Runs one tile of a stage.
    ///
    /// # Safety
    /// As of [`crate::Whole::run`].
    pub(super) unsafe fn run_stage(
        &self,
        isa: Isa,
        stage: &Stage,
        tile: usize,
        step: &Step,
        at: &Parameter<'_>,
    ) {
        let places = self.places(isa);
        let (m, _) = self.lying();
        // SAFETY: as the caller vouches.
        unsafe {
            match *stage {
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
