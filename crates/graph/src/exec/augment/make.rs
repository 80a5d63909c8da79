//! Making a change: what is drawn for an image, and the kernel that does it.

use attune_kernels::image::{self, Affine, Perspective, Pixel};
use attune_kernels::random::Stream;

use super::canvas::Canvas;
use super::change::{Change, Range};
use super::parts;
use super::policy::{self, Blend};

/// Makes one change.
pub fn make<T: Pixel>(canvas: &mut Canvas<T>, change: &Change, stream: &mut Stream) {
    let size = canvas.image;
    let mut ranged = |range: &Range| {
        let happens = stream.happens(range.probability);
        let value = stream.between([range.least, range.most]);
        happens.then_some(value)
    };
    match change {
        Change::Brightness(range) => {
            if let Some(factor) = ranged(range) {
                image::brightness(factor, canvas.pixels());
            }
        }
        Change::Contrast(range) => {
            if let Some(factor) = ranged(range) {
                image::contrast(size, factor, canvas.pixels());
            }
        }
        Change::Saturation(range) => {
            if let Some(factor) = ranged(range) {
                image::saturation(size, factor, canvas.pixels());
            }
        }
        Change::Hue(range) => {
            if let Some(turn) = ranged(range) {
                image::hue(size, turn, canvas.pixels());
            }
        }
        Change::Sharpness(range) => {
            if let Some(factor) = ranged(range) {
                canvas.sharpness(factor);
            }
        }
        other => place(canvas, other, stream),
    }
}

/// Changes of place; others go on to `tone`.
fn place<T: Pixel>(canvas: &mut Canvas<T>, change: &Change, stream: &mut Stream) {
    let size = canvas.image;
    let (height, width) = (size.height as f32, size.width as f32);
    match change {
        &Change::Flip { horizontal, vertical } => {
            canvas.map(Affine::flip(stream.happens(horizontal), stream.happens(vertical)), None);
        }
        Change::RotateQuarters { turns } => {
            let drawn = turns[stream.bounded(turns.len() as u32) as usize];
            canvas.map(Affine::quarters(drawn), None);
        }
        &Change::Rotate { degrees, places } => {
            let angle = stream.between(degrees).to_radians();
            canvas.map(Affine::rotation(angle), Some(places.reading()));
        }
        &Change::Crop { padding, fill } => {
            let mut offset = || stream.bounded(2 * padding + 1) as f32 - padding as f32;
            let map = Affine::shift(offset(), offset());
            let reading = image::Reading { smooth: true, fill };
            canvas.map(map, Some(reading));
        }
        &Change::ResizedCrop { scale, ratio } => {
            let (place, sides) = parts::crop(size, scale, ratio, stream);
            canvas.part(place, sides);
        }
        &Change::Affine { degrees, translate, scale, ref shear, places } => {
            let angle = stream.between(degrees);
            let [x, y] = [translate[0] * width, translate[1] * height];
            let moved = [stream.between([-x, x]).round(), stream.between([-y, y]).round()];
            let scale = stream.between(scale);
            let mut sheared = [0.0; 2];
            for (degrees, range) in sheared.iter_mut().zip(shear.chunks_exact(2)) {
                *degrees = f64::from(stream.between([range[0], range[1]]));
            }
            let map = Affine::general(angle.into(), moved.map(f64::from), scale.into(), sheared);
            canvas.map(map, Some(places.reading()));
        }
        &Change::Perspective { distortion, probability, places } => {
            let happens = stream.happens(probability);
            let (from, to) = parts::corners(size, distortion, stream);
            if let Some(map) = Perspective::between(from, to).filter(|_| happens) {
                canvas.perspective(&map, places.reading());
            }
        }
        &Change::Elastic { alpha, sigma, probability, places } => {
            if stream.happens(probability) {
                canvas.parts().1.elastic.draw(size, alpha, sigma, stream);
                canvas.elastic(places.reading());
            }
        }
        other => tone(canvas, other, stream),
    }
}

/// Changes of values and noise; policies.
fn tone<T: Pixel>(canvas: &mut Canvas<T>, change: &Change, stream: &mut Stream) {
    let size = canvas.image;
    match *change {
        Change::RandomGrayscale { probability } => {
            if stream.happens(probability) {
                image::grey(size, canvas.pixels());
            }
        }
        Change::ColorJitter { brightness, contrast, saturation, hue, probability } => {
            let happens = stream.happens(probability);
            let mut order = [0, 1, 2, 3];
            for last in (1..4).rev() {
                order.swap(last, stream.bounded(last as u32 + 1) as usize);
            }
            let drawn = [brightness, contrast, saturation, hue].map(|range| stream.between(range));
            for which in order.into_iter().filter(|_| happens) {
                let pixels = canvas.pixels();
                match which {
                    0 => image::brightness(drawn[0], pixels),
                    1 => image::contrast(size, drawn[1], pixels),
                    2 => image::saturation(size, drawn[2], pixels),
                    // A turn by nothing is left out, since its arithmetic rounds.
                    _ if drawn[3] != 0.0 => image::hue(size, drawn[3], pixels),
                    _ => {}
                }
            }
        }
        Change::Invert { probability } => {
            if stream.happens(probability) {
                image::invert(canvas.pixels());
            }
        }
        Change::Solarize { threshold, probability } => {
            if stream.happens(probability) {
                image::solarize(threshold, canvas.pixels());
            }
        }
        Change::Posterize { bits, probability } => {
            if stream.happens(probability) {
                image::posterize(bits, canvas.pixels());
            }
        }
        Change::Autocontrast { probability } => {
            if stream.happens(probability) {
                image::autocontrast(size, canvas.pixels());
            }
        }
        Change::Equalize { probability } => {
            if stream.happens(probability) {
                image::equalize(size, canvas.pixels());
            }
        }
        Change::GaussianBlur { size: taps, sigma, probability } => {
            let (happens, sigma) = (stream.happens(probability), stream.between(sigma));
            if happens {
                let (pixels, scratch) = canvas.parts();
                image::gaussian_blur(size, taps, sigma, &mut scratch.sums, pixels);
            }
        }
        Change::PixelNoise { mean, sigma, clip, probability } => {
            if stream.happens(probability) {
                image::gaussian([mean, sigma], clip, stream, canvas.pixels());
            }
        }
        Change::SaltAndPepper { share, pepper, salt } => {
            let channels = size.channels;
            image::salt_and_pepper(channels, share, [pepper, salt], stream, canvas.pixels());
        }
        Change::Erase { scale, ratio, value, probability } => {
            let happens = stream.happens(probability);
            let part = parts::erased(size, scale, ratio, stream).filter(|_| happens);
            match (part, value) {
                (Some((place, sides)), Some(value)) => {
                    image::fill_part(size, place, sides, value, canvas.pixels());
                }
                (Some((place, sides)), None) => {
                    image::noise_part(size, place, sides, stream, canvas.pixels());
                }
                (None, _) => {}
            }
        }
        Change::RandAugment { operations, magnitude, bins, places } => {
            let table = [magnitude, bins];
            policy::rand_augment(canvas, operations, table, places.reading(), stream);
        }
        Change::TrivialAugment { bins, places } => {
            policy::trivial_augment(canvas, bins, places.reading(), stream);
        }
        Change::AugMix { severity, width, depth, alpha, all_operations, places } => {
            let blend = Blend { severity, width, depth, alpha, all_operations };
            policy::aug_mix(canvas, blend, places.reading(), stream);
        }
        _ => unreachable!("changes of place and of ranges are made before"),
    }
}
