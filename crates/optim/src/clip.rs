//! Clipping of gradients: by norm (Pascanu et al. 2013, arXiv:1211.5063), by unit (AGC: Brock et
//! al. 2021, arXiv:2102.06171), by unusual norms (ZClip: Kumar et al. 2025, arXiv:2504.02507).
//!
//! ```text
//! norm:   scale = min(1, max / (‖g‖ + 1e-6))
//! unit:   g ← g c / max(‖g‖, 1e-6)  where ‖g‖ > c = factor max(‖w‖, ε), by column
//! ZClip:  z = (‖g‖ − μ) / (σ + 1e-6);  z > k: limit = μ + k σ / (z / k)
//! ```

use std::ops::Range;

use attune_kernels::Shared;

use crate::Carried;

/// The factor that brings gradients whose squares sum to `sum_squares` down to `max_norm`.
///
/// A norm of 0 gives 1; an infinite norm gives 0; NaN gives NaN, so that it is not mistaken for a
/// sound step. The executor halts on a norm that is not finite before it updates anything.
pub fn clip_scale(sum_squares: f64, max_norm: f64) -> f64 {
    let scale = max_norm / (sum_squares.sqrt() + 1e-6);
    if scale > 1.0 { 1.0 } else { scale }
}

/// ZClip: a norm far above the running mean of norms is scaled down.
#[derive(Clone, Copy, Debug)]
pub struct ZClip {
    /// The share of the running mean and variance that stays each step.
    pub alpha: f64,
    /// Deviations above the mean that are still usual.
    pub threshold: f64,
    /// Norms that make the first mean and variance.
    pub warmup: f64,
    /// The largest norm at any time.
    pub max_norm: Option<f64>,
}

impl ZClip {
    /// The factor for a finite norm. `carried` holds the count, the mean and the variance (times
    /// the count while it warms up).
    pub fn advance(&self, norm: f64, carried: &mut Carried) -> f64 {
        let [count, mean, spread] = carried;
        let mut limit = f64::INFINITY;
        let mut learnt = norm;
        if *count < self.warmup {
            *count += 1.0;
            let difference = norm - *mean;
            *mean += difference / *count;
            *spread += difference * (norm - *mean);
            if *count == self.warmup {
                *spread /= *count;
            }
        } else {
            let deviation = spread.sqrt();
            let z = (norm - *mean) / (deviation + 1e-6);
            if z > self.threshold {
                limit = *mean + self.threshold * deviation / (z / self.threshold);
                learnt = limit;
            }
            *mean = self.alpha * *mean + (1.0 - self.alpha) * learnt;
            *spread = self.alpha * *spread + (1.0 - self.alpha) * (learnt - *mean).powi(2);
        }
        let limit = self.max_norm.map_or(limit, |most| limit.min(most));
        if norm > limit { limit / (norm + 1e-6) } else { 1.0 }
    }
}

/// The units of one parameter: the columns of the matrix `[all others, last axis]`, which are the
/// outputs of a dense or convolution weight; a vector or a scalar is one unit.
#[derive(Clone, Copy, Debug)]
pub struct Units {
    pub rows: usize,
    pub columns: usize,
}

/// Columns of one tile.
const COLUMNS: usize = 64;

impl Units {
    pub fn new(shape: &[usize]) -> Self {
        match *shape {
            [ref others @ .., columns] if !others.is_empty() => {
                Units { rows: others.iter().product(), columns }
            }
            _ => Units { rows: shape.iter().product(), columns: 1 },
        }
    }

    pub fn tiles(&self) -> usize {
        self.columns.div_ceil(COLUMNS)
    }

    /// The units of a tile.
    pub fn of_tile(&self, tile: usize) -> Range<usize> {
        tile * COLUMNS..((tile + 1) * COLUMNS).min(self.columns)
    }

    /// The norms of `x` over the units of a tile.
    pub fn norms(&self, tile: usize, x: &[f32]) -> [f64; COLUMNS] {
        let units = self.of_tile(tile);
        let mut norms = [0.0; COLUMNS];
        for row in 0..self.rows {
            let x = &x[row * self.columns..][units.clone()];
            for (sum, &x) in norms.iter_mut().zip(x) {
                *sum += f64::from(x) * f64::from(x);
            }
        }
        norms.map(f64::sqrt)
    }

    /// `target = by × source` over the units of a tile; both may be one buffer.
    ///
    /// # Safety
    /// Both hold `rows * columns` floats; no other thread touches the units meanwhile.
    pub unsafe fn scale(
        &self,
        tile: usize,
        by: &[f32],
        source: *const f32,
        target: Shared<'_, f32>,
    ) {
        for row in 0..self.rows {
            for (unit, by) in self.of_tile(tile).zip(by) {
                let at = row * self.columns + unit;
                // SAFETY: an element of the unit.
                unsafe { *target.pointer().add(at) = by * *source.add(at) };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_norm_below_the_limit_leaves_gradients_alone() {
        assert_eq!(clip_scale(0.0, 1.0), 1.0);
        assert_eq!(clip_scale(0.25, 1.0), 1.0);
    }

    #[test]
    fn a_norm_above_the_limit_is_scaled_down_to_it() {
        assert_eq!(clip_scale(100.0, 1.0), 1.0 / (10.0 + 1e-6));
    }

    #[test]
    fn a_norm_that_is_not_finite_never_looks_like_a_sound_step() {
        assert_eq!(clip_scale(f64::INFINITY, 1.0), 0.0);
        assert!(clip_scale(f64::NAN, 1.0).is_nan());
    }

    #[test]
    fn zclip_learns_usual_norms_and_scales_the_unusual_one() {
        let rule = ZClip { alpha: 0.97, threshold: 2.5, warmup: 4.0, max_norm: None };
        let mut carried = [0.0; 3];
        for norm in [1.0, 2.0, 3.0, 2.0] {
            assert_eq!(rule.advance(norm, &mut carried), 1.0);
        }
        assert_eq!(carried, [4.0, 2.0, 0.5]);
        assert_eq!(rule.advance(3.0, &mut carried), 1.0);
        let (mean, deviation) = (carried[1], carried[2].sqrt());
        let z = (100.0 - mean) / (deviation + 1e-6);
        let limit = mean + 2.5 * deviation / (z / 2.5);
        assert_eq!(rule.advance(100.0, &mut carried), limit / (100.0 + 1e-6));
        assert!((carried[1] - (0.97 * mean + 0.03 * limit)).abs() < 1e-12);
    }

    #[test]
    fn zclip_keeps_below_its_largest_norm_even_while_it_warms_up() {
        let rule = ZClip { alpha: 0.97, threshold: 2.5, warmup: 25.0, max_norm: Some(1.0) };
        assert_eq!(rule.advance(0.0, &mut [0.0; 3]), 1.0);
        assert_eq!(rule.advance(4.0, &mut [0.0; 3]), 1.0 / (4.0 + 1e-6));
    }

    #[test]
    fn units_are_the_columns_of_a_matrix_and_the_whole_of_a_vector() {
        let matrix = [3.0, 0.0, 1.0, 4.0, 2.0, 0.0];
        assert_eq!(Units::new(&[2, 3]).norms(0, &matrix)[..3], [5.0, 2.0, 1.0]);
        let vector = Units::new(&[2]);
        assert_eq!((vector.tiles(), vector.norms(0, &[3.0, 4.0])[0]), (1, 5.0));
    }
}
