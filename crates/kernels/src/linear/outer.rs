//! The tiles of a weight gradient: `W[rows, cols] = X[m, rows]ᵀ Y[m, cols]` in passes over `m`.

use std::mem::MaybeUninit;

use super::{Block, COL_UNIT, multiply_rows};
use crate::isa::Kernel;
use crate::lanes::Simd;

/// Rows of `Y` that one pass takes, so that their columns of one register tile stay in L1.
pub(super) const TERMS: usize = 256;
/// Rows of the tallest tile: its columns of `X` in one pass stay in L2.
pub(super) const TALLEST: usize = 192;

/// A tile that reads `X` and `dY` in place.
#[derive(Clone, Copy)]
pub(super) struct Direct {
    pub m: usize,
    pub rows: usize,
    pub cols: usize,
    pub x: *const f32,
    pub ldx: usize,
    pub y: *const f32,
    pub ldy: usize,
    pub w: *mut f32,
    pub ldw: usize,
}

impl Direct {
    /// First row and number of rows of each pass.
    fn passes(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let m = self.m;
        let passes = m.div_ceil(TERMS).max(1);
        let step = m.div_ceil(passes);
        (0..passes).map(move |pass| (pass * step, step.min(m - pass * step)))
    }
}

impl Kernel for Direct {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Direct { rows, cols, x, ldx, y, ldy, w, ldw, .. } = self;
        let width = 2 * S::LANES;
        for (from, terms) in self.passes() {
            for col in (0..cols).step_by(width) {
                // SAFETY: `run_on` asserted that these rows and columns are within the operands.
                unsafe {
                    let block = Block {
                        k: terms,
                        a: x.wrapping_add(from * ldx),
                        a_row: 1,
                        a_step: ldx,
                        b: y.wrapping_add(from * ldy + col),
                        b_step: ldy,
                        c: w.add(col),
                        ldc: ldw,
                        cols: width.min(cols - col),
                        add: from > 0,
                    };
                    multiply_rows::<S, false>(simd, rows, block);
                }
            }
        }
    }
}

/// A tile that copies `X` into strips of `ROWS` columns and `dY` into one panel after the other.
pub(super) struct Packed(pub Direct);

/// Floats between strips, for the lanes that the last row of a strip writes too many.
const GAP: usize = 16;
const STRIPS: usize = TALLEST * TERMS + TALLEST * GAP;

impl Kernel for Packed {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Direct { rows, cols, x, ldx, y, ldy, w, ldw, .. } = self.0;
        let width = 2 * S::LANES;
        let mut strips = [const { MaybeUninit::<f32>::uninit() }; STRIPS];
        let mut panel = [const { MaybeUninit::<f32>::uninit() }; TERMS * COL_UNIT];
        let (strips, panel): (*mut f32, *mut f32) =
            (strips.as_mut_ptr().cast(), panel.as_mut_ptr().cast());
        for (from, terms) in self.0.passes() {
            let strip_len = terms * S::ROWS + GAP;
            // SAFETY: `run_on` asserted that these rows and columns are within the operands;
            // at most `TALLEST / ROWS` strips of `TERMS` rows and one panel of them are written.
            unsafe {
                pack_strips(simd, terms, rows, x.add(from * ldx), ldx, strips, strip_len);
                for col in (0..cols).step_by(width) {
                    let wide = width.min(cols - col);
                    pack_panel(simd, terms, wide, y.add(from * ldy + col), ldy, panel);
                    for (strip, row) in (0..rows).step_by(S::ROWS).enumerate() {
                        let block = Block {
                            k: terms,
                            a: strips.add(strip * strip_len),
                            a_row: 1,
                            a_step: S::ROWS,
                            b: panel,
                            b_step: width,
                            c: w.add(row * ldw + col),
                            ldc: ldw,
                            cols: wide,
                            add: from > 0,
                        };
                        multiply_rows::<S, true>(simd, S::ROWS.min(rows - row), block);
                    }
                }
            }
        }
    }
}

/// # Safety
/// `terms` rows of `rows` floats of `x`, `ldx` apart, are valid, and as many strips at `to`.
#[inline(always)]
unsafe fn pack_strips<S: Simd>(
    simd: S,
    terms: usize,
    rows: usize,
    x: *const f32,
    ldx: usize,
    to: *mut f32,
    strip_len: usize,
) {
    for p in 0..terms {
        for (strip, row) in (0..rows).step_by(S::ROWS).enumerate() {
            for part in (0..S::ROWS).step_by(S::LANES) {
                let left = (rows - row).saturating_sub(part).min(S::LANES);
                // SAFETY: `left` floats remain of the row. Lanes past the strip's row fall on its next
                // row, which is written later, or into the gap.
                unsafe {
                    let from = x.wrapping_add(p * ldx + row + part);
                    let to = to.add(strip * strip_len + p * S::ROWS + part);
                    let full = left == S::LANES;
                    simd.store(
                        to,
                        if full { simd.load(from) } else { simd.load_partial(from, left) },
                    );
                }
            }
        }
    }
}

/// # Safety
/// `terms` rows of `cols` floats of `y`, `ldy` apart, are valid, and a panel of them at `to`.
#[inline(always)]
unsafe fn pack_panel<S: Simd>(
    simd: S,
    terms: usize,
    cols: usize,
    y: *const f32,
    ldy: usize,
    to: *mut f32,
) {
    let (low, high) = (cols.min(S::LANES), cols.saturating_sub(S::LANES));
    for p in 0..terms {
        // SAFETY: `low` and then `high` floats of row `p`, and a whole row of the panel.
        unsafe {
            let (from, to) = (y.add(p * ldy), to.add(p * 2 * S::LANES));
            if high == S::LANES {
                simd.store(to, simd.load(from));
                simd.store(to.add(S::LANES), simd.load(from.add(S::LANES)));
            } else {
                simd.store(to, simd.load_partial(from, low));
                simd.store(to.add(S::LANES), simd.load_partial(from.add(low), high));
            }
        }
    }
}
