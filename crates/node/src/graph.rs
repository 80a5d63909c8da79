//! Shapes and gradients for the tracer, in JSON.

use attune_graph::exec::{NodeSpec, check_value, record};
use attune_graph::{NodeKind, Op, TensorType, Value, differentiate};
use napi_derive::napi;
use serde::Serialize;

use crate::failure::{Failure, guard, json, parse};

/// The types of an op's outputs.
#[napi]
pub fn infer(op: String, inputs: String) -> Result<String, Failure> {
    guard(|| {
        let op: Op = parse("op", &op)?;
        let inputs: Vec<TensorType> = parse("types of the inputs", &inputs)?;
        let inputs: Vec<&TensorType> = inputs.iter().collect();
        let outputs = op.infer(&inputs)?;
        outputs.iter().try_for_each(|output| output.shape.checked_elements().map(drop))?;
        json(&outputs)
    })
}

#[derive(Serialize)]
struct Recorded<'a> {
    #[serde(flatten)]
    kind: &'a NodeKind,
    inputs: &'a [Value],
    path: &'a str,
    types: &'a [TensorType],
}

#[derive(Serialize)]
struct Gradients<'a> {
    nodes: Vec<Recorded<'a>>,
    gradients: Vec<Option<Value>>,
}

/// Records the gradients of `outputs`, pairs of a value and its gradient, by `wrt`:
/// `{ nodes: the new ones, gradients: a value or null for each of wrt }`.
#[napi(js_name = "differentiate")]
pub fn gradients(nodes: String, outputs: String, wrt: String) -> Result<String, Failure> {
    guard(|| {
        let nodes: Vec<NodeSpec> = parse("nodes", &nodes)?;
        let outputs: Vec<(Value, Value)> = parse("outputs", &outputs)?;
        let wrt: Vec<Value> = parse("wrt", &wrt)?;
        let mut graph = record(&nodes)?;
        let values = outputs.iter().flat_map(|&(value, dout)| [value, dout]).chain(wrt.clone());
        for value in values {
            check_value(&graph, value)?;
        }
        let known = graph.nodes.len();
        let gradients = differentiate::differentiate(&mut graph, &outputs, &wrt)?;
        let new = graph.nodes[known..].iter().map(|node| Recorded {
            kind: &node.kind,
            inputs: &node.inputs,
            path: &node.path,
            types: &node.outputs,
        });
        json(&Gradients { nodes: new.collect(), gradients })
    })
}
