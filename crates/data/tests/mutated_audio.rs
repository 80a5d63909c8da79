//! 10,000 mutated files of each format: a clip or a typed error, and never more memory than allowed.

mod mutation;

use std::collections::BTreeMap;
use std::fs;
use std::panic;
use std::path::Path;

use attune_data::audio::{Limits, decode};
use attune_kernels::random::{Stream, key, site};
use attune_tensor::Code;

use mutation::{begin, most, mutate};

const FILES: usize = 10_000;
const LIMITS: Limits = Limits { bytes: 1 << 20, samples: 1 << 20, seconds: 60.0 };
/// Samples twice while they grow, and what decoders hold.
const MOST_BYTES: usize = 24 << 20;

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
        let before = begin();
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
        let peak = most(before);
        eprintln!("{ending}: {counts:?}, at most {peak} bytes");
        assert!(peak < MOST_BYTES, "{ending}: {peak} bytes");
        assert!(counts["CORRUPT"] > FILES / 20 && counts["read"] > FILES / 100, "{counts:?}");
    }
    let _ = panic::take_hook();
}
