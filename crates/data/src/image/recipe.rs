//! From an image file to a row of a data set: decoded, upright, in some channels, at one size.

use std::path::Path;

use attune_kernels::random::{Stream, key_within, site};
use attune_tensor::{Budget, Error, Result, Shape};
use fast_image_resize::Resizer;
use serde::Deserialize;

use super::decode::read_picture;
use super::fit::Size;
use super::limits::Limits;
use super::random_crop::RandomCrop;
use crate::Stretch;

/// What is done with every file.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recipe {
    #[serde(flatten)]
    pub size: Size,
    /// 1, 3 or 4.
    pub channels: usize,
    /// Whether an image is turned as its camera says.
    pub orient: bool,
    #[serde(default)]
    pub limits: Limits,
    /// A random part instead of the whole image, in training.
    #[serde(default)]
    pub random_crop: Option<RandomCrop>,
}

/// A sample of an epoch, which decides what is drawn for it.
#[derive(Clone, Copy, Debug)]
pub struct Drawn {
    seed: u64,
    epoch: u64,
    sample: u64,
}

impl Drawn {
    pub fn of(stretch: &Stretch, sample: u32) -> Self {
        Drawn { seed: stretch.seed, epoch: stretch.epoch, sample: sample.into() }
    }

    fn stream(self) -> Stream {
        Stream::new(key_within(self.seed, [site("image"), self.epoch, self.sample]))
    }
}

impl Recipe {
    /// The recipe, if its sizes can be allocated.
    pub fn checked(self) -> Result<Self> {
        self.shape().checked_elements().map_err(|error| error.at("size"))?;
        if self.size.height == 0 || self.size.width == 0 || ![1, 3, 4].contains(&self.channels) {
            let shape = self.shape();
            return Err(Error::shape(format!(
                "expected images of 1, 3 or 4 channels, came {shape}"
            )));
        }
        Ok(self)
    }

    /// The shape of one row.
    pub fn shape(&self) -> Shape {
        Shape::new([self.size.height, self.size.width, self.channels])
    }

    /// The row of a file; errors name it. A random part is taken where `drawn` is given.
    pub fn row_of_file(
        &self,
        path: &Path,
        drawn: Option<Drawn>,
        resizer: &mut Resizer,
        row: &mut [u8],
        budget: &Budget,
    ) -> Result<()> {
        let picture = read_picture(path, self.channels, self.orient, &self.limits, budget)?;
        let fitted = match (self.random_crop, drawn) {
            (Some(crop), Some(drawn)) => {
                let part = crop.draw(picture.height, picture.width, &mut drawn.stream());
                self.size.apply_part(&picture, part, resizer, row)
            }
            _ => self.size.apply(&picture, resizer, row),
        };
        fitted.map_err(|error| error.at(&path.display().to_string()))
    }
}
