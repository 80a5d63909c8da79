//! The forward: a running maximum and sum over blocks of keys, the result rescaled when the maximum grows.

use std::mem::MaybeUninit;

use super::block::{Block, Drop, SCORES, pack, skipped};
use super::{Attention, KEYS, Mask, QUERIES, Unit, per_tile, units_of};
use crate::linear::{self, multiply_rows};
use crate::random::{Draw, GROUP};
use crate::softmax::{load, store, vectors};
use crate::{Isa, Kernel, Shared, Simd, dispatch_on, math};

impl Attention {
    fn unit_flops(&self) -> usize {
        4 * QUERIES.min(self.queries) * self.keys * self.size
    }

    /// Tiles of the forward.
    pub fn tiles(&self) -> usize {
        self.units().div_ceil(per_tile(self.unit_flops()))
    }

    /// Computes `y` and `lse` of one tile; `panels` is scratch of [`Attention::panels_len`] floats.
    pub fn run(
        &self,
        tile: usize,
        operands: [&[f32]; 3],
        mask: Mask<'_>,
        draw: Draw,
        outputs: [Shared<'_, f32>; 3],
    ) {
        self.run_on(Isa::current(), tile, operands, mask, draw, outputs);
    }

    pub fn run_on(
        &self,
        isa: Isa,
        tile: usize,
        [q, k, v]: [&[f32]; 3],
        mask: Mask<'_>,
        draw: Draw,
        [y, lse, panels]: [Shared<'_, f32>; 3],
    ) {
        self.check(mask);
        assert!(q.len() >= self.query_len() && k.len().min(v.len()) >= self.key_len());
        assert!(y.len() >= self.query_len() && lse.len() >= self.lse_len());
        for index in units_of(tile, self.units(), self.unit_flops()) {
            let unit = self.unit(index);
            pack(isa, self, unit, q, panels);
            let Unit { batch, head, first, .. } = unit;
            let key_at = self.key_at(batch, head / self.group());
            // SAFETY: the places are within the operands, whose lengths are asserted.
            let forward = unsafe {
                Forward {
                    problem: *self,
                    unit,
                    seen: mask.seen(batch, self.keys),
                    mask: mask.of(batch, self.keys),
                    drop: Drop::new(self, draw),
                    k: k.as_ptr().wrapping_add(key_at),
                    v: v.as_ptr().wrapping_add(key_at),
                    panels: panels.pointer().add(self.panels_at(unit)),
                    y: y.pointer().add(self.query_at(unit)),
                    lse: lse.pointer().add((batch * self.heads + head) * self.queries + first),
                }
            };
            dispatch_on(isa, forward);
        }
    }
}

// ---- fast

struct Forward<'a> {
    problem: Attention,
    unit: Unit,
    /// Keys up to the last one that is there.
    seen: usize,
    mask: Option<&'a [i32]>,
    drop: Option<Drop>,
    k: *const f32,
    v: *const f32,
    panels: *const f32,
    y: *mut f32,
    lse: *mut f32,
}

/// What the queries of a block know of the keys so far.
struct Running {
    max: [f32; QUERIES],
    sum: [f32; QUERIES],
    /// What the results so far are multiplied by.
    shrink: [f32; QUERIES],
    words: [u32; QUERIES],
}

impl Kernel for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Unit { first, rows, .. } = self.unit;
        let causal = self.problem.causal;
        let seen = if causal { self.seen.min(first + rows) } else { self.seen };
        let mut scores = MaybeUninit::<[f32; SCORES]>::uninit();
        let scores: *mut f32 = scores.as_mut_ptr().cast();
        let mut running = Running {
            max: [f32::NEG_INFINITY; QUERIES],
            sum: [0.0; QUERIES],
            shrink: [0.0; QUERIES],
            words: [0; QUERIES],
        };
        for from in (0..seen).step_by(KEYS) {
            let block = Block {
                scores,
                skip: skipped(causal, first, from),
                rows,
                keys: KEYS.min(seen - from),
                first_query: first,
                first_key: from,
                causal,
                mask: self.mask,
            };
            // SAFETY: the pointers reach over the unit's queries and the keys seen.
            unsafe {
                self.score(s, &block);
                block.hide(s);
                self.weigh(s, &block, &mut running);
                self.shrink(s, &block, &running.shrink);
                self.gather(s, &block);
            }
        }
        // SAFETY: as above.
        unsafe { self.finish(s, &running, seen > 0) };
    }
}

impl Forward<'_> {
    /// `scores = k qᵀ`: `(keys, size) x (size, queries) -> (keys, queries)`
    ///
    /// # Safety
    /// The pointers reach over the unit's queries and the block's keys.
    #[inline(always)]
    unsafe fn score<S: Simd>(&self, s: S, block: &Block<'_>) {
        let (width, row) = (2 * S::LANES, self.problem.key_row());
        for col in (block.skip..block.rows).step_by(width) {
            let keys = block.keys_before((col / GROUP + 1) * GROUP);
            // SAFETY: a panel has `size` rows of `width` floats; a row of scores holds all panels.
            unsafe {
                let product = linear::Block {
                    k: self.problem.size,
                    a: self.k.add(block.first_key * row),
                    a_row: row,
                    a_step: 1,
                    b: self.panels.add(col * self.problem.size),
                    b_step: width,
                    c: block.scores.add(col),
                    ldc: QUERIES,
                    cols: width,
                    add: false,
                };
                multiply_rows::<S, true>(s, keys, product);
            }
        }
    }

    /// Turns scores into weights `exp(scale s - max)`, and brings maxima and sums up to date.
    ///
    /// # Safety
    /// The scores of the block are written.
    #[inline(always)]
    unsafe fn weigh<S: Simd>(&self, s: S, block: &Block<'_>, running: &mut Running) {
        let scale = s.splat(self.problem.scale);
        let (least, at) = (s.splat(f32::NEG_INFINITY), block.scores);
        for col in (block.skip..block.rows).step_by(2 * S::LANES) {
            let keys = block.keys_before((col / GROUP + 1) * GROUP);
            let mut max = [least; 2];
            // SAFETY: two vectors from `col` on are within a row of scores and within the arrays.
            unsafe {
                for j in 0..keys {
                    for u in 0..2 {
                        let x = s.load(at.add(j * QUERIES + col + u * S::LANES));
                        // A NaN is passed over here and reaches the sum as a weight.
                        max[u] = s.select(s.lt(max[u], x), x, max[u]);
                    }
                }
                let (mut sum, mut base) = ([s.zero(); 2], [s.zero(); 2]);
                for u in 0..2 {
                    let i = col + u * S::LANES;
                    let before = s.load(running.max.as_ptr().add(i));
                    let max = s.max(s.mul(max[u], scale), before);
                    s.store(running.max.as_mut_ptr().add(i), max);
                    // Where no key was seen yet, every weight is exp(-inf - 0) = 0.
                    base[u] = s.select(s.eq(max, least), s.zero(), max);
                    let shrink = math::exp(s, s.sub(before, base[u]));
                    s.store(running.shrink.as_mut_ptr().add(i), shrink);
                    sum[u] = s.mul(s.load(running.sum.as_ptr().add(i)), shrink);
                }
                let less = [s.neg(base[0]), s.neg(base[1])];
                for j in 0..keys {
                    for u in 0..2 {
                        let at = at.add(j * QUERIES + col + u * S::LANES);
                        let weight = math::exp(s, s.fma(s.load(at), scale, less[u]));
                        s.store(at, weight);
                        sum[u] = s.add(sum[u], weight);
                    }
                }
                for u in 0..2 {
                    s.store(running.sum.as_mut_ptr().add(col + u * S::LANES), sum[u]);
                }
            }
        }
        let Some(drop) = self.drop else { return };
        let Unit { batch, head, first, .. } = self.unit;
        for j in 0..block.keys {
            let place = self.problem.place([batch, head, first, block.first_key + j]);
            let from = block.query_of(j);
            drop.words(s, place, from, block.rows, &mut running.words);
            for i in (from..block.rows).step_by(S::LANES) {
                // SAFETY: a vector from `i` on is within the row and within the words.
                unsafe {
                    let at = at.add(j * QUERIES + i);
                    s.store(at, s.mul(s.load(at), drop.factor(s, &running.words, i)));
                }
            }
        }
    }

    /// Multiplies the results so far.
    ///
    /// # Safety
    /// `y` reaches over the unit's queries.
    #[inline(always)]
    unsafe fn shrink<S: Simd>(&self, s: S, block: &Block<'_>, shrink: &[f32; QUERIES]) {
        if block.first_key == 0 {
            return;
        }
        for i in block.skip..block.rows {
            if shrink[i] != 1.0 {
                // SAFETY: row `i` of the unit.
                unsafe { self.scale_row(s, i, shrink[i]) };
            }
        }
    }

    /// # Safety
    /// `y` reaches over row `i` of the unit.
    #[inline(always)]
    unsafe fn scale_row<S: Simd>(&self, s: S, i: usize, factor: f32) {
        // SAFETY: the vectors cover the row's channels.
        unsafe {
            let row = self.y.add(i * self.problem.query_row());
            for (c, n) in vectors(s, self.problem.size) {
                store(s, row.add(c), s.mul(load(s, row.add(c), n), s.splat(factor)), n);
            }
        }
    }

    /// `y += weightsᵀ v`: `(queries, keys) x (keys, size) -> (queries, size)`
    ///
    /// # Safety
    /// The pointers reach over the unit's queries and the block's keys.
    #[inline(always)]
    unsafe fn gather<S: Simd>(&self, s: S, block: &Block<'_>) {
        let (width, size) = (2 * S::LANES, self.problem.size);
        let (row, key_row) = (self.problem.query_row(), self.problem.key_row());
        let step = block.step();
        for i in (block.skip..block.rows).step_by(step) {
            let rows = step.min(block.rows - i);
            for col in (0..size).step_by(width) {
                // SAFETY: `cols` channels of the queries from `i` on and of the keys that they see.
                unsafe {
                    let product = linear::Block {
                        k: block.keys_before(i + rows),
                        a: block.scores.add(i),
                        a_row: 1,
                        a_step: QUERIES,
                        b: self.v.add(block.first_key * key_row + col),
                        b_step: key_row,
                        c: self.y.add(i * row + col),
                        ldc: row,
                        cols: width.min(size - col),
                        add: block.first_key > 0,
                    };
                    multiply_rows::<S, false>(s, rows, product);
                }
            }
        }
    }

    /// Divides by the sums and writes `lse`.
    ///
    /// # Safety
    /// `y` and `lse` reach over the unit's queries.
    #[inline(always)]
    unsafe fn finish<S: Simd>(&self, s: S, running: &Running, any: bool) {
        for i in 0..self.unit.rows {
            let (max, sum) = (running.max[i], running.sum[i]);
            // SAFETY: row `i` of the unit.
            unsafe {
                if any {
                    self.scale_row(s, i, if sum == 0.0 { 0.0 } else { 1.0 / sum });
                } else {
                    let row = self.y.add(i * self.problem.query_row());
                    row.write_bytes(0, self.problem.size);
                }
                *self.lse.add(i) = if sum == 0.0 { 0.0 } else { max + sum.ln() };
            }
        }
    }
}
