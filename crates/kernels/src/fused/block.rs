//! The loops of a fused program: one instruction over one block.

use super::Instruction;
use super::stage::Place;
use crate::Simd;
use crate::elementwise::{Binary, Unary, select_lanes};

/// One instruction's result and what it may read.
#[derive(Clone, Copy)]
pub(super) struct Block<'a, S> {
    pub s: S,
    pub to: Place,
    pub n: usize,
    pub places: &'a [Place],
}

/// A function of `N` vectors and the index of their first element. A trait and not a closure, because
/// a closure is inlined only if the compiler likes to, and calls each intrinsic as a function if not.
pub(super) trait Lanes<const N: usize> {
    /// # Safety
    /// Whatever the function reads by index is there for a whole vector.
    unsafe fn apply<S: Simd>(&self, s: S, x: [S::F32; N], index: usize) -> S::F32;
}

/// Defines a [`Lanes`] without state.
macro_rules! lanes {
    ($name:ident, $n:literal, |$s:ident, $x:pat_param| $body:expr) => {
        struct $name;
        impl Lanes<$n> for $name {
            #[inline(always)]
            unsafe fn apply<S: Simd>(&self, $s: S, $x: [S::F32; $n], _: usize) -> S::F32 {
                $body
            }
        }
    };
}

/// Expands to a match whose arms each hold a loop compiled for one function.
macro_rules! each {
    ($f:expr, $kind:ident, $call:ident, $($light:ident)* ; $($heavy:ident)*) => {
        match $f {
            $($kind::$light => $call!(4, $kind::$light),)*
            $($kind::$heavy => $call!(1, $kind::$heavy),)*
        }
    };
}

impl<S: Simd> Block<'_, S> {
    /// Runs an instruction other than dropout and constants.
    ///
    /// # Safety
    /// The places hold this block, as [`Block::loops`] asks.
    #[inline(always)]
    pub unsafe fn step(self, instruction: Instruction) {
        // SAFETY: the caller vouches for the places.
        unsafe {
            match instruction {
                Instruction::Unary(f, x) => {
                    macro_rules! arm {
                        ($unroll:literal, $f:expr) => {{
                            lanes!(One, 1, |s, [x]| $f.lanes(s, x));
                            self.loops::<1, $unroll>([x], One)
                        }};
                    }
                    each!(f, Unary, arm,
                        Neg Abs Sqrt Square Reciprocal Rsqrt Relu Sign Floor;
                        Exp Log Tanh Sigmoid Gelu GeluTanh Erf Silu Softplus Sin Cos);
                }
                Instruction::Binary(f, a, b) => {
                    macro_rules! arm {
                        ($unroll:literal, $f:expr) => {{
                            lanes!(Two, 2, |s, [a, b]| $f.lanes(s, a, b));
                            self.loops::<2, $unroll>([a, b], Two)
                        }};
                    }
                    each!(f, Binary, arm,
                        Add Sub Mul Div Maximum Minimum
                        Equal NotEqual Less LessEqual Greater GreaterEqual;
                        Pow);
                }
                Instruction::Select { mask, yes, no } => {
                    lanes!(Three, 3, |s, [mask, yes, no]| select_lanes(s, mask, yes, no));
                    self.loops::<3, 4>([mask, yes, no], Three);
                }
                Instruction::Constant(_) | Instruction::Dropout { .. } => {}
            }
        }
    }

    /// Writes `f(operands, index)` for each vector of the block, `UNROLL` vectors a turn. All loads
    /// of a turn come before its stores, so the result may lie where an operand does.
    ///
    /// # Safety
    /// Operands are valid for reading `n` floats, or one vector where their step is 0; the result
    /// for writing `n` floats, and up to the end of its last vector unless it moves.
    #[inline(always)]
    pub unsafe fn loops<const N: usize, const UNROLL: usize>(
        self,
        operands: [usize; N],
        f: impl Lanes<N>,
    ) {
        let Block { s, to, n, places } = self;
        let from: [Place; N] = operands.map(|r| places[r]);
        // SAFETY: the caller vouches for the places; whole vectors end within the block.
        unsafe {
            let mut i = 0;
            while i + UNROLL * S::LANES <= n {
                let mut results = [s.zero(); UNROLL];
                for u in 0..UNROLL {
                    let at = i + u * S::LANES;
                    let mut x = [s.zero(); N];
                    for k in 0..N {
                        x[k] = s.load(from[k].pointer.add(at * from[k].step));
                    }
                    results[u] = f.apply(s, x, at);
                }
                for u in 0..UNROLL {
                    s.store(to.pointer.add(i + u * S::LANES), results[u]);
                }
                i += UNROLL * S::LANES;
            }
            while i < n {
                let left = (n - i).min(S::LANES);
                let mut x = [s.zero(); N];
                for k in 0..N {
                    let p = from[k].pointer.add(i * from[k].step);
                    x[k] = if left == S::LANES { s.load(p) } else { s.load_partial(p, left) };
                }
                let y = f.apply(s, x, i);
                if to.moves && left < S::LANES {
                    s.store_partial(to.pointer.add(i), y, left);
                } else {
                    s.store(to.pointer.add(i), y);
                }
                i += left;
            }
        }
    }
}
