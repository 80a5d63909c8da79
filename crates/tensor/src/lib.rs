//! Types, shapes, budgeted memory, and the files that tensors live in.

mod atomic;
mod budget;
mod buffer;
mod dtype;
mod error;
pub mod npy;
pub mod safetensors;
mod shape;
#[cfg(test)]
mod test_folder;

pub use atomic::write_atomically;
pub use budget::{Budget, Reservation};
pub use buffer::Buffer;
pub use dtype::DType;
pub use error::{Code, Error, Result};
pub use shape::Shape;
