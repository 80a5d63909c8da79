//! Random changes of a batch's images: a function of (seed, epoch, sample), whatever the batch.

use attune_kernels::image::{Affine, Pixel, salt_and_pepper, warp};
use attune_kernels::random::{Stream, key_within, site};
use attune_tensor::{DType, Error, Result};
use serde::{Deserialize, Serialize};

use super::spec::config;
use crate::graph::TensorType;

/// One change, drawn for each image; what comes from outside an image is 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Change {
    /// Mirrored with these probabilities.
    Flip { horizontal: f32, vertical: f32 },
    /// Turned about the centre by at most so many degrees either way.
    Rotate { degrees: f32 },
    /// A part of the image's size, out of the image with so many zeros on every side.
    Crop { padding: u32 },
    /// A share of the pixels set to one value or the other. Nothing may follow but noise.
    SaltAndPepper { share: f32, pepper: f32, salt: f32 },
}

/// The changes of one input, in order.
#[derive(Clone, Debug)]
pub struct Augment {
    changes: Vec<Change>,
    dtype: DType,
    /// Height, width, channels.
    shape: [usize; 3],
}

impl Augment {
    /// Checks that the input holds images of bytes or floats, and that noise comes last.
    pub fn new(name: &str, changes: &[Change], tensor: &TensorType) -> Result<Augment> {
        let &[_, height, width, channels] = &tensor.shape[..] else {
            let shape = &tensor.shape;
            let message = format!(
                "augment: expected images [batch, height, width, channels] in `{name}`, came {shape}"
            );
            return Err(Error::shape(message));
        };
        if tensor.dtype == DType::Int32 {
            let message = format!("augment: expected float32 or uint8 in `{name}`, came int32");
            return Err(Error::new(attune_tensor::Code::Dtype, message));
        }
        let noise = |change: &&Change| matches!(change, Change::SaltAndPepper { .. });
        if changes.iter().skip_while(|change| !noise(change)).any(|change| !noise(&change)) {
            let message = "augment: saltAndPepper stands before another change: put it last";
            return Err(config(message.to_owned()));
        }
        Ok(Augment {
            changes: changes.to_vec(),
            dtype: tensor.dtype,
            shape: [height, width, channels],
        })
    }

    /// Writes the changed image of a sample.
    ///
    /// # Safety
    /// `from` is valid for reading one image and `to` for writing one; they do not overlap.
    pub unsafe fn run(&self, seed: u64, epoch: u64, sample: u32, from: *const u8, to: *mut u8) {
        let len = self.shape.iter().product();
        let sites = [site("augment"), epoch, sample.into()];
        let mut stream = Stream::new(key_within(seed, sites));
        // SAFETY: the caller vouches for an image of this type at both; buffers are aligned for it.
        unsafe {
            if self.dtype == DType::Uint8 {
                let target = std::slice::from_raw_parts_mut(to, len);
                self.change(&mut stream, std::slice::from_raw_parts(from, len), target);
            } else {
                let target = std::slice::from_raw_parts_mut(to.cast::<f32>(), len);
                self.change(&mut stream, std::slice::from_raw_parts(from.cast(), len), target);
            }
        }
    }

    fn change<T: Pixel>(&self, stream: &mut Stream, source: &[T], target: &mut [T]) {
        let mut map = Affine::IDENTITY;
        for change in &self.changes {
            map = map.then(drawn(change, stream));
        }
        if map == Affine::IDENTITY {
            target.copy_from_slice(source);
        } else {
            warp(self.shape, map, source, target);
        }
        for change in &self.changes {
            if let Change::SaltAndPepper { share, pepper, salt } = *change {
                salt_and_pepper(self.shape[2], share, [pepper, salt], stream, target);
            }
        }
    }
}

/// The map of one change; noise leaves places alone.
fn drawn(change: &Change, stream: &mut Stream) -> Affine {
    match *change {
        Change::Flip { horizontal, vertical } => {
            Affine::flip(unit(stream) < horizontal, unit(stream) < vertical)
        }
        Change::Rotate { degrees } => {
            Affine::rotation((degrees * (2.0 * unit(stream) - 1.0)).to_radians())
        }
        Change::Crop { padding } => {
            let mut offset = || stream.bounded(2 * padding + 1) as f32 - padding as f32;
            Affine::shift(offset(), offset())
        }
        Change::SaltAndPepper { .. } => Affine::IDENTITY,
    }
}

/// Uniform from 0 on, below 1.
fn unit(stream: &mut Stream) -> f32 {
    (stream.next_u32() >> 8) as f32 / 16_777_216.0
}
