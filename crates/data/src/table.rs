//! Tables: columns of numbers, texts and booleans, out of files and memory.

mod bits;
#[allow(clippy::module_inception, reason = "the type is what the folder is about")]
mod table;
mod values;

pub use bits::Bits;
pub use table::{Table, TableColumn};
pub use values::{Booleans, Dictionary, Kind, Numbers, Texts, Values};
