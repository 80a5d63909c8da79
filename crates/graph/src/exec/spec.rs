//! The description of a program and of a session's states, as it arrives in JSON.

use std::collections::BTreeMap;

use attune_tensor::{Code, DType, Error, Result, Shape};
use serde::{Deserialize, Serialize};

use super::augment::Change;
use super::mix::Mix;
use crate::graph::{Graph, Leaf, NodeKind, TensorType, Value};

/// A recorded node: a leaf or an op with its inputs, and the module that recorded it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NodeSpec {
    #[serde(flatten)]
    pub kind: NodeKind,
    #[serde(default)]
    pub inputs: Vec<Value>,
    #[serde(default)]
    pub path: String,
}

/// A value that is read back after every step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OutputSpec {
    pub name: String,
    pub value: Value,
}

/// A state that takes a new value at the end of every step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AssignSpec {
    pub state: String,
    pub value: Value,
}

/// A parameter, its gradient, and what of its update differs from the others'.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParameterSpec {
    pub state: String,
    pub gradient: Value,
    /// Multiplies the learning rate.
    #[serde(default = "one")]
    pub rate: f64,
    /// In place of the optimizer's.
    #[serde(default)]
    pub weight_decay: Option<f64>,
    /// Whether a rule that treats matrices in its own way takes it for a vector.
    #[serde(default)]
    pub as_vector: bool,
    #[serde(default)]
    pub constraint: Option<ConstraintSpec>,
}

impl ParameterSpec {
    /// A parameter like all others.
    pub fn new(state: impl Into<String>, gradient: Value) -> Self {
        let state = state.into();
        let (rate, weight_decay, as_vector, constraint) = (1.0, None, false, None);
        ParameterSpec { state, gradient, rate, weight_decay, as_vector, constraint }
    }
}

fn one() -> f64 {
    1.0
}

/// What holds of a weight after each of its updates, by unit: an output of a matrix, or a vector.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum ConstraintSpec {
    MaxNorm { max: f64 },
    UnitNorm,
    NonNegative,
}

/// How gradients are limited.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
pub enum ClipSpec {
    /// The norm of all gradients together.
    #[serde(rename = "clipNorm")]
    Norm { max: f64 },
    #[serde(rename = "clipValue")]
    Value { max: f64 },
    #[serde(rename = "clipNormPerParameter")]
    NormPerParameter { max: f64 },
    #[serde(rename = "adaptiveClip")]
    Adaptive { factor: f64, epsilon: f64 },
    #[serde(rename = "zClip")]
    Unusual { alpha: f64, threshold: f64, warmup: f64, max_norm: Option<f64> },
}

/// An average of the weights, kept beside them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum AverageSpec {
    /// `a ← d a + (1 − d) w` after every update; `d = min(decay, (1 + t) / (10 + t))` with a
    /// warm-up.
    Ema { decay: f64, warmup: bool },
    /// The mean over the updates that a run names.
    Swa,
}

/// The optimizer's rule by name, and its hyperparameters.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OptimizerSpec {
    #[serde(rename = "type")]
    pub name: String,
    #[serde(flatten)]
    pub hyperparameters: BTreeMap<String, serde_json::Value>,
}

/// What happens to the parameters after gradients are known.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateSpec {
    pub optimizer: OptimizerSpec,
    #[serde(default)]
    pub clip: Option<ClipSpec>,
    #[serde(default)]
    pub average: Option<AverageSpec>,
    /// Passes whose gradients make one update.
    #[serde(default = "one_pass")]
    pub accumulate: usize,
    /// What a pass counts in its update: a scalar, or the rows of its batch where there is none.
    #[serde(default)]
    pub weight: Option<Value>,
    pub parameters: Vec<ParameterSpec>,
}

fn one_pass() -> usize {
    1
}

/// Where a program's inputs come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Feed {
    /// Given whole at every run.
    #[default]
    Direct,
    /// Each step gathers its rows of a data set, in the order of the epoch.
    Rows,
}

/// A whole program: nodes, what to read back, what to change.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProgramSpec {
    #[serde(default)]
    pub name: String,
    pub nodes: Vec<NodeSpec>,
    #[serde(default)]
    pub outputs: Vec<OutputSpec>,
    #[serde(default)]
    pub assigns: Vec<AssignSpec>,
    /// A scalar that must stay finite: the step is not applied if it does not.
    #[serde(default)]
    pub loss: Option<Value>,
    #[serde(default)]
    pub update: Option<UpdateSpec>,
    /// Whether averages are read in the place of weights, where there are any.
    #[serde(default)]
    pub averaged: bool,
    #[serde(default)]
    pub feed: Feed,
    /// Random changes of the images of an input that is fed by rows.
    #[serde(default)]
    pub augment: BTreeMap<String, Vec<Change>>,
    /// How the samples of a batch are mixed.
    #[serde(default)]
    pub mix: Option<Mix>,
    /// The data set's column for an input, where the names differ.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
}

/// Where initial values come from; each is a function of (seed, name) alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Initializer {
    Constant {
        value: f32,
    },
    Uniform {
        low: f32,
        high: f32,
    },
    Normal {
        mean: f32,
        deviation: f32,
    },
    /// Drawn again, in effect, beyond two deviations.
    TruncatedNormal {
        mean: f32,
        deviation: f32,
    },
    /// Orthonormal columns of `[all axes but the last, last axis]`, or rows where those are fewer.
    Orthogonal {
        gain: f32,
    },
}

/// A named tensor that lives between runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StateSpec {
    pub name: String,
    pub shape: Shape,
    pub trainable: bool,
    pub initializer: Initializer,
}

/// Records the nodes of a description, checking every shape and reference again.
pub fn record(nodes: &[NodeSpec]) -> Result<Graph> {
    let mut graph = Graph::new();
    for (index, node) in nodes.iter().enumerate() {
        for &input in &node.inputs {
            check_value(&graph, input).map_err(|e| e.at(&format!("node {index}")))?;
        }
        graph.path = Some(node.path.as_str().into());
        match &node.kind {
            NodeKind::Leaf(leaf) => {
                leaf_shape(leaf).checked_elements().map_err(|e| e.at(&node.path))?;
                graph.leaf(leaf.clone());
            }
            NodeKind::Op(op) => {
                graph.apply_all(op.clone(), &node.inputs)?;
            }
        }
    }
    graph.path = None;
    Ok(graph)
}

/// Fails if the value does not exist in the graph.
pub fn check_value(graph: &Graph, value: Value) -> Result<()> {
    let known = graph.nodes.get(value.0).is_some_and(|node| value.1 < node.outputs.len());
    if known {
        return Ok(());
    }
    let message = format!(
        "no value [{}, {}] among the {} nodes before it: a node may only use earlier nodes",
        value.0,
        value.1,
        graph.nodes.len()
    );
    Err(Error::new(Code::Config, message))
}

fn leaf_shape(leaf: &Leaf) -> &Shape {
    match leaf {
        Leaf::Input { shape, .. } | Leaf::State { shape, .. } | Leaf::Constant { shape, .. } => {
            shape
        }
    }
}

/// A named input of a program and its type: for a program fed by rows, of the whole batch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InputInfo {
    pub name: String,
    #[serde(flatten)]
    pub tensor: TensorType,
}

impl InputInfo {
    /// Bytes of one row of the batch.
    pub fn row_bytes(&self) -> usize {
        self.tensor.shape.iter().skip(1).product::<usize>() * self.tensor.dtype.size()
    }

    pub fn dtype(&self) -> DType {
        self.tensor.dtype
    }
}

/// What a step gives back.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutputInfo {
    pub name: String,
    #[serde(flatten)]
    pub tensor: TensorType,
}

impl OutputInfo {
    /// Bytes of one step's value.
    pub fn bytes(&self) -> usize {
        self.tensor.bytes()
    }
}

/// An error in the description of a program.
pub(super) fn config(message: String) -> Error {
    Error::new(Code::Config, message)
}
