//! Nodes, gradients, passes, memory plan and executor.

pub mod array;
pub mod differentiate;
pub mod exec;
pub mod gradient_check;
pub mod graph;
pub mod interpret;
pub mod ops;
pub mod passes;
pub mod rule;
pub mod term;

pub use array::Array;
pub use differentiate::differentiate;
pub use graph::{Graph, Leaf, Node, NodeKind, TensorType, Value};
pub use interpret::interpret;
pub use ops::Op;
pub use rule::Rule;
