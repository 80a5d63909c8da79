//! Every direction of a convolution agrees with its reference, on every instruction set of the host.
//!
//! Operands are small integers, so sums are exact in any order and results are compared for equality.

use attune_kernels::conv2d::{Conv2d, Forward, InputGradient, WeightGradient};
use attune_kernels::conv2d::{forward, input_gradient, weight_gradient};
use attune_kernels::panels::Panels;
use attune_kernels::{Isa, Shared};
use proptest::prelude::*;

fn integers(len: usize, mut seed: u64) -> Vec<f32> {
    let mut next = || {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((seed >> 33) % 9) as f32 - 4.0
    };
    (0..len).map(|_| next()).collect()
}

fn weights(conv: &Conv2d, isa: Isa, plain: &[f32], transposed: bool) -> Vec<f32> {
    if !conv.uses_panels() {
        return plain.to_vec();
    }
    let panels = Panels {
        taps: conv.taps(),
        k: conv.group_channels(),
        n: conv.filters,
        groups: conv.groups,
        transposed,
    };
    let mut packed = vec![f32::NAN; panels.len(isa)];
    panels.pack(isa, plain, &mut packed);
    packed
}

/// Runs tiles last to first into an output that starts as NaN, and checks what each says it writes.
fn tiles(
    name: &str,
    count: usize,
    len: usize,
    run: impl Fn(usize, Shared<f32>),
    regions: impl Fn(usize) -> Vec<std::ops::Range<usize>>,
) -> Vec<f32> {
    let mut output = vec![f32::NAN; len];
    for tile in (0..count).rev() {
        let before = output.clone();
        run(tile, Shared::new(&mut output));
        let mut said = vec![false; len];
        for region in regions(tile) {
            said[region].fill(true);
        }
        for (e, said) in said.into_iter().enumerate() {
            if said {
                assert!(before[e].is_nan() && !output[e].is_nan(), "{name}: {e} of tile {tile}");
            } else {
                assert_eq!(before[e].to_bits(), output[e].to_bits(), "{name}: {e} of tile {tile}");
            }
        }
    }
    output
}

fn check(conv: Conv2d) {
    let x = integers(conv.input_len(), 1);
    let w = integers(conv.weight_len(), 2);
    let dy = integers(conv.output_len(), 3);
    let mut y = vec![0.0; conv.output_len()];
    let mut dx = vec![0.0; conv.input_len()];
    let mut dw = vec![0.0; conv.weight_len()];
    forward::reference(&conv, &x, &w, &mut y);
    input_gradient::reference(&conv, &dy, &w, &mut dx);
    weight_gradient::reference(&conv, &x, &dy, &mut dw);

    for isa in Isa::available() {
        let panels = weights(&conv, isa, &w, false);
        let kernel = Forward { conv };
        let fast = tiles(
            "forward",
            kernel.tiles(),
            y.len(),
            |t, out| kernel.run_on(isa, t, &x, &panels, out),
            |t| vec![kernel.region(t)],
        );
        assert_eq!(fast, y, "forward on {isa:?} of {conv:?}");

        let panels = weights(&conv, isa, &w, true);
        let kernel = InputGradient { conv };
        let fast = tiles(
            "input gradient",
            kernel.tiles(),
            dx.len(),
            |t, out| kernel.run_on(isa, t, &dy, &panels, out),
            |t| vec![kernel.region(t)],
        );
        assert_eq!(fast, dx, "input gradient on {isa:?} of {conv:?}");

        let kernel = WeightGradient { conv };
        let fast = if kernel.splits() == 1 {
            assert_eq!((kernel.scratch_len(), kernel.combine_tiles()), (0, 0));
            tiles(
                "weight gradient",
                kernel.tiles(),
                dw.len(),
                |t, out| kernel.run_on(isa, t, &x, &dy, out),
                |t| kernel.runs(t).collect(),
            )
        } else {
            let mut partials = vec![f32::NAN; kernel.scratch_len()];
            for t in 0..kernel.tiles() {
                kernel.run_on(isa, t, &x, &dy, Shared::new(&mut partials));
            }
            tiles(
                "weight gradient",
                kernel.combine_tiles(),
                dw.len(),
                |t, out| kernel.combine_on(isa, t, &partials, out),
                |t| kernel.runs(t).collect(),
            )
        };
        assert_eq!(fast, dw, "weight gradient on {isa:?} of {conv:?}");
    }
}

/// `batch, height, width, channels, filters`, then a square kernel.
fn conv(size: [usize; 5], kernel: usize) -> Conv2d {
    let [batch, height, width, channels, filters] = size;
    Conv2d {
        batch,
        height,
        width,
        channels,
        filters,
        kernel: [kernel; 2],
        stride: [1; 2],
        padding: [[0; 2]; 2],
        dilation: [1; 2],
        groups: 1,
    }
}

fn same(conv: Conv2d) -> Conv2d {
    Conv2d { padding: conv.kernel.map(|k| [k / 2, (k - 1) / 2]), ..conv }
}

#[test]
fn square_kernels_of_any_size_agree_with_the_reference() {
    for kernel in 1..=5 {
        check(conv([2, 9, 7, 3, 5], kernel));
        check(same(conv([2, 9, 7, 8, 17], kernel)));
    }
}

#[test]
fn strides_agree_with_the_reference() {
    for stride in 1..=3 {
        for kernel in 1..=4 {
            check(Conv2d { stride: [stride; 2], ..same(conv([3, 8, 11, 4, 6], kernel)) });
            check(Conv2d { stride: [stride, 1], ..conv([1, 7, 6, 9, 3], kernel) });
            check(Conv2d { stride: [1, stride], ..conv([1, 6, 12, 1, 16], kernel) });
        }
    }
}

#[test]
fn dilations_agree_with_the_reference() {
    check(Conv2d { dilation: [2, 2], ..same(conv([2, 9, 9, 5, 4], 3)) });
    check(Conv2d { dilation: [3, 1], stride: [2, 2], ..conv([2, 11, 8, 6, 10], 3) });
    check(Conv2d { dilation: [1, 2], stride: [2, 3], ..same(conv([1, 8, 13, 16, 16], 3)) });
    check(Conv2d { dilation: [2, 3], stride: [3, 2], ..same(conv([1, 10, 13, 2, 3], 2)) });
}

#[test]
fn a_padding_of_each_side_agrees_with_the_reference() {
    for padding in [[[0, 1], [2, 0]], [[3, 0], [0, 4]], [[1, 2], [3, 4]], [[5, 5], [5, 5]]] {
        check(Conv2d { padding, ..conv([2, 5, 6, 3, 4], 3) });
        check(Conv2d { padding, stride: [2, 2], ..conv([2, 5, 6, 3, 4], 3) });
    }
}

#[test]
fn groups_agree_with_the_reference() {
    for groups in [2, 4] {
        check(Conv2d { groups, ..same(conv([2, 6, 5, 8, 12], 3)) });
        check(Conv2d { groups, stride: [2, 2], ..conv([2, 6, 5, 36, 68], 3) });
    }
    check(Conv2d { groups: 3, ..same(conv([2, 4, 4, 3, 6], 3)) });
}

#[test]
fn depthwise_agrees_with_the_reference() {
    for channels in [2, 7, 8, 9, 33] {
        for stride in 1..=3 {
            let one = Conv2d { groups: channels, ..conv([2, 9, 10, channels, channels], 3) };
            check(Conv2d { stride: [stride; 2], ..one });
            check(Conv2d { stride: [stride; 2], ..same(one) });
            check(Conv2d { dilation: [2, 1], stride: [1, stride], ..same(one) });
        }
    }
}

#[test]
fn channels_and_filters_around_the_lane_count_agree_with_the_reference() {
    for size in [1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33] {
        check(same(conv([1, 4, 5, size, 3], 3)));
        check(same(conv([1, 4, 5, 3, size], 3)));
    }
}

#[test]
fn shapes_of_many_tiles_agree_with_the_reference() {
    check(conv([40, 28, 28, 1, 32], 3));
    check(same(conv([3, 32, 32, 16, 24], 3)));
    check(same(conv([33, 4, 4, 24, 40], 3)));
    check(same(conv([2, 3, 700, 3, 8], 3)));
    check(same(conv([2, 4, 4, 200, 264], 3)));
    check(conv([6, 16, 16, 64, 48], 1));
    check(Conv2d { stride: [2, 2], ..conv([6, 16, 16, 32, 48], 1) });
    check(Conv2d { stride: [2, 2], ..same(conv([4, 33, 33, 3, 16], 7)) });
    check(Conv2d { groups: 32, ..same(conv([20, 16, 16, 32, 32], 3)) });
}

#[test]
fn empty_sizes_agree_with_the_reference() {
    check(conv([0, 5, 5, 3, 4], 3));
    check(conv([2, 5, 5, 0, 4], 3));
    check(conv([2, 5, 5, 3, 0], 3));
    check(conv([2, 2, 5, 3, 4], 3));
    check(conv([2, 0, 5, 3, 4], 1));
}

#[test]
fn results_do_not_depend_on_the_tile_that_holds_a_pixel() {
    let small = same(conv([1, 16, 16, 16, 16], 3));
    let large = Conv2d { batch: 9, ..small };
    let scale = |v: Vec<f32>| v.into_iter().map(|v| v * 0.37 + 0.01).collect::<Vec<_>>();
    let one = scale(integers(small.input_len(), 1));
    let x = one.repeat(9);
    let w = scale(integers(small.weight_len(), 2));
    for isa in Isa::available() {
        let panels = weights(&small, isa, &w, false);
        let run = |conv, x: &[f32]| {
            let kernel = Forward { conv };
            let run = |t, out: Shared<f32>| kernel.run_on(isa, t, x, &panels, out);
            tiles("forward", kernel.tiles(), conv.output_len(), run, |t| vec![kernel.region(t)])
        };
        assert_eq!(run(small, &one).repeat(9), run(large, &x));
    }
}

#[test]
fn pixels_between_two_that_see_only_padding_are_computed() {
    let stride = [1, 3];
    let padding = [[0, 0], [2, 3]];
    check(Conv2d { stride, padding, groups: 2, ..conv([1, 1, 5, 2, 2], 1) });
}

prop_compose! {
    fn any_conv()(
        (batch, groups) in (0usize..3, 1usize..4),
        (height, width) in (1usize..12, 1usize..12),
        (cg, fg) in (1usize..6, 1usize..20),
        kernel in prop::array::uniform2(1usize..6),
        stride in prop::array::uniform2(1usize..4),
        dilation in prop::array::uniform2(1usize..3),
        padding in prop::array::uniform2(prop::array::uniform2(0usize..4)),
    ) -> Conv2d {
        let (channels, filters) = (cg * groups, fg * groups);
        Conv2d { batch, height, width, channels, filters, kernel, stride, padding, dilation, groups }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() })]
    #[test]
    fn any_convolution_agrees_with_the_reference(conv in any_conv()) {
        check(conv);
    }
}
