//! The step `robust`: `y = (x - median) / (high - low)`, two percentiles, so that outliers do not count.

use serde::{Deserialize, Serialize};

use super::super::columns::Columns;
use super::order::{percentile, sorted};
use super::scaler::{Scaler, scaler_step};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Robust {
    columns: Columns,
    /// Percentiles, from 0 to 100.
    low: f64,
    high: f64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spread {
    median: f64,
    spread: f64,
}

impl Default for Robust {
    fn default() -> Self {
        Robust { columns: Columns::default(), low: 25.0, high: 75.0 }
    }
}

impl Scaler for Robust {
    type Figures = Spread;

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn learn(&self, values: Vec<f64>) -> Spread {
        let values = sorted(values);
        let at = |percent: f64| percentile(&values, percent / 100.0);
        let spread = at(self.high) - at(self.low);
        Spread { median: at(50.0), spread: if spread < 10.0 * f64::EPSILON { 1.0 } else { spread } }
    }

    fn forward(&self, figures: &Spread, x: f64) -> f64 {
        (x - figures.median) / figures.spread
    }

    fn backward(&self, figures: &Spread, y: f64) -> f64 {
        y * figures.spread + figures.median
    }
}

scaler_step!(Robust);
