//! The step `yeoJohnson`: the power that makes a column most like a normal distribution.
//! For x >= 0 it is `((x + 1)^power - 1) / power`, below 0 `-((1 - x)^(2 - power) - 1) / (2 - power)`.
//! Yeo and Johnson 2000, "A new family of power transformations to improve normality or symmetry".

use serde::{Deserialize, Serialize};

use super::super::columns::Columns;
use super::scaler::{Scaler, scaler_step};
use super::standard::{Moments, Standard, moments};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct YeoJohnson {
    columns: Columns,
    /// Whether mean 0 and deviation 1 follow.
    standardize: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Power {
    power: f64,
    moments: Option<Moments>,
}

impl Default for YeoJohnson {
    fn default() -> Self {
        YeoJohnson { columns: Columns::default(), standardize: true }
    }
}

fn forward(power: f64, x: f64) -> f64 {
    let (power, a, sign) = if x >= 0.0 { (power, x, 1.0) } else { (2.0 - power, -x, -1.0) };
    let log = a.ln_1p();
    sign * if power.abs() < f64::EPSILON { log } else { (power * log).exp_m1() / power }
}

fn backward(power: f64, y: f64) -> f64 {
    let (power, b, sign) = if y >= 0.0 { (power, y, 1.0) } else { (2.0 - power, -y, -1.0) };
    let log = if power.abs() < f64::EPSILON { b } else { (power * b).ln_1p() / power };
    sign * log.exp_m1()
}

/// `-n / 2 * ln(variance of y) + (power - 1) * sum of sign(x) * ln(1 + |x|)`
fn likelihood(values: &[f64], logs: f64, power: f64) -> f64 {
    let changed: Vec<f64> = values.iter().map(|&x| forward(power, x)).collect();
    -0.5 * values.len() as f64 * moments(&changed).1.ln() + (power - 1.0) * logs
}

/// The power of greatest likelihood, by golden sections; 1, which changes nothing, without spread.
fn best_power(values: &[f64]) -> f64 {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    let (mean, variance) = moments(values);
    let n = values.len() as f64;
    if variance <= n * f64::EPSILON * variance + (n * mean * f64::EPSILON).powi(2) {
        return 1.0;
    }
    let logs: f64 = values.iter().map(|x| x.abs().ln_1p().copysign(*x)).sum();
    let at = |power: f64| likelihood(values, logs, power);
    // Far powers overflow: the ends come in until both can be computed.
    let near = |mut end: f64| {
        while !at(end).is_finite() && (end - 1.0).abs() > 1e-3 {
            end = (end + 1.0) / 2.0;
        }
        end
    };
    let (mut low, mut high) = (near(-16.0), near(16.0));
    let (mut a, mut b) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
    let (mut of_a, mut of_b) = (at(a), at(b));
    while high - low > 1e-9 {
        if of_a >= of_b {
            (high, b, of_b) = (b, a, of_a);
            a = high - GOLDEN * (high - low);
            of_a = at(a);
        } else {
            (low, a, of_a) = (a, b, of_b);
            b = low + GOLDEN * (high - low);
            of_b = at(b);
        }
    }
    (low + high) / 2.0
}

impl Scaler for YeoJohnson {
    type Figures = Power;

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn learn(&self, values: Vec<f64>) -> Power {
        let power = best_power(&values);
        let changed = || values.iter().map(|&x| forward(power, x)).collect();
        let moments = self.standardize.then(|| Standard::default().learn(changed()));
        Power { power, moments }
    }

    fn forward(&self, figures: &Power, x: f64) -> f64 {
        let y = forward(figures.power, x);
        figures.moments.as_ref().map_or(y, |moments| Standard::default().forward(moments, y))
    }

    fn backward(&self, figures: &Power, y: f64) -> f64 {
        let y =
            figures.moments.as_ref().map_or(y, |moments| Standard::default().backward(moments, y));
        backward(figures.power, y)
    }
}

scaler_step!(YeoJohnson);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_power_is_undone_on_both_sides_of_zero() {
        for power in [-1.5, 0.0, 0.5, 1.0, 2.0, 3.0] {
            for x in [-3.0, -0.5, 0.0, 0.25, 7.0] {
                let back = backward(power, forward(power, x));
                assert!((back - x).abs() < 1e-12, "{power} {x} {back}");
            }
        }
    }

    #[test]
    fn equal_values_and_values_whose_powers_overflow_keep_a_finite_power() {
        assert_eq!(best_power(&[3.0; 5]), 1.0);
        assert_eq!(best_power(&[]), 1.0);
        let power = best_power(&[1e200, 2e200, 1e100, 5.0]);
        assert!(power.is_finite() && forward(power, 2e200).is_finite(), "{power}");
    }
}
