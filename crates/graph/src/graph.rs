//! What is to be computed: nodes in the order they were recorded, each after its inputs.

use std::sync::Arc;

use attune_tensor::{DType, Result, Shape};
use serde::{Deserialize, Serialize};

use crate::ops::Op;

/// Element type and sizes of one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TensorType {
    pub dtype: DType,
    pub shape: Shape,
}

impl TensorType {
    pub fn new(dtype: DType, shape: impl Into<Shape>) -> Self {
        TensorType { dtype, shape: shape.into() }
    }

    pub fn float(shape: impl Into<Shape>) -> Self {
        TensorType::new(DType::Float32, shape)
    }

    pub fn bytes(&self) -> usize {
        self.shape.elements() * self.dtype.size()
    }
}

impl std::fmt::Display for TensorType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.dtype, self.shape)
    }
}

/// One output of one node. In JSON: `[node, output]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Value(pub usize, pub usize);

/// A value that is given, not computed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "leaf", rename_all = "camelCase")]
pub enum Leaf {
    /// Fed at every run: a batch column, or the data of a tensor made by hand.
    Input { name: String, dtype: DType, shape: Shape },
    /// A named tensor that lives between runs: weights, running statistics.
    State { name: String, shape: Shape },
    /// One number, repeated.
    Constant { value: f64, shape: Shape },
}

impl Leaf {
    pub fn tensor_type(&self) -> TensorType {
        match self {
            Leaf::Input { dtype, shape, .. } => TensorType::new(*dtype, shape.clone()),
            Leaf::State { shape, .. } | Leaf::Constant { shape, .. } => {
                TensorType::float(shape.clone())
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum NodeKind {
    Leaf(Leaf),
    Op(Op),
}

/// A recorded operation or leaf. `path` is the module that recorded it.
#[derive(Clone, Debug)]
pub struct Node {
    pub kind: NodeKind,
    pub inputs: Vec<Value>,
    pub outputs: Vec<TensorType>,
    pub path: Arc<str>,
}

/// Nodes, each after all of its inputs.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    pub nodes: Vec<Node>,
    /// The module path that new nodes are recorded under.
    pub path: Option<Arc<str>>,
}

impl Graph {
    pub fn new() -> Self {
        Graph::default()
    }

    pub fn leaf(&mut self, leaf: Leaf) -> Value {
        let outputs = vec![leaf.tensor_type()];
        self.push(NodeKind::Leaf(leaf), Vec::new(), outputs)
    }

    pub fn input(&mut self, name: &str, dtype: DType, shape: impl Into<Shape>) -> Value {
        self.leaf(Leaf::Input { name: name.to_owned(), dtype, shape: shape.into() })
    }

    pub fn constant(&mut self, value: f64, shape: impl Into<Shape>) -> Value {
        self.leaf(Leaf::Constant { value, shape: shape.into() })
    }

    /// Records an op; all its outputs.
    pub fn apply_all(&mut self, op: impl Into<Op>, inputs: &[Value]) -> Result<Vec<Value>> {
        let op = op.into();
        let types: Vec<&TensorType> = inputs.iter().map(|&v| self.type_of(v)).collect();
        let path = self.path.clone().unwrap_or_else(|| Arc::from(""));
        let outputs = op.infer(&types).map_err(|e| e.at(&path))?;
        let count = outputs.len();
        let Value(node, _) = self.push(NodeKind::Op(op), inputs.to_vec(), outputs);
        Ok((0..count).map(|output| Value(node, output)).collect())
    }

    /// Records an op; its first output.
    pub fn apply(&mut self, op: impl Into<Op>, inputs: &[Value]) -> Result<Value> {
        Ok(self.apply_all(op, inputs)?[0])
    }

    pub fn type_of(&self, value: Value) -> &TensorType {
        &self.nodes[value.0].outputs[value.1]
    }

    pub fn shape(&self, value: Value) -> &Shape {
        &self.type_of(value).shape
    }

    fn push(&mut self, kind: NodeKind, inputs: Vec<Value>, outputs: Vec<TensorType>) -> Value {
        let path = self.path.clone().unwrap_or_else(|| Arc::from(""));
        self.nodes.push(Node { kind, inputs, outputs, path });
        Value(self.nodes.len() - 1, 0)
    }
}
