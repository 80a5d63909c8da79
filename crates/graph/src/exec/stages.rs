//! Launches in stages: within a stage tiles run in any order, and a stage begins when the one before
//! is done.
//!
//! Launches that touch no common buffer share a stage, so a weight gradient and an input gradient
//! fill the cores together. Launches too small to be shared run one after the other on one thread. Both rules look at shapes only, so the stages are the same on every machine.

use std::ops::Range;

use super::launch::{Launch, Work};

/// Consecutive launches that may run at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    pub launches: Range<usize>,
    /// Pieces that threads claim.
    pub tiles: usize,
    /// One thread runs every launch in order; otherwise all tiles are free to run at once.
    pub serial: bool,
}

/// Tiles that the executor can count in one stage.
const MAX_TILES: usize = 1 << 23;

/// About the time that two threads lose between two stages, as arithmetic and as traffic.
const SMALL_FLOPS: u64 = 60_000;
const SMALL_BYTES: u64 = 24_000;

fn is_small(work: Work) -> bool {
    work.flops <= SMALL_FLOPS && work.bytes <= SMALL_BYTES
}

/// Whether the second launch must wait for the first.
fn depends(first: &Launch, second: &Launch) -> bool {
    let meets = |a: &[_], b: &[_]| a.iter().any(|slot| b.contains(slot));
    meets(&first.writes, &second.reads)
        || meets(&first.writes, &second.writes)
        || meets(&first.reads, &second.writes)
}

/// Cuts a program into stages; no stage reaches across one of `fences`.
pub fn stages(launches: &[Launch], fences: &[usize]) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    for (index, launch) in launches.iter().enumerate() {
        let small = is_small(launch.work);
        let joins = !fences.contains(&index)
            && stages.last().is_some_and(|stage| {
                let earlier = &launches[stage.launches.clone()];
                let free = !earlier.iter().any(|before| depends(before, launch));
                if stage.serial { small } else { free }
            });
        match stages.last_mut() {
            Some(stage) if joins => stage.launches.end = index + 1,
            _ => stages.push(Stage { launches: index..index + 1, tiles: 0, serial: small }),
        }
    }
    for stage in &mut stages {
        let tiles = launches[stage.launches.clone()].iter().map(|launch| launch.tiles).sum();
        stage.serial |= tiles > MAX_TILES;
        stage.tiles = if stage.serial { 1 } else { tiles };
    }
    stages
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::exec::launch::Slot;

    fn launch(reads: &[u32], writes: &[u32], flops: u64) -> Launch {
        let slots = |ids: &[u32]| ids.iter().map(|&id| Slot(id)).collect();
        Launch {
            name: "test",
            path: Arc::from(""),
            reads: slots(reads),
            writes: slots(writes),
            tiles: 1,
            work: Work { flops, bytes: 0 },
            run: Box::new(|_, _| {}),
        }
    }

    fn shape(launches: &[Launch]) -> Vec<(Range<usize>, bool)> {
        stages(launches, &[]).into_iter().map(|s| (s.launches, s.serial)).collect()
    }

    const BIG: u64 = 10_000_000;

    #[test]
    fn independent_big_launches_share_a_stage() {
        let program = [launch(&[0], &[1], BIG), launch(&[0], &[2], BIG), launch(&[1], &[3], BIG)];
        assert_eq!(shape(&program), [(0..2, false), (2..3, false)]);
    }

    #[test]
    fn a_launch_that_overwrites_what_another_reads_waits() {
        let program = [launch(&[0], &[1], BIG), launch(&[2], &[0], BIG)];
        assert_eq!(shape(&program), [(0..1, false), (1..2, false)]);
    }

    #[test]
    fn small_launches_run_in_order_on_one_thread() {
        let program = [launch(&[0], &[1], 10), launch(&[1], &[2], 10), launch(&[2], &[3], BIG)];
        assert_eq!(shape(&program), [(0..2, true), (2..3, false)]);
    }

    #[test]
    fn no_stage_reaches_across_a_fence() {
        let program = [launch(&[0], &[1], 10), launch(&[0], &[2], 10)];
        assert_eq!(stages(&program, &[1]).len(), 2);
    }
}
