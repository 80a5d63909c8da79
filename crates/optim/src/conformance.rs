//! What every optimizer of the list must do; joining the list is all it takes to be tested here.

mod walks;

use attune_kernels::random::fill_uniform;
use attune_kernels::{Isa, Shared};

use crate::{Carried, Hyper, NAMES, Parameter, Rule, Step, build, clip_scale, keys};

/// A usual value of each hyperparameter, by its name.
const USUAL: &[(&str, f64)] = &[
    ("momentum", 0.9),
    ("dampening", 0.1),
    ("nesterov", 0.0),
    ("zeroStart", 0.0),
    ("beta1", 0.9),
    ("beta2", 0.99),
    ("epsilon", 1e-8),
    ("weightDecay", 0.0),
    ("amsgrad", 0.0),
    ("biasCorrection", 1.0),
    ("rateDecay", 0.0),
    ("initialAccumulator", 0.0),
    ("rho", 0.9),
    ("alpha", 0.99),
    ("centered", 0.0),
    ("momentumDecay", 4e-3),
    ("decoupledWeightDecay", 0.0),
    ("stepPower", 0.0),
    ("ratePower", 2.0),
    ("beta2Decay", -0.8),
    ("epsilon1", 1.1920929e-7),
    ("epsilon2", 1e-3),
    ("clipThreshold", 1.0),
    ("iterations", 5.0),
    ("adjust", 0.0),
    ("coefficients0", 3.4445),
    ("coefficients1", -4.775),
    ("coefficients2", 2.0315),
    ("adamWRate", 1.0),
    ("adamWBeta1", 0.9),
    ("adamWBeta2", 0.999),
    ("adamWEpsilon", 1e-8),
    ("adamWWeightDecay", 0.0),
];

/// Other values, in which every switch and number is moved once.
const FORMS: &[&[(&str, f64)]] = &[
    &[],
    &[("weightDecay", 0.1), ("adamWWeightDecay", 0.1)],
    &[("nesterov", 1.0), ("dampening", 0.0), ("amsgrad", 1.0), ("centered", 1.0), ("adjust", 1.0)],
    &[("momentum", 0.0), ("weightDecay", 0.1), ("decoupledWeightDecay", 1.0), ("adjust", 2.0)],
    &[("momentum", 0.0), ("centered", 1.0), ("biasCorrection", 0.0), ("stepPower", 1.0)],
    &[("zeroStart", 1.0), ("rateDecay", 0.1), ("initialAccumulator", 0.5), ("iterations", 2.0)],
    &[("beta2", 0.5), ("rho", 0.5), ("clipThreshold", 0.1), ("adamWRate", 0.1), ("ratePower", 1.0)],
];

/// Optimizers that only approach the bottom of a valley within their rate, or need another one.
fn rate_of(name: &str, usual: f64) -> f64 {
    match name {
        "adagrad" => 50.0 * usual,
        "adadelta" => 500.0 * usual,
        "adafactor" | "lamb" => 5.0 * usual,
        _ => usual,
    }
}

fn rule(name: &str, changes: &[(&str, f64)], shape: &[usize]) -> Rule {
    let value = |key: &str| {
        let given = changes.iter().chain(USUAL).find(|(name, _)| *name == key);
        given.unwrap_or_else(|| panic!("give {key} a usual value in the conformance tests")).1
    };
    let hyper: Hyper = keys(name).unwrap().iter().map(|&k| (k.to_owned(), value(k))).collect();
    build(name, &hyper, shape).unwrap()
}

fn values(len: usize, seed: u64, name: &str) -> Vec<f32> {
    let mut values = vec![0.0; len];
    fill_uniform(seed, name, -1.0, 1.0, &mut values);
    values
}

/// The order in which the pieces of a parameter are updated.
#[derive(Clone, Copy)]
enum Order<'a> {
    /// Elementwise rules in ranges that end there.
    Cut(&'a [usize]),
    /// The tiles of whole rules from the last to the first.
    Backwards,
}

/// A parameter with its rule, in f32 and in f64.
struct Run {
    rule: Rule,
    w: Vec<f32>,
    slots: Vec<Vec<f32>>,
    carried: Carried,
    exact: Vec<f64>,
    exact_slots: Vec<Vec<f64>>,
    exact_carried: Carried,
}

impl Run {
    fn new(rule: Rule, w: Vec<f32>) -> Self {
        let slots: Vec<Vec<f32>> = match &rule {
            Rule::Each(each) => vec![vec![each.start(); w.len()]; each.slots().len()],
            Rule::Whole(whole) => {
                let lens = whole.slots().into_iter().map(|(_, shape)| shape.iter().product());
                lens.map(|len| vec![0.0; len]).collect()
            }
        };
        let widen = |x: &Vec<f32>| x.iter().map(|&x| f64::from(x)).collect();
        Run {
            exact: widen(&w),
            exact_slots: slots.iter().map(widen).collect(),
            exact_carried: Carried::default(),
            carried: Carried::default(),
            rule,
            w,
            slots,
        }
    }

    fn next(rule: &Rule, number: u64, lr: f64, scale: f64, carried: &mut Carried) -> Step {
        if let Rule::Each(each) = rule {
            each.advance(number, lr, carried);
        }
        Step { number, learning_rate: lr, gradient_scale: scale, carried: *carried }
    }

    fn fast(&mut self, isa: Isa, (t, lr, scale): (u64, f64, f64), g: &[f32], order: Order<'_>) {
        let step = Run::next(&self.rule, t, lr, scale, &mut self.carried);
        match &self.rule {
            Rule::Each(each) => {
                let whole = [0, self.w.len()];
                let cuts = if let Order::Cut(cuts) = order { cuts } else { &whole };
                for ends in cuts.windows(2) {
                    let range = ends[0]..ends[1];
                    let slots = self.slots.iter_mut().map(|slot| &mut slot[range.clone()]);
                    let mut slots: Vec<&mut [f32]> = slots.collect();
                    each.update_on(isa, &step, &mut self.w[range.clone()], &g[range], &mut slots);
                }
            }
            Rule::Whole(whole) => {
                // What is left there must not matter.
                let mut scratch = vec![f32::NAN; whole.scratch(isa)];
                let slots: Vec<_> = self.slots.iter_mut().map(|s| Shared::new(s)).collect();
                let (w, scratch) = (Shared::new(&mut self.w), Shared::new(&mut scratch));
                let at = Parameter { w, g, slots: &slots, scratch };
                for (stage, tiles) in whole.stages().into_iter().enumerate() {
                    for tile in 0..tiles {
                        let backwards = matches!(order, Order::Backwards);
                        let tile = if backwards { tiles - 1 - tile } else { tile };
                        // SAFETY: one thread, each tile once, buffers as the rule wants them.
                        unsafe { whole.run(isa, stage, tile, &step, &at) };
                    }
                }
            }
        }
    }

    fn exactly(&mut self, (t, lr, scale): (u64, f64, f64), g: &[f64]) {
        let step = Run::next(&self.rule, t, lr, scale, &mut self.exact_carried);
        let g: Vec<f64> = g.iter().map(|g| g * scale).collect();
        match &self.rule {
            Rule::Each(each) => {
                for i in 0..g.len() {
                    let mut slots: Vec<f64> = self.exact_slots.iter().map(|s| s[i]).collect();
                    each.reference(&step, &mut self.exact[i], g[i], &mut slots);
                    self.exact_slots.iter_mut().zip(slots).for_each(|(slot, x)| slot[i] = x);
                }
            }
            Rule::Whole(whole) => {
                whole.reference(&step, &mut self.exact, &g, &mut self.exact_slots);
            }
        }
    }
}

/// Vectors around the lane counts, and matrices of one tile and of several.
const SHAPES: &[&[usize]] = &[
    &[0],
    &[1],
    &[3],
    &[7],
    &[8],
    &[9],
    &[15],
    &[16],
    &[17],
    &[31],
    &[33],
    &[100],
    &[3, 5],
    &[40, 7],
    &[7, 40],
    &[33, 33],
    &[2, 3, 4, 5],
    &[0, 4],
];

fn follows_the_reference(name: &str, form: &[(&str, f64)], shape: &[usize], isa: Isa) {
    let len = shape.iter().product();
    let mut run = Run::new(rule(name, form, shape), values(len, 1, "w"));
    for t in 1..=5 {
        let g = values(len, t, "g");
        let numbers = (t, 0.01, 0.5);
        run.fast(isa, numbers, &g, Order::Cut(&[0, len]));
        run.exactly(numbers, &g.iter().map(|&g| g.into()).collect::<Vec<_>>());
    }
    // The iteration of Newton and Schulz magnifies rounding: by some 3.4^5 in five rounds.
    let tolerance = if name == "muon" { 2e-5 } else { 1e-6 };
    for i in 0..len {
        let error = (f64::from(run.w[i]) - run.exact[i]).abs();
        let case = format!("{name} {form:?} on {isa:?}, {shape:?}");
        assert!(error < tolerance, "{case}: [{i}] off by {error}");
    }
}

#[test]
fn every_instruction_set_follows_the_reference() {
    for name in NAMES {
        for form in FORMS {
            for isa in Isa::available() {
                for shape in SHAPES {
                    follows_the_reference(name, form, shape, isa);
                }
            }
        }
    }
}

#[test]
fn parameters_of_several_tiles_follow_the_reference() {
    for name in NAMES {
        for shape in [[150, 130], [40, 420]] {
            follows_the_reference(name, &[("weightDecay", 0.1)], &shape, Isa::current());
        }
    }
}

#[test]
fn no_order_of_the_work_changes_a_bit() {
    for name in NAMES {
        for form in FORMS {
            for (shape, cuts) in [(&[100][..], &[0, 1, 18, 19, 50, 100][..]), (&[150, 130], &[])] {
                for isa in Isa::available() {
                    let len = shape.iter().product();
                    let start = values(len, 2, "w");
                    let mut whole = Run::new(rule(name, form, shape), start.clone());
                    let mut pieces = Run::new(rule(name, form, shape), start);
                    let other = if cuts.is_empty() { Order::Backwards } else { Order::Cut(cuts) };
                    for t in 1..=3 {
                        let g = values(len, t, "g");
                        whole.fast(isa, (t, 0.01, 0.5), &g, Order::Cut(&[0, len]));
                        pieces.fast(isa, (t, 0.01, 0.5), &g, other);
                    }
                    assert_eq!(whole.w, pieces.w, "{name} {form:?} on {isa:?}");
                    assert_eq!(whole.slots, pieces.slots, "{name} {form:?} on {isa:?}");
                }
            }
        }
    }
}

#[test]
fn no_gradient_and_no_decay_leave_weights_alone() {
    for name in NAMES {
        for shape in [&[37][..], &[5, 8]] {
            let len = shape.iter().product();
            let start = values(len, 3, "w");
            let mut run = Run::new(rule(name, &[], shape), start.clone());
            for t in 1..=3 {
                run.fast(Isa::current(), (t, 0.1, 1.0), &vec![0.0; len], Order::Backwards);
            }
            assert_eq!(run.w, start, "{name}");
        }
    }
}

#[test]
fn switches_that_are_off_cost_no_slots() {
    let slots = |name: &str, form: &[(&str, f64)]| match rule(name, form, &[4]) {
        Rule::Each(each) => each.slots().len(),
        Rule::Whole(whole) => whole.slots().len(),
    };
    assert_eq!(slots("sgd", &[("momentum", 0.0)]), 0);
    assert_eq!(slots("rmsProp", &[("momentum", 0.0)]), 1);
    assert_eq!(slots("rmsProp", &[("momentum", 0.0), ("centered", 1.0)]), 2);
    assert_eq!(slots("adam", &[]), 2);
    assert_eq!(slots("adamW", &[("amsgrad", 1.0)]), 3);
}

/// The weights that would be evaluated.
fn evaluated(run: &Run) -> Vec<f64> {
    let Rule::Each(each) = &run.rule else { return run.exact.clone() };
    let slot = each.evaluated().and_then(|name| each.slots().iter().position(|s| *s == name));
    slot.map_or(&run.exact, |slot| &run.exact_slots[slot]).clone()
}

#[test]
fn every_optimizer_finds_the_bottom_of_a_parabola() {
    for name in NAMES {
        let mut run = Run::new(rule(name, &[], &[2]), vec![3.0, -2.0]);
        let steps = 2000;
        for t in 1..=steps {
            let w = &run.exact;
            let g = [w[0] - 1.0, 4.0 * (w[1] - 0.5)];
            let left = 1.0 - (t - 1) as f64 / steps as f64;
            run.exactly((t, rate_of(name, 0.02) * left, 1.0), &g);
        }
        let w = evaluated(&run);
        assert!((w[0] - 1.0).abs() < 2e-3 && (w[1] - 0.5).abs() < 2e-3, "{name}: {w:?}");
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
        let mut run = Run::new(rule(name, &[], &[2]), vec![-1.5, 2.0]);
        let steps = 20_000;
        for t in 1..=steps {
            let g = rosenbrock(run.exact[0], run.exact[1]);
            let scale = clip_scale(g[0] * g[0] + g[1] * g[1], 1.0);
            let left = 1.0 - (t - 1) as f64 / steps as f64;
            run.exactly((t, rate_of(name, 4e-3) * left, scale), &g);
        }
        let w = evaluated(&run);
        assert!(height(&w) < 1e-2, "{name}: {w:?}, height {}", height(&w));
    }
}

#[test]
fn errors_name_the_nearest_key() {
    let error = |name: &str, pairs: &[(&str, f64)]| {
        let hyper = pairs.iter().map(|(k, v)| (k.to_string(), *v)).collect();
        build(name, &hyper, &[1]).unwrap_err()
    };
    assert_eq!(
        error("adamw", &[]),
        format!("unknown optimizer \"adamw\"; did you mean adamW? Known: {}", NAMES.join(", "))
    );
    assert_eq!(
        error("adamW", &[("weight_decay", 0.1)]),
        "adamW: unknown hyperparameter \"weight_decay\"; did you mean weightDecay? \
         Known: beta1, beta2, epsilon, weightDecay, amsgrad"
    );
    assert_eq!(
        error("adam", &[("beta1", 0.9), ("beta2", 0.999), ("weightDecay", 0.0)]),
        "adam: missing epsilon; it needs beta1, beta2, epsilon, weightDecay, amsgrad, \
         biasCorrection"
    );
    assert_eq!(error("adam", &[("beta1", f64::NAN)]), "adam: beta1 is NaN; give a finite number");
}
