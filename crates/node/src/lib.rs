//! The Node-API binding: check, convert, call.

mod audio;
mod background;
mod data_set;
mod failure;
mod gradient_check;
mod graph;
mod image;
mod machine;
mod order;
mod preprocess;
mod read_samples;
mod run;
mod session;
mod split;
mod table;
mod table_values;
mod text;
mod typed;
