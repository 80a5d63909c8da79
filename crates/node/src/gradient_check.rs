//! Recorded gradients beside central differences in f64, off the main thread.

use std::collections::HashMap;

use attune_graph::exec::{NodeSpec, check_value, record};
use attune_graph::rule::Draw;
use attune_graph::{Array, Graph, Leaf, NodeKind, Value, gradient_check};
use attune_tensor::{Code, Error, Result};
use napi::bindgen_prelude::{AsyncTask, Float64Array};
use napi::{Env, Task};
use napi_derive::napi;

use crate::failure::{Failure, guard, parse};

/// The gradients by each of `wrt`, as recorded and as measured.
#[napi(object, object_from_js = false)]
pub struct GradientCheck {
    pub recorded: Vec<Float64Array>,
    pub numeric: Vec<Float64Array>,
}

/// Compares the recorded gradients of `outputs`, pairs of a value and its gradient, by the leaves
/// `wrt` with central differences of step `h`. `values` holds those of every leaf by name.
#[napi(ts_return_type = "Promise<GradientCheck>")]
pub fn check_gradients(
    nodes: String,
    outputs: String,
    wrt: String,
    values: HashMap<String, Float64Array>,
    h: f64,
) -> std::result::Result<AsyncTask<Check>, Failure> {
    guard(|| {
        let nodes: Vec<NodeSpec> = parse("nodes", &nodes)?;
        let outputs: Vec<(Value, Value)> = parse("outputs", &outputs)?;
        let wrt: Vec<Value> = parse("wrt", &wrt)?;
        let graph = record(&nodes)?;
        let named = outputs.iter().flat_map(|&(value, dvalue)| [value, dvalue]);
        named.chain(wrt.iter().copied()).try_for_each(|value| check_value(&graph, value))?;
        let values = arrays(&graph, &values)?;
        Ok(AsyncTask::new(Check { graph, values, outputs, wrt, h }))
    })
}

/// The values of the graph's inputs and states under their shapes.
fn arrays(graph: &Graph, values: &HashMap<String, Float64Array>) -> Result<HashMap<String, Array>> {
    let mut arrays = HashMap::new();
    for node in &graph.nodes {
        let NodeKind::Leaf(Leaf::Input { name, shape, .. } | Leaf::State { name, shape }) =
            &node.kind
        else {
            continue;
        };
        let missing = || Error::new(Code::Data, format!("no value is given for `{name}`"));
        let data = values.get(name).ok_or_else(missing)?.to_vec();
        if data.len() != shape.elements() {
            let message = format!("`{name}` is {shape}, but {} values came", data.len());
            return Err(Error::shape(message));
        }
        arrays.insert(name.clone(), Array::new(shape.clone(), data));
    }
    Ok(arrays)
}

/// What `check_gradients` computes on a thread of libuv.
pub struct Check {
    graph: Graph,
    values: HashMap<String, Array>,
    outputs: Vec<(Value, Value)>,
    wrt: Vec<Value>,
    h: f64,
}

impl Task for Check {
    type Output = Vec<gradient_check::Checked>;
    type JsValue = GradientCheck;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let draw = Draw { seed: 0, step: 0 };
        let Check { graph, values, outputs, wrt, h } = self;
        guard(|| gradient_check::gradient_check(graph, values, outputs, wrt, *h, draw))
            .map_err(|failure| napi::Error::from_reason(failure.reason.clone()))
    }

    fn resolve(&mut self, _: Env, checked: Self::Output) -> napi::Result<GradientCheck> {
        let (recorded, numeric) =
            checked.into_iter().map(|one| (one.recorded.into(), one.numeric.into())).unzip();
        Ok(GradientCheck { recorded, numeric })
    }
}
