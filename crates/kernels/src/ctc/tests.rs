//! The recursions against the reference, and the reference against all paths counted one by one.

use super::*;
use crate::isa::Isa;
use crate::random::fill_uniform;
use crate::shared::Shared;

fn values(len: usize, name: &str, reach: f32) -> Vec<f32> {
    let mut values = vec![0.0; len];
    fill_uniform(9, name, -reach, reach, &mut values);
    values
}

fn wide(x: &[f32]) -> Vec<f64> {
    x.iter().map(|&x| x.into()).collect()
}

fn problem([batch, time, classes, most]: [usize; 4]) -> Ctc {
    Ctc { batch, time, classes, most, blank: 0, zero_infinity: false, per_label: false }
}

fn near(what: &str, got: f32, expected: f64) {
    let equal = f64::from(got) == expected || (got.is_nan() && expected.is_nan());
    let close = (f64::from(got) - expected).abs() <= 5e-6 * (1.0 + expected.abs());
    assert!(equal || close, "{what}: {got}, expected {expected}");
}

fn check(isa: Isa, problem: Ctc, reach: f32, targets: &[i32], lengths: Option<&[i32]>) {
    let Ctc { batch, time, classes, .. } = problem;
    let what = format!("{isa:?} {problem:?} {targets:?} {lengths:?}");
    let logits = values(batch * time * classes, "logits", reach);
    let dloss = values(batch, "dloss", 1.0);
    let (mut loss, mut dlogits) = (vec![7.0; batch], vec![7.0; logits.len()]);
    let [mut of_loss, mut of_gradient] =
        [false, true].map(|gradient| vec![f32::NAN; problem.scratch_len(gradient)]);
    let ints = (targets, lengths);
    for tile in 0..problem.tiles() {
        let (scratch, to) = (Shared::new(&mut of_loss), Shared::new(&mut loss));
        problem.run_on(isa, tile, &logits, ints, scratch, to);
        let (scratch, to) = (Shared::new(&mut of_gradient), Shared::new(&mut dlogits));
        problem.backward_on(isa, tile, [&logits, &dloss], ints, scratch, to);
    }
    let len = time * classes;
    for row in 0..batch {
        let spelling = problem.spelling_of(row, targets, lengths);
        let x = wide(&logits[row * len..][..len]);
        let (expected, gradient) = reference(&problem, &x, &spelling);
        near(&format!("{what} loss {row}"), loss[row], expected);
        for (i, (&got, d)) in dlogits[row * len..].iter().zip(gradient).enumerate() {
            near(&format!("{what} dlogits {row} {i}"), got, d * f64::from(dloss[row]));
        }
    }
}

#[test]
fn every_instruction_set_follows_the_reference() {
    for isa in Isa::available() {
        let targets = [1, 2, 2, 3, -1, 9, 1, 0, 1, 2, 2, 2, 3, 3, -1, -1];
        for (zero_infinity, per_label) in [(false, false), (true, true)] {
            let problem = Ctc { zero_infinity, per_label, ..problem([4, 9, 5, 4]) };
            check(isa, problem, 2.0, &targets, None);
            check(isa, problem, 2.0, &targets, Some(&[9, 1, 30, 2]));
            check(isa, Ctc { blank: 4, ..problem }, 2.0, &targets, Some(&[7, 5, 4, 0]));
        }
        let long: Vec<i32> = (0..23).map(|i| 1 + i * 7 % 30).collect();
        check(isa, problem([1, 60, 31, 23]), 3.0, &long, None);
    }
}

#[test]
fn empty_sizes_follow_the_reference() {
    for isa in Isa::available() {
        check(isa, problem([0, 3, 4, 2]), 1.0, &[], None);
        check(isa, problem([2, 0, 4, 1]), 1.0, &[1, -1], None);
        check(isa, problem([2, 3, 4, 0]), 1.0, &[], None);
        check(isa, problem([2, 3, 1, 1]), 1.0, &[-1, 0], Some(&[0, 2]));
    }
}

#[test]
fn a_label_that_is_no_class_gives_nan() {
    for isa in Isa::available() {
        check(isa, problem([2, 4, 3, 2]), 1.0, &[1, 3, 1, 2], None);
    }
}

/// Drops repetitions, then blanks.
fn spelled(path: &[usize]) -> Vec<i32> {
    let mut once = path.to_vec();
    once.dedup();
    once.into_iter().filter(|&class| class != 0).map(|class| class as i32).collect()
}

#[test]
fn the_loss_counts_every_path_that_spells_the_target() {
    let (time, classes) = (5usize, 3usize);
    let logits = wide(&values(time * classes, "paths", 2.0));
    for target in [vec![], vec![1], vec![1, 2], vec![2, 2], vec![1, 2, 1], vec![1, 1, 1]] {
        let problem = problem([1, time, classes, target.len()]);
        let mut total = 0.0;
        for path in 0..classes.pow(time as u32) {
            let path: Vec<usize> =
                (0..time).map(|t| path / classes.pow(t as u32) % classes).collect();
            if spelled(&path) == target {
                let share = path.iter().enumerate().map(|(t, &class)| {
                    let row = &logits[t * classes..][..classes];
                    row[class].exp() / row.iter().map(|x| x.exp()).sum::<f64>()
                });
                total += share.product::<f64>();
            }
        }
        let (loss, _) = reference(&problem, &logits, &problem.spelling(&target, None));
        assert!((loss + total.ln()).abs() < 1e-12, "{target:?}: {loss}, {}", -total.ln());
    }
}
