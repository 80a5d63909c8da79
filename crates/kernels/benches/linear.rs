//! Matrix products, weight gradients and packing on one thread.

use attune_kernels::linear::{MatMul, WeightGradient, sum_squares};
use attune_kernels::panels::{Pack, Panels};
use attune_kernels::{Isa, Shared};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

fn values(len: usize) -> Vec<f32> {
    (0..len).map(|i| (i * 7919 % 1009) as f32 / 1009.0 - 0.5).collect()
}

fn matmul(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("matmul");
    let sizes = [
        [512, 512, 512],
        [128, 784, 512],
        [64, 5408, 128],
        [64, 128, 5408],
        [128, 512, 10],
        [1, 512, 512],
        [4, 8, 2],
    ];
    for [m, k, n] in sizes {
        let problem = MatMul::new(m, n, k);
        let splits = problem.splits();
        let (a, b, mut c) = (values(m * k), values(k * n), vec![0.0; m * n]);
        let mut scratch = vec![0.0; splits.scratch_len()];
        let mut panels = vec![0.0; problem.panels().len(Isa::current())];
        problem.panels().pack(Isa::current(), &b, &mut panels);
        let (c, partials) = (Shared::new(&mut c), Shared::new(&mut scratch));
        let target = if splits.parts > 1 { partials } else { c };
        group.throughput(Throughput::Elements((2 * m * k * n) as u64));
        group.bench_function(BenchmarkId::from_parameter(format!("{m}x{k}x{n}")), |bencher| {
            bencher.iter(|| {
                (0..problem.tiles()).for_each(|tile| problem.run(tile, &a, &panels, target));
                // SAFETY: the stage that wrote the partial sums is over.
                let partials = unsafe { partials.range(0, partials.len()) };
                (0..splits.combine_tiles()).for_each(|tile| splits.combine(tile, partials, c));
            })
        });
    }
}

fn weight_gradient(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("weight gradient");
    for [m, k, n] in
        [[128, 784, 512], [512, 512, 512], [64, 5408, 128], [16384, 32, 64], [128, 512, 10]]
    {
        let problem = WeightGradient::new(m, k, n);
        let (x, dy) = (values(m * k), values(m * n));
        let splits = problem.splits();
        let (mut dw, mut scratch) = (vec![0.0; k * n], vec![0.0; splits.scratch_len()]);
        let (dw, partials) = (Shared::new(&mut dw), Shared::new(&mut scratch));
        let target = if splits.parts > 1 { partials } else { dw };
        group.throughput(Throughput::Elements((2 * m * k * n) as u64));
        group.bench_function(BenchmarkId::from_parameter(format!("{m}x{k}x{n}")), |bencher| {
            bencher.iter(|| {
                (0..problem.tiles()).for_each(|tile| problem.run(tile, &x, &dy, target));
                // SAFETY: the stage that wrote the partial sums is over.
                let partials = unsafe { partials.range(0, partials.len()) };
                (0..splits.combine_tiles()).for_each(|tile| splits.combine(tile, partials, dw));
            })
        });
    }
}

fn panels(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pack");
    let (k, n) = (512, 512);
    let src = values(k * n);
    group.throughput(Throughput::Bytes((4 * k * n) as u64));
    for (name, panels) in [("rows", Panels::matrix(k, n)), ("columns", Panels::transpose_of(k, n))]
    {
        let pack = Pack::new(panels);
        let mut dst = vec![0.0; pack.len(Isa::current())];
        let dst = Shared::new(&mut dst);
        group.bench_function(name, |bencher| {
            bencher.iter(|| (0..pack.tiles()).for_each(|tile| pack.run(tile, &src, dst)))
        });
    }
    group.bench_function("sum of squares", |bencher| bencher.iter(|| sum_squares(k, n, n, &src)));
}

criterion_group! {
    name = linear;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(std::time::Duration::from_millis(200))
        .measurement_time(std::time::Duration::from_millis(800));
    targets = matmul, weight_gradient, panels
}
criterion_main!(linear);
