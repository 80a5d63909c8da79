//! The gradient of attention in other ops, with its scores stored: what its own gradient is taken of.
//!
//! ```text
//! delta = Σ dy y - dlse,   ds = p (m dy · v - delta),   dq = scale ds k,   dk = scale dsᵀ q,   dv = (m p)ᵀ dy
//! ```

use attune_kernels::attention as kernel;

use crate::ops::attention_mask::AttentionMask;
use crate::ops::{MatMul, Transpose};
use crate::term::{Tape, Term};

/// `(dq, dk, dv)` with the scores stored.
pub fn formula<'t>(
    problem: &kernel::Attention,
    tape: &'t Tape,
    inputs: &[Term<'t>],
    dlse: Option<Term<'t>>,
    mask: Option<Term<'t>>,
) -> Vec<Term<'t>> {
    let kernel::Attention { batch, queries, keys, heads, key_heads, size, .. } = *problem;
    // Heads that share keys are rows of one matrix.
    let (outer, rows) = (batch * key_heads, problem.group() * queries);
    let turn = Transpose { permutation: vec![0, 2, 1, 3] };
    let of_queries = |x: Term<'t>, width| x.reshape(&[outer, rows, width].into());
    let fold = |x: Term<'t>| of_queries(x.apply(turn.clone()), size);
    let fold_keys = |x: Term<'t>| x.apply(turn.clone()).reshape(&[outer, keys, size].into());
    let product = |transpose_a, transpose_b| MatMul { transpose_a, transpose_b };
    let weight = |dropout| {
        let op = AttentionMask { causal: problem.causal, dropout, site: problem.site };
        let operands: Vec<Term<'t>> = inputs[..2].iter().copied().chain(mask).collect();
        of_queries(tape.apply(op, &operands), keys)
    };
    let [q, y, dy] = [0, 3, 5].map(|i| fold(inputs[i])); // [outer, rows, size]
    let [k, v] = [1, 2].map(|i| fold_keys(inputs[i])); // [outer, keys, size]
    let scale = f64::from(problem.scale);
    let s = q.with(product(false, true), k) * scale; // [outer, rows, keys]
    let exponent = s - of_queries(inputs[4], 1);
    let p = weight(0.0).select(exponent, -1e30).exp();
    let mut delta = (dy * y).sum_last(); // [outer, rows, 1]
    if let Some(dlse) = dlse {
        delta = delta - of_queries(dlse, 1);
    }
    let (mut kept, mut dp) = (p, dy.with(product(false, true), v));
    if problem.dropout > 0.0 {
        let m = weight(problem.dropout);
        (kept, dp) = (p * m, dp * m);
    }
    let ds = p * (dp - delta) * scale;
    let dq = ds.with(product(false, false), k);
    let dk = ds.with(product(true, false), q);
    let dv = kept.with(product(true, false), dy);
    let back = |x: Term<'t>, heads, time| {
        x.reshape(&[batch, heads, time, size].into()).apply(turn.clone())
    };
    vec![back(dq, heads, queries), back(dk, key_heads, keys), back(dv, key_heads, keys)]
}
