//! What all scalers share: figures learned from a column, and a change of single values that can be undone.

use std::collections::BTreeMap;
use std::fmt::Debug;

use attune_tensor::Result;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::columns::Columns;
use super::super::frame::{Cells, Frame, Series};
use crate::data_set::data_error;
use crate::table::Kind;

/// A change of single numbers by figures of their column.
pub trait Scaler: Sync {
    type Figures: Clone + Debug + Serialize + DeserializeOwned + Send + Sync;

    /// By default all columns of numbers.
    fn columns(&self) -> &Columns;

    /// The figures of finite values, of which there may be none.
    fn learn(&self, values: Vec<f64>) -> Self::Figures;

    fn forward(&self, figures: &Self::Figures, x: f64) -> f64;

    fn backward(&self, figures: &Self::Figures, y: f64) -> f64;
}

/// The figures of each chosen column.
pub fn fit<S: Scaler>(scaler: &S, frame: &Frame) -> Result<BTreeMap<String, S::Figures>> {
    let places = scaler.columns().of(frame, &[Kind::Number])?;
    frame.learn(&places, |column| {
        let values = column.expect_numbers()?;
        if let Some(at) = values.iter().position(|x| x.is_infinite()) {
            return Err(data_error(format!(
                "column {:?}, row {}: expected finite numbers, came {}: let a `range` step before \
                 clip it or set it missing",
                column.name, frame.rows[at], values[at]
            )));
        }
        Ok(scaler.learn(values.iter().copied().filter(|x| !x.is_nan()).collect()))
    })
}

/// Changes every column that has figures; missing values stay missing.
pub fn apply<S: Scaler>(
    scaler: &S,
    states: &BTreeMap<String, S::Figures>,
    frame: &mut Frame,
) -> Result<()> {
    frame.change(states, |figures, column, rows| {
        column.expect_numbers()?;
        let Series { name, cells, kind } = column;
        *kind = Kind::Number;
        if let Cells::Numbers(values) = cells {
            for (at, value) in values.iter_mut().enumerate().filter(|(_, value)| !value.is_nan()) {
                let scaled = scaler.forward(figures, *value);
                if !scaled.is_finite() {
                    return Err(data_error(format!(
                        "column {name:?}, row {}: {value} has no finite value at this scale: let a \
                         `range` step before clip it or set it missing",
                        rows[at]
                    )));
                }
                *value = scaled;
            }
        }
        Ok(())
    })?;
    Ok(())
}

/// Undoes the change.
pub fn invert<S: Scaler>(
    scaler: &S,
    states: &BTreeMap<String, S::Figures>,
    frame: &mut Frame,
) -> Result<()> {
    frame.change(states, |figures, column, _| {
        if let Cells::Numbers(values) = &mut column.cells {
            values.iter_mut().for_each(|value| *value = scaler.backward(figures, *value));
        }
        Ok(())
    })?;
    Ok(())
}

/// Makes a scaler a step.
macro_rules! scaler_step {
    ($name:ident) => {
        impl $crate::preprocess::step::Step for $name {
            type State = std::collections::BTreeMap<
                String,
                <$name as $crate::preprocess::scale::scaler::Scaler>::Figures,
            >;

            fn fit(
                &self,
                frame: &$crate::preprocess::frame::Frame,
                _: u64,
            ) -> attune_tensor::Result<Self::State> {
                $crate::preprocess::scale::scaler::fit(self, frame)
            }

            fn apply(
                &self,
                state: &Self::State,
                frame: &mut $crate::preprocess::frame::Frame,
                _: &mut $crate::preprocess::step::Pass,
            ) -> attune_tensor::Result<()> {
                $crate::preprocess::scale::scaler::apply(self, state, frame)
            }

            fn invert(
                &self,
                state: &Self::State,
                frame: &mut $crate::preprocess::frame::Frame,
            ) -> attune_tensor::Result<()> {
                $crate::preprocess::scale::scaler::invert(self, state, frame)
            }
        }
    };
}

pub(crate) use scaler_step;
