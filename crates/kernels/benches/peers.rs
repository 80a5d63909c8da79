//! Kernels for the comparison with other libraries: reads one request a line, answers in one line.
//!
//! A request is `case repeat`, such as `matmul:1024 20`, `conv:64x32 20`, `fma 20` or `triad 20`. The
//! answer is the median time of one call in milliseconds; of `fma` GFLOP/s, of `triad` GB/s.
//! `npm run bench:peers` asks this program and its peers in turn.
#![allow(clippy::print_stdout, reason = "this program's output is its purpose")]

use std::io::{BufRead, Write};

use attune_kernels::attention::{Attention, Mask, Operands, Prepared};
use attune_kernels::conv2d::{Conv2d, Forward, winograd};
use attune_kernels::linear::MatMul;
use attune_kernels::panels::Panels;
use attune_kernels::peak::{fma_peak, memory_bandwidth, times};
use attune_kernels::random::Draw;
use attune_kernels::{Isa, Shared};
use attune_tensor::{Budget, Buffer};

fn values(len: usize) -> Vec<f32> {
    (0..len).map(|i| (i * 7919 % 1009) as f32 / 1009.0 - 0.5).collect()
}

/// Memory as programs have it: on huge pages where it is large.
fn buffer(floats: usize) -> Buffer {
    let mut buffer = Buffer::new(4 * floats, &Budget::of_machine()).expect("memory");
    buffer.touch();
    buffer
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn matmul(n: usize, threads: usize, repeat: usize) -> f64 {
    let problem = MatMul::new(n, n, n);
    let (mut a, mut c) = (buffer(n * n), buffer(n * n));
    let mut panels = buffer(problem.panels().len(Isa::current()));
    a.as_slice_mut().copy_from_slice(&values(n * n));
    problem.panels().pack(Isa::current(), &values(n * n), panels.as_slice_mut());
    let (a, panels, c) = (a.as_slice(), panels.as_slice(), Shared::new(c.as_slice_mut()));
    median(times(threads, repeat, problem.tiles(), &|tile| problem.run(tile, a, panels, c)))
}

fn conv3x3(batch: usize, size: usize, channels: usize, filters: usize) -> Conv2d {
    Conv2d {
        batch,
        height: size,
        width: size,
        channels,
        filters,
        kernel: [3, 3],
        stride: [1, 1],
        padding: [[1, 1], [1, 1]],
        dilation: [1, 1],
        groups: 1,
    }
}

fn conv(channels: usize, size: usize, threads: usize, repeat: usize) -> f64 {
    let conv = conv3x3(32, size, channels, channels);
    let form = Panels { taps: 9, k: channels, n: channels, groups: 1, transposed: false };
    let mut panels = vec![0.0; form.len(Isa::current())];
    form.pack(Isa::current(), &values(conv.weight_len()), &mut panels);
    let (x, mut y) = (values(conv.input_len()), vec![0.0; conv.output_len()]);
    let (kernel, y) = (Forward { conv }, Shared::new(&mut y));
    median(times(threads, repeat, kernel.tiles(), &|tile| kernel.run(tile, &x, &panels, y)))
}

/// Forward and both gradients of a 3x3 convolution in tiles.
fn conv_step(shape: [usize; 4], threads: usize, repeat: usize) -> Option<f64> {
    let [batch, size, channels, filters] = shape;
    let conv = conv3x3(batch, size, channels, filters);
    let (isa, problem) = (Isa::current(), conv.winograd()?);
    let forward = winograd::Forward { problem };
    let back = winograd::Forward { problem: problem.of_gradient() };
    let gradient = winograd::WeightGradient { problem };
    let form = |transposed| winograd::Weights { channels, filters, transposed };
    let weight = values(conv.weight_len());
    let mut packed = [false, true].map(|transposed| {
        let mut packed = buffer(form(transposed).len(isa));
        form(transposed).pack(isa, &weight, Shared::new(packed.as_slice_mut()));
        packed
    });
    let [ahead, turned] = packed.each_mut().map(|packed| &*packed.as_slice_mut::<f32>());
    let mut inputs = [conv.input_len(), conv.output_len()].map(|len| {
        let mut input = buffer(len);
        input.as_slice_mut().copy_from_slice(&values(len));
        input
    });
    let [x, dy] = inputs.each_mut().map(|input| &*input.as_slice_mut::<f32>());
    let lens = [conv.output_len(), conv.input_len(), gradient.scratch_len(), conv.weight_len()];
    let mut results = lens.map(buffer);
    let [y, dx, sums, dweight] =
        results.each_mut().map(|result| Shared::new(result.as_slice_mut::<f32>()));
    let run = |tiles, stage: &(dyn Fn(usize) + Sync)| median(times(threads, repeat, tiles, &stage));
    Some(
        run(forward.tiles(), &|tile| forward.run(tile, x, ahead, y))
            + run(back.tiles(), &|tile| back.run(tile, dy, turned, dx))
            + run(gradient.tiles(), &|tile| gradient.run(tile, x, dy, sums))
            + run(gradient.combine_tiles(), &|tile| gradient.combine(tile, read(sums), dweight)),
    )
}

/// What a stage that is over wrote.
fn read(x: Shared<'_, f32>) -> &[f32] {
    // SAFETY: no tile writes it any more.
    unsafe { x.range(0, x.len()) }
}

/// Forward and backward of `batch` sequences with `heads` heads.
fn attention(shape: [usize; 4], causal: bool, threads: usize, repeat: usize) -> f64 {
    let [batch, time, heads, size] = shape;
    let problem = Attention {
        batch,
        queries: time,
        keys: time,
        heads,
        key_heads: heads,
        size,
        scale: 1.0 / (size as f32).sqrt(),
        causal,
        dropout: 0.0,
        site: 0,
    };
    let len = problem.query_len();
    let [q, k, v, dy] = [(); 4].map(|()| values(len));
    let [mut y, mut dq, mut dk, mut dv] = [(); 4].map(|()| vec![0.0; len]);
    let [mut a, mut b] = [(); 2].map(|()| vec![0.0; problem.panels_len()]);
    let [mut c, mut d] = [(); 2].map(|()| vec![0.0; problem.statistics_len()]);
    let (mut lse, mut partials) = (vec![0.0; problem.lse_len()], vec![0.0; problem.partials_len()]);
    let [a, b, c, d] = [&mut a, &mut b, &mut c, &mut d].map(|x| Shared::new(&mut x[..]));
    let [y, dq, dk, dv] = [&mut y, &mut dq, &mut dk, &mut dv].map(|x| Shared::new(&mut x[..]));
    let (lse, partials) = (Shared::new(&mut lse), Shared::new(&mut partials));
    let draw = Draw::default();
    let dq_of_tiles = if problem.splits() > 1 { partials } else { dq };
    let run = |tiles, stage: &(dyn Fn(usize) + Sync)| median(times(threads, repeat, tiles, &stage));
    run(problem.tiles(), &|tile| problem.run(tile, [&q, &k, &v], Mask::All, draw, [y, lse, a]))
        + run(problem.prepare_tiles(), &|tile| {
            let operands = [&q[..], read(y), &dy, read(lse)];
            problem.prepare(tile, operands, None, Prepared { q: a, dy: b, lse: c, delta: d });
        })
        + run(problem.backward_tiles(), &|tile| {
            let operands = Operands { q: &q, k: &k, v: &v, dy: &dy };
            let [q, dy, lse, delta] = [a, b, c, d].map(read);
            let prepared = Prepared { q, dy, lse, delta };
            problem.backward(tile, operands, prepared, Mask::All, draw, [dq_of_tiles, dk, dv]);
        })
        + run(problem.combine_tiles(), &|tile| problem.combine(tile, read(partials), dq))
}

fn answer(request: &str, threads: usize) -> Option<f64> {
    let (case, repeat) = request.split_once(' ')?;
    let repeat: usize = repeat.parse().ok()?;
    let (kind, size) = case.split_once(':').unwrap_or((case, ""));
    Some(match kind {
        "fma" => fma_peak(threads),
        "triad" => memory_bandwidth(threads),
        "matmul" => 1e3 * matmul(size.parse().ok()?, threads, repeat),
        "attention" | "causal" => {
            let sizes: Vec<usize> = size.split('x').map_while(|n| n.parse().ok()).collect();
            1e3 * attention(sizes.try_into().ok()?, kind == "causal", threads, repeat)
        }
        "convStep" => {
            let sizes: Vec<usize> = size.split('x').map_while(|n| n.parse().ok()).collect();
            1e3 * conv_step(sizes.try_into().ok()?, threads, repeat)?
        }
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
