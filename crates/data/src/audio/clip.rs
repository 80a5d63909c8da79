//! A decoded sound: samples of every channel, interleaved.

/// Samples from -1 to 1 (floats of a file may go beyond), `channels` of them at each moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    /// Moments a second.
    pub rate: u32,
    pub channels: usize,
    pub samples: Vec<f32>,
}

impl Clip {
    /// The mean of the channels.
    pub fn into_mono(self) -> Vec<f32> {
        if self.channels == 1 {
            return self.samples;
        }
        let mut samples = self.samples;
        let frames = samples.len() / self.channels;
        for t in 0..frames {
            let sum: f32 = samples[t * self.channels..][..self.channels].iter().sum();
            samples[t] = sum / self.channels as f32;
        }
        samples.truncate(frames);
        samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mono_is_the_mean_of_the_channels() {
        let clip = Clip { rate: 8000, channels: 2, samples: vec![1.0, 0.0, -0.5, 0.25] };
        assert_eq!(clip.into_mono(), [0.5, -0.125]);
    }
}
