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
        if block.cols <= S::LANES {
            if PADDED || block.cols == S::LANES {
                strips::<S, 1, true>(simd, rows, block)
            } else {
                strips::<S, 1, false>(simd, rows, block)
            }
        } else if PADDED || block.cols == 2 * S::LANES {
            strips::<S, 2, true>(simd, rows, block)
        } else {
            strips::<S, 2, false>(simd, rows, block)
        }
    }
}

#[inline(always)]
unsafe fn strips<S: Simd, const V: usize, const FULL: bool>(
    simd: S,
    rows: usize,
    mut block: Block,
) {
    let most = (2 * S::ROWS / V).min(12);
    let mut left = rows;
    while left > 0 {
        let now = left.min(most);
        // SAFETY: `now` rows remain.
        unsafe {
            strip::<S, V, FULL>(simd, now, block);
            block.a = block.a.add(now * block.a_row);
            block.c = block.c.add(now * block.ldc);
        }
        left -= now;
    }
}

/// Few rows keep several sums apart, so that a product need not wait for the one before it.
#[inline(always)]
unsafe fn strip<S: Simd, const V: usize, const FULL: bool>(simd: S, rows: usize, block: Block) {
    let most = (2 * S::ROWS / V).min(12);
    macro_rules! tile {
        ($($m:literal: $u:literal),*) => {
            // SAFETY: as many rows as the caller vouches for.
            unsafe {
                match rows {
                    $($m if $m <= most => tile::<S, $m, V, $u, FULL>(simd, block),)*
                    _ => unreachable!("strips are cut to the tile's rows"),
                }
            }
        };
    }
    tile!(12: 1, 11: 1, 10: 1, 9: 1, 8: 1, 7: 1, 6: 1, 5: 1, 4: 1, 3: 2, 2: 2, 1: 4)
}

#[inline(always)]
unsafe fn tile<S: Simd, const M: usize, const V: usize, const U: usize, const FULL: bool>(
    simd: S,
    block: Block,
) {
    let Block { k, a, a_row, a_step, b, b_step, c, ldc, cols, add } = block;
    let lanes = S::LANES;
    // Columns of the last vector; the ones before it are full.
    let last = cols - (V - 1) * lanes;
    let mut sums = [[[simd.zero(); V]; M]; U];
    // SAFETY: rows and columns are within what the caller vouches for.
    unsafe {
        let term = |sums: &mut [[S::F32; V]; M], p: usize| {
            let row = b.add(p * b_step);
            let mut y = [simd.zero(); V];
            for v in 0..V {
                let at = row.add(v * lanes);
                y[v] = if FULL || v < V - 1 { simd.load(at) } else { simd.load_partial(at, last) };
            }
            let column = a.add(p * a_step);
            for i in 0..M {
                let x = simd.splat(*column.add(i * a_row));
                for v in 0..V {
                    sums[i][v] = simd.fma(x, y[v], sums[i][v]);
                }
            }
        };
        let mut p = 0;
        while p + U <= k {
            for u in 0..U {
                term(&mut sums[u], p + u);
            }
            p += U;
        }
        while p < k {
            term(&mut sums[0], p);
            p += 1;
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
