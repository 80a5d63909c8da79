//! Noise: salt and pepper, Gaussian, and parts that are covered.

use super::{Image, Pixel};
use crate::random::Stream;

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
            pixel.fill(T::nearest(if word < bound / 2 { pepper } else { salt }));
        }
    }
}

/// Adds normal noise, mean and deviation as shares of white; `clip` keeps within black and white.
pub fn gaussian<T: Pixel>(
    [mean, deviation]: [f32; 2],
    clip: bool,
    stream: &mut Stream,
    image: &mut [T],
) {
    for pair in image.chunks_mut(2) {
        for (value, normal) in pair.iter_mut().zip(stream.normals()) {
            let noise = (mean + deviation * normal) * T::BOUND;
            // Noise of bytes has no fraction, and without clipping it wraps around.
            let sum = match T::LEVELS {
                0 => value.to_f32() + noise,
                _ => value.to_f32() + noise.trunc(),
            };
            *value = match (clip, T::LEVELS) {
                (true, _) => T::cut(sum),
                (false, 0) => T::nearest(sum),
                (false, _) => T::nearest(sum.rem_euclid(T::BOUND + 1.0)),
            };
        }
    }
}

/// Sets the part from `[top, left]` on to one value.
pub fn fill_part<T: Pixel>(
    image: Image,
    [top, left]: [usize; 2],
    [height, width]: [usize; 2],
    value: f32,
    pixels: &mut [T],
) {
    for_part(image, [top, left], [height, width], pixels, |line| line.fill(T::nearest(value)));
}

/// Sets the part from `[top, left]` on to normal noise about grey, or about 0 where white is 1.
pub fn noise_part<T: Pixel>(
    image: Image,
    place: [usize; 2],
    sides: [usize; 2],
    stream: &mut Stream,
    pixels: &mut [T],
) {
    for_part(image, place, sides, pixels, |line| {
        for pair in line.chunks_mut(2) {
            for (value, normal) in pair.iter_mut().zip(stream.normals()) {
                *value = match T::LEVELS {
                    0 => T::nearest(normal),
                    // Three deviations either way fill the range.
                    _ => T::nearest((0.5 + normal / 6.0) * T::BOUND),
                };
            }
        }
    });
}

fn for_part<T: Pixel>(
    image: Image,
    [top, left]: [usize; 2],
    [height, width]: [usize; 2],
    pixels: &mut [T],
    mut change: impl FnMut(&mut [T]),
) {
    for row in top..(top + height).min(image.height) {
        let at = (row * image.width + left) * image.channels;
        change(&mut pixels[at..][..width.min(image.width - left) * image.channels]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn gaussian_noise_has_its_mean_and_deviation_and_stays_within_range() {
        let mut image = vec![0.5f32; 40_000];
        gaussian([0.1, 0.05], true, &mut Stream::new([1, 2]), &mut image);
        let mean = image.iter().sum::<f32>() / 40_000.0;
        let square = image.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / 40_000.0;
        assert!((mean - 0.6).abs() < 2e-3 && (square.sqrt() - 0.05).abs() < 1e-3, "{mean}");
        let mut bytes = vec![250u8; 2000];
        gaussian([0.0, 0.3], true, &mut Stream::new([1, 2]), &mut bytes);
        assert!(bytes.iter().filter(|&&byte| byte == 255).count() > 500);
        gaussian([0.0, 0.3], false, &mut Stream::new([3, 2]), &mut bytes);
        assert!(bytes.iter().filter(|&&byte| byte < 60).count() > 200);
    }

    #[test]
    fn a_part_is_covered_and_the_rest_stays() {
        let image = Image { height: 3, width: 4, channels: 1 };
        let mut pixels = [1u8; 12];
        fill_part(image, [1, 2], [2, 2], 9.0, &mut pixels);
        assert_eq!(pixels, [1, 1, 1, 1, 1, 1, 9, 9, 1, 1, 9, 9]);
        noise_part(image, [0, 0], [1, 4], &mut Stream::new([1, 2]), &mut pixels);
        assert_ne!(pixels[..4], [1; 4]);
        assert_eq!(pixels[4..], [1, 1, 9, 9, 1, 1, 9, 9]);
    }
}
