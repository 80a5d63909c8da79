//! The step `quantile`: a value becomes the share of training values below it, uniform or normal.

use serde::{Deserialize, Serialize};

use super::super::columns::Columns;
use super::normal;
use super::order::{percentile, sorted};
use super::scaler::{Scaler, scaler_step};

/// Values this near to an end count as the end, and shares are kept this far from 0 and 1.
const THRESHOLD: f64 = 1e-7;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Distribution {
    Uniform,
    Normal,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quantile {
    columns: Columns,
    output: Distribution,
    /// How many are learned at most; no more than there are rows.
    quantiles: usize,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Quantiles {
    /// Ascending, evenly spaced in share.
    quantiles: Vec<f64>,
}

impl Default for Quantile {
    fn default() -> Self {
        Quantile { columns: Columns::default(), output: Distribution::Uniform, quantiles: 1000 }
    }
}

/// Straight lines between points of ascending `xs`, level outside of them; of equal `xs` the last counts.
fn interpolate(xs: impl Fn(usize) -> f64, ys: impl Fn(usize) -> f64, count: usize, x: f64) -> f64 {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if xs(middle) <= x { low = middle + 1 } else { high = middle }
    }
    if low == 0 {
        return ys(0);
    }
    let at = low - 1;
    if at + 1 == count || xs(at) == x {
        return ys(at);
    }
    let slope = (ys(at + 1) - ys(at)) / (xs(at + 1) - xs(at));
    slope * (x - xs(at)) + ys(at)
}

impl Scaler for Quantile {
    type Figures = Quantiles;

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn learn(&self, values: Vec<f64>) -> Quantiles {
        let values = sorted(values);
        let count = self.quantiles.min(values.len()).max(1);
        let share = |i: usize| if count == 1 { 0.0 } else { i as f64 / (count - 1) as f64 };
        let mut quantiles: Vec<f64> = (0..count).map(|i| percentile(&values, share(i))).collect();
        // Rounding can put neighbours out of order.
        for i in 1..count {
            quantiles[i] = quantiles[i].max(quantiles[i - 1]);
        }
        Quantiles { quantiles }
    }

    fn forward(&self, Quantiles { quantiles }: &Quantiles, x: f64) -> f64 {
        let Some(last) = quantiles.len().checked_sub(1) else { return x };
        let share = |i: usize| if last == 0 { 0.0 } else { i as f64 / last as f64 };
        let normal = self.output == Distribution::Normal;
        let at_end = |gap: f64| if normal { gap < THRESHOLD } else { gap == 0.0 };
        let p = if at_end(x - quantiles[0]) {
            0.0
        } else if at_end(quantiles[last] - x) {
            1.0
        } else {
            // From both sides, so that a value with a share of its own gets the middle of it.
            let up = interpolate(|i| quantiles[i], share, last + 1, x);
            let down = interpolate(|i| -quantiles[last - i], |i| -share(last - i), last + 1, -x);
            0.5 * (up - down)
        };
        if !normal {
            return p;
        }
        let end = THRESHOLD - f64::EPSILON;
        normal::quantile(p).clamp(normal::quantile(end), normal::quantile(1.0 - end))
    }

    fn backward(&self, Quantiles { quantiles }: &Quantiles, y: f64) -> f64 {
        let Some(last) = quantiles.len().checked_sub(1).filter(|_| !y.is_nan()) else { return y };
        let normal = self.output == Distribution::Normal;
        let p = if normal { normal::probability(y) } else { y };
        let share = |i: usize| if last == 0 { 0.0 } else { i as f64 / last as f64 };
        if normal && p - THRESHOLD < 0.0 {
            return quantiles[0];
        }
        if normal && p + THRESHOLD > 1.0 {
            return quantiles[last];
        }
        interpolate(share, |i| quantiles[i], last + 1, p)
    }
}

scaler_step!(Quantile);
