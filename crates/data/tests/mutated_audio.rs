//! 10,000 mutated files of each format: a clip or a typed error, and never more memory than allowed.

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::BTreeMap;
use std::fs;
use std::panic;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use attune_data::audio::{Limits, decode};
use attune_kernels::random::{Stream, key, site};
use attune_tensor::Code;

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

const FILES: usize = 10_000;
const LIMITS: Limits = Limits { bytes: 1 << 20, samples: 1 << 20, seconds: 60.0 };
/// Samples twice while they grow, and what decoders hold.
const MOST_BYTES: usize = 24 << 20;

fn mutate(original: &[u8], draw: &mut Stream) -> Vec<u8> {
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

#[test]
fn mutated_files_give_a_clip_or_a_typed_error_within_the_memory_limit() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../__test__/golden/audio");
    panic::set_hook(Box::new(|_| ()));
    for ending in ["wav", "flac", "mp3"] {
        let mut originals: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|found| found == ending))
            .collect();
        originals.sort();
        let originals: Vec<_> = originals.iter().map(|path| fs::read(path).unwrap()).collect();
        let mut draw = Stream::new(key(0, site(ending)));
        let mut counts = BTreeMap::new();
        PEAK.store(USED.load(Ordering::Relaxed), Ordering::Relaxed);
        let before = USED.load(Ordering::Relaxed);
        for file in 0..FILES {
            let bytes = mutate(&originals[file % originals.len()], &mut draw);
            let outcome = match decode(&bytes, &LIMITS) {
                Ok(clip) => {
                    assert!(clip.samples.len() <= LIMITS.samples);
                    assert_eq!(clip.samples.len() % clip.channels, 0);
                    "read"
                }
                Err(error) if error.message.contains("decoder foresees") => "CORRUPT by a panic",
                Err(error) => {
                    assert!(matches!(error.code, Code::Corrupt | Code::Data), "{error}");
                    error.code.name()
                }
            };
            *counts.entry(outcome).or_insert(0) += 1;
        }
        let peak = PEAK.load(Ordering::Relaxed) - before;
        eprintln!("{ending}: {counts:?}, at most {peak} bytes");
        assert!(peak < MOST_BYTES, "{ending}: {peak} bytes");
        assert!(counts["CORRUPT"] > FILES / 20 && counts["read"] > FILES / 100, "{counts:?}");
    }
    let _ = panic::take_hook();
}
