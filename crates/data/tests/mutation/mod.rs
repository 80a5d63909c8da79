//! Damaged copies of files, and an allocator that remembers the most that was in use.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use attune_kernels::random::Stream;

static USED: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, which remembers the most that was in use.
struct Counting;

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let used = USED.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(used, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        USED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What was in use, from which the most that comes after it is counted anew.
pub fn begin() -> usize {
    let used = USED.load(Ordering::Relaxed);
    PEAK.store(used, Ordering::Relaxed);
    used
}

/// The most that was in use since `begin` gave `before`, beyond it.
pub fn most(before: usize) -> usize {
    PEAK.load(Ordering::Relaxed).saturating_sub(before)
}

/// A copy with one to four changes: bytes drawn, flipped, set, left out, doubled, or the end cut off.
pub fn mutate(original: &[u8], draw: &mut Stream) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..1 + draw.bounded(4) {
        let len = bytes.len().max(1) as u32;
        let at = match draw.bounded(3) {
            // Headers decide most.
            0 => draw.bounded(len.min(64)),
            _ => draw.bounded(len),
        } as usize;
        let end = (at + 1 + draw.bounded(8) as usize).min(bytes.len());
        match draw.bounded(7) {
            0 => bytes[at..end].iter_mut().for_each(|byte| *byte = draw.next_u32() as u8),
            1 => bytes[at..end].iter_mut().for_each(|byte| *byte ^= 1 << draw.bounded(8)),
            2 => bytes[at..end].fill(0xff),
            3 => bytes[at..end].fill(0),
            4 => bytes.truncate(at.max(1)),
            5 => drop(bytes.drain(at..end)),
            _ => {
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }
    bytes
}
