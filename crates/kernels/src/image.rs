//! Changes of one image `[height, width, channels]`: affine maps with bilinear reading, and noise.

use crate::random::Stream;

/// A stored element of an image.
pub trait Pixel: Copy {
    fn to_f32(self) -> f32;
    fn of(x: f32) -> Self;
}

impl Pixel for f32 {
    fn to_f32(self) -> f32 {
        self
    }
    fn of(x: f32) -> f32 {
        x
    }
}

impl Pixel for u8 {
    fn to_f32(self) -> f32 {
        f32::from(self)
    }
    /// The nearest, halves up; beyond the range its end.
    fn of(x: f32) -> u8 {
        (x + 0.5) as u8
    }
}

/// Where a pixel of the result lies in the source, both counted from the image's centre:
/// `x' = xx x + xy y + x0`, `y' = yx x + yy y + y0`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    pub xx: f32,
    pub xy: f32,
    pub x0: f32,
    pub yx: f32,
    pub yy: f32,
    pub y0: f32,
}

impl Affine {
    pub const IDENTITY: Affine = Affine { xx: 1.0, xy: 0.0, x0: 0.0, yx: 0.0, yy: 1.0, y0: 0.0 };

    /// Left and right, or top and bottom, exchanged.
    pub fn flip(horizontal: bool, vertical: bool) -> Affine {
        let sign = |flipped| if flipped { -1.0 } else { 1.0 };
        Affine { xx: sign(horizontal), yy: sign(vertical), ..Affine::IDENTITY }
    }

    /// Turned about the centre, counter-clockwise as the image is seen (rows count downwards).
    pub fn rotation(radians: f32) -> Affine {
        let (sin, cos) = radians.sin_cos();
        Affine { xx: cos, xy: -sin, yx: sin, yy: cos, ..Affine::IDENTITY }
    }

    /// The part of the image that begins so many columns further right and rows further down.
    pub fn shift(right: f32, down: f32) -> Affine {
        Affine { x0: right, y0: down, ..Affine::IDENTITY }
    }

    /// This change of the image, and then another.
    pub fn then(self, next: Affine) -> Affine {
        let place = |x, y| (self.xx * x + self.xy * y, self.yx * x + self.yy * y);
        let (xx, yx) = place(next.xx, next.yx);
        let (xy, yy) = place(next.xy, next.yy);
        let (x0, y0) = place(next.x0, next.y0);
        Affine { xx, xy, x0: x0 + self.x0, yx, yy, y0: y0 + self.y0 }
    }
}

/// Reads every pixel of `target` from its place in `source`, between pixels by bilinear
/// interpolation; outside the image everything is 0.
pub fn warp<T: Pixel>(
    [height, width, channels]: [usize; 3],
    map: Affine,
    source: &[T],
    target: &mut [T],
) {
    assert_eq!((source.len(), target.len()), (height * width * channels, source.len()));
    let centre = |size: usize| (size as f32 - 1.0) / 2.0;
    let (right, down) = (centre(width), centre(height));
    for (index, pixel) in target.chunks_exact_mut(channels.max(1)).enumerate() {
        let (x, y) = ((index % width) as f32 - right, (index / width) as f32 - down);
        let x_place = map.xx * x + map.xy * y + map.x0 + right;
        let y_place = map.yx * x + map.yy * y + map.y0 + down;
        let (left, top) = (x_place.floor(), y_place.floor());
        let (across, along) = (x_place - left, y_place - top);
        let weights = [
            (1.0 - along) * (1.0 - across),
            (1.0 - along) * across,
            along * (1.0 - across),
            along * across,
        ];
        let corners = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)].map(|(below, beside)| {
            let (row, column) = (top + below, left + beside);
            let inside =
                row >= 0.0 && column >= 0.0 && row < height as f32 && column < width as f32;
            inside.then(|| (row as usize * width + column as usize) * channels)
        });
        for (channel, value) in pixel.iter_mut().enumerate() {
            let mut sum = 0.0;
            for (corner, weight) in corners.iter().zip(weights) {
                // A weight of 0 reads nothing, so that whole steps are exact next to NaN.
                if let Some(at) = corner.filter(|_| weight != 0.0) {
                    sum += weight * source[at + channel].to_f32();
                }
            }
            *value = T::of(sum);
        }
    }
}

/// Sets a share of the pixels, half of them to `pepper` and half to `salt`, in all channels.
pub fn salt_and_pepper<T: Pixel>(
    channels: usize,
    share: f32,
    [pepper, salt]: [f32; 2],
    stream: &mut Stream,
    image: &mut [T],
) {
    let bound = (f64::from(share) * 4_294_967_296.0) as u64;
    for pixel in image.chunks_exact_mut(channels.max(1)) {
        let word = u64::from(stream.next_u32());
        if word < bound {
            pixel.fill(T::of(if word < bound / 2 { pepper } else { salt }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::FRAC_PI_2;

    fn warped(shape: [usize; 3], map: Affine, source: &[f32]) -> Vec<f32> {
        let mut target = vec![f32::NAN; source.len()];
        warp(shape, map, source, &mut target);
        target
    }

    #[test]
    fn flips_exchange_columns_and_rows_exactly() {
        let image = [1.0, 10.0, 2.0, 20.0, 3.0, 30.0, 4.0, 40.0]; // two by two, two channels
        let shape = [2, 2, 2];
        let sides = warped(shape, Affine::flip(true, false), &image);
        assert_eq!(sides, [2.0, 20.0, 1.0, 10.0, 4.0, 40.0, 3.0, 30.0]);
        let upside = warped(shape, Affine::flip(false, true), &image);
        assert_eq!(upside, [3.0, 30.0, 4.0, 40.0, 1.0, 10.0, 2.0, 20.0]);
    }

    #[test]
    fn a_quarter_turn_brings_the_right_column_to_the_top() {
        let image = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
        let turned = warped([3, 3, 1], Affine::rotation(FRAC_PI_2), &image);
        let expected = [3.0, 6.0, 9.0, 2.0, 5.0, 8.0, 1.0, 4.0, 7.0];
        for (got, expected) in turned.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-5, "{turned:?}");
        }
    }

    #[test]
    fn what_comes_from_outside_is_zero_and_half_steps_are_means() {
        let image = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(warped([2, 2, 1], Affine::shift(1.0, 0.0), &image), [2.0, 0.0, 4.0, 0.0]);
        assert_eq!(warped([2, 2, 1], Affine::shift(0.0, -1.0), &image), [0.0, 0.0, 1.0, 2.0]);
        assert_eq!(warped([1, 4, 1], Affine::shift(0.5, 0.0), &image), [1.5, 2.5, 3.5, 2.0]);
    }

    #[test]
    fn maps_in_a_row_act_one_after_another() {
        let image: Vec<f32> = (0..12).map(|i| i as f32).collect();
        let shape = [3, 4, 1];
        let (first, second) = (Affine::shift(1.0, 0.0), Affine::flip(true, false));
        let one_by_one = warped(shape, second, &warped(shape, first, &image));
        assert_eq!(warped(shape, first.then(second), &image), one_by_one);
    }

    #[test]
    fn bytes_are_rounded_to_the_nearest() {
        let mut target = [0u8; 3];
        warp([1, 3, 1], Affine::shift(0.5, 0.0), &[0, 1, 255], &mut target);
        assert_eq!(target, [1, 128, 128]);
    }

    #[test]
    fn noise_hits_its_share_of_the_pixels_half_with_each() {
        let mut image = vec![100u8; 3 * 20_000];
        salt_and_pepper(3, 0.1, [0.0, 255.0], &mut Stream::new([1, 2]), &mut image);
        let pixels: Vec<&[u8]> = image.chunks(3).collect();
        let count = |value: u8| pixels.iter().filter(|pixel| **pixel == [value; 3]).count();
        let (pepper, salt) = (count(0), count(255));
        assert_eq!(pepper + salt + count(100), 20_000);
        assert!((900..1100).contains(&pepper) && (900..1100).contains(&salt), "{pepper} {salt}");
    }
}
