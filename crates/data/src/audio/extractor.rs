//! Features of a clip: spectrum, mels, logarithm and cepstra, frame after frame.

use attune_tensor::{Code, Error, Result};
use rayon::prelude::*;

use super::cosine::cosine_rows;
use super::features::{Features, Mfcc};
use super::logarithm::{Loudness, loudness};
use super::mel::{Mel, MelBank};
use super::stft::{Spectrum, Stft, Workspace};

/// Frames that a thread takes at once.
const FRAMES: usize = 128;
const MOST_MELS: usize = 4096;

/// What is computed once for all clips of one rate.
pub struct Extractor {
    /// Without it the samples are the features.
    spectral: Option<Spectral>,
}

struct Spectral {
    stft: Stft,
    power: u32,
    bank: Option<MelBank>,
    loudness: Option<Loudness>,
    /// Rows of the cosine transform.
    cosines: Option<Vec<f32>>,
    /// Values of a frame before the cosine transform, and after it.
    bands: usize,
    width: usize,
}

impl Extractor {
    pub fn new(features: &Features, rate: u32) -> Result<Self> {
        let spectral = match features {
            Features::Waveform => return Ok(Extractor { spectral: None }),
            Features::Spectrogram(spectrum) => Spectral::new(spectrum, None, None, None, rate),
            Features::MelSpectrogram(of) => {
                Spectral::new(&of.spectrum, Some(&of.mel), None, None, rate)
            }
            Features::LogMel(of) => {
                Spectral::new(&of.spectrum, Some(&of.mel), Some(&of.loudness), None, rate)
            }
            Features::Mfcc(Mfcc { log_mel: of, coefficients }) => {
                let (mel, loudness) = (Some(&of.mel), Some(&of.loudness));
                Spectral::new(&of.spectrum, mel, loudness, Some(*coefficients), rate)
            }
        }?;
        Ok(Extractor { spectral: Some(spectral) })
    }

    /// Frames, and values of each: what a clip of `samples` becomes.
    pub fn shape(&self, samples: usize) -> Result<[usize; 2]> {
        match &self.spectral {
            Some(spectral) => Ok([spectral.stft.frames(samples)?, spectral.width]),
            None => Ok([samples, 1]),
        }
    }

    /// The features of a clip, as many as `shape` says: `[frames, width]`.
    pub fn extract(&self, samples: &[f32], features: &mut [f32]) -> Result<()> {
        match &self.spectral {
            Some(spectral) => spectral.extract(samples, features),
            None => {
                features.copy_from_slice(samples);
                Ok(())
            }
        }
    }
}

impl Spectral {
    fn new(
        spectrum: &Spectrum,
        mel: Option<&Mel>,
        loudness: Option<&Loudness>,
        coefficients: Option<usize>,
        rate: u32,
    ) -> Result<Self> {
        let stft = Stft::new(spectrum)?;
        let bins = stft.bins();
        if let Some(mel) = mel {
            check(mel, rate)?;
        }
        let bands = mel.map_or(bins, |mel| mel.mels);
        if coefficients.is_some_and(|count| count == 0 || count > bands) {
            return Err(Error::new(
                Code::Config,
                format!("coefficients: expected 1 to {bands}, the number of mels"),
            ));
        }
        Ok(Spectral {
            power: spectrum.power,
            bank: mel.map(|mel| MelBank::new(mel, rate, bins)),
            loudness: loudness.cloned(),
            cosines: coefficients.map(|count| cosine_rows(count, bands)),
            bands,
            width: coefficients.unwrap_or(bands),
            stft,
        })
    }

    fn extract(&self, samples: &[f32], features: &mut [f32]) -> Result<()> {
        let Some(cosines) = &self.cosines else {
            self.bands(samples, features);
            return Ok(());
        };
        let frames = features.len() / self.width;
        let mut bands = Vec::new();
        bands
            .try_reserve_exact(frames * self.bands)
            .map_err(|_| Error::out_of_memory(frames * self.bands * 4, "a spectrogram"))?;
        bands.resize(frames * self.bands, 0.0);
        self.bands(samples, &mut bands);
        for (x, y) in bands.chunks_exact(self.bands).zip(features.chunks_exact_mut(self.width)) {
            for (row, y) in cosines.chunks_exact(self.bands).zip(y) {
                *y = row.iter().zip(x).map(|(c, x)| c * x).sum();
            }
        }
        Ok(())
    }

    /// Spectrum or mels of every frame, on the logarithmic scale where one is asked for.
    fn bands(&self, samples: &[f32], values: &mut [f32]) {
        let block = FRAMES * self.bands;
        let make = || (self.stft.workspace(), vec![0f32; self.stft.bins()]);
        if values.len() <= block {
            self.frames(samples, 0, values, &mut make());
        } else {
            values.par_chunks_mut(block).enumerate().for_each_init(make, |memory, (i, block)| {
                self.frames(samples, i * FRAMES, block, memory);
            });
        }
        if let Some(scale) = &self.loudness {
            loudness(values, scale, self.power);
        }
    }

    fn frames(
        &self,
        samples: &[f32],
        first: usize,
        values: &mut [f32],
        (workspace, bins): &mut (Workspace, Vec<f32>),
    ) {
        for (t, bands) in values.chunks_exact_mut(self.bands).enumerate() {
            self.stft.transform(samples, first + t, workspace);
            let spectrum = if self.bank.is_some() { &mut bins[..] } else { &mut *bands };
            for (bin, x) in spectrum.iter_mut().zip(&workspace.output) {
                *bin = x.re * x.re + x.im * x.im;
            }
            if self.power == 1 {
                spectrum.iter_mut().for_each(|x| *x = x.sqrt());
            }
            if let Some(bank) = &self.bank {
                bank.apply(bins, bands);
            }
        }
    }
}

fn check(mel: &Mel, rate: u32) -> Result<()> {
    let half = f64::from(rate) / 2.0;
    let high = mel.maximum_frequency.unwrap_or(half);
    if mel.mels == 0 || mel.mels > MOST_MELS {
        let mels = mel.mels;
        let message = format!("mels: expected 1 to {MOST_MELS}, came {mels}");
        return Err(Error::new(Code::Config, message));
    }
    if mel.minimum_frequency < 0.0 || high <= mel.minimum_frequency || high > half {
        return Err(Error::new(
            Code::Config,
            format!(
                "expected 0 <= minimumFrequency < maximumFrequency <= {half}, half the sample \
                 rate, came {} and {high}",
                mel.minimum_frequency
            ),
        ));
    }
    Ok(())
}
