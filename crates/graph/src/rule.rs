//! What an op must say of itself: shapes, gradient, reference, kernels. Nothing is optional.

pub use attune_kernels::random::Draw;

use attune_kernels::elementwise::{Binary, Unary};
use attune_tensor::{Code, DType, Error, Result};

use crate::array::Array;
use crate::exec::Lower;
use crate::graph::{Graph, TensorType, Value};
use crate::term::{Tape, Term, record};

/// The node whose gradient is wanted: its inputs, its outputs, and the gradients of its outputs.
pub struct Backward<'a> {
    pub graph: &'a mut Graph,
    pub inputs: &'a [Value],
    pub outputs: &'a [Value],
    /// `None` where the loss does not depend on that output; at least one is given.
    pub douts: &'a [Option<Value>],
}

/// The same as terms, to write the gradient as a formula.
pub struct Formula<'t> {
    pub tape: &'t Tape,
    pub inputs: Vec<Term<'t>>,
    pub outputs: Vec<Term<'t>>,
    pub douts: Vec<Option<Term<'t>>>,
}

impl Backward<'_> {
    /// Records the gradients that a formula gives.
    pub fn formula(
        self,
        formula: impl for<'t> FnOnce(Formula<'t>) -> Vec<Option<Term<'t>>>,
    ) -> Result<Vec<Option<Value>>> {
        let Backward { graph, inputs, outputs, douts } = self;
        record(graph, |tape| {
            let douts = douts.iter().map(|dout| dout.map(|dout| tape.term(dout))).collect();
            let (inputs, outputs) = (tape.terms(inputs), tape.terms(outputs));
            let gradients = formula(Formula { tape, inputs, outputs, douts });
            gradients.into_iter().map(|gradient| gradient.map(|term| term.value)).collect()
        })
    }
}

impl<'t> Formula<'t> {
    /// The gradient of the only output.
    pub fn dy(&self) -> Term<'t> {
        self.douts[0].expect("a node is differentiated only where a gradient arrived")
    }
}

/// One case an op is tested on: its attributes and the types of its inputs.
pub struct Sample<O> {
    pub op: O,
    pub inputs: Vec<TensorType>,
    /// The range that random float inputs are drawn from: away from kinks and poles.
    pub range: (f64, f64),
    /// Integer inputs are drawn from `0..below`.
    pub below: u32,
}

impl<O> Sample<O> {
    /// A case whose inputs are all float32.
    pub fn floats(op: O, shapes: &[&[usize]], range: (f64, f64)) -> Self {
        let inputs = shapes.iter().map(|&shape| TensorType::float(shape)).collect();
        Sample { op, inputs, range, below: 1 }
    }

    /// Replaces an input's type by integers in `0..below`.
    pub fn integers(mut self, index: usize, dtype: DType, below: u32) -> Self {
        self.inputs[index].dtype = dtype;
        self.below = below;
        self
    }

    /// The same case of another type of op.
    pub fn into<P>(self) -> Sample<P>
    where
        O: Into<P>,
    {
        Sample { op: self.op.into(), inputs: self.inputs, range: self.range, below: self.below }
    }
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

    /// What stands between the operands in a message.
    const BETWEEN: &'static str = " and ";

    /// Types of the outputs, or why the inputs do not fit.
    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>>;

    /// Records the gradient of each input; `None` where the output does not depend on it smoothly.
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>>;

    /// The result in f64, which defines the op.
    fn reference(&self, inputs: &[&Array], draw: Draw) -> Vec<Array>;

    /// The instruction of an elementwise op, which is fused into programs instead of lowered.
    fn fused(&self) -> Option<FusedOp> {
        None
    }

    /// Whether the output is the input's memory under another shape.
    fn alias(&self) -> bool {
        false
    }

    /// Whether elementwise work may run on each finished part of output 0: `lower` then calls
    /// `Lower::epilogue`.
    fn takes_epilogue(&self) -> bool {
        false
    }

    /// Arithmetic operations of one evaluation.
    fn flops(&self, inputs: &[&TensorType], outputs: &[&TensorType]) -> u64 {
        let _ = inputs;
        outputs.first().map_or(0, |output| output.shape.elements() as u64)
    }

    /// Appends the kernel calls that compute the outputs; elementwise ops have none of their own.
    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let _ = lower;
        let message = format!("{} is lowered as part of a fused program only", Self::NAME);
        Err(Error::new(Code::Internal, message))
    }

    /// At least ten cases: broadcast, empty, odd sizes, every attribute.
    fn samples() -> Vec<Sample<Self>>;
}
