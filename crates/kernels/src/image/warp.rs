//! Reading an image from other places: between pixels, and beyond its border.

use super::{Affine, Image, Pixel};

/// How pixels are read where a place is no whole pixel, or outside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Bilinear, or the nearest pixel.
    pub smooth: bool,
    /// What is beyond the border, in every channel.
    pub fill: f32,
}

impl Default for Reading {
    fn default() -> Self {
        Reading { smooth: true, fill: 0.0 }
    }
}

/// Reads every pixel of `target` from `place(row, column)` of `source`: a column and a row, counted
/// from the middle of the first pixel.
pub fn warp<T: Pixel>(
    image: Image,
    reading: Reading,
    source: &[T],
    target: &mut [T],
    mut place: impl FnMut(usize, usize) -> (f32, f32),
) {
    assert_eq!((source.len(), target.len()), (image.elements(), source.len()));
    let width = image.width;
    let rows = target.chunks_exact_mut((width * image.channels).max(1));
    for (row, line) in rows.enumerate() {
        for (column, pixel) in line.chunks_exact_mut(image.channels.max(1)).enumerate() {
            let (x, y) = place(row, column);
            match reading.smooth {
                true => bilinear(image, reading.fill, source, [x, y], pixel),
                false => nearest(image, reading.fill, source, [x, y], pixel),
            }
        }
    }
}

/// Reads every pixel of `target` from where `map` says; whole steps are copies.
pub fn warp_affine<T: Pixel>(
    image: Image,
    map: Affine,
    reading: Reading,
    source: &[T],
    target: &mut [T],
) {
    let centre = |size: usize| (size as f32 - 1.0) / 2.0;
    let (right, down) = (centre(image.width), centre(image.height));
    if let Some(steps) = Steps::of(map, image) {
        assert_eq!((source.len(), target.len()), (image.elements(), source.len()));
        return steps.copy(image, T::nearest(reading.fill), source, target);
    }
    warp(image, reading, source, target, |row, column| {
        let (x, y) = (column as f32 - right, row as f32 - down);
        let across = map.xx * x + map.xy * y + map.x0 + right;
        let along = map.yx * x + map.yy * y + map.y0 + down;
        (across, along)
    });
}

fn nearest<T: Pixel>(image: Image, fill: f32, source: &[T], [x, y]: [f32; 2], pixel: &mut [T]) {
    let (x, y) = (x.round_ties_even(), y.round_ties_even());
    if x >= 0.0 && y >= 0.0 && x < image.width as f32 && y < image.height as f32 {
        let at = (y as usize * image.width + x as usize) * image.channels;
        pixel.copy_from_slice(&source[at..at + image.channels]);
    } else {
        pixel.fill(T::nearest(fill));
    }
}

fn bilinear<T: Pixel>(image: Image, fill: f32, source: &[T], [x, y]: [f32; 2], pixel: &mut [T]) {
    let (left, top) = (x.floor(), y.floor());
    let (across, along) = (x - left, y - top);
    let weights = [
        (1.0 - along) * (1.0 - across),
        (1.0 - along) * across,
        along * (1.0 - across),
        along * across,
    ];
    let corners = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)].map(|(below, beside)| {
        let (row, column) = (top + below, left + beside);
        let (height, width) = (image.height as f32, image.width as f32);
        let inside = row >= 0.0 && column >= 0.0 && row < height && column < width;
        inside.then(|| (row as usize * image.width + column as usize) * image.channels)
    });
    for (channel, value) in pixel.iter_mut().enumerate() {
        let mut sum = 0.0;
        for (corner, weight) in corners.iter().zip(weights) {
            // A weight of 0 reads nothing, so that whole steps are exact next to NaN.
            if weight != 0.0 {
                sum += weight * corner.map_or(fill, |at| source[at + channel].to_f32());
            }
        }
        *value = T::nearest(sum);
    }
}

/// A map by whole pixels along both axes.
struct Steps {
    mirrored: [bool; 2],
    right: isize,
    down: isize,
}

impl Steps {
    fn of(map: Affine, image: Image) -> Option<Steps> {
        let along = |factor: f32, offset: f32, size: usize| {
            let whole = offset.fract() == 0.0 && offset.abs() < 1e9;
            let first = if factor < 0.0 { size as isize - 1 } else { 0 };
            (factor.abs() == 1.0 && whole).then(|| (factor < 0.0, first + offset as isize))
        };
        if map.xy != 0.0 || map.yx != 0.0 {
            return None;
        }
        let (mirror_x, right) = along(map.xx, map.x0, image.width)?;
        let (mirror_y, down) = along(map.yy, map.y0, image.height)?;
        Some(Steps { mirrored: [mirror_y, mirror_x], right, down })
    }

    fn copy<T: Pixel>(&self, image: Image, fill: T, source: &[T], target: &mut [T]) {
        let Image { height, width, channels } = image;
        let [mirror_y, mirror_x] = self.mirrored;
        let line = (width * channels).max(1);
        for (row, out) in target.chunks_exact_mut(line).enumerate() {
            let row = self.down + if mirror_y { -(row as isize) } else { row as isize };
            if row < 0 || row >= height as isize {
                out.fill(fill);
                continue;
            }
            let from = &source[row as usize * line..][..line];
            if mirror_x {
                for (column, pixel) in out.chunks_exact_mut(channels.max(1)).enumerate() {
                    let column = self.right - column as isize;
                    if column < 0 || column >= width as isize {
                        pixel.fill(fill);
                    } else {
                        let at = column as usize * channels;
                        pixel.copy_from_slice(&from[at..at + channels]);
                    }
                }
            } else {
                let begin = self.right.clamp(0, width as isize) as usize;
                let end = (self.right + width as isize).clamp(0, width as isize) as usize;
                let before = ((-self.right).clamp(0, width as isize) as usize) * channels;
                let len = end.saturating_sub(begin) * channels;
                out[..before].fill(fill);
                out[before..before + len].copy_from_slice(&from[begin * channels..][..len]);
                out[before + len..].fill(fill);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::FRAC_PI_2;

    fn warped(shape: [usize; 3], map: Affine, source: &[f32]) -> Vec<f32> {
        let mut target = vec![f32::NAN; source.len()];
        let [height, width, channels] = shape;
        let image = Image { height, width, channels };
        warp_affine(image, map, Reading::default(), source, &mut target);
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
        let image = Image { height: 1, width: 3, channels: 1 };
        let half = Affine::shift(0.5, 0.0);
        warp_affine(image, half, Reading::default(), &[0, 3, 255], &mut target);
        assert_eq!(target, [2, 129, 128]);
    }

    #[test]
    fn copies_by_whole_steps_are_what_bilinear_reading_gives() {
        let image = Image { height: 5, width: 7, channels: 2 };
        let source: Vec<f32> = (1..=70).map(|i| i as f32).collect();
        for (right, down) in [(0, 0), (3, -2), (-9, 1), (7, 5), (-7, 0), (2, 40)] {
            for (mirror_x, mirror_y) in [(false, false), (true, false), (false, true), (true, true)]
            {
                let shift = Affine::shift(right as f32, down as f32);
                let map = shift.then(Affine::flip(mirror_x, mirror_y));
                let reading = Reading { smooth: true, fill: -1.0 };
                let (mut fast, mut slow) = (vec![0.0; 70], vec![0.0; 70]);
                warp_affine(image, map, reading, &source, &mut fast);
                warp(image, reading, &source, &mut slow, |row, column| {
                    let (x, y) = (column as f32 - 3.0, row as f32 - 2.0);
                    (map.xx * x + map.x0 + 3.0, map.yy * y + map.y0 + 2.0)
                });
                assert_eq!(fast, slow, "{map:?}");
            }
        }
    }

    #[test]
    fn quarters_are_rotations_without_rounding() {
        for turns in 0..4 {
            let exact = Affine::quarters(turns);
            let near = Affine::rotation(turns as f32 * FRAC_PI_2);
            assert!((exact.xx - near.xx).abs() + (exact.xy - near.xy).abs() < 1e-6);
        }
    }
}
