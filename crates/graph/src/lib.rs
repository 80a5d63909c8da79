//! Nodes, gradients, passes, memory plan and executor.

pub mod array;
pub mod differentiate;
pub mod exec;
pub mod graph;
pub mod ops;
pub mod passes;
pub mod rule;

pub use array::Array;
pub use graph::{Graph, Leaf, Node, NodeKind, TensorType, Value};
pub use ops::Op;
pub use rule::Rule;
