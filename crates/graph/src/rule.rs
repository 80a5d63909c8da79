//! What an op must say of itself: shapes, gradient, reference, kernels. Nothing is optional.

use attune_kernels::elementwise::{Binary, Unary};
use attune_tensor::Result;

use crate::array::Array;
use crate::exec::Lower;
use crate::graph::{Graph, TensorType, Value};

/// The node whose gradient is wanted: its inputs, its outputs, and the gradients of its outputs.
pub struct Backward<'a> {
    pub graph: &'a mut Graph,
    pub inputs: &'a [Value],
    pub outputs: &'a [Value],
    /// `None` where the loss does not depend on that output.
    pub douts: &'a [Option<Value>],
}

/// Where a value sits in the stream of random numbers: references draw the same ones as kernels.
#[derive(Clone, Copy, Debug, Default)]
pub struct Draw {
    pub seed: u64,
    pub step: u64,
}

/// One case an op is tested on: its attributes and the types of its inputs.
pub struct Sample<O> {
    pub op: O,
    pub inputs: Vec<TensorType>,
    /// The range that random float inputs are drawn from: away from kinks and poles.
    pub range: (f64, f64),
}

/// What an elementwise op is inside a fused program.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FusedOp {
    Unary(Unary),
    Binary(Binary),
    /// Input 1 where input 0 is not zero, else input 2.
    Select,
    Dropout {
        rate: f32,
        site: u64,
    },
    /// To the element type of the output.
    Cast,
}

/// One op. Its file holds all of this, with the derivative in one line above `gradient`.
pub trait Rule: Sized {
    /// The name in JSON and in messages.
    const NAME: &'static str;

    /// Types of the outputs, or why the inputs do not fit.
    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>>;

    /// Records the gradient of each input; `None` where the output does not depend on it smoothly.
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>>;

    /// The result in f64, which defines the op.
    fn reference(&self, inputs: &[&Array], draw: Draw) -> Vec<Array>;

    fn fused(&self) -> Option<FusedOp> {
        None
    }

    fn alias(&self) -> bool {
        false
    }

    /// Whether elementwise work may run on each finished part of output 0: `lower` then calls
    /// `Lower::epilogue`.
    fn takes_epilogue(&self) -> bool {
        false
    }

    /// Appends the kernel calls that compute the outputs.
    fn lower(&self, lower: &mut Lower<'_>) -> Result<()>;

    /// At least ten cases: broadcast, empty, odd sizes, every attribute.
    fn samples() -> Vec<Sample<Self>>;
}
