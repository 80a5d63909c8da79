//! From a file to a row of a data set: one channel, one rate, without silence, one length, features.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use attune_tensor::{Budget, Code, Error, Result, Shape};
use serde::Deserialize;

use super::clip::Clip;
use super::decode::read_clip;
use super::extractor::Extractor;
use super::features::{Features, Layout};
use super::limits::Limits;
use super::resample::{Resampler, Sinc};
use super::silence::{Silence, sounding};

/// What is done with every file.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recipe {
    /// In Hz; files of other rates are resampled.
    pub sample_rate: u32,
    /// The length of every clip in samples: longer ones are cut, shorter ones followed by zeros.
    pub samples: usize,
    /// Leaves out the silence around the sound.
    pub trim: Option<Silence>,
    pub features: Features,
    pub layout: Layout,
    #[serde(default)]
    pub limits: Limits,
}

/// A recipe with its plans.
pub struct Pipeline {
    recipe: Recipe,
    extractor: Extractor,
    shape: [usize; 2],
    /// By the rate of files met.
    resamplers: Mutex<HashMap<u32, Arc<Resampler>>>,
}

impl Pipeline {
    pub fn new(recipe: Recipe) -> Result<Self> {
        let extractor = Extractor::new(&recipe.features, recipe.sample_rate)?;
        let shape = extractor.shape(recipe.samples)?;
        Ok(Pipeline { recipe, extractor, shape, resamplers: Mutex::default() })
    }

    /// The shape of one row.
    pub fn shape(&self) -> Shape {
        let [frames, width] = self.shape;
        match (&self.recipe.features, self.recipe.layout) {
            (Features::Waveform, _) | (_, Layout::Sequence) => Shape::new([frames, width]),
            (_, Layout::Image) => Shape::new([frames, width, 1]),
        }
    }

    /// In Hz.
    pub fn rate(&self) -> u32 {
        self.recipe.sample_rate
    }

    /// The values of one frame.
    pub fn features(&self) -> usize {
        self.shape[1]
    }

    /// The values of one row.
    pub fn width(&self) -> usize {
        self.shape[0] * self.shape[1]
    }

    /// The row of a file; errors name it.
    pub fn row_of_file(&self, path: &Path, row: &mut [f32], budget: &Budget) -> Result<()> {
        let clip = read_clip(path, &self.recipe.limits, budget)?;
        let waveform = self.waveform(clip);
        waveform
            .and_then(|samples| self.row_of_samples(&samples, row))
            .map_err(|error| error.at(&path.display().to_string()))
    }

    /// A clip in one channel at the recipe's rate, without silence, cut or filled to its length.
    pub fn waveform(&self, clip: Clip) -> Result<Vec<f32>> {
        let rate = clip.rate;
        let mut samples = clip.into_mono();
        if rate != self.recipe.sample_rate {
            samples = self.resampler(rate)?.apply(&samples)?;
        }
        if let Some(rule) = &self.recipe.trim {
            let kept = sounding(&samples, rule);
            samples.truncate(kept.end);
            samples.drain(..kept.start);
        }
        let added = self.recipe.samples.saturating_sub(samples.len());
        samples
            .try_reserve_exact(added)
            .map_err(|_| Error::out_of_memory(added * 4, "the samples of a clip"))?;
        samples.resize(self.recipe.samples, 0.0);
        Ok(samples)
    }

    /// The row of samples that `waveform` gave.
    pub fn row_of_samples(&self, samples: &[f32], row: &mut [f32]) -> Result<()> {
        if samples.len() != self.recipe.samples || row.len() != self.width() {
            let (expected, came) = (self.recipe.samples, samples.len());
            let message = format!("expected clips of {expected} samples, came {came}");
            return Err(Error::new(Code::Shape, message));
        }
        self.extractor.extract(samples, row)
    }

    fn resampler(&self, rate: u32) -> Result<Arc<Resampler>> {
        let mut known = self.resamplers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(&rate) {
            return Ok(found.clone());
        }
        let made = Arc::new(Resampler::new(rate, self.recipe.sample_rate, &Sinc::default())?);
        known.insert(rate, made.clone());
        Ok(made)
    }
}
