//! The register tile of all products: `C[M, V * LANES] (+)= sum_p a[i, p] b[p, j]`.
//!
//! `a` is read one element at a time and spread over the lanes, `b` a row of vectors at a time, so
//! any strides of `a` and any distance between the rows of `b` cost the same.

use crate::lanes::Simd;

/// Operands of one column block: up to `2 * LANES` columns of `C`.
#[derive(Clone, Copy)]
pub(crate) struct Block {
    /// Terms of the sum.
    pub k: usize,
    pub a: *const f32,
    /// Floats from `a[i, p]` to `a[i + 1, p]`.
    pub a_row: usize,
    /// Floats from `a[i, p]` to `a[i, p + 1]`.
    pub a_step: usize,
    pub b: *const f32,
    /// Floats from one row of `b` to the next.
    pub b_step: usize,
    pub c: *mut f32,
    pub ldc: usize,
    pub cols: usize,
    /// Adds to `C` in place of overwriting it.
    pub add: bool,
}

/// Rows of `b` that a tall tile asks for in advance: what L2 or L3 takes to answer.
const AHEAD: usize = 16;

/// Multiplies `rows` rows of `a` with the block. With `PADDED`, rows of `b` hold `2 * LANES` floats
/// whatever `cols` is.
///
/// # Safety
/// Every element that the block describes is valid: `rows x k` of `a`, `k` rows of `b`,
/// `rows x cols` of `c`; `cols <= 2 * LANES`.
#[inline(always)]
pub(crate) unsafe fn multiply_rows<S: Simd, const PADDED: bool>(
    simd: S,
    rows: usize,
    block: Block,
) {
    // SAFETY: the caller vouches for all rows.
    unsafe {
        match (block.cols <= S::LANES, PADDED || block.cols == 2 * S::LANES) {
            (true, _) if PADDED => strips::<S, 1, true>(simd, rows, block),
            (true, _) => strips::<S, 1, false>(simd, rows, block),
            (false, true) => strips::<S, 2, true>(simd, rows, block),
            (false, false) => strips::<S, 2, false>(simd, rows, block),
        }
    }
}

/// Cuts rows into strips of few heights: every height is a loop of its own in the binary.
/// Low strips keep several sums apart, so that a product need not wait for the one before it.
#[inline(always)]
unsafe fn strips<S: Simd, const V: usize, const FULL: bool>(
    simd: S,
    rows: usize,
    mut block: Block,
) {
    let most = if V == 1 && S::ROWS >= 6 { 12 } else { S::ROWS };
    let mut left = rows;
    macro_rules! strip {
        ($($m:literal, $chains:literal, $exists:expr;)*) => {
            $(if $exists {
                while left >= $m {
                    // SAFETY: so many rows remain.
                    unsafe {
                        tile::<S, $m, V, $chains, FULL>(simd, block);
                        block.a = block.a.wrapping_add($m * block.a_row);
                        block.c = block.c.wrapping_add($m * block.ldc);
                    }
                    left -= $m;
                }
            })*
        };
    }
    strip! {
        12, 1, most == 12;
        8, 1, most == 12 && V == 2;
        6, 1, most == 6;
        4, 1, true;
        2, 2, true;
        1, 4, true;
    }
}

#[inline(always)]
unsafe fn tile<S: Simd, const M: usize, const V: usize, const U: usize, const FULL: bool>(
    simd: S,
    block: Block,
) {
    let Block { k, c, ldc, cols, add, .. } = block;
    let lanes = S::LANES;
    // Columns of the last vector; the ones before it are full.
    let last = cols - (V - 1) * lanes;
    let mut sums = [[[simd.zero(); V]; M]; U];
    for i in 0..M {
        simd.prefetch(c.wrapping_add(i * ldc));
        simd.prefetch(c.wrapping_add(i * ldc + cols - 1));
    }
    // SAFETY: rows and columns are within what the caller vouches for.
    unsafe {
        let whole = k - k % U;
        for p in (0..whole).step_by(U) {
            for u in 0..U {
                term::<S, M, V, FULL>(simd, &block, p + u, &mut sums[u]);
            }
        }
        for p in whole..k {
            term::<S, M, V, FULL>(simd, &block, p, &mut sums[0]);
        }
        for i in 0..M {
            for v in 0..V {
                let mut sum = sums[0][i][v];
                for u in 1..U {
                    sum = simd.add(sum, sums[u][i][v]);
                }
                let at = c.add(i * ldc + v * lanes);
                if v < V - 1 || last == lanes {
                    let sum = if add { simd.add(simd.load(at), sum) } else { sum };
                    simd.store(at, sum);
                } else {
                    let sum = if add { simd.add(simd.load_partial(at, last), sum) } else { sum };
                    simd.store_partial(at, sum, last);
                }
            }
        }
    }
}

/// Adds `a[.., p] b[p, ..]`. A function, since closures do not take the caller's instruction set.
#[inline(always)]
unsafe fn term<S: Simd, const M: usize, const V: usize, const FULL: bool>(
    simd: S,
    block: &Block,
    p: usize,
    sums: &mut [[S::F32; V]; M],
) {
    let last = block.cols - (V - 1) * S::LANES;
    // SAFETY: `p < k`, and the caller vouches for rows and columns.
    unsafe {
        let row = block.b.add(p * block.b_step);
        let mut y = [simd.zero(); V];
        for v in 0..V {
            let at = row.add(v * S::LANES);
            if M >= 6 && v * S::LANES % 16 == 0 {
                simd.prefetch(at.wrapping_add(AHEAD * block.b_step));
            }
            y[v] = if FULL || v < V - 1 { simd.load(at) } else { simd.load_partial(at, last) };
        }
        let column = block.a.add(p * block.a_step);
        for i in 0..M {
            let x = simd.splat(*column.add(i * block.a_row));
            for v in 0..V {
                sums[i][v] = simd.fma(x, y[v], sums[i][v]);
            }
        }
    }
}
