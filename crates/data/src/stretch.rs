//! A stretch of an epoch: the samples that are wanted next, in its order.

use attune_kernels::random;

/// Some samples of an epoch.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
pub struct Stretch {
    pub seed: u64,
    pub epoch: u64,
    /// The place of its first sample in the order of the epoch.
    pub first: usize,
    pub count: usize,
    pub shuffle: bool,
}

impl Stretch {
    /// The numbers of its samples out of `len`, or nothing where the epoch ends before it.
    pub fn samples(&self, len: usize) -> Option<Vec<u32>> {
        let end = self.first.checked_add(self.count).filter(|&end| end <= len)?;
        let len = u32::try_from(len).ok()?;
        let order = match self.shuffle {
            true => random::permutation(self.seed, self.epoch, len),
            false => (0..len).collect(),
        };
        Some(order[self.first..end].to_vec())
    }
}
