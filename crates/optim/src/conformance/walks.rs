//! Walks on Rosenbrock's valley that PyTorch 2.13 made in f64.

use attune_kernels::Isa;

use super::{Order, Run, rosenbrock, rule};
use crate::clip_scale;

/// 50 steps on Rosenbrock's valley from (-1.5, 2) must end where PyTorch's f64 optimizer ends.
fn ends_at(name: &str, rate: f64, clip: Option<f64>, changes: &[(&str, f64)], expected: [f64; 2]) {
    let mut run = Run::new(rule(name, changes, &[2]), vec![-1.5, 2.0]);
    let scale = |g: [f64; 2]| clip.map_or(1.0, |max| clip_scale(g[0] * g[0] + g[1] * g[1], max));
    for t in 1..=50 {
        let g = rosenbrock(run.exact[0], run.exact[1]);
        run.exactly((t, rate, scale(g)), &g);
        let g = rosenbrock(run.w[0].into(), run.w[1].into());
        run.fast(Isa::current(), (t, rate, scale(g)), &g.map(|g| g as f32), Order::Cut(&[0, 2]));
    }
    for i in 0..2 {
        let (exact, fast) = (run.exact[i], f64::from(run.w[i]));
        assert!((exact - expected[i]).abs() < 1e-9, "{name} {changes:?}: {:?}", run.exact);
        // Adafactor's steps, all of one length across a narrow valley, magnify rounding.
        let tolerance = if name == "adafactor" { 0.02 } else { 2e-5 };
        assert!((fast - expected[i]).abs() < tolerance, "{name} {changes:?}: {:?}", run.w);
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
fn the_others_walk_as_pytorch_does() {
    let usual = ("beta2", 0.999);
    ends_at("nAdam", 2e-3, None, &[usual], [-1.4398517016, 2.0588477920]);
    ends_at("rAdam", 1e-3, None, &[usual], [-1.4577418171, 1.9965754875]);
    ends_at("adamax", 2e-3, None, &[usual], [-1.4422331370, 2.0570433775]);
    ends_at("rmsProp", 1e-2, None, &[("momentum", 0.0)], [-1.3920909961, 1.9441332703]);
    let centered = [("centered", 1.0)];
    ends_at("rmsProp", 1e-3, None, &centered, [-1.4146654978, 2.0085594045]);
    ends_at("adagrad", 1e-2, None, &[("epsilon", 1e-10)], [-1.4353549763, 2.0603119998]);
    ends_at("adadelta", 1.0, None, &[("epsilon", 1e-6)], [-1.4345764562, 2.0601719894]);
    let amsgrad = [usual, ("amsgrad", 1.0), ("weightDecay", 0.01)];
    ends_at("adam", 1e-3, None, &amsgrad, [-1.4564721966, 2.0433990032]);
    ends_at("lion", 1e-3, None, &[("weightDecay", 0.01)], [-1.4492624318, 2.0489879969]);
    let exact = [("epsilon1", f64::EPSILON)];
    ends_at("adafactor", 1e-2, None, &exact, [-1.3794081487, 1.9089714554]);
}
