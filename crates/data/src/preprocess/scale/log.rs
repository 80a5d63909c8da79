//! The step `log`: `y = ln(1 + x)`, for values above -1.

use serde::{Deserialize, Serialize};

use super::super::columns::Columns;
use super::scaler::{Scaler, scaler_step};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    columns: Columns,
}

/// Nothing is learned but that the column takes part.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Taken {}

impl Scaler for Log {
    type Figures = Taken;

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn learn(&self, _: Vec<f64>) -> Taken {
        Taken {}
    }

    fn forward(&self, _: &Taken, x: f64) -> f64 {
        x.ln_1p()
    }

    fn backward(&self, _: &Taken, y: f64) -> f64 {
        y.exp_m1()
    }
}

scaler_step!(Log);
