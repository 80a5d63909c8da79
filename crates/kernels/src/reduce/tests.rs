//! Reductions against the reference, on every instruction set, for every way of cutting.

use super::*;
use crate::random::fill_normal;

fn numbers(n: usize) -> Vec<f32> {
    let mut x = vec![0.0; n];
    fill_normal(3, "x", 0.5, 2.0, &mut x);
    x
}

fn run(isa: Isa, problem: &Reduce, x: &[f32]) -> Vec<f32> {
    let mut out = vec![f32::NAN; problem.outer * problem.inner];
    let mut scratch = vec![f32::NAN; problem.scratch_len()];
    for tile in (0..problem.tiles()).rev() {
        problem.run_on(isa, tile, x, Shared::new(&mut out), Shared::new(&mut scratch));
    }
    for tile in (0..problem.combine_tiles()).rev() {
        problem.combine_on(isa, tile, &scratch, Shared::new(&mut out));
    }
    out
}

const SIZES: [[usize; 3]; 34] = [
    [0, 3, 4],
    [3, 0, 4],
    [3, 4, 0],
    [1, 0, 1],
    [1, 1, 1],
    [1, 7, 1],
    [1, 8, 1],
    [1, 9, 1],
    [5, 10, 1],
    [64, 10, 1],
    [3, 31, 1],
    [3, 33, 1],
    [2, 4099, 1],
    [1, 32_768, 1],
    [1, 32_769, 1],
    [2, 100_003, 1],
    [40, 33_000, 1],
    [1, 64, 10],
    [1, 65, 3],
    [1, 7, 7],
    [1, 7, 8],
    [1, 9, 9],
    [1, 100, 31],
    [1, 100, 33],
    [1, 3000, 32],
    [1, 5001, 17],
    [2, 2000, 40],
    [40, 1100, 33],
    [4, 5, 6],
    [300, 11, 13],
    [1, 2, 4097],
    [1, 20, 5000],
    [3, 30, 9000],
    [33, 9, 4100],
];

#[test]
fn every_reduction_matches_its_reference() {
    for kind in [Reduction::Sum, Reduction::Max, Reduction::Min] {
        for [outer, reduce, inner] in SIZES {
            let problem = Reduce { kind, outer, reduce, inner };
            let x = numbers(outer * reduce * inner);
            let exact: Vec<f64> = x.iter().map(|x| f64::from(*x)).collect();
            let wanted = reference(&problem, &exact);
            for isa in Isa::available() {
                for (got, wanted) in run(isa, &problem, &x).into_iter().zip(&wanted) {
                    let got = f64::from(got);
                    // Each of up to reduce roundings is half a unit of a sum of numbers near 2.
                    let slack = 5e-7 * (reduce as f64).max(16.0);
                    assert!(
                        got == *wanted || kind == Reduction::Sum && (got - wanted).abs() < slack,
                        "{isa:?} {problem:?}: {got}, not {wanted}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_long_sum_keeps_its_digits() {
    for isa in Isa::available() {
        for (outer, reduce, inner) in [(1, 3_000_000, 1), (1, 1_000_000, 3), (40, 100_000, 1)] {
            let problem = Reduce { kind: Reduction::Sum, outer, reduce, inner };
            let x = vec![0.1f32; outer * reduce * inner];
            let wanted = f64::from(0.1f32) * reduce as f64;
            for y in run(isa, &problem, &x) {
                let error = (f64::from(y) - wanted).abs() / wanted;
                assert!(error < 5e-6, "{isa:?} {problem:?}: off by {error}");
            }
        }
    }
}

#[test]
fn nan_passes_through_maxima_and_minima() {
    for kind in [Reduction::Max, Reduction::Min] {
        for [outer, reduce, inner] in [[3, 37, 1], [1, 70, 11], [2, 3, 33]] {
            let problem = Reduce { kind, outer, reduce, inner };
            for place in [0, 5, 32, 36] {
                let mut x = numbers(outer * reduce * inner);
                x[place] = f32::NAN;
                let wanted = reference(&problem, &x);
                assert!(wanted.iter().any(|w| w.is_nan()));
                for isa in Isa::available() {
                    let got = run(isa, &problem, &x);
                    for (got, wanted) in got.iter().zip(&wanted) {
                        assert!(got == wanted || got.is_nan() && wanted.is_nan());
                    }
                }
            }
        }
    }
}

#[test]
fn arg_max_finds_the_first_maximum_or_nan() {
    for [outer, reduce, inner] in SIZES {
        let problem = ArgMax { outer, reduce, inner };
        // Few distinct values, so that maxima repeat.
        let mut x: Vec<f32> =
            numbers(outer * reduce * inner).into_iter().map(|x| x.floor().min(3.0)).collect();
        for with_nan in [false, true] {
            if with_nan {
                x.iter_mut().skip(3).step_by(41).for_each(|x| *x = f32::NAN);
            }
            let wanted = arg_max_reference(&problem, &x);
            for isa in Isa::available() {
                let mut got = vec![-1; outer * inner];
                for tile in 0..problem.tiles() {
                    problem.run_on(isa, tile, &x, Shared::new(&mut got));
                }
                assert_eq!(got, wanted, "{isa:?} {problem:?}");
            }
        }
    }
}

#[test]
fn an_endless_minus_infinity_has_its_maximum_first() {
    let problem = ArgMax { outer: 1, reduce: 20, inner: 9 };
    let x = vec![f32::NEG_INFINITY; 180];
    for isa in Isa::available() {
        let mut got = vec![-1; 9];
        problem.run_on(isa, 0, &x, Shared::new(&mut got));
        assert_eq!(got, [0; 9]);
    }
}
