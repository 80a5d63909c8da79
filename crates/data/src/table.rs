//! Tables: columns of numbers, texts and booleans, out of files and memory.

mod bits;
mod cell;
mod csv;
mod grouping;
mod json_lines;
mod memory;
mod merge;
mod skipped;
mod source;
mod summary;
#[allow(clippy::module_inception, reason = "the type is what the folder is about")]
mod table;
mod values;

pub use bits::Bits;
pub use cell::Cell;
pub(crate) use csv::csv_of;
pub use csv::{CsvOptions, MISSING, Read, read_csv};
pub use grouping::{groups, times};
pub use json_lines::{JsonLinesOptions, read_json_lines};
pub use memory::{column_of_cells, column_of_numbers};
pub use skipped::{OnBadSample, Skipped};
pub(crate) use source::{Text, read_bytes, read_text};
pub use summary::{ColumnSummary, Range};
pub use table::{Table, TableColumn};
pub use values::{Booleans, Dictionary, Kind, Numbers, Texts, Values};
