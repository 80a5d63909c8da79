//! Tables: columns of numbers, texts and booleans, out of files and memory.

mod bits;
mod csv;
mod json_lines;
mod merge;
mod skipped;
mod source;
#[allow(clippy::module_inception, reason = "the type is what the folder is about")]
mod table;
mod values;

pub use bits::Bits;
pub use csv::{CsvOptions, MISSING, Read, read_csv};
pub use json_lines::{JsonLinesOptions, read_json_lines};
pub use skipped::{OnBadSample, Skipped};
pub use table::{Table, TableColumn};
pub use values::{Booleans, Dictionary, Kind, Numbers, Texts, Values};
