//! The step `outliers`: numbers far from the others, by quartiles, deviations or the median deviation.

use attune_tensor::Result;
use serde::{Deserialize, Serialize};

use super::super::columns::Columns;
use super::super::frame::Series;
use super::super::scale::{moments, percentile, sorted};
use super::super::step::Wrong;
use super::check::{Action, Check, check_step};
use super::range::Bounds;
use crate::table::Kind;

/// How far is measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum By {
    /// Beyond the quartiles by `limit` times the distance between them (Tukey 1977).
    Iqr,
    /// `|x - mean| / deviation` above `limit`.
    ZScore,
    /// `0.6745 * |x - median| / median of |x - median|` above `limit` (Iglewicz and Hoaglin 1993).
    Mad,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Outliers {
    columns: Columns,
    by: By,
    /// Without one: 1.5, 3 and 3.5.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<f64>,
    action: Action,
}

impl Default for Outliers {
    fn default() -> Self {
        Outliers { columns: Columns::default(), by: By::Iqr, limit: None, action: Action::Report }
    }
}

/// The median of `|z|` of a normal distribution.
const NORMAL_MEDIAN_DEVIATION: f64 = 0.6745;

impl Outliers {
    fn bounds(&self, values: Vec<f64>) -> Bounds {
        let (middle_low, middle_high, reach) = match self.by {
            By::Iqr => {
                let values = sorted(values);
                let (low, high) = (percentile(&values, 0.25), percentile(&values, 0.75));
                (low, high, self.limit.unwrap_or(1.5) * (high - low))
            }
            By::ZScore => {
                let (mean, variance) = moments(&values);
                (mean, mean, self.limit.unwrap_or(3.0) * variance.sqrt())
            }
            By::Mad => {
                let values = sorted(values);
                let median = percentile(&values, 0.5);
                let far = sorted(values.iter().map(|x| (x - median).abs()).collect());
                let unit = percentile(&far, 0.5) / NORMAL_MEDIAN_DEVIATION;
                (median, median, self.limit.unwrap_or(3.5) * unit)
            }
        };
        // Where most values are equal there is no measure of far.
        if reach <= 0.0 {
            return Bounds::default();
        }
        Bounds { least: Some(middle_low - reach), most: Some(middle_high + reach) }
    }
}

impl Check for Outliers {
    type Figures = Bounds;

    const SUITED: &'static [Kind] = &[Kind::Number];
    const MAY_BE_TRUE: bool = true;

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn action(&self) -> Action {
        self.action
    }

    fn learn(&self, column: &Series) -> Result<Bounds> {
        let values = column.expect_numbers()?;
        Ok(self.bounds(values.iter().copied().filter(|x| x.is_finite()).collect()))
    }

    fn find(&self, bounds: &Bounds, column: &Series) -> Vec<Wrong> {
        bounds.outside(column)
    }

    fn note(&self, bounds: &Bounds) -> Option<String> {
        Some(bounds.text())
    }
}

check_step!(Outliers);

#[cfg(test)]
mod tests {
    use super::*;

    fn outside(by: By, values: &[f64]) -> Vec<usize> {
        let outliers = Outliers { by, ..Outliers::default() };
        let column = Series::numbers("a", values.to_vec());
        let found = outliers.find(&outliers.learn(&column).unwrap(), &column);
        found.iter().map(|wrong| wrong.at).collect()
    }

    #[test]
    fn each_measure_finds_the_far_value_and_spares_the_others() {
        let mut values: Vec<f64> = (0..40).map(|i| f64::from(i % 10)).collect();
        values.push(100.0);
        for by in [By::Iqr, By::ZScore, By::Mad] {
            assert_eq!(outside(by, &values), [40], "{by:?}");
        }
    }

    #[test]
    fn among_equal_values_none_is_far() {
        for by in [By::Iqr, By::Mad] {
            assert!(outside(by, &[1.0, 1.0, 1.0, 1.0, 9.0]).is_empty(), "{by:?}");
        }
        assert!(outside(By::ZScore, &[1.0; 4]).is_empty());
    }
}
