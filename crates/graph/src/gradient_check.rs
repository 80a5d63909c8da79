//! Recorded gradients beside central differences, both in f64 by the references of the ops.
//!
//! ```text
//! d loss / d x  ≈  (loss(x + h) − loss(x − h)) / 2 h
//! ```

use std::collections::HashMap;

use attune_tensor::{Code, Error, Result};

use crate::array::Array;
use crate::differentiate::differentiate;
use crate::graph::{Graph, Leaf, NodeKind, Value};
use crate::interpret::interpret;
use crate::rule::Draw;

/// The gradient by one leaf, element by element.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The value that was recorded; `None` where the outputs do not depend on the leaf.
    pub gradient: Option<Value>,
    pub recorded: Vec<f64>,
    pub numeric: Vec<f64>,
}

/// Records the gradients of `Σ output · doutput` by the leaves `wrt`, and measures them with a step
/// of `h`. `values` holds those of all leaves.
pub fn gradient_check(
    graph: &mut Graph,
    values: &mut HashMap<String, Array>,
    outputs: &[(Value, Value)],
    wrt: &[Value],
    h: f64,
    draw: Draw,
) -> Result<Vec<Checked>> {
    let gradients = differentiate(graph, outputs, wrt)?;
    let mut checked = Vec::with_capacity(wrt.len());
    for (&leaf, gradient) in wrt.iter().zip(gradients) {
        let numeric = central_differences(graph, values, outputs, leaf, h, draw)?;
        let recorded = match gradient {
            Some(gradient) => interpret(graph, values, &[gradient], draw)?.remove(0).data,
            None => vec![0.0; numeric.len()],
        };
        checked.push(Checked { gradient, recorded, numeric });
    }
    Ok(checked)
}

fn central_differences(
    graph: &Graph,
    values: &mut HashMap<String, Array>,
    outputs: &[(Value, Value)],
    leaf: Value,
    h: f64,
    draw: Draw,
) -> Result<Vec<f64>> {
    let name = match &graph.nodes[leaf.0].kind {
        NodeKind::Leaf(Leaf::Input { name, .. } | Leaf::State { name, .. }) => name,
        _ => return Err(Error::new(Code::Config, "gradients are measured by inputs and states")),
    };
    let missing = || Error::new(Code::Data, format!("no value is given for `{name}`"));
    let count = values.get(name).ok_or_else(missing)?.data.len();
    let mut at = |element: usize, step: f64| -> Result<f64> {
        let original = values.get(name).ok_or_else(missing)?.data[element];
        values.get_mut(name).ok_or_else(missing)?.data[element] = original + step;
        let loss = loss(graph, values, outputs, draw);
        values.get_mut(name).ok_or_else(missing)?.data[element] = original;
        loss
    };
    (0..count).map(|i| Ok((at(i, h)? - at(i, -h)?) / (2.0 * h))).collect()
}

/// `Σ output · doutput`.
fn loss(
    graph: &Graph,
    values: &HashMap<String, Array>,
    outputs: &[(Value, Value)],
    draw: Draw,
) -> Result<f64> {
    let pairs: Vec<Value> = outputs.iter().flat_map(|&(y, dy)| [y, dy]).collect();
    let arrays = interpret(graph, values, &pairs, draw)?;
    let dot = |pair: &[Array]| -> f64 {
        pair[0].data.iter().zip(&pair[1].data).map(|(y, dy)| y * dy).sum()
    };
    Ok(arrays.chunks(2).map(dot).sum())
}
