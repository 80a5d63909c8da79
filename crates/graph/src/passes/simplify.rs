//! Removes what need not be computed: nodes nobody reads, and nodes that repeat another.

use std::collections::HashMap;

use attune_tensor::Result;

use super::fuse::live;
use crate::graph::{Graph, NodeKind, Value};

/// The same roots in a smaller graph.
pub fn simplify(graph: &Graph, roots: &[Value]) -> Result<(Graph, Vec<Value>)> {
    let live = live(graph, roots);
    let mut smaller = Graph::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut moved: Vec<usize> = Vec::with_capacity(graph.nodes.len());
    for (index, node) in graph.nodes.iter().enumerate() {
        if !live[index] {
            moved.push(usize::MAX);
            continue;
        }
        let inputs: Vec<Value> =
            node.inputs.iter().map(|&Value(source, output)| Value(moved[source], output)).collect();
        let key = format!("{:?} {inputs:?}", node.kind);
        if let Some(&same) = known.get(&key) {
            moved.push(same);
            continue;
        }
        smaller.path = Some(node.path.clone());
        let Value(new, _) = match &node.kind {
            NodeKind::Leaf(leaf) => smaller.leaf(leaf.clone()),
            NodeKind::Op(op) => smaller.apply(op.clone(), &inputs)?,
        };
        known.insert(key, new);
        moved.push(new);
    }
    let roots = roots.iter().map(|&Value(node, output)| Value(moved[node], output)).collect();
    Ok((smaller, roots))
}
