//! The first stage of the backward: what all blocks of keys need of every query.

use super::block::pack;
use super::{Attention, QUERIES, per_tile, units_of};
use crate::random::GROUP;
use crate::softmax::{load, vectors};
use crate::{Isa, Kernel, Shared, Simd, dispatch_on};

/// The scratch of the backward: what a first stage prepares of every query.
#[derive(Clone, Copy)]
pub struct Prepared<T> {
    /// Transposed queries and gradients in panels, [`Attention::panels_len`] floats each.
    pub q: T,
    pub dy: T,
    /// `lse` and `Σ dy y - dlse`, [`Attention::statistics_len`] floats each.
    pub lse: T,
    pub delta: T,
}

impl Attention {
    fn prepare_flops(&self) -> usize {
        16 * QUERIES.min(self.queries) * self.size
    }

    /// Floats of a number of every query, padded.
    pub fn statistics_len(&self) -> usize {
        self.batch * self.heads * self.padded()
    }

    /// Tiles of the first stage.
    pub fn prepare_tiles(&self) -> usize {
        self.units().div_ceil(per_tile(self.prepare_flops()))
    }

    /// The first stage.
    pub fn prepare(
        &self,
        tile: usize,
        operands: [&[f32]; 4],
        dlse: Option<&[f32]>,
        prepared: Prepared<Shared<'_, f32>>,
    ) {
        self.prepare_on(Isa::current(), tile, operands, dlse, prepared);
    }

    pub fn prepare_on(
        &self,
        isa: Isa,
        tile: usize,
        [q, y, dy, lse]: [&[f32]; 4],
        dlse: Option<&[f32]>,
        prepared: Prepared<Shared<'_, f32>>,
    ) {
        assert!(q.len().min(y.len()).min(dy.len()) >= self.query_len());
        assert!(lse.len().min(dlse.map_or(usize::MAX, <[_]>::len)) >= self.lse_len());
        assert!(prepared.lse.len().min(prepared.delta.len()) >= self.statistics_len());
        for index in units_of(tile, self.units(), self.prepare_flops()) {
            let unit = self.unit(index);
            pack(isa, self, unit, q, prepared.q);
            pack(isa, self, unit, dy, prepared.dy);
            let (from, at) = (self.query_at(unit), self.padded_at(unit));
            let len = unit.rows.next_multiple_of(GROUP);
            let row = (unit.batch * self.heads + unit.head) * self.queries + unit.first;
            // SAFETY: the statistics of this unit's queries, within the buffers as asserted.
            let (kept, delta) =
                unsafe { (prepared.lse.range(at, len), prepared.delta.range(at, len)) };
            kept[..unit.rows].copy_from_slice(&lse[row..][..unit.rows]);
            kept[unit.rows..].fill(0.0);
            delta.fill(0.0);
            let rows = &mut delta[..unit.rows];
            let (y, dy) = (&y[from..], &dy[from..]);
            dispatch_on(isa, Dots { row: self.query_row(), size: self.size, y, dy, sums: rows });
            if let Some(dlse) = dlse {
                rows.iter_mut().zip(&dlse[row..]).for_each(|(delta, dlse)| *delta -= dlse);
            }
        }
    }
}

// ---- fast

/// `sums[i] = Σ dy y` of each row.
struct Dots<'a> {
    row: usize,
    size: usize,
    y: &'a [f32],
    dy: &'a [f32],
    sums: &'a mut [f32],
}

impl Kernel for Dots<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        for (i, total) in self.sums.iter_mut().enumerate() {
            let from = i * self.row;
            let (y, dy) = (&self.y[from..][..self.size], &self.dy[from..][..self.size]);
            let mut sum = s.zero();
            for (c, n) in vectors(s, self.size) {
                // SAFETY: c + n <= size, the length of both rows.
                let (y, dy) =
                    unsafe { (load(s, y.as_ptr().add(c), n), load(s, dy.as_ptr().add(c), n)) };
                sum = s.fma(y, dy, sum);
            }
            *total = s.sum(sum);
        }
    }
}
