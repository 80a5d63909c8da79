//! Tables: columns of numbers, texts and booleans, out of files and memory.

mod bits;
mod cell;
mod csv;
mod json_lines;
mod memory;
mod merge;
mod skipped;
mod source;
#[allow(clippy::module_inception, reason = "the type is what the folder is about")]
mod table;
mod target;
mod values;

pub use bits::Bits;
pub use cell::Cell;
pub use csv::{CsvOptions, MISSING, Read, read_csv};
pub use json_lines::{JsonLinesOptions, read_json_lines};
pub use memory::{column_of_cells, column_of_numbers};
pub use skipped::{OnBadSample, Skipped};
pub use table::{Table, TableColumn};
pub use target::{Target, classes, targets};
pub use values::{Booleans, Dictionary, Kind, Numbers, Texts, Values};
