//! The mel filter bank: triangles that overlap, evenly spaced in mels, as sparse rows.
//!
//! Filter `m` rises from `f[m]` to `f[m + 1]` and falls to `f[m + 2]`. `htk`:
//! `mel = 2595 log10(1 + f / 700)` (Young et al. 2006, The HTK Book). `slaney`: `mel = 3 f / 200` up to
//! 1000 Hz and logarithmic beyond, 27 mels for a factor of 6.4 (Slaney 1998, Auditory Toolbox).
//! The norm `slaney` divides a triangle by half its width, so that all have the same area.

/// How frequencies become mels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MelScale {
    Htk,
    Slaney,
}

/// How the triangles are weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MelNorm {
    /// Each is 1 at its tip.
    None,
    /// Each has the area 1.
    Slaney,
}

/// The filters over a spectrum.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mel {
    pub mels: usize,
    /// In Hz.
    pub minimum_frequency: f64,
    /// In Hz; without it half the rate.
    pub maximum_frequency: Option<f64>,
    pub mel_scale: MelScale,
    pub mel_norm: MelNorm,
}

/// One row of weights for each mel, of which only those that are not zero are kept.
#[derive(Clone, Debug)]
pub struct MelBank {
    rows: Vec<Row>,
    weights: Vec<f32>,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    bin: usize,
    first: usize,
    len: usize,
}

impl MelBank {
    /// For a spectrum of `bins` frequencies from 0 to half of `rate`.
    pub fn new(mel: &Mel, rate: u32, bins: usize) -> Self {
        let half = f64::from(rate) / 2.0;
        let low = to_mel(mel.minimum_frequency, mel.mel_scale);
        let high = to_mel(mel.maximum_frequency.unwrap_or(half), mel.mel_scale);
        let step = (high - low) / (mel.mels + 1) as f64;
        let corner = |m: usize| to_hertz(low + m as f64 * step, mel.mel_scale);
        let mut bank = MelBank { rows: Vec::with_capacity(mel.mels), weights: Vec::new() };
        for m in 0..mel.mels {
            let (left, tip, right) = (corner(m), corner(m + 1), corner(m + 2));
            let scale = match mel.mel_norm {
                MelNorm::None => 1.0,
                MelNorm::Slaney => 2.0 / (right - left),
            };
            let weight = |bin: usize| {
                let f = half * bin as f64 / (bins - 1).max(1) as f64;
                let (up, down) = ((f - left) / (tip - left), (right - f) / (right - tip));
                up.min(down).max(0.0) * scale
            };
            let first = bank.weights.len();
            let bin = (0..bins).find(|&bin| weight(bin) > 0.0).unwrap_or(0);
            bank.weights.extend((bin..bins).map(|bin| weight(bin) as f32).take_while(|&w| w > 0.0));
            bank.rows.push(Row { bin, first, len: bank.weights.len() - first });
        }
        bank
    }

    /// The mels of one frame.
    pub fn apply(&self, spectrum: &[f32], mels: &mut [f32]) {
        for (row, mel) in self.rows.iter().zip(mels) {
            let weights = &self.weights[row.first..][..row.len];
            *mel = weights.iter().zip(&spectrum[row.bin..]).map(|(w, x)| w * x).sum();
        }
    }
}

const LINEAR: f64 = 200.0 / 3.0;
const BREAK: f64 = 1000.0;

fn log_step() -> f64 {
    6.4f64.ln() / 27.0
}

fn to_mel(hertz: f64, scale: MelScale) -> f64 {
    match scale {
        MelScale::Htk => 2595.0 * (1.0 + hertz / 700.0).log10(),
        MelScale::Slaney if hertz < BREAK => hertz / LINEAR,
        MelScale::Slaney => BREAK / LINEAR + (hertz / BREAK).ln() / log_step(),
    }
}

fn to_hertz(mel: f64, scale: MelScale) -> f64 {
    match scale {
        MelScale::Htk => 700.0 * (10f64.powf(mel / 2595.0) - 1.0),
        MelScale::Slaney if mel < BREAK / LINEAR => mel * LINEAR,
        MelScale::Slaney => BREAK * (log_step() * (mel - BREAK / LINEAR)).exp(),
    }
}
