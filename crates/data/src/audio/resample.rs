//! Changing the rate of samples by band-limited interpolation, one filter for each phase.
//!
//! With `o : n` the two rates in lowest terms, `b = min(o, n) rolloff`, output `n j + p` is
//! `sum_k h_p[k] x[o j + k]`, where `t = b (k / o - p / n)` and
//! `h_p[k] = b / o sinc(t) w(t)` inside `|t| < zeros`, which is the filter of torchaudio's `resample`.
//! Smith 2020, Digital Audio Resampling Home Page, https://ccrma.stanford.edu/~jos/resample/.

use std::f64::consts::PI;

use attune_tensor::{Code, Error, Result};

/// The most weights that all phases together may have.
const MOST_WEIGHTS: usize = 1 << 24;

/// How the sinc fades out.
#[derive(Clone, Copy, Debug, PartialEq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Taper {
    /// `cos^2(pi t / 2 zeros)`.
    Hann,
    /// `I0(beta sqrt(1 - (t / zeros)^2)) / I0(beta)`.
    Kaiser,
}

/// The filter.
#[derive(Clone, Copy, Debug, PartialEq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sinc {
    /// Zero crossings on each side: more are sharper and slower.
    pub zeros: usize,
    /// The cut-off, as a share of half the lower rate.
    pub rolloff: f64,
    pub taper: Taper,
    /// Of the Kaiser window.
    pub beta: f64,
}

impl Default for Sinc {
    /// torchaudio's defaults.
    fn default() -> Self {
        Sinc { zeros: 6, rolloff: 0.99, taper: Taper::Hann, beta: 14.769656459379492 }
    }
}

/// The filters between two rates, made once and used for any number of clips.
#[derive(Debug)]
pub struct Resampler {
    /// The rates in lowest terms.
    from: usize,
    to: usize,
    /// Weights of one phase.
    taps: usize,
    /// Where the window of each phase begins, relative to `o j`.
    starts: Vec<isize>,
    weights: Vec<f32>,
}

impl Resampler {
    pub fn new(from: u32, to: u32, sinc: &Sinc) -> Result<Self> {
        let common = gcd(from, to);
        if from == 0 || to == 0 {
            let message = format!("expected rates above 0, came {from} and {to} Hz");
            return Err(Error::new(Code::Config, message));
        }
        let (from, to) = ((from / common) as usize, (to / common) as usize);
        let (o, n) = (from as f64, to as f64);
        let b = o.min(n) * sinc.rolloff;
        let reach = sinc.zeros as f64 * o / b;
        let taps = 2 * reach.floor() as usize + 2;
        if taps.checked_mul(to).is_none_or(|weights| weights > MOST_WEIGHTS) {
            return Err(Error::new(
                Code::Config,
                format!(
                    "from {from} to {to} parts takes {to} filters of {taps} weights: \
                     give rates with a larger common divisor"
                ),
            ));
        }
        let mut starts = Vec::with_capacity(to);
        let mut weights = Vec::with_capacity(taps * to);
        for p in 0..to {
            let centre = p as f64 * o / n;
            let start = (centre - reach).ceil() as isize;
            starts.push(start);
            let place = |k: usize| b * ((start + k as isize) as f64 / o - p as f64 / n);
            weights.extend((0..taps).map(|k| (weight(place(k), sinc) * b / o) as f32));
        }
        Ok(Resampler { from, to, taps, starts, weights })
    }

    /// The number of samples that `len` become.
    pub fn len(&self, len: usize) -> usize {
        (len as u128 * self.to as u128).div_ceil(self.from as u128) as usize
    }

    /// The samples at the new rate.
    pub fn apply(&self, x: &[f32]) -> Result<Vec<f32>> {
        if self.from == self.to {
            return Ok(x.to_vec());
        }
        let before = self.starts.iter().min().map_or(0, |&start| start.min(0).unsigned_abs());
        let len = self.len(x.len());
        let reach = len.div_ceil(self.to) * self.from + 2 * self.taps + self.from;
        let padded_len = before + reach.max(x.len());
        let (mut padded, mut y) = (Vec::new(), Vec::new());
        if padded.try_reserve_exact(padded_len).is_err() || y.try_reserve_exact(len).is_err() {
            return Err(Error::out_of_memory((padded_len + len) * 4, "samples at another rate"));
        }
        padded.resize(before, 0.0);
        padded.extend_from_slice(x);
        padded.resize(padded_len, 0.0);
        for i in 0..len {
            let (j, p) = (i / self.to, i % self.to);
            let first = (before as isize + (j * self.from) as isize + self.starts[p]) as usize;
            y.push(dot(&self.weights[p * self.taps..][..self.taps], &padded[first..][..self.taps]));
        }
        Ok(y)
    }
}

fn weight(t: f64, sinc: &Sinc) -> f64 {
    let zeros = sinc.zeros as f64;
    if t.abs() >= zeros {
        return 0.0;
    }
    let window = match sinc.taper {
        Taper::Hann => (t * PI / zeros / 2.0).cos().powi(2),
        Taper::Kaiser => {
            let at = (1.0 - (t / zeros) * (t / zeros)).sqrt();
            bessel_i0(sinc.beta * at) / bessel_i0(sinc.beta)
        }
    };
    window * if t == 0.0 { 1.0 } else { (t * PI).sin() / (t * PI) }
}

/// The modified Bessel function of order 0: `sum_k (x^2 / 4)^k / k!^2`.
fn bessel_i0(x: f64) -> f64 {
    let (mut sum, mut term, mut k) = (1.0, 1.0, 1.0);
    while term > sum * 1e-17 {
        term *= x * x / 4.0 / (k * k);
        sum += term;
        k += 1.0;
    }
    sum
}

/// Eight sums side by side, which become one vector register or two.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0f32; 8];
    let (a, a_rest) = a.as_chunks::<8>();
    let (b, b_rest) = b.as_chunks::<8>();
    for (a, b) in a.iter().zip(b) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
