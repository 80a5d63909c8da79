//! The step `hashing`: a text becomes `size` numbers, one of which is 1 or -1; which, its hash decides.
//! Weinberger, Dasgupta, Langford, Smola and Attenberg 2009, arXiv:0902.2206.

use std::collections::BTreeMap;

use attune_kernels::random;
use attune_tensor::{Code, Error, Result};
use serde::{Deserialize, Serialize};

use super::super::columns::Columns;
use super::super::frame::{Frame, Series};
use super::super::step::{Pass, Step};
use crate::table::Kind;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Hashing {
    columns: Columns,
    size: usize,
}

/// Nothing is learned but that the column takes part.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Taken {}

impl Default for Hashing {
    fn default() -> Self {
        Hashing { columns: Columns::default(), size: 16 }
    }
}

/// As many columns as a column may become.
const MOST: usize = 1 << 16;

impl Hashing {
    fn check(&self) -> Result<()> {
        if (1..=MOST).contains(&self.size) {
            return Ok(());
        }
        let message = format!("size: expected 1 to {MOST} columns, came {}", self.size);
        Err(Error::new(Code::Config, message))
    }
}

impl Step for Hashing {
    type State = BTreeMap<String, Taken>;

    fn fit(&self, frame: &Frame, _: u64) -> Result<Self::State> {
        self.check()?;
        frame.learn(&self.columns.of(frame, &[Kind::Text])?, |_| Ok(Taken {}))
    }

    fn apply(&self, state: &Self::State, frame: &mut Frame, _: &mut Pass) -> Result<()> {
        self.check()?;
        frame.reserve(state.len() * self.size, 8)?;
        frame.replace(state, |_, column, _| {
            let mut values = vec![vec![0.0; column.len()]; self.size];
            for row in 0..column.len() {
                let Some(cell) = column.get(row) else { continue };
                let [place, sign] = random::key(0, random::site(&cell.label()));
                let value = if sign & 1 == 0 { 1.0 } else { -1.0 };
                if let Some(values) = values.get_mut(place as usize % self.size) {
                    values[row] = value;
                }
            }
            let name = |place: usize| format!("{}#{place}", column.name);
            let series = |(place, values)| Series::numbers(name(place), values);
            Ok(values.into_iter().enumerate().map(series).collect())
        })
    }

    /// Texts may share a hash, so the column cannot be had back.
    fn invert(&self, state: &Self::State, frame: &mut Frame) -> Result<()> {
        self.check()?;
        for name in state.keys() {
            let own: Vec<String> = (0..self.size).map(|place| format!("{name}#{place}")).collect();
            frame.columns.retain(|column| !own.contains(&column.name));
        }
        Ok(())
    }
}
