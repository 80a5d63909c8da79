//! The step `standard`: `y = (x - mean) / deviation`, the deviation being that of the population.

use serde::{Deserialize, Serialize};

use super::super::columns::Columns;
use super::scaler::{Scaler, scaler_step};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Standard {
    pub columns: Columns,
    center: bool,
    scale: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Moments {
    mean: f64,
    /// 1 for a column without spread.
    deviation: f64,
}

impl Default for Standard {
    fn default() -> Self {
        Standard { columns: Columns::default(), center: true, scale: true }
    }
}

/// Mean and variance of the population in two passes, the second corrected for what rounding left of
/// the first; zeros for no values.
pub fn moments(values: &[f64]) -> (f64, f64) {
    if values.is_empty() {
        return (0.0, 0.0);
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let (mut squares, mut rest) = (0.0, 0.0);
    for x in values {
        squares += (x - mean) * (x - mean);
        rest += x - mean;
    }
    (mean, (squares - rest * rest / n) / n)
}

/// The deviation, or 1 where the spread is no more than rounding makes of equal values (Chan, Golub
/// and LeVeque 1983).
fn deviation(mean: f64, variance: f64, count: usize) -> f64 {
    let n = count as f64;
    let rounding = n * f64::EPSILON * variance + (n * mean * f64::EPSILON).powi(2);
    if variance <= rounding { 1.0 } else { variance.sqrt() }
}

impl Scaler for Standard {
    type Figures = Moments;

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn learn(&self, values: Vec<f64>) -> Moments {
        let (mean, variance) = moments(&values);
        Moments {
            mean: if self.center { mean } else { 0.0 },
            deviation: if self.scale { deviation(mean, variance, values.len()) } else { 1.0 },
        }
    }

    fn forward(&self, figures: &Moments, x: f64) -> f64 {
        (x - figures.mean) / figures.deviation
    }

    fn backward(&self, figures: &Moments, y: f64) -> f64 {
        y * figures.deviation + figures.mean
    }
}

scaler_step!(Standard);
