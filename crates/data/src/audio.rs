//! Audio: files decoded, brought to one rate and length, and turned into features.

mod changes;
mod clip;
mod compressed;
mod cosine;
mod decode;
mod epoch;
mod extractor;
mod features;
mod files;
mod limits;
mod logarithm;
mod mel;
mod picture;
mod recipe;
mod resample;
mod silence;
mod stft;
mod wav;

pub use changes::{Change, Drawn, change_features, change_samples};
pub use clip::Clip;
pub use decode::{decode, read_clip};
pub use epoch::epoch_features;
pub use extractor::Extractor;
pub use features::{Features, Layout};
pub use files::{AudioFile, AudioFiles, Skipped, read_audio_files};
pub use limits::Limits;
pub use picture::picture;
pub use recipe::{Pipeline, Recipe};
pub use resample::{Resampler, Sinc, Taper};
pub use silence::{Silence, sounding};
pub use stft::{Padding, Spectrum, Stft, complex_spectrum};
