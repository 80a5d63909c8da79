//! Changes of one image `[height, width, channels]`: of place, of colour, and noise.
//!
//! Numbers are torchvision's (transforms v2) for images of bytes and of floats from 0 to 1.

mod affine;
mod blur;
mod colour;
mod elastic;
mod mix;
mod noise;
mod perspective;
mod pixel;
mod tone;
mod warp;

pub use affine::Affine;
pub use blur::{gaussian_blur, sharpness};
pub use colour::{brightness, contrast, grey, hue, saturation};
pub use elastic::Elastic;
pub use mix::{cutmix, mixup};
pub use noise::{fill_part, gaussian, noise_part, salt_and_pepper};
pub use perspective::Perspective;
pub use pixel::{Image, Pixel};
pub use tone::{autocontrast, equalize, invert, posterize, solarize};
pub use warp::{Reading, warp, warp_affine};
