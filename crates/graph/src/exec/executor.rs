//! Runs a program: every thread walks the same list of stages and claims tiles of each.
//!
//! One wake of the pool serves any number of steps. Who runs a tile never changes its result, so
//! the bits do not depend on the number of threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use super::barrier::{Barrier, Broken};
use super::launch::Memory;
use super::program::Program;
use super::stages::Stage;

/// The numbers of one run.
pub struct Steps {
    pub count: usize,
    /// Steps taken since training began.
    pub first: u64,
    pub seed: u64,
    /// One rate a step; empty for programs without an update.
    pub learning_rates: Vec<f32>,
}

/// The addresses of a program's buffers.
pub struct Addresses(pub Vec<*mut u8>);

// SAFETY: launches keep the elements that threads write apart; stages order the rest.
unsafe impl Send for Addresses {}
// SAFETY: as above.
unsafe impl Sync for Addresses {}

/// What the threads of one run share.
pub struct Execution {
    program: Arc<Program>,
    addresses: Addresses,
    steps: Steps,
    cancel: Arc<AtomicBool>,
    barrier: Barrier,
    next_tile: Vec<AtomicUsize>,
    finished: AtomicUsize,
    stop: AtomicBool,
    panicked: AtomicBool,
    /// Nanoseconds that threads spent in each launch, if that is wanted.
    times: Option<Vec<AtomicU64>>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Done,
    /// The loss or the gradient was not finite; the update of that step was not applied.
    Halted,
    Cancelled,
    /// A kernel panicked: the states may be half updated.
    Panicked,
}

impl Execution {
    pub fn new(
        program: Arc<Program>,
        addresses: Addresses,
        steps: Steps,
        cancel: Arc<AtomicBool>,
        threads: usize,
        profile: bool,
    ) -> Self {
        let next_tile = program.stages.iter().map(|_| AtomicUsize::new(0)).collect();
        let times = profile.then(|| program.launches.iter().map(|_| AtomicU64::new(0)).collect());
        Execution {
            program,
            addresses,
            steps,
            cancel,
            barrier: Barrier::new(threads),
            next_tile,
            finished: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            panicked: AtomicBool::new(false),
            times,
        }
    }

    /// The part of one thread; all threads of the barrier must call it.
    pub fn run(&self) {
        let walk = catch_unwind(AssertUnwindSafe(|| self.walk()));
        if walk.is_err() {
            self.panicked.store(true, Ordering::Relaxed);
            self.barrier.break_up();
        }
    }

    /// After all threads returned: steps finished, and how it ended.
    pub fn ending(&self) -> (usize, Ending) {
        let finished = self.finished.load(Ordering::Acquire);
        let ending = if self.panicked.load(Ordering::Acquire) {
            Ending::Panicked
        } else if finished == self.steps.count {
            Ending::Done
        } else if self.stop.load(Ordering::Acquire) {
            Ending::Cancelled
        } else {
            Ending::Halted
        };
        (finished, ending)
    }

    /// Seconds that threads spent in each launch; empty unless that was wanted.
    pub fn profile(&self) -> Vec<f64> {
        let seconds = |time: &AtomicU64| time.load(Ordering::Relaxed) as f64 * 1e-9;
        self.times.iter().flatten().map(seconds).collect()
    }

    fn walk(&self) -> Result<(), Broken> {
        for index in 0..self.steps.count {
            let memory = Memory {
                addresses: &self.addresses.0,
                seed: self.steps.seed,
                step: self.steps.first + index as u64,
                index,
                learning_rate: self.steps.learning_rates.get(index).copied().unwrap_or(0.0),
            };
            for (number, stage) in self.program.stages.iter().enumerate() {
                if self.program.update_stage == Some(number) && self.program.is_halted(&memory) {
                    return Ok(());
                }
                self.run_stage(number, stage, &memory);
                let is_last = number + 1 == self.program.stages.len();
                self.barrier.wait(|| {
                    self.next_tile[number].store(0, Ordering::Relaxed);
                    if is_last {
                        self.finish_step(index);
                    }
                })?;
            }
            if self.program.stages.is_empty() {
                self.finished.store(self.steps.count, Ordering::Release);
            }
            if self.stop.load(Ordering::Acquire) {
                return Ok(());
            }
        }
        Ok(())
    }

    fn finish_step(&self, index: usize) {
        self.finished.store(index + 1, Ordering::Release);
        if index + 1 < self.steps.count && self.cancel.load(Ordering::Relaxed) {
            self.stop.store(true, Ordering::Release);
        }
    }

    fn run_stage(&self, number: usize, stage: &Stage, memory: &Memory<'_>) {
        let next = &self.next_tile[number];
        if stage.serial {
            if next.fetch_add(1, Ordering::Relaxed) == 0 {
                stage.launches.clone().for_each(|index| self.run_all(index, memory));
            }
            return;
        }
        loop {
            let mut tile = next.fetch_add(1, Ordering::Relaxed);
            let mut launches = stage.launches.clone();
            let Some(index) = launches.find(|&index| {
                match tile.checked_sub(self.program.launches[index].tiles) {
                    Some(rest) => {
                        tile = rest;
                        false
                    }
                    None => true,
                }
            }) else {
                return;
            };
            self.timed(index, || (self.program.launches[index].run)(memory, tile));
        }
    }

    fn run_all(&self, index: usize, memory: &Memory<'_>) {
        let launch = &self.program.launches[index];
        self.timed(index, || (0..launch.tiles).for_each(|tile| (launch.run)(memory, tile)));
    }

    #[inline]
    fn timed(&self, index: usize, run: impl FnOnce()) {
        let Some(times) = &self.times else { return run() };
        let start = Instant::now();
        run();
        times[index].fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
    }
}
