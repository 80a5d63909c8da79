//! Changes of colour, as torchvision computes them: blends with black, grey and mean; turns of hue.

use super::{Image, Pixel};

/// The weights of red, green and blue in grey.
const GREY: [f32; 3] = [0.2989, 0.587, 0.114];

/// Every value times `factor`: 0 is black, 1 the image.
pub fn brightness<T: Pixel>(factor: f32, pixels: &mut [T]) {
    for value in pixels {
        *value = T::cut(value.to_f32() * factor);
    }
}

/// A blend with the mean of its grey: 0 is that grey, 1 the image.
pub fn contrast<T: Pixel>(image: Image, factor: f32, pixels: &mut [T]) {
    // Greys of bytes are whole.
    let whole = |grey: f32| if T::LEVELS == 0 { grey } else { grey.floor() };
    let sum: f64 = match image.has_colour() {
        true => each_grey(image, pixels).map(|grey| f64::from(whole(grey))).sum(),
        false => pixels.iter().map(|value| f64::from(value.to_f32())).sum(),
    };
    let count = if image.has_colour() { image.pixels() } else { image.elements() };
    let mean = (sum / count.max(1) as f64) as f32;
    let rest = (1.0 - factor) * mean;
    each_colour(image, pixels, |value| *value = T::cut(value.to_f32() * factor + rest));
}

/// A blend with its grey: 0 is grey, 1 the image. Without colour nothing changes.
pub fn saturation<T: Pixel>(image: Image, factor: f32, pixels: &mut [T]) {
    if !image.has_colour() {
        return;
    }
    for pixel in pixels.chunks_exact_mut(image.channels) {
        let grey = T::cut(grey_of(pixel)).to_f32() * (1.0 - factor);
        for value in &mut pixel[..3] {
            *value = T::cut(value.to_f32() * factor + grey);
        }
    }
}

/// Grey in all channels of colour.
pub fn grey<T: Pixel>(image: Image, pixels: &mut [T]) {
    if !image.has_colour() {
        return;
    }
    for pixel in pixels.chunks_exact_mut(image.channels) {
        let grey = T::cut(grey_of(pixel));
        pixel[..3].fill(grey);
    }
}

/// Turns the hue by a share of the circle, -0.5 to 0.5. Without colour nothing changes.
pub fn hue<T: Pixel>(image: Image, turn: f32, pixels: &mut [T]) {
    if !image.has_colour() {
        return;
    }
    for pixel in pixels.chunks_exact_mut(image.channels) {
        let [hue, saturation, value] = hsv([0, 1, 2].map(|c| pixel[c].to_f32() / T::BOUND));
        let turned = rgb([(hue + turn).rem_euclid(1.0), saturation, value]);
        for (target, value) in pixel.iter_mut().zip(turned) {
            // Each of the 256 bytes stands for an equal share of the range.
            *target = match T::LEVELS {
                0 => T::nearest(value),
                levels => T::cut(value * (levels as f32 - 1e-3)),
            };
        }
    }
}

fn grey_of<T: Pixel>(pixel: &[T]) -> f32 {
    let [r, g, b] = [0, 1, 2].map(|channel| pixel[channel].to_f32());
    r * GREY[0] + g * GREY[1] + b * GREY[2]
}

fn each_grey<T: Pixel>(image: Image, pixels: &[T]) -> impl Iterator<Item = f32> {
    pixels.chunks_exact(image.channels).map(grey_of)
}

/// Every value but how opaque a pixel is.
fn each_colour<T: Pixel>(image: Image, pixels: &mut [T], mut change: impl FnMut(&mut T)) {
    let colours = if image.channels == 4 { 3 } else { image.channels };
    for pixel in pixels.chunks_exact_mut(image.channels.max(1)) {
        pixel[..colours].iter_mut().for_each(&mut change);
    }
}

/// Hue, saturation and value from 0 to 1.
fn hsv([r, g, b]: [f32; 3]) -> [f32; 3] {
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    let range = most - least;
    if range == 0.0 {
        return [0.0, 0.0, most];
    }
    let [rc, gc, bc] = [r, g, b].map(|value| (most - value) / range);
    let sixths = match () {
        () if most == r => bc - gc,
        () if most == g => 2.0 + rc - bc,
        () => 4.0 + gc - rc,
    };
    [(sixths / 6.0 + 1.0) % 1.0, range / most, most]
}

fn rgb([hue, saturation, value]: [f32; 3]) -> [f32; 3] {
    let sixths = hue * 6.0;
    let whole = sixths.floor();
    let part = sixths - whole;
    let bounded = |x: f32| x.clamp(0.0, 1.0);
    let p = bounded((1.0 - saturation) * value);
    let q = bounded((1.0 - saturation * part) * value);
    let t = bounded((1.0 - saturation * (1.0 - part)) * value);
    match whole as i32 % 6 {
        0 => [value, t, p],
        1 => [q, value, p],
        2 => [p, value, t],
        3 => [p, q, value],
        4 => [t, p, value],
        _ => [value, p, q],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Image = Image { height: 1, width: 1, channels: 3 };

    #[test]
    fn a_third_of_the_circle_exchanges_the_colours() {
        let mut pixel = [0.8f32, 0.2, 0.4];
        hue(ONE, 1.0 / 3.0, &mut pixel);
        for (got, expected) in pixel.iter().zip([0.4, 0.8, 0.2]) {
            assert!((got - expected).abs() < 1e-5, "{pixel:?}");
        }
        let mut grey = [77u8; 3];
        hue(ONE, 0.3, &mut grey);
        assert_eq!(grey, [77; 3]);
    }

    #[test]
    fn factors_of_one_change_nothing_and_of_zero_leave_black_or_grey() {
        let pixels = [10u8, 200, 90];
        for change in [
            (|x: &mut [u8; 3]| brightness(1.0, x)) as fn(&mut [u8; 3]),
            |x| contrast(ONE, 1.0, x),
            |x| saturation(ONE, 1.0, x),
        ] {
            let mut copy = pixels;
            change(&mut copy);
            assert_eq!(copy, pixels);
        }
        let [mut black, mut mean, mut plain] = [pixels; 3];
        brightness(0.0, &mut black);
        contrast(ONE, 0.0, &mut mean);
        saturation(ONE, 0.0, &mut plain);
        // 0.2989 10 + 0.587 200 + 0.114 90 = 130.649
        assert_eq!((black, mean, plain), ([0; 3], [130; 3], [130; 3]));
    }

    #[test]
    fn how_opaque_a_pixel_is_stays_and_grey_images_have_no_hue() {
        let image = Image { height: 1, width: 1, channels: 4 };
        let mut pixel = [10u8, 200, 90, 33];
        contrast(image, 0.5, &mut pixel);
        hue(image, 0.2, &mut pixel);
        grey(image, &mut pixel);
        assert_eq!(pixel[3], 33);
        let mut single = [3u8];
        let one = Image { channels: 1, ..ONE };
        hue(one, 0.2, &mut single);
        saturation(one, 0.0, &mut single);
        assert_eq!(single, [3]);
    }
}
