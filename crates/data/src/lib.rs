//! Data sets: files and memory in, named columns out; splits and the order of samples.

pub mod audio;
mod check;
mod data_set;
mod digits;
mod idx;
pub mod preprocess;
#[cfg(test)]
mod shared_data;
mod statistics;
pub mod table;

pub use data_set::{Column, DataSet};
pub use digits::digits;
pub use idx::{Part, mnist, read_idx};
pub use statistics::Statistics;
