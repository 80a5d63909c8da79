//! Clipping by the norm of all gradients together. Pascanu et al. 2013, arXiv:1211.5063.
//!
//! ```text
//! scale = min(1, max_norm / (√Σg² + 1e-6))
//! ```

/// The factor that brings gradients whose squares sum to `sum_squares` down to `max_norm`.
///
/// A norm of 0 gives 1; an infinite norm gives 0; NaN gives NaN, so that it is not mistaken for a
/// sound step. The executor halts on a norm that is not finite before it updates anything.
pub fn clip_scale(sum_squares: f64, max_norm: f64) -> f32 {
    let scale = max_norm / (sum_squares.sqrt() + 1e-6);
    if scale > 1.0 { 1.0 } else { scale as f32 }
}

#[cfg(test)]
mod tests {
    use super::clip_scale;

    #[test]
    fn a_norm_below_the_limit_leaves_gradients_alone() {
        assert_eq!(clip_scale(0.0, 1.0), 1.0);
        assert_eq!(clip_scale(0.25, 1.0), 1.0);
    }

    #[test]
    fn a_norm_above_the_limit_is_scaled_down_to_it() {
        assert_eq!(clip_scale(100.0, 1.0), (1.0 / (10.0 + 1e-6)) as f32);
    }

    #[test]
    fn a_norm_that_is_not_finite_never_looks_like_a_sound_step() {
        assert_eq!(clip_scale(f64::INFINITY, 1.0), 0.0);
        assert!(clip_scale(f64::NAN, 1.0).is_nan());
    }
}
