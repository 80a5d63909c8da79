//! Which rows to train on and which to keep aside: random, by class, by group, by time, and folds of each.

mod fold;
mod share;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use attune_kernels::random;
use attune_tensor::{Code, Error, Result};

use crate::data_set::data_error;

/// What the choice of rows goes by.
#[derive(Clone, Copy, Debug)]
pub enum By<'a> {
    /// The first rows are kept aside.
    First,
    /// The last rows are kept aside.
    Last,
    /// Drawn by the seed alone.
    Random,
    /// Each class, a number for each row, has its share on both sides; drawn by the seed.
    Stratified(&'a [u32]),
    /// No group, a number for each row, is on both sides; drawn by the seed.
    Grouped(&'a [u32]),
    /// The latest are kept aside: no row of training is later than one of them.
    Time(&'a [f64]),
}

/// How many rows are kept aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aside {
    Rows(usize),
    /// The part of this number, from 0, out of so many.
    Fold {
        fold: usize,
        of: usize,
    },
}

/// Numbers of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    pub train: Vec<u32>,
    pub aside: Vec<u32>,
}

/// Parts `rows` rows. A fold by time leaves out the rows that are later than it, as they are unknown
/// then; every other way uses every row once.
pub fn split(rows: usize, by: By, aside: Aside, seed: u64) -> Result<Split> {
    check(rows, by, aside)?;
    let all = 0..rows as u32;
    Ok(match (by, aside) {
        (By::First, Aside::Rows(count)) => apart(all.collect(), 0..count),
        (By::Last, Aside::Rows(count)) => apart(all.collect(), rows - count..rows),
        (By::First, Aside::Fold { fold, of }) => {
            apart(all.collect(), fold::stretch(rows, fold, of))
        }
        (By::Last, Aside::Fold { fold, of }) => {
            apart(all.collect(), fold::stretch(rows, of - 1 - fold, of))
        }
        (By::Random, Aside::Rows(count)) => apart(drawn(rows, seed), 0..count),
        (By::Random, Aside::Fold { fold, of }) => {
            apart(drawn(rows, seed), fold::stretch(rows, fold, of))
        }
        (By::Stratified(classes), Aside::Rows(count)) => {
            chosen(&share::of_classes(classes, count, &drawn(rows, seed)))
        }
        (By::Stratified(classes), Aside::Fold { fold, of }) => {
            chosen(&fold::of_classes(classes, fold, of, &drawn(rows, seed)))
        }
        (By::Grouped(groups), Aside::Rows(count)) => {
            chosen(&share::of_groups(groups, count, seed)?)
        }
        (By::Grouped(groups), Aside::Fold { fold, of }) => {
            chosen(&fold::of_groups(groups, fold, of)?)
        }
        (By::Time(times), Aside::Rows(count)) => apart(in_order(times), rows - count..rows),
        (By::Time(times), Aside::Fold { fold, of }) => {
            let (order, size) = (in_order(times), rows / (of + 1));
            let start = rows - (of - fold) * size;
            Split { train: order[..start].to_vec(), aside: order[start..start + size].to_vec() }
        }
    })
}

/// The order in which `Random` draws rows.
fn drawn(rows: usize, seed: u64) -> Vec<u32> {
    random::permutation(seed, random::site("split"), rows as u32)
}

/// Rows from the earliest to the latest; those of one moment stay in their order.
fn in_order(times: &[f64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..times.len() as u32).collect();
    order.sort_by(|&a, &b| times[a as usize].total_cmp(&times[b as usize]));
    order
}

/// A stretch of an order, and the rest of it.
fn apart(order: Vec<u32>, stretch: std::ops::Range<usize>) -> Split {
    let train = [&order[..stretch.start], &order[stretch.end..]].concat();
    Split { train, aside: order[stretch].to_vec() }
}

/// The rows that are kept aside, and the others, each in their order.
fn chosen(aside: &[bool]) -> Split {
    let (aside, train) = (0..aside.len() as u32).partition(|&row| aside[row as usize]);
    Split { train, aside }
}

/// Numbers from 0 in the order in which they first come, and how many rows have each.
fn compact(numbers: &[u32]) -> (Vec<usize>, Vec<usize>) {
    let (mut known, mut counts) = (HashMap::new(), Vec::new());
    let places = numbers
        .iter()
        .map(|number| {
            let place = *known.entry(number).or_insert(counts.len());
            if place == counts.len() {
                counts.push(0);
            }
            counts[place] += 1;
            place
        })
        .collect();
    (places, counts)
}

fn check(rows: usize, by: By, aside: Aside) -> Result<()> {
    let given = match by {
        By::Stratified(numbers) | By::Grouped(numbers) => Some(numbers.len()),
        By::Time(times) => Some(times.len()),
        By::First | By::Last | By::Random => None,
    };
    if let Some(given) = given.filter(|&given| given != rows) {
        return Err(data_error(format!("expected a value for each of {rows} rows, came {given}")));
    }
    if let By::Time(times) = by
        && let Some(row) = times.iter().position(|time| time.is_nan())
    {
        return Err(data_error(format!("row {row}: expected a time, came nothing")));
    }
    if rows > u32::MAX as usize {
        return Err(data_error(format!("expected fewer than 2^32 rows, came {rows}")));
    }
    // By time, the rows before the first fold are training rows alone.
    let least = |of: usize| if matches!(by, By::Time(_)) { of.saturating_add(1) } else { of };
    match aside {
        Aside::Rows(count) if count > rows => {
            let message = format!("expected at most {rows} rows to keep aside, came {count}");
            Err(Error::new(Code::Config, message))
        }
        Aside::Fold { of, .. } if of < 2 => {
            Err(Error::new(Code::Config, format!("expected at least 2 folds, came {of}")))
        }
        Aside::Fold { fold, of } if fold >= of => {
            let message = format!("expected a fold from 0 to {}, came {fold}", of - 1);
            Err(Error::new(Code::Config, message))
        }
        Aside::Fold { of, .. } if least(of) > rows => {
            let message =
                format!("expected at least {} rows for {of} folds, came {rows}", least(of));
            Err(data_error(message))
        }
        _ => Ok(()),
    }
}
