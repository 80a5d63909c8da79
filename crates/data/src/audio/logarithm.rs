//! Loudness on a logarithmic scale.
//!
//! `natural`: `ln(x + floor)`, torchaudio's `log_mels`. `log10`: `log10(max(x, floor))`. `decibel`:
//! `10 log10(max(x, floor))` of power and `20 log10` of magnitude, then nothing lower than the
//! loudest less `topDecibels`, as librosa's `power_to_db` and torchaudio's `AmplitudeToDB`.

/// The scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Logarithm {
    Natural,
    Log10,
    Decibel,
}

/// A logarithmic scale.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Loudness {
    pub logarithm: Logarithm,
    pub floor: f64,
    pub top_decibels: Option<f64>,
}

/// Brings one clip's values to the scale. `power` is the exponent that they were raised to.
pub fn loudness(values: &mut [f32], scale: &Loudness, power: u32) {
    let floor = scale.floor as f32;
    match scale.logarithm {
        Logarithm::Natural => values.iter_mut().for_each(|x| *x = (*x + floor).ln()),
        Logarithm::Log10 => values.iter_mut().for_each(|x| *x = x.max(floor).log10()),
        Logarithm::Decibel => {
            let factor = 20.0 / power as f32;
            values.iter_mut().for_each(|x| *x = factor * x.max(floor).log10());
            if let Some(top) = scale.top_decibels {
                let least = values.iter().copied().fold(f32::MIN, f32::max) - top as f32;
                values.iter_mut().for_each(|x| *x = x.max(least));
            }
        }
    }
}
