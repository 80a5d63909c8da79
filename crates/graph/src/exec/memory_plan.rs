//! Where each buffer lies in the arena: buffers that never live at the same time share bytes.
//!
//! Largest first, each at the lowest offset that is free during its whole life
//! (greedy by size: Pisarchyk and Lee 2020, arXiv:2001.03288).

use std::ops::RangeInclusive;

/// Bytes between starts of buffers: a cache line, and the widest vector.
pub const ALIGNMENT: usize = 64;

/// A buffer to place: its size and the stages during which its contents matter.
#[derive(Clone, Debug)]
pub struct Lifetime {
    pub bytes: usize,
    pub stages: RangeInclusive<usize>,
}

/// Offsets of the buffers, in the order given, and the size of the arena.
pub fn plan(buffers: &[Lifetime]) -> (Vec<usize>, usize) {
    let mut order: Vec<usize> = (0..buffers.len()).collect();
    order.sort_by_key(|&i| (std::cmp::Reverse(buffers[i].bytes), *buffers[i].stages.start()));
    let mut offsets = vec![0; buffers.len()];
    let mut placed: Vec<usize> = Vec::new();
    let mut arena = 0;
    for &i in &order {
        let size = buffers[i].bytes.next_multiple_of(ALIGNMENT);
        let mut taken: Vec<(usize, usize)> = placed
            .iter()
            .filter(|&&j| overlap(&buffers[i].stages, &buffers[j].stages))
            .map(|&j| (offsets[j], offsets[j] + buffers[j].bytes.next_multiple_of(ALIGNMENT)))
            .collect();
        taken.sort_unstable();
        let mut offset = 0;
        for (start, end) in taken {
            if offset + size <= start {
                break;
            }
            offset = offset.max(end);
        }
        offsets[i] = offset;
        arena = arena.max(offset + size);
        placed.push(i);
    }
    (offsets, arena)
}

fn overlap(a: &RangeInclusive<usize>, b: &RangeInclusive<usize>) -> bool {
    a.start() <= b.end() && b.start() <= a.end()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_chain_of_equal_buffers_needs_two() {
        let chain: Vec<_> = (0..10).map(|i| Lifetime { bytes: 1024, stages: i..=i + 1 }).collect();
        assert_eq!(plan(&chain).1, 2048);
    }

    proptest! {
        #[test]
        fn buffers_alive_together_never_overlap(
            sizes in prop::collection::vec((0usize..5000, 0usize..20, 0usize..6), 0..40)
        ) {
            let buffers: Vec<_> = sizes
                .iter()
                .map(|&(bytes, start, len)| Lifetime { bytes, stages: start..=start + len })
                .collect();
            let (offsets, arena) = plan(&buffers);
            for i in 0..buffers.len() {
                prop_assert_eq!(offsets[i] % ALIGNMENT, 0);
                prop_assert!(offsets[i] + buffers[i].bytes <= arena);
                for j in 0..i {
                    let apart = offsets[i] + buffers[i].bytes <= offsets[j]
                        || offsets[j] + buffers[j].bytes <= offsets[i];
                    prop_assert!(apart || !overlap(&buffers[i].stages, &buffers[j].stages));
                }
            }
        }
    }
}
