//! The step `maxAbs`: `y = x / max |x|`.

use serde::{Deserialize, Serialize};

use super::super::columns::Columns;
use super::scaler::{Scaler, scaler_step};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MaxAbs {
    columns: Columns,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Scale {
    scale: f64,
}

impl Scaler for MaxAbs {
    type Figures = Scale;

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn learn(&self, values: Vec<f64>) -> Scale {
        let scale = values.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        Scale { scale: if scale < 10.0 * f64::EPSILON { 1.0 } else { scale } }
    }

    fn forward(&self, figures: &Scale, x: f64) -> f64 {
        x / figures.scale
    }

    fn backward(&self, figures: &Scale, y: f64) -> f64 {
        y * figures.scale
    }
}

scaler_step!(MaxAbs);
