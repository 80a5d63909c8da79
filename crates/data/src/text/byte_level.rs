//! Byte pair encoding over bytes, as GPT-2 has it: a piece begins as its bytes, and the neighbours
//! with the lowest rank are merged until none has one. Sennrich et al. 2016, arXiv:1508.07909.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use hashbrown::HashMap;
use serde_json::Value;

use super::split::pieces;

/// Pieces up to this many bytes are searched from end to end, longer ones have a heap.
const SHORT: usize = 64;
/// Pieces whose ids are remembered within a call.
const REMEMBERED: usize = 1 << 16;
const NONE: u32 = u32::MAX;

/// Ids of bytes, and the rank and id of every pair that is merged.
#[derive(Debug)]
pub(super) struct BytePairs {
    bytes: Box<[u32; 256]>,
    merges: HashMap<u64, (u32, u32)>,
    prefix_space: bool,
}

/// The characters that stand for bytes in the files: printable ones for themselves, others from 256 on.
pub(super) fn byte_characters() -> [char; 256] {
    let mut others = 256u32..;
    std::array::from_fn(|byte| match byte as u8 {
        b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff => byte as u8 as char,
        _ => others.next().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER),
    })
}

fn pair(left: u32, right: u32) -> u64 {
    u64::from(left) << 32 | u64::from(right)
}

impl BytePairs {
    /// The encoder of a `tokenizer.json`, where it is one of bytes without further rules.
    pub fn of(json: &Value) -> Option<Self> {
        let (model, cut) = (&json["model"], &json["pre_tokenizer"]);
        let kind = model["type"].as_str().unwrap_or("BPE");
        let is_off = |name: &str| match &model[name] {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.is_empty(),
            _ => false,
        };
        let rules = ["dropout", "continuing_subword_prefix", "end_of_word_suffix"];
        let more = ["byte_fallback", "ignore_merges"];
        let plain = kind == "BPE"
            && rules.iter().chain(&more).all(|name| is_off(name))
            && json["normalizer"].is_null()
            && cut["type"] == "ByteLevel"
            && cut["use_regex"].as_bool().unwrap_or(true);
        if !plain {
            return None;
        }
        let vocabulary: HashMap<&str, u32> = model["vocab"]
            .as_object()?
            .iter()
            .filter_map(|(token, id)| Some((token.as_str(), u32::try_from(id.as_u64()?).ok()?)))
            .collect();
        let mut bytes = Box::new([0; 256]);
        for (id, char) in bytes.iter_mut().zip(byte_characters()) {
            *id = *vocabulary.get(&*char.to_string())?;
        }
        let mut merges = HashMap::new();
        for (rank, merge) in model["merges"].as_array()?.iter().enumerate() {
            let (left, right) = match merge {
                Value::String(both) => both.split_once(' ')?,
                both => (both[0].as_str()?, both[1].as_str()?),
            };
            let merged = *vocabulary.get(&*format!("{left}{right}"))?;
            let ids = pair(*vocabulary.get(left)?, *vocabulary.get(right)?);
            merges.insert(ids, (u32::try_from(rank).ok()?, merged));
        }
        let prefix_space = cut["add_prefix_space"].as_bool().unwrap_or(true);
        Some(BytePairs { bytes, merges, prefix_space })
    }

    /// Appends the ids of a text.
    pub fn encode(&self, text: &str, ids: &mut Vec<u32>) {
        let spaced;
        let text = if self.prefix_space && !text.starts_with(' ') && !text.is_empty() {
            spaced = format!(" {text}");
            &spaced
        } else {
            text
        };
        let mut known: HashMap<&[u8], (u32, u32)> = HashMap::new();
        let (mut word, mut heap) = (Word::default(), Heap::default());
        pieces(text, |piece| {
            let piece = piece.as_bytes();
            if let [byte] = piece {
                return ids.push(self.bytes[usize::from(*byte)]);
            }
            if let Some(&(start, end)) = known.get(piece) {
                return ids.extend_from_within(start as usize..end as usize);
            }
            let start = ids.len();
            if piece.len() <= SHORT {
                word.merge(self, piece, ids);
            } else {
                heap.merge(self, piece, ids);
            }
            if known.len() < REMEMBERED
                && let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(ids.len()))
            {
                known.insert(piece, (start, end));
            }
        });
    }

    fn rank(&self, left: u32, right: u32) -> (u32, u32) {
        self.merges.get(&pair(left, right)).copied().unwrap_or((NONE, 0))
    }
}

/// A short piece: its symbols, and the rank and id of each with the next.
#[derive(Default)]
struct Word {
    symbols: Vec<u32>,
    ranks: Vec<(u32, u32)>,
}

impl Word {
    fn merge(&mut self, pairs: &BytePairs, piece: &[u8], ids: &mut Vec<u32>) {
        let Word { symbols, ranks } = self;
        symbols.clear();
        symbols.extend(piece.iter().map(|&byte| pairs.bytes[usize::from(byte)]));
        ranks.clear();
        ranks.extend(symbols.windows(2).map(|two| pairs.rank(two[0], two[1])));
        while let Some((at, &(rank, merged))) =
            ranks.iter().enumerate().min_by_key(|(_, (rank, _))| *rank)
        {
            if rank == NONE {
                break;
            }
            symbols[at] = merged;
            symbols.remove(at + 1);
            ranks.remove(at);
            if at > 0 {
                ranks[at - 1] = pairs.rank(symbols[at - 1], merged);
            }
            if at + 1 < symbols.len() {
                ranks[at] = pairs.rank(merged, symbols[at + 1]);
            }
        }
        ids.extend_from_slice(symbols);
    }
}

/// A long piece: symbols that know their neighbours, and their pairs by rank, then by place.
#[derive(Default)]
struct Heap {
    symbols: Vec<u32>,
    before: Vec<u32>,
    after: Vec<u32>,
    waiting: BinaryHeap<Reverse<(u32, u32, u32, u32)>>,
}

impl Heap {
    fn merge(&mut self, pairs: &BytePairs, piece: &[u8], ids: &mut Vec<u32>) {
        let count = piece.len() as u32;
        self.symbols.clear();
        self.symbols.extend(piece.iter().map(|&byte| pairs.bytes[usize::from(byte)]));
        self.before.clear();
        self.before.extend((0..count).map(|at| at.wrapping_sub(1)));
        self.after.clear();
        self.after.extend((1..=count).map(|at| if at == count { NONE } else { at }));
        self.waiting.clear();
        for at in 0..count {
            self.push(pairs, at);
        }
        while let Some(Reverse((_, at, right, left))) = self.waiting.pop() {
            let next = self.after[at as usize];
            let stale = self.symbols[at as usize] != left
                || next == NONE
                || self.symbols[next as usize] != right;
            if stale {
                continue;
            }
            let (_, merged) = pairs.rank(left, right);
            self.symbols[at as usize] = merged;
            self.symbols[next as usize] = NONE;
            let beyond = self.after[next as usize];
            self.after[at as usize] = beyond;
            if beyond != NONE {
                self.before[beyond as usize] = at;
            }
            if self.before[at as usize] != NONE {
                self.push(pairs, self.before[at as usize]);
            }
            self.push(pairs, at);
        }
        let mut at = 0;
        while at != NONE {
            ids.push(self.symbols[at as usize]);
            at = self.after[at as usize];
        }
    }

    /// Lets the pair that begins at a place wait, if it is one that is merged.
    fn push(&mut self, pairs: &BytePairs, at: u32) {
        let next = self.after[at as usize];
        if next == NONE {
            return;
        }
        let (left, right) = (self.symbols[at as usize], self.symbols[next as usize]);
        let (rank, _) = pairs.rank(left, right);
        if rank != NONE {
            self.waiting.push(Reverse((rank, at, right, left)));
        }
    }
}
