//! The step `ordinal`: a category becomes its place among the sorted or given categories, from 0.

use std::collections::BTreeMap;

use attune_tensor::Result;
use serde::{Deserialize, Serialize};

use super::super::columns::Columns;
use super::super::frame::{Cell, Cells, Frame, Series};
use super::super::step::{Pass, Step};
use super::categories::{Unseen, categories, codes, unseen};
use crate::table::Kind;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ordinal {
    columns: Columns,
    /// Their order, such as `low`, `middle`, `high`; without it they are sorted.
    #[serde(skip_serializing_if = "Option::is_none")]
    categories: Option<Vec<Cell>>,
    /// `ignore` gives -1.
    unseen: Unseen,
}

/// What was learned of a column.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    kind: Kind,
    categories: Vec<Cell>,
}

impl Default for Ordinal {
    fn default() -> Self {
        Ordinal { columns: Columns::default(), categories: None, unseen: Unseen::Error }
    }
}

impl Step for Ordinal {
    type State = BTreeMap<String, Order>;

    fn fit(&self, frame: &Frame, _: u64) -> Result<Self::State> {
        frame.learn(&self.columns.of(frame, &[Kind::Text])?, |column| {
            let categories = self.categories.clone().unwrap_or_else(|| categories(column));
            Ok(Order { kind: column.kind, categories })
        })
    }

    fn apply(&self, state: &Self::State, frame: &mut Frame, pass: &mut Pass) -> Result<()> {
        let limit = pass.report.limit;
        let found = frame.change(state, |order, column, rows| {
            let codes = codes(column, &order.categories);
            let (count, examples) = unseen(column, &codes, rows, self.unseen, limit)?;
            let values =
                codes.iter().map(|place| place.map_or(-1.0, |place| place as f64)).collect();
            *column = Series::numbers(column.name.clone(), values);
            Ok((column.name.clone(), count, examples))
        })?;
        for (column, count, examples) in found {
            let note = Some("without a category, -1".to_owned());
            pass.found(Some(&column), "ignore", note, count, examples);
        }
        Ok(())
    }

    fn invert(&self, state: &Self::State, frame: &mut Frame) -> Result<()> {
        frame.change(state, |order, column, _| {
            let Cells::Numbers(values) = &column.cells else { return Ok(()) };
            let cell = |&x: &f64| {
                let place = x.round();
                let known = place >= 0.0 && place < order.categories.len() as f64;
                known.then(|| &order.categories[place as usize])
            };
            *column = if order.kind == Kind::Text {
                let texts: Vec<Option<String>> =
                    values.iter().map(|x| cell(x).map(Cell::label)).collect();
                Series::texts(&column.name, texts.iter().map(Option::as_deref))
            } else {
                let number = |x: &f64| match cell(x) {
                    Some(Cell::Number(number)) => *number,
                    _ => f64::NAN,
                };
                let values = values.iter().map(number).collect();
                Series { kind: order.kind, ..Series::numbers(column.name.clone(), values) }
            };
            Ok(())
        })?;
        Ok(())
    }
}
