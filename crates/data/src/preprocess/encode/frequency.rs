//! The step `frequency`: a category becomes the share of the training rows that have it.

use std::collections::BTreeMap;

use attune_tensor::Result;
use serde::{Deserialize, Serialize};

use super::super::columns::Columns;
use super::super::frame::{Cell, Frame, Series};
use super::super::step::{Pass, Step};
use super::categories::{Unseen, categories, codes, unseen};
use crate::table::Kind;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Frequency {
    columns: Columns,
    /// `ignore` gives 0.
    unseen: Unseen,
}

/// What was learned of a column.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shares {
    categories: Vec<Cell>,
    /// Of each category; missing values count as rows.
    shares: Vec<f64>,
}

impl Default for Frequency {
    fn default() -> Self {
        Frequency { columns: Columns::default(), unseen: Unseen::Ignore }
    }
}

impl Step for Frequency {
    type State = BTreeMap<String, Shares>;

    fn fit(&self, frame: &Frame, _: u64) -> Result<Self::State> {
        frame.learn(&self.columns.of(frame, &[Kind::Text])?, |column| {
            let categories = categories(column);
            let mut counts = vec![0usize; categories.len()];
            codes(column, &categories).into_iter().flatten().for_each(|place| counts[place] += 1);
            let rows = column.len().max(1) as f64;
            Ok(Shares { categories, shares: counts.iter().map(|&n| n as f64 / rows).collect() })
        })
    }

    fn apply(&self, state: &Self::State, frame: &mut Frame, pass: &mut Pass) -> Result<()> {
        let limit = pass.report.limit;
        let found = frame.change(state, |known, column, rows| {
            let codes = codes(column, &known.categories);
            let (count, examples) = unseen(column, &codes, rows, self.unseen, limit)?;
            let share = |place: &Option<usize>| {
                place.and_then(|place| known.shares.get(place)).copied().unwrap_or(0.0)
            };
            *column = Series::numbers(column.name.clone(), codes.iter().map(share).collect());
            Ok((column.name.clone(), count, examples))
        })?;
        for (column, count, examples) in found {
            let note = Some("without a category, 0".to_owned());
            pass.found(Some(&column), "ignore", note, count, examples);
        }
        Ok(())
    }

    /// Categories may share a frequency, so the column cannot be had back.
    fn invert(&self, state: &Self::State, frame: &mut Frame) -> Result<()> {
        frame.columns.retain(|column| !state.contains_key(&column.name));
        Ok(())
    }
}
