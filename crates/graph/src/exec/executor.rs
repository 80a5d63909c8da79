//! Runs a program: every thread claims tiles of the current stage, and whoever finishes the last
//! tile opens the next stage.
//!
//! One wake of the pool serves any number of steps. A stage ends when its tiles are done, not when
//! all threads have arrived: a thread that the system takes away between tiles holds up nobody.
//! Who runs a tile never changes its result, so the bits do not depend on the number of threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use attune_tensor::Error;

use super::launch::{Memory, Refusal};
use super::program::Program;
use super::stages::Stage;

/// The numbers of one run.
pub struct Steps {
    /// Passes of the program.
    pub count: usize,
    /// Updates made since training began.
    pub first: u64,
    /// Passes made already that join the first update.
    pub accumulated: usize,
    pub closes: bool,
    pub averages: bool,
    pub seed: u64,
    pub epoch: u64,
    pub base: u64,
    /// One rate an update; empty for programs without.
    pub learning_rates: Vec<f32>,
}

/// The addresses of a program's buffers.
pub struct Addresses(pub Vec<*mut u8>);

// SAFETY: launches keep the elements that threads write apart; stages order the rest.
unsafe impl Send for Addresses {}
// SAFETY: as above.
unsafe impl Sync for Addresses {}

/// How a run ended.
#[derive(Clone, Debug)]
pub enum Ending {
    Done,
    /// The loss or the gradient was not finite; the update of that step was not applied.
    Halted,
    Cancelled,
    /// A launch met a value that it cannot compute with; no update of that step was applied.
    Refused(Error),
    /// A kernel panicked: the states may be half updated.
    Panicked,
}

/// What the threads of one run share.
pub struct Execution {
    program: Arc<Program>,
    addresses: Addresses,
    steps: Steps,
    cancel: Arc<AtomicBool>,
    /// The stage that is open, counted over all steps, and its next tile: one word, so that a
    /// thread which claims a tile learns whose tile it is.
    ticket: AtomicU64,
    /// Tiles of the open stage that are done.
    done: AtomicUsize,
    /// Steps that are done.
    finished: AtomicUsize,
    refusal: Refusal,
    halted: AtomicBool,
    cancelled: AtomicBool,
    panicked: AtomicBool,
    reported: AtomicBool,
    /// Nanoseconds that threads spent in each launch, if that is wanted.
    times: Option<Vec<AtomicU64>>,
}

/// Bits of the ticket that count tiles.
const TILE_BITS: u32 = 24;
/// The stage of a ticket when there is nothing more to do.
const OVER: u64 = u64::MAX >> TILE_BITS;
/// Looks at the ticket before the core is left to others: some tens of microseconds.
const SPINS: usize = 4_000;

impl Execution {
    pub fn new(
        program: Arc<Program>,
        addresses: Addresses,
        steps: Steps,
        cancel: Arc<AtomicBool>,
        profile: bool,
    ) -> Self {
        let times = profile.then(|| program.launches.iter().map(|_| AtomicU64::new(0)).collect());
        let execution = Execution {
            program,
            addresses,
            steps,
            cancel,
            ticket: AtomicU64::new(0),
            done: AtomicUsize::new(0),
            finished: AtomicUsize::new(0),
            refusal: Refusal::default(),
            halted: AtomicBool::new(false),
            cancelled: AtomicBool::new(false),
            panicked: AtomicBool::new(false),
            reported: AtomicBool::new(false),
            times,
        };
        execution.open(0);
        execution
    }

    /// The part of one thread. `true` for one thread of all: no tile runs any more, or one failed.
    pub fn run(&self) -> bool {
        if catch_unwind(AssertUnwindSafe(|| self.walk())).is_err() {
            self.panicked.store(true, Ordering::Release);
            self.ticket.store(OVER << TILE_BITS, Ordering::Release);
        }
        !self.reported.swap(true, Ordering::AcqRel)
    }

    /// After the run: steps finished, and how it ended.
    pub fn ending(&self) -> (usize, Ending) {
        let is = |flag: &AtomicBool| flag.load(Ordering::Acquire);
        let ending = match self.refusal.error() {
            _ if is(&self.panicked) => Ending::Panicked,
            Some(error) => Ending::Refused(error.clone()),
            None if is(&self.halted) => Ending::Halted,
            None if is(&self.cancelled) => Ending::Cancelled,
            None => Ending::Done,
        };
        (self.finished.load(Ordering::Acquire), ending)
    }

    /// Seconds that threads spent in each launch; empty unless that was wanted.
    pub fn profile(&self) -> Vec<f64> {
        let seconds = |time: &AtomicU64| time.load(Ordering::Relaxed) as f64 * 1e-9;
        self.times.iter().flatten().map(seconds).collect()
    }

    /// Claims and runs tiles until the run is over.
    fn walk(&self) {
        loop {
            let ticket = self.ticket.fetch_add(1, Ordering::AcqRel);
            let (sequence, tile) = (ticket >> TILE_BITS, ticket & ((1 << TILE_BITS) - 1));
            if sequence == OVER {
                return;
            }
            let (step, stage) = self.place(sequence);
            if tile as usize >= stage.tiles {
                self.wait(sequence);
                continue;
            }
            self.run_tile(stage, tile as usize, &self.memory(step));
            if self.done.fetch_add(1, Ordering::AcqRel) + 1 == stage.tiles {
                self.open(sequence + 1);
            }
        }
    }

    fn place(&self, sequence: u64) -> (usize, &Stage) {
        let stages = &self.program.stages;
        let count = stages.len() as u64;
        ((sequence / count) as usize, &stages[(sequence % count) as usize])
    }

    /// Opens the first stage from `sequence` on that has tiles, or ends the run.
    fn open(&self, mut sequence: u64) {
        loop {
            if self.is_over(sequence) {
                return self.ticket.store(OVER << TILE_BITS, Ordering::Release);
            }
            if self.place(sequence).1.tiles > 0 && self.takes_part(sequence) {
                self.done.store(0, Ordering::Relaxed);
                return self.ticket.store(sequence << TILE_BITS, Ordering::Release);
            }
            sequence += 1;
        }
    }

    /// Whether this stage is part of its pass: those of the update are where the update follows.
    fn takes_part(&self, sequence: u64) -> bool {
        let count = self.program.stages.len() as u64;
        let (pass, stage) = ((sequence / count) as usize, (sequence % count) as usize);
        self.program.apply_stage.is_none_or(|apply| stage < apply || self.memory(pass).applies)
    }

    /// Whether the run ends before this stage. All earlier stages are done.
    fn is_over(&self, sequence: u64) -> bool {
        let count = self.program.stages.len() as u64;
        if count == 0 {
            self.finished.store(self.steps.count, Ordering::Release);
            return true;
        }
        if self.refusal.error().is_some() {
            return true;
        }
        let (step, stage) = ((sequence / count) as usize, (sequence % count) as usize);
        if stage == 0 {
            self.finished.store(step, Ordering::Release);
            let between = 0 < step && step < self.steps.count && self.memory(step).within == 0;
            let cancelled = between && self.cancel.load(Ordering::Relaxed);
            self.cancelled.store(cancelled, Ordering::Release);
            return cancelled || step == self.steps.count;
        }
        let halted =
            self.program.update_stage == Some(stage) && self.program.is_halted(&self.memory(step));
        self.halted.store(halted, Ordering::Release);
        halted
    }

    /// Waits until another stage is open.
    fn wait(&self, sequence: u64) {
        let mut looks = 0;
        while self.ticket.load(Ordering::Acquire) >> TILE_BITS == sequence {
            if looks < SPINS {
                looks += 1;
                std::hint::spin_loop();
            } else {
                std::thread::yield_now();
            }
        }
    }

    fn memory(&self, index: usize) -> Memory<'_> {
        let Steps { count, first, accumulated, closes, averages, seed, epoch, base, .. } =
            self.steps;
        let group = self.program.accumulate;
        let (update, within) = ((accumulated + index) / group, (accumulated + index) % group);
        let last = index + 1 == count;
        Memory {
            addresses: &self.addresses.0,
            refusal: &self.refusal,
            seed,
            epoch,
            base,
            step: (first + update as u64) * group as u64 + within as u64,
            index,
            update: first + update as u64,
            within,
            applies: within + 1 == group || (closes && last),
            averages: averages && last,
            learning_rate: self.steps.learning_rates.get(update).copied().unwrap_or(0.0),
        }
    }

    fn run_tile(&self, stage: &Stage, mut tile: usize, memory: &Memory<'_>) {
        if stage.serial {
            return stage.launches.clone().for_each(|index| self.run_all(index, memory));
        }
        for index in stage.launches.clone() {
            let launch = &self.program.launches[index];
            match tile.checked_sub(launch.tiles) {
                Some(rest) => tile = rest,
                None => return self.timed(index, || (launch.run)(memory, tile)),
            }
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
