//! The descriptions of features: what JSON says, with every value given.

use serde::Deserialize;

use super::logarithm::Logarithm;
use super::mel::{MelNorm, MelScale};
use super::stft::Padding;

/// What a clip becomes.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Features {
    /// The samples themselves.
    Waveform,
    Spectrogram(Spectrum),
    MelSpectrogram(MelSpectrum),
    LogMel(LogMel),
    Mfcc(Mfcc),
}

/// Frames of the short-time Fourier transform and what is kept of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Spectrum {
    pub fft_size: usize,
    pub window_size: usize,
    pub hop_size: usize,
    /// Whether frame `t` is centred on sample `t hopSize`, rather than beginning there.
    pub centre: bool,
    pub padding: Padding,
    /// 1 for magnitude, 2 for power.
    pub power: u32,
}

/// The filters over a spectrum.
#[derive(Clone, Debug, Deserialize)]
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

/// A logarithmic scale.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Loudness {
    pub logarithm: Logarithm,
    pub floor: f64,
    pub top_decibels: Option<f64>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct MelSpectrum {
    #[serde(flatten)]
    pub spectrum: Spectrum,
    #[serde(flatten)]
    pub mel: Mel,
}

#[derive(Clone, Debug, Deserialize)]
pub struct LogMel {
    #[serde(flatten)]
    pub spectrum: Spectrum,
    #[serde(flatten)]
    pub mel: Mel,
    #[serde(flatten)]
    pub loudness: Loudness,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Mfcc {
    #[serde(flatten)]
    pub spectrum: Spectrum,
    #[serde(flatten)]
    pub mel: Mel,
    #[serde(flatten)]
    pub loudness: Loudness,
    pub coefficients: usize,
}

/// How the features of a clip lie in a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Layout {
    /// `[time, features, 1]`, as images.
    Image,
    /// `[time, features]`, as sequences.
    Sequence,
}
