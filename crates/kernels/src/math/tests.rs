//! Error bounds of the lane functions against f64, on every instruction set.

use super::*;
use crate::{Isa, Kernel, dispatch_on};

#[derive(Clone, Copy, Debug)]
enum Function {
    Exp,
    Log,
    Tanh,
    Sigmoid,
    Erf,
    Sin,
    Cos,
}

struct Map<'a>(Function, &'a [f32], &'a mut [f32]);

impl Kernel for Map<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Map(function, x, y) = self;
        for (x, y) in x.chunks(S::LANES).zip(y.chunks_mut(S::LANES)) {
            // SAFETY: both chunks hold the number of floats that is named.
            let lanes = unsafe { s.load_partial(x.as_ptr(), x.len()) };
            let lanes = match function {
                Function::Exp => exp(s, lanes),
                Function::Log => log(s, lanes),
                Function::Tanh => tanh(s, lanes),
                Function::Sigmoid => sigmoid(s, lanes),
                Function::Erf => erf_lanes(s, lanes),
                Function::Sin => sin(s, lanes),
                Function::Cos => cos(s, lanes),
            };
            // SAFETY: as above.
            unsafe { s.store_partial(y.as_mut_ptr(), lanes, y.len()) };
        }
    }
}

fn apply(isa: Isa, function: Function, x: &[f32]) -> Vec<f32> {
    let mut y = vec![0.0; x.len()];
    dispatch_on(isa, Map(function, x, &mut y));
    y
}

fn exact(function: Function, x: f64) -> f64 {
    match function {
        Function::Exp => x.exp(),
        Function::Log => x.ln(),
        Function::Tanh => x.tanh(),
        Function::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Function::Erf => erf(x),
        Function::Sin => x.sin(),
        Function::Cos => x.cos(),
    }
}

/// The error in units of the last place of an f32; what is subnormal may be flushed.
fn ulps(got: f32, exact: f64) -> f64 {
    let rounded = exact as f32;
    if rounded.is_infinite() || rounded.is_nan() || got.is_infinite() || got.is_nan() {
        return if got == rounded || got.is_nan() && rounded.is_nan() {
            0.0
        } else {
            f64::INFINITY
        };
    }
    if rounded.abs() < f32::MIN_POSITIVE && got.abs() <= f32::MIN_POSITIVE {
        return 0.0;
    }
    let magnitude = rounded.abs().max(f32::MIN_POSITIVE);
    let unit = f64::from(magnitude) - f64::from(magnitude.next_down());
    (f64::from(got) - exact).abs() / unit
}

/// Floats of every exponent within `low..=high`, and the ends.
fn sweep(low: f32, high: f32) -> Vec<f32> {
    let mut x: Vec<f32> = (0..u32::MAX - 20_011).step_by(20_011).map(f32::from_bits).collect();
    x.extend((0..40_000).map(|i| low + (high - low) * (i as f32 / 39_999.0)));
    x.retain(|x| (low..=high).contains(x));
    x.extend([low, high]);
    x
}

#[test]
fn functions_are_within_their_error_bounds() {
    let cases = [
        (Function::Exp, -104.0, 89.0, 1.5),
        (Function::Log, 0.0, f32::MAX, 1.5),
        (Function::Tanh, -20.0, 20.0, 2.0),
        (Function::Sigmoid, -87.0, 100.0, 2.5),
        (Function::Erf, -6.0, 6.0, 1.5),
    ];
    for isa in Isa::available() {
        for (function, low, high, bound) in cases {
            let x = sweep(low, high);
            let y = apply(isa, function, &x);
            let (worst, at) = x.iter().zip(&y).fold((0.0, 0.0), |worst, (x, y)| {
                let error = ulps(*y, exact(function, f64::from(*x)));
                if error > worst.0 { (error, *x) } else { worst }
            });
            assert!(worst <= bound, "{isa:?} {function:?}: {worst} ulp at {at}");
        }
    }
}

#[test]
fn sine_and_cosine_are_within_their_error_bounds() {
    for isa in Isa::available() {
        for function in [Function::Sin, Function::Cos] {
            let x = sweep(-1e6, 1e6);
            for (x, y) in x.iter().zip(apply(isa, function, &x)) {
                let wanted = exact(function, f64::from(*x));
                // Beside a zero of the function the error is that of the angle.
                let good = ulps(y, wanted) <= 2.0 || (f64::from(y) - wanted).abs() < 1.2e-7;
                assert!(good, "{isa:?} {function:?}({x}) = {y}, not {wanted}");
            }
        }
    }
}

#[test]
fn ends_of_the_line_are_exact() {
    const INF: f32 = f32::INFINITY;
    let x = [0.0, -0.0, INF, -INF, f32::NAN, f32::from_bits(0x7FC0_0001), 1e30, -1e30];
    let wanted = |function| match function {
        Function::Exp => [1.0, 1.0, INF, 0.0, f32::NAN, f32::NAN, INF, 0.0],
        Function::Log => {
            [-INF, -INF, INF, f32::NAN, f32::NAN, f32::NAN, 1e30f64.ln() as f32, f32::NAN]
        }
        Function::Tanh | Function::Erf => [0.0, 0.0, 1.0, -1.0, f32::NAN, f32::NAN, 1.0, -1.0],
        Function::Sigmoid => [0.5, 0.5, 1.0, 0.0, f32::NAN, f32::NAN, 1.0, 0.0],
        Function::Sin | Function::Cos => unreachable!("tested by sweeping"),
    };
    for isa in Isa::available() {
        for function in
            [Function::Exp, Function::Log, Function::Tanh, Function::Erf, Function::Sigmoid]
        {
            for ((x, y), w) in x.iter().zip(apply(isa, function, &x)).zip(wanted(function)) {
                let same = y == w || y.is_nan() && w.is_nan();
                assert!(same, "{isa:?} {function:?}({x}) = {y}, not {w}");
            }
        }
        let angles = [f32::NAN, INF, -INF];
        assert!(apply(isa, Function::Sin, &angles).iter().all(|y| y.is_nan()));
        assert!(apply(isa, Function::Cos, &angles).iter().all(|y| y.is_nan()));
        assert_eq!(apply(isa, Function::Cos, &[0.0]), [1.0]);
        assert_eq!(apply(isa, Function::Log, &[1.0]), [0.0]);
    }
}

#[test]
fn erf_matches_tabulated_values() {
    // Abramowitz and Stegun, table 7.1, and mpmath beyond ten digits.
    let table = [
        (0.0, 0.0),
        (0.1, 0.112_462_916_018_284_9),
        (0.5, 0.520_499_877_813_046_5),
        (1.0, 0.842_700_792_949_714_9),
        (2.0, 0.995_322_265_018_952_7),
        (2.5, 0.999_593_047_982_555),
        (3.0, 0.999_977_909_503_001_4),
        (5.0, 0.999_999_999_998_462_5),
        (f64::INFINITY, 1.0),
    ];
    for (x, y) in table {
        assert!((erf(x) - y).abs() < 1e-15, "erf({x}) = {}", erf(x));
        assert_eq!(erf(-x), -erf(x));
    }
    assert!(erf(f64::NAN).is_nan());
}
