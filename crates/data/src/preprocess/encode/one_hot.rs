//! The step `oneHot`: a column becomes one of 0 and 1 for each of its categories.

use std::collections::BTreeMap;
use std::sync::Mutex;

use attune_tensor::{Code, Error, Result};
use serde::{Deserialize, Serialize};

use super::super::columns::Columns;
use super::super::frame::{Cell, Cells, Frame, Series};
use super::super::step::{Pass, Step};
use super::categories::{Unseen, categories, codes, unseen};
use crate::table::Kind;

/// Which category has no column of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Without {
    None,
    First,
    /// The first of two; others keep all.
    Binary,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct OneHot {
    pub columns: Columns,
    without: Without,
    /// `ignore` gives zeros alone.
    unseen: Unseen,
    max_categories: usize,
}

/// What was learned of a column.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Categories {
    kind: Kind,
    categories: Vec<Cell>,
    /// Categories at the start that have no column: 0 or 1.
    skipped: usize,
}

impl Default for OneHot {
    fn default() -> Self {
        OneHot {
            columns: Columns::default(),
            without: Without::None,
            unseen: Unseen::Ignore,
            max_categories: 100,
        }
    }
}

impl OneHot {
    fn learn(&self, column: &Series) -> Result<Categories> {
        let categories = categories(column);
        let count = categories.len();
        if count > self.max_categories {
            let most = self.max_categories;
            let message = format!(
                "column {:?}: expected at most {most} categories, came {count}: leave it out with \
                 `drop`, make the seldom ones one with `rare`, encode it with `hashing`, `frequency` \
                 or `targetEncode`, or raise `maxCategories`",
                column.name
            );
            return Err(Error::new(Code::Config, message));
        }
        let skips = match self.without {
            Without::None => false,
            Without::First => count > 0,
            Without::Binary => count == 2,
        };
        Ok(Categories { kind: column.kind, categories, skipped: usize::from(skips) })
    }
}

/// The name of the column of a category.
fn name_of(column: &str, category: &Cell) -> String {
    format!("{column}={}", category.label())
}

impl Step for OneHot {
    type State = BTreeMap<String, Categories>;

    fn fit(&self, frame: &Frame, _: u64) -> Result<Self::State> {
        frame.learn(&self.columns.of(frame, &[Kind::Text])?, |column| self.learn(column))
    }

    fn apply(&self, state: &Self::State, frame: &mut Frame, pass: &mut Pass) -> Result<()> {
        frame.reserve(state.values().map(|known| known.categories.len()).sum(), 8)?;
        let (limit, notes) = (pass.report.limit, Mutex::new(BTreeMap::new()));
        frame.replace(state, |known, column, rows| {
            let codes = codes(&column, &known.categories);
            let note = unseen(&column, &codes, rows, self.unseen, limit)?;
            if let Ok(mut notes) = notes.lock() {
                notes.insert(column.name.clone(), note);
            }
            let first = known.skipped.min(known.categories.len());
            let mut hot = vec![vec![0.0; codes.len()]; known.categories.len() - first];
            for (row, place) in codes.iter().enumerate() {
                if let Some(place) = place.and_then(|place| place.checked_sub(first)) {
                    hot[place][row] = 1.0;
                }
            }
            let series = |(category, values): (&Cell, Vec<f64>)| Series {
                kind: Kind::Boolean,
                ..Series::numbers(name_of(&column.name, category), values)
            };
            Ok(known.categories[first..].iter().zip(hot).map(series).collect())
        })?;
        for (column, (count, examples)) in notes.into_inner().unwrap_or_default() {
            let note = Some("without a category, zeros alone".to_owned());
            pass.found(Some(&column), "ignore", note, count, examples);
        }
        Ok(())
    }

    /// The category with the largest value; missing where all are 0 and none was left without a column.
    fn invert(&self, state: &Self::State, frame: &mut Frame) -> Result<()> {
        for (name, known) in state {
            let first = known.skipped.min(known.categories.len());
            let mut place = None;
            let mut hot = vec![];
            for category in &known.categories[first..] {
                let Some(at) = frame.find(&name_of(name, category)) else { continue };
                place = place.or(Some(at));
                if let Cells::Numbers(values) = frame.columns.remove(at).cells {
                    hot.push((category, values));
                }
            }
            if place.is_none() && known.categories.len() > first {
                continue;
            }
            let cell = |row: usize| {
                let largest = hot.iter().max_by(|a, b| a.1[row].total_cmp(&b.1[row]));
                match largest.filter(|(_, values)| values[row] > 0.0) {
                    Some((category, _)) => Some(*category),
                    None => known.categories.first().filter(|_| first == 1),
                }
            };
            let cells = (0..frame.len()).map(cell);
            let column = if known.kind == Kind::Text {
                let text = |cell: Option<&Cell>| cell.map(Cell::label);
                let texts: Vec<Option<String>> = cells.map(text).collect();
                Series::texts(name, texts.iter().map(Option::as_deref))
            } else {
                let number = |cell: Option<&Cell>| match cell {
                    Some(Cell::Number(number)) => *number,
                    _ => f64::NAN,
                };
                let values = cells.map(number).collect();
                Series { kind: known.kind, ..Series::numbers(name.clone(), values) }
            };
            let place = place.unwrap_or(frame.columns.len()).min(frame.columns.len());
            frame.columns.insert(place, column);
        }
        Ok(())
    }
}
