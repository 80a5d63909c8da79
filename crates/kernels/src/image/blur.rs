//! Sums of neighbours: sharpness, and blur by a Gaussian.

use super::{Image, Pixel};

/// A blend with the smoothed image: 0 is smooth, 1 the image, 2 sharper. The border stays.
pub fn sharpness<T: Pixel>(image: Image, factor: f32, source: &[T], target: &mut [T]) {
    target.copy_from_slice(source);
    let Image { height, width, channels } = image;
    if height <= 2 || width <= 2 {
        return;
    }
    let line = width * channels;
    for row in 1..height - 1 {
        for at in row * line + channels..(row + 1) * line - channels {
            let mut around = 0.0;
            for above in [at - line, at, at + line] {
                for beside in [above - channels, above, above + channels] {
                    around += source[beside].to_f32();
                }
            }
            let x = source[at].to_f32();
            // Ones around a five, together thirteen.
            let smooth = T::nearest((around + 4.0 * x) / 13.0).to_f32();
            target[at] = T::cut(x + (1.0 - factor) * (smooth - x));
        }
    }
}

/// Blurs by a Gaussian over `size` pixels, an odd number, with its deviation in pixels; the image is
/// mirrored beyond its border. `size` is at most twice the smaller side less one.
pub fn gaussian_blur<T: Pixel>(
    image: Image,
    size: usize,
    deviation: f32,
    work: &mut Vec<f32>,
    pixels: &mut [T],
) {
    let kernel = kernel(size, deviation);
    let Image { height, width, channels } = image;
    let (line, reach) = (width * channels, size / 2);
    work.clear();
    work.resize(pixels.len(), 0.0);
    for row in 0..height {
        for column in 0..width {
            let out = &mut work[row * line + column * channels..][..channels];
            for (tap, weight) in kernel.iter().enumerate() {
                let from = mirrored(column + tap, reach, width);
                let pixel = &pixels[row * line + from * channels..][..channels];
                out.iter_mut().zip(pixel).for_each(|(sum, x)| *sum += weight * x.to_f32());
            }
        }
    }
    let mut sums = vec![0.0; line];
    for (row, out) in pixels.chunks_exact_mut(line.max(1)).enumerate() {
        sums.fill(0.0);
        for (tap, weight) in kernel.iter().enumerate() {
            let from = &work[mirrored(row + tap, reach, height) * line..][..line];
            sums.iter_mut().zip(from).for_each(|(sum, x)| *sum += weight * x);
        }
        out.iter_mut().zip(&sums).for_each(|(value, sum)| *value = T::nearest(*sum));
    }
}

/// Place `at - reach` of a side that is mirrored about its first and last pixel.
fn mirrored(at: usize, reach: usize, size: usize) -> usize {
    let place = at.abs_diff(reach);
    // Beyond a second mirroring, which small images meet, the last pixel is taken.
    if place < size { place } else { (2 * (size - 1)).saturating_sub(place) }
}

/// torchvision's kernel: `softmax(-(x / deviation)²)` over `x` at steps of `1 / sqrt(2)`.
fn kernel(size: usize, deviation: f32) -> Vec<f32> {
    let place = |tap| (tap as f64 - (size as f64 - 1.0) / 2.0) / std::f64::consts::SQRT_2;
    let weights: Vec<f64> =
        (0..size).map(|tap| (-(place(tap) / f64::from(deviation)).powi(2)).exp()).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| (weight / sum) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blur_keeps_what_is_even_and_spreads_a_point_by_the_kernel() {
        let image = Image { height: 5, width: 6, channels: 2 };
        let mut even = [9u8; 60];
        gaussian_blur(image, 5, 1.3, &mut Vec::new(), &mut even);
        assert_eq!(even, [9; 60]);
        let mut point = [0f32; 60];
        point[(2 * 6 + 3) * 2] = 1.0;
        gaussian_blur(image, 3, 0.8, &mut Vec::new(), &mut point);
        let weights = kernel(3, 0.8);
        assert!((point[(6 + 2) * 2] - weights[0] * weights[0]).abs() < 1e-7);
        assert!((point[(2 * 6 + 3) * 2] - weights[1] * weights[1]).abs() < 1e-7);
        assert!((point.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn small_images_are_blurred_within_their_border() {
        for (height, width) in [(1, 1), (1, 5), (2, 2)] {
            let image = Image { height, width, channels: 1 };
            let mut pixels = vec![100u8; height * width];
            gaussian_blur(image, 9, 2.0, &mut Vec::new(), &mut pixels);
            assert!(pixels.iter().all(|&x| x == 100));
        }
    }

    #[test]
    fn sharpness_of_one_is_the_image_and_its_border_stays() {
        let image = Image { height: 4, width: 4, channels: 1 };
        let source: Vec<u8> = (0..16).map(|i| (i * 37 % 251) as u8).collect();
        let mut target = vec![0; 16];
        sharpness(image, 1.0, &source, &mut target);
        assert_eq!(target, source);
        sharpness(image, 0.0, &source, &mut target);
        assert_eq!(
            (target[..4].to_vec(), target[12..].to_vec()),
            (source[..4].to_vec(), source[12..].to_vec())
        );
        assert_ne!(target[5], source[5]);
    }
}
