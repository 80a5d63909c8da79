//! Sums, maxima and minima along one axis of `[outer, reduce, inner]`.

mod arg_max;

pub use arg_max::{ArgMax, arg_max_reference};

use crate::{Float, Isa, Kernel, Shared, Simd, dispatch_on};

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

// ---- fast

/// Elements that a tile reads: 10 to 30 microseconds from memory.
const TILE: usize = 32_768;
/// With as many tiles as this, the reduced axis is not cut.
const ENOUGH: usize = 32;
/// Columns that a tile of a wide problem takes.
const COLUMNS: usize = 4096;
/// Rows or vectors added in sequence before they join the total, which keeps the error small.
const RUN: usize = 64;

/// How a problem is cut, from its shape alone.
#[derive(Clone, Copy, Debug)]
struct Cut {
    /// Outer indices per tile.
    outer: usize,
    /// Reduced indices per part.
    reduce: usize,
    /// Inner indices per tile.
    inner: usize,
    /// Parts of the reduced axis.
    parts: usize,
}

impl Reduce {
    fn cut(&self) -> Cut {
        let Reduce { outer, reduce, inner, .. } = *self;
        let width = inner.clamp(1, COLUMNS);
        let slab = width * reduce.max(1);
        if slab <= TILE {
            let group = if width == inner { (TILE / slab).clamp(1, outer.max(1)) } else { 1 };
            return Cut { outer: group, reduce: reduce.max(1), inner: width, parts: 1 };
        }
        let rows = (TILE / width).max(1);
        let parts = reduce.div_ceil(rows);
        if parts < 2 || outer * inner.div_ceil(width) >= ENOUGH {
            return Cut { outer: 1, reduce, inner: width, parts: 1 };
        }
        Cut { outer: 1, reduce: rows, inner: width, parts }
    }
}

/// Reduces `count` rows of one outer index, `row` floats apart, from `x` on into `inner` floats.
struct Rows<'a> {
    kind: Reduction,
    x: &'a [f32],
    count: usize,
    row: usize,
    out: &'a mut [f32],
}

impl Kernel for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        match self.kind {
            Reduction::Sum => self.reduce(s, |a, b| s.add(a, b)),
            Reduction::Max => self.reduce(s, |a, b| s.max(a, b)),
            Reduction::Min => self.reduce(s, |a, b| s.min(a, b)),
        }
    }
}

impl Rows<'_> {
    #[inline(always)]
    fn reduce<S: Simd>(self, s: S, join: impl Fn(S::F32, S::F32) -> S::F32) {
        let Rows { kind, x, count, row, out } = self;
        let empty = kind.empty();
        if count == 0 {
            return out.fill(empty);
        }
        if row == 1 {
            out[0] = line(s, kind, &x[..count], join);
            return;
        }
        let inner = out.len();
        assert!((count - 1) * row + inner <= x.len());
        let mut i = 0;
        // SAFETY: row r begins at r * row and holds the columns below `inner`, as asserted.
        unsafe {
            while i + 4 * S::LANES <= inner {
                let at = x.as_ptr().add(i);
                let load = |r: usize| -> [S::F32; 4] {
                    std::array::from_fn(|u| s.load(at.add(r * row + u * S::LANES)))
                };
                let total = columns(s.splat(empty), count, load, &join);
                for (u, y) in total.into_iter().enumerate() {
                    s.store(out.as_mut_ptr().add(i + u * S::LANES), y);
                }
                i += 4 * S::LANES;
            }
            while i < inner {
                let n = (inner - i).min(S::LANES);
                let at = x.as_ptr().add(i);
                let load = |r: usize| [s.load_partial(at.add(r * row), n)];
                let [total] = columns(s.splat(empty), count, load, &join);
                s.store_partial(out.as_mut_ptr().add(i), total, n);
                i += n;
            }
        }
    }
}

/// Joins rows in runs of [`RUN`], and the runs in order.
#[inline(always)]
fn columns<V: Copy, const N: usize>(
    empty: V,
    count: usize,
    load: impl Fn(usize) -> [V; N],
    join: &impl Fn(V, V) -> V,
) -> [V; N] {
    let both = |a: [V; N], b: [V; N]| std::array::from_fn(|u| join(a[u], b[u]));
    let mut total = [empty; N];
    for first in (0..count).step_by(RUN) {
        let mut sum = load(first);
        for r in first + 1..count.min(first + RUN) {
            sum = both(sum, load(r));
        }
        total = both(total, sum);
    }
    total
}

/// A contiguous row: four accumulators of lanes, then a tree over them and their lanes.
#[inline(always)]
fn line<S: Simd>(s: S, kind: Reduction, x: &[f32], join: impl Fn(S::F32, S::F32) -> S::F32) -> f32 {
    let empty = s.splat(kind.empty());
    let turns = x.len() / (4 * S::LANES);
    // SAFETY: turns of four vectors, whole vectors and the last partial one lie within the row.
    unsafe {
        let load = |turn: usize| -> [S::F32; 4] {
            std::array::from_fn(|u| s.load(x.as_ptr().add((turn * 4 + u) * S::LANES)))
        };
        let [a, b, c, d] = columns(empty, turns, load, &join);
        let mut total = join(join(a, b), join(c, d));
        let mut i = turns * 4 * S::LANES;
        while i + S::LANES <= x.len() {
            total = join(total, s.load(x.as_ptr().add(i)));
            i += S::LANES;
        }
        let mut result = match kind {
            Reduction::Sum => s.sum(total),
            Reduction::Max => s.largest(total),
            Reduction::Min => -s.largest(s.neg(total)),
        };
        for x in &x[i..] {
            result = kind.join(result, *x);
        }
        result
    }
}

// ---- dispatch

impl Reduce {
    /// Independent pieces of the first launch.
    pub fn tiles(&self) -> usize {
        let cut = self.cut();
        self.outer.div_ceil(cut.outer) * self.inner.div_ceil(cut.inner) * cut.parts
    }

    /// Floats of scratch between the launches; 0 means that [`Reduce::run`] alone is enough.
    pub fn scratch_len(&self) -> usize {
        match self.cut().parts {
            1 => 0,
            parts => self.outer * parts * self.inner,
        }
    }

    /// Reduces one tile of `x` into `out`, or into `scratch` where [`Reduce::scratch_len`] is not 0.
    pub fn run(&self, tile: usize, x: &[f32], out: Shared<'_, f32>, scratch: Shared<'_, f32>) {
        self.run_on(Isa::current(), tile, x, out, scratch);
    }

    pub fn run_on(
        &self,
        isa: Isa,
        tile: usize,
        x: &[f32],
        out: Shared<'_, f32>,
        scratch: Shared<'_, f32>,
    ) {
        let Reduce { outer, reduce, inner, .. } = *self;
        let cut = self.cut();
        let to = if cut.parts == 1 { out } else { scratch };
        assert!(x.len() >= outer * reduce * inner && to.len() >= outer * cut.parts * inner);
        let strips = inner.div_ceil(cut.inner);
        let (part, rest) = (tile % cut.parts, tile / cut.parts);
        let (strip, group) = (rest % strips, rest / strips);
        let first = part * cut.reduce;
        let count = cut.reduce.min(reduce - first.min(reduce));
        let column = strip * cut.inner;
        let width = cut.inner.min(inner - column);
        for o in group * cut.outer..outer.min((group + 1) * cut.outer) {
            // SAFETY: tiles differ in outer index, part or columns.
            let out = unsafe { to.range((o * cut.parts + part) * inner + column, width) };
            let x = &x[(o * reduce + first) * inner..(o * reduce + first + count) * inner];
            let x = if count == 0 { x } else { &x[column..] };
            dispatch_on(isa, Rows { kind: self.kind, x, count, row: inner, out });
        }
    }

    /// The second launch: the parts of each outer index are its reduced axis.
    fn second(&self) -> Option<Reduce> {
        let parts = self.cut().parts;
        (parts > 1).then_some(Reduce { reduce: parts, ..*self })
    }

    /// Independent pieces of the second launch; 0 where there is no scratch.
    pub fn combine_tiles(&self) -> usize {
        self.second().map_or(0, |_| self.outer * self.inner.div_ceil(COLUMNS))
    }

    /// Joins the partial results in scratch, in order, into one tile of `out`.
    pub fn combine(&self, tile: usize, scratch: &[f32], out: Shared<'_, f32>) {
        self.combine_on(Isa::current(), tile, scratch, out);
    }

    pub fn combine_on(&self, isa: Isa, tile: usize, scratch: &[f32], out: Shared<'_, f32>) {
        let Some(Reduce { outer, reduce: parts, inner, .. }) = self.second() else { return };
        assert!(scratch.len() >= outer * parts * inner && out.len() >= outer * inner);
        let strips = inner.div_ceil(COLUMNS);
        let (o, column) = (tile / strips, tile % strips * COLUMNS);
        // SAFETY: tiles differ in outer index or columns.
        let out = unsafe { out.range(o * inner + column, COLUMNS.min(inner - column)) };
        let x = &scratch[o * parts * inner + column..(o + 1) * parts * inner];
        dispatch_on(isa, Rows { kind: self.kind, x, count: parts, row: inner, out });
    }
}

#[cfg(test)]
mod tests;
