//! Random changes of sounds: of the samples before features are computed, and of the features.
//!
//! What is drawn for a sample is a function of (seed, epoch, sample) and the place in the list.
//! `specAugment`: Park et al. 2019, arXiv:1904.08779, without time warping.

use attune_kernels::random::{Stream, key_within, site};
use attune_tensor::Result;
use serde::Deserialize;

use super::resample::{Resampler, Sinc};

/// A change, with every value given.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Change {
    /// Moves the sound by up to `most` seconds either way; zeros come in.
    TimeShift { most: f64, probability: f64 },
    /// Plays it `least` to `most` times as fast, in steps of a hundredth; pitch and length follow.
    SpeedChange { least: f64, most: f64, probability: f64 },
    /// Adds white noise, `least` to `most` decibels below the sound's power.
    AddNoise { least: f64, most: f64, probability: f64 },
    /// Makes it louder by `least` to `most` decibels.
    Gain { least: f64, most: f64, probability: f64 },
    /// Covers stretches of time and bands of frequency with the mean of the features.
    SpecAugment {
        time_masks: u32,
        /// The longest stretch, in frames.
        time_size: u32,
        frequency_masks: u32,
        /// The widest band, in features.
        frequency_size: u32,
    },
}

/// What decides the draws for one sample.
#[derive(Clone, Copy, Debug)]
pub struct Drawn {
    pub seed: u64,
    pub epoch: u64,
    pub sample: u64,
}

impl Drawn {
    fn stream(self, place: usize) -> Stream {
        let sites = [site("audio"), self.epoch, self.sample, place as u64];
        Stream::new(key_within(self.seed, sites))
    }
}

/// Changes the samples in place; the length stays.
pub fn change_samples(
    changes: &[Change],
    samples: &mut Vec<f32>,
    rate: u32,
    drawn: Drawn,
) -> Result<()> {
    for (place, change) in changes.iter().enumerate() {
        let mut stream = drawn.stream(place);
        match *change {
            Change::TimeShift { most, probability } if happens(&mut stream, probability) => {
                let by = between(&mut stream, -most, most) * f64::from(rate);
                shift(samples, by.round() as isize);
            }
            Change::SpeedChange { least, most, probability }
                if happens(&mut stream, probability) =>
            {
                let hundredths = (between(&mut stream, least, most) * 100.0).round().max(1.0);
                let len = samples.len();
                *samples =
                    Resampler::new(hundredths as u32, 100, &Sinc::default())?.apply(samples)?;
                samples.resize(len, 0.0);
            }
            Change::AddNoise { least, most, probability } if happens(&mut stream, probability) => {
                let ratio = 10f64.powf(-between(&mut stream, least, most) / 20.0);
                let deviation = root_mean_square(samples) * ratio;
                for pair in samples.chunks_mut(2) {
                    let normals = normal_pair(&mut stream);
                    for (sample, normal) in pair.iter_mut().zip(normals) {
                        *sample += (deviation * normal) as f32;
                    }
                }
            }
            Change::Gain { least, most, probability } if happens(&mut stream, probability) => {
                let factor = 10f64.powf(between(&mut stream, least, most) / 20.0) as f32;
                samples.iter_mut().for_each(|sample| *sample *= factor);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Changes features `[frames, width]` in place.
pub fn change_features(changes: &[Change], features: &mut [f32], width: usize, drawn: Drawn) {
    let frames = features.len() / width.max(1);
    for (place, change) in changes.iter().enumerate() {
        let Change::SpecAugment { time_masks, time_size, frequency_masks, frequency_size } =
            *change
        else {
            continue;
        };
        let mut stream = drawn.stream(place);
        let sum: f64 = features.iter().map(|&x| f64::from(x)).sum();
        let mean = (sum / features.len().max(1) as f64) as f32;
        for _ in 0..time_masks {
            let (first, len) = mask(&mut stream, frames as u32, time_size);
            features[first * width..(first + len) * width].fill(mean);
        }
        for _ in 0..frequency_masks {
            let (first, len) = mask(&mut stream, width as u32, frequency_size);
            for frame in features.chunks_exact_mut(width) {
                frame[first..first + len].fill(mean);
            }
        }
    }
}

/// A mask of 0 to `most` out of `size`, anywhere: its first place and its length.
fn mask(stream: &mut Stream, size: u32, most: u32) -> (usize, usize) {
    let len = stream.bounded(most.min(size) + 1);
    let first = stream.bounded(size - len + 1);
    (first as usize, len as usize)
}

fn shift(samples: &mut [f32], by: isize) {
    let len = samples.len();
    let moved = by.unsigned_abs().min(len);
    if by >= 0 {
        samples.copy_within(..len - moved, moved);
        samples[..moved].fill(0.0);
    } else {
        samples.copy_within(moved.., 0);
        samples[len - moved..].fill(0.0);
    }
}

fn root_mean_square(samples: &[f32]) -> f64 {
    let sum: f64 = samples.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
    (sum / samples.len().max(1) as f64).sqrt()
}

fn happens(stream: &mut Stream, probability: f64) -> bool {
    unit(stream) < probability
}

fn between(stream: &mut Stream, least: f64, most: f64) -> f64 {
    least + unit(stream) * (most - least)
}

/// From 0 to below 1.
fn unit(stream: &mut Stream) -> f64 {
    f64::from(stream.next_u32()) / 4_294_967_296.0
}

/// Box and Muller 1958.
fn normal_pair(stream: &mut Stream) -> [f64; 2] {
    let radius = (-2.0 * (1.0 - unit(stream)).ln()).sqrt();
    let (sin, cos) = (unit(stream) * std::f64::consts::TAU).sin_cos();
    [radius * cos, radius * sin]
}
