//! Scaled dot-product attention that never stores its scores, forward and backward.
//!
//! ```text
//! s = scale q · k,   lse = log Σ exp(s) over the keys seen,   p = exp(s - lse),   y = Σ m p v
//! ```
//!
//! `m` is 1, or dropout's mask. Dao 2023, "FlashAttention-2", arXiv:2307.08691. Queries are
//! `[batch, queries, heads, size]`, keys and values `[batch, keys, key_heads, size]`: what the
//! projections wrote, read in place. Each key head serves `heads / key_heads` heads in turn
//! (Ainslie et al. 2023, arXiv:2305.13245). A query that sees no key has `y = 0` and `lse = 0`.
//!
//! Scores are computed transposed, keys down and queries along the lanes, so that maxima and sums
//! need no step across lanes and a hidden key is a row left out.

mod backward;
mod block;
mod forward;
mod prepare;

pub use backward::Operands;
pub use prepare::Prepared;

use std::ops::Range;

use crate::Float;
use crate::random::{self, Draw, GROUP};

/// Queries of a block: whole groups of random words, panels and strips of the register tile.
const QUERIES: usize = 96;
/// Keys of a block.
const KEYS: usize = 96;
/// Arithmetic that a tile is worth its start for: some 10 microseconds of work.
const LEAST: usize = 1 << 20;

/// The shape of an attention and what its queries see.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attention {
    pub batch: usize,
    /// Queries of one sequence.
    pub queries: usize,
    /// Keys of one sequence.
    pub keys: usize,
    pub heads: usize,
    pub key_heads: usize,
    /// Channels of a head.
    pub size: usize,
    /// Above 0.
    pub scale: f32,
    /// Query `i` sees the keys `0..=i` alone.
    pub causal: bool,
    /// The share of the probabilities that becomes 0.
    pub dropout: f32,
    /// Where dropout draws its random numbers.
    pub site: u64,
}

/// Which keys are there.
#[derive(Clone, Copy, Debug)]
pub enum Mask<'a> {
    All,
    /// The first so many of each sequence, `[batch]`.
    Lengths(&'a [i32]),
    /// Those that are not 0, `[batch, keys]`.
    Keys(&'a [i32]),
}

impl<'a> Mask<'a> {
    /// The keys up to the last one that is there.
    fn seen(self, batch: usize, keys: usize) -> usize {
        match self {
            Mask::All => keys,
            Mask::Lengths(lengths) => usize::try_from(lengths[batch]).unwrap_or(0).min(keys),
            Mask::Keys(mask) => {
                let last = mask[batch * keys..][..keys].iter().rposition(|&key| key != 0);
                last.map_or(0, |last| last + 1)
            }
        }
    }

    /// The keys of a sequence, 0 for those to leave out.
    fn of(self, batch: usize, keys: usize) -> Option<&'a [i32]> {
        match self {
            Mask::Keys(mask) => Some(&mask[batch * keys..][..keys]),
            _ => None,
        }
    }

    /// Whether a key is there.
    pub fn has(self, batch: usize, key: usize, keys: usize) -> bool {
        match self {
            Mask::All => true,
            Mask::Lengths(lengths) => (key as i64) < i64::from(lengths[batch]),
            Mask::Keys(mask) => mask[batch * keys + key] != 0,
        }
    }
}

/// One block of queries of one head.
#[derive(Clone, Copy, Debug)]
struct Unit {
    batch: usize,
    head: usize,
    first: usize,
    rows: usize,
}

impl Attention {
    /// Heads that share a key head.
    pub fn group(&self) -> usize {
        self.heads / self.key_heads.max(1)
    }

    pub fn query_len(&self) -> usize {
        self.batch * self.queries * self.heads * self.size
    }

    pub fn key_len(&self) -> usize {
        self.batch * self.keys * self.key_heads * self.size
    }

    /// Floats of `lse`, `[batch, heads, queries]`.
    pub fn lse_len(&self) -> usize {
        self.batch * self.heads * self.queries
    }

    /// Whether query `i` sees key `j`.
    pub fn sees(&self, mask: Mask<'_>, batch: usize, i: usize, j: usize) -> bool {
        (!self.causal || j <= i) && mask.has(batch, j, self.keys)
    }

    /// The place of a probability in the stream of random numbers: a group is 32 queries of a key.
    pub fn place(&self, [batch, head, i, j]: [usize; 4]) -> u64 {
        let row = (batch * self.heads + head) * self.keys + j;
        (row * self.padded() + i) as u64
    }

    /// Queries of a sequence as whole groups, and so as whole panels of any instruction set.
    fn padded(&self) -> usize {
        self.queries.next_multiple_of(GROUP)
    }

    /// Floats of the queries of all heads, transposed in panels.
    pub fn panels_len(&self) -> usize {
        self.batch * self.heads * self.padded() * self.size
    }

    /// Multiplications of one query with one key in one product.
    fn pairs(&self) -> u64 {
        let all = (self.batch * self.heads) as u64 * (self.queries as u64 * self.keys as u64);
        all * self.size as u64 / if self.causal { 2 } else { 1 }
    }

    /// Arithmetic of the forward's two products.
    pub fn flops(&self) -> u64 {
        4 * self.pairs()
    }

    /// Arithmetic of the backward's five products.
    pub fn backward_flops(&self) -> u64 {
        10 * self.pairs()
    }

    fn blocks(&self) -> usize {
        self.queries.div_ceil(QUERIES)
    }

    fn units(&self) -> usize {
        self.batch * self.heads * self.blocks()
    }

    /// A block of queries; those that see most keys come first.
    fn unit(&self, index: usize) -> Unit {
        let (head, block) = (index / self.blocks(), self.blocks() - 1 - index % self.blocks());
        let first = block * QUERIES;
        let rows = QUERIES.min(self.queries - first);
        Unit { batch: head / self.heads, head: head % self.heads, first, rows }
    }

    /// Where the panels of a block begin.
    fn panels_at(&self, unit: Unit) -> usize {
        self.padded_at(unit) * self.size
    }

    /// Where a block begins among padded queries.
    fn padded_at(&self, Unit { batch, head, first, .. }: Unit) -> usize {
        (batch * self.heads + head) * self.padded() + first
    }

    /// Where a block begins among queries.
    fn query_at(&self, Unit { batch, head, first, .. }: Unit) -> usize {
        ((batch * self.queries + first) * self.heads + head) * self.size
    }

    /// Where the keys of a head begin.
    fn key_at(&self, batch: usize, key_head: usize) -> usize {
        (batch * self.keys * self.key_heads + key_head) * self.size
    }

    /// Floats from one query of a head to the next.
    fn query_row(&self) -> usize {
        self.heads * self.size
    }

    /// Floats from one key of a head to the next.
    fn key_row(&self) -> usize {
        self.key_heads * self.size
    }

    /// What each key of one query of one head counts: 0 where it is hidden or dropped. Rows are `[batch, heads, queries]`.
    pub fn mask_row<T: Float>(&self, row: usize, mask: Mask<'_>, draw: Draw, keys: &mut [T]) {
        let (head, first) = (row / self.queries, row % self.queries);
        let unit = Unit { batch: head / self.heads, head: head % self.heads, first, rows: 1 };
        for (j, key) in keys.iter_mut().enumerate() {
            let seen = self.sees(mask, unit.batch, first, j);
            *key = if seen { kept(self, draw, unit, j) } else { T::ZERO };
        }
    }

    fn check(&self, mask: Mask<'_>) {
        assert!(self.key_heads > 0 && self.heads.is_multiple_of(self.key_heads), "{self:?}");
        match mask {
            Mask::All => {}
            Mask::Lengths(lengths) => assert!(lengths.len() >= self.batch, "{self:?}"),
            Mask::Keys(keys) => assert!(keys.len() >= self.batch * self.keys, "{self:?}"),
        }
    }
}

/// The units of a tile, when tiles of less than [`LEAST`] arithmetic are joined.
fn units_of(tile: usize, units: usize, flops: usize) -> Range<usize> {
    let each = per_tile(flops);
    tile * each..((tile + 1) * each).min(units)
}

/// Units that one tile takes.
fn per_tile(flops: usize) -> usize {
    (LEAST / flops.max(1)).clamp(1, 64)
}

// ---- reference

/// `(y, lse)`.
pub fn reference<T: Float>(
    problem: &Attention,
    [q, k, v]: [&[T]; 3],
    mask: Mask<'_>,
    draw: Draw,
) -> (Vec<T>, Vec<T>) {
    let Attention { batch, queries, heads, size, .. } = *problem;
    let (mut y, mut lse) = (vec![T::ZERO; q.len()], vec![T::ZERO; batch * heads * queries]);
    for_each_query(problem, |at, unit| {
        let s = scores(problem, q, k, mask, unit);
        let max = s.iter().fold(T::NEG_INFINITY, |max, &(_, s)| max.maximum(s));
        let sum: T = s.iter().map(|&(_, s)| (s - max).exp()).sum();
        lse[at] = if s.is_empty() { T::ZERO } else { max + sum.ln() };
        for (j, s) in s {
            let p = (s - lse[at]).exp() * kept(problem, draw, unit, j);
            let (row, key) = (problem.query_at(unit), row_of_key(problem, unit, j));
            for c in 0..size {
                y[row + c] += p * v[key + c];
            }
        }
    });
    (y, lse)
}

/// `(dq, dk, dv)`.
// with delta = Σ dy y - dlse: ds = p (m dy · v - delta), dq = scale ds k, dk = scale dsᵀ q, dv = (m p)ᵀ dy
pub fn reference_backward<T: Float>(
    problem: &Attention,
    [q, k, v, y, lse, dy]: [&[T]; 6],
    dlse: Option<&[T]>,
    mask: Mask<'_>,
    draw: Draw,
) -> [Vec<T>; 3] {
    let [mut dq, mut dk, mut dv] = [q, k, v].map(|x| vec![T::ZERO; x.len()]);
    let scale = T::of(problem.scale.into());
    let dot = |a: &[T], b: &[T]| -> T { a.iter().zip(b).map(|(&a, &b)| a * b).sum() };
    for_each_query(problem, |at, unit| {
        let row = problem.query_at(unit)..problem.query_at(unit) + problem.size;
        let delta = dot(&dy[row.clone()], &y[row.clone()]) - dlse.map_or(T::ZERO, |d| d[at]);
        for (j, s) in scores(problem, q, k, mask, unit) {
            let key = row_of_key(problem, unit, j);
            let key = key..key + problem.size;
            let (p, m) = ((s - lse[at]).exp(), kept::<T>(problem, draw, unit, j));
            let ds = p * (m * dot(&dy[row.clone()], &v[key.clone()]) - delta) * scale;
            for (row, key) in row.clone().zip(key) {
                dq[row] += ds * k[key];
                dk[key] += ds * q[row];
                dv[key] += m * p * dy[row];
            }
        }
    });
    [dq, dk, dv]
}

/// Visits every query of every head with its place in `lse`.
fn for_each_query(problem: &Attention, mut visit: impl FnMut(usize, Unit)) {
    for at in 0..problem.lse_len() {
        let (head, first) = (at / problem.queries, at % problem.queries);
        let (batch, head) = (head / problem.heads, head % problem.heads);
        visit(at, Unit { batch, head, first, rows: 1 });
    }
}

fn row_of_key(problem: &Attention, unit: Unit, key: usize) -> usize {
    problem.key_at(unit.batch, unit.head / problem.group()) + key * problem.key_row()
}

/// The keys that a query sees, with their scores.
fn scores<T: Float>(
    problem: &Attention,
    q: &[T],
    k: &[T],
    mask: Mask<'_>,
    unit: Unit,
) -> Vec<(usize, T)> {
    let (q, scale) = (&q[problem.query_at(unit)..], T::of(problem.scale.into()));
    let seen = (0..problem.keys).filter(|&j| problem.sees(mask, unit.batch, unit.first, j));
    let score = |j: usize| -> T {
        let k = &k[row_of_key(problem, unit, j)..];
        (0..problem.size).map(|c| q[c] * k[c]).sum()
    };
    seen.map(|j| (j, scale * score(j))).collect()
}

/// 0 where dropout drops a probability, else what it is multiplied by.
fn kept<T: Float>(problem: &Attention, draw: Draw, unit: Unit, key: usize) -> T {
    let place = problem.place([unit.batch, unit.head, unit.first, key]);
    random::dropout(draw, problem.site, problem.dropout, place, T::ONE)
}

#[cfg(test)]
mod tests;
