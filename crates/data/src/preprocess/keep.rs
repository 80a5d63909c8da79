//! The steps `select` and `drop`: which columns go on.

use attune_tensor::Result;
use serde::{Deserialize, Serialize};

use super::columns::Columns;
use super::frame::Frame;
use super::step::{Pass, Step};
use crate::table::Kind;

const ALL: &[Kind] = &[Kind::Number, Kind::Text, Kind::Boolean];

/// Only these columns, and the target, go on.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Select {
    columns: Columns,
}

/// These columns do not go on.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drop {
    columns: Columns,
}

/// The columns that were there and do not go on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Left {
    pub names: Vec<String>,
}

fn leave_out(state: &Left, frame: &mut Frame) {
    frame.columns.retain(|column| !state.names.contains(&column.name));
}

impl Step for Select {
    type State = Left;

    fn fit(&self, frame: &Frame, _: u64) -> Result<Left> {
        let places = self.columns.of(frame, ALL)?;
        let left =
            frame.columns.iter().enumerate().filter(|(place, column)| {
                !places.contains(place) && !frame.is_target(&column.name)
            });
        Ok(Left { names: left.map(|(_, column)| column.name.clone()).collect() })
    }

    fn apply(&self, state: &Left, frame: &mut Frame, _: &mut Pass) -> Result<()> {
        leave_out(state, frame);
        Ok(())
    }
}

impl Step for Drop {
    type State = Left;

    fn fit(&self, frame: &Frame, _: u64) -> Result<Left> {
        let places = self.columns.of(frame, ALL)?;
        let name = |place: usize| frame.columns[place].name.clone();
        Ok(Left { names: places.into_iter().map(name).collect() })
    }

    fn apply(&self, state: &Left, frame: &mut Frame, _: &mut Pass) -> Result<()> {
        leave_out(state, frame);
        Ok(())
    }
}
