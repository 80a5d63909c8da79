//! What this machine can do at most: multiply-adds in registers, and traffic to memory.

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use crate::isa::{Isa, Kernel, dispatch, dispatch_on};
use crate::lanes::Simd;
use crate::shared::Shared;

/// Runs all tiles on `threads` threads, `repetitions` times over; the seconds of the quickest time.
pub fn quickest(
    threads: usize,
    repetitions: usize,
    tiles: usize,
    run: &(impl Fn(usize) + Sync),
) -> f64 {
    times(threads, repetitions, tiles, run).into_iter().fold(f64::INFINITY, f64::min)
}

/// Runs all tiles on `threads` threads, `repetitions` times over; the seconds of every time.
///
/// Threads claim tiles in order from one counter and wait for each other without sleeping, as a
/// program's executor does.
pub fn times(
    threads: usize,
    repetitions: usize,
    tiles: usize,
    run: &(impl Fn(usize) + Sync),
) -> Vec<f64> {
    let (next, arrived) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let meet = |times: usize| {
        arrived.fetch_add(1, Ordering::AcqRel);
        let mut spins = 0u32;
        while arrived.load(Ordering::Acquire) < times * threads {
            spins += 1;
            if spins.is_multiple_of(4096) { thread::yield_now() } else { std::hint::spin_loop() }
        }
    };
    let work = |leader: bool| {
        let mut seconds = Vec::with_capacity(repetitions);
        for repetition in 0..repetitions {
            if leader {
                next.store(0, Ordering::Release);
            }
            // Before the meeting: a leader that the system wakes late would miss work done meanwhile.
            let start = Instant::now();
            meet(2 * repetition + 1);
            loop {
                let tile = next.fetch_add(1, Ordering::AcqRel);
                if tile >= tiles {
                    break;
                }
                run(tile);
            }
            meet(2 * repetition + 2);
            seconds.push(start.elapsed().as_secs_f64());
        }
        seconds
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| work(false));
        }
        work(true)
    })
}

/// f32 multiply-adds of registers alone, in GFLOP/s, on the instruction set in use.
pub fn fma_peak(threads: usize) -> f64 {
    fma_peak_on(Isa::current(), threads, 100)
}

/// As [`fma_peak`], on the given instruction set, as the best of so many millisecond-long tries.
pub fn fma_peak_on(isa: Isa, threads: usize, tries: usize) -> f64 {
    const STEPS: usize = 4096;
    let tiles = 32 * threads;
    let run = |_| {
        black_box(dispatch_on(isa, Fma { steps: STEPS, x: black_box(0.5), y: black_box(0.25) }));
    };
    let flops = dispatch_on(isa, FlopsOfAStep) * STEPS * tiles;
    flops as f64 / quickest(threads, tries, tiles, &run) / 1e9
}

/// `a = b + s c` over arrays of four times the last-level cache, in GB/s of reads and writes as
/// the STREAM benchmark counts them (the read that precedes a write is not counted).
pub fn memory_bandwidth(threads: usize) -> f64 {
    const CHUNK: usize = 1 << 18;
    let len = (4 * last_level_cache()).clamp(64 << 20, 512 << 20) / 4 / CHUNK * CHUNK;
    let (mut a, b, c) = (vec![0.0f32; len], vec![1.0f32; len], vec![2.0f32; len]);
    let shared = Shared::new(&mut a);
    let run = |tile: usize| {
        let from = tile * CHUNK;
        // SAFETY: each tile has a chunk of its own.
        let a = unsafe { shared.range(from, CHUNK) };
        dispatch(Triad { a, b: &b[from..][..CHUNK], c: &c[from..][..CHUNK], s: black_box(3.0) });
    };
    (3 * 4 * len) as f64 / quickest(threads, 8, len / CHUNK, &run) / 1e9
}

/// Bytes of the largest cache that the system names, 32 MiB where it names none.
pub fn last_level_cache() -> usize {
    let read = |index: usize| {
        let path = format!("/sys/devices/system/cpu/cpu0/cache/index{index}/size");
        std::fs::read_to_string(path).ok()?.trim().strip_suffix('K')?.parse::<usize>().ok()
    };
    (0..8).filter_map(read).max().map_or(32 << 20, |kib| kib << 10)
}

// ---- fast

/// Sums that depend on themselves alone, as many as the matmul tile keeps.
struct Fma {
    steps: usize,
    x: f32,
    y: f32,
}

impl Kernel for Fma {
    type Output = f32;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> f32 {
        match S::ROWS {
            12 => chains::<S, 24>(simd, self),
            6 => chains::<S, 12>(simd, self),
            _ => chains::<S, 8>(simd, self),
        }
    }
}

#[inline(always)]
fn chains<S: Simd, const N: usize>(simd: S, Fma { steps, x, y }: Fma) -> f32 {
    let (x, y) = (simd.splat(x), simd.splat(y));
    let mut sums = [simd.zero(); N];
    for _ in 0..steps {
        for sum in &mut sums {
            *sum = simd.fma(*sum, x, y);
        }
    }
    sums.iter().map(|&sum| simd.sum(sum)).sum()
}

struct FlopsOfAStep;

impl Kernel for FlopsOfAStep {
    type Output = usize;

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) -> usize {
        2 * S::LANES * if S::ROWS == 12 || S::ROWS == 6 { 2 * S::ROWS } else { 8 }
    }
}

struct Triad<'a> {
    a: &'a mut [f32],
    b: &'a [f32],
    c: &'a [f32],
    s: f32,
}

impl Kernel for Triad<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) {
        for ((a, b), c) in self.a.iter_mut().zip(self.b).zip(self.c) {
            *a = b + self.s * c;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tile_runs_once_in_each_repetition_on_any_number_of_threads() {
        for threads in [1, 2, 5] {
            let seen: Vec<AtomicUsize> = (0..37).map(|_| AtomicUsize::new(0)).collect();
            let run = |tile: usize| {
                seen[tile].fetch_add(1, Ordering::Relaxed);
            };
            quickest(threads, 3, seen.len(), &run);
            assert!(seen.iter().all(|times| times.load(Ordering::Relaxed) == 3));
        }
    }
}
