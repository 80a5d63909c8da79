//! Pooling agrees with its reference, on every instruction set of the host.

use attune_kernels::pool2d::reference;
use attune_kernels::pool2d::{
    AveragePool2d, AveragePool2dGradient, MaxPool2d, MaxPool2dGradient, MaxPool2dSelect, Pool2d,
};
use attune_kernels::{Isa, Shared};
use proptest::prelude::*;

/// Few different values, so that windows have several equal maxima, and now and then a NaN.
fn values(len: usize, mut seed: u64, nan: bool) -> Vec<f32> {
    let mut next = || {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let value = (seed >> 33) % 29;
        if nan && value == 28 { f32::NAN } else { (value % 5) as f32 - 2.0 }
    };
    (0..len).map(|_| next()).collect()
}

fn agree(name: &str, pool: &Pool2d, fast: &[f32], expected: &[f32]) {
    for (e, (a, b)) in fast.iter().zip(expected).enumerate() {
        let same = a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-5;
        assert!(same, "{name}[{e}] is {a}, expected {b}, of {pool:?}");
    }
}

/// Runs all tiles, last to first, into an output of a value that no result has.
fn tiles(
    count: usize,
    len: usize,
    run: impl Fn(usize, Shared<f32>),
    region: impl Fn(usize) -> std::ops::Range<usize>,
) -> Vec<f32> {
    let mut output = vec![1e30; len];
    let mut end = len;
    for tile in (0..count).rev() {
        run(tile, Shared::new(&mut output));
        let region = region(tile);
        assert_eq!(region.end, end, "tiles follow one another");
        assert!(output[..region.start].iter().all(|v| *v == 1e30), "a tile keeps to its region");
        end = region.start;
    }
    assert_eq!(end, 0);
    output
}

fn check(pool: Pool2d) {
    let (inputs, outputs) = (pool.input_len(), pool.output_len());
    let x = values(inputs, 1, true);
    let plain = values(inputs, 2, false);
    let dy = values(outputs, 3, false);
    let (mut y, mut dx) = (vec![0.0; outputs], vec![0.0; inputs]);
    for isa in Isa::available() {
        let kernel = MaxPool2d { pool };
        reference::max(&pool, &x, &mut y);
        let run = |t, out: Shared<f32>| kernel.run_on(isa, t, &x, out);
        agree("max", &pool, &tiles(kernel.tiles(), outputs, run, |t| kernel.region(t)), &y);

        let kernel = MaxPool2dGradient { pool };
        reference::max_gradient(&pool, &x, &dy, &mut dx);
        let run = |t, out: Shared<f32>| kernel.run_on(isa, t, &x, &dy, out);
        agree("dx", &pool, &tiles(kernel.tiles(), inputs, run, |t| kernel.region(t)), &dx);

        let kernel = MaxPool2dSelect { pool };
        reference::max_select(&pool, &x, &plain, &mut y);
        let run = |t, out: Shared<f32>| kernel.run_on(isa, t, &x, &plain, out);
        agree("select", &pool, &tiles(kernel.tiles(), outputs, run, |t| kernel.region(t)), &y);

        let kernel = AveragePool2d { pool };
        reference::average(&pool, &plain, &mut y);
        let run = |t, out: Shared<f32>| kernel.run_on(isa, t, &plain, out);
        agree("average", &pool, &tiles(kernel.tiles(), outputs, run, |t| kernel.region(t)), &y);

        let kernel = AveragePool2dGradient { pool };
        reference::average_gradient(&pool, &dy, &mut dx);
        let run = |t, out: Shared<f32>| kernel.run_on(isa, t, &dy, out);
        agree("dx", &pool, &tiles(kernel.tiles(), inputs, run, |t| kernel.region(t)), &dx);
    }
}

/// `batch, height, width, channels`, then a square window.
fn pool(size: [usize; 4], window: usize, stride: usize) -> Pool2d {
    let [batch, height, width, channels] = size;
    Pool2d {
        batch,
        height,
        width,
        channels,
        window: [window; 2],
        stride: [stride; 2],
        padding: [[0; 2]; 2],
        count_include_pad: true,
    }
}

#[test]
fn windows_side_by_side_agree_with_the_reference() {
    for channels in [1, 2, 3, 4, 7, 8, 9, 31, 32, 33, 64] {
        check(pool([2, 6, 8, channels], 2, 2));
        check(pool([2, 7, 9, channels], 2, 2));
    }
    check(pool([5, 26, 26, 32], 2, 2));
    check(pool([3, 8, 8, 16], 8, 8));
}

#[test]
fn windows_that_overlap_agree_with_the_reference() {
    check(pool([2, 9, 9, 5], 3, 2));
    check(pool([2, 9, 9, 40], 3, 1));
    check(pool([2, 112, 30, 16], 3, 2));
}

#[test]
fn padding_never_is_a_maximum_and_counts_as_asked() {
    for count_include_pad in [true, false] {
        for padding in [[[1, 1], [1, 1]], [[0, 1], [1, 0]]] {
            check(Pool2d { padding, count_include_pad, ..pool([2, 8, 7, 9], 3, 2) });
            check(Pool2d { padding, count_include_pad, ..pool([2, 8, 7, 3], 2, 3) });
        }
    }
}

#[test]
fn pixels_between_windows_have_no_gradient() {
    check(pool([2, 10, 11, 8], 2, 3));
}

#[test]
fn empty_sizes_agree_with_the_reference() {
    check(pool([0, 4, 4, 3], 2, 2));
    check(pool([2, 4, 4, 0], 2, 2));
    check(pool([2, 1, 4, 3], 2, 2));
}

prop_compose! {
    fn any_pool()(
        size in (0usize..3, 1usize..12, 1usize..12, 1usize..20),
        window in prop::array::uniform2(1usize..5),
        stride in prop::array::uniform2(1usize..5),
        padding in prop::array::uniform2(prop::array::uniform2(0usize..3)),
        count_include_pad in any::<bool>(),
    ) -> Pool2d {
        let (batch, height, width, channels) = size;
        Pool2d { batch, height, width, channels, window, stride, padding, count_include_pad }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() })]
    #[test]
    fn any_pooling_agrees_with_the_reference(pool in any_pool()) {
        check(pool);
    }
}
