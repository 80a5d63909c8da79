//! Random changes of training texts: tokens dropped, swapped with their neighbour, or masked.
//! Which, is a function of seed, epoch, sample and the change's place in the list.

use std::cmp::Reverse;

use attune_kernels::random::{Stream, key, site};
use attune_tensor::{Budget, Result};
use rayon::prelude::*;

use super::sequences::{Rows, Sequences, columns, labelled};
use crate::data_set::data_error;
use crate::{DataSet, Stretch};

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

/// A stretch of an epoch, and how many samples a step has.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
pub struct Steps {
    #[serde(flatten)]
    pub stretch: Stretch,
    /// 1 where it is not given.
    pub multiple: Option<usize>,
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

/// Steps whose samples are put in the order of their lengths together, as in Hugging Face's
/// `LengthGroupedSampler`.
const STEPS: usize = 50;

impl Sequences {
    /// A stretch of an epoch over the texts that `samples` tells, changed: columns as those of `rows`.
    /// Where rows are as long as their step needs, only the first steps of one length come.
    pub fn changed(
        &self,
        samples: &DataSet,
        rule: &Rows,
        changes: &[Change],
        steps: Steps,
        budget: &Budget,
    ) -> Result<DataSet> {
        let Steps { stretch, multiple } = steps;
        let mut order = samples.order(stretch.seed, stretch.epoch, stretch.shuffle);
        let end = stretch.first.checked_add(stretch.count).filter(|&end| end <= order.len());
        let Some(end) = end else {
            return Err(data_error(format!("expected a stretch of {} samples", order.len())));
        };
        let step = multiple.unwrap_or(1).max(1);
        let mut rule = *rule;
        let mut count = stretch.count;
        if let Some(by) = rule.bucket_by {
            for pool in order.chunks_mut(step.saturating_mul(STEPS)) {
                pool.sort_by_key(|&row| Reverse(self.longest(&[row]).unwrap_or(0)));
            }
            (count, rule.length) = self.alike(&order[stretch.first..end], step, by, rule.length)?;
        }
        let rows = &order[stretch.first..stretch.first + count];
        let (mut x, mut y) = columns(rows.len(), rule.length, budget)?;
        x.as_slice_mut::<i32>().par_chunks_mut(rule.length).zip(rows).try_for_each(
            |(out, &row)| {
                let mut ids = self.get(row)?.to_vec();
                change(changes, &mut ids, stretch.seed, stretch.epoch, u64::from(row));
                self.fill(&ids, &rule, out).map_err(|error| error.at(&format!("text {row}")))
            },
        )?;
        for (label, &row) in y.as_slice_mut::<i32>().iter_mut().zip(rows) {
            *label = self.label(row)?;
        }
        labelled(rule.length, x, y)
    }

    /// How many samples come in steps of one length, and that length.
    fn alike(&self, rows: &[u32], step: usize, by: usize, most: usize) -> Result<(usize, usize)> {
        let length = |rows: &[u32]| -> Result<usize> {
            let longest = self.longest(rows)?.max(1).checked_next_multiple_of(by);
            Ok(longest.map_or(most, |length| length.min(most)))
        };
        let mut steps = rows.chunks(step);
        let Some(first) = steps.next() else { return Ok((0, most)) };
        let (mut count, wanted) = (first.len(), length(first)?);
        for step in steps {
            if length(step)? != wanted {
                break;
            }
            count += step.len();
        }
        Ok((count, wanted))
    }
}
