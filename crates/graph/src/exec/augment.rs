//! Random changes of a batch's images: a function of (seed, epoch, sample), whatever the batch.

mod canvas;
mod change;
mod make;
mod parts;
mod policy;

use std::cell::RefCell;

use attune_kernels::image::{Image, Pixel};
use attune_kernels::random::{Stream, key_within, site};
use attune_tensor::{Code, DType, Error, Result};
use rayon::prelude::*;

use self::canvas::{Canvas, Scratch};
pub use self::change::Change;
use super::spec::config;
use crate::graph::TensorType;

/// The changes of one input, in order.
#[derive(Clone, Debug)]
pub struct Augment {
    changes: Vec<Change>,
    /// Tells the draws of inputs apart.
    site: u64,
    dtype: DType,
    image: Image,
}

thread_local! {
    static BYTES: RefCell<Scratch<u8>> = RefCell::default();
    static FLOATS: RefCell<Scratch<f32>> = RefCell::default();
}

impl Augment {
    /// Checks that the input holds images of bytes or floats, and that the changes are possible.
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
            return Err(Error::new(Code::Dtype, message));
        }
        let image = Image { height, width, channels };
        for (at, change) in changes.iter().enumerate() {
            check(change, image).map_err(|error| error.at(&format!("augment.{at}")))?;
        }
        let site = site("augment") ^ site(name);
        Ok(Augment { changes: changes.to_vec(), site, dtype: tensor.dtype, image })
    }

    /// The random numbers of a sample.
    pub fn stream(&self, seed: u64, epoch: u64, sample: u64) -> Stream {
        Stream::new(key_within(seed, [self.site, epoch, sample]))
    }

    /// Writes the changed image of a sample.
    ///
    /// # Safety
    /// `from` is valid for reading one image and `to` for writing one; they do not overlap.
    pub unsafe fn run(&self, mut stream: Stream, from: *const u8, to: *mut u8) {
        let len = self.image.elements();
        // SAFETY: the caller vouches for an image of this type at both; buffers are aligned for it.
        unsafe {
            if self.dtype == DType::Uint8 {
                let target = std::slice::from_raw_parts_mut(to, len);
                target.copy_from_slice(std::slice::from_raw_parts(from, len));
                BYTES.with_borrow_mut(|scratch| self.change(&mut stream, target, scratch));
            } else {
                let target = std::slice::from_raw_parts_mut(to.cast::<f32>(), len);
                target.copy_from_slice(std::slice::from_raw_parts(from.cast(), len));
                FLOATS.with_borrow_mut(|scratch| self.change(&mut stream, target, scratch));
            }
        }
    }

    /// Changes images of one's own, as bytes of this type, one after another on every core; sample
    /// `base` is the first.
    pub fn images(&self, [seed, epoch, base]: [u64; 3], from: &[u8], to: &mut [u8]) -> Result<()> {
        let bytes = self.image.elements() * self.dtype.size();
        let aligned = to.as_ptr().addr() | from.as_ptr().addr();
        if from.len() != to.len() || bytes == 0 || !aligned.is_multiple_of(self.dtype.size()) {
            return Err(Error::shape(format!("expected images of {bytes} bytes each")));
        }
        let images = to.par_chunks_exact_mut(bytes).zip(from.par_chunks_exact(bytes));
        images.enumerate().for_each(|(image, (to, from))| {
            let stream = self.stream(seed, epoch, base + image as u64);
            // SAFETY: both are images of this type and size, aligned for it, and lie apart.
            unsafe { self.run(stream, from.as_ptr(), to.as_mut_ptr()) };
        });
        Ok(())
    }

    fn change<T: Pixel>(&self, stream: &mut Stream, pixels: &mut [T], scratch: &mut Scratch<T>) {
        let mut canvas = Canvas::new(self.image, pixels, scratch);
        for change in &self.changes {
            make::make(&mut canvas, change, stream);
        }
        canvas.pixels();
    }
}

/// What the schema of configs cannot know, and what would end a thread.
fn check(change: &Change, image: Image) -> Result<()> {
    let Image { height, width, .. } = image;
    match change {
        Change::RotateQuarters { turns } if turns.is_empty() => {
            Err(config("expected at least one number of quarters".to_owned()))
        }
        Change::RotateQuarters { turns } if height != width && turns.iter().any(|n| n % 2 == 1) => {
            Err(Error::shape(format!(
                "expected images as high as wide for one or three quarters, came {height} by \
                 {width}: give `turns` of 0 and 2"
            )))
        }
        Change::GaussianBlur { size, .. } if size % 2 == 0 => {
            Err(config(format!("expected an odd number of pixels, came {size}")))
        }
        Change::RandAugment { magnitude, bins, .. } if magnitude >= bins => {
            Err(config(format!("expected a magnitude below {bins} bins, came {magnitude}")))
        }
        Change::TrivialAugment { bins: 0, .. } => {
            Err(config("expected at least one bin".to_owned()))
        }
        Change::AugMix { severity, width: chains, .. }
            if *severity == 0 || !(1..=policy::MOST_CHAINS as u32).contains(chains) =>
        {
            Err(config(format!("expected 1 to {} chains", policy::MOST_CHAINS)))
        }
        _ => Ok(()),
    }
}
