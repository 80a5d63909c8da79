//! Adafactor: second moments of matrices kept as a row and a column. Shazeer and Stern 2018,
//! arXiv:1804.04235, as `torch.optim.Adafactor` defines it.
//!
//! ```text
//! β = t^κ                             (κ = −0.8: the share of the new)
//! α = max(ε₂, rms(w)) min(lr, 1/√t)
//! w ← w − lr λ w
//! r ← r + β (mean over columns of g² − r),  c ← c + β (mean over rows of g² − c)
//! V = r c / max(mean r, ε₁)           (a vector keeps V itself)
//! u = g / √max(V, ε₁²)
//! w ← w − α u / max(1, rms(u) / d)
//! ```
//!
//! Of a tensor with more than two axes the last two make matrices, as in PyTorch: of a convolution
//! kernel `[height, width, in, out]` those are in and out.

use attune_kernels::Isa;

use crate::hyper::hyper;
use crate::whole::{elements_of, read, rows_of, squares, tiles, total};
use crate::{Parameter, Rule, Step, Whole};

hyper!("adafactor", Adafactor {
    beta2_decay: "beta2Decay",
    epsilon1: "epsilon1",
    epsilon2: "epsilon2",
    clip_threshold: "clipThreshold",
    weight_decay: "weightDecay",
});

impl Adafactor {
    pub(crate) fn rule(self, shape: &[usize]) -> Rule {
        match *shape {
            [.., rows, columns] => {
                let matrices = shape[..shape.len() - 2].iter().product();
                Rule::Whole(Box::new(Matrices { rule: self, matrices, rows, columns }))
            }
            _ => Rule::Whole(Box::new(Vector { rule: self, elements: shape.iter().product() })),
        }
    }

    /// The share of the new in the running means.
    fn share(&self, step: &Step) -> f64 {
        (step.number as f64).powf(self.beta2_decay)
    }

    /// The factors of `w` and of `u`, by the sums of squares of both.
    fn factors(&self, step: &Step, of_w: f64, of_u: f64, elements: usize) -> (f64, f64) {
        let rms = |sum: f64| (sum / elements.max(1) as f64).sqrt();
        let rate = step.learning_rate.min(1.0 / (step.number as f64).sqrt());
        let alpha = self.epsilon2.max(rms(of_w)) * rate;
        let shrink = 1.0 - step.learning_rate * self.weight_decay;
        (shrink, alpha / (rms(of_u) / self.clip_threshold).max(1.0))
    }

    fn floor(&self) -> f64 {
        self.epsilon1 * self.epsilon1
    }
}

/// A parameter of at most one axis.
#[derive(Debug)]
struct Vector {
    rule: Adafactor,
    elements: usize,
}

impl Whole for Vector {
    fn slots(&self) -> Vec<(&'static str, Vec<usize>)> {
        vec![("v", vec![self.elements])]
    }

    /// Per tile `Σw²` and `Σu²`.
    fn scratch(&self, _: Isa) -> usize {
        2 * tiles(self.elements)
    }

    fn stages(&self) -> Vec<usize> {
        vec![tiles(self.elements); 2]
    }

    unsafe fn run(&self, _: Isa, stage: usize, tile: usize, step: &Step, at: &Parameter<'_>) {
        let count = tiles(self.elements);
        let range = elements_of(tile, self.elements);
        let scale = step.gradient_scale as f32;
        let floor = self.rule.floor() as f32;
        // SAFETY: tiles write disjoint ranges; the sums are written in stage 0 and read in stage 1.
        unsafe {
            let w = at.w.range(range.start, range.len());
            let v = at.slots[0].range(range.start, range.len());
            let g = &at.g[range];
            if stage == 0 {
                let share = self.rule.share(step) as f32;
                let (mut of_w, mut of_u) = (0.0, 0.0);
                for i in 0..w.len() {
                    let g = scale * g[i];
                    v[i] += share * (g * g - v[i]);
                    let u = g / v[i].max(floor).sqrt();
                    of_w += f64::from(w[i] * w[i]);
                    of_u += f64::from(u * u);
                }
                at.scratch.range(tile, 1)[0] = of_w as f32;
                at.scratch.range(count + tile, 1)[0] = of_u as f32;
            } else {
                let of_w = total(read(at.scratch, 0..count));
                let of_u = total(read(at.scratch, count..2 * count));
                let (shrink, rate) = self.rule.factors(step, of_w, of_u, self.elements);
                let (shrink, rate) = (shrink as f32, rate as f32 * scale);
                for i in 0..w.len() {
                    w[i] = shrink * w[i] - rate * g[i] / v[i].max(floor).sqrt();
                }
            }
        }
    }

    fn reference(&self, step: &Step, w: &mut [f64], g: &[f64], slots: &mut [Vec<f64>]) {
        let share = self.rule.share(step);
        let v = &mut slots[0];
        v.iter_mut().zip(g).for_each(|(v, g)| *v += share * (g * g - *v));
        let u: Vec<f64> =
            g.iter().zip(&*v).map(|(g, v)| g / v.max(self.rule.floor()).sqrt()).collect();
        let (shrink, rate) = self.rule.factors(step, squares(w), squares(&u), w.len());
        w.iter_mut().zip(&u).for_each(|(w, u)| *w = shrink * *w - rate * u);
    }
}

/// A matrix, or several of one size.
#[derive(Debug)]
struct Matrices {
    rule: Adafactor,
    matrices: usize,
    rows: usize,
    columns: usize,
}

/// Where the parts of the scratch begin.
struct Places {
    of_w: usize,
    of_u: usize,
    /// Per tile, the sums of squares of its columns.
    columns: usize,
    /// Per matrix, the mean of `r`.
    means: usize,
    end: usize,
}

impl Matrices {
    fn per_matrix(&self) -> usize {
        self.rows.div_ceil(rows_of(self.columns))
    }

    fn tiles(&self) -> usize {
        self.matrices * self.per_matrix()
    }

    fn places(&self) -> Places {
        let tiles = self.tiles();
        let means = (2 + self.columns) * tiles;
        Places { of_w: 0, of_u: tiles, columns: 2 * tiles, means, end: means + self.matrices }
    }

    /// Row and column sums, running row means, `Σw²`.
    unsafe fn sum(&self, tile: usize, step: &Step, at: &Parameter<'_>) {
        let (matrix, rows) = self.rows_of_tile(tile);
        let (share, scale) = (self.rule.share(step) as f32, step.gradient_scale as f32);
        let places = self.places();
        // SAFETY: the tile's own rows, its own sums.
        unsafe {
            let columns = at.scratch.range(places.columns + tile * self.columns, self.columns);
            columns.fill(0.0);
            let mut of_w = 0.0;
            for row in rows {
                let row = matrix * self.rows + row;
                let start = row * self.columns;
                let (g, w) = (&at.g[start..][..self.columns], at.w.range(start, self.columns));
                let mut of_row = 0.0;
                for j in 0..self.columns {
                    let square = (scale * g[j]) * (scale * g[j]);
                    columns[j] += square;
                    of_row += f64::from(square);
                    of_w += f64::from(w[j] * w[j]);
                }
                let r = &mut at.slots[0].range(row, 1)[0];
                *r += share * ((of_row / self.columns as f64) as f32 - *r);
            }
            at.scratch.range(places.of_w + tile, 1)[0] = of_w as f32;
        }
    }

    /// The running column means and the mean of the row means, of one matrix.
    unsafe fn combine(&self, matrix: usize, step: &Step, at: &Parameter<'_>) {
        let share = self.rule.share(step) as f32;
        let places = self.places();
        let (first, count) = (matrix * self.per_matrix(), self.per_matrix());
        // SAFETY: stage 0 wrote the sums and `r`; this tile alone writes the matrix's `c`.
        unsafe {
            let start = places.columns + first * self.columns;
            let sums = read(at.scratch, start..start + count * self.columns);
            let c = at.slots[1].range(matrix * self.columns, self.columns);
            for (j, c) in c.iter_mut().enumerate() {
                let sum: f64 = (0..count).map(|t| f64::from(sums[t * self.columns + j])).sum();
                *c += share * ((sum / self.rows as f64) as f32 - *c);
            }
            let r = read(at.slots[0], matrix * self.rows..(matrix + 1) * self.rows);
            at.scratch.range(places.means + matrix, 1)[0] = (total(r) / self.rows as f64) as f32;
        }
    }

    /// `Σu²`, or the step itself.
    unsafe fn descend(&self, tile: usize, step: &Step, at: &Parameter<'_>, apply: bool) {
        let (matrix, rows) = self.rows_of_tile(tile);
        let scale = step.gradient_scale as f32;
        let places = self.places();
        let tiles = self.tiles();
        // SAFETY: earlier stages wrote what is read; the tile writes its own rows, its own sum.
        unsafe {
            let mean = read(at.scratch, places.means + matrix..places.means + matrix + 1)[0];
            let inverse = 1.0 / mean.max(self.rule.epsilon1 as f32);
            let c = read(at.slots[1], matrix * self.columns..(matrix + 1) * self.columns);
            let floor = self.rule.floor() as f32;
            let (mut shrink, mut rate) = (1.0, 0.0);
            if apply {
                let of_w = total(read(at.scratch, places.of_w..places.of_w + tiles));
                let of_u = total(read(at.scratch, places.of_u..places.of_u + tiles));
                let elements = self.matrices * self.rows * self.columns;
                let factors = self.rule.factors(step, of_w, of_u, elements);
                (shrink, rate) = (factors.0 as f32, factors.1 as f32);
            }
            let mut of_u = 0.0;
            for row in rows {
                let row = matrix * self.rows + row;
                let r = read(at.slots[0], row..row + 1)[0] * inverse;
                let start = row * self.columns;
                let g = &at.g[start..][..self.columns];
                if apply {
                    let w = at.w.range(start, self.columns);
                    for j in 0..self.columns {
                        let u = scale * g[j] / (r * c[j]).max(floor).sqrt();
                        w[j] = shrink * w[j] - rate * u;
                    }
                } else {
                    for j in 0..self.columns {
                        let u = scale * g[j] / (r * c[j]).max(floor).sqrt();
                        of_u += f64::from(u * u);
                    }
                }
            }
            if !apply {
                at.scratch.range(places.of_u + tile, 1)[0] = of_u as f32;
            }
        }
    }

    fn rows_of_tile(&self, tile: usize) -> (usize, std::ops::Range<usize>) {
        let (matrix, part) = (tile / self.per_matrix(), tile % self.per_matrix());
        let step = rows_of(self.columns);
        (matrix, part * step..((part + 1) * step).min(self.rows))
    }
}

impl Whole for Matrices {
    fn slots(&self) -> Vec<(&'static str, Vec<usize>)> {
        vec![("row", vec![self.matrices, self.rows]), ("column", vec![self.matrices, self.columns])]
    }

    fn scratch(&self, _: Isa) -> usize {
        self.places().end
    }

    fn stages(&self) -> Vec<usize> {
        vec![self.tiles(), self.matrices, self.tiles(), self.tiles()]
    }

    unsafe fn run(&self, _: Isa, stage: usize, tile: usize, step: &Step, at: &Parameter<'_>) {
        // SAFETY: as the caller vouches.
        unsafe {
            match stage {
                0 => self.sum(tile, step, at),
                1 => self.combine(tile, step, at),
                2 => self.descend(tile, step, at, false),
                _ => self.descend(tile, step, at, true),
            }
        }
    }

    fn reference(&self, step: &Step, w: &mut [f64], g: &[f64], slots: &mut [Vec<f64>]) {
        let (rows, columns) = (self.rows, self.columns);
        let share = self.rule.share(step);
        let [r, c] = slots else { panic!("adafactor has two slots for a matrix") };
        let mut u = vec![0.0; w.len()];
        for matrix in 0..self.matrices {
            let g = |i: usize, j: usize| g[(matrix * rows + i) * columns + j];
            let r = &mut r[matrix * rows..][..rows];
            let c = &mut c[matrix * columns..][..columns];
            for (i, r) in r.iter_mut().enumerate() {
                let sum: f64 = (0..columns).map(|j| g(i, j) * g(i, j)).sum();
                *r += share * (sum / columns as f64 - *r);
            }
            for (j, c) in c.iter_mut().enumerate() {
                let sum: f64 = (0..rows).map(|i| g(i, j) * g(i, j)).sum();
                *c += share * (sum / rows as f64 - *c);
            }
            let mean = (r.iter().sum::<f64>() / rows as f64).max(self.rule.epsilon1);
            for i in 0..rows {
                for j in 0..columns {
                    let v = (r[i] * c[j] / mean).max(self.rule.floor());
                    u[(matrix * rows + i) * columns + j] = g(i, j) / v.sqrt();
                }
            }
        }
        let (shrink, rate) = self.rule.factors(step, squares(w), squares(&u), w.len());
        w.iter_mut().zip(&u).for_each(|(w, u)| *w = shrink * *w - rate * u);
    }
}
