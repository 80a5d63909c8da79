//! Peaks of this machine, and the share of the multiply-add peak that matrix products reach.
//!
//! `cargo bench -p attune-kernels --bench peak -- [--json] [--threads N] [--no-memory]`
#![allow(clippy::print_stdout, reason = "this program's output is its purpose")]

use attune_kernels::linear::{MatMul, WeightGradient};
use attune_kernels::peak::{fma_peak_on, memory_bandwidth, quickest};
use attune_kernels::{Isa, Shared};

/// `[m, k, n]` of `C[m, n] = A[m, k] B[k, n]`.
const PRODUCTS: [[usize; 3]; 8] = [
    [512, 512, 512],
    [1024, 1024, 1024],
    [2048, 2048, 2048],
    [128, 784, 512],
    [128, 512, 512],
    [128, 512, 10],
    [1, 512, 512],
    [4, 8, 2],
];
/// `[m, k, n]` of `dW[k, n] = X[m, k]ᵀ dY[m, n]`.
const GRADIENTS: [[usize; 3]; 6] = [
    [128, 784, 512],
    [128, 512, 512],
    [1024, 1024, 1024],
    [2048, 768, 3072],
    [65536, 32, 64],
    [128, 512, 10],
];

struct Options {
    json: bool,
    memory: bool,
    threads: usize,
}

impl Options {
    fn read() -> Options {
        let arguments: Vec<String> = std::env::args().collect();
        let has = |name: &str| arguments.iter().any(|argument| argument == name);
        let after = |name: &str| {
            let at = arguments.iter().position(|argument| argument == name)?;
            arguments.get(at + 1)?.parse().ok()
        };
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
        Options {
            json: has("--json"),
            memory: !has("--no-memory"),
            threads: after("--threads").unwrap_or(cores),
        }
    }

    fn report(&self, what: &str, threads: usize, value: f64, unit: &str, peak: Option<f64>) {
        let share = peak.map(|peak| value / peak);
        if self.json {
            let share = share.map_or(String::new(), |share| format!(r#","share":{share:.4}"#));
            println!(
                r#"{{"what":"{what}","threads":{threads},"value":{value:.3},"unit":"{unit}"{share}}}"#
            );
        } else {
            let share = share.map_or(String::new(), |share| format!("  {:5.1} %", 100.0 * share));
            println!("{what:36} {threads:3} threads {value:9.2} {unit}{share}");
        }
    }

    /// Rates of the work and of registers alone, measured in turn so that both meet the same load.
    fn compare(&self, flops: usize, tiles: usize, run: &(impl Fn(usize) + Sync)) -> (f64, f64) {
        let repetitions = (200_000_000 / flops).clamp(1, 1000);
        let (mut seconds, mut peak) = (f64::INFINITY, 0.0f64);
        for _ in 0..20 {
            peak = peak.max(fma_peak_on(Isa::current(), self.threads, 20));
            seconds = seconds.min(quickest(self.threads, repetitions, tiles, run));
        }
        (flops as f64 / seconds / 1e9, peak)
    }
}

fn values(len: usize) -> Vec<f32> {
    (0..len).map(|i| (i * 7919 % 1009) as f32 / 1009.0 - 0.5).collect()
}

fn main() {
    let options = Options::read();
    let mut counts = vec![1, options.threads];
    counts.dedup();
    for isa in Isa::available() {
        for &threads in &counts {
            let peak = fma_peak_on(isa, threads, 200);
            options.report(&format!("fma {}", isa.name()), threads, peak, "GFLOP/s", None);
        }
    }
    if options.memory {
        let bandwidth = memory_bandwidth(options.threads);
        options.report("triad", options.threads, bandwidth, "GB/s", None);
    }
    let mut measured = vec![];
    for [m, k, n] in PRODUCTS {
        let problem = MatMul::new(m, n, k);
        let (a, b) = (values(m * k), values(k * n));
        let mut c = vec![0.0; (m * n).max(problem.splits().scratch_len())];
        let mut panels = vec![0.0; problem.panels().len(Isa::current())];
        problem.panels().pack(Isa::current(), &b, &mut panels);
        let c = Shared::new(&mut c);
        let run = |tile| problem.run(tile, &a, &panels, c);
        let rates = options.compare(2 * m * k * n, problem.tiles(), &run);
        measured.push((format!("matmul {m}x{k}x{n}"), rates));
    }
    for [m, k, n] in GRADIENTS {
        let problem = WeightGradient::new(m, k, n);
        let (x, dy) = (values(m * k), values(m * n));
        let mut dw = vec![0.0; (k * n).max(problem.splits().scratch_len())];
        let target = Shared::new(&mut dw);
        let run = |tile| problem.run(tile, &x, &dy, target);
        let rates = options.compare(2 * m * k * n, problem.tiles(), &run);
        measured.push((format!("weight gradient {m}x{k}x{n}"), rates));
    }
    // Whatever else the machine does slows the peak too: the best one seen is nearest the truth.
    let peak = measured.iter().map(|(_, (_, peak))| *peak).fold(0.0, f64::max);
    for (what, (rate, _)) in &measured {
        options.report(what, options.threads, *rate, "GFLOP/s", Some(peak));
    }
}
