//! A decoded image, and turning it upright.

use image::metadata::Orientation;

/// Pixels row by row, channels beside one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub height: usize,
    pub width: usize,
    /// 1: grey, 3: red, green and blue, 4: and how opaque.
    pub channels: usize,
    pub pixels: Vec<u8>,
}

impl Picture {
    /// The picture as a camera says that it is to be seen.
    pub fn upright(self, orientation: Orientation) -> Picture {
        let (quarter, flip) = match orientation {
            Orientation::NoTransforms => return self,
            Orientation::Rotate90 => (1, false),
            Orientation::Rotate180 => (2, false),
            Orientation::Rotate270 => (3, false),
            Orientation::FlipHorizontal => (0, true),
            Orientation::FlipVertical => (2, true),
            Orientation::Rotate90FlipH => (1, true),
            Orientation::Rotate270FlipH => (3, true),
        };
        let Picture { height: h, width: w, channels, ref pixels } = self;
        let (height, width) = if quarter % 2 == 1 { (w, h) } else { (h, w) };
        let mut turned = Vec::with_capacity(pixels.len());
        for row in 0..height {
            for column in 0..width {
                let column = if flip { width - 1 - column } else { column };
                // Clockwise: what is now at the top was at the left.
                let (y, x) = match quarter {
                    0 => (row, column),
                    1 => (h - 1 - column, row),
                    2 => (h - 1 - row, w - 1 - column),
                    _ => (column, w - 1 - row),
                };
                turned.extend_from_slice(&pixels[(y * w + x) * channels..][..channels]);
            }
        }
        Picture { height, width, channels, pixels: turned }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_orientation_is_as_the_image_crate_turns_it() {
        let pixels: Vec<u8> = (0..2 * 3 * 3).collect();
        let picture = Picture { height: 2, width: 3, channels: 3, pixels: pixels.clone() };
        for tag in 1..=8 {
            let orientation = Orientation::from_exif(tag).unwrap();
            let buffer = image::RgbImage::from_raw(3, 2, pixels.clone()).unwrap();
            let mut expected = image::DynamicImage::ImageRgb8(buffer);
            expected.apply_orientation(orientation);
            let turned = picture.clone().upright(orientation);
            let sizes = (turned.width as u32, turned.height as u32);
            assert_eq!(sizes, (expected.width(), expected.height()), "{tag}");
            assert_eq!(turned.pixels, expected.into_bytes(), "{tag}");
        }
    }
}
