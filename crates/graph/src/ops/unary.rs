//! Elementwise functions of one operand; `y = f(x)`, `dx = dy f'(x)`.

use std::f64::consts::{FRAC_2_SQRT_PI, PI};

use attune_kernels::elementwise::Unary;
use attune_tensor::Result;
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::graph::{TensorType, Value};
use crate::ops::operands::{floats, operands};
use crate::rule::{Backward, Draw, FusedOp, Rule, Sample};
use crate::term::Term;

/// The type of the result: that of the operand.
fn infer(inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
    let [x] = operands(inputs)?;
    floats(&[x])?;
    Ok(vec![x.clone()])
}

fn reference(function: Unary, x: &Array) -> Vec<Array> {
    vec![x.map(|x| function.reference(x))]
}

/// Every shape in every range.
fn samples<O: Clone>(op: O, ranges: &[(f64, f64)]) -> Vec<Sample<O>> {
    const SHAPES: [&[usize]; 10] =
        [&[], &[1], &[7], &[8], &[3, 5], &[0], &[2, 0, 3], &[2, 3, 4], &[1, 1], &[17]];
    let cases = ranges.iter().flat_map(|&range| SHAPES.map(|shape| (shape, range)));
    cases.map(|(shape, range)| Sample::floats(op.clone(), &[shape], range)).collect()
}

/// Each line: name, JSON name, ranges away from kinks and poles, derivative.
macro_rules! unary {
    ($($name:ident $json:literal [$($range:expr),*] |$x:pat_param, $y:pat_param, $dy:pat_param| $dx:expr;)*) => {$(
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        pub struct $name {}

        impl Rule for $name {
            const NAME: &'static str = $json;

            fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
                infer(inputs)
            }

            fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
                fn dx<'t>($x: Term<'t>, $y: Term<'t>, $dy: Term<'t>) -> Option<Term<'t>> {
                    $dx
                }
                backward.formula(|f| vec![dx(f.inputs[0], f.outputs[0], f.dy())])
            }

            fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
                reference(Unary::$name, inputs[0])
            }

            fn fused(&self) -> Option<FusedOp> {
                Some(FusedOp::Unary(Unary::$name))
            }

            fn samples() -> Vec<Sample<Self>> {
                samples($name {}, &[$($range),*])
            }
        }
    )*};
}

unary! {
    Neg "neg" [(-2.0, 2.0)] |_, _, dy| Some(-dy);
    Abs "abs" [(0.1, 2.0), (-2.0, -0.1)] |x, _, dy| Some(dy * x.sign());
    Exp "exp" [(-2.0, 2.0)] |_, y, dy| Some(dy * y);
    Log "log" [(0.3, 3.0)] |x, _, dy| Some(dy / x);
    Sqrt "sqrt" [(0.3, 3.0)] |_, y, dy| Some(dy / y * 0.5);
    Rsqrt "rsqrt" [(0.3, 3.0)] |_, y, dy| Some(dy * y * y.square() * -0.5);
    Square "square" [(-2.0, 2.0)] |x, _, dy| Some(dy * x * 2.0);
    Reciprocal "reciprocal" [(0.3, 2.0), (-2.0, -0.3)] |_, y, dy| Some(-(dy * y.square()));
    Tanh "tanh" [(-2.0, 2.0)] |_, y, dy| Some(dy - dy * y.square());
    Sigmoid "sigmoid" [(-3.0, 3.0)] |_, y, dy| Some(dy * (y - y.square()));
    Relu "relu" [(0.1, 2.0), (-2.0, -0.1)] |_, y, dy| Some(y.greater(0.0).select(dy, 0.0));
    Erf "erf" [(-2.0, 2.0)] |x, _, dy| Some(dy * (-x.square()).exp() * FRAC_2_SQRT_PI);
    Sign "sign" [(0.1, 2.0), (-2.0, -0.1)] |_, _, _| None;
    Floor "floor" [(0.1, 0.9), (-0.9, -0.1)] |_, _, _| None;
    Silu "silu" [(-3.0, 3.0)] |x, y, dy| Some(dy * (x.sigmoid() + y - y * x.sigmoid()));
    Softplus "softplus" [(-3.0, 3.0)] |x, _, dy| Some(dy * x.sigmoid());
    Sin "sin" [(-3.0, 3.0)] |x, _, dy| Some(dy * x.cos());
    Cos "cos" [(-3.0, 3.0)] |x, _, dy| Some(-(dy * x.sin()));
}

/// `x Φ(x)` of the normal distribution function Φ, or its approximation by tanh.
/// Hendrycks and Gimpel 2016, arXiv:1606.08415.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Gelu {
    pub approximate: bool,
}

impl Gelu {
    fn function(&self) -> Unary {
        if self.approximate { Unary::GeluTanh } else { Unary::Gelu }
    }
}

impl Rule for Gelu {
    const NAME: &'static str = "gelu";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        infer(inputs)
    }

    // d(x Φ(x)) = Φ(x) + x φ(x), and with t = tanh(u) in place of 2 Φ - 1: (1 + t + x (1 - t²) u') / 2
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        let approximate = self.approximate;
        backward.formula(|f| {
            let (x, dy) = (f.inputs[0], f.dy());
            if approximate {
                let scale = (2.0 / PI).sqrt();
                let t = ((x + x * x.square() * 0.044715) * scale).tanh();
                let du = (x.square() * (3.0 * 0.044715) + 1.0) * scale;
                return vec![Some(dy * (t + 1.0 + x * (t.square() * -1.0 + 1.0) * du) * 0.5)];
            }
            let cdf = ((x * 0.5f64.sqrt()).erf() + 1.0) * 0.5;
            let pdf = (x.square() * -0.5).exp() * (0.5 / PI).sqrt();
            vec![Some(dy * (cdf + x * pdf))]
        })
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        reference(self.function(), inputs[0])
    }

    fn fused(&self) -> Option<FusedOp> {
        Some(FusedOp::Unary(self.function()))
    }

    fn samples() -> Vec<Sample<Self>> {
        let ranges = [(-3.0, 3.0)];
        [false, true]
            .into_iter()
            .flat_map(|approximate| samples(Gelu { approximate }, &ranges))
            .collect()
    }
}
