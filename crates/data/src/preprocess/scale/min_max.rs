//! The step `minMax`: `y = (x - least) / (most - least) * (max - min) + min`.

use serde::{Deserialize, Serialize};

use super::super::columns::Columns;
use super::scaler::{Scaler, scaler_step};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MinMax {
    columns: Columns,
    min: f64,
    max: f64,
    /// Whether values outside of what was learned are held at the ends.
    clip: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Range {
    least: f64,
    /// `most - least`; 1 for a column without spread.
    spread: f64,
}

impl Default for MinMax {
    fn default() -> Self {
        MinMax { columns: Columns::default(), min: 0.0, max: 1.0, clip: false }
    }
}

impl Scaler for MinMax {
    type Figures = Range;

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn learn(&self, values: Vec<f64>) -> Range {
        let least = values.iter().copied().reduce(f64::min).unwrap_or(0.0);
        let spread = values.iter().copied().reduce(f64::max).unwrap_or(0.0) - least;
        Range { least, spread: if spread < 10.0 * f64::EPSILON { 1.0 } else { spread } }
    }

    fn forward(&self, range: &Range, x: f64) -> f64 {
        let y = (x - range.least) / range.spread * (self.max - self.min) + self.min;
        if self.clip { y.clamp(self.min, self.max.max(self.min)) } else { y }
    }

    fn backward(&self, range: &Range, y: f64) -> f64 {
        (y - self.min) / (self.max - self.min) * range.spread + range.least
    }
}

scaler_step!(MinMax);
