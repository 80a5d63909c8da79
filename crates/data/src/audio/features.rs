//! The descriptions of features: what JSON says, with every value given.

use serde::Deserialize;

use super::logarithm::Loudness;
use super::mel::Mel;
use super::stft::Spectrum;

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
    pub log_mel: LogMel,
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
