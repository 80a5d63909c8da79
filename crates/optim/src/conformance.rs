//! What every optimizer of the list must do; joining the list is all it takes to be tested here.

use attune_kernels::Isa;
use attune_kernels::random::fill_uniform;

use crate::{Hyper, NAMES, Optimizer, build, clip_scale, keys};

/// A usual value of each hyperparameter, by its name.
const USUAL: &[(&str, f64)] = &[
    ("momentum", 0.9),
    ("dampening", 0.1),
    ("nesterov", 0.0),
    ("beta1", 0.9),
    ("beta2", 0.99),
    ("epsilon", 1e-8),
    ("weightDecay", 0.0),
];

fn optimizer(name: &str, changes: &[(&str, f64)]) -> Box<dyn Optimizer> {
    let value = |key: &str| {
        let given = changes.iter().chain(USUAL).find(|(name, _)| *name == key);
        given.unwrap_or_else(|| panic!("give {key} a usual value in the conformance tests")).1
    };
    let hyper: Hyper = keys(name).unwrap().iter().map(|&k| (k.to_owned(), value(k))).collect();
    build(name, &hyper).unwrap()
}

/// Every optimizer with its usual values, with decay, and in its other forms.
fn all() -> Vec<(String, Box<dyn Optimizer>)> {
    let forms: &[&[(&str, f64)]] = &[
        &[],
        &[("weightDecay", 0.1)],
        &[("nesterov", 1.0), ("dampening", 0.0)],
        &[("momentum", 0.0), ("weightDecay", 0.1)],
    ];
    let named = |name: &&str| {
        let name = name.to_string();
        forms.iter().map(move |form| (format!("{name} {form:?}"), optimizer(&name, form)))
    };
    NAMES.iter().flat_map(named).collect()
}

fn values(len: usize, seed: u64, name: &str) -> Vec<f32> {
    let mut values = vec![0.0; len];
    fill_uniform(seed, name, -1.0, 1.0, &mut values);
    values
}

/// Weights and slots in f32, with the call that updates them.
struct Run {
    w: Vec<f32>,
    slots: Vec<Vec<f32>>,
}

impl Run {
    fn new(optimizer: &dyn Optimizer, w: Vec<f32>) -> Self {
        let slots = vec![vec![0.0; w.len()]; optimizer.slots().len()];
        Run { w, slots }
    }

    /// Updates the ranges between `cuts` one after the other.
    fn step(
        &mut self,
        optimizer: &dyn Optimizer,
        isa: Isa,
        t: u64,
        lr: f32,
        g: &[f32],
        cuts: &[usize],
    ) {
        for ends in cuts.windows(2) {
            let range = ends[0]..ends[1];
            let mut slots: Vec<&mut [f32]> =
                self.slots.iter_mut().map(|slot| &mut slot[range.clone()]).collect();
            let w = &mut self.w[range.clone()];
            optimizer.update_on(isa, t, lr, 0.5, w, &g[range], &mut slots);
        }
    }
}

#[test]
fn every_instruction_set_follows_the_reference() {
    for (name, optimizer) in all() {
        for isa in Isa::available() {
            for len in [0, 1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 100] {
                let start = values(len, 1, "w");
                let mut run = Run::new(&*optimizer, start.clone());
                let mut w: Vec<f64> = start.iter().map(|&w| w.into()).collect();
                let mut slots = vec![vec![0.0; len]; optimizer.slots().len()];
                for t in 1..=5 {
                    let g = values(len, t, "g");
                    run.step(&*optimizer, isa, t, 0.01, &g, &[0, len]);
                    let g: Vec<f64> = g.iter().map(|&g| g.into()).collect();
                    optimizer.reference(t, 0.01, 0.5, &mut w, &g, &mut slots);
                }
                for i in 0..len {
                    let error = (f64::from(run.w[i]) - w[i]).abs();
                    assert!(error < 1e-6, "{name} on {isa:?}, {len} weights: [{i}] off by {error}");
                }
            }
        }
    }
}

#[test]
fn cutting_the_range_anywhere_gives_the_same_bits() {
    for (name, optimizer) in all() {
        for isa in Isa::available() {
            let start = values(100, 2, "w");
            let mut whole = Run::new(&*optimizer, start.clone());
            let mut pieces = Run::new(&*optimizer, start);
            for t in 1..=3 {
                let g = values(100, t, "g");
                whole.step(&*optimizer, isa, t, 0.01, &g, &[0, 100]);
                pieces.step(&*optimizer, isa, t, 0.01, &g, &[0, 1, 18, 19, 50, 100]);
            }
            assert_eq!(whole.w, pieces.w, "{name} on {isa:?}");
            assert_eq!(whole.slots, pieces.slots, "{name} on {isa:?}");
        }
    }
}

#[test]
fn no_gradient_and_no_decay_leave_weights_alone() {
    for name in NAMES {
        let optimizer = optimizer(name, &[]);
        let start = values(37, 3, "w");
        let mut run = Run::new(&*optimizer, start.clone());
        for t in 1..=3 {
            run.step(&*optimizer, Isa::current(), t, 0.1, &[0.0; 37], &[0, 37]);
        }
        assert_eq!(run.w, start, "{name}");
    }
}

#[test]
fn every_optimizer_finds_the_bottom_of_a_parabola() {
    for name in NAMES {
        let optimizer = optimizer(name, &[]);
        let (mut w, mut slots) = (vec![3.0, -2.0], vec![vec![0.0; 2]; optimizer.slots().len()]);
        for t in 1..=2000 {
            let g = [w[0] - 1.0, 4.0 * (w[1] - 0.5)];
            optimizer.reference(t, 0.02, 1.0, &mut w, &g, &mut slots);
        }
        assert!((w[0] - 1.0).abs() < 1e-3 && (w[1] - 0.5).abs() < 1e-3, "{name}: {w:?}");
    }
}

/// `100 (y - x²)² + (1 - x)²`: its gradient.
fn rosenbrock(x: f64, y: f64) -> [f64; 2] {
    [-400.0 * x * (y - x * x) - 2.0 * (1.0 - x), 200.0 * (y - x * x)]
}

#[test]
fn every_optimizer_descends_the_valley_of_rosenbrock() {
    let height = |w: &[f64]| 100.0 * (w[1] - w[0] * w[0]).powi(2) + (1.0 - w[0]).powi(2);
    for name in NAMES {
        let optimizer = optimizer(name, &[]);
        let (mut w, mut slots) = (vec![-1.5, 2.0], vec![vec![0.0; 2]; optimizer.slots().len()]);
        for t in 1..=20_000 {
            let g = rosenbrock(w[0], w[1]);
            let scale = clip_scale(g[0] * g[0] + g[1] * g[1], 1.0).into();
            optimizer.reference(t, 2e-3, scale, &mut w, &g, &mut slots);
        }
        assert!(height(&w) < 1e-2, "{name}: {w:?}, height {}", height(&w));
    }
}

/// 50 steps on Rosenbrock's valley from (-1.5, 2) must end where PyTorch's f64 optimizer ends.
fn ends_at(name: &str, rate: f64, clip: Option<f64>, changes: &[(&str, f64)], expected: [f64; 2]) {
    let optimizer = optimizer(name, changes);
    let count = optimizer.slots().len();
    let (mut w, mut slots) = (vec![-1.5, 2.0], vec![vec![0.0; 2]; count]);
    let (mut fast, mut buffers) = ([-1.5f32, 2.0], vec![vec![0.0f32; 2]; count]);
    let scale = |g: [f64; 2]| clip.map_or(1.0, |max| clip_scale(g[0] * g[0] + g[1] * g[1], max));
    for t in 1..=50 {
        let g = rosenbrock(w[0], w[1]);
        optimizer.reference(t, rate, scale(g).into(), &mut w, &g, &mut slots);
        let g = rosenbrock(fast[0].into(), fast[1].into());
        let mut buffers: Vec<&mut [f32]> = buffers.iter_mut().map(Vec::as_mut_slice).collect();
        let g32 = g.map(|g| g as f32);
        optimizer.update(t, rate as f32, scale(g), &mut fast, &g32, &mut buffers);
    }
    for i in 0..2 {
        let tolerance = if clip.is_some() { 1e-6 } else { 1e-9 };
        assert!((w[i] - expected[i]).abs() < tolerance, "{name} {changes:?}: {w:?}");
        assert!((f64::from(fast[i]) - expected[i]).abs() < 2e-5, "{name} {changes:?}: {fast:?}");
    }
}

#[test]
fn sgd_walks_as_pytorch_does() {
    let plain = ("dampening", 0.0);
    ends_at("sgd", 1e-4, None, &[plain], [-1.3886842163, 1.9542240541]);
    ends_at("sgd", 1e-4, None, &[plain, ("nesterov", 1.0)], [-1.3967163231, 1.9585579875]);
    ends_at("sgd", 1e-4, None, &[("weightDecay", 0.01)], [-1.3950161135, 1.9590833685]);
    let still = [("momentum", 0.0), ("weightDecay", 0.01)];
    ends_at("sgd", 1e-4, None, &still, [-1.4183439909, 2.0192828195]);
    ends_at("sgd", 1e-3, Some(1.0), &[plain], [-1.4053367922, 1.9800191232]);
}

#[test]
fn adam_walks_as_pytorch_does() {
    ends_at("adam", 1e-3, None, &[("beta2", 0.999)], [-1.4564731125, 2.0434029850]);
    let other = [("beta1", 0.8), ("weightDecay", 0.1)];
    ends_at("adam", 1e-2, None, &other, [-1.4206386253, 2.0249294038]);
}

#[test]
fn adamw_walks_as_pytorch_does() {
    let usual = [("beta2", 0.999), ("weightDecay", 0.01)];
    ends_at("adamW", 1e-3, None, &usual, [-1.4557896625, 2.0423362586]);
    let other = [("beta2", 0.999), ("weightDecay", 0.1), ("epsilon", 1e-4)];
    ends_at("adamW", 1e-2, None, &other, [-1.3764821610, 1.9112190132]);
}

#[test]
fn errors_name_the_nearest_key() {
    let error = |name: &str, pairs: &[(&str, f64)]| {
        let hyper = pairs.iter().map(|(k, v)| (k.to_string(), *v)).collect();
        build(name, &hyper).unwrap_err()
    };
    assert_eq!(
        error("adamw", &[]),
        "unknown optimizer \"adamw\"; did you mean adamW? Known: sgd, adam, adamW"
    );
    assert_eq!(
        error("adamW", &[("weight_decay", 0.1)]),
        "adamW: unknown hyperparameter \"weight_decay\"; did you mean weightDecay? \
         Known: beta1, beta2, epsilon, weightDecay"
    );
    assert_eq!(
        error("adam", &[("beta1", 0.9), ("beta2", 0.999), ("weightDecay", 0.0)]),
        "adam: missing epsilon; it needs beta1, beta2, epsilon, weightDecay"
    );
    assert_eq!(error("adam", &[("beta1", f64::NAN)]), "adam: beta1 is NaN; give a finite number");
}
