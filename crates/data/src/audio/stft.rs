//! The short-time Fourier transform: `X[t, f] = sum_k w[k] x[t hop + k] e^(-2 pi i f k / n)`.
//!
//! The window is a periodic Hann window, `sin^2(pi k / size)`, in the middle of the frame.

use std::f64::consts::PI;
use std::sync::Arc;

use attune_tensor::{Code, Error, Result};
use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// What lies beyond the ends of a clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Padding {
    /// The clip backwards, without its last sample.
    Reflect,
    /// Zeros.
    Constant,
}

/// Frames of the short-time Fourier transform and what is kept of them.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Spectrum {
    pub fft_size: usize,
    pub window_size: usize,
    pub hop_size: usize,
    /// Whether frame `t` is centred on sample `t hopSize`, rather than beginning there.
    pub centre: bool,
    pub padding: Padding,
    /// 1 for magnitude, 2 for power.
    pub power: u32,
}

/// A planned transform.
#[derive(Clone)]
pub struct Stft {
    size: usize,
    hop: usize,
    /// Samples before the first one that the first frame takes.
    before: usize,
    padding: Padding,
    /// As long as the frame.
    window: Vec<f32>,
    plan: Arc<dyn RealToComplex<f32>>,
}

/// The memory of one thread.
pub struct Workspace {
    input: Vec<f32>,
    pub output: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
}

impl Stft {
    pub fn new(spectrum: &Spectrum) -> Result<Self> {
        let (size, window_size, hop) = (spectrum.fft_size, spectrum.window_size, spectrum.hop_size);
        if size < 2 || window_size == 0 || window_size > size || hop == 0 {
            return Err(Error::new(
                Code::Config,
                format!(
                    "expected 1 <= windowSize <= fftSize, fftSize of at least 2 and hopSize of at \
                     least 1, came {window_size}, {size} and {hop}"
                ),
            ));
        }
        let mut window = vec![0.0; size];
        let left = (size - window_size) / 2;
        for (k, weight) in window[left..][..window_size].iter_mut().enumerate() {
            *weight = (PI * k as f64 / window_size as f64).sin().powi(2) as f32;
        }
        let before = if spectrum.centre { size / 2 } else { 0 };
        let plan = RealFftPlanner::new().plan_fft_forward(size);
        Ok(Stft { size, hop, before, padding: spectrum.padding, window, plan })
    }

    /// The number of frequencies, from 0 to half the rate.
    pub fn bins(&self) -> usize {
        self.size / 2 + 1
    }

    /// The number of frames of a clip.
    pub fn frames(&self, samples: usize) -> Result<usize> {
        let len = samples + 2 * self.before;
        if samples == 0 || len < self.size {
            return Err(Error::new(
                Code::Data,
                format!(
                    "expected at least {} samples for a frame of {}, came {samples}: \
                     take a smaller fftSize, `centre: true` or a longer clip",
                    (self.size - 2 * self.before).max(1),
                    self.size
                ),
            ));
        }
        Ok(1 + (len - self.size) / self.hop)
    }

    pub fn workspace(&self) -> Workspace {
        Workspace {
            input: self.plan.make_input_vec(),
            output: self.plan.make_output_vec(),
            scratch: self.plan.make_scratch_vec(),
        }
    }

    /// Transforms frame `t` into the workspace's output.
    pub fn transform(&self, samples: &[f32], t: usize, workspace: &mut Workspace) {
        let first = (t * self.hop) as isize - self.before as isize;
        let inside = usize::try_from(first).ok().and_then(|first| samples.get(first..));
        let inside = inside.and_then(|rest| rest.get(..self.size));
        match inside {
            Some(frame) => {
                for k in 0..self.size {
                    workspace.input[k] = frame[k] * self.window[k];
                }
            }
            None => {
                for k in 0..self.size {
                    let x = self.beyond(samples, first + k as isize);
                    workspace.input[k] = x * self.window[k];
                }
            }
        }
        let Workspace { input, output, scratch } = workspace;
        self.plan
            .process_with_scratch(input, output, scratch)
            .expect("the plan made its own buffers");
    }

    fn beyond(&self, samples: &[f32], at: isize) -> f32 {
        let len = samples.len() as isize;
        if (0..len).contains(&at) {
            return samples[at as usize];
        }
        match self.padding {
            Padding::Constant => 0.0,
            Padding::Reflect if len == 1 => samples[0],
            Padding::Reflect => {
                let place = at.rem_euclid(2 * (len - 1));
                samples[place.min(2 * (len - 1) - place) as usize]
            }
        }
    }
}

/// Every frame's spectrum as pairs of real and imaginary part: `[frames, bins, 2]`.
pub fn complex_spectrum(samples: &[f32], spectrum: &Spectrum) -> Result<(Vec<f32>, [usize; 3])> {
    let stft = Stft::new(spectrum)?;
    let (frames, bins) = (stft.frames(samples.len())?, stft.bins());
    let mut values = Vec::new();
    values
        .try_reserve_exact(frames * bins * 2)
        .map_err(|_| Error::out_of_memory(frames * bins * 8, "a spectrum"))?;
    let mut workspace = stft.workspace();
    for t in 0..frames {
        stft.transform(samples, t, &mut workspace);
        values.extend(workspace.output.iter().flat_map(|x| [x.re, x.im]));
    }
    Ok((values, [frames, bins, 2]))
}
