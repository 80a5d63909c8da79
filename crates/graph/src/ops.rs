//! The list of ops. An op that lacks a shape rule, gradient, reference or kernel does not compile.

use attune_kernels::copy::MAX_RANK;
use attune_tensor::{DType, Error, Result};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::exec::Lower;
use crate::graph::{TensorType, Value};
use crate::rule::{Backward, Draw, FusedOp, Rule, Sample};

macro_rules! ops {
    ($($module:ident :: $name:ident),* $(,)?) => {
        /// Any op, tagged in JSON by `"op"`.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "op", rename_all = "camelCase")]
        pub enum Op {
            $($name($module::$name),)*
        }

        $(pub use $module::$name;)*

        $(impl From<$module::$name> for Op {
            fn from(op: $module::$name) -> Op {
                Op::$name(op)
            }
        })*

        impl Op {
            /// The name of every op of the list.
            pub const NAMES: &'static [&'static str] = &[$(<$module::$name as Rule>::NAME),*];

            pub fn name(&self) -> &'static str {
                match self {
                    $(Op::$name(_) => <$module::$name as Rule>::NAME,)*
                }
            }

            /// Types of the outputs, or why the inputs do not fit, with the operation named.
            pub fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
                let fits = |t: &TensorType| match t.shape.rank() {
                    0..=MAX_RANK => t.shape.checked_elements().map(|_| ()),
                    rank => Err(Error::shape(format!("{rank} axes, but tensors have at most {MAX_RANK}"))),
                };
                let infer = || {
                    inputs.iter().copied().try_for_each(fits)?;
                    let outputs = match self {
                        $(Op::$name(op) => op.infer(inputs)?,)*
                    };
                    outputs.iter().try_for_each(fits)?;
                    Ok(outputs)
                };
                let between = match self {
                    $(Op::$name(_) => <$module::$name as Rule>::BETWEEN,)*
                };
                infer().map_err(|error: Error| error.at(&described(self.name(), inputs, between)))
            }

            pub fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
                match self {
                    $(Op::$name(op) => op.gradient(backward),)*
                }
            }

            pub fn reference(&self, inputs: &[&Array], draw: Draw) -> Vec<Array> {
                match self {
                    $(Op::$name(op) => op.reference(inputs, draw),)*
                }
            }

            /// The instruction of an elementwise op.
            pub fn fused(&self) -> Option<FusedOp> {
                match self {
                    $(Op::$name(op) => op.fused(),)*
                }
            }

            /// Whether the output is the input's memory under another shape.
            pub fn alias(&self) -> bool {
                match self {
                    $(Op::$name(op) => op.alias(),)*
                }
            }

            pub fn takes_epilogue(&self) -> bool {
                match self {
                    $(Op::$name(op) => op.takes_epilogue(),)*
                }
            }

            /// Arithmetic operations of one evaluation.
            pub fn flops(&self, inputs: &[&TensorType], outputs: &[&TensorType]) -> u64 {
                match self {
                    $(Op::$name(op) => op.flops(inputs, outputs),)*
                }
            }

            pub fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
                match self {
                    $(Op::$name(op) => op.lower(lower),)*
                }
            }

            /// The test cases of every op, by name.
            pub fn samples() -> Vec<(&'static str, Vec<Sample<Op>>)> {
                vec![$((
                    <$module::$name as Rule>::NAME,
                    <$module::$name as Rule>::samples()
                        .into_iter()
                        .map(Sample::into)
                        .collect(),
                )),*]
            }
        }
    };
}

mod attention;
mod attention_formula;
mod attention_mask;
mod avg_pool2d;
mod batch_norm;
mod binary;
mod broadcast_to;
mod cast;
mod concat;
mod conv2d;
mod copy;
mod cross_entropy;
mod ctc;
mod ctc_paths;
mod dropout;
mod gather;
mod gaussian_noise;
mod mask_time;
mod matmul;
mod max;
mod max_pool2d;
mod operands;
mod pad;
mod positions;
mod recurrence;
mod recurrence_gradient;
mod reduction;
mod reshape;
mod select;
mod slice;
mod soft_cross_entropy;
mod softmax;
mod sum;
mod transpose;
mod unary;
mod window;

pub use conv2d::Algorithm;

ops! {
    unary::Neg,
    unary::Abs,
    unary::Exp,
    unary::Log,
    unary::Sqrt,
    unary::Rsqrt,
    unary::Square,
    unary::Reciprocal,
    unary::Tanh,
    unary::Sigmoid,
    unary::Relu,
    unary::Gelu,
    unary::Erf,
    unary::Sign,
    unary::Floor,
    unary::Silu,
    unary::Softplus,
    unary::Sin,
    unary::Cos,
    binary::Add,
    binary::Sub,
    binary::Mul,
    binary::Div,
    binary::Pow,
    binary::Maximum,
    binary::Minimum,
    binary::Equal,
    binary::NotEqual,
    binary::Less,
    binary::LessEqual,
    binary::Greater,
    binary::GreaterEqual,
    select::Select,
    cast::Cast,
    dropout::Dropout,
    gaussian_noise::GaussianNoise,
    reshape::Reshape,
    transpose::Transpose,
    slice::Slice,
    pad::Pad,
    concat::Concat,
    broadcast_to::BroadcastTo,
    gather::Gather,
    gather::ScatterAdd,
    sum::Sum,
    sum::Mean,
    max::Max,
    max::ArgMax,
    softmax::Softmax,
    softmax::LogSoftmax,
    softmax::SoftmaxGradient,
    cross_entropy::CrossEntropy,
    cross_entropy::CrossEntropyGradient,
    soft_cross_entropy::SoftCrossEntropy,
    soft_cross_entropy::SoftCrossEntropyGradient,
    ctc::Ctc,
    ctc::CtcGradient,
    ctc_paths::CtcPaths,
    batch_norm::BatchNorm,
    batch_norm::BatchNormGradient,
    matmul::MatMul,
    attention::Attention,
    attention::AttentionGradient,
    attention_mask::AttentionMask,
    positions::Rotary,
    positions::Sinusoid,
    recurrence::Recurrence,
    recurrence_gradient::RecurrenceGradient,
    mask_time::MaskTime,
    conv2d::Conv2d,
    conv2d::Conv2dInputGradient,
    conv2d::Conv2dWeightGradient,
    max_pool2d::MaxPool2d,
    max_pool2d::MaxPool2dGradient,
    max_pool2d::MaxPool2dSelect,
    avg_pool2d::AvgPool2d,
    avg_pool2d::AvgPool2dGradient,
}

/// The operation and its operands, as in `matMul of [8, 64] by [32, 64]`.
fn described(name: &str, inputs: &[&TensorType], between: &str) -> String {
    let one = |input: &&TensorType| match input.dtype {
        DType::Float32 => input.shape.to_string(),
        dtype => format!("{dtype}{}", input.shape),
    };
    let operands: Vec<String> = inputs.iter().map(one).collect();
    if operands.is_empty() {
        name.to_owned()
    } else {
        format!("{name} of {}", operands.join(between))
    }
}
