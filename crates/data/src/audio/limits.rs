//! What a sound file may at most be.

use attune_tensor::Result;

use crate::refusals::unfit;

/// What a file may at most be, since it is not trusted.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Of the file.
    pub bytes: usize,
    /// Of all channels together, decoded.
    pub samples: usize,
    /// Of sound.
    pub seconds: f64,
}

impl Default for Limits {
    /// 1 GiB, 268 million samples, six hours.
    fn default() -> Self {
        Limits { bytes: 1 << 30, samples: 1 << 28, seconds: 21_600.0 }
    }
}

impl Limits {
    /// Refuses more samples or a longer sound than allowed.
    pub(super) fn check(&self, samples: usize, channels: usize, rate: u32) -> Result<()> {
        if samples > self.samples {
            return Err(unfit(format!(
                "expected at most {} samples, came {samples} or more: \
                 cut the file, or raise the limit on samples",
                self.samples
            )));
        }
        let seconds = samples as f64 / channels.max(1) as f64 / f64::from(rate.max(1));
        if seconds > self.seconds {
            return Err(unfit(format!(
                "expected at most {} seconds of sound, came {seconds:.1} or more: \
                 cut the file, or raise the limit on seconds",
                self.seconds
            )));
        }
        Ok(())
    }
}
