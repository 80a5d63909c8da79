//! Policies: operations drawn from torchvision's lists, at strengths out of its tables.

use attune_kernels::image::{self, Affine, Image, Pixel, Reading};
use attune_kernels::random::Stream;

use super::canvas::{Canvas, Scratch};

/// An operation of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Identity,
    ShearX,
    ShearY,
    TranslateX,
    TranslateY,
    Rotate,
    Brightness,
    Color,
    Contrast,
    Sharpness,
    Posterize,
    Solarize,
    AutoContrast,
    Equalize,
}

use Operation::*;

const ALL: [Operation; 14] = [
    Identity,
    ShearX,
    ShearY,
    TranslateX,
    TranslateY,
    Rotate,
    Brightness,
    Color,
    Contrast,
    Sharpness,
    Posterize,
    Solarize,
    AutoContrast,
    Equalize,
];

/// Those of AugMix; the last four are left out where its corruptions are measured.
const MIXED: [Operation; 13] = [
    ShearX,
    ShearY,
    TranslateX,
    TranslateY,
    Rotate,
    Posterize,
    Solarize,
    AutoContrast,
    Equalize,
    Brightness,
    Color,
    Contrast,
    Sharpness,
];

/// The strengths at the upper end of a table.
#[derive(Clone, Copy)]
struct Table {
    shear: f32,
    /// In pixels, for a side.
    translate: fn(usize) -> f32,
    /// In degrees.
    rotate: f32,
    colour: f32,
    /// Bits kept at the lower end, and how many fewer at the upper.
    bits: [f32; 2],
}

const RAND: Table = Table {
    shear: 0.3,
    translate: |side| 150.0 / 331.0 * side as f32,
    rotate: 30.0,
    colour: 0.9,
    bits: [8.0, 4.0],
};
const WIDE: Table =
    Table { shear: 0.99, translate: |_| 32.0, rotate: 135.0, colour: 0.99, bits: [8.0, 6.0] };
const MIX: Table = Table { translate: |side| side as f32 / 3.0, bits: [4.0, 4.0], ..RAND };

/// Bins of AugMix's table.
const MIX_BINS: u32 = 10;

/// `operations` operations at one strength.
pub fn rand_augment<T: Pixel>(
    canvas: &mut Canvas<T>,
    operations: u32,
    [magnitude, bins]: [u32; 2],
    reading: Reading,
    stream: &mut Stream,
) {
    for _ in 0..operations {
        let operation = ALL[stream.bounded(ALL.len() as u32) as usize];
        let strength = RAND.strength(operation, magnitude, bins, canvas.image, stream);
        apply(canvas, operation, strength, reading);
    }
}

/// One operation at any strength.
pub fn trivial_augment<T: Pixel>(
    canvas: &mut Canvas<T>,
    bins: u32,
    reading: Reading,
    stream: &mut Stream,
) {
    let operation = ALL[stream.bounded(ALL.len() as u32) as usize];
    let magnitude = stream.bounded(bins);
    let strength = WIDE.strength(operation, magnitude, bins, canvas.image, stream);
    apply(canvas, operation, strength, reading);
}

/// How AugMix blends.
#[derive(Clone, Copy)]
pub struct Blend {
    pub severity: u32,
    pub width: u32,
    pub depth: u32,
    pub alpha: f32,
    pub all_operations: bool,
}

/// The image with chains of operations on it, in shares that are drawn.
pub fn aug_mix<T: Pixel>(
    canvas: &mut Canvas<T>,
    blend: Blend,
    reading: Reading,
    stream: &mut Stream,
) {
    let Blend { severity, width, depth, alpha, all_operations } = blend;
    let operations = if all_operations { &MIXED[..] } else { &MIXED[..9] };
    let image = canvas.image;
    let own = stream.beta(alpha);
    let mut shares = [0.0; MOST_CHAINS];
    let shares = &mut shares[..(width as usize).min(MOST_CHAINS)];
    stream.shares(alpha, shares);
    let (pixels, scratch) = canvas.parts();
    let mut original = std::mem::take(&mut scratch.original);
    let mut sums = std::mem::take(&mut scratch.sums);
    original.clear();
    original.extend_from_slice(pixels);
    sums.clear();
    sums.extend(original.iter().map(|value| own * value.to_f32()));
    for &mut share in shares {
        let depth = if depth > 0 { depth } else { 1 + stream.bounded(3) };
        chain(image, pixels, &original, scratch, |chained| {
            for _ in 0..depth {
                let operation = operations[stream.bounded(operations.len() as u32) as usize];
                let magnitude = stream.bounded(severity);
                let strength = MIX.strength(operation, magnitude, MIX_BINS, image, stream);
                apply(chained, operation, strength, reading);
            }
        });
        let share = share * (1.0 - own);
        sums.iter_mut().zip(&*pixels).for_each(|(sum, value)| *sum += share * value.to_f32());
    }
    pixels.iter_mut().zip(&sums).for_each(|(value, &sum)| *value = T::cut(sum));
    (scratch.original, scratch.sums) = (original, sums);
}

/// Chains of AugMix at most.
pub const MOST_CHAINS: usize = 16;

/// Makes changes on a copy of the original.
fn chain<T: Pixel>(
    image: Image,
    pixels: &mut [T],
    original: &[T],
    scratch: &mut Scratch<T>,
    change: impl FnOnce(&mut Canvas<T>),
) {
    pixels.copy_from_slice(original);
    let mut canvas = Canvas::new(image, pixels, scratch);
    change(&mut canvas);
    canvas.pixels();
}

impl Table {
    /// What bin `magnitude` of `bins` stands for; either way as likely where that makes a difference.
    fn strength(
        &self,
        operation: Operation,
        magnitude: u32,
        bins: u32,
        image: Image,
        stream: &mut Stream,
    ) -> f32 {
        let share = magnitude as f32 / (bins - 1).max(1) as f32;
        let most = match operation {
            Identity | AutoContrast | Equalize => return 0.0,
            Posterize => return (self.bits[0] - share * self.bits[1]).round_ties_even(),
            Solarize => return 1.0 - share,
            ShearX | ShearY => self.shear,
            TranslateX => (self.translate)(image.width),
            TranslateY => (self.translate)(image.height),
            Rotate => self.rotate,
            Brightness | Color | Contrast | Sharpness => self.colour,
        };
        if stream.happens(0.5) { -most * share } else { most * share }
    }
}

/// Makes one operation.
pub fn apply<T: Pixel>(
    canvas: &mut Canvas<T>,
    operation: Operation,
    strength: f32,
    reading: Reading,
) {
    let image = canvas.image;
    let factor = 1.0 + strength;
    match operation {
        Identity => {}
        ShearX => canvas.map(Affine::shear([strength, 0.0], image), Some(reading)),
        ShearY => canvas.map(Affine::shear([0.0, strength], image), Some(reading)),
        TranslateX => canvas.map(Affine::shift(-strength.trunc(), 0.0), Some(reading)),
        TranslateY => canvas.map(Affine::shift(0.0, -strength.trunc()), Some(reading)),
        Rotate => canvas.map(Affine::rotation(strength.to_radians()), Some(reading)),
        Brightness => image::brightness(factor, canvas.pixels()),
        Color => image::saturation(image, factor, canvas.pixels()),
        Contrast => image::contrast(image, factor, canvas.pixels()),
        Sharpness => canvas.sharpness(factor),
        Posterize => image::posterize(strength as u32, canvas.pixels()),
        Solarize => image::solarize(strength, canvas.pixels()),
        AutoContrast => image::autocontrast(image, canvas.pixels()),
        Equalize => image::equalize(image, canvas.pixels()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: Image = Image { height: 32, width: 40, channels: 3 };

    fn strengths(table: &Table, operation: Operation, magnitude: u32, bins: u32) -> [f32; 2] {
        let mut stream = Stream::new([1, 2]);
        let all: Vec<f32> = (0..64)
            .map(|_| table.strength(operation, magnitude, bins, IMAGE, &mut stream))
            .collect();
        let least = all.iter().copied().fold(f32::INFINITY, f32::min);
        [least, all.iter().copied().fold(f32::NEG_INFINITY, f32::max)]
    }

    #[test]
    fn strengths_are_those_of_torchvisions_tables() {
        // RandAugment._AUGMENTATION_SPACE at bin 9 of 31, TrivialAugmentWide's at its last bin, and
        // AugMix's at bin 2 of 10, for an image of 32 by 40 pixels.
        let cases = [
            (&RAND, ShearX, 9, 31, 0.09, true),
            (&RAND, TranslateX, 9, 31, 5.438_066, true),
            (&RAND, TranslateY, 9, 31, 4.350_453, true),
            (&RAND, Rotate, 9, 31, 9.0, true),
            (&RAND, Color, 9, 31, 0.27, true),
            (&RAND, Posterize, 9, 31, 7.0, false),
            (&RAND, Solarize, 9, 31, 0.7, false),
            (&WIDE, ShearY, 30, 31, 0.99, true),
            (&WIDE, TranslateX, 30, 31, 32.0, true),
            (&WIDE, Rotate, 30, 31, 135.0, true),
            (&WIDE, Posterize, 30, 31, 2.0, false),
            (&MIX, TranslateY, 2, 10, 2.370_37, true),
            (&MIX, Posterize, 2, 10, 3.0, false),
            (&MIX, Brightness, 2, 10, 0.2, true),
        ];
        for (table, operation, magnitude, bins, expected, signed) in cases {
            let [least, most] = strengths(table, operation, magnitude, bins);
            assert!((most - expected).abs() < 1e-4, "{operation:?}: {most}");
            assert!((least - if signed { -expected } else { expected }).abs() < 1e-4);
        }
    }

    #[test]
    fn every_operation_runs_and_all_but_one_change_an_image() {
        let source: Vec<u8> = (0..IMAGE.elements()).map(|i| (i * i / 7 % 200) as u8 + 20).collect();
        let reading = Reading { smooth: false, fill: 0.0 };
        for operation in ALL {
            let strength = strengths(&RAND, operation, 9, 31)[1];
            let strength = if operation == Posterize { 3.0 } else { strength };
            let strength = if operation == Solarize { 0.4 } else { strength };
            let (mut pixels, mut scratch) = (source.clone(), Scratch::default());
            let mut canvas = Canvas::new(IMAGE, &mut pixels, &mut scratch);
            apply(&mut canvas, operation, strength, reading);
            canvas.pixels();
            assert_eq!(pixels == source, operation == Identity, "{operation:?}");
        }
    }
}
