//! The step `allowed`: values that are not in a list are wrong.

use attune_tensor::Result;
use serde::{Deserialize, Serialize};

use super::super::columns::Columns;
use super::super::frame::{Cell, Cells, Series, places};
use super::super::step::Wrong;
use super::check::{Action, Check, check_step};
use crate::table::{Kind, Texts};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    columns: Columns,
    values: Vec<Cell>,
    #[serde(default = "missing")]
    action: Action,
}

fn missing() -> Action {
    Action::Missing
}

/// Nothing is learned but that the column takes part.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Taken {}

impl Check for Allowed {
    type Figures = Taken;

    const SUITED: &'static [Kind] = &[Kind::Number, Kind::Text, Kind::Boolean];

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn action(&self) -> Action {
        self.action
    }

    fn learn(&self, _: &Series) -> Result<Taken> {
        Ok(Taken {})
    }

    fn find(&self, _: &Taken, column: &Series) -> Vec<Wrong> {
        let wrong = |at| Wrong { at, becomes: None };
        match &column.cells {
            Cells::Numbers(values) => {
                let right = |x: &f64| x.is_nan() || self.values.contains(&Cell::Number(*x));
                let is_wrong = |(at, x)| (!right(x)).then(|| wrong(at));
                values.iter().enumerate().filter_map(is_wrong).collect()
            }
            Cells::Text(words) => {
                let known = places(&words.dictionary, &self.values);
                let right = |code: u32| code == Texts::MISSING || known[code as usize].is_some();
                let is_wrong = |(at, &code)| (!right(code)).then(|| wrong(at));
                words.codes.iter().enumerate().filter_map(is_wrong).collect()
            }
        }
    }

    fn note(&self, _: &Taken) -> Option<String> {
        let shown: Vec<_> = self.values.iter().take(8).map(Cell::show).collect();
        let more = if self.values.len() > shown.len() { ", ..." } else { "" };
        Some(format!("one of {}{more}", shown.join(", ")))
    }
}

check_step!(Allowed);
