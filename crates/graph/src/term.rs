//! Formulas that record nodes: operators on terms, so that a gradient reads like its mathematics.

use std::cell::RefCell;
use std::ops::{Add, Div, Mul, Neg, Sub};

use attune_tensor::{DType, Error, Result, Shape};

use crate::graph::{Graph, Value};
use crate::ops::{self, Op};

/// The graph while a formula is recorded, and the first error of doing so.
pub struct Tape {
    graph: RefCell<Graph>,
    error: RefCell<Option<Error>>,
}

/// A value of the graph under recording.
#[derive(Clone, Copy)]
pub struct Term<'t> {
    tape: &'t Tape,
    pub value: Value,
}

/// Records what a formula says; its first error is the result.
pub fn record<R>(graph: &mut Graph, formula: impl FnOnce(&Tape) -> R) -> Result<R> {
    let tape = Tape { graph: RefCell::new(std::mem::take(graph)), error: RefCell::new(None) };
    let result = formula(&tape);
    *graph = tape.graph.into_inner();
    tape.error.into_inner().map_or(Ok(result), Err)
}

impl Tape {
    pub fn term(&self, value: Value) -> Term<'_> {
        Term { tape: self, value }
    }

    pub fn terms(&self, values: &[Value]) -> Vec<Term<'_>> {
        values.iter().map(|&value| self.term(value)).collect()
    }

    pub fn constant(&self, value: f64, shape: impl Into<Shape>) -> Term<'_> {
        self.term(self.graph.borrow_mut().constant(value, shape))
    }

    /// Records an op; all its outputs, which must be `N`.
    pub fn apply_all<const N: usize>(
        &self,
        op: impl Into<Op>,
        inputs: &[Term<'_>],
    ) -> [Term<'_>; N] {
        let values: Vec<Value> = inputs.iter().map(|term| term.value).collect();
        if self.error.borrow().is_none() {
            match self.graph.borrow_mut().apply_all(op, &values) {
                Ok(outputs) => return std::array::from_fn(|i| self.term(outputs[i])),
                Err(error) => *self.error.borrow_mut() = Some(error),
            }
        }
        [self.term(values[0]); N]
    }

    /// Records an op; its first output.
    pub fn apply(&self, op: impl Into<Op>, inputs: &[Term<'_>]) -> Term<'_> {
        self.apply_all::<1>(op, inputs)[0]
    }
}

macro_rules! methods {
    (unary: $($unary:ident = $unary_op:ident),*; binary: $($binary:ident = $binary_op:ident),*) => {
        impl<'t> Term<'t> {
            $(pub fn $unary(self) -> Term<'t> {
                self.apply(ops::$unary_op {})
            })*
            $(pub fn $binary(self, other: impl Operand<'t>) -> Term<'t> {
                self.with(ops::$binary_op {}, other.term(self.tape))
            })*
        }
    };
}

methods! {
    unary: exp = Exp, log = Log, sqrt = Sqrt, rsqrt = Rsqrt, square = Square, tanh = Tanh,
        sigmoid = Sigmoid, erf = Erf, sign = Sign, sin = Sin, cos = Cos;
    binary: pow = Pow, equal = Equal, greater = Greater, greater_equal = GreaterEqual,
        less = Less, less_equal = LessEqual
}

impl<'t> Term<'t> {
    pub fn shape(self) -> Shape {
        self.tape.graph.borrow().shape(self.value).clone()
    }

    pub fn dtype(self) -> DType {
        self.tape.graph.borrow().type_of(self.value).dtype
    }

    /// Records an op of this term alone.
    pub fn apply(self, op: impl Into<Op>) -> Term<'t> {
        self.tape.apply(op, &[self])
    }

    /// Records an op of this term and another.
    pub fn with(self, op: impl Into<Op>, other: Term<'t>) -> Term<'t> {
        self.tape.apply(op, &[self, other])
    }

    /// `a` where this term is not 0, else `b`.
    pub fn select(self, a: impl Operand<'t>, b: impl Operand<'t>) -> Term<'t> {
        self.tape.apply(ops::Select {}, &[self, a.term(self.tape), b.term(self.tape)])
    }

    pub fn reshape(self, shape: &Shape) -> Term<'t> {
        if self.shape() == *shape {
            return self;
        }
        self.apply(ops::Reshape { shape: shape.iter().map(|&size| size as i64).collect() })
    }

    pub fn broadcast_to(self, shape: &Shape) -> Term<'t> {
        if self.shape() == *shape {
            return self;
        }
        self.apply(ops::BroadcastTo { shape: shape.clone() })
    }

    /// Sums over the given axes, which stay with size 1.
    pub fn sum(self, axes: &[usize]) -> Term<'t> {
        let axes = axes.iter().map(|&axis| axis as i64).collect();
        self.apply(ops::Sum { axes, keep_dims: true })
    }

    /// Sums over the last axis, which stays with size 1.
    pub fn sum_last(self) -> Term<'t> {
        self.sum(&[self.shape().rank() - 1])
    }

    /// The gradient of a broadcast: sums over the axes that `shape` was stretched along.
    pub fn sum_to(self, shape: &Shape) -> Term<'t> {
        let from = self.shape();
        let added = from.rank() - shape.rank();
        let axes: Vec<usize> = (0..from.rank())
            .filter(|&axis| axis < added || shape[axis - added] != from[axis])
            .collect();
        if axes.is_empty() { self } else { self.sum(&axes).reshape(shape) }
    }
}

/// A term, or a number that becomes a constant.
pub trait Operand<'t> {
    fn term(self, tape: &'t Tape) -> Term<'t>;
}

impl<'t> Operand<'t> for Term<'t> {
    fn term(self, _: &'t Tape) -> Term<'t> {
        self
    }
}

impl<'t> Operand<'t> for f64 {
    fn term(self, tape: &'t Tape) -> Term<'t> {
        tape.constant(self, [])
    }
}

macro_rules! operators {
    ($($operator:ident $method:ident = $op:ident),*) => {$(
        impl<'t, O: Operand<'t>> $operator<O> for Term<'t> {
            type Output = Term<'t>;
            fn $method(self, other: O) -> Term<'t> {
                self.with(ops::$op {}, other.term(self.tape))
            }
        }
    )*};
}

operators!(Add add = Add, Sub sub = Sub, Mul mul = Mul, Div div = Div);

impl<'t> Neg for Term<'t> {
    type Output = Term<'t>;
    fn neg(self) -> Term<'t> {
        self.apply(ops::Neg {})
    }
}
