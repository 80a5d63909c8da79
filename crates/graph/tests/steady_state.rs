//! A training step after the first takes no memory from the heap and touches no new page.

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use attune_graph::exec::{
    AssignSpec, AverageSpec, Bytes, ClipSpec, ConstraintSpec, Feed, Initializer, NodeSpec,
    OptimizerSpec, OutputSpec, ParameterSpec, ProgramSpec, Run, Session, SessionOptions, StateSpec,
    UpdateSpec,
};
use attune_graph::{Graph, Leaf, Value, differentiate, ops};
use attune_tensor::{Budget, DType, Shape};

/// Counts what is taken from the heap.
struct Counting;

static TAKEN: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TAKEN.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's layout, passed on.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's pointer and layout, passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Page faults of this process that needed no disk.
#[cfg(target_os = "linux")]
fn page_faults() -> usize {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("a Linux process");
    let after_name = stat.rsplit_once(')').expect("a name").1;
    after_name.split_whitespace().nth(7).and_then(|n| n.parse().ok()).expect("minflt")
}

const BATCH: usize = 32;
const ROWS: usize = 320;

struct Model {
    graph: Graph,
    states: Vec<StateSpec>,
    parameters: Vec<(String, Value)>,
}

impl Model {
    fn state(&mut self, name: &str, shape: &[usize], trainable: bool) -> Value {
        let shape = Shape::from(shape);
        let initializer = Initializer::Uniform { low: -0.1, high: 0.1 };
        self.states.push(StateSpec {
            name: name.into(),
            shape: shape.clone(),
            trainable,
            initializer,
        });
        let value = self.graph.leaf(Leaf::State { name: name.into(), shape });
        if trainable {
            self.parameters.push((name.into(), value));
        }
        value
    }
}

/// AdamW with one clipping norm.
fn adamw(update: &mut UpdateSpec) {
    let hyper = [
        ("beta1", 0.9),
        ("beta2", 0.999),
        ("epsilon", 1e-8),
        ("weightDecay", 0.01),
        ("amsgrad", 0.0),
    ];
    update.optimizer = optimizer("adamW", &hyper);
    update.clip = Some(ClipSpec::Norm { max: 1.0 });
}

/// Muon, whose stages see whole matrices, with all that can come before and after it.
fn muon(update: &mut UpdateSpec) {
    let hyper = [
        ("momentum", 0.95),
        ("nesterov", 1.0),
        ("weightDecay", 0.1),
        ("iterations", 5.0),
        ("epsilon", 1e-7),
        ("adjust", 0.0),
        ("coefficients0", 3.4445),
        ("coefficients1", -4.775),
        ("coefficients2", 2.0315),
        ("adamWRate", 1.0),
        ("adamWBeta1", 0.9),
        ("adamWBeta2", 0.999),
        ("adamWEpsilon", 1e-8),
        ("adamWWeightDecay", 0.01),
    ];
    update.optimizer = optimizer("muon", &hyper);
    update.clip = Some(ClipSpec::Adaptive { factor: 0.01, epsilon: 1e-3 });
    update.average = Some(AverageSpec::Ema { decay: 0.99, warmup: true });
    update.accumulate = 2;
    for parameter in &mut update.parameters {
        parameter.constraint = Some(ConstraintSpec::MaxNorm { max: 1.0 });
    }
}

fn optimizer(name: &str, hyper: &[(&str, f64)]) -> OptimizerSpec {
    let hyperparameters = hyper.iter().map(|&(key, value)| (key.to_owned(), value.into()));
    OptimizerSpec { name: name.into(), hyperparameters: hyperparameters.collect() }
}

/// A convolution, pooling, batch norm and dropout before a dense layer.
fn model(choose: fn(&mut UpdateSpec)) -> (ProgramSpec, Vec<StateSpec>) {
    let mut m = Model { graph: Graph::new(), states: Vec::new(), parameters: Vec::new() };
    let pixels = m.graph.input("x", DType::Uint8, [BATCH, 12, 12, 1]);
    let labels = m.graph.input("y", DType::Int32, [BATCH]);
    let x = m.graph.apply(ops::Cast { dtype: DType::Float32 }, &[pixels]).unwrap();
    let kernel = m.state("conv.weight", &[3, 3, 1, 16], true);
    let bias = m.state("conv.bias", &[16], true);
    let x = m.graph.apply(ops::Conv2d::default(), &[x, kernel]).unwrap();
    let x = m.graph.apply(ops::Add {}, &[x, bias]).unwrap();
    let x = m.graph.apply(ops::Relu {}, &[x]).unwrap();
    let pool = ops::MaxPool2d { window: [2, 2], stride: [2, 2], padding: [[0, 0], [0, 0]] };
    let x = m.graph.apply(pool, &[x]).unwrap();
    let (gamma, beta) = (m.state("norm.weight", &[16], true), m.state("norm.bias", &[16], true));
    let norm = m.graph.apply_all(ops::BatchNorm { epsilon: 1e-5 }, &[x, gamma, beta]).unwrap();
    m.state("norm.mean", &[16], false);
    let x = m.graph.apply(ops::Dropout { rate: 0.25, site: 1 }, &[norm[0]]).unwrap();
    let x = m.graph.apply(ops::Reshape { shape: vec![BATCH as i64, 400] }, &[x]).unwrap();
    let weight = m.state("dense.weight", &[400, 10], true);
    let x = m.graph.apply(ops::MatMul::default(), &[x, weight]).unwrap();
    let losses = m.graph.apply(ops::CrossEntropy::default(), &[x, labels]).unwrap();
    let loss = m.graph.apply(ops::Mean { axes: vec![0], keep_dims: false }, &[losses]).unwrap();
    let one = m.graph.constant(1.0, []);
    let wrt: Vec<Value> = m.parameters.iter().map(|&(_, value)| value).collect();
    let gradients = differentiate(&mut m.graph, &[(loss, one)], &wrt).unwrap();
    let parameters = m.parameters.iter().zip(gradients).map(|((name, _), gradient)| {
        ParameterSpec::new(name.clone(), gradient.expect("all weights are used"))
    });
    let mut update = UpdateSpec {
        optimizer: optimizer("", &[]),
        clip: None,
        average: None,
        accumulate: 1,
        weight: None,
        parameters: parameters.collect(),
    };
    choose(&mut update);
    let nodes = m.graph.nodes.iter().map(|node| NodeSpec {
        kind: node.kind.clone(),
        inputs: node.inputs.clone(),
        path: String::new(),
    });
    let spec = ProgramSpec {
        name: "train".into(),
        nodes: nodes.collect(),
        outputs: vec![OutputSpec { name: "loss".into(), value: loss }],
        assigns: vec![AssignSpec { state: "norm.mean".into(), value: norm[1] }],
        loss: Some(loss),
        update: Some(update),
        averaged: false,
        feed: Feed::Rows,
        augment: BTreeMap::new(),
        mix: None,
        columns: BTreeMap::new(),
    };
    (spec, m.states)
}

fn run(program: usize, steps: usize) -> Run {
    let pixels: Vec<u8> = (0..ROWS * 144).map(|i| (i * 7919 % 251) as u8).collect();
    let labels: Vec<u8> = (0..ROWS).flat_map(|i| ((i % 10) as i32).to_ne_bytes()).collect();
    let order = (0..steps * BATCH).map(|i| (i % ROWS) as u32).collect();
    Run {
        program,
        steps,
        first_step: 0,
        accumulated: 0,
        closes: false,
        averages: false,
        learning_rates: vec![1e-3; steps],
        feeds: vec![
            ("x".into(), Arc::new(pixels) as Bytes),
            ("y".into(), Arc::new(labels) as Bytes),
        ],
        order: Arc::new(order),
        first: 0,
        epoch: 0,
        base: 0,
        profile: false,
    }
}

#[test]
fn a_step_after_the_first_allocates_nothing_and_faults_no_page() {
    costs_nothing_more(adamw, 1);
    costs_nothing_more(muon, 2);
}

fn costs_nothing_more(choose: fn(&mut UpdateSpec), accumulate: usize) {
    let budget = Budget::new(1 << 30);
    let mut session = Session::new(SessionOptions { threads: 2, seed: 1, budget });
    let (spec, states) = model(choose);
    session.declare(&states).expect("new states");
    let program = session.compile(&spec).expect("compiles");
    let mut cost = |steps: usize| {
        let mut run = run(program, steps);
        run.learning_rates.truncate(steps / accumulate);
        let before = TAKEN.load(Ordering::Relaxed);
        #[cfg(target_os = "linux")]
        let faults = page_faults();
        let result = session.run(run).expect("runs");
        let taken = TAKEN.load(Ordering::Relaxed) - before;
        assert_eq!(result.steps, steps);
        #[cfg(target_os = "linux")]
        return BTreeMap::from([("allocations", taken), ("faults", page_faults() - faults)]);
        #[cfg(not(target_os = "linux"))]
        BTreeMap::from([("allocations", taken)])
    };
    cost(300);
    // A run has a fixed price; what hundreds of further steps add to it is theirs.
    let (few, many) = (cost(2), cost(400));
    assert!(many["allocations"] <= few["allocations"], "{few:?} for 2 steps, {many:?} for 400");
    #[cfg(target_os = "linux")]
    assert!(many["faults"] < few["faults"] + 40, "{few:?} for 2 steps, {many:?} for 400");
}
