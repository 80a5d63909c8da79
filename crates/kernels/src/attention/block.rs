//! A block of scores: keys down, queries along the lanes; and what hides or drops some of them.

use super::{Attention, KEYS, QUERIES, Unit};
use crate::panels::{Pack, Panels};
use crate::random::{self, Draw, GROUP};
use crate::{Isa, Shared, Simd};

/// Floats of a block.
pub(super) const SCORES: usize = KEYS * QUERIES;

// ---- fast

/// The places of a block, and what its queries see.
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    /// `[keys, QUERIES]`
    pub scores: *mut f32,
    /// Queries before these see none of the keys; whole groups.
    pub skip: usize,
    pub rows: usize,
    pub keys: usize,
    pub first_query: usize,
    pub first_key: usize,
    pub causal: bool,
    pub mask: Option<&'a [i32]>,
}

impl Block<'_> {
    /// Whether some query sees some of the keys and not others. Such a block is computed in groups
    /// of queries and keys, without those that are hidden from each other as a whole.
    #[inline(always)]
    fn is_diagonal(&self) -> bool {
        self.causal && self.first_key + self.keys > self.first_query + self.skip + 1
    }

    /// Queries, or keys, that are computed together.
    #[inline(always)]
    pub fn step(&self) -> usize {
        if self.is_diagonal() { GROUP } else { KEYS }
    }

    /// Keys that queries before `end` see.
    #[inline(always)]
    pub fn keys_before(&self, end: usize) -> usize {
        let seen = (self.first_query + end).saturating_sub(self.first_key);
        if self.causal { seen.min(self.keys) } else { self.keys }
    }

    /// The group of the first query that sees key `j`.
    #[inline(always)]
    pub fn query_of(&self, j: usize) -> usize {
        if self.causal {
            let hidden = (self.first_key + j).saturating_sub(self.first_query);
            (hidden / GROUP * GROUP).max(self.skip)
        } else {
            0
        }
    }

    /// Sets the scores of hidden keys to minus infinity, in the groups that are computed.
    ///
    /// # Safety
    /// `scores` holds `keys` rows of `QUERIES` floats.
    #[inline(always)]
    pub unsafe fn hide<S: Simd>(&self, s: S) {
        let nothing = s.splat(f32::NEG_INFINITY);
        let diagonal = self.is_diagonal();
        for j in 0..self.keys {
            let key = self.first_key + j;
            let masked = self.mask.is_some_and(|mask| mask[key] == 0);
            if !(masked || diagonal) {
                continue;
            }
            let from = self.query_of(j);
            // Beyond the group in which the key comes into sight, all queries see it.
            let to = if masked { self.rows } else { self.rows.min(from + GROUP) };
            for i in (from..to).step_by(S::LANES) {
                // SAFETY: i and LANES are within the row, whose length is a multiple of LANES.
                unsafe {
                    let at = self.scores.add(j * QUERIES + i);
                    if masked {
                        s.store(at, nothing);
                        continue;
                    }
                    let before = key.saturating_sub(self.first_query + i) as u32;
                    let hidden = s.lt_u32(s.iota(), s.splat_u32(before));
                    s.store(at, s.select(hidden, nothing, s.load(at)));
                }
            }
        }
    }
}

/// Dropout's words for the queries of a block, key by key.
#[derive(Clone, Copy)]
pub(super) struct Drop {
    key: random::Key,
    step: u64,
    threshold: u32,
    scale: f32,
}

impl Drop {
    /// `None` where nothing is dropped.
    pub fn new(problem: &Attention, draw: Draw) -> Option<Self> {
        (problem.dropout > 0.0).then(|| Drop {
            key: random::key(draw.seed, problem.site),
            step: draw.step,
            threshold: random::drop_threshold(problem.dropout),
            scale: random::drop_scale(problem.dropout),
        })
    }

    /// The words of the queries in groups from `from` on; `place` is that of the block's first query.
    #[inline(always)]
    pub fn words<S: Simd>(
        self,
        s: S,
        place: u64,
        from: usize,
        rows: usize,
        words: &mut [u32; QUERIES],
    ) {
        let group = place / GROUP as u64 + (from / GROUP) as u64;
        let to = rows.next_multiple_of(GROUP);
        random::fill_words(s, self.key, self.step, group, &mut words[from..to]);
    }

    /// A probability's factor: `scale`, or 0 where it is dropped.
    ///
    /// # Safety
    /// `words` has LANES words from `i` on.
    #[inline(always)]
    pub unsafe fn factor<S: Simd>(self, s: S, words: &[u32; QUERIES], i: usize) -> S::F32 {
        // SAFETY: the caller vouches for the words.
        let word = unsafe { s.load_u32(words.as_ptr().add(i)) };
        s.select(s.lt_u32(word, s.splat_u32(self.threshold)), s.zero(), s.splat(self.scale))
    }
}

/// The queries that a block of keys is hidden from, in whole groups.
pub(super) fn skipped(causal: bool, first_query: usize, first_key: usize) -> usize {
    if causal { first_key.saturating_sub(first_query) / GROUP * GROUP } else { 0 }
}

/// Panels of the transposed queries of a block.
pub(super) fn pack(isa: Isa, problem: &Attention, unit: Unit, q: &[f32], panels: Shared<'_, f32>) {
    let form = Panels::transpose_of(unit.rows, problem.size);
    let pack = Pack { panels: form, ld: problem.query_row(), batch: 1, stride: 0 };
    let (from, len) = (problem.panels_at(unit), pack.len(isa));
    assert!(panels.len() >= from + len && q.len() >= problem.query_len());
    // SAFETY: the part of this unit alone, within the buffer as asserted.
    let panels = unsafe { Shared::from_raw(panels.pointer().add(from), len) };
    for tile in 0..pack.tiles() {
        pack.run_on(isa, tile, &q[problem.query_at(unit)..], panels);
    }
}
