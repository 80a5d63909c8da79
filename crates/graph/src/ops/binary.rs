//! Elementwise functions of two operands, which stretch to one shape along axes of size 1.

use attune_kernels::elementwise::Binary;
use attune_tensor::{DType, Result};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::graph::{TensorType, Value};
use crate::ops::operands::{floats, operands};
use crate::rule::{Backward, Draw, FusedOp, Rule, Sample};
use crate::term::Term;

const PAIRS: [[&[usize]; 2]; 12] = [
    [&[], &[]],
    [&[3], &[3]],
    [&[2, 3], &[3]],
    [&[3], &[2, 3]],
    [&[2, 1], &[1, 3]],
    [&[4, 1, 3], &[2, 1]],
    [&[0], &[1]],
    [&[2, 0], &[2, 1]],
    [&[5], &[]],
    [&[], &[5]],
    [&[1], &[1]],
    [&[2, 3, 4], &[2, 3, 4]],
];

fn infer(inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
    let [a, b] = operands(inputs)?;
    Ok(vec![TensorType::float(a.shape.broadcast(&b.shape)?)])
}

/// The gradients in the shape of the result, summed to the shapes of the operands.
fn gradient(
    backward: Backward<'_>,
    derivative: impl for<'t> FnOnce([Term<'t>; 4]) -> Option<[Term<'t>; 2]>,
) -> Result<Vec<Option<Value>>> {
    backward.formula(|f| {
        let (a, b) = (f.inputs[0], f.inputs[1]);
        match derivative([a, b, f.outputs[0], f.dy()]) {
            Some([da, db]) => vec![Some(da.sum_to(&a.shape())), Some(db.sum_to(&b.shape()))],
            None => vec![None, None],
        }
    })
}

fn reference(function: Binary, a: &Array, b: &Array) -> Vec<Array> {
    let shape = a.shape.broadcast(&b.shape).expect("inferred before");
    let value = |i: &[usize]| function.reference(a.at_broadcast(i), b.at_broadcast(i));
    vec![Array::from_fn(shape, value)]
}

macro_rules! rule {
    ($name:ident $json:literal [$($range:expr),*] $operands:ident; $derivative:expr; $samples:expr) => {
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        pub struct $name {}

        impl Rule for $name {
            const NAME: &'static str = $json;

            fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
                $operands(inputs)?;
                infer(inputs)
            }

            fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
                gradient(backward, $derivative)
            }

            fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
                reference(Binary::$name, inputs[0], inputs[1])
            }

            fn fused(&self) -> Option<FusedOp> {
                Some(FusedOp::Binary(Binary::$name))
            }

            fn samples() -> Vec<Sample<Self>> {
                let cases = [$($range),*].into_iter().flat_map(|range| PAIRS.map(|pair| (pair, range)));
                let floats = cases.map(|(pair, range)| Sample::floats($name {}, &pair, range));
                floats.chain($samples).collect()
            }
        }
    };
}

/// Each line: name, JSON name, ranges away from kinks and poles, derivative.
macro_rules! arithmetic {
    ($($name:ident $json:literal [$($range:expr),*] |$a:pat_param, $b:pat_param, $y:pat_param, $dy:pat_param| $da:expr, $db:expr;)*) => {$(
        rule!($name $json [$($range),*] floats; |[$a, $b, $y, $dy]| Some([$da, $db]); []);
    )*};
}

/// 1 where the relation holds, else 0, of operands of any element type; constant almost everywhere.
macro_rules! comparisons {
    ($($name:ident $json:literal;)*) => {$(
        rule!($name $json [(-2.0, 2.0)] any; |_| None; PAIRS.map(|pair| {
            Sample::floats($name {}, &pair, (0.5, 2.5)).integers(0, DType::Int32, 3).integers(1, DType::Uint8, 3)
        }));
    )*};
}

fn any(_: &[&TensorType]) -> Result<()> {
    Ok(())
}

arithmetic! {
    Add "add" [(-2.0, 2.0)] |_, _, _, dy| dy, dy;
    Sub "sub" [(-2.0, 2.0)] |_, _, _, dy| dy, -dy;
    Mul "mul" [(-2.0, 2.0)] |a, b, _, dy| dy * b, dy * a;
    Div "div" [(0.3, 2.0), (-2.0, -0.3)] |_, b, y, dy| dy / b, -(dy * y / b);
    Pow "pow" [(0.3, 2.0)] |a, b, y, dy| dy * pow_da(a, b), dy * y * log_or_zero(a);
    Maximum "maximum" [(-2.0, 2.0)] |a, b, _, dy| dy * share(a, b), dy * (share(a, b) * -1.0 + 1.0);
    Minimum "minimum" [(-2.0, 2.0)] |a, b, _, dy| dy * share(b, a), dy * (share(b, a) * -1.0 + 1.0);
}

comparisons! {
    Equal "equal";
    NotEqual "notEqual";
    Less "less";
    LessEqual "lessEqual";
    Greater "greater";
    GreaterEqual "greaterEqual";
}

/// `b a^(b - 1)`, and 0 for `b = 0` even where `a = 0`.
fn pow_da<'t>(a: Term<'t>, b: Term<'t>) -> Term<'t> {
    b.equal(0.0).select(0.0, b * a.pow(b - 1.0))
}

/// `log a`, and 0 for `a = 0`: there `a^b` does not change with `b`.
fn log_or_zero(a: Term<'_>) -> Term<'_> {
    a.equal(0.0).select(1.0, a).log()
}

/// 1 where `a > b`, one half where they are equal: the share of `a` in the gradient of the larger.
fn share<'t>(a: Term<'t>, b: Term<'t>) -> Term<'t> {
    (a.greater(b) + a.greater_equal(b)) * 0.5
}
