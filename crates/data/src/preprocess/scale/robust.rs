//! The step `robust`: `y = (x - median) / (high - low)`, two percentiles, so that outliers do not count.

use serde::{Deserialize, Serialize};

use super::super::columns::Columns;
use super::normal;
use super::order::{percentile, sorted};
use super::scaler::{Scaler, scaler_step};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Robust {
    columns: Columns,
    /// Percentiles, from 0 to 100.
    low: f64,
    high: f64,
    center: bool,
    scale: bool,
    /// Whether the spread is divided by that of a normal distribution, whose deviation becomes 1.
    unit_variance: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spread {
    median: f64,
    spread: f64,
}

impl Default for Robust {
    fn default() -> Self {
        Robust {
            columns: Columns::default(),
            low: 25.0,
            high: 75.0,
            center: true,
            scale: true,
            unit_variance: false,
        }
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
        let spread = if spread < 10.0 * f64::EPSILON { 1.0 } else { spread };
        let normal = normal::quantile(self.high / 100.0) - normal::quantile(self.low / 100.0);
        Spread {
            median: if self.center { at(50.0) } else { 0.0 },
            spread: match (self.scale, self.unit_variance) {
                (false, _) => 1.0,
                (true, false) => spread,
                (true, true) => spread / normal,
            },
        }
    }

    fn forward(&self, figures: &Spread, x: f64) -> f64 {
        (x - figures.median) / figures.spread
    }

    fn backward(&self, figures: &Spread, y: f64) -> f64 {
        y * figures.spread + figures.median
    }
}

scaler_step!(Robust);
