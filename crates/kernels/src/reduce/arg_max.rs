//! The index of the first maximum along one axis.

use crate::{Float, Isa, Kernel, Shared, Simd, dispatch_on};

/// `[outer, reduce, inner] -> [outer, inner]`: the index of the first maximum (or of the first NaN).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArgMax {
    pub outer: usize,
    pub reduce: usize,
    pub inner: usize,
}

// ---- reference

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

// ---- fast

/// Elements that a tile reads.
const TILE: usize = 32_768;

/// The index of the first element that equals the maximum, or is NaN.
fn first_of(x: &[f32], largest: f32) -> i32 {
    let found = if largest.is_nan() {
        x.iter().position(|x| x.is_nan())
    } else {
        x.iter().position(|x| *x == largest)
    };
    found.unwrap_or(0) as i32
}

/// One outer index, `[reduce, inner] -> [inner]`.
struct Slab<'a> {
    reduce: usize,
    x: &'a [f32],
    out: &'a mut [i32],
}

impl Kernel for Slab<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Slab { reduce, x, out } = self;
        let inner = out.len();
        assert_eq!(x.len(), reduce * inner);
        if inner == 1 {
            out[0] = first_of(x, row_max(s, x));
            return;
        }
        for i in (0..inner).step_by(S::LANES) {
            let n = (inner - i).min(S::LANES);
            let mut best = s.splat(f32::NEG_INFINITY);
            let mut index = s.zero();
            for r in 0..reduce {
                // SAFETY: row r has n columns from i on.
                let x = unsafe { s.load_partial(x.as_ptr().add(r * inner + i), n) };
                let here = s.from_bits(s.splat_u32(r as u32));
                // `x > best` holds for no NaN; `!(x <= best)` holds for the first one too.
                let worse = s.le(x, best);
                let kept = s.select(worse, index, here);
                index = s.select(s.eq(best, best), kept, index);
                best = s.max(best, x);
            }
            let mut lanes = [0u32; 16];
            // SAFETY: the array holds at least LANES integers.
            unsafe { s.store_u32(lanes.as_mut_ptr(), s.to_bits(index)) };
            for (out, lane) in out[i..i + n].iter_mut().zip(lanes) {
                *out = lane as i32;
            }
        }
    }
}

/// The largest element of a row.
#[inline(always)]
fn row_max<S: Simd>(s: S, x: &[f32]) -> f32 {
    let mut best = s.splat(f32::NEG_INFINITY);
    let whole = x.len() / S::LANES * S::LANES;
    for i in (0..whole).step_by(S::LANES) {
        // SAFETY: a whole vector lies within the row.
        best = s.max(best, unsafe { s.load(x.as_ptr().add(i)) });
    }
    x[whole..].iter().fold(s.largest(best), |best, x| Float::maximum(best, *x))
}

// ---- dispatch

impl ArgMax {
    fn group(&self) -> usize {
        (TILE / (self.reduce * self.inner).max(1)).max(1)
    }

    pub fn tiles(&self) -> usize {
        if self.inner == 0 { 0 } else { self.outer.div_ceil(self.group()) }
    }

    /// Finds the indices of one tile's outer indices.
    pub fn run(&self, tile: usize, x: &[f32], out: Shared<'_, i32>) {
        self.run_on(Isa::current(), tile, x, out);
    }

    pub fn run_on(&self, isa: Isa, tile: usize, x: &[f32], out: Shared<'_, i32>) {
        let ArgMax { outer, reduce, inner } = *self;
        assert!(x.len() >= outer * reduce * inner && out.len() >= outer * inner);
        let group = self.group();
        for o in tile * group..outer.min((tile + 1) * group) {
            // SAFETY: tiles differ in outer index.
            let out = unsafe { out.range(o * inner, inner) };
            let x = &x[o * reduce * inner..(o + 1) * reduce * inner];
            dispatch_on(isa, Slab { reduce, x, out });
        }
    }
}
