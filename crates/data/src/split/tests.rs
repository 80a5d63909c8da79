//! Every way of parting rows: nothing lost, nothing twice, shares and groups kept, the seed obeyed.

use super::*;

const ROWS: usize = 103;

fn classes() -> Vec<u32> {
    (0..ROWS as u32).map(|row| if row % 10 == 3 { 7 } else { row % 3 }).collect()
}

fn groups() -> Vec<u32> {
    (0..ROWS as u32).map(|row| row * row / 97).collect()
}

fn times() -> Vec<f64> {
    (0..ROWS).map(|row| ((row * 37) % 103) as f64).collect()
}

fn every(work: impl Fn(&str, By)) {
    let (classes, groups, times) = (classes(), groups(), times());
    work("first", By::First);
    work("last", By::Last);
    work("random", By::Random);
    work("stratified", By::Stratified(&classes));
    work("grouped", By::Grouped(&groups));
    work("time", By::Time(&times));
}

fn all_of(split: &Split) -> Vec<u32> {
    let mut all = [&split.train[..], &split.aside].concat();
    all.sort();
    all
}

fn count(rows: &[u32], numbers: &[u32], wanted: u32) -> usize {
    rows.iter().filter(|&&row| numbers[row as usize] == wanted).count()
}

#[test]
fn every_row_is_on_one_side_and_the_seed_alone_decides() {
    every(|name, by| {
        let parted = split(ROWS, by, Aside::Rows(20), 5).unwrap();
        assert_eq!(all_of(&parted), (0..ROWS as u32).collect::<Vec<_>>(), "{name}");
        assert_eq!(parted, split(ROWS, by, Aside::Rows(20), 5).unwrap(), "{name}");
        if !matches!(by, By::Grouped(_)) {
            assert_eq!(parted.aside.len(), 20, "{name}");
        }
        let differs = parted != split(ROWS, by, Aside::Rows(20), 6).unwrap();
        let drawn = matches!(by, By::Random | By::Stratified(_) | By::Grouped(_));
        assert_eq!(differs, drawn, "{name}");
        assert_eq!(split(ROWS, by, Aside::Rows(0), 5).unwrap().aside, [0; 0], "{name}");
    });
}

#[test]
fn folds_share_out_every_row_once() {
    every(|name, by| {
        let folds: Vec<Split> =
            (0..5).map(|fold| split(ROWS, by, Aside::Fold { fold, of: 5 }, 1).unwrap()).collect();
        let mut aside: Vec<u32> = folds.iter().flat_map(|fold| fold.aside.clone()).collect();
        aside.sort();
        if let By::Time(times) = by {
            // scikit-learn's TimeSeriesSplit(5) of 103: five folds of 17 behind the first 18.
            let sizes: Vec<_> = folds.iter().map(|f| (f.train.len(), f.aside.len())).collect();
            assert_eq!(sizes, [(18, 17), (35, 17), (52, 17), (69, 17), (86, 17)]);
            for Split { train, aside } in &folds {
                let time = |&row: &u32| times[row as usize] as i64;
                assert!(train.iter().map(time).max() < aside.iter().map(time).min());
            }
        } else {
            assert_eq!(aside, (0..ROWS as u32).collect::<Vec<_>>(), "{name}");
            assert!(folds.iter().all(|fold| all_of(fold) == aside), "{name}");
        }
    });
}

#[test]
fn each_class_has_its_share_of_what_is_kept_aside() {
    let classes = classes();
    // Of 103 rows 10 are of class 7, and of classes 0, 1 and 2 there are 31, 31 and 31.
    let parted = split(ROWS, By::Stratified(&classes), Aside::Rows(20), 3).unwrap();
    let shares = [0, 1, 2, 7].map(|class| count(&parted.aside, &classes, class));
    assert_eq!(shares, [6, 6, 6, 2]);
    for fold in 0..5 {
        let fold = split(ROWS, By::Stratified(&classes), Aside::Fold { fold, of: 5 }, 3).unwrap();
        assert_eq!(count(&fold.aside, &classes, 7), 2);
        assert!((20..=21).contains(&fold.aside.len()));
        for class in 0..3 {
            assert!((6..=7).contains(&count(&fold.aside, &classes, class)));
        }
    }
    // A class of one row is left to train on while other classes can give what is wanted.
    let lone = [0, 0, 0, 0, 0, 0, 0, 1];
    let parted = split(8, By::Stratified(&lone), Aside::Rows(3), 0).unwrap();
    assert_eq!(count(&parted.train, &lone, 1), 1);
    assert_eq!(split(8, By::Stratified(&lone), Aside::Rows(8), 0).unwrap().train, [0; 0]);
}

#[test]
fn no_group_is_on_both_sides() {
    let groups = groups();
    let apart = |parted: &Split| {
        let met = |rows: &[u32]| -> std::collections::HashSet<u32> {
            rows.iter().map(|&row| groups[row as usize]).collect()
        };
        met(&parted.train).is_disjoint(&met(&parted.aside))
    };
    for seed in 0..20 {
        let parted = split(ROWS, By::Grouped(&groups), Aside::Rows(30), seed).unwrap();
        assert!(apart(&parted) && parted.aside.len().abs_diff(30) <= 10, "{parted:?}");
    }
    for fold in 0..4 {
        let parted = split(ROWS, By::Grouped(&groups), Aside::Fold { fold, of: 4 }, 0).unwrap();
        assert!(apart(&parted) && (25..=26).contains(&parted.aside.len()), "{parted:?}");
    }
    let large = split(6, By::Grouped(&[1, 1, 1, 2, 2, 2]), Aside::Rows(1), 0).unwrap();
    assert_eq!((large.train.len(), large.aside.len()), (3, 3));
}

#[test]
fn what_cannot_be_parted_says_why() {
    let code = |by, aside| split(4, by, aside, 0).unwrap_err().code;
    assert_eq!(code(By::Random, Aside::Rows(5)), Code::Config);
    assert_eq!(code(By::Random, Aside::Fold { fold: 0, of: 1 }), Code::Config);
    assert_eq!(code(By::Random, Aside::Fold { fold: 3, of: 3 }), Code::Config);
    assert_eq!(code(By::Random, Aside::Fold { fold: 0, of: 5 }), Code::Data);
    assert_eq!(code(By::Time(&[1.0; 4]), Aside::Fold { fold: 0, of: 4 }), Code::Data);
    assert_eq!(code(By::Stratified(&[0, 1]), Aside::Rows(1)), Code::Data);
    assert_eq!(code(By::Grouped(&[1; 4]), Aside::Rows(1)), Code::Data);
    assert_eq!(code(By::Grouped(&[1, 1, 2, 2]), Aside::Fold { fold: 0, of: 3 }), Code::Data);
    let error = split(2, By::Time(&[0.0, f64::NAN]), Aside::Rows(1), 0).unwrap_err();
    assert!(error.message.starts_with("row 1: expected a time"), "{error}");
}
