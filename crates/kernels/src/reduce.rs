//! Sums, maxima, minima and first maxima along one axis of `[outer, reduce, inner]`.

use crate::{Float, Shared};

/// What a reduction computes; NaN passes through a maximum and a minimum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reduction {
    Sum,
    Max,
    Min,
}

/// `[outer, reduce, inner] -> [outer, inner]`, row-major; of an empty axis 0, -inf or inf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reduce {
    pub kind: Reduction,
    pub outer: usize,
    pub reduce: usize,
    pub inner: usize,
}

// ---- reference

impl Reduction {
    /// The value of an empty axis.
    pub fn empty<T: Float>(self) -> T {
        match self {
            Reduction::Sum => T::ZERO,
            Reduction::Max => T::NEG_INFINITY,
            Reduction::Min => -T::NEG_INFINITY,
        }
    }

    pub fn join<T: Float>(self, a: T, b: T) -> T {
        match self {
            Reduction::Sum => a + b,
            Reduction::Max => a.maximum(b),
            Reduction::Min => a.minimum(b),
        }
    }
}

/// The result of a reduction, `[outer, inner]`.
pub fn reference<T: Float>(problem: &Reduce, x: &[T]) -> Vec<T> {
    let Reduce { kind, outer, reduce, inner } = *problem;
    let mut y = vec![kind.empty(); outer * inner];
    for o in 0..outer {
        for r in 0..reduce {
            for i in 0..inner {
                let to = &mut y[o * inner + i];
                *to = kind.join(*to, x[(o * reduce + r) * inner + i]);
            }
        }
    }
    y
}

// ---- dispatch

impl Reduce {
    /// Independent pieces of the first launch.
    pub fn tiles(&self) -> usize {
        usize::from(self.outer * self.inner > 0)
    }

    /// Floats of scratch between the launches; 0 means that [`Reduce::run`] alone is enough.
    pub fn scratch_len(&self) -> usize {
        0
    }

    /// Reduces one tile of `x` into `out`, or into `scratch` if there is any.
    pub fn run(&self, _tile: usize, x: &[f32], out: Shared<'_, f32>, _scratch: Shared<'_, f32>) {
        let y = reference(self, x);
        // SAFETY: the one tile owns all of the output.
        unsafe { out.range(0, y.len()) }.copy_from_slice(&y);
    }

    /// Independent pieces of the second launch; 0 where there is no scratch.
    pub fn combine_tiles(&self) -> usize {
        0
    }

    /// Joins the partial results in scratch, in order, into one tile of `out`.
    pub fn combine(&self, _tile: usize, _scratch: &[f32], _out: Shared<'_, f32>) {}
}

/// `[outer, reduce, inner] -> [outer, inner]`: the index of the first maximum (or of the first NaN).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArgMax {
    pub outer: usize,
    pub reduce: usize,
    pub inner: usize,
}

/// The index of the first maximum, `[outer, inner]`; of an empty axis 0.
pub fn arg_max_reference<T: Float>(problem: &ArgMax, x: &[T]) -> Vec<i32> {
    let ArgMax { outer, reduce, inner } = *problem;
    let mut y = vec![0; outer * inner];
    for o in 0..outer {
        for i in 0..inner {
            let at = |r: usize| x[(o * reduce + r) * inner + i];
            let mut best = 0;
            for r in 1..reduce {
                let better = at(r) > at(best) || at(r).is_nan();
                if better && !at(best).is_nan() {
                    best = r;
                }
            }
            y[o * inner + i] = best as i32;
        }
    }
    y
}

impl ArgMax {
    pub fn tiles(&self) -> usize {
        usize::from(self.outer * self.inner > 0)
    }

    pub fn run(&self, _tile: usize, x: &[f32], out: Shared<'_, i32>) {
        let y = arg_max_reference(self, x);
        // SAFETY: the one tile owns all of the output.
        unsafe { out.range(0, y.len()) }.copy_from_slice(&y);
    }
}
