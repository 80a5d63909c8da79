//! Kernels for the comparison with other libraries: reads one request a line, answers in one line.
//!
//! A request is `case repeat`, such as `matmul:1024 20`, `conv:64x32 20`, `fma 20` or `triad 20`. The
//! answer is the median time of one call in milliseconds; of `fma` GFLOP/s, of `triad` GB/s.
//! `npm run bench:peers` asks this program and its peers in turn.
#![allow(clippy::print_stdout, reason = "this program's output is its purpose")]

use std::io::{BufRead, Write};

use attune_kernels::conv2d::{Conv2d, Forward};
use attune_kernels::linear::MatMul;
use attune_kernels::panels::Panels;
use attune_kernels::peak::{fma_peak, memory_bandwidth, times};
use attune_kernels::{Isa, Shared};

fn values(len: usize) -> Vec<f32> {
    (0..len).map(|i| (i * 7919 % 1009) as f32 / 1009.0 - 0.5).collect()
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn matmul(n: usize, threads: usize, repeat: usize) -> f64 {
    let problem = MatMul::new(n, n, n);
    let (a, b, mut c) = (values(n * n), values(n * n), vec![0.0; n * n]);
    let mut panels = vec![0.0; problem.panels().len(Isa::current())];
    problem.panels().pack(Isa::current(), &b, &mut panels);
    let c = Shared::new(&mut c);
    median(times(threads, repeat, problem.tiles(), &|tile| problem.run(tile, &a, &panels, c)))
}

fn conv(channels: usize, size: usize, threads: usize, repeat: usize) -> f64 {
    let conv = Conv2d {
        batch: 32,
        height: size,
        width: size,
        channels,
        filters: channels,
        kernel: [3, 3],
        stride: [1, 1],
        padding: [[1, 1], [1, 1]],
        dilation: [1, 1],
        groups: 1,
    };
    let form = Panels { taps: 9, k: channels, n: channels, groups: 1, transposed: false };
    let mut panels = vec![0.0; form.len(Isa::current())];
    form.pack(Isa::current(), &values(conv.weight_len()), &mut panels);
    let (x, mut y) = (values(conv.input_len()), vec![0.0; conv.output_len()]);
    let (kernel, y) = (Forward { conv }, Shared::new(&mut y));
    median(times(threads, repeat, kernel.tiles(), &|tile| kernel.run(tile, &x, &panels, y)))
}

fn answer(request: &str, threads: usize) -> Option<f64> {
    let (case, repeat) = request.split_once(' ')?;
    let repeat: usize = repeat.parse().ok()?;
    let (kind, size) = case.split_once(':').unwrap_or((case, ""));
    Some(match kind {
        "fma" => fma_peak(threads),
        "triad" => memory_bandwidth(threads),
        "matmul" => 1e3 * matmul(size.parse().ok()?, threads, repeat),
        "conv" => {
            let (channels, size) = size.split_once('x')?;
            1e3 * conv(channels.parse().ok()?, size.parse().ok()?, threads, repeat)
        }
        _ => return None,
    })
}

fn main() {
    let threads = std::env::var("THREADS").ok().and_then(|n| n.parse().ok()).unwrap_or(2);
    let mut output = std::io::stdout();
    for request in std::io::stdin().lock().lines().map_while(Result::ok) {
        let answer = answer(&request, threads).map_or("unknown".to_owned(), |x| format!("{x:.6}"));
        if writeln!(output, "{answer}").and_then(|()| output.flush()).is_err() {
            return;
        }
    }
}
