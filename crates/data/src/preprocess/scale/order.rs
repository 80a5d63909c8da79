//! Percentiles of sorted values, interpolated as NumPy does by default.

/// The values in ascending order.
pub fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// The value below which `share` (0 to 1) of the sorted values lie; 0 for no values.
pub fn percentile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let place = share * last as f64;
    let low = (place.floor() as usize).min(last);
    let (a, b, t) = (sorted[low], sorted[(low + 1).min(last)], place - low as f64);
    if t < 0.5 { a + (b - a) * t } else { b - (b - a) * (1.0 - t) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_lie_between_neighbours() {
        let values = sorted(vec![4.0, 1.0, 3.0, 2.0]);
        assert_eq!(percentile(&values, 0.5), 2.5);
        assert_eq!(percentile(&values, 0.0), 1.0);
        assert_eq!(percentile(&values, 1.0), 4.0);
        assert_eq!(percentile(&values, 0.25), 1.75);
        assert_eq!(percentile(&[], 0.5), 0.0);
        assert_eq!(percentile(&[7.0], 0.3), 7.0);
    }
}
