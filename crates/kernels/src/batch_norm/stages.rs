//! The bodies of the stages of batch normalisation, each over a block of channels.

use std::array::from_fn;

use super::BatchNorm;
use crate::softmax::{load, store};
use crate::{Kernel, Simd};

/// Vectors of channels that are worked on side by side.
const WIDE: usize = 4;

/// Rows whose squares are summed before they join the chunk's.
const SUMMED: usize = 64;

/// A body over a block of channels of one chunk: `V` vectors, the last of `n` lanes.
pub trait Columns {
    /// `#[inline(always)]`.
    ///
    /// # Safety
    /// Channels `c..c + (V - 1) * LANES + n` exist.
    unsafe fn block<S: Simd, const V: usize>(&self, s: S, c: usize, n: usize);
}

/// Runs a body over blocks of all channels.
pub struct Over<C> {
    pub body: C,
    pub first: usize,
    pub end: usize,
}

impl<C: Columns> Kernel for Over<C> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let mut c = self.first;
        // SAFETY: every block ends at or before `end`, which the dispatcher checked.
        unsafe {
            while c + WIDE * S::LANES <= self.end {
                self.body.block::<S, WIDE>(s, c, S::LANES);
                c += WIDE * S::LANES;
            }
            while c < self.end {
                let n = S::LANES.min(self.end - c);
                self.body.block::<S, 1>(s, c, n);
                c += n;
            }
        }
    }
}

/// `V` neighbouring vectors, the last of `n` lanes.
///
/// # Safety
/// `p` is valid for reading them.
#[inline(always)]
unsafe fn load_all<S: Simd, const V: usize>(s: S, p: *const f32, n: usize) -> [S::F32; V] {
    // SAFETY: the caller vouches for the floats.
    from_fn(|v| unsafe { load(s, p.add(v * S::LANES), if v + 1 == V { n } else { S::LANES }) })
}

/// # Safety
/// `p` is valid for writing `V` vectors, the last of `n` lanes.
#[inline(always)]
unsafe fn store_all<S: Simd, const V: usize>(s: S, p: *mut f32, x: [S::F32; V], n: usize) {
    for v in 0..V {
        // SAFETY: the caller vouches for the floats.
        unsafe { store(s, p.add(v * S::LANES), x[v], if v + 1 == V { n } else { S::LANES }) };
    }
}

/// `1 / √(variance + epsilon)`.
#[inline(always)]
fn rstd<S: Simd>(s: S, variance: S::F32, epsilon: f32) -> S::F32 {
    s.div(s.splat(1.0), s.sqrt(s.add(variance, s.splat(epsilon))))
}

/// Mean and `sum((x - mean)²)` of one chunk.
pub struct Statistics {
    pub rows: usize,
    pub channels: usize,
    pub x: *const f32,
    pub mean: *mut f32,
    pub squares: *mut f32,
}

impl Columns for Statistics {
    #[inline(always)]
    unsafe fn block<S: Simd, const V: usize>(&self, s: S, c: usize, n: usize) {
        // SAFETY: `x` holds `rows` rows of `channels`, the outputs one; the block is within a row.
        unsafe {
            let count = s.splat(self.rows as f32);
            let row = |r: usize| load_all::<S, V>(s, self.x.add(r * self.channels + c), n);
            let mut sum = [s.zero(); V];
            for r in 0..self.rows {
                let x = row(r);
                sum = from_fn(|v| s.add(sum[v], x[v]));
            }
            let mean: [_; V] = from_fn(|v| s.div(sum[v], count));
            // The second look, in cache, repairs the rounding of the first: its errors are small.
            let (mut error, mut squares) = ([s.zero(); V], [s.zero(); V]);
            for start in (0..self.rows).step_by(SUMMED) {
                // An outlier's square swallows no more than the small ones of its own part.
                let (mut e, mut q) = ([s.zero(); V], [s.zero(); V]);
                for r in start..self.rows.min(start + SUMMED) {
                    let x = row(r);
                    let d: [_; V] = from_fn(|v| s.sub(x[v], mean[v]));
                    e = from_fn(|v| s.add(e[v], d[v]));
                    q = from_fn(|v| s.fma(d[v], d[v], q[v]));
                }
                error = from_fn(|v| s.add(error[v], e[v]));
                squares = from_fn(|v| s.add(squares[v], q[v]));
            }
            let error: [_; V] = from_fn(|v| s.div(error[v], count));
            let squares = from_fn(|v| s.fnma(s.mul(error[v], error[v]), count, squares[v]));
            store_all(s, self.mean.add(c), from_fn::<_, V, _>(|v| s.add(mean[v], error[v])), n);
            store_all::<S, V>(s, self.squares.add(c), squares, n);
        }
    }
}

/// Chan et al.'s combination of the chunks' means and squares.
pub struct CombineStatistics {
    pub problem: BatchNorm,
    pub partials: *const f32,
    pub mean: *mut f32,
    pub variance: *mut f32,
}

impl Columns for CombineStatistics {
    #[inline(always)]
    unsafe fn block<S: Simd, const V: usize>(&self, s: S, c: usize, n: usize) {
        // SAFETY: `partials` holds two rows of `channels` for each chunk, the outputs one.
        unsafe {
            let BatchNorm { rows, channels, .. } = self.problem;
            let part = |row: usize| load_all::<S, V>(s, self.partials.add(row * channels + c), n);
            let chunks = self.problem.chunks();
            let count = |k: usize| s.splat(self.problem.chunk_len(k) as f32);
            let total = s.splat(rows.max(1) as f32);
            // Means are summed as differences from the first, which keeps their low digits.
            let base = if chunks == 0 { [s.zero(); V] } else { part(0) };
            let mut shift = [s.zero(); V];
            for k in 1..chunks {
                let mean = part(2 * k);
                shift = from_fn(|v| s.fma(count(k), s.sub(mean[v], base[v]), shift[v]));
            }
            let shift: [_; V] = from_fn(|v| s.div(shift[v], total));
            let mut squares = [s.zero(); V];
            for k in 0..chunks {
                let (mean, within) = (part(2 * k), part(2 * k + 1));
                squares = from_fn(|v| {
                    let d = s.sub(s.sub(mean[v], base[v]), shift[v]);
                    s.add(squares[v], s.fma(s.mul(count(k), d), d, within[v]))
                });
            }
            store_all(s, self.mean.add(c), from_fn::<_, V, _>(|v| s.add(base[v], shift[v])), n);
            let variance = from_fn::<_, V, _>(|v| s.div(squares[v], total));
            store_all(s, self.variance.add(c), variance, n);
        }
    }
}

pub struct Normalise {
    pub rows: usize,
    pub channels: usize,
    pub epsilon: f32,
    pub x: *const f32,
    pub mean: *const f32,
    pub variance: *const f32,
    pub gamma: *const f32,
    pub beta: *const f32,
    pub y: *mut f32,
}

impl Columns for Normalise {
    #[inline(always)]
    unsafe fn block<S: Simd, const V: usize>(&self, s: S, c: usize, n: usize) {
        // SAFETY: `x` and `y` hold `rows` rows of `channels`, the others one.
        unsafe {
            let all = |p: *const f32| load_all::<S, V>(s, p.add(c), n);
            let (mean, variance, gamma) = (all(self.mean), all(self.variance), all(self.gamma));
            let beta = all(self.beta);
            let scale: [_; V] = from_fn(|v| s.mul(gamma[v], rstd(s, variance[v], self.epsilon)));
            for r in 0..self.rows {
                let x = all(self.x.add(r * self.channels));
                let y = from_fn::<_, V, _>(|v| s.fma(s.sub(x[v], mean[v]), scale[v], beta[v]));
                store_all(s, self.y.add(r * self.channels + c), y, n);
            }
        }
    }
}

/// `sum(dy xhat)` and `sum(dy)` of one chunk.
pub struct Sums {
    pub rows: usize,
    pub channels: usize,
    pub epsilon: f32,
    pub x: *const f32,
    pub dy: *const f32,
    pub mean: *const f32,
    pub variance: *const f32,
    pub dgamma: *mut f32,
    pub dbeta: *mut f32,
}

impl Columns for Sums {
    #[inline(always)]
    unsafe fn block<S: Simd, const V: usize>(&self, s: S, c: usize, n: usize) {
        // SAFETY: `x` and `dy` hold `rows` rows of `channels`, the others one.
        unsafe {
            let all = |p: *const f32| load_all::<S, V>(s, p.add(c), n);
            let (mean, variance) = (all(self.mean), all(self.variance));
            let (mut dgamma, mut dbeta) = ([s.zero(); V], [s.zero(); V]);
            for r in 0..self.rows {
                let (x, dy) =
                    (all(self.x.add(r * self.channels)), all(self.dy.add(r * self.channels)));
                dgamma = from_fn(|v| s.fma(dy[v], s.sub(x[v], mean[v]), dgamma[v]));
                dbeta = from_fn(|v| s.add(dbeta[v], dy[v]));
            }
            let dgamma =
                from_fn::<_, V, _>(|v| s.mul(dgamma[v], rstd(s, variance[v], self.epsilon)));
            store_all(s, self.dgamma.add(c), dgamma, n);
            store_all(s, self.dbeta.add(c), dbeta, n);
        }
    }
}

pub struct CombineSums {
    pub chunks: usize,
    pub channels: usize,
    pub partials: *const f32,
    pub dgamma: *mut f32,
    pub dbeta: *mut f32,
}

impl Columns for CombineSums {
    #[inline(always)]
    unsafe fn block<S: Simd, const V: usize>(&self, s: S, c: usize, n: usize) {
        // SAFETY: `partials` holds two rows of `channels` for each chunk, the outputs one.
        unsafe {
            let part =
                |row: usize| load_all::<S, V>(s, self.partials.add(row * self.channels + c), n);
            let (mut dgamma, mut dbeta) = ([s.zero(); V], [s.zero(); V]);
            for k in 0..self.chunks {
                let (g, b) = (part(2 * k), part(2 * k + 1));
                dgamma = from_fn(|v| s.add(dgamma[v], g[v]));
                dbeta = from_fn(|v| s.add(dbeta[v], b[v]));
            }
            store_all(s, self.dgamma.add(c), dgamma, n);
            store_all(s, self.dbeta.add(c), dbeta, n);
        }
    }
}

pub struct InputGradient {
    pub problem: BatchNorm,
    pub rows: usize,
    pub x: *const f32,
    pub dy: *const f32,
    pub mean: *const f32,
    pub variance: *const f32,
    pub gamma: *const f32,
    pub dgamma: *const f32,
    pub dbeta: *const f32,
    pub dx: *mut f32,
}

impl Columns for InputGradient {
    #[inline(always)]
    unsafe fn block<S: Simd, const V: usize>(&self, s: S, c: usize, n: usize) {
        // SAFETY: `x`, `dy` and `dx` hold `rows` rows of `channels`, the others one.
        unsafe {
            let all = |p: *const f32| load_all::<S, V>(s, p.add(c), n);
            let BatchNorm { rows: total, channels, epsilon, .. } = self.problem;
            let total = s.splat(total as f32);
            let (mean, variance, gamma) = (all(self.mean), all(self.variance), all(self.gamma));
            let (dgamma, dbeta) = (all(self.dgamma), all(self.dbeta));
            let rstd: [_; V] = from_fn(|v| rstd(s, variance[v], epsilon));
            let scale: [_; V] = from_fn(|v| s.mul(gamma[v], rstd[v]));
            let middle: [_; V] = from_fn(|v| s.div(dbeta[v], total));
            let slope: [_; V] = from_fn(|v| s.div(s.mul(rstd[v], dgamma[v]), total));
            for r in 0..self.rows {
                let at = r * channels;
                let (x, dy) = (all(self.x.add(at)), all(self.dy.add(at)));
                let dx = from_fn::<_, V, _>(|v| {
                    let centred = s.sub(dy[v], middle[v]);
                    s.mul(scale[v], s.fnma(s.sub(x[v], mean[v]), slope[v], centred))
                });
                store_all(s, self.dx.add(at + c), dx, n);
            }
        }
    }
}
