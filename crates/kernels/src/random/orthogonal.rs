//! Orthogonal initial values: the `Q` of `A = Q R` of a normal matrix, with `R` positive on its
//! diagonal, which makes every orthogonal matrix equally likely. Saxe et al. 2013,
//! arXiv:1312.6120; Mezzadri 2006, arXiv:math-ph/0609050.
//!
//! Householder's reflections `I - 2 v v' / (v' v)` in f64, columns one after the other in memory.

use super::fill_normal;

/// `Σ a b` in eight sums side by side, so that the compiler may use vectors.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a8.remainder().iter().zip(b8.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a8.zip(b8) {
        for i in 0..8 {
            sums[i] += a[i] * b[i];
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// `a -= scale v`
fn subtract(a: &mut [f64], scale: f64, v: &[f64]) {
    for (a, v) in a.iter_mut().zip(v) {
        *a -= scale * v;
    }
}

/// Reflects every column of `others` from row `from` on by the end of `column`.
fn reflect(column: &[f64], others: &mut [f64], from: usize) {
    let v = &column[from..];
    let squares = dot(v, v);
    if squares == 0.0 {
        return;
    }
    for other in others.chunks_exact_mut(column.len()) {
        let scale = 2.0 * dot(v, &other[from..]) / squares;
        subtract(&mut other[from..], scale, v);
    }
}

/// Replaces the columns of length `n` by an orthonormal basis of what they span.
fn orthonormalise(n: usize, columns: &mut [f64]) {
    let count = columns.len() / n;
    for j in 0..count {
        let (done, others) = columns.split_at_mut((j + 1) * n);
        let column = &mut done[j * n..];
        let norm = dot(&column[j..], &column[j..]).sqrt();
        column[j] += norm.copysign(column[j]);
        reflect(column, others, j);
    }
    for j in (0..count).rev() {
        let (done, others) = columns.split_at_mut((j + 1) * n);
        let column = &mut done[j * n..];
        reflect(column, others, j);
        let v = &mut column[j..];
        let squares = dot(v, v);
        // R's diagonal has the sign opposite to that of v's first element.
        let sign = -1f64.copysign(v[0]);
        let scale = if squares == 0.0 { 0.0 } else { 2.0 * v[0] / squares };
        v.iter_mut().for_each(|v| *v *= -scale * sign);
        v[0] += sign;
        column[..j].fill(0.0);
    }
}

/// A matrix `[rows, cols]` with orthonormal columns, or rows where those are fewer, times `gain`.
///
/// # Panics
/// If `scratch` or `out` has not `rows * cols` elements.
pub fn fill_orthogonal(
    (seed, name): (u64, &str),
    [rows, cols]: [usize; 2],
    gain: f32,
    scratch: &mut [f64],
    out: &mut [f32],
) {
    assert!(out.len() == rows * cols && scratch.len() == out.len());
    if out.is_empty() {
        return;
    }
    fill_normal(seed, name, 0.0, 1.0, out);
    for (a, z) in scratch.iter_mut().zip(&*out) {
        *a = f64::from(*z);
    }
    let n = rows.max(cols);
    orthonormalise(n, scratch);
    for (i, row) in out.chunks_exact_mut(cols).enumerate() {
        for (j, x) in row.iter_mut().enumerate() {
            let q = if rows >= cols { scratch[j * n + i] } else { scratch[i * n + j] };
            *x = (f64::from(gain) * q) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(seed: u64, name: &str, shape: [usize; 2], gain: f32) -> Vec<f32> {
        let len = shape[0] * shape[1];
        let (mut scratch, mut out) = (vec![0.0; len], vec![0.0; len]);
        fill_orthogonal((seed, name), shape, gain, &mut scratch, &mut out);
        out
    }

    #[test]
    fn the_shorter_side_is_orthonormal_times_the_gain() {
        for [rows, cols] in [[1, 1], [5, 5], [40, 7], [7, 40], [65, 64], [0, 3], [3, 0], [1, 9]] {
            let q = draw(1, "w", [rows, cols], 1.5);
            let at = |i: usize, j: usize| {
                f64::from(if rows >= cols { q[j * cols + i] } else { q[i * cols + j] })
            };
            let (few, many) = (rows.min(cols), rows.max(cols));
            for a in 0..few {
                for b in 0..few {
                    let product: f64 = (0..many).map(|i| at(a, i) * at(b, i)).sum();
                    let wanted = if a == b { 2.25 } else { 0.0 };
                    assert!((product - wanted).abs() < 1e-6, "{rows} {cols}: {a} {b} {product}");
                }
            }
        }
    }

    #[test]
    fn it_is_the_q_whose_r_has_a_positive_diagonal() {
        let (n, k) = (9, 4);
        let mut a = vec![0.0; n * k];
        fill_normal(1, "w", 0.0, 1.0, &mut a);
        let q = draw(1, "w", [n, k], 1.0);
        for i in 0..k {
            for j in 0..k {
                // Column j of the drawn matrix lies one after the other.
                let r: f64 =
                    (0..n).map(|m| f64::from(q[m * k + i]) * f64::from(a[j * n + m])).sum();
                if i > j {
                    assert!(r.abs() < 1e-5, "{i} {j}: {r}");
                }
                if i == j {
                    assert!(r > 0.0, "{i}: {r}");
                }
            }
        }
    }

    #[test]
    fn values_depend_on_seed_and_name() {
        let base = draw(1, "a", [6, 3], 1.0);
        assert_eq!(base, draw(1, "a", [6, 3], 1.0));
        assert_ne!(base, draw(2, "a", [6, 3], 1.0));
        assert_ne!(base, draw(1, "b", [6, 3], 1.0));
    }
}
