//! exp, log, tanh, sigmoid, erf, sine and cosine on lanes, within about two units in the last place.

use crate::Float;

// ---- reference

/// `erf(x) = 2 / sqrt(pi) * integral of exp(-t^2) from 0 to x`, to about 1e-15.
pub fn erf<T: Float>(x: T) -> T {
    let x = x.f64();
    let a = x.abs();
    let y = if a.is_nan() {
        a
    } else if a < 2.5 {
        erf_series(a)
    } else {
        1.0 - erfc_fraction(a)
    };
    T::of(y.copysign(x))
}

/// `2 / sqrt(pi) * exp(-a^2) * sum of 2^n a^(2n+1) / (1 * 3 * ... * (2n+1))`: no term is negative.
fn erf_series(a: f64) -> f64 {
    let (mut term, mut sum, mut n) = (a, a, 0.0);
    while term > sum * 1e-17 {
        n += 1.0;
        term *= 2.0 * a * a / (2.0 * n + 1.0);
        sum += term;
    }
    std::f64::consts::FRAC_2_SQRT_PI * (-a * a).exp() * sum
}

/// `exp(-a^2) / sqrt(pi) / (a + 1/2 / (a + 1 / (a + 3/2 / (a + ...))))`
fn erfc_fraction(a: f64) -> f64 {
    if a > 6.0 {
        return 0.0;
    }
    let mut tail = a;
    for n in (1..=60).rev() {
        tail = a + 0.5 * f64::from(n) / tail;
    }
    (-a * a).exp() / (std::f64::consts::PI.sqrt() * tail)
}
