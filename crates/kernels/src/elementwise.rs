//! The functions of one, two or three numbers that tensors apply element by element.
//!
//! NaN follows PyTorch: `maximum`, `minimum` and `relu` pass it on, `sign` gives 0, and every
//! comparison but `NotEqual` is false.

mod lanes;

pub use lanes::select_lanes;

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_PI};

use crate::Float;
use crate::math::erf;

/// A function of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unary {
    Neg,
    Abs,
    Exp,
    Log,
    Sqrt,
    Square,
    /// `1 / x`
    Reciprocal,
    /// `1 / sqrt(x)`
    Rsqrt,
    Tanh,
    /// `1 / (1 + exp(-x))`
    Sigmoid,
    /// `max(x, 0)`
    Relu,
    /// `x / 2 * (1 + erf(x / sqrt(2)))`
    Gelu,
    /// `x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3)))`
    GeluTanh,
    Erf,
    /// -1, 0 or 1
    Sign,
    Floor,
    /// `x * sigmoid(x)`
    Silu,
    /// `log(1 + exp(x))`
    Softplus,
    Sin,
    Cos,
}

/// A function of two numbers; comparisons give 1 or 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    Maximum,
    Minimum,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

// ---- reference

impl Unary {
    pub const ALL: [Unary; 20] = [
        Unary::Neg,
        Unary::Abs,
        Unary::Exp,
        Unary::Log,
        Unary::Sqrt,
        Unary::Square,
        Unary::Reciprocal,
        Unary::Rsqrt,
        Unary::Tanh,
        Unary::Sigmoid,
        Unary::Relu,
        Unary::Gelu,
        Unary::GeluTanh,
        Unary::Erf,
        Unary::Sign,
        Unary::Floor,
        Unary::Silu,
        Unary::Softplus,
        Unary::Sin,
        Unary::Cos,
    ];

    pub fn reference<T: Float>(self, x: T) -> T {
        let half = T::of(0.5);
        match self {
            Unary::Neg => -x,
            Unary::Abs => x.abs(),
            Unary::Exp => x.exp(),
            Unary::Log => x.ln(),
            Unary::Sqrt => x.sqrt(),
            Unary::Square => x * x,
            Unary::Reciprocal => T::ONE / x,
            Unary::Rsqrt => T::ONE / x.sqrt(),
            Unary::Tanh => x.tanh(),
            Unary::Sigmoid => T::ONE / (T::ONE + (-x).exp()),
            Unary::Relu => T::ZERO.maximum(x),
            Unary::Gelu => half * x * (T::ONE + erf(x * T::of(FRAC_1_SQRT_2))),
            Unary::GeluTanh => {
                let u = T::of(FRAC_2_PI.sqrt()) * (x + T::of(0.044715) * x * x * x);
                half * x * (T::ONE + u.tanh())
            }
            Unary::Erf => erf(x),
            Unary::Sign => T::of(f64::from(x > T::ZERO) - f64::from(x < T::ZERO)),
            Unary::Floor => x.floor(),
            Unary::Silu => x / (T::ONE + (-x).exp()),
            Unary::Softplus => x.maximum(T::ZERO) + T::of((-x.abs()).f64().exp().ln_1p()),
            Unary::Sin => T::of(x.f64().sin()),
            Unary::Cos => T::of(x.f64().cos()),
        }
    }
}

impl Binary {
    pub const ALL: [Binary; 13] = [
        Binary::Add,
        Binary::Sub,
        Binary::Mul,
        Binary::Div,
        Binary::Pow,
        Binary::Maximum,
        Binary::Minimum,
        Binary::Equal,
        Binary::NotEqual,
        Binary::Less,
        Binary::LessEqual,
        Binary::Greater,
        Binary::GreaterEqual,
    ];

    pub fn reference<T: Float>(self, a: T, b: T) -> T {
        let truth = |holds: bool| if holds { T::ONE } else { T::ZERO };
        match self {
            Binary::Add => a + b,
            Binary::Sub => a - b,
            Binary::Mul => a * b,
            Binary::Div => a / b,
            Binary::Pow => a.powf(b),
            Binary::Maximum => a.maximum(b),
            Binary::Minimum => a.minimum(b),
            Binary::Equal => truth(a == b),
            Binary::NotEqual => truth(a != b),
            Binary::Less => truth(a < b),
            Binary::LessEqual => truth(a <= b),
            Binary::Greater => truth(a > b),
            Binary::GreaterEqual => truth(a >= b),
        }
    }
}

/// `yes` where `mask` is not 0 (NaN is not 0), else `no`.
pub fn select<T: Float>(mask: T, yes: T, no: T) -> T {
    if mask != T::ZERO { yes } else { no }
}
