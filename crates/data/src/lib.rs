//! Data sets: files and memory in, named columns out; splits and the order of samples.

pub mod audio;
mod check;
mod data_set;
mod digits;
mod duplicates;
mod embedded;
mod idx;
pub mod image;
mod mapped;
pub mod npz;
pub mod preprocess;
mod read_file;
mod refusals;
#[cfg(test)]
mod shared_data;
pub mod split;
mod statistics;
mod stretch;
pub mod table;
pub mod text;

pub use data_set::{Column, DataSet};
pub use digits::digits;
pub use embedded::{EmbeddedTable, embedded_table};
pub use idx::{Part, mnist, read_idx};
pub use mapped::MappedColumn;
pub use statistics::Statistics;
pub use stretch::Stretch;
