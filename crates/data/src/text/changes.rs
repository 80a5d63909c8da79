//! Random changes of training texts: tokens dropped, swapped with their neighbour, or masked.
//! Which, is a function of seed, epoch, sample and the change's place in the list.

use attune_kernels::random::{Stream, key, site};
use attune_tensor::{Budget, Result};
use rayon::prelude::*;

use super::sequences::{Rows, Sequences, columns, labelled};
use crate::DataSet;
use crate::data_set::data_error;

/// A change, and how likely a token is to meet it.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Change {
    /// One token is left at least. Wei and Zou 2019, arXiv:1901.11196.
    DropTokens { rate: f64 },
    /// With the next one.
    SwapTokens { rate: f64 },
    /// Another id stands in its place.
    MaskTokens { rate: f64, mask: u32 },
}

/// A stretch of an epoch.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
pub struct Stretch {
    pub seed: u64,
    pub epoch: u64,
    /// The place of its first sample in the order of the epoch.
    pub first: usize,
    pub count: usize,
    pub shuffle: bool,
}

fn chance(draw: &mut Stream, rate: f64) -> bool {
    f64::from(draw.next_u32()) < rate * 4_294_967_296.0
}

fn change(changes: &[Change], ids: &mut Vec<u32>, seed: u64, epoch: u64, sample: u64) {
    for (place, one) in changes.iter().enumerate() {
        let at = key(seed, site("text") ^ epoch);
        let at = key(u64::from(at[0]) << 32 | u64::from(at[1]), sample);
        let at = key(u64::from(at[0]) << 32 | u64::from(at[1]), place as u64);
        let mut draw = Stream::new(at);
        match *one {
            Change::DropTokens { rate } => {
                let first = ids.first().copied();
                ids.retain(|_| !chance(&mut draw, rate));
                if ids.is_empty() {
                    ids.extend(first);
                }
            }
            Change::SwapTokens { rate } => {
                for place in 1..ids.len() {
                    if chance(&mut draw, rate) {
                        ids.swap(place - 1, place);
                    }
                }
            }
            Change::MaskTokens { rate, mask } => {
                for id in ids.iter_mut() {
                    if chance(&mut draw, rate) {
                        *id = mask;
                    }
                }
            }
        }
    }
}

impl Sequences {
    /// A stretch of an epoch over `order`'s samples, changed: columns as those of `rows`.
    pub fn changed(
        &self,
        samples: &DataSet,
        rule: &Rows,
        changes: &[Change],
        stretch: Stretch,
        budget: &Budget,
    ) -> Result<DataSet> {
        let order = samples.order(stretch.seed, stretch.epoch, stretch.shuffle);
        let end = stretch.first.checked_add(stretch.count).filter(|&end| end <= order.len());
        let Some(end) = end else {
            return Err(data_error(format!("expected a stretch of {} samples", order.len())));
        };
        let rows = &order[stretch.first..end];
        let (mut x, mut y) = columns(rows.len(), rule.length, budget)?;
        x.as_slice_mut::<i32>().par_chunks_mut(rule.length).zip(rows).try_for_each(
            |(out, &row)| {
                let mut ids = self.get(row)?.to_vec();
                change(changes, &mut ids, stretch.seed, stretch.epoch, u64::from(row));
                self.fill(&ids, rule, out).map_err(|error| error.at(&format!("text {row}")))
            },
        )?;
        for (label, &row) in y.as_slice_mut::<i32>().iter_mut().zip(rows) {
            *label = self.label(row)?;
        }
        labelled(rule.length, x, y)
    }
}
