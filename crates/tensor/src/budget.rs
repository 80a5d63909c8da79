//! A limit on the bytes of all tensors together, checked before memory is asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

use crate::{Code, Error, Result};

/// Bytes that may be in use at once. Clones share one account.
#[derive(Clone, Debug)]
pub struct Budget(Arc<Account>);

#[derive(Debug)]
struct Account {
    limit: usize,
    used: AtomicUsize,
}

/// Bytes set aside in a budget, given back when dropped.
#[derive(Debug)]
pub struct Reservation {
    budget: Budget,
    bytes: usize,
}

impl Budget {
    pub fn new(limit: usize) -> Self {
        Budget(Arc::new(Account { limit, used: AtomicUsize::new(0) }))
    }

    /// 90 % of the memory that is available now to this process, its container included.
    pub fn of_machine() -> Self {
        // Where the platform does not say, only the allocator can refuse.
        let available = available().unwrap_or(u64::MAX);
        let limit = usize::try_from(available / 10 * 9).unwrap_or(usize::MAX);
        Budget::new(limit.min(isize::MAX as usize))
    }

    pub fn limit(&self) -> usize {
        self.0.limit
    }

    pub fn used(&self) -> usize {
        self.0.used.load(Ordering::Relaxed)
    }

    /// Sets bytes aside, or says what was asked, what is in use and what to do.
    pub fn reserve(&self, bytes: usize) -> Result<Reservation> {
        let fits = |used: usize| used.checked_add(bytes).filter(|&sum| sum <= self.0.limit);
        match self.0.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits) {
            Ok(_) => Ok(Reservation { budget: self.clone(), bytes }),
            Err(used) => Err(Error::new(
                Code::Memory,
                format!(
                    "{} more would exceed the memory budget of {}, of which {} are in use: \
                     take a smaller batch or a smaller model, or raise the memory limit",
                    size(bytes),
                    size(self.0.limit),
                    size(used)
                ),
            )),
        }
    }
}

impl Reservation {
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.0.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Free memory of the machine or of the container around this process, whichever is less.
fn available() -> Option<u64> {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let system = System::new_with_specifics(memory).ok()?;
    let container = system.cgroup_limits().map(|limits| limits.free_memory);
    let machine = Some(system.available_memory()).filter(|&bytes| bytes > 0);
    machine.into_iter().chain(container).min()
}

/// Bytes as people read them: `1.50 GiB`.
pub fn size(bytes: usize) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    let mut amount = bytes as f64 / 1024.0;
    let mut unit = 0;
    while amount >= 1024.0 && unit + 1 < UNITS.len() {
        amount /= 1024.0;
        unit += 1;
    }
    format!("{amount:.2} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reservation_counts_while_it_lives_and_no_longer() {
        let budget = Budget::new(100);
        let first = budget.reserve(60).unwrap();
        assert_eq!((first.bytes(), budget.used()), (60, 60));
        let second = budget.clone().reserve(40).unwrap();
        assert_eq!(budget.used(), 100);
        drop(first);
        assert_eq!(budget.used(), 40);
        drop(second);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn too_many_bytes_are_refused_with_the_figures_and_change_nothing() {
        let budget = Budget::new(4 << 20);
        let _held = budget.reserve(3 << 20).unwrap();
        let error = budget.reserve((1 << 20) + 1).unwrap_err();
        assert_eq!(error.code, Code::Memory);
        for figure in ["1.00 MiB more", "budget of 4.00 MiB", "3.00 MiB are in use"] {
            assert!(error.message.contains(figure), "{error}");
        }
        assert_eq!(budget.reserve(usize::MAX).unwrap_err().code, Code::Memory);
        assert_eq!(budget.used(), 3 << 20);
    }

    #[test]
    fn threads_never_take_more_than_the_limit_together() {
        let budget = Budget::new(1000);
        let take = || (0..100).filter_map(|_| budget.reserve(7).ok()).collect::<Vec<_>>();
        let held: Vec<Reservation> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(take)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!((held.len(), budget.used()), (142, 994));
    }

    #[test]
    fn the_machine_budget_is_below_its_memory() {
        let limit = Budget::of_machine().limit();
        assert!(limit > 0 && limit <= isize::MAX as usize, "{limit}");
    }
}
