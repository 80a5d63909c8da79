//! The gradients of every layer, as TypeScript records it, against central differences in f64.

use std::collections::HashMap;

use attune_graph::exec::NodeSpec;
use attune_graph::rule::Draw;
use attune_graph::{Array, Graph, Leaf, NodeKind, Value, differentiate, interpret};
use attune_kernels::random::Stream;
use attune_tensor::Shape;
use serde::Deserialize;

const DRAW: Draw = Draw { seed: 7, step: 3 };
const STEP: f64 = 1e-5;

#[derive(Deserialize)]
struct Layer {
    name: String,
    /// Integer inputs, which nothing is differentiated by.
    #[serde(default)]
    given: HashMap<String, Vec<f64>>,
    nodes: Vec<NodeSpec>,
    output: Value,
}

/// `__test__/golden/layer-graphs.json`, which layer-graphs.test.ts keeps as layers record it.
fn layers() -> Vec<Layer> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../__test__/golden/layer-graphs.json");
    let text = std::fs::read_to_string(path).expect("the file is committed");
    serde_json::from_str(&text).expect("a list of layers")
}

/// Inputs from -2 to 2; weights and statistics, which may be variances, from 0.3 to 1.5.
fn leaf_values(shape: &Shape, is_state: bool, stream: &mut Stream) -> Array {
    let (low, high) = if is_state { (0.3, 1.5) } else { (-2.0, 2.0) };
    let unit = |stream: &mut Stream| f64::from(stream.next_u32()) / f64::from(u32::MAX);
    let data = (0..shape.elements()).map(|_| low + (high - low) * unit(stream)).collect();
    Array::new(shape.clone(), data)
}

/// The graph, its named leaves and their values.
fn build(
    layer: &Layer,
    stream: &mut Stream,
) -> (Graph, Vec<(String, Value)>, HashMap<String, Array>) {
    let (mut graph, mut named, mut values) = (Graph::new(), Vec::new(), HashMap::new());
    for (index, node) in layer.nodes.iter().enumerate() {
        match &node.kind {
            NodeKind::Op(op) => {
                graph.apply_all(op.clone(), &node.inputs).expect("recorded before");
            }
            NodeKind::Leaf(leaf) => {
                graph.leaf(leaf.clone());
                let (name, shape, is_state) = match leaf {
                    Leaf::Constant { .. } => continue,
                    Leaf::Input { name, shape, .. } => (name, shape, false),
                    Leaf::State { name, shape } => (name, shape, true),
                };
                if let Some(integers) = layer.given.get(name) {
                    values.insert(name.clone(), Array::new(shape.clone(), integers.clone()));
                    continue;
                }
                named.push((name.clone(), Value(index, 0)));
                values.insert(name.clone(), leaf_values(shape, is_state, stream));
            }
        }
    }
    (graph, named, values)
}

fn check(layer: &Layer, seed: u32) {
    let mut stream = Stream::new([seed, 1]);
    let (mut graph, named, mut values) = build(layer, &mut stream);
    let name = &layer.name;
    let shape = graph.shape(layer.output).clone();
    let dy = graph.leaf(Leaf::State { name: "dy".into(), shape: shape.clone() });
    values.insert("dy".into(), leaf_values(&shape, false, &mut stream));
    let wrt: Vec<Value> = named.iter().map(|&(_, value)| value).collect();
    let gradients = differentiate(&mut graph, &[(layer.output, dy)], &wrt).expect("has gradients");
    let loss = |values: &HashMap<String, Array>| -> f64 {
        let y = interpret(&graph, values, &[layer.output], DRAW).expect("all leaves given");
        y[0].data.iter().zip(&values["dy"].data).map(|(y, dy)| y * dy).sum()
    };
    for ((leaf, _), gradient) in named.iter().zip(gradients) {
        let gradient = gradient.unwrap_or_else(|| panic!("{name} does not depend on {leaf}"));
        let recorded = interpret(&graph, &values, &[gradient], DRAW).expect("all leaves given");
        for (at, &a) in recorded[0].data.iter().enumerate() {
            let mut moved = |step: f64| {
                values.get_mut(leaf).expect("a leaf").data[at] += step;
                let moved = loss(&values);
                values.get_mut(leaf).expect("a leaf").data[at] -= step;
                moved
            };
            let n = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
            let near = (a - n).abs() <= 1e-5 * (1.0 + a.abs().max(n.abs()));
            assert!(near, "{name}: the gradient by {leaf} at {at} is {a}, the quotient {n}");
        }
    }
}

#[test]
fn every_layer_has_the_gradient_of_what_it_computes() {
    let layers = layers();
    assert!(layers.len() > 80, "only {} layers", layers.len());
    for (seed, layer) in layers.iter().enumerate() {
        check(layer, seed as u32);
    }
}
