//! The list of ops. An op that lacks a shape rule, gradient, reference or kernel does not compile.

use attune_tensor::Result;
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

            pub fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
                match self {
                    $(Op::$name(op) => op.infer(inputs),)*
                }
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

            pub fn fused(&self) -> Option<FusedOp> {
                match self {
                    $(Op::$name(op) => op.fused(),)*
                }
            }

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
                        .map(|s| Sample { op: s.op.into(), inputs: s.inputs, range: s.range })
                        .collect(),
                )),*]
            }
        }
    };
}

mod matmul;

ops! {
    matmul::MatMul,
}
