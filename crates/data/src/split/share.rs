//! Rows to keep aside so that each class has its share of them, or so that no group is parted.

use attune_kernels::random;
use attune_tensor::Result;

use super::compact;
use crate::data_set::data_error;

/// `count` rows, of each class as near to its share as whole rows allow: the largest remainders are
/// rounded up. The rows of a class come in the order `drawn`.
pub fn of_classes(classes: &[u32], count: usize, drawn: &[u32]) -> Vec<bool> {
    let (places, counts) = compact(classes);
    let rows = classes.len().max(1) as u64;
    let exact = |class: usize| counts[class] as u64 * count as u64;
    let mut taken: Vec<usize> = (0..counts.len()).map(|i| (exact(i) / rows) as usize).collect();
    let mut by_remainder: Vec<usize> = (0..counts.len()).collect();
    // A class is not taken whole while another can give the row.
    by_remainder.sort_by_key(|&class| {
        let whole = taken[class] + 1 >= counts[class];
        (whole, std::cmp::Reverse(exact(class) % rows), class)
    });
    let mut left = count - taken.iter().sum::<usize>();
    for class in by_remainder.into_iter().cycle() {
        if left == 0 {
            break;
        }
        if taken[class] < counts[class] {
            taken[class] += 1;
            left -= 1;
        }
    }
    let mut aside = vec![false; classes.len()];
    for &row in drawn {
        let class = places[row as usize];
        if taken[class] > 0 {
            taken[class] -= 1;
            aside[row as usize] = true;
        }
    }
    aside
}

/// Whole groups, drawn by the seed while they bring the number of rows nearer to `count`; at least
/// one, and at least one is left to train on.
pub fn of_groups(groups: &[u32], count: usize, seed: u64) -> Result<Vec<bool>> {
    let (places, counts) = compact(groups);
    if count == 0 {
        return Ok(vec![false; groups.len()]);
    }
    if counts.len() < 2 {
        let came = counts.len();
        return Err(data_error(format!("expected at least 2 groups to part, came {came}")));
    }
    let order = random::permutation(seed, random::site("split.groups"), counts.len() as u32);
    let mut chosen = vec![false; counts.len()];
    let (mut rows, mut groups_left) = (0, counts.len());
    for group in order.into_iter().map(|group| group as usize) {
        let nearer = (rows + counts[group]).abs_diff(count) < rows.abs_diff(count);
        if groups_left > 1 && nearer {
            chosen[group] = true;
            rows += counts[group];
            groups_left -= 1;
        }
    }
    if rows == 0 {
        // Every group is more than twice the rows wanted: the smallest is nearest.
        let smallest = (0..counts.len()).min_by_key(|&group| counts[group]).unwrap_or(0);
        chosen[smallest] = true;
    }
    Ok(places.into_iter().map(|group| chosen[group]).collect())
}
