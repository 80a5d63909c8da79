//! Compiled programs against the f64 interpreter: every op, fused chains, whole steps.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use attune_graph::exec::{
    Bytes, Feed, NodeSpec, OutputSpec, ProgramSpec, Run, Session, SessionOptions,
};
use attune_graph::rule::Draw;
use attune_graph::{Array, Graph, Leaf, NodeKind, Op, TensorType, Value, interpret, ops};
use attune_kernels::random::Stream;
use attune_tensor::{Budget, DType};

const SEED: u64 = 7;

fn session(threads: usize) -> Session {
    Session::new(SessionOptions { threads, seed: SEED, budget: Budget::new(1 << 30) })
}

/// Random values for a type: floats from a range, integers below a bound.
fn values(tensor: &TensorType, (low, high): (f64, f64), below: u32, stream: &mut Stream) -> Array {
    let data = (0..tensor.shape.elements()).map(|_| match tensor.dtype {
        DType::Float32 => {
            let unit = (f64::from(stream.next_u32()) + 0.5) / f64::from(u32::MAX);
            f64::from((low + (high - low) * unit) as f32)
        }
        _ => f64::from(stream.bounded(below)),
    });
    Array::new(tensor.shape.clone(), data.collect())
}

fn encode(array: &Array, dtype: DType) -> Vec<u8> {
    let numbers = array.data.iter();
    match dtype {
        DType::Float32 => numbers.flat_map(|&x| (x as f32).to_ne_bytes()).collect(),
        DType::Int32 => numbers.flat_map(|&x| (x as i32).to_ne_bytes()).collect(),
        DType::Uint8 => numbers.map(|&x| x as u8).collect(),
    }
}

fn decode(bytes: &[u8], dtype: DType) -> Vec<f64> {
    let four = |bytes: &[u8]| <[u8; 4]>::try_from(bytes).unwrap();
    match dtype {
        DType::Float32 => bytes.chunks(4).map(|x| f64::from(f32::from_ne_bytes(four(x)))).collect(),
        DType::Int32 => bytes.chunks(4).map(|x| f64::from(i32::from_ne_bytes(four(x)))).collect(),
        DType::Uint8 => bytes.iter().map(|&x| f64::from(x)).collect(),
    }
}

/// A graph with values for its inputs.
#[derive(Default)]
struct Case {
    graph: Graph,
    leaves: BTreeMap<String, (DType, Array)>,
}

impl Case {
    fn leaf(&mut self, tensor: &TensorType, array: Array) -> Value {
        let name = format!("x{}", self.leaves.len());
        let value = self.graph.input(&name, tensor.dtype, tensor.shape.clone());
        self.leaves.insert(name, (tensor.dtype, array));
        value
    }

    fn spec(&self, outputs: &[Value]) -> ProgramSpec {
        let nodes = self.graph.nodes.iter().map(|node| NodeSpec {
            kind: node.kind.clone(),
            inputs: node.inputs.clone(),
            path: String::new(),
        });
        let name = |(i, &value): (usize, &Value)| OutputSpec { name: i.to_string(), value };
        ProgramSpec {
            name: "test".into(),
            nodes: nodes.collect(),
            outputs: outputs.iter().enumerate().map(name).collect(),
            assigns: Vec::new(),
            loss: None,
            update: None,
            feed: Feed::Direct,
        }
    }

    /// The raw results of a compiled run, at step 3.
    fn run(&self, outputs: &[Value], threads: usize) -> Vec<Vec<u8>> {
        let mut session = session(threads);
        let program = session.compile(&self.spec(outputs)).expect("compiles");
        let feed = |(name, (dtype, array)): (&String, &(DType, Array))| {
            (name.clone(), Arc::new(encode(array, *dtype)) as Bytes)
        };
        let run = Run {
            program,
            steps: 1,
            first_step: 3,
            learning_rates: Vec::new(),
            feeds: self.leaves.iter().map(feed).collect(),
            order: Arc::default(),
            first: 0,
        };
        let result = session.run(run).expect("runs");
        assert_eq!(result.steps, 1);
        result.outputs.into_iter().map(|output| output.bytes).collect()
    }

    fn check(&self, what: &str, outputs: &[Value]) {
        let leaves: HashMap<String, Array> =
            self.leaves.iter().map(|(name, (_, array))| (name.clone(), array.clone())).collect();
        let draw = Draw { seed: SEED, step: 3 };
        let expected = interpret(&self.graph, &leaves, outputs, draw).expect("all leaves given");
        let results = self.run(outputs, 2);
        for ((bytes, expected), &output) in results.iter().zip(&expected).zip(outputs) {
            let tensor = self.graph.type_of(output);
            let scale = expected.data.iter().fold(1.0, |a: f64, x| a.max(x.abs()));
            let got = decode(bytes, tensor.dtype);
            assert_eq!(got.len(), expected.data.len(), "{what}");
            for (i, (got, expected)) in got.iter().zip(&expected.data).enumerate() {
                let near = (got - expected).abs() <= 2e-5 * scale
                    || got == expected
                    || (got.is_nan() && expected.is_nan());
                assert!(near, "{what}: element {i} of {tensor} is {got}, expected {expected}");
            }
        }
        for threads in [1, 3] {
            assert_eq!(self.run(outputs, threads), results, "{what} on {threads} threads");
        }
    }
}

#[test]
fn every_op_runs_as_its_reference_says() {
    let mut stream = Stream::new(attune_kernels::random::key(1, 2));
    for (name, samples) in Op::samples() {
        for (number, sample) in samples.into_iter().enumerate() {
            let mut case = Case::default();
            let inputs: Vec<Value> = sample
                .inputs
                .iter()
                .map(|tensor| {
                    let array = values(tensor, sample.range, sample.below, &mut stream);
                    case.leaf(tensor, array)
                })
                .collect();
            let what = format!("{name} {number} {:?} of {:?}", sample.op, sample.inputs);
            let outputs = case.graph.apply_all(sample.op, &inputs).expect("a sample is valid");
            case.check(&what, &outputs);
        }
    }
}

/// Applies random elementwise ops to values of one shape and broadcast operands.
fn random_chain(case: &mut Case, mut pool: Vec<Value>, stream: &mut Stream) -> Vec<Value> {
    let full = case.graph.shape(pool[0]).clone();
    for site in 0..12 {
        let pick =
            |stream: &mut Stream, pool: &[Value]| pool[stream.bounded(pool.len() as u32) as usize];
        let (a, b) = (pick(stream, &pool), pick(stream, &pool));
        let half = case.graph.constant(0.5, []);
        let result = match stream.bounded(8) {
            0 => case.graph.apply(ops::Add {}, &[a, b]),
            1 => case.graph.apply(ops::Mul {}, &[a, half]),
            2 => case.graph.apply(ops::Relu {}, &[a]),
            3 => case.graph.apply(ops::Tanh {}, &[a]),
            4 => case.graph.apply(ops::Dropout { rate: 0.5, site }, &[a]),
            5 => case.graph.apply(ops::Sub {}, &[a, b]),
            6 => case.graph.apply(ops::Select {}, &[a, b, half]),
            _ => case.graph.apply(ops::Sigmoid {}, &[b]),
        };
        let value = result.expect("operands broadcast");
        if *case.graph.shape(value) == full {
            pool.push(value);
        }
    }
    pool
}

#[test]
fn fused_chains_and_epilogues_compute_what_single_ops_do() {
    let mut stream = Stream::new(attune_kernels::random::key(3, 4));
    for round in 0..60 {
        let mut case = Case::default();
        let mut leaf = |case: &mut Case, shape: &[usize]| {
            let tensor = TensorType::float(shape);
            let array = values(&tensor, (-1.0, 1.0), 1, &mut stream);
            case.leaf(&tensor, array)
        };
        let sizes = [[1, 1, 1], [5, 7, 3], [70, 33, 40], [130, 64, 96]];
        let [m, k, n] = sizes[round % sizes.len()];
        let (a, b) = (leaf(&mut case, &[m, k]), leaf(&mut case, &[k, n]));
        let (row, column) = (leaf(&mut case, &[n]), leaf(&mut case, &[m, 1]));
        let (full, scalar) = (leaf(&mut case, &[m, n]), leaf(&mut case, &[]));
        let product = case.graph.apply(ops::MatMul::default(), &[a, b]).unwrap();
        let biased = case.graph.apply(ops::Add {}, &[product, row]).unwrap();
        let pool = random_chain(&mut case, vec![biased, full, column, scalar, row], &mut stream);
        let full_sized: Vec<Value> =
            pool.into_iter().filter(|&v| case.graph.shape(v).elements() == m * n).collect();
        let last = full_sized[full_sized.len() - 1];
        let sum = case.graph.apply(ops::Sum { axes: vec![0], keep_dims: false }, &[last]).unwrap();
        let mut outputs = vec![last, sum];
        if round % 3 == 0 {
            outputs.push(product);
            outputs.push(full_sized[full_sized.len() / 2]);
        }
        case.check(&format!("round {round}"), &outputs);
    }
}

#[test]
fn a_leaf_may_be_an_output_of_its_own_program() {
    let mut case = Case::default();
    let tensor = TensorType::float([2]);
    let x = case.leaf(&tensor, Array::new([2], vec![1.0, 2.0]));
    let constant = case.graph.leaf(Leaf::Constant { value: 4.0, shape: [3].into() });
    case.check("leaves", &[x, constant]);
    assert!(matches!(case.graph.nodes[0].kind, NodeKind::Leaf(_)));
}
