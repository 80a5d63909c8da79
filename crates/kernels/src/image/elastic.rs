//! Elastic changes: every pixel is moved by a smooth random field. Simard et al. 2003.

use super::{Image, blur::gaussian_blur};
use crate::random::Stream;

/// How far every pixel is moved, in pixels: to the right, and down.
#[derive(Clone, Debug, Default)]
pub struct Elastic {
    fields: [Vec<f32>; 2],
    width: usize,
}

impl Elastic {
    /// Draws fields from -1 to 1, blurred with a deviation in pixels, times `strength` half pixels:
    /// torchvision's `ElasticTransform` with `alpha` and `sigma`.
    pub fn draw(&mut self, image: Image, strength: f32, deviation: f32, stream: &mut Stream) {
        let one = Image { channels: 1, ..image };
        let size = ((8.0 * deviation) as usize + 1) | 1;
        self.width = image.width;
        let mut work = Vec::new();
        for field in &mut self.fields {
            field.clear();
            field.extend((0..one.pixels()).map(|_| 2.0 * stream.unit() - 1.0));
            if deviation > 0.0 {
                gaussian_blur(one, size, deviation, &mut work, field);
            }
            // Places of a side run from -1 to 1, so that a share of it is half as many pixels.
            field.iter_mut().for_each(|value| *value *= strength / 2.0);
        }
    }

    /// The place of a pixel in the source.
    pub fn place(&self, row: usize, column: usize) -> (f32, f32) {
        let at = row * self.width + column;
        (column as f32 + self.fields[0][at], row as f32 + self.fields[1][at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_smooth_and_as_strong_as_asked() {
        let image = Image { height: 40, width: 50, channels: 3 };
        let mut field = Elastic::default();
        field.draw(image, 50.0, 5.0, &mut Stream::new([1, 2]));
        let moved = |row, column| {
            let (x, y) = field.place(row, column);
            [x - column as f32, y - row as f32]
        };
        let mut largest = 0f32;
        for (row, column) in (0..40).flat_map(|row| (0..49).map(move |column| (row, column))) {
            let ([a, b], [c, d]) = (moved(row, column), moved(row, column + 1));
            largest = largest.max(a.abs()).max(b.abs());
            assert!((a - c).abs() < 0.6 && (b - d).abs() < 0.6);
        }
        assert!((0.5..10.0).contains(&largest), "{largest}");
        let mut plain = Elastic::default();
        plain.draw(image, 0.0, 5.0, &mut Stream::new([1, 2]));
        assert_eq!(plain.place(7, 9), (9.0, 7.0));
    }
}
