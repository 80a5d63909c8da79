//! Sequences with zeros beyond their lengths: `y[b, t] = x[b, t]` where `t < lengths[b]`, else 0.

use crate::float::Float;
use crate::shared::Shared;

/// Sequences `[batch, time, width]`; a length below 0 counts as 0, one above `time` as `time`.
#[derive(Clone, Copy, Debug)]
pub struct MaskTime {
    pub batch: usize,
    pub time: usize,
    pub width: usize,
}

/// Steps of a sequence that are there.
pub fn steps(length: i32, time: usize) -> usize {
    usize::try_from(length).unwrap_or(0).min(time)
}

// ---- reference

pub fn reference<T: Float>(problem: MaskTime, x: &[T], lengths: &[i32]) -> Vec<T> {
    let MaskTime { time, width, .. } = problem;
    let kept = |i: usize| i / width % time < steps(lengths[i / width / time], time);
    (0..x.len()).map(|i| if kept(i) { x[i] } else { T::ZERO }).collect()
}

// ---- fast

impl MaskTime {
    /// A tile is a sequence.
    pub fn tiles(&self) -> usize {
        if self.time * self.width == 0 { 0 } else { self.batch }
    }

    pub fn run(&self, tile: usize, x: &[f32], lengths: &[i32], y: Shared<'_, f32>) {
        let len = self.time * self.width;
        let kept = steps(lengths[tile], self.time) * self.width;
        assert!(y.len() >= (tile + 1) * len);
        // SAFETY: within `y`, as asserted; tiles are disjoint sequences.
        let y = unsafe { y.range(tile * len, len) };
        y[..kept].copy_from_slice(&x[tile * len..][..kept]);
        y[kept..].fill(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_beyond_the_length_become_zero() {
        for (time, width) in [(1, 1), (4, 3), (3, 17)] {
            let lengths = [2, 0, -3, 100, 1];
            let problem = MaskTime { batch: lengths.len(), time, width };
            let x: Vec<f32> = (1..=lengths.len() * time * width).map(|i| i as f32).collect();
            let mut y = vec![f32::NAN; x.len()];
            for tile in 0..problem.tiles() {
                problem.run(tile, &x, &lengths, Shared::new(&mut y));
            }
            assert_eq!(y, reference(problem, &x, &lengths));
            let kept: usize = lengths.iter().map(|&length| steps(length, time) * width).sum();
            assert_eq!(y.iter().filter(|&&y| y != 0.0).count(), kept);
        }
    }
}
