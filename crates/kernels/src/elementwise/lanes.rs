//! The elementwise functions on lanes.

use std::f32::consts::FRAC_1_SQRT_2;

use super::{Binary, Unary};
use crate::Simd;
use crate::math::{cos, erf_lanes, exp, log, log_1p_unit, pow, sigmoid, sin, tanh};

// ---- fast

impl Unary {
    /// Called with a known function, the match folds away.
    #[inline(always)]
    pub fn lanes<S: Simd>(self, s: S, x: S::F32) -> S::F32 {
        let (zero, one) = (s.zero(), s.splat(1.0));
        match self {
            Unary::Neg => s.neg(x),
            Unary::Abs => s.abs(x),
            Unary::Exp => exp(s, x),
            Unary::Log => log(s, x),
            Unary::Sqrt => s.sqrt(x),
            Unary::Square => s.mul(x, x),
            Unary::Reciprocal => s.div(one, x),
            Unary::Rsqrt => s.div(one, s.sqrt(x)),
            Unary::Tanh => tanh(s, x),
            Unary::Sigmoid => sigmoid(s, x),
            Unary::Relu => s.max(zero, x),
            Unary::Gelu => {
                let half = s.mul(s.splat(0.5), x);
                s.mul(half, s.add(one, erf_lanes(s, s.mul(x, s.splat(FRAC_1_SQRT_2)))))
            }
            // (1 + tanh(u)) / 2 = sigmoid(2 u)
            Unary::GeluTanh => {
                let cubic = s.fma(s.mul(s.splat(0.044_715), s.mul(x, x)), x, x);
                s.mul(x, sigmoid(s, s.mul(s.splat(1.595_769), cubic)))
            }
            Unary::Erf => erf_lanes(s, x),
            Unary::Sign => {
                let positive = s.select(s.lt(zero, x), one, zero);
                s.select(s.lt(x, zero), s.splat(-1.0), positive)
            }
            Unary::Floor => s.floor(x),
            Unary::Silu => s.div(x, s.add(one, exp(s, s.neg(x)))),
            Unary::Softplus => s.add(s.max(x, zero), log_1p_unit(s, exp(s, s.neg(s.abs(x))))),
            Unary::Sin => sin(s, x),
            Unary::Cos => cos(s, x),
        }
    }
}

impl Binary {
    /// Called with a known function, the match folds away.
    #[inline(always)]
    pub fn lanes<S: Simd>(self, s: S, a: S::F32, b: S::F32) -> S::F32 {
        let (zero, one) = (s.zero(), s.splat(1.0));
        match self {
            Binary::Add => s.add(a, b),
            Binary::Sub => s.sub(a, b),
            Binary::Mul => s.mul(a, b),
            Binary::Div => s.div(a, b),
            Binary::Pow => pow(s, a, b),
            Binary::Maximum => s.max(a, b),
            Binary::Minimum => s.min(a, b),
            Binary::Equal => s.select(s.eq(a, b), one, zero),
            Binary::NotEqual => s.select(s.eq(a, b), zero, one),
            Binary::Less => s.select(s.lt(a, b), one, zero),
            Binary::LessEqual => s.select(s.le(a, b), one, zero),
            Binary::Greater => s.select(s.lt(b, a), one, zero),
            Binary::GreaterEqual => s.select(s.le(b, a), one, zero),
        }
    }
}

/// `yes` where `mask` is not 0 (NaN is not 0), else `no`.
#[inline(always)]
pub fn select_lanes<S: Simd>(s: S, mask: S::F32, yes: S::F32, no: S::F32) -> S::F32 {
    s.select(s.eq(mask, s.zero()), no, yes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Isa, Kernel, dispatch_on};

    struct Apply<F>(F, [f32; 2]);

    impl Kernel for Apply<Unary> {
        type Output = f32;
        #[inline(always)]
        fn run<S: Simd>(self, s: S) -> f32 {
            s.largest(self.0.lanes(s, s.splat(self.1[0])))
        }
    }

    impl Kernel for Apply<Binary> {
        type Output = f32;
        #[inline(always)]
        fn run<S: Simd>(self, s: S) -> f32 {
            s.largest(self.0.lanes(s, s.splat(self.1[0]), s.splat(self.1[1])))
        }
    }

    const VALUES: [f32; 22] = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        -0.5,
        0.3,
        -0.7,
        1.5,
        -2.5,
        3.0,
        -3.0,
        7.25,
        -9.75,
        20.0,
        -20.0,
        88.0,
        -88.0,
        1e-4,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::NAN,
    ];

    fn close(got: f32, wanted: f64, slack: f64) -> bool {
        let rounded = wanted as f32;
        got == rounded
            || got.is_nan() && rounded.is_nan()
            || (f64::from(got) - wanted).abs() <= slack * wanted.abs() + 1e-37
    }

    #[test]
    fn every_unary_function_matches_its_reference() {
        for isa in Isa::available() {
            for f in Unary::ALL {
                for x in VALUES {
                    let got = dispatch_on(isa, Apply(f, [x, 0.0]));
                    let wanted = f.reference(f64::from(x));
                    // 1 + erf(x) and 1 + tanh(x) cancel in the far negative tail, in f64 too.
                    let tail = matches!(f, Unary::Gelu | Unary::GeluTanh);
                    let good =
                        close(got, wanted, 4e-7) || tail && (f64::from(got) - wanted).abs() < 1e-6;
                    assert!(good, "{isa:?} {f:?}({x}) = {got}, not {wanted}");
                }
            }
        }
    }

    #[test]
    fn every_binary_function_matches_its_reference() {
        for isa in Isa::available() {
            for f in Binary::ALL {
                for (a, b) in VALUES.into_iter().flat_map(|a| VALUES.map(|b| (a, b))) {
                    let got = dispatch_on(isa, Apply(f, [a, b]));
                    let wanted = f.reference(f64::from(a), f64::from(b));
                    assert!(
                        close(got, wanted, 2e-7),
                        "{isa:?} {f:?}({a}, {b}) = {got}, not {wanted}"
                    );
                }
            }
        }
    }

    #[test]
    fn nan_follows_pytorch() {
        for isa in Isa::available() {
            let unary = |f| dispatch_on(isa, Apply(f, [f32::NAN, 0.0]));
            assert!(unary(Unary::Relu).is_nan());
            assert_eq!(unary(Unary::Sign), 0.0);
            for pair in [[f32::NAN, 1.0], [1.0, f32::NAN]] {
                assert!(dispatch_on(isa, Apply(Binary::Maximum, pair)).is_nan());
                assert!(dispatch_on(isa, Apply(Binary::Minimum, pair)).is_nan());
                assert_eq!(dispatch_on(isa, Apply(Binary::NotEqual, pair)), 1.0);
                assert_eq!(dispatch_on(isa, Apply(Binary::LessEqual, pair)), 0.0);
            }
        }
    }
}
