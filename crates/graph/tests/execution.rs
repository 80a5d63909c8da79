//! Compiled programs against the f64 interpreter: every op, fused chains, whole steps.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use attune_graph::exec::{
    Bytes, Feed, Initializer, NodeSpec, OutputSpec, ProgramSpec, Run, Session, SessionOptions,
    StateSpec,
};
use attune_graph::rule::{Draw, Sample};
use attune_graph::{Array, Graph, Leaf, NodeKind, Op, TensorType, Value, interpret, ops};
use attune_kernels::random::Stream;
use attune_kernels::recurrence::Cell;
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

    /// A leaf that the session keeps.
    fn weight(&mut self, array: Array) -> Value {
        let (name, shape) = (format!("x{}", self.leaves.len()), array.shape.clone());
        self.leaves.insert(name.clone(), (DType::Float32, array));
        self.graph.leaf(Leaf::State { name, shape })
    }

    /// Gives the session the weights; what remains to be fed.
    fn feeds(&self, session: &mut Session) -> Vec<(String, Bytes)> {
        let mut feeds = Vec::new();
        for node in &self.graph.nodes {
            match &node.kind {
                NodeKind::Leaf(Leaf::Input { name, dtype, .. }) => {
                    let bytes = Arc::new(encode(&self.leaves[name].1, *dtype)) as Bytes;
                    feeds.push((name.clone(), bytes));
                }
                NodeKind::Leaf(Leaf::State { name, shape }) => {
                    let initializer = Initializer::Constant { value: 0.0 };
                    let (name, shape) = (name.clone(), shape.clone());
                    let spec = StateSpec { name, shape, trainable: true, initializer };
                    session.declare(std::slice::from_ref(&spec)).expect("declares");
                    let values: Vec<f32> =
                        self.leaves[&spec.name].1.data.iter().map(|&x| x as f32).collect();
                    session.write(&spec.name, &values).expect("writes");
                }
                _ => {}
            }
        }
        feeds
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
            averaged: false,
            feed: Feed::Direct,
            augment: BTreeMap::new(),
            mix: None,
            columns: BTreeMap::new(),
        }
    }

    /// The raw results of a compiled run, at step 3.
    fn run(&self, outputs: &[Value], threads: usize) -> Vec<Vec<u8>> {
        let mut session = session(threads);
        let feeds = self.feeds(&mut session);
        let program = session.compile(&self.spec(outputs)).expect("compiles");
        let run = Run {
            program,
            steps: 1,
            first_step: 3,
            accumulated: 0,
            closes: false,
            averages: false,
            learning_rates: Vec::new(),
            feeds,
            order: Arc::default(),
            first: 0,
            epoch: 0,
            base: 0,
            profile: false,
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

/// Runs an op on random operands: from memory or, the last one, from a weight; and perhaps with
/// elementwise ops behind it.
fn check_sample(sample: &Sample<Op>, weight: bool, chain: bool, stream: &mut Stream) {
    let mut case = Case::default();
    let mut inputs = Vec::new();
    for (index, tensor) in sample.inputs.iter().enumerate() {
        let array = values(tensor, sample.range, sample.below, stream);
        let last = index + 1 == sample.inputs.len() && tensor.dtype == DType::Float32;
        inputs.push(if weight && last { case.weight(array) } else { case.leaf(tensor, array) });
    }
    let mut outputs = case.graph.apply_all(sample.op.clone(), &inputs).expect("a sample is valid");
    if chain && case.graph.type_of(outputs[0]).dtype == DType::Float32 {
        let quarter = case.graph.constant(0.25, []);
        let square = case.graph.apply(ops::Square {}, &outputs[..1]).expect("floats");
        outputs[0] = case.graph.apply(ops::Add {}, &[square, quarter]).expect("a scalar");
    }
    let types: Vec<String> = sample.inputs.iter().map(TensorType::to_string).collect();
    let what = format!("{:?} of {}", sample.op, types.join(", "));
    case.check(&format!("{what}, weight {weight}, chain {chain}"), &outputs);
}

#[test]
fn every_op_runs_as_its_reference_says() {
    let mut stream = Stream::new(attune_kernels::random::key(1, 2));
    for (_, samples) in Op::samples() {
        for (number, sample) in samples.iter().enumerate() {
            check_sample(sample, number % 2 == 1, number % 3 == 0, &mut stream);
        }
    }
}

#[test]
fn large_operands_run_as_the_reference_says() {
    let mut stream = Stream::new(attune_kernels::random::key(5, 6));
    for sample in large() {
        check_sample(&sample, false, false, &mut stream);
        check_sample(&sample, true, true, &mut stream);
    }
}

/// Sizes that take several tiles, partial sums and blocks at the edge.
fn large() -> Vec<Sample<Op>> {
    let floats = |op: Op, shapes: &[&[usize]]| Sample::floats(op, shapes, (-1.0, 1.0));
    let indices = |sample: Sample<Op>, at, below| sample.integers(at, DType::Int32, below);
    let matmul = |transpose_a, transpose_b| ops::MatMul { transpose_a, transpose_b }.into();
    let same = ops::Conv2d { padding: [[1, 1], [1, 1]], ..ops::Conv2d::default() };
    let direct = ops::Conv2d { algorithm: ops::Algorithm::Direct, ..same };
    let strided = ops::Conv2d { stride: [2, 2], ..same };
    let depthwise = ops::Conv2d { groups: 16, ..same };
    let to_input = |conv, height| ops::Conv2dInputGradient { conv, height, width: 14 }.into();
    let to_weight = |conv| ops::Conv2dWeightGradient { conv, kernel: [3, 3] }.into();
    let pool = ops::MaxPool2d { window: [3, 3], stride: [2, 2], padding: [[1, 1], [1, 1]] };
    let sum = |axes: &[i64], keep_dims| ops::Sum { axes: axes.to_vec(), keep_dims }.into();
    let max = ops::Max { axes: vec![0, 1], keep_dims: false };
    let entropy = ops::CrossEntropy { label_smoothing: 0.1 };
    let causal = ops::Attention { causal: true, dropout: 0.2, ..ops::Attention::default() };
    let of_attention = ops::AttentionGradient { attention: causal.clone() };
    let lstm = ops::Recurrence { cell: Cell::Lstm, reverse: true };
    let gru = ops::Recurrence { cell: Cell::Gru, reverse: false };
    let of_gru = ops::RecurrenceGradient { recurrence: gru.clone(), ..Default::default() };
    let (spelled, first) = (ops::Ctc { zero_infinity: true, ..ops::Ctc::default() }, [70, 33]);
    let of_spelled = ops::CtcGradient { ctc: spelled.clone() };
    let (steps, four, three) = ([70, 9, 33], [70, 9, 4 * 33], [70, 9, 3 * 33]);
    let (of_units, shut) = ([33, 3 * 33], [70, 9, 0]);
    let (long, shared, rows) = ([2, 230, 4, 33], [2, 230, 2, 33], [2, 4, 230]);
    vec![
        floats(matmul(false, false), &[&[130, 257], &[257, 99]]),
        floats(matmul(false, true), &[&[4, 33, 128], &[70, 128]]),
        floats(matmul(false, true), &[&[6, 33, 40], &[6, 70, 40]]),
        floats(matmul(true, false), &[&[5000, 30], &[5000, 20]]),
        floats(matmul(true, true), &[&[3, 65, 70], &[3, 31, 65]]),
        floats(same.into(), &[&[9, 14, 14, 17], &[3, 3, 17, 35]]),
        floats(strided.into(), &[&[9, 15, 14, 3], &[3, 3, 3, 33]]),
        floats(depthwise.into(), &[&[4, 9, 9, 16], &[3, 3, 1, 16]]),
        floats(direct.into(), &[&[9, 14, 14, 17], &[3, 3, 17, 35]]),
        floats(to_input(strided, 15), &[&[9, 8, 7, 33], &[3, 3, 3, 33]]),
        floats(to_input(same, 14), &[&[9, 14, 14, 35], &[3, 3, 17, 35]]),
        floats(to_input(direct, 14), &[&[9, 14, 14, 35], &[3, 3, 17, 35]]),
        floats(to_weight(same), &[&[20, 14, 14, 17], &[20, 14, 14, 35]]),
        floats(to_weight(direct), &[&[20, 14, 14, 17], &[20, 14, 14, 35]]),
        floats(to_weight(depthwise), &[&[4, 9, 9, 16], &[4, 9, 9, 16]]),
        floats(pool.into(), &[&[8, 17, 18, 19]]),
        floats(sum(&[0, 1, 2], false), &[&[20, 30, 31, 33]]),
        floats(sum(&[0, 2], true), &[&[40, 30, 50, 3]]),
        floats(ops::Mean { axes: vec![1], keep_dims: false }.into(), &[&[300, 1001]]),
        floats(max.into(), &[&[700, 3, 101]]),
        floats(ops::Softmax {}.into(), &[&[3000, 37]]),
        floats(ops::LogSoftmax {}.into(), &[&[3, 20_011]]),
        floats(ops::BatchNorm { epsilon: 1e-5 }.into(), &[&[64, 9, 9, 65], &[65], &[65]]),
        indices(floats(entropy.into(), &[&[5000, 11], &[5000]]), 1, 11),
        indices(floats(ops::Gather::default().into(), &[&[1000, 65], &[50, 41]]), 1, 1000),
        indices(floats(ops::ScatterAdd { rows: 100 }.into(), &[&[3000], &[3000, 70]]), 0, 100),
        floats(causal.into(), &[&long, &shared, &shared]),
        floats(of_attention.into(), &[&long, &shared, &shared, &long, &rows, &long]),
        floats(ops::Rotary { base: 1e4, back: false }.into(), &[&[3, 400, 5, 34]]),
        floats(ops::Sinusoid { base: 1e4 }.into(), &[&[3, 700, 65]]),
        floats(lstm.into(), &[&four, &[33, 4 * 33], &first, &first]),
        floats(gru.into(), &[&three, &of_units, &first, &[3 * 33]]),
        floats(of_gru.into(), &[&of_units, &steps, &shut, &four, &first, &steps]),
        indices(floats(spelled.into(), &[&[9, 40, 20], &[9, 6]]), 1, 20),
        indices(floats(of_spelled.into(), &[&[9, 40, 20], &[9, 6], &[9]]), 1, 20),
        floats(ops::Transpose { permutation: vec![1, 2, 0] }.into(), &[&[70, 65, 33]]),
    ]
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
