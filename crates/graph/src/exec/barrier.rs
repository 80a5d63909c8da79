//! A barrier for threads that meet every few microseconds: spin briefly, then yield.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Spins before yielding: some tens of microseconds, longer than most waits between tiles.
const SPINS: usize = 4_000;

/// A barrier of a fixed number of threads that can be broken by one that will not arrive.
pub struct Barrier {
    threads: usize,
    arrived: AtomicUsize,
    generation: AtomicUsize,
    broken: AtomicBool,
}

/// The barrier was broken: another thread failed.
#[derive(Debug)]
pub struct Broken;

impl Barrier {
    pub fn new(threads: usize) -> Self {
        Barrier {
            threads,
            arrived: AtomicUsize::new(0),
            generation: AtomicUsize::new(0),
            broken: AtomicBool::new(false),
        }
    }

    /// Waits for all threads. The last to arrive runs `last` before any of them goes on.
    #[inline]
    pub fn wait(&self, last: impl FnOnce()) -> Result<(), Broken> {
        if self.threads == 1 {
            last();
            return Ok(());
        }
        let generation = self.generation.load(Ordering::Acquire);
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.threads {
            last();
            self.arrived.store(0, Ordering::Relaxed);
            self.generation.store(generation.wrapping_add(1), Ordering::Release);
            return Ok(());
        }
        let mut spins = 0;
        while self.generation.load(Ordering::Acquire) == generation {
            if self.broken.load(Ordering::Relaxed) {
                return Err(Broken);
            }
            if spins < SPINS {
                spins += 1;
                std::hint::spin_loop();
            } else {
                std::thread::yield_now();
            }
        }
        Ok(())
    }

    /// Frees all waiting threads for good.
    pub fn break_up(&self) {
        self.broken.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thread_sees_what_the_others_wrote_before_it() {
        const THREADS: usize = 7;
        let barrier = Barrier::new(THREADS);
        let written: Vec<AtomicUsize> = (0..THREADS).map(|_| AtomicUsize::new(0)).collect();
        std::thread::scope(|scope| {
            for id in 0..THREADS {
                let (barrier, written) = (&barrier, &written);
                scope.spawn(move || {
                    for round in 1..200 {
                        written[id].store(round, Ordering::Relaxed);
                        barrier.wait(|| {}).unwrap();
                        assert!(written.iter().all(|w| w.load(Ordering::Relaxed) == round));
                        barrier.wait(|| {}).unwrap();
                    }
                });
            }
        });
    }

    #[test]
    fn a_broken_barrier_lets_waiting_threads_go() {
        let barrier = Barrier::new(2);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| barrier.wait(|| {}));
            barrier.break_up();
            assert!(waiting.join().unwrap().is_err());
        });
    }
}
