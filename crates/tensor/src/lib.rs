//! Types, shapes, budgeted memory, and the files that tensors live in.

mod budget;
mod buffer;
mod dtype;
mod error;
mod shape;

pub use budget::{Budget, Reservation};
pub use buffer::Buffer;
pub use dtype::DType;
pub use error::{Code, Error, Result};
pub use shape::Shape;
