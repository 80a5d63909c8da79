//! Every op's gradient, and the gradient of that, against central differences in f64.

use std::collections::HashMap;

use attune_graph::gradient_check::{Checked, gradient_check};
use attune_graph::rule::{Draw, Sample};
use attune_graph::{Array, Graph, Op, TensorType, Value};
use attune_kernels::random::Stream;
use attune_tensor::DType;

const DRAW: Draw = Draw { seed: 7, step: 3 };
const STEP: f64 = 1e-5;

/// A graph, the values of its leaves, and the source of more.
struct Case {
    graph: Graph,
    leaves: HashMap<String, Array>,
    stream: Stream,
}

impl Case {
    /// A number in `0.0..1.0`.
    fn uniform(&mut self) -> f64 {
        (f64::from(self.stream.next_u32()) + 0.5) / f64::from(u32::MAX)
    }

    /// A leaf with random values: floats from a range, integers below a bound.
    fn leaf(&mut self, ty: &TensorType, (low, high): (f64, f64), below: u32) -> Value {
        let name = format!("leaf {}", self.leaves.len());
        let value = self.graph.input(&name, ty.dtype, ty.shape.clone());
        let random = (0..ty.shape.elements()).map(|_| match ty.dtype {
            DType::Float32 => low + (high - low) * self.uniform(),
            _ => f64::from(self.stream.bounded(below)),
        });
        let array = Array::new(ty.shape.clone(), random.collect());
        self.leaves.insert(name, array);
        value
    }

    /// Compares recorded and numeric gradients; what was differentiated, and the gradients.
    fn check(
        &mut self,
        what: &str,
        outputs: &[Value],
        inputs: &[Value],
    ) -> (Vec<Value>, Vec<Value>) {
        let pairs: Vec<(Value, Value)> = outputs
            .iter()
            .map(|&y| (y, self.leaf(&self.graph.type_of(y).clone(), (-1.0, 1.0), 1)))
            .collect();
        let (graph, leaves) = (&mut self.graph, &mut self.leaves);
        let checked = gradient_check(graph, leaves, &pairs, inputs, STEP, DRAW)
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        for (i, (&input, Checked { gradient, recorded, numeric })) in
            inputs.iter().zip(&checked).enumerate()
        {
            if let Some(gradient) = *gradient {
                assert_eq!(self.graph.type_of(gradient), self.graph.type_of(input), "{what}");
            }
            for (at, (&a, &n)) in recorded.iter().zip(numeric).enumerate() {
                let near = (a - n).abs() <= 1e-5 * (1.0 + a.abs().max(n.abs()));
                assert!(near, "{what}: gradient {i} at {at} is {a}, the difference quotient {n}");
            }
        }
        let variables = inputs.iter().copied().chain(pairs.iter().map(|&(_, dy)| dy)).collect();
        (variables, checked.iter().filter_map(|one| one.gradient).collect())
    }
}

/// Checks an op's gradient, and the gradient of its gradient, on one sample.
fn check(sample: &Sample<Op>, seed: u32) {
    let what = format!("{:?} of {:?}", sample.op, sample.inputs);
    let stream = Stream::new([seed, 0]);
    let mut case = Case { graph: Graph::new(), leaves: HashMap::new(), stream };
    let inputs: Vec<Value> =
        sample.inputs.iter().map(|ty| case.leaf(ty, sample.range, sample.below)).collect();
    let outputs = case
        .graph
        .apply_all(sample.op.clone(), &inputs)
        .unwrap_or_else(|error| panic!("{what}: {error}"));
    let smooth = |case: &Case, values: &[Value]| -> Vec<Value> {
        let floats = |v: &&Value| case.graph.type_of(**v).dtype == DType::Float32;
        values.iter().filter(floats).copied().collect()
    };
    let (inputs, outputs) = (smooth(&case, &inputs), smooth(&case, &outputs));
    let (variables, gradients) = case.check(&what, &outputs, &inputs);
    case.check(&format!("second order of {what}"), &gradients, &variables);
}

#[test]
fn every_op_has_the_gradient_of_its_reference_to_second_order() {
    for (name, samples) in Op::samples() {
        assert!(samples.len() >= 10, "{name} has only {} samples", samples.len());
        for (seed, sample) in samples.iter().enumerate() {
            check(sample, seed as u32);
        }
    }
}

#[test]
fn every_op_is_tested_on_an_empty_tensor() {
    for (name, samples) in Op::samples() {
        let empty = |sample: &Sample<Op>| sample.inputs.iter().any(|ty| ty.shape.elements() == 0);
        assert!(samples.iter().any(empty), "{name} has no sample with a size of 0");
    }
}
