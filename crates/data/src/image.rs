//! Images: files decoded, turned upright, brought to one size and kind of colour.

mod colour;
mod decode;
mod files;
mod fit;
mod kind;
mod limits;
mod picture;
mod random_crop;
mod recipe;

pub use decode::{decode, read_picture};
pub use files::{ImageFile, ImageFiles, Skipped};
pub use fit::{Fit, Interpolation, Size};
pub use kind::Kind;
pub use limits::Limits;
pub use picture::Picture;
pub use random_crop::RandomCrop;
pub use recipe::Recipe;
