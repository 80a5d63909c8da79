//! 10,000 mutated tokenizer files of each kind: a tokenizer that encodes, or a typed error, and never
//! more memory than allowed.

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::BTreeMap;
use std::fs;
use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering};

use attune_data::text::{Corpus, Recipe, Tokenizer, TokenizerFile, read_tokenizer, train};
use attune_kernels::random::{Stream, key, site};
use attune_tensor::{Budget, Code};
use serde_json::json;

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
/// Tables of a few hundred tokens, and the caches that tokenizers come with.
const MOST_BYTES: usize = 64 << 20;
const TEXT: &str = "First Citizen: We're 12 \u{e9}\u{4e2d}\u{1f600}  before\n\n[MASK]<|endoftext|>";

fn mutate(original: &[u8], draw: &mut Stream) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..1 + draw.bounded(3) {
        let len = bytes.len().max(1) as u32;
        // What the tokens mean stands at both ends; between them lies the vocabulary.
        let at = match draw.bounded(4) {
            0 => draw.bounded(len),
            1 => len - 1 - draw.bounded(len.min(300)),
            _ => draw.bounded(len.min(2500)),
        } as usize;
        let end = (at + 1 + draw.bounded(8) as usize).min(bytes.len());
        match draw.bounded(8) {
            0 => bytes[at..end].iter_mut().for_each(|byte| *byte = draw.next_u32() as u8),
            1 => bytes[at..end].iter_mut().for_each(|byte| *byte ^= 1 << draw.bounded(8)),
            2 => bytes[at..end].iter_mut().for_each(|byte| {
                *byte = b"0123456789\"{}[],:-e.\\u"[draw.bounded(22) as usize];
            }),
            3 => bytes.truncate(at.max(1)),
            4 => drop(bytes.drain(at..end)),
            5 => {
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            _ => {
                // A digit for another, so that the JSON stays whole.
                for byte in &mut bytes[at..end] {
                    if byte.is_ascii_digit() {
                        *byte = b'0' + draw.bounded(10) as u8;
                    }
                }
            }
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }
    bytes
}

fn made(recipe: serde_json::Value) -> Vec<u8> {
    let budget = Budget::new(64 << 20);
    let corpus =
        Corpus::of(["the cat and the hat, and that's the end of it all"], &budget).unwrap();
    let recipe: Recipe = serde_json::from_value(recipe).unwrap();
    train(&corpus, &[0], &recipe, &budget).unwrap().to_json().unwrap().into_bytes()
}

#[test]
fn mutated_files_give_a_tokenizer_or_a_typed_error_within_the_memory_limit() {
    let pieces = json!({ "type": "wordPieces", "vocabularySize": 120, "minFrequency": 1,
        "lowercase": true, "limitAlphabet": 100,
        "specialTokens": ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] });
    let bytes = json!({ "type": "bytePairs", "vocabularySize": 300, "minFrequency": 1,
        "addPrefixSpace": false, "specialTokens": ["<|endoftext|>"], "maxTokenLength": null });
    let words = json!({ "type": "words", "vocabularySize": 50, "minFrequency": 1,
        "lowercase": true, "cut": "words", "specialTokens": ["[UNK]"], "unknownToken": "[UNK]" });
    let folder = std::env::temp_dir().join(format!("attune-mutated-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let vocabulary = br#"{"a": 0, "b": 1, "ab": 2, "c": 3, "abc": 4}"#.to_vec();
    let merges = b"#version: 0.2\na b\nab c\n".to_vec();
    let list = b"[PAD]\n[UNK]\n[CLS]\n[SEP]\nfirst\ncit\n##ize\n##n\n".to_vec();
    panic::set_hook(Box::new(|_| ()));
    for (name, original) in [
        ("word pieces", made(pieces)),
        ("byte pairs", made(bytes)),
        ("words", made(words)),
        ("vocabulary", vocabulary),
        ("merges", merges.clone()),
        ("list", list),
    ] {
        let mut draw = Stream::new(key(0, site(name)));
        let mut counts = BTreeMap::new();
        PEAK.store(USED.load(Ordering::Relaxed), Ordering::Relaxed);
        let before = USED.load(Ordering::Relaxed);
        for _ in 0..FILES {
            let bytes = mutate(&original, &mut draw);
            let budget = Budget::new(MOST_BYTES);
            let whole = name != "vocabulary" && name != "merges" && name != "list";
            let read = if whole {
                Tokenizer::from_json(&bytes)
            } else {
                let path = folder.join("file");
                let other = folder.join("other");
                fs::write(&path, &bytes).unwrap();
                fs::write(
                    &other,
                    if name == "vocabulary" {
                        &merges[..]
                    } else {
                        br#"{"a": 0, "b": 1, "ab": 2, "c": 3, "abc": 4}"#
                    },
                )
                .unwrap();
                let (path, merges) = match name {
                    "vocabulary" => (path, Some(other)),
                    "merges" => (other, Some(path)),
                    _ => (path, None),
                };
                let file = TokenizerFile { path, merges, lowercase: true, bytes: 1 << 20 };
                read_tokenizer(&file, &budget)
            };
            let outcome = match read {
                Ok(tokenizer) => match tokenizer.encode(TEXT, &budget) {
                    Ok(ids) => {
                        assert!(ids.iter().all(|&id| (id as usize) < tokenizer.size()));
                        let decoded = tokenizer.decode(&ids, true, &budget);
                        decoded.map_or_else(|error| error.code.name(), |_| "read")
                    }
                    Err(error) => {
                        assert_eq!(error.code, Code::Data, "{error}");
                        "read, but not for this text"
                    }
                },
                Err(error) if error.message.contains("foresees") => "CORRUPT by a panic",
                Err(error) => {
                    assert!(matches!(error.code, Code::Corrupt | Code::Data), "{error}");
                    error.code.name()
                }
            };
            *counts.entry(outcome).or_insert(0) += 1;
        }
        let peak = PEAK.load(Ordering::Relaxed) - before;
        eprintln!("{name}: {counts:?}, at most {peak} bytes");
        assert!(peak < MOST_BYTES, "{name}: {peak} bytes");
        assert!(counts["CORRUPT"] > FILES / 20 && counts["read"] > FILES / 100, "{counts:?}");
    }
    let _ = panic::take_hook();
    fs::remove_dir_all(folder).unwrap();
}
