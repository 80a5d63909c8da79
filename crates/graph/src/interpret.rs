//! Evaluation of a graph in f64 by the references of its ops.

use std::collections::HashMap;

use attune_tensor::{Code, Error, Result};

use crate::array::Array;
use crate::graph::{Graph, Leaf, NodeKind, Value};
use crate::rule::Draw;

/// The values of `outputs`, given those of inputs and states by name.
pub fn interpret(
    graph: &Graph,
    leaves: &HashMap<String, Array>,
    outputs: &[Value],
    draw: Draw,
) -> Result<Vec<Array>> {
    let mut needed = vec![false; graph.nodes.len()];
    for value in outputs {
        needed[value.0] = true;
    }
    for (index, node) in graph.nodes.iter().enumerate().rev() {
        if needed[index] {
            node.inputs.iter().for_each(|input| needed[input.0] = true);
        }
    }
    let mut values: Vec<Vec<Array>> = Vec::with_capacity(graph.nodes.len());
    for (index, node) in graph.nodes.iter().enumerate() {
        let results = match &node.kind {
            _ if !needed[index] => Vec::new(),
            NodeKind::Leaf(leaf) => vec![read(leaf, leaves)?],
            NodeKind::Op(op) => {
                let inputs: Vec<&Array> = node.inputs.iter().map(|v| &values[v.0][v.1]).collect();
                op.reference(&inputs, draw)
            }
        };
        values.push(results);
    }
    Ok(outputs.iter().map(|value| values[value.0][value.1].clone()).collect())
}

/// The value of a leaf.
fn read(leaf: &Leaf, leaves: &HashMap<String, Array>) -> Result<Array> {
    let (name, shape) = match leaf {
        Leaf::Constant { value, shape } => return Ok(Array::full(shape.clone(), *value)),
        Leaf::Input { name, shape, .. } | Leaf::State { name, shape } => (name, shape),
    };
    let array = leaves
        .get(name)
        .ok_or_else(|| Error::new(Code::Data, format!("no value is given for `{name}`")))?;
    if array.shape != *shape {
        return Err(Error::shape(format!(
            "`{name}` is {shape}, but a value of {} came",
            array.shape
        )));
    }
    Ok(array.clone())
}
