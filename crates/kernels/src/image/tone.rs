//! Curves of values: inverted, solarized, posterized, stretched and equalized.

use super::{Image, Pixel};

/// White becomes black.
pub fn invert<T: Pixel>(pixels: &mut [T]) {
    for value in pixels {
        *value = T::nearest(T::BOUND - value.to_f32());
    }
}

/// Values from `threshold` on, a share of white, are inverted.
pub fn solarize<T: Pixel>(threshold: f32, pixels: &mut [T]) {
    let threshold = threshold * T::BOUND;
    for value in pixels.iter_mut().filter(|value| value.to_f32() >= threshold) {
        *value = T::nearest(T::BOUND - value.to_f32());
    }
}

/// Keeps the highest `bits` of each value.
pub fn posterize<T: Pixel>(bits: u32, pixels: &mut [T]) {
    let levels = f32::from(1u16 << bits.min(8));
    for value in pixels {
        let x = value.to_f32();
        *value = match T::LEVELS {
            0 => T::nearest((x * levels).floor().clamp(0.0, levels - 1.0) / levels),
            // 256 / levels is a power of two, so both steps are exact.
            all => {
                let step = all as f32 / levels;
                T::nearest((x / step).floor() * step)
            }
        };
    }
}

/// Stretches each channel so that its least value is black and its largest white.
pub fn autocontrast<T: Pixel>(image: Image, pixels: &mut [T]) {
    for channel in 0..image.channels {
        let values = || pixels.iter().skip(channel).step_by(image.channels);
        let range = values().map(|value| value.to_f32());
        let (least, most) = range.fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), x| {
            (least.min(x), most.max(x))
        });
        if least >= most {
            continue;
        }
        let scale = (most - least) * (1.0 / T::BOUND);
        for value in pixels.iter_mut().skip(channel).step_by(image.channels) {
            *value = T::cut((value.to_f32() - least) / scale);
        }
    }
}

/// Spreads the values of each channel so that all are about as frequent; Pillow's rule.
pub fn equalize<T: Pixel>(image: Image, pixels: &mut [T]) {
    // Each of the 256 bytes stands for an equal share of the range of floats.
    let byte = |value: T| match T::LEVELS {
        0 => u8::cut(value.to_f32().clamp(0.0, 1.0) * (256.0 - 1e-3)),
        _ => value.to_f32() as u8,
    };
    for channel in 0..image.channels {
        let mut counts = [0usize; 256];
        for &value in pixels.iter().skip(channel).step_by(image.channels) {
            counts[usize::from(byte(value))] += 1;
        }
        let last = counts.iter().rev().find(|&&count| count > 0).copied().unwrap_or(0);
        let step = (image.pixels() - last) / 255;
        let mut curve: [usize; 256] = std::array::from_fn(|value| value);
        if step > 0 {
            let mut before = step / 2;
            for (value, &count) in curve.iter_mut().zip(&counts) {
                *value = (before / step).min(255);
                before += count;
            }
        }
        for value in pixels.iter_mut().skip(channel).step_by(image.channels) {
            let level = curve[usize::from(byte(*value))] as f32;
            *value = T::nearest(level * (T::BOUND / 255.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_exact_for_bytes() {
        let mut pixels = [0u8, 100, 128, 255];
        invert(&mut pixels);
        assert_eq!(pixels, [255, 155, 127, 0]);
        solarize(0.5, &mut pixels);
        assert_eq!(pixels, [0, 100, 127, 0]);
        let mut pixels = [0u8, 100, 129, 255];
        posterize(3, &mut pixels);
        assert_eq!(pixels, [0, 96, 128, 224]);
        posterize(0, &mut pixels);
        assert_eq!(pixels, [0; 4]);
    }

    #[test]
    fn channels_are_stretched_apart_and_flat_ones_stay() {
        let image = Image { height: 1, width: 3, channels: 2 };
        let mut pixels = [10u8, 7, 20, 7, 30, 7];
        autocontrast(image, &mut pixels);
        // The last bit of the scale decides between 254 and 255, as in torchvision.
        assert_eq!((&pixels[..4], pixels[5]), (&[0, 7, 127, 7][..], 7));
        assert!(pixels[4] >= 254);
        let few = pixels;
        equalize(image, &mut pixels);
        assert_eq!(pixels, few);
    }

    #[test]
    fn equalized_values_are_evenly_spread() {
        let image = Image { height: 64, width: 64, channels: 1 };
        let mut pixels: Vec<u8> = (0..4096).map(|i| 100 + (i * i / 4096 % 40) as u8).collect();
        equalize(image, &mut pixels);
        let mean = pixels.iter().map(|&x| f64::from(x)).sum::<f64>() / 4096.0;
        assert_eq!((pixels.iter().min(), pixels.iter().max()), (Some(&0), Some(&255)));
        assert!((mean - 127.5).abs() < 12.0, "{mean}");
    }
}
