//! Convolutions on two threads, as operations a second beside the peak of the machine.

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};

use attune_kernels::conv2d::{Conv2d, Forward, InputGradient, WeightGradient};
use attune_kernels::panels::Panels;
use attune_kernels::{Isa, Kernel, Shared, Simd, dispatch};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const THREADS: usize = 2;
const PEAK_ROUNDS: usize = 1 << 20;

/// Twelve independent chains of multiply-adds.
struct Peak;

impl Kernel for Peak {
    type Output = f32;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> f32 {
        let (a, b) = (simd.splat(black_box(0.999)), simd.splat(black_box(0.001)));
        let mut sums = [simd.zero(); 12];
        for _ in 0..PEAK_ROUNDS {
            for sum in &mut sums {
                *sum = simd.fma(*sum, a, b);
            }
        }
        sums.into_iter().map(|sum| simd.sum(sum)).sum()
    }
}

fn lanes() -> usize {
    attune_kernels::panels::panel_width(Isa::current()) / 2
}

/// Threads claim tiles until none are left.
fn parallel(pool: &rayon::ThreadPool, tiles: usize, run: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    pool.broadcast(|_| {
        loop {
            let tile = next.fetch_add(1, Ordering::Relaxed);
            if tile >= tiles {
                break;
            }
            run(tile);
        }
    });
}

fn values(len: usize) -> Vec<f32> {
    (0..len).map(|i| (i * 31 % 17) as f32 * 0.1 - 0.8).collect()
}

fn conv(size: [usize; 5], kernel: usize, stride: usize, padding: usize) -> Conv2d {
    let [batch, height, channels, filters, groups] = size;
    Conv2d {
        batch,
        height,
        width: height,
        channels,
        filters,
        kernel: [kernel; 2],
        stride: [stride; 2],
        padding: [[padding; 2]; 2],
        dilation: [1; 2],
        groups,
    }
}

fn benches(criterion: &mut Criterion) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(THREADS).build().expect("a pool");
    let mut group = criterion.benchmark_group("conv2d");
    group.sample_size(10).warm_up_time(std::time::Duration::from_millis(200));
    group.measurement_time(std::time::Duration::from_millis(600));

    group.throughput(Throughput::Elements((THREADS * PEAK_ROUNDS * 12 * 2 * lanes()) as u64));
    group.bench_function("peak", |b| {
        b.iter(|| {
            parallel(&pool, THREADS, |_| {
                black_box(dispatch(Peak));
            })
        });
    });

    for (name, conv) in [
        ("c64 h32", conv([32, 32, 64, 64, 1], 3, 1, 1)),
        ("c128 h16", conv([32, 16, 128, 128, 1], 3, 1, 1)),
        ("c256 h8", conv([32, 8, 256, 256, 1], 3, 1, 1)),
        ("c512 h4", conv([32, 4, 512, 512, 1], 3, 1, 1)),
        ("stem 1-32 h28", conv([64, 28, 1, 32, 1], 3, 1, 0)),
        ("stem 3-64 h32", conv([32, 32, 3, 64, 1], 3, 1, 1)),
        ("stride 2 64-128 h32", conv([32, 32, 64, 128, 1], 3, 2, 1)),
        ("1x1 64-256 h16", conv([32, 16, 64, 256, 1], 1, 1, 0)),
        ("depthwise c64 h32", conv([32, 32, 64, 64, 64], 3, 1, 1)),
    ] {
        group.throughput(Throughput::Elements(conv.flops()));
        let (x, dy) = (values(conv.input_len()), values(conv.output_len()));
        let weight = values(conv.weight_len());
        let panels = |transposed| {
            let panels = Panels {
                taps: conv.taps(),
                k: conv.group_channels(),
                n: conv.filters,
                groups: conv.groups,
                transposed,
            };
            let mut packed = vec![0.0; panels.len(Isa::current())];
            panels.pack(Isa::current(), &weight, &mut packed);
            if conv.uses_panels() { packed } else { weight.clone() }
        };

        let (panels, transposed) = (panels(false), panels(true));
        let mut y = vec![0.0; conv.output_len()];
        let forward = Forward { conv };
        group.bench_function(format!("forward {name}"), |b| {
            let y = Shared::new(&mut y);
            b.iter(|| parallel(&pool, forward.tiles(), |t| forward.run(t, &x, &panels, y)));
        });

        let mut dx = vec![0.0; conv.input_len()];
        let gradient = InputGradient { conv };
        group.bench_function(format!("input gradient {name}"), |b| {
            let dx = Shared::new(&mut dx);
            b.iter(|| parallel(&pool, gradient.tiles(), |t| gradient.run(t, &dy, &transposed, dx)));
        });

        let gradient = WeightGradient { conv };
        let mut partials = vec![0.0; gradient.scratch_len()];
        let mut dweight = vec![0.0; conv.weight_len()];
        group.bench_function(format!("weight gradient {name}"), |b| {
            b.iter(|| {
                let one = gradient.splits() == 1;
                let out = Shared::new(if one { &mut dweight } else { &mut partials });
                parallel(&pool, gradient.tiles(), |t| gradient.run(t, &x, &dy, out));
                let dweight = Shared::new(&mut dweight);
                parallel(&pool, gradient.combine_tiles(), |t| {
                    gradient.combine(t, &partials, dweight)
                });
            });
        });
    }
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
