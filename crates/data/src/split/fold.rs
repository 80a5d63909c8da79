//! The rows of one fold, of sizes as scikit-learn's `KFold`, `StratifiedKFold` and `GroupKFold` make them.

use std::cmp::Reverse;
use std::ops::Range;

use attune_tensor::Result;

use super::compact;
use crate::data_set::data_error;

/// Fold `fold` of `rows` rows in order; the first `rows % of` folds have one more.
pub fn stretch(rows: usize, fold: usize, of: usize) -> Range<usize> {
    let (size, more) = (rows / of, rows % of);
    let start = fold * size + fold.min(more);
    start..start + size + usize::from(fold < more)
}

/// Every class dealt out over the folds, the rows of each in the order `drawn`.
pub fn of_classes(classes: &[u32], fold: usize, of: usize, drawn: &[u32]) -> Vec<bool> {
    let (places, counts) = compact(classes);
    // Dealing the sorted classes in turn keeps folds within one row of each other, in sum and by class.
    let mut before = 0;
    let sizes: Vec<Vec<usize>> = counts
        .iter()
        .map(|&count| {
            let first = before % of;
            before += count;
            // Of places first, first + 1, ... the fold has those that are its number, modulo `of`.
            let size = |fold: usize| {
                let turn = (fold + of - first) % of;
                if turn < count { (count - turn - 1) / of + 1 } else { 0 }
            };
            (0..of).map(size).collect()
        })
        .collect();
    let mut met = vec![0; counts.len()];
    let mut aside = vec![false; classes.len()];
    for &row in drawn {
        let class = places[row as usize];
        let start: usize = sizes[class][..fold].iter().sum();
        aside[row as usize] = (start..start + sizes[class][fold]).contains(&met[class]);
        met[class] += 1;
    }
    aside
}

/// The largest group first, each to the fold that has the fewest rows so far.
pub fn of_groups(groups: &[u32], fold: usize, of: usize) -> Result<Vec<bool>> {
    let (places, counts) = compact(groups);
    if counts.len() < of {
        let came = counts.len();
        return Err(data_error(format!(
            "expected at least {of} groups for {of} folds, came {came}"
        )));
    }
    let mut by_size: Vec<usize> = (0..counts.len()).collect();
    by_size.sort_by_key(|&group| Reverse(counts[group]));
    let (mut rows, mut fold_of) = (vec![0; of], vec![0; counts.len()]);
    for group in by_size {
        let lightest = (0..of).min_by_key(|&fold| rows[fold]).unwrap_or(0);
        fold_of[group] = lightest;
        rows[lightest] += counts[group];
    }
    Ok(places.into_iter().map(|group| fold_of[group] == fold).collect())
}
