//! The cosine transform of cepstra, DCT-II with orthonormal rows:
//! `y[k] = s_k sum_m x[m] cos(pi k (2 m + 1) / 2 n)`, `s_0 = sqrt(1 / n)`, else `s_k = sqrt(2 / n)`.

use std::f64::consts::PI;

/// The first `rows` rows of the transform of `columns` values, row after row.
pub fn cosine_rows(rows: usize, columns: usize) -> Vec<f32> {
    let n = columns as f64;
    let entry = |at: usize| {
        let (k, m) = ((at / columns) as f64, (at % columns) as f64);
        let scale = if k == 0.0 { (1.0 / n).sqrt() } else { (2.0 / n).sqrt() };
        (scale * (PI * k * (2.0 * m + 1.0) / (2.0 * n)).cos()) as f32
    };
    (0..rows * columns).map(entry).collect()
}
