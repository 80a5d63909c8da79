//! The backward: scores computed again block by block, every product once, in a fixed order.

use std::mem::MaybeUninit;

use super::block::{Block, Drop, SCORES, skipped};
use super::{Attention, KEYS, Mask, Prepared, QUERIES, Unit, per_tile, units_of};
use crate::linear::{self, multiply_rows};
use crate::random::{Draw, GROUP};
use crate::{Isa, Kernel, Shared, Simd, dispatch, dispatch_on, math};

/// Tiles of the backward below which the keys of a head are cut into splits.
const TILES: usize = 16;
/// Splits have at least so many keys, and there are at most so many of them.
const SPLIT: usize = 192;
const SPLITS: usize = 8;
/// Elements that one tile of `combine` adds up.
const COMBINED: usize = 16_384;

/// What the backward reads.
#[derive(Clone, Copy)]
pub struct Operands<'a> {
    pub q: &'a [f32],
    pub k: &'a [f32],
    pub v: &'a [f32],
    pub dy: &'a [f32],
}

impl Attention {
    /// Parts that the keys of a head are cut into; `dq` is the sum of one partial of each.
    pub fn splits(&self) -> usize {
        let tiles = (self.batch * self.key_heads).max(1);
        TILES.div_ceil(tiles).min(self.keys / SPLIT).clamp(1, SPLITS)
    }

    /// Floats of the partial sums of `dq`, 0 without splits.
    pub fn partials_len(&self) -> usize {
        if self.splits() == 1 { 0 } else { self.splits() * self.query_len() }
    }

    fn backward_units(&self) -> usize {
        self.splits() * self.batch * self.key_heads
    }

    fn backward_unit_flops(&self) -> usize {
        10 * self.group() * self.queries * self.keys * self.size / self.splits()
    }

    /// Tiles of the second stage.
    pub fn backward_tiles(&self) -> usize {
        self.backward_units().div_ceil(per_tile(self.backward_unit_flops()))
    }

    /// The second stage: writes `dk` and `dv`, and `dq` or, with splits, its partial sums.
    pub fn backward(
        &self,
        tile: usize,
        operands: Operands<'_>,
        prepared: Prepared<&[f32]>,
        mask: Mask<'_>,
        draw: Draw,
        outputs: [Shared<'_, f32>; 3],
    ) {
        self.backward_on(Isa::current(), tile, operands, prepared, mask, draw, outputs);
    }

    pub fn backward_on(
        &self,
        isa: Isa,
        tile: usize,
        Operands { q, k, v, dy }: Operands<'_>,
        prepared: Prepared<&[f32]>,
        mask: Mask<'_>,
        draw: Draw,
        [dq, dk, dv]: [Shared<'_, f32>; 3],
    ) {
        self.check(mask);
        assert!(q.len().min(dy.len()) >= self.query_len());
        assert!([k.len(), v.len(), dk.len(), dv.len()].into_iter().all(|n| n >= self.key_len()));
        assert!(dq.len() >= self.query_len().max(self.partials_len()));
        assert!(prepared.q.len().min(prepared.dy.len()) >= self.panels_len());
        assert!(prepared.lse.len().min(prepared.delta.len()) >= self.statistics_len());
        let each = self.keys.div_ceil(self.splits()).next_multiple_of(KEYS);
        for index in units_of(tile, self.backward_units(), self.backward_unit_flops()) {
            let (split, of) =
                (index / (self.batch * self.key_heads), index % (self.batch * self.key_heads));
            let (batch, key_head) = (of / self.key_heads, of % self.key_heads);
            let unit = Unit { batch, head: key_head * self.group(), first: 0, rows: 0 };
            let keys = (split * each).min(self.keys)..((split + 1) * each).min(self.keys);
            let (query_at, key_at) = (self.query_at(unit), self.key_at(batch, key_head));
            let (panels_at, at) = (self.panels_at(unit), self.padded_at(unit));
            // SAFETY: the places are within the operands, whose lengths are asserted.
            let backward = unsafe {
                Backward {
                    problem: *self,
                    unit,
                    keys,
                    seen: mask.seen(batch, self.keys),
                    mask: mask.of(batch, self.keys),
                    drop: Drop::new(self, draw),
                    q: q.as_ptr().wrapping_add(query_at),
                    dy: dy.as_ptr().wrapping_add(query_at),
                    k: k.as_ptr().wrapping_add(key_at),
                    v: v.as_ptr().wrapping_add(key_at),
                    q_panels: prepared.q.as_ptr().wrapping_add(panels_at),
                    dy_panels: prepared.dy.as_ptr().wrapping_add(panels_at),
                    lse: prepared.lse.as_ptr().wrapping_add(at),
                    delta: prepared.delta.as_ptr().wrapping_add(at),
                    dq: dq.pointer().add(split * self.query_len() + query_at),
                    dk: dk.pointer().add(key_at),
                    dv: dv.pointer().add(key_at),
                }
            };
            dispatch_on(isa, backward);
        }
    }

    /// Tiles of the third stage, 0 without splits.
    pub fn combine_tiles(&self) -> usize {
        if self.splits() == 1 { 0 } else { self.query_len().div_ceil(COMBINED) }
    }

    /// The third stage: adds up the partial sums of `dq`, first split first.
    pub fn combine(&self, tile: usize, partials: &[f32], dq: Shared<'_, f32>) {
        let from = tile * COMBINED;
        let len = COMBINED.min(self.query_len() - from);
        assert!(partials.len() >= self.partials_len() && dq.len() >= from + len);
        // SAFETY: the elements of this tile, within `dq`.
        let out = unsafe { dq.range(from, len) };
        let (stride, splits) = (self.query_len(), self.splits());
        dispatch(Combine { partials: &partials[from..], stride, splits, out });
    }
}

// ---- fast

struct Combine<'a> {
    partials: &'a [f32],
    stride: usize,
    splits: usize,
    out: &'a mut [f32],
}

impl Kernel for Combine<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let len = self.out.len();
        self.out.copy_from_slice(&self.partials[..len]);
        for split in 1..self.splits {
            for (sum, x) in self.out.iter_mut().zip(&self.partials[split * self.stride..]) {
                *sum += x;
            }
        }
    }
}

/// A range of keys of one key head, and all queries of the heads that it serves.
struct Backward<'a> {
    problem: Attention,
    /// The first of those heads.
    unit: Unit,
    keys: std::ops::Range<usize>,
    seen: usize,
    mask: Option<&'a [i32]>,
    drop: Option<Drop>,
    q: *const f32,
    dy: *const f32,
    k: *const f32,
    v: *const f32,
    q_panels: *const f32,
    dy_panels: *const f32,
    lse: *const f32,
    delta: *const f32,
    dq: *mut f32,
    dk: *mut f32,
    dv: *mut f32,
}

impl Kernel for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Attention { queries, causal, .. } = self.problem;
        // SAFETY: the pointers reach over all queries of the group and all keys.
        unsafe { self.clear() };
        let mut scores = MaybeUninit::<[f32; SCORES]>::uninit();
        let mut gradients = MaybeUninit::<[f32; SCORES]>::uninit();
        let gradients: *mut f32 = gradients.as_mut_ptr().cast();
        let end = self.keys.end.min(self.seen);
        for from in (self.keys.start..end).step_by(KEYS) {
            for member in 0..self.problem.group() {
                for first in (0..queries).step_by(QUERIES) {
                    let block = Block {
                        scores: scores.as_mut_ptr().cast(),
                        skip: skipped(causal, first, from),
                        rows: QUERIES.min(queries - first),
                        keys: KEYS.min(end - from),
                        first_query: first,
                        first_key: from,
                        causal,
                        mask: self.mask,
                    };
                    if block.skip >= block.rows {
                        continue;
                    }
                    // SAFETY: as above.
                    unsafe {
                        self.score(s, &block, gradients, member);
                        block.hide(s);
                        self.weigh(s, &block, gradients, member);
                        self.spread(s, &block, gradients, member);
                    }
                }
            }
        }
    }
}

impl Backward<'_> {
    /// Zeroes what the products are added to.
    ///
    /// # Safety
    /// The pointers reach over all queries of the group and all keys of the range.
    #[inline(always)]
    unsafe fn clear(&self) {
        let Attention { queries, size, .. } = self.problem;
        for i in 0..queries {
            // SAFETY: the heads of a group lie beside each other.
            unsafe {
                let row = self.dq.add(i * self.problem.query_row());
                row.write_bytes(0, self.problem.group() * size);
            }
        }
        for j in self.keys.clone() {
            // SAFETY: row `j` of the key head.
            unsafe {
                self.dk.add(j * self.problem.key_row()).write_bytes(0, size);
                self.dv.add(j * self.problem.key_row()).write_bytes(0, size);
            }
        }
    }

    /// `scores = k qᵀ`, `gradients = v dyᵀ`: `(keys, size) x (size, queries) -> (keys, queries)`
    ///
    /// # Safety
    /// The pointers reach over the block's queries and keys.
    #[inline(always)]
    unsafe fn score<S: Simd>(&self, s: S, block: &Block<'_>, gradients: *mut f32, member: usize) {
        let (width, row, size) = (2 * S::LANES, self.problem.key_row(), self.problem.size);
        let panels = (member * self.problem.padded() + block.first_query) * size;
        let pairs = [(self.k, self.q_panels, block.scores), (self.v, self.dy_panels, gradients)];
        for (a, b, c) in pairs {
            for col in (block.skip..block.rows).step_by(width) {
                let keys = block.keys_before((col / GROUP + 1) * GROUP);
                // SAFETY: a panel has `size` rows of `width` floats; a row of scores holds all panels.
                unsafe {
                    let product = linear::Block {
                        k: size,
                        a: a.add(block.first_key * row),
                        a_row: row,
                        a_step: 1,
                        b: b.add(panels + col * size),
                        b_step: width,
                        c: c.add(col),
                        ldc: QUERIES,
                        cols: width,
                        add: false,
                    };
                    multiply_rows::<S, true>(s, keys, product);
                }
            }
        }
    }

    /// Turns scores into probabilities, and the gradients of those into the gradients of the products.
    ///
    /// # Safety
    /// The block's scores and gradients are written; the pointers reach over its queries.
    // ds = p (m dp - delta), and m p for dv
    #[inline(always)]
    unsafe fn weigh<S: Simd>(&self, s: S, block: &Block<'_>, gradients: *mut f32, member: usize) {
        let scale = s.splat(self.problem.scale);
        let at = member * self.problem.padded() + block.first_query;
        let Unit { batch, head, .. } = self.unit;
        let mut words = [0; QUERIES];
        for j in 0..block.keys {
            let from = block.query_of(j);
            if from >= block.rows {
                break;
            }
            if let Some(drop) = self.drop {
                let key = block.first_key + j;
                let place = self.problem.place([batch, head + member, block.first_query, key]);
                drop.words(s, place, from, block.rows, &mut words);
            }
            for i in (from..block.rows).step_by(S::LANES) {
                // SAFETY: a vector from `i` on is within a row of scores and within the statistics.
                unsafe {
                    let (lse, delta) =
                        (s.load(self.lse.add(at + i)), s.load(self.delta.add(at + i)));
                    let (p_at, d_at) =
                        (block.scores.add(j * QUERIES + i), gradients.add(j * QUERIES + i));
                    let p = math::exp(s, s.fma(s.load(p_at), scale, s.neg(lse)));
                    let (mut dp, mut kept) = (s.load(d_at), p);
                    if let Some(drop) = self.drop {
                        let factor = drop.factor(s, &words, i);
                        (dp, kept) = (s.mul(dp, factor), s.mul(p, factor));
                    }
                    s.store(p_at, kept);
                    s.store(d_at, s.mul(s.mul(p, scale), s.sub(dp, delta)));
                }
            }
        }
    }

    /// `dv += p dy`, `dk += ds q`, `dq += dsᵀ k`
    ///
    /// # Safety
    /// The block's scores and gradients are written; the pointers reach over its queries and keys.
    #[inline(always)]
    unsafe fn spread<S: Simd>(&self, s: S, block: &Block<'_>, gradients: *mut f32, member: usize) {
        let (row, key_row) = (self.problem.query_row(), self.problem.key_row());
        let (step, member) = (block.step(), member * self.problem.size);
        for j in (0..block.keys).step_by(step) {
            let i = block.query_of(j);
            if i >= block.rows {
                break;
            }
            let query = (block.first_query + i) * row + member;
            let key = (block.first_key + j) * key_row;
            for (a, b, c) in [(block.scores, self.dy, self.dv), (gradients, self.q, self.dk)] {
                // SAFETY: the keys from `j` on, and the queries that see one of them.
                unsafe {
                    let product = linear::Block {
                        k: block.rows - i,
                        a: a.add(j * QUERIES + i),
                        a_row: QUERIES,
                        a_step: 1,
                        b: b.add(query),
                        b_step: row,
                        c: c.add(key),
                        ldc: key_row,
                        cols: 0,
                        add: true,
                    };
                    self.columns(s, step.min(block.keys - j), product);
                }
            }
        }
        for i in (block.skip..block.rows).step_by(step) {
            let rows = step.min(block.rows - i);
            let key = block.first_key * key_row;
            // SAFETY: the queries from `i` on, and the keys that they see.
            unsafe {
                let product = linear::Block {
                    k: block.keys_before(i + rows),
                    a: gradients.add(i),
                    a_row: 1,
                    a_step: QUERIES,
                    b: self.k.add(key),
                    b_step: key_row,
                    c: self.dq.add((block.first_query + i) * row + member),
                    ldc: row,
                    cols: 0,
                    add: true,
                };
                self.columns(s, rows, product);
            }
        }
    }

    /// A product of all channels.
    ///
    /// # Safety
    /// `rows` rows of the product are valid with `size` columns.
    #[inline(always)]
    unsafe fn columns<S: Simd>(&self, s: S, rows: usize, product: linear::Block) {
        let (width, size) = (2 * S::LANES, self.problem.size);
        for col in (0..size).step_by(width) {
            let cols = width.min(size - col);
            // SAFETY: `cols` channels from `col` on.
            unsafe {
                let (b, c) = (product.b.add(col), product.c.add(col));
                multiply_rows::<S, false>(s, rows, linear::Block { b, c, cols, ..product });
            }
        }
    }
}
