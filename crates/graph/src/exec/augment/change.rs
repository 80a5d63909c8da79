//! The random changes of images that a program makes, as its description lists them.

use attune_kernels::image::Reading;
use serde::{Deserialize, Serialize};

/// How pixels are read where a place is no whole pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Interpolation {
    Nearest,
    Bilinear,
}

/// What a change of place reads, and what is beyond the border.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Places {
    pub interpolation: Interpolation,
    pub fill: f32,
}

impl Places {
    pub fn reading(self) -> Reading {
        Reading { smooth: self.interpolation == Interpolation::Bilinear, fill: self.fill }
    }
}

/// A number drawn between two, with a probability.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Range {
    pub least: f32,
    pub most: f32,
    pub probability: f32,
}

/// One change, drawn for each image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Change {
    /// Mirrored with these probabilities.
    Flip {
        horizontal: f32,
        vertical: f32,
    },
    /// Turned by one of these numbers of quarters, counter-clockwise.
    RotateQuarters {
        turns: Vec<u32>,
    },
    /// Turned about the centre by degrees between two numbers, counter-clockwise.
    Rotate {
        degrees: [f32; 2],
        #[serde(flatten)]
        places: Places,
    },
    /// A part of the image's size, out of the image with so much around it on every side.
    Crop {
        padding: u32,
        fill: f32,
    },
    /// A part with a share of the area and a width by height, brought to the image's size.
    ResizedCrop {
        scale: [f32; 2],
        ratio: [f32; 2],
    },
    /// Turned, moved by shares of the sides, scaled, and sheared by degrees.
    Affine {
        degrees: [f32; 2],
        translate: [f32; 2],
        scale: [f32; 2],
        /// The least and the most along rows, and along columns where it has four.
        shear: Vec<f32>,
        #[serde(flatten)]
        places: Places,
    },
    /// Each corner moved inwards by up to a share of half a side.
    Perspective {
        distortion: f32,
        probability: f32,
        #[serde(flatten)]
        places: Places,
    },
    /// Every pixel moved by a smooth field.
    Elastic {
        alpha: f32,
        sigma: f32,
        probability: f32,
        #[serde(flatten)]
        places: Places,
    },
    RandomGrayscale {
        probability: f32,
    },
    Brightness(Range),
    Contrast(Range),
    Saturation(Range),
    Hue(Range),
    /// All four, in an order that is drawn too.
    ColorJitter {
        brightness: [f32; 2],
        contrast: [f32; 2],
        saturation: [f32; 2],
        hue: [f32; 2],
        probability: f32,
    },
    Sharpness(Range),
    Invert {
        probability: f32,
    },
    /// Values from a share of white on are inverted.
    Solarize {
        threshold: f32,
        probability: f32,
    },
    Posterize {
        bits: u32,
        probability: f32,
    },
    Autocontrast {
        probability: f32,
    },
    Equalize {
        probability: f32,
    },
    /// By a Gaussian over an odd number of pixels, with a deviation between two numbers.
    GaussianBlur {
        size: usize,
        sigma: [f32; 2],
        probability: f32,
    },
    /// Normal noise in shares of white.
    PixelNoise {
        mean: f32,
        sigma: f32,
        clip: bool,
        probability: f32,
    },
    /// A share of the pixels set to one value or the other.
    SaltAndPepper {
        share: f32,
        pepper: f32,
        salt: f32,
    },
    /// A part covered with a value, or with noise.
    Erase {
        scale: [f32; 2],
        ratio: [f32; 2],
        value: Option<f32>,
        probability: f32,
    },
    /// Some operations of one strength. Cubuk et al. 2020, arXiv:1909.13719.
    RandAugment {
        operations: u32,
        magnitude: u32,
        bins: u32,
        #[serde(flatten)]
        places: Places,
    },
    /// One operation of any strength. Müller and Hutter 2021, arXiv:2103.10158.
    TrivialAugment {
        bins: u32,
        #[serde(flatten)]
        places: Places,
    },
    /// A blend of chains of operations. Hendrycks et al. 2020, arXiv:1912.02781.
    AugMix {
        severity: u32,
        width: u32,
        /// 0 draws 1 to 3 for each chain.
        depth: u32,
        alpha: f32,
        all_operations: bool,
        #[serde(flatten)]
        places: Places,
    },
}
