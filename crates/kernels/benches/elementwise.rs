//! Fused programs, random words and reductions: in the cache, and the cost of a call.

use std::hint::black_box;

use attune_kernels::Shared;
use attune_kernels::elementwise::{Binary, Unary};
use attune_kernels::fused::{Access, Element, Fused, Input, Instruction};
use attune_kernels::random::Draw;
use attune_kernels::reduce::{Reduce, Reduction};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn input(access: Access) -> Input {
    Input { element: Element::F32, access }
}

fn program(inputs: Vec<Input>, instructions: Vec<Instruction>) -> Fused {
    let last = inputs.len() + instructions.len() - 1;
    Fused::new(inputs, instructions, vec![(last, Element::F32)]).unwrap()
}

fn fused(c: &mut Criterion) {
    let draw = Draw { seed: 1, step: 2 };
    let row = |period| vec![input(Access::Direct), input(Access::Periodic { period })];
    let bias = Instruction::Binary(Binary::Add, 0, 1);
    let unary = |f| program(vec![input(Access::Direct)], vec![Instruction::Unary(f, 0)]);
    let dropout = Instruction::Dropout { x: 3, rate: 0.5, site: 1 };
    let relu = Instruction::Unary(Unary::Relu, 2);
    let programs = [
        ("bias, relu, row of 32", program(row(32), vec![bias, relu])),
        ("bias, relu, dropout, row of 128", program(row(128), vec![bias, relu, dropout])),
        ("add", program(vec![input(Access::Direct); 2], vec![bias])),
        ("exp", unary(Unary::Exp)),
        ("log", unary(Unary::Log)),
        ("tanh", unary(Unary::Tanh)),
        ("gelu", unary(Unary::Gelu)),
        ("gelu tanh", unary(Unary::GeluTanh)),
    ];
    for (name, program) in programs {
        let mut group = c.benchmark_group(name);
        for n in [32, 16_384] {
            let x = vec![0.5f32; n.max(128)];
            let mut y = vec![0f32; n];
            let from = vec![x.as_ptr().cast::<u8>(); program.inputs().len()];
            let to = [y.as_mut_ptr().cast::<u8>()];
            group.throughput(Throughput::Elements(n as u64));
            group.bench_function(n.to_string(), |b| {
                // SAFETY: both buffers hold n floats, and the row is shorter than 128.
                b.iter(|| unsafe { program.run(black_box(&from), &to, 0, n, draw) });
            });
        }
        group.finish();
    }
}

fn reduce(c: &mut Criterion) {
    let mut group = c.benchmark_group("sum");
    for [outer, reduce, inner] in [[1, 64, 10], [64, 10, 1], [1, 25_088, 32], [1, 1 << 22, 1]] {
        let problem = Reduce { kind: Reduction::Sum, outer, reduce, inner };
        let x = vec![0.5f32; outer * reduce * inner];
        let mut y = vec![0f32; outer * inner];
        let mut scratch = vec![0f32; problem.scratch_len()];
        group.throughput(Throughput::Elements(x.len() as u64));
        group.bench_function(format!("{outer} x {reduce} x {inner}"), |b| {
            b.iter(|| {
                for tile in 0..problem.tiles() {
                    problem.run(tile, &x, Shared::new(&mut y), Shared::new(&mut scratch));
                }
                for tile in 0..problem.combine_tiles() {
                    problem.combine(tile, &scratch, Shared::new(&mut y));
                }
            });
        });
    }
    group.finish();
}

fn quick() -> Criterion {
    Criterion::default()
        .sample_size(15)
        .warm_up_time(std::time::Duration::from_millis(100))
        .measurement_time(std::time::Duration::from_millis(400))
}

criterion_group! { name = benches; config = quick(); targets = fused, reduce }
criterion_main!(benches);
