//! A spectrogram as a picture to look at: time to the right, frequency upwards, loud is bright.

use attune_tensor::{Error, Result};

/// Grey pixels `[width, frames]`, row after row, out of features `[frames, width]`.
pub fn picture(features: &[f32], frames: usize, width: usize) -> Result<Vec<u8>> {
    if features.len() != frames * width {
        let message = format!("expected {frames} x {width} values, came {}", features.len());
        return Err(Error::shape(message));
    }
    let (low, high) = features
        .iter()
        .filter(|value| value.is_finite())
        .fold((f32::MAX, f32::MIN), |(low, high), &value| (low.min(value), high.max(value)));
    let scale = if high > low { 255.0 / (high - low) } else { 0.0 };
    let pixel = |at: usize| {
        let (row, t) = (at / frames.max(1), at % frames.max(1));
        ((features[t * width + (width - 1 - row)] - low) * scale).round() as u8
    };
    Ok((0..features.len()).map(pixel).collect())
}
