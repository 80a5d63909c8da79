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
        let s = self.s;
        // SAFETY: the caller vouches for the places.
        unsafe {
            match instruction {
                Instruction::Unary(f, x) => {
                    macro_rules! arm {
                        ($unroll:literal, $f:expr) => {
                            self.loops::<1, $unroll>([x], |[x], _| $f.lanes(s, x))
                        };
                    }
                    each!(f, Unary, arm,
                        Neg Abs Sqrt Square Reciprocal Rsqrt Relu Sign Floor;
                        Exp Log Tanh Sigmoid Gelu GeluTanh Erf Silu Softplus Sin Cos);
                }
                Instruction::Binary(f, a, b) => {
                    macro_rules! arm {
                        ($unroll:literal, $f:expr) => {
                            self.loops::<2, $unroll>([a, b], |[a, b], _| $f.lanes(s, a, b))
                        };
                    }
                    each!(f, Binary, arm,
                        Add Sub Mul Div Maximum Minimum
                        Equal NotEqual Less LessEqual Greater GreaterEqual;
                        Pow);
                }
                Instruction::Select { mask, yes, no } => {
                    self.loops::<3, 4>([mask, yes, no], |[mask, yes, no], _| {
                        select_lanes(s, mask, yes, no)
                    });
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
        f: impl Fn([S::F32; N], usize) -> S::F32,
    ) {
        let Block { s, to, n, places } = self;
        let from: [Place; N] = operands.map(|r| places[r]);
        // SAFETY: the caller vouches for the places; whole vectors end within the block.
        unsafe {
            let mut i = 0;
            while i + UNROLL * S::LANES <= n {
                let results: [S::F32; UNROLL] = std::array::from_fn(|u| {
                    let at = i + u * S::LANES;
                    f(from.map(|place| s.load(place.pointer.add(at * place.step))), at)
                });
                for (u, y) in results.into_iter().enumerate() {
                    s.store(to.pointer.add(i + u * S::LANES), y);
                }
                i += UNROLL * S::LANES;
            }
            while i < n {
                let left = (n - i).min(S::LANES);
                if left == S::LANES {
                    let x = from.map(|place| s.load(place.pointer.add(i * place.step)));
                    s.store(to.pointer.add(i), f(x, i));
                } else {
                    let x =
                        from.map(|place| s.load_partial(place.pointer.add(i * place.step), left));
                    if to.moves {
                        s.store_partial(to.pointer.add(i), f(x, i), left);
                    } else {
                        s.store(to.pointer.add(i), f(x, i));
                    }
                }
                i += left;
            }
        }
    }
}
