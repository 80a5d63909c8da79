//! Text: files and lines, tokenizers that turn them into ids, and rows or windows of ids.

mod byte_level;
mod changes;
mod corpus;
mod file;
mod foreign;
mod read;
mod sequences;
mod shakespeare;
mod split;
mod tokenizer;
mod train;

pub use changes::{Change, Steps};
pub use corpus::Corpus;
pub use file::{TokenizerFile, read_tokenizer};
pub use read::{Each, Limits, SkippedText, TextColumns, TextFile, Texts, read_table, read_texts};
pub use sequences::{Rows, Sequences, Side, Windows};
pub use shakespeare::tiny_shakespeare;
pub use split::pieces;
pub use tokenizer::Tokenizer;
pub use train::{Recipe, train};
