//! Which neighbours are merged: the most frequent pair again and again, of equal ones the pair of
//! least ids. Sennrich et al. 2016, arXiv:1508.07909.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use hashbrown::HashMap;

/// When merging ends, and what tokens are called.
pub struct Learning<'a> {
    /// Tokens at which it ends.
    pub vocabulary_size: usize,
    /// How often a pair occurs at least that is merged.
    pub min_frequency: u64,
    /// The most symbols of a token.
    pub max_length: usize,
    /// What tokens that go on in a word begin with; it is left out where they are joined.
    pub prefix: &'a str,
}

type Pair = (u32, u32);

/// A token in a word, and how many symbols it was made of.
#[derive(Clone, Copy)]
struct Part {
    id: u32,
    length: usize,
}

/// Merges pairs in words that occur so many times; the pairs in their order. Tokens join `tokens`.
pub fn learn(
    words: Vec<(Vec<u32>, u64)>,
    tokens: &mut Vec<String>,
    learning: &Learning,
) -> Vec<Pair> {
    let mut known: HashMap<String, u32> = tokens.iter().cloned().zip(0..).collect();
    let mut counts: HashMap<Pair, i64> = HashMap::new();
    let mut places: HashMap<Pair, Vec<u32>> = HashMap::new();
    let mut parts: Vec<Vec<Part>> = Vec::with_capacity(words.len());
    let mut times: Vec<i64> = Vec::with_capacity(words.len());
    for (at, (symbols, count)) in (0u32..).zip(&words) {
        let count = i64::try_from(*count).unwrap_or(i64::MAX);
        for pair in symbols.windows(2) {
            let pair = (pair[0], pair[1]);
            *counts.entry(pair).or_insert(0) += count;
            let places = places.entry(pair).or_default();
            if places.last() != Some(&at) {
                places.push(at);
            }
        }
        parts.push(symbols.iter().map(|&id| Part { id, length: 1 }).collect());
        times.push(count);
    }
    drop(words);
    let mut waiting: BinaryHeap<(i64, Reverse<Pair>)> =
        counts.iter().map(|(&pair, &count)| (count, Reverse(pair))).collect();
    let mut merges = Vec::new();
    let least = i64::try_from(learning.min_frequency.max(1)).unwrap_or(i64::MAX);
    while known.len() < learning.vocabulary_size {
        let Some((count, Reverse(pair))) = waiting.pop() else { break };
        let now = counts.get(&pair).copied().unwrap_or(0);
        if count != now {
            if now > 0 {
                waiting.push((now, Reverse(pair)));
            }
            continue;
        }
        if count < least {
            break;
        }
        let right = &tokens[pair.1 as usize];
        let right = right.strip_prefix(learning.prefix).unwrap_or(right);
        let token = format!("{}{right}", tokens[pair.0 as usize]);
        let id = *known.entry(token.clone()).or_insert_with(|| {
            tokens.push(token);
            tokens.len() as u32 - 1
        });
        merges.push(pair);
        counts.remove(&pair);
        let mut fresh: Vec<Pair> = Vec::new();
        for at in places.remove(&pair).unwrap_or_default() {
            let change = |changed: Pair, by: i64| {
                if changed == pair {
                    return;
                }
                *counts.entry(changed).or_insert(0) += by * times[at as usize];
                if by > 0 {
                    let places = places.entry(changed).or_default();
                    if places.last() != Some(&at) {
                        places.push(at);
                    }
                    fresh.push(changed);
                }
            };
            merge(&mut parts[at as usize], pair, id, learning.max_length, change);
        }
        fresh.sort_unstable();
        fresh.dedup();
        let count = |pair: Pair| counts.get(&pair).copied().unwrap_or(0);
        waiting.extend(
            fresh.into_iter().map(|pair| (count(pair), Reverse(pair))).filter(|one| one.0 > 0),
        );
    }
    merges
}

/// Merges a pair within a word and tells which pairs are gone and which are new.
fn merge(
    word: &mut Vec<Part>,
    (left, right): Pair,
    id: u32,
    most: usize,
    mut change: impl FnMut(Pair, i64),
) {
    let mut kept = 0;
    let mut at = 0;
    while at < word.len() {
        let (first, second) = (word[at], word.get(at + 1).copied());
        match second {
            Some(second) if first.id == left && second.id == right => {
                let merged = Part { id, length: first.length + second.length };
                if kept > 0 {
                    let before = word[kept - 1];
                    change((before.id, left), -1);
                    if before.length + merged.length < most {
                        change((before.id, id), 1);
                    }
                }
                if let Some(&after) = word.get(at + 2) {
                    change((right, after.id), -1);
                    if after.length + merged.length < most {
                        change((id, after.id), 1);
                    }
                }
                word[kept] = merged;
                at += 2;
            }
            _ => {
                word[kept] = first;
                at += 1;
            }
        }
        kept += 1;
    }
    word.truncate(kept);
}
