//! The normal distribution: its cumulative probability and the inverse of it.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// `P(z <= x)`
pub fn probability(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}

/// The `x` with `P(z <= x) = p`: Acklam's rational approximation, twice refined by Halley's method.
pub fn quantile(p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 || p.is_nan() {
        return if p <= 0.0 {
            f64::NEG_INFINITY
        } else if p >= 1.0 {
            f64::INFINITY
        } else {
            p
        };
    }
    // The upper half mirrors the lower one, where p has all its digits.
    if p > 0.5 {
        return -lower(1.0 - p);
    }
    lower(p)
}

fn lower(p: f64) -> f64 {
    let mut x = approximation(p);
    for _ in 0..2 {
        let error = (probability(x) - p) * (2.0 * PI).sqrt() * (0.5 * x * x).exp();
        x -= error / (1.0 + 0.5 * x * error);
    }
    x
}

/// Acklam 2003, to about 1e-9.
fn approximation(p: f64) -> f64 {
    const LOW: f64 = 0.024_25;
    const A: [f64; 6] = [
        -39.696_830_286_653_76,
        220.946_098_424_520_5,
        -275.928_510_446_968_7,
        138.357_751_867_269,
        -30.664_798_066_147_16,
        2.506_628_277_459_239,
    ];
    const B: [f64; 6] = [
        -54.476_098_798_224_06,
        161.585_836_858_040_9,
        -155.698_979_859_886_6,
        66.801_311_887_719_72,
        -13.280_681_552_885_72,
        1.0,
    ];
    const C: [f64; 6] = [
        -0.007_784_894_002_430_293,
        -0.322_396_458_041_136_5,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 5] = [
        0.007_784_695_709_041_462,
        0.322_467_129_070_039_8,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
        1.0,
    ];
    let of = |coefficients: &[f64], x: f64| coefficients.iter().fold(0.0, |y, c| y * x + c);
    if p < LOW {
        let q = (-2.0 * p.ln()).sqrt();
        return of(&C, q) / of(&D, q);
    }
    let q = p - 0.5;
    let r = q * q;
    q * of(&A, r) / of(&B, r)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantile_undoes_the_probability() {
        for p in [1e-300, 1e-12, 1e-7, 0.001, 0.024_25, 0.03, 0.1, 0.3, 0.5, 0.7, 0.975, 0.999_999]
        {
            let back = probability(quantile(p));
            assert!((back - p).abs() <= 1e-13 * p.max(1e-3), "{p} {back}");
        }
        assert!((quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-14);
        assert_eq!(quantile(0.5), 0.0);
        assert_eq!(quantile(0.0), f64::NEG_INFINITY);
    }
}
