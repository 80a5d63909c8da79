//! Bringing an image to its size: stretched, cropped or padded; by Pillow's filters.

use attune_tensor::{Code, Error, Result};
use fast_image_resize::images::{CroppedImage, Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use serde::Deserialize;

use super::picture::Picture;
use super::random_crop::Part;

/// What becomes of an image of another shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Fit {
    /// Both sides are brought to their size.
    Stretch,
    /// The shorter side is, and what is too long is cut off on both ends.
    Crop,
    /// The longer side is, and what is missing is filled on both ends.
    Pad,
}

/// How pixels are read between pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Interpolation {
    Nearest,
    Bilinear,
    Bicubic,
    Area,
    Lanczos,
}

/// The size that images have, and the way to it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Size {
    pub height: usize,
    pub width: usize,
    pub fit: Fit,
    /// For `Crop`: the shorter side before the middle is cut out, where it is larger than that.
    pub resize: Option<usize>,
    /// For `Pad`: what is filled in, in every channel.
    pub fill: u8,
    pub interpolation: Interpolation,
    /// Whether all pixels count when an image becomes smaller.
    pub antialias: bool,
}

impl Size {
    /// Writes the image at its size.
    pub fn apply(&self, picture: &Picture, resizer: &mut Resizer, out: &mut [u8]) -> Result<()> {
        let whole = Part { top: 0, left: 0, height: picture.height, width: picture.width };
        let (h, w) = (picture.height, picture.width);
        match self.fit {
            Fit::Stretch => self.resized(picture, whole, resizer, [self.height, self.width], out),
            Fit::Crop => {
                let [height, width] = self.covering(h, w);
                let (top, left) = (middle(height, self.height), middle(width, self.width));
                let (from, to) = ([height, width], [self.height, self.width]);
                let all = self.between(picture, whole, resizer, from)?;
                copy(&all, from, [top, left], out, to, [0, 0], to, picture.channels);
                Ok(())
            }
            Fit::Pad => {
                let from = self.contained(h, w);
                let to = [self.height, self.width];
                let all = self.between(picture, whole, resizer, from)?;
                let place = [(to[0] - from[0]) / 2, (to[1] - from[1]) / 2];
                out.fill(self.fill);
                copy(&all, from, [0, 0], out, to, place, from, picture.channels);
                Ok(())
            }
        }
    }

    /// Writes a part of the image, stretched to the size.
    pub fn apply_part(
        &self,
        picture: &Picture,
        part: Part,
        resizer: &mut Resizer,
        out: &mut [u8],
    ) -> Result<()> {
        self.resized(picture, part, resizer, [self.height, self.width], out)
    }

    /// The sides of an image that covers the size, as torchvision's `Resize` finds them.
    fn covering(&self, h: usize, w: usize) -> [usize; 2] {
        let wanted = [self.height, self.width].map(|side| match self.resize {
            // The other side keeps its ratio to the shorter one.
            Some(short) => (side * short).div_ceil(self.height.min(self.width)).max(side),
            None => side,
        });
        // wanted / given is larger for the side that is short.
        if wanted[0] * w >= wanted[1] * h {
            [wanted[0], (wanted[0] * w / h).max(wanted[1])]
        } else {
            [(wanted[1] * h / w).max(wanted[0]), wanted[1]]
        }
    }

    /// The sides of an image that lies within the size.
    fn contained(&self, h: usize, w: usize) -> [usize; 2] {
        if self.height * w <= self.width * h {
            [self.height, (self.height * w / h).clamp(1, self.width)]
        } else {
            [(self.width * h / w).clamp(1, self.height), self.width]
        }
    }

    /// The image at other sides than those of the size.
    fn between(
        &self,
        picture: &Picture,
        part: Part,
        resizer: &mut Resizer,
        sides: [usize; 2],
    ) -> Result<Vec<u8>> {
        let len = sides[0].saturating_mul(sides[1]).saturating_mul(picture.channels);
        let mut all = Vec::new();
        all.try_reserve_exact(len)
            .map_err(|_| Error::out_of_memory(len, "an image before it is cropped"))?;
        all.resize(len, 0);
        self.resized(picture, part, resizer, sides, &mut all)?;
        Ok(all)
    }

    fn resized(
        &self,
        picture: &Picture,
        part: Part,
        resizer: &mut Resizer,
        [height, width]: [usize; 2],
        out: &mut [u8],
    ) -> Result<()> {
        if [part.height, part.width] == [height, width] {
            let from = [picture.height, picture.width];
            let (place, sides) = ([part.top, part.left], [height, width]);
            copy(&picture.pixels, from, place, out, sides, [0, 0], sides, picture.channels);
            return Ok(());
        }
        let kind = match picture.channels {
            1 => PixelType::U8,
            3 => PixelType::U8x3,
            _ => PixelType::U8x4,
        };
        let [w, h] = [picture.width as u32, picture.height as u32];
        let source = ImageRef::new(w, h, &picture.pixels, kind).map_err(refused)?;
        let [left, top, part_width, part_height] =
            [part.left, part.top, part.width, part.height].map(|size| size as u32);
        let source =
            CroppedImage::new(&source, left, top, part_width, part_height).map_err(refused)?;
        let mut target =
            Image::from_slice_u8(width as u32, height as u32, out, kind).map_err(refused)?;
        let options = ResizeOptions::new().resize_alg(self.algorithm());
        resizer.resize(&source, &mut target, &options).map_err(refused)
    }

    fn algorithm(&self) -> ResizeAlg {
        let filter = match self.interpolation {
            Interpolation::Nearest => return ResizeAlg::Nearest,
            Interpolation::Bilinear => FilterType::Bilinear,
            Interpolation::Bicubic => FilterType::CatmullRom,
            Interpolation::Area => FilterType::Box,
            Interpolation::Lanczos => FilterType::Lanczos3,
        };
        match self.antialias || self.interpolation == Interpolation::Area {
            true => ResizeAlg::Convolution(filter),
            false => ResizeAlg::Interpolation(filter),
        }
    }
}

/// Where the middle `size` of a side begins, halves to the even as in torchvision's `CenterCrop`.
fn middle(side: usize, size: usize) -> usize {
    ((side - size) as f64 / 2.0).round_ties_even() as usize
}

/// Copies a rectangle of `sides` from one place to another.
fn copy(
    source: &[u8],
    [_, from_width]: [usize; 2],
    [top, left]: [usize; 2],
    out: &mut [u8],
    [_, to_width]: [usize; 2],
    [to_top, to_left]: [usize; 2],
    [height, width]: [usize; 2],
    channels: usize,
) {
    for row in 0..height {
        let from = &source[((top + row) * from_width + left) * channels..][..width * channels];
        out[((to_top + row) * to_width + to_left) * channels..][..width * channels]
            .copy_from_slice(from);
    }
}

fn refused(error: impl std::fmt::Display) -> Error {
    Error::new(Code::Internal, format!("an image cannot be brought to its size: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(height: usize, width: usize, fit: Fit) -> Size {
        let interpolation = Interpolation::Nearest;
        Size { height, width, fit, resize: None, fill: 9, interpolation, antialias: true }
    }

    fn fitted(size: &Size, height: usize, width: usize) -> Vec<u8> {
        let pixels = (0..height * width).map(|i| i as u8).collect();
        let picture = Picture { height, width, channels: 1, pixels };
        let mut out = vec![77; size.height * size.width];
        size.apply(&picture, &mut Resizer::new(), &mut out).unwrap();
        out
    }

    #[test]
    fn an_image_of_the_right_size_stays_as_it_is() {
        for fit in [Fit::Stretch, Fit::Crop, Fit::Pad] {
            assert_eq!(fitted(&size(2, 3, fit), 2, 3), [0, 1, 2, 3, 4, 5]);
        }
    }

    #[test]
    fn the_middle_is_cut_out_and_the_sides_are_filled() {
        assert_eq!(fitted(&size(2, 2, Fit::Crop), 2, 4), [1, 2, 5, 6]);
        assert_eq!(fitted(&size(2, 2, Fit::Crop), 4, 2), [2, 3, 4, 5]);
        let filled = [9, 0, 1, 9, 9, 2, 3, 9];
        assert_eq!(fitted(&size(2, 4, Fit::Pad), 2, 2), filled);
        assert_eq!(fitted(&size(4, 1, Fit::Pad), 2, 1), [9, 0, 1, 9]);
        assert_eq!(fitted(&size(1, 1, Fit::Pad), 1, 40).len(), 1);
    }

    #[test]
    fn sides_are_those_that_torchvision_finds() {
        let standard = Size { resize: Some(256), ..size(224, 224, Fit::Crop) };
        assert_eq!(standard.covering(375, 500), [256, 341]);
        assert_eq!(standard.covering(500, 375), [341, 256]);
        assert_eq!(size(100, 50, Fit::Crop).covering(30, 30), [100, 100]);
        assert_eq!(size(100, 50, Fit::Crop).covering(300, 30), [500, 50]);
        assert_eq!(size(224, 224, Fit::Pad).contained(375, 500), [168, 224]);
    }
}
