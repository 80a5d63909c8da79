//! Mixing each sample of a batch with the one before it: mixup, and cutmix for images.
//!
//! What is drawn is a function of (seed, epoch, sample); whom a sample is mixed with, of the batch.

use std::sync::Arc;

use attune_kernels::image::{Image, Pixel, cutmix, mixup};
use attune_kernels::random::{Stream, key_within, site};
use attune_tensor::{Code, DType, Error, Result};
use serde::{Deserialize, Serialize};

use super::launch::{Launch, Memory, Slot, Work};
use crate::graph::TensorType;

/// Which inputs are mixed, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mix {
    /// The input whose samples are mixed.
    pub input: String,
    /// Inputs that hold what belongs to the sample mixed in.
    pub others: Vec<String>,
    /// The input, fed by nothing, that holds the share of each sample's own.
    pub share: String,
    pub mixup: Option<Kind>,
    pub cutmix: Option<Kind>,
}

/// How often, and by which Beta distribution of shares.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kind {
    pub alpha: f32,
    pub probability: f32,
}

/// Mixing samples of one shape.
#[derive(Clone, Debug)]
pub struct Mixer {
    mixup: Option<Kind>,
    cutmix: Option<Kind>,
    image: Image,
    dtype: DType,
}

/// What is drawn for a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Drawn {
    Own,
    /// A share of its own.
    Blend(f32),
    /// A part of the other's.
    Part([usize; 2], [usize; 2]),
}

impl Mixer {
    pub fn new(mix: &Mix, tensor: &TensorType) -> Result<Mixer> {
        let shape = &tensor.shape;
        let image = match (&shape[..], mix.cutmix) {
            (&[_, height, width, channels], _) => Image { height, width, channels },
            (_, None) => Image { height: 1, width: 1, channels: shape.iter().skip(1).product() },
            (_, Some(_)) => {
                let message = format!(
                    "augment: cutmix expects images [batch, height, width, channels], came {shape}"
                );
                return Err(Error::shape(message));
            }
        };
        if tensor.dtype == DType::Int32 {
            let message = "augment: expected samples of float32 or uint8 to mix, came int32";
            return Err(Error::new(Code::Dtype, message));
        }
        Ok(Mixer { mixup: mix.mixup, cutmix: mix.cutmix, image, dtype: tensor.dtype })
    }

    /// Copies each sample of a batch, mixed with the one before it.
    pub fn samples(self, [source, order, target]: [Slot; 3], rows: usize) -> Launch {
        let bytes = self.image.elements() * self.dtype.size();
        Launch {
            name: "mix",
            path: Arc::from(""),
            reads: vec![source, order],
            writes: vec![target],
            tiles: rows,
            work: Work { flops: 0, bytes: 3 * (rows * bytes) as u64 },
            run: Box::new(move |memory, row| {
                let drawn = self.drawn(&mut stream(memory, order, rows, row));
                let before = (row + rows - 1) % rows;
                // SAFETY: both batches hold `rows` samples of this type; a tile writes its own.
                unsafe {
                    let target = memory.write::<u8>(target, rows * bytes);
                    let target = target.range(row * bytes, bytes);
                    let source = memory.read::<u8>(source, rows * bytes);
                    let (own, other) =
                        (&source[row * bytes..][..bytes], &source[before * bytes..][..bytes]);
                    target.copy_from_slice(own);
                    match self.dtype {
                        DType::Uint8 => self.mix::<u8>(drawn, other, target),
                        _ => self.mix::<f32>(
                            drawn,
                            bytemuck::cast_slice(other),
                            bytemuck::cast_slice_mut(target),
                        ),
                    }
                }
            }),
        }
    }

    /// Writes the share of each sample's own.
    pub fn shares(self, [order, target]: [Slot; 2], rows: usize) -> Launch {
        Launch {
            name: "share",
            path: Arc::from(""),
            reads: vec![order],
            writes: vec![target],
            tiles: 1,
            work: Work { flops: 0, bytes: 4 * rows as u64 },
            run: Box::new(move |memory, _| {
                // SAFETY: the target holds a number a row, and one tile writes all.
                let shares = unsafe { memory.write::<f32>(target, rows).range(0, rows) };
                for (row, share) in shares.iter_mut().enumerate() {
                    let drawn = self.drawn(&mut stream(memory, order, rows, row));
                    *share = self.share(drawn);
                }
            }),
        }
    }

    fn drawn(&self, stream: &mut Stream) -> Drawn {
        let first = stream.happens(0.5);
        let (kind, cuts) = match (self.mixup, self.cutmix) {
            (Some(kind), None) => (kind, false),
            (None, Some(kind)) => (kind, true),
            (Some(up), Some(cut)) => {
                if first {
                    (up, false)
                } else {
                    (cut, true)
                }
            }
            (None, None) => return Drawn::Own,
        };
        let happens = stream.happens(kind.probability);
        let share = stream.beta(kind.alpha);
        if !happens {
            return Drawn::Own;
        }
        if !cuts {
            return Drawn::Blend(share);
        }
        let half = 0.5 * (1.0 - share).sqrt();
        let mut side = |size: usize| {
            let (middle, half) =
                (stream.bounded(size as u32) as usize, (half * size as f32) as usize);
            let (begin, end) = (middle.saturating_sub(half), (middle + half).min(size));
            (begin, end - begin)
        };
        let (left, width) = side(self.image.width);
        let (top, height) = side(self.image.height);
        Drawn::Part([top, left], [height, width])
    }

    fn share(&self, drawn: Drawn) -> f32 {
        match drawn {
            Drawn::Own => 1.0,
            Drawn::Blend(share) => share,
            Drawn::Part(_, [height, width]) => {
                1.0 - (height * width) as f32 / self.image.pixels() as f32
            }
        }
    }

    fn mix<T: Pixel>(&self, drawn: Drawn, other: &[T], target: &mut [T]) {
        match drawn {
            Drawn::Own => {}
            Drawn::Blend(share) => mixup(share, other, target),
            Drawn::Part(place, sides) => cutmix(self.image, place, sides, other, target),
        }
    }
}

/// The random numbers of a sample of this step's batch.
fn stream(memory: &Memory, order: Slot, rows: usize, row: usize) -> Stream {
    // SAFETY: the session checked that the order holds a row number for every row of every step.
    let order = unsafe { memory.read::<u32>(order, (memory.index + 1) * rows) };
    let sample = memory.base + u64::from(order[memory.index * rows + row]);
    Stream::new(key_within(memory.seed, [site("mix"), memory.epoch, sample]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONCE: Option<Kind> = Some(Kind { alpha: 1.0, probability: 1.0 });

    fn mixer(mixup: Option<Kind>, cutmix: Option<Kind>) -> Mixer {
        let image = Image { height: 64, width: 80, channels: 1 };
        Mixer { mixup, cutmix, image, dtype: DType::Uint8 }
    }

    #[test]
    fn shares_are_what_is_left_of_the_own_sample() {
        let mixer = mixer(None, ONCE);
        let mut kept = Vec::new();
        for sample in 0..2000 {
            let drawn = mixer.drawn(&mut Stream::new([7, sample]));
            let mut target = vec![1u8; 5120];
            mixer.mix(drawn, &[0; 5120], &mut target);
            let own = target.iter().map(|&x| f32::from(x)).sum::<f32>() / 5120.0;
            assert!((own - mixer.share(drawn)).abs() < 1e-6);
            kept.push(own);
        }
        let mean = kept.iter().sum::<f32>() / 2000.0;
        // Beyond the border nothing is cut: 1 - E (s - s² / 4)² = 0.68 for s² even from 0 to 1.
        assert!((0.66..0.71).contains(&mean), "{mean}");
    }

    #[test]
    fn either_kind_is_as_likely_and_happens_by_its_probability() {
        let half = Some(Kind { alpha: 0.4, probability: 0.5 });
        let mixer = mixer(ONCE, half);
        let all: Vec<Drawn> =
            (0..4000).map(|sample| mixer.drawn(&mut Stream::new([7, sample]))).collect();
        let count = |is: fn(&Drawn) -> bool| all.iter().filter(|drawn| is(drawn)).count();
        let blends = count(|drawn| matches!(drawn, Drawn::Blend(_)));
        let parts = count(|drawn| matches!(drawn, Drawn::Part(..)));
        assert!((1900..2100).contains(&blends) && (900..1100).contains(&parts));
        assert_eq!(
            super::Mixer { mixup: None, cutmix: None, ..mixer }.drawn(&mut Stream::new([1, 2])),
            Drawn::Own
        );
    }
}
