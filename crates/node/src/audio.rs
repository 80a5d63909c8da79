//! Sound: files read, resampled and turned into features away from Node's thread.

use std::path::PathBuf;

use attune_data::Stretch;
use attune_data::audio::{
    self, AudioFile, Change, Extractor, Features, Limits, Pipeline, Recipe, Resampler, Silence,
    Sinc, Spectrum,
};
use attune_tensor::{Budget, Code, Error};
use napi::Env;
use napi::bindgen_prelude::{Float32Array, Object, Uint8Array};
use napi_derive::napi;

use crate::background::background;
use crate::data_set::DataSet;
use crate::failure::{Failure, guard, json, parse, whole};
use crate::read_samples::ReadSamples;
use crate::typed::Typed;

/// A decoded sound: samples of every channel, interleaved.
#[napi(object)]
pub struct AudioClip {
    pub samples: Float32Array,
    pub sample_rate: f64,
    pub channels: f64,
}

/// Values and their sizes, row-major.
#[napi(object)]
pub struct AudioValues {
    pub values: Float32Array,
    pub shape: Vec<f64>,
}

/// Decodes a WAV, FLAC or MP3 file within limits: JSON `{ bytes, samples, seconds }`.
#[napi(ts_return_type = "Promise<AudioClip>")]
pub fn read_audio(env: &Env, path: String, limits: String) -> Result<Object<'_>, Failure> {
    let work = move || {
        let limits: Limits = parse("limits", &limits)?;
        audio::read_clip(&PathBuf::from(path), &limits, &Budget::of_machine())
    };
    background(env, work, |_, clip| {
        Ok(AudioClip {
            samples: clip.samples.into(),
            sample_rate: f64::from(clip.rate),
            channels: clip.channels as f64,
        })
    })
}

/// Reads files, each with its label, by a recipe as JSON.
#[napi(
    ts_args_type = "paths: string[], labels: Int32Array, recipe: string, skip: boolean",
    ts_return_type = "Promise<ReadSamples>"
)]
pub fn read_audio_files(
    env: &Env,
    paths: Vec<String>,
    labels: Typed,
    recipe: String,
    skip: bool,
) -> Result<Object<'_>, Failure> {
    let labels = guard(|| labels.elements("labels"))?;
    let work = move || {
        let recipe: Recipe = parse("recipe", &recipe)?;
        let labels: &[i32] = bytemuck::cast_slice(labels.bytes());
        if labels.len() != paths.len() {
            let message = format!("expected {} labels, came {}", paths.len(), labels.len());
            return Err(Error::new(Code::Data, message));
        }
        let files: Vec<AudioFile> = paths
            .into_iter()
            .zip(labels)
            .map(|(path, &label)| AudioFile { path: path.into(), label })
            .collect();
        let read = audio::read_audio_files(&files, recipe, skip, &Budget::of_machine())?;
        ReadSamples::new(read.samples, read.skipped.iter().map(|bad| (bad.index, &bad.error)))
    };
    background(env, work, |_, files| Ok(files))
}

/// Features of a stretch of an epoch, out of a data set of samples: recipe, changes and stretch
/// `{ seed, epoch, first, count, shuffle }` as JSON.
#[napi(ts_return_type = "Promise<DataSet>")]
pub fn epoch_audio<'env>(
    env: &'env Env,
    waves: &DataSet,
    recipe: String,
    changes: String,
    stretch: String,
) -> Result<Object<'env>, Failure> {
    let waves = waves.samples().clone();
    DataSet::promise(env, move || {
        let pipeline = Pipeline::new(parse("recipe", &recipe)?)?;
        let changes: Vec<Change> = parse("changes", &changes)?;
        let stretch: Stretch = parse("stretch", &stretch)?;
        audio::epoch_features(&waves, &pipeline, &changes, stretch, &Budget::of_machine())
    })
}

/// Samples of one channel at another rate; the filter as JSON `{ zeros, rolloff, taper, beta }`.
#[napi(
    ts_args_type = "samples: Float32Array, from: number, to: number, filter: string",
    ts_return_type = "Promise<Float32Array>"
)]
pub fn resample(
    env: &Env,
    samples: Typed,
    from: f64,
    to: f64,
    filter: String,
) -> Result<Object<'_>, Failure> {
    let samples = guard(|| samples.floats("samples"))?;
    let work = move || {
        let filter: Sinc = parse("filter", &filter)?;
        Resampler::new(rate("from", from)?, rate("to", to)?, &filter)?.apply(&samples)
    };
    background(env, work, |_, samples| Ok(Float32Array::from(samples)))
}

/// Features of samples of one channel, described by JSON: `[frames, width]`.
#[napi(
    ts_args_type = "samples: Float32Array, sampleRate: number, features: string",
    ts_return_type = "Promise<AudioValues>"
)]
pub fn audio_features(
    env: &Env,
    samples: Typed,
    sample_rate: f64,
    features: String,
) -> Result<Object<'_>, Failure> {
    let samples = guard(|| samples.floats("samples"))?;
    let work = move || {
        let features: Features = parse("features", &features)?;
        let extractor = Extractor::new(&features, rate("sampleRate", sample_rate)?)?;
        let shape = extractor.shape(samples.len())?;
        let mut values = zeros(shape[0] * shape[1])?;
        extractor.extract(&samples, &mut values)?;
        Ok((values, shape.to_vec()))
    };
    background(env, work, |_, values| Ok(sized(values)))
}

/// The short-time Fourier transform of samples of one channel: `[frames, bins, 2]`.
#[napi(
    ts_args_type = "samples: Float32Array, spectrum: string",
    ts_return_type = "Promise<AudioValues>"
)]
pub fn stft(env: &Env, samples: Typed, spectrum: String) -> Result<Object<'_>, Failure> {
    let samples = guard(|| samples.floats("samples"))?;
    let work = move || {
        let spectrum: Spectrum = parse("spectrum", &spectrum)?;
        let (values, shape) = audio::complex_spectrum(&samples, &spectrum)?;
        Ok((values, shape.to_vec()))
    };
    background(env, work, |_, values| Ok(sized(values)))
}

/// JSON `[start, end]`: the samples without the silence around them, by a rule as JSON.
#[napi(ts_args_type = "samples: Float32Array, rule: string")]
pub fn sounding(samples: Typed, rule: String) -> Result<String, Failure> {
    guard(|| {
        let rule: Silence = parse("trim", &rule)?;
        let kept = audio::sounding(&samples.floats("samples")?, &rule);
        json(&[kept.start, kept.end])
    })
}

/// Features `[frames, width]` as grey pixels `[width, frames]`, frequency upwards.
#[napi(ts_args_type = "features: Float32Array, frames: number, width: number")]
pub fn audio_picture(features: Typed, frames: f64, width: f64) -> Result<Uint8Array, Failure> {
    guard(|| {
        let (frames, width) = (whole("frames", frames)?, whole("width", width)?);
        let pixels =
            audio::picture(&features.floats("features")?, frames as usize, width as usize)?;
        Ok(pixels.into())
    })
}

fn rate(what: &str, value: f64) -> attune_tensor::Result<u32> {
    u32::try_from(whole(what, value)?).map_err(|_| {
        Error::new(Code::Config, format!("{what}: expected a rate below 2^32 Hz, got {value}"))
    })
}

fn zeros(len: usize) -> attune_tensor::Result<Vec<f32>> {
    let mut values = Vec::new();
    values.try_reserve_exact(len).map_err(|_| Error::out_of_memory(len * 4, "features"))?;
    values.resize(len, 0.0);
    Ok(values)
}

fn sized((values, shape): (Vec<f32>, Vec<usize>)) -> AudioValues {
    AudioValues {
        values: values.into(),
        shape: shape.into_iter().map(|size| size as f64).collect(),
    }
}
