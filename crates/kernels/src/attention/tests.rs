//! The tiles against the plain formula, for every instruction set.

use super::*;
use crate::random::fill_uniform;
use crate::{Isa, Shared};

const DRAW: Draw = Draw { seed: 5, step: 9 };

fn values(len: usize, name: &str) -> Vec<f32> {
    let mut values = vec![0.0; len];
    fill_uniform(7, name, -1.5, 1.5, &mut values);
    values
}

fn wide(x: &[f32]) -> Vec<f64> {
    x.iter().map(|&x| x.into()).collect()
}

fn near(what: &str, got: &[f32], expected: &[f64]) {
    assert_eq!(got.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1.0, |a: f64, x| a.max(x.abs()));
    for (i, (&got, &expected)) in got.iter().zip(expected).enumerate() {
        let error = (f64::from(got) - expected).abs();
        assert!(error <= 3e-6 * scale, "{what}[{i}]: {got}, expected {expected}");
    }
}

fn forward(isa: Isa, problem: &Attention, x: [&[f32]; 3], mask: Mask<'_>) -> [Vec<f32>; 2] {
    let mut panels = vec![f32::NAN; problem.panels_len()];
    let (mut y, mut lse) = (vec![f32::NAN; x[0].len()], vec![f32::NAN; problem.lse_len()]);
    let outputs = [Shared::new(&mut y), Shared::new(&mut lse), Shared::new(&mut panels)];
    for tile in 0..problem.tiles() {
        problem.run_on(isa, tile, x, mask, DRAW, outputs);
    }
    [y, lse]
}

fn backward(
    isa: Isa,
    problem: &Attention,
    [q, k, v, y, lse, dy]: [&[f32]; 6],
    dlse: Option<&[f32]>,
    mask: Mask<'_>,
) -> [Vec<f32>; 3] {
    let [mut a, mut b] = [(); 2].map(|()| vec![f32::NAN; problem.panels_len()]);
    let [mut c, mut d] = [(); 2].map(|()| vec![f32::NAN; problem.statistics_len()]);
    let prepared = Prepared {
        q: Shared::new(&mut a),
        dy: Shared::new(&mut b),
        lse: Shared::new(&mut c),
        delta: Shared::new(&mut d),
    };
    for tile in 0..problem.prepare_tiles() {
        problem.prepare_on(isa, tile, [q, y, dy, lse], dlse, prepared);
    }
    let prepared = Prepared { q: &a[..], dy: &b[..], lse: &c[..], delta: &d[..] };
    let [mut dq, mut dk, mut dv] = [q, k, v].map(|x| vec![f32::NAN; x.len()]);
    let mut partials = vec![f32::NAN; problem.partials_len()];
    let split = problem.splits() > 1;
    let target = if split { Shared::new(&mut partials) } else { Shared::new(&mut dq) };
    let outputs = [target, Shared::new(&mut dk), Shared::new(&mut dv)];
    for tile in 0..problem.backward_tiles() {
        let operands = Operands { q, k, v, dy };
        problem.backward_on(isa, tile, operands, prepared, mask, DRAW, outputs);
    }
    for tile in 0..problem.combine_tiles() {
        problem.combine(tile, &partials, Shared::new(&mut dq));
    }
    [dq, dk, dv]
}

fn check(isa: Isa, problem: Attention, mask: Mask<'_>) {
    let what = format!("{isa:?} {problem:?}");
    let (q, dy) = (values(problem.query_len(), "q"), values(problem.query_len(), "dy"));
    let (k, v) = (values(problem.key_len(), "k"), values(problem.key_len(), "v"));
    let dlse = values(problem.lse_len(), "dlse");
    let [y, lse] = forward(isa, &problem, [&q, &k, &v], mask);
    let [q64, k64, v64, dy64] = [&q, &k, &v, &dy].map(|x| wide(x));
    let (y64, lse64) = reference(&problem, [&q64, &k64, &v64], mask, DRAW);
    near(&format!("y of {what}"), &y, &y64);
    near(&format!("lse of {what}"), &lse, &lse64);
    let dlse64 = wide(&dlse);
    for with_lse in [false, true] {
        let of_lse = with_lse.then_some(&dlse[..]);
        let got = backward(isa, &problem, [&q, &k, &v, &y, &lse, &dy], of_lse, mask);
        let operands = [&q64[..], &k64, &v64, &y64, &lse64, &dy64];
        let of_lse = with_lse.then_some(&dlse64[..]);
        let expected = reference_backward(&problem, operands, of_lse, mask, DRAW);
        for (name, (got, expected)) in ["dq", "dk", "dv"].iter().zip(got.iter().zip(&expected)) {
            near(&format!("{name} of {what}"), got, expected);
        }
    }
}

fn problem(batch: usize, queries: usize, keys: usize, heads: [usize; 2], size: usize) -> Attention {
    let [heads, key_heads] = heads;
    let scale = 0.8 / (size.max(1) as f32).sqrt();
    let (causal, dropout, site) = (false, 0.0, 3);
    Attention { batch, queries, keys, heads, key_heads, size, scale, causal, dropout, site }
}

#[test]
fn every_instruction_set_follows_the_plain_formula() {
    for isa in Isa::available() {
        for (queries, keys) in [(1, 1), (3, 5), (17, 9), (33, 33), (97, 100), (100, 97), (40, 200)]
        {
            for size in [1, 4, 7, 16, 33] {
                for causal in [false, true] {
                    let plain = problem(2, queries, keys, [2, 2], size);
                    check(isa, Attention { causal, ..plain }, Mask::All);
                }
            }
        }
    }
}

#[test]
fn groups_of_heads_share_the_keys_of_one() {
    for isa in Isa::available() {
        for heads in [[4, 2], [6, 1], [3, 3]] {
            let plain = problem(2, 50, 40, heads, 12);
            check(isa, plain, Mask::All);
            check(isa, Attention { causal: true, dropout: 0.3, ..plain }, Mask::All);
        }
    }
}

#[test]
fn hidden_keys_count_for_nothing() {
    for isa in Isa::available() {
        for causal in [false, true] {
            let plain = Attention { causal, ..problem(5, 110, 130, [2, 1], 8) };
            check(isa, plain, Mask::Lengths(&[0, 1, 97, 130, 200]));
            let mask: Vec<i32> = (0..5 * 130).map(|i| i32::from(i % 7 > 3 && i > 130)).collect();
            check(isa, plain, Mask::Keys(&mask));
            check(isa, Attention { dropout: 0.5, ..plain }, Mask::Keys(&mask));
        }
    }
}

#[test]
fn dropout_draws_each_probability_by_its_place() {
    for isa in Isa::available() {
        for causal in [false, true] {
            let plain = problem(2, 150, 120, [2, 2], 8);
            check(isa, Attention { dropout: 0.2, causal, ..plain }, Mask::All);
        }
    }
}

#[test]
fn long_sequences_are_cut_into_splits_and_empty_ones_are_zeros() {
    for isa in Isa::available() {
        let long = Attention { causal: true, ..problem(1, 500, 500, [1, 1], 8) };
        assert!(long.splits() > 1);
        check(isa, long, Mask::All);
        for (batch, queries, keys, size) in [(0, 3, 3, 4), (2, 0, 3, 4), (2, 3, 0, 4), (2, 3, 3, 0)]
        {
            check(isa, problem(batch, queries, keys, [2, 1], size), Mask::All);
        }
    }
}

#[test]
fn large_scores_neither_overflow_nor_vanish() {
    for isa in Isa::available() {
        let one = Attention { scale: 1.0, ..problem(1, 2, 3, [1, 1], 1) };
        let (q, k, v) = ([1e4, -1e4], [1e4, 1e4, -1e4], [1.0, 3.0, 5.0]);
        let [y, _] = forward(isa, &one, [&q, &k, &v], Mask::All);
        assert_eq!(y, [2.0, 5.0], "{isa:?}");
    }
}

#[test]
fn a_nan_spoils_its_own_query_alone() {
    for isa in Isa::available() {
        let plain = problem(1, 40, 110, [1, 1], 4);
        let (mut q, k) = (values(plain.query_len(), "q"), values(plain.key_len(), "k"));
        q[4 * 17] = f32::NAN;
        let [y, _] = forward(isa, &plain, [&q, &k, &k], Mask::All);
        let spoiled: Vec<usize> = (0..40).filter(|&i| y[4 * i].is_nan()).collect();
        assert_eq!(spoiled, [17], "{isa:?}");
    }
}
