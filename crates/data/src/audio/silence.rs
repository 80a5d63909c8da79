//! Where a clip sounds: the rule of `librosa.effects.trim`.
//!
//! The root mean square of each frame, in decibels below the loudest; what lies before the first
//! and after the last frame above `-topDecibels` is silence.

use std::ops::Range;

/// How silence is told from sound.
#[derive(Clone, Copy, Debug, PartialEq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Silence {
    /// How far below the loudest frame silence begins.
    pub top_decibels: f64,
    /// Samples of a frame.
    pub frame_size: usize,
    /// Samples from one frame to the next.
    pub hop_size: usize,
}

/// Root mean squares below this count as this.
const FLOOR: f64 = 1e-5;

/// The samples that sound, without the silence around them; none where all is silent.
pub fn sounding(samples: &[f32], rule: &Silence) -> Range<usize> {
    let hop = rule.hop_size.max(1);
    let frames = if samples.is_empty() { 0 } else { 1 + samples.len() / hop };
    let loudness: Vec<f64> = (0..frames).map(|t| level(samples, rule, t * hop)).collect();
    let loudest = loudness.iter().copied().fold(FLOOR, f64::max);
    let sounds = |&level: &f64| 20.0 * (level.max(FLOOR) / loudest).log10() > -rule.top_decibels;
    match (loudness.iter().position(sounds), loudness.iter().rposition(sounds)) {
        (Some(first), Some(last)) => first * hop..((last + 1) * hop).min(samples.len()),
        _ => 0..0,
    }
}

/// The root mean square of the frame around `centre`, with zeros beyond the ends.
fn level(samples: &[f32], rule: &Silence, centre: usize) -> f64 {
    let size = rule.frame_size.max(1);
    let end = (centre + size - size / 2).min(samples.len());
    let start = centre.saturating_sub(size / 2).min(end);
    let sum: f64 = samples[start..end].iter().map(|&x| f64::from(x) * f64::from(x)).sum();
    (sum / size as f64).sqrt()
}
