//! Types, shapes, budgeted memory, and the files that tensors live in.

mod dtype;
mod error;
mod shape;

pub use dtype::DType;
pub use error::{Code, Error, Result};
pub use shape::Shape;
