//! The step `range`: numbers below a least or above a most, and infinite ones, are wrong.

use attune_tensor::Result;
use serde::{Deserialize, Serialize};

use super::super::columns::Columns;
use super::super::frame::{Cell, Cells, Series};
use super::super::step::Wrong;
use super::check::{Action, Check, check_step};
use crate::table::Kind;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Range {
    columns: Columns,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<f64>,
    action: Action,
}

/// What is right; a bound that is absent is none.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Bounds {
    pub least: Option<f64>,
    pub most: Option<f64>,
}

impl Default for Range {
    fn default() -> Self {
        Range { columns: Columns::default(), min: None, max: None, action: Action::Missing }
    }
}

impl Bounds {
    /// The values outside, each with the nearest value inside.
    pub fn outside(&self, column: &Series) -> Vec<Wrong> {
        let Cells::Numbers(values) = &column.cells else { return vec![] };
        let (least, most) = (self.least.unwrap_or(f64::MIN), self.most.unwrap_or(f64::MAX));
        let wrong = |(at, &x): (usize, &f64)| {
            let bound = if x < least { self.least } else { self.most };
            (x < least || x > most).then(|| Wrong { at, becomes: bound.map(Cell::Number) })
        };
        values.iter().enumerate().filter_map(wrong).collect()
    }

    pub fn text(&self) -> String {
        match (self.least, self.most) {
            (None, None) => "finite".to_owned(),
            (Some(least), None) => format!("at least {least}"),
            (None, Some(most)) => format!("at most {most}"),
            (Some(least), Some(most)) => format!("{least} to {most}"),
        }
    }
}

impl Check for Range {
    type Figures = Bounds;

    const SUITED: &'static [Kind] = &[Kind::Number];

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn action(&self) -> Action {
        self.action
    }

    fn learn(&self, column: &Series) -> Result<Bounds> {
        column.expect_numbers()?;
        Ok(Bounds { least: self.min, most: self.max })
    }

    fn find(&self, bounds: &Bounds, column: &Series) -> Vec<Wrong> {
        bounds.outside(column)
    }

    fn note(&self, bounds: &Bounds) -> Option<String> {
        Some(bounds.text())
    }
}

check_step!(Range);
