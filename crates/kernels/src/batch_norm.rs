//! Batch normalisation over the rows of `[rows, channels]`. Ioffe and Szegedy 2015, arXiv:1502.03167.
//!
//! ```text
//! mean = sum(x) / rows,  variance = sum((x - mean)²) / rows,  rstd = 1 / √(variance + epsilon)
//! y = (x - mean) rstd gamma + beta
//! ```
//!
//! The stages of a training step, with a barrier after each: `statistics`, `combine_statistics`,
//! `normalise`; backward: `sums`, `combine_sums`, `input_gradient`. Rows are cut into chunks by
//! shape alone; each chunk leaves two numbers a channel, which are combined in chunk order.

mod stages;

use crate::{Float, Isa, Shared, dispatch_on};
use stages::{
    Columns, CombineStatistics, CombineSums, InputGradient, Normalise, Over, Statistics, Sums,
};

// ---- reference

/// `(y, mean, variance)` of `x [rows, channels]`; the variance is the biased one.
pub fn reference<T: Float>(
    x: &[T],
    gamma: &[T],
    beta: &[T],
    epsilon: T,
) -> (Vec<T>, Vec<T>, Vec<T>) {
    let channels = gamma.len();
    let rows = T::of((x.len() / channels.max(1)) as f64);
    let column = |c: usize| x.iter().skip(c).step_by(channels).copied();
    let mean: Vec<T> = (0..channels).map(|c| column(c).sum::<T>() / rows).collect();
    let variance: Vec<T> = (0..channels)
        .map(|c| column(c).map(|x| (x - mean[c]) * (x - mean[c])).sum::<T>() / rows)
        .collect();
    let y = x.iter().enumerate().map(|(i, &x)| {
        let c = i % channels;
        (x - mean[c]) / (variance[c] + epsilon).sqrt() * gamma[c] + beta[c]
    });
    (y.collect(), mean, variance)
}

/// `(dx, dgamma, dbeta)`.
// dbeta = sum(dy);  dgamma = sum(dy xhat);  dx = gamma rstd (dy - dbeta / rows - xhat dgamma / rows)
pub fn reference_backward<T: Float>(
    x: &[T],
    dy: &[T],
    gamma: &[T],
    epsilon: T,
) -> (Vec<T>, Vec<T>, Vec<T>) {
    let channels = gamma.len();
    let rows = T::of((x.len() / channels.max(1)) as f64);
    let zeros = vec![T::ZERO; channels];
    let (xhat, _, variance) = reference(x, &vec![T::ONE; channels], &zeros, epsilon);
    let (mut dgamma, mut dbeta) = (zeros.clone(), zeros);
    for i in 0..x.len() {
        dgamma[i % channels] += dy[i] * xhat[i];
        dbeta[i % channels] += dy[i];
    }
    let dx = (0..x.len()).map(|i| {
        let c = i % channels;
        let scale = gamma[c] / (variance[c] + epsilon).sqrt();
        scale * (dy[i] - dbeta[c] / rows - xhat[i] * dgamma[c] / rows)
    });
    (dx.collect(), dgamma, dbeta)
}

// ---- fast

/// Batch normalisation of `x [rows, channels]`, channels last.
#[derive(Clone, Copy, Debug)]
pub struct BatchNorm {
    rows: usize,
    channels: usize,
    epsilon: f32,
    isa: Isa,
}

/// Channels that one tile of a combining stage takes.
const COMBINED: usize = 256;

impl BatchNorm {
    pub fn new(rows: usize, channels: usize, epsilon: f32) -> Self {
        BatchNorm { rows, channels, epsilon, isa: Isa::current() }
    }

    /// The same problem on another instruction set.
    pub fn on(self, isa: Isa) -> Self {
        BatchNorm { isa, ..self }
    }

    /// Rows of a chunk: some 64 KiB, and at most 256 chunks.
    fn rows_per_chunk(&self) -> usize {
        (16_384 / self.channels.max(1)).max(self.rows.div_ceil(256)).max(1)
    }

    fn chunks(&self) -> usize {
        self.rows.div_ceil(self.rows_per_chunk())
    }

    fn chunk_len(&self, chunk: usize) -> usize {
        self.rows_per_chunk().min(self.rows - chunk * self.rows_per_chunk())
    }

    /// Tiles of `statistics`, `normalise`, `sums` and `input_gradient`.
    pub fn tiles(&self) -> usize {
        if self.channels == 0 { 0 } else { self.chunks() }
    }

    /// Tiles of `combine_statistics` and `combine_sums`.
    pub fn combine_tiles(&self) -> usize {
        self.channels.div_ceil(COMBINED)
    }

    /// Floats that the partial results of a reducing stage take.
    pub fn scratch_len(&self) -> usize {
        2 * self.chunks() * self.channels
    }

    fn check(&self, tensors: &[usize], vectors: &[usize]) {
        assert!(tensors.iter().all(|&len| len >= self.rows * self.channels));
        assert!(vectors.iter().all(|&len| len >= self.channels));
    }

    /// The first element and the rows of a chunk.
    fn chunk(&self, tile: usize) -> (usize, usize) {
        (tile * self.rows_per_chunk() * self.channels, self.chunk_len(tile))
    }

    /// The elements of y or dx that a tile of `normalise` or `input_gradient` writes.
    pub fn region(&self, tile: usize) -> std::ops::Range<usize> {
        let (start, rows) = self.chunk(tile);
        start..start + rows * self.channels
    }

    fn over(&self, body: impl Columns) {
        dispatch_on(self.isa, Over { body, first: 0, end: self.channels });
    }

    fn over_part(&self, tile: usize, body: impl Columns) {
        let (first, end) = (tile * COMBINED, self.channels.min((tile + 1) * COMBINED));
        dispatch_on(self.isa, Over { body, first, end });
    }

    // ---- dispatch

    /// Each chunk's mean and squares: `partials [scratch_len]`.
    pub fn statistics(&self, tile: usize, x: &[f32], partials: Shared<f32>) {
        let BatchNorm { channels, .. } = *self;
        self.check(&[x.len()], &[]);
        assert!(partials.len() >= self.scratch_len());
        let (start, rows) = self.chunk(tile);
        // SAFETY: within `partials`; a chunk's two rows are this tile's alone.
        let (mean, squares) =
            unsafe { partials.range(2 * tile * channels, 2 * channels) }.split_at_mut(channels);
        let (mean, squares) = (mean.as_mut_ptr(), squares.as_mut_ptr());
        self.over(Statistics { rows, channels, x: x[start..].as_ptr(), mean, squares });
    }

    /// `mean [channels]` and the biased `variance [channels]`; zeros where there are no rows.
    pub fn combine_statistics(
        &self,
        tile: usize,
        partials: &[f32],
        mean: Shared<f32>,
        variance: Shared<f32>,
    ) {
        self.check(&[], &[mean.len(), variance.len()]);
        assert!(partials.len() >= self.scratch_len());
        let (mean, variance) = (mean.pointer(), variance.pointer());
        let partials = partials.as_ptr();
        self.over_part(tile, CombineStatistics { problem: *self, partials, mean, variance });
    }

    /// `y [rows, channels]`, from the batch's statistics or from running ones.
    pub fn normalise(
        &self,
        tile: usize,
        x: &[f32],
        mean: &[f32],
        variance: &[f32],
        gamma: &[f32],
        beta: &[f32],
        y: Shared<f32>,
    ) {
        self.check(&[x.len(), y.len()], &[mean.len(), variance.len(), gamma.len(), beta.len()]);
        let (start, rows) = self.chunk(tile);
        // SAFETY: within `y`; chunks are disjoint rows.
        let y = unsafe { y.range(start, rows * self.channels) };
        self.over(Normalise {
            rows,
            channels: self.channels,
            epsilon: self.epsilon,
            x: x[start..].as_ptr(),
            mean: mean.as_ptr(),
            variance: variance.as_ptr(),
            gamma: gamma.as_ptr(),
            beta: beta.as_ptr(),
            y: y.as_mut_ptr(),
        });
    }

    /// Each chunk's share of `dgamma` and `dbeta`: `partials [scratch_len]`.
    // dgamma = sum(dy xhat);  dbeta = sum(dy)
    pub fn sums(
        &self,
        tile: usize,
        x: &[f32],
        dy: &[f32],
        mean: &[f32],
        variance: &[f32],
        partials: Shared<f32>,
    ) {
        let BatchNorm { channels, epsilon, .. } = *self;
        self.check(&[x.len(), dy.len()], &[mean.len(), variance.len()]);
        assert!(partials.len() >= self.scratch_len());
        let (start, rows) = self.chunk(tile);
        // SAFETY: within `partials`; a chunk's two rows are this tile's alone.
        let (dgamma, dbeta) =
            unsafe { partials.range(2 * tile * channels, 2 * channels) }.split_at_mut(channels);
        self.over(Sums {
            rows,
            channels,
            epsilon,
            x: x[start..].as_ptr(),
            dy: dy[start..].as_ptr(),
            mean: mean.as_ptr(),
            variance: variance.as_ptr(),
            dgamma: dgamma.as_mut_ptr(),
            dbeta: dbeta.as_mut_ptr(),
        });
    }

    /// `dgamma [channels]` and `dbeta [channels]`.
    pub fn combine_sums(
        &self,
        tile: usize,
        partials: &[f32],
        dgamma: Shared<f32>,
        dbeta: Shared<f32>,
    ) {
        let BatchNorm { channels, .. } = *self;
        self.check(&[], &[dgamma.len(), dbeta.len()]);
        assert!(partials.len() >= self.scratch_len());
        let (dgamma, dbeta) = (dgamma.pointer(), dbeta.pointer());
        let (chunks, partials) = (self.chunks(), partials.as_ptr());
        self.over_part(tile, CombineSums { chunks, channels, partials, dgamma, dbeta });
    }

    /// `dx [rows, channels]`, where the statistics are those of `x` itself.
    // dx = gamma rstd (dy - dbeta / rows - xhat dgamma / rows)
    pub fn input_gradient(
        &self,
        tile: usize,
        x: &[f32],
        dy: &[f32],
        mean: &[f32],
        variance: &[f32],
        gamma: &[f32],
        dgamma: &[f32],
        dbeta: &[f32],
        dx: Shared<f32>,
    ) {
        self.check(&[x.len(), dy.len(), dx.len()], &[mean.len(), variance.len(), gamma.len()]);
        self.check(&[], &[dgamma.len(), dbeta.len()]);
        let (start, rows) = self.chunk(tile);
        // SAFETY: within `dx`; chunks are disjoint rows.
        let dx = unsafe { dx.range(start, rows * self.channels) };
        self.over(InputGradient {
            problem: *self,
            rows,
            x: x[start..].as_ptr(),
            dy: dy[start..].as_ptr(),
            mean: mean.as_ptr(),
            variance: variance.as_ptr(),
            gamma: gamma.as_ptr(),
            dgamma: dgamma.as_ptr(),
            dbeta: dbeta.as_ptr(),
            dx: dx.as_mut_ptr(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::fill_uniform;

    fn values(len: usize, name: &str, low: f32, high: f32) -> Vec<f32> {
        let mut values = vec![0.0; len];
        fill_uniform(3, name, low, high, &mut values);
        values
    }

    fn filled(len: usize, fill: impl FnOnce(Shared<f32>)) -> Vec<f32> {
        let mut values = vec![f32::NAN; len];
        fill(Shared::new(&mut values));
        values
    }

    /// Mean and variance through both stages, tiles last to first.
    fn statistics(norm: BatchNorm, x: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let partials = filled(norm.scratch_len(), |partials| {
            (0..norm.tiles()).rev().for_each(|tile| norm.statistics(tile, x, partials));
        });
        let mut variance = Vec::new();
        let mean = filled(norm.channels, |mean| {
            variance = filled(norm.channels, |variance| {
                for tile in 0..norm.combine_tiles() {
                    norm.combine_statistics(tile, &partials, mean, variance);
                }
            });
        });
        (mean, variance)
    }

    fn assert_near(got: &[f32], expected: &[f64], tolerance: f64, what: &str) {
        assert_eq!(got.len(), expected.len());
        for (i, (&got, expected)) in got.iter().zip(expected).enumerate() {
            let error = (f64::from(got) - expected).abs();
            assert!(error <= tolerance, "{what}[{i}]: {got}, expected {expected}");
        }
    }

    fn check(isa: Isa, rows: usize, channels: usize) {
        let norm = BatchNorm::new(rows, channels, 1e-3).on(isa);
        let len = rows * channels;
        let (x, dy) = (values(len, "x", -1.0, 3.0), values(len, "dy", -1.0, 1.0));
        let gamma = values(channels, "gamma", 0.5, 1.5);
        let beta = values(channels, "beta", -1.0, 1.0);
        let (mean, variance) = statistics(norm, &x);
        let y = filled(len, |y| {
            for tile in (0..norm.tiles()).rev() {
                norm.normalise(tile, &x, &mean, &variance, &gamma, &beta, y);
            }
        });
        let partials = filled(norm.scratch_len(), |partials| {
            for tile in (0..norm.tiles()).rev() {
                norm.sums(tile, &x, &dy, &mean, &variance, partials);
            }
        });
        let mut dbeta = Vec::new();
        let dgamma = filled(channels, |dgamma| {
            dbeta = filled(channels, |dbeta| {
                for tile in 0..norm.combine_tiles() {
                    norm.combine_sums(tile, &partials, dgamma, dbeta);
                }
            });
        });
        let dx = filled(len, |dx| {
            for tile in (0..norm.tiles()).rev() {
                norm.input_gradient(tile, &x, &dy, &mean, &variance, &gamma, &dgamma, &dbeta, dx);
            }
        });

        let wide = |x: &[f32]| x.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
        let (x, dy, gamma, beta) = (wide(&x), wide(&dy), wide(&gamma), wide(&beta));
        let epsilon = f64::from(1e-3f32);
        let what = |name| format!("{isa:?} {rows}x{channels} {name}");
        let sums = 1e-6 * (rows as f64).max(10.0);
        let (y64, mean64, variance64) = reference(&x, &gamma, &beta, epsilon);
        let (dx64, dgamma64, dbeta64) = reference_backward(&x, &dy, &gamma, epsilon);
        if rows > 0 {
            assert_near(&mean, &mean64, 1e-6, &what("mean"));
            assert_near(&variance, &variance64, 1e-6, &what("variance"));
        } else {
            assert!(mean.iter().chain(&variance).all(|&x| x == 0.0));
        }
        assert_near(&dgamma, &dgamma64, sums, &what("dgamma"));
        assert_near(&dbeta, &dbeta64, sums, &what("dbeta"));
        // A single row's variance is 0, so that rounding is multiplied by 1 / √epsilon.
        assert_near(&y, &y64, 1e-5, &what("y"));
        assert_near(&dx, &dx64, 1e-4, &what("dx"));
    }

    #[test]
    fn every_instruction_set_follows_the_reference() {
        for isa in Isa::available() {
            for channels in [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 100, 300] {
                for rows in [0, 1, 2, 5, 64] {
                    check(isa, rows, channels);
                }
            }
            check(isa, 3000, 33);
            check(isa, 40_000, 1);
        }
    }

    #[test]
    fn a_large_mean_and_an_odd_first_row_do_not_cost_the_variance_its_digits() {
        for isa in Isa::available() {
            let mut x = values(20_000, "x", 9_999.0, 10_001.0);
            x[..2].fill(0.0);
            let norm = BatchNorm::new(10_000, 2, 0.0).on(isa);
            let wide: Vec<f64> = x.iter().map(|&x| x.into()).collect();
            let (_, mean64, variance64) = reference(&wide, &[1.0; 2], &[0.0; 2], 0.0);
            let (mean, variance) = statistics(norm, &x);
            for c in 0..2 {
                assert!((f64::from(mean[c]) - mean64[c]).abs() < 1e-3, "{isa:?} {}", mean[c]);
                let relative = (f64::from(variance[c]) / variance64[c] - 1.0).abs();
                assert!(relative < 1e-5, "{isa:?} {} for {}", variance[c], variance64[c]);
            }
        }
    }
}
