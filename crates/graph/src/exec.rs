//! From a graph to a flat list of kernel calls, and running it.

mod launch;
mod lower;

pub use launch::{Launch, Memory, Slot, Work};
pub use lower::{Epilogue, Lower};
