//! How often each word occurs, counted on every core.

use attune_tensor::Result;
use hashbrown::HashMap;
use rayon::prelude::*;

use crate::text::corpus::Corpus;

/// Words and how often they occur, in the order of the words.
pub type Counts = Vec<(String, u64)>;

/// Rows that a thread counts at a time.
const ROWS: usize = 256;

/// Counts what `cut` gives of every text.
pub fn count(
    corpus: &Corpus,
    rows: &[u32],
    cut: impl Fn(&str, &mut dyn FnMut(&str)) -> Result<()> + Sync,
) -> Result<Counts> {
    let some = |rows: &[u32]| -> Result<HashMap<String, u64>> {
        let mut counts: HashMap<String, u64> = HashMap::new();
        for text in corpus.some(rows) {
            cut(text?, &mut |word| match counts.get_mut(word) {
                Some(count) => *count += 1,
                None => drop(counts.insert(word.to_owned(), 1)),
            })?;
        }
        Ok(counts)
    };
    let join = |mut all: HashMap<String, u64>, more: HashMap<String, u64>| {
        for (word, count) in more {
            *all.entry(word).or_insert(0) += count;
        }
        Ok(all)
    };
    let counts = rows.par_chunks(ROWS).map(some).try_reduce(HashMap::new, join)?;
    let mut counts: Counts = counts.into_iter().collect();
    counts.sort_unstable();
    Ok(counts)
}

/// The words that occur most often, at least `least` times each and at most so many of them.
pub fn most_frequent(mut counts: Counts, least: u64, most: usize) -> Vec<String> {
    counts.retain(|&(_, count)| count >= least);
    counts.sort_by(|(left, of_left), (right, of_right)| {
        of_right.cmp(of_left).then_with(|| left.cmp(right))
    });
    counts.truncate(most);
    counts.into_iter().map(|(word, _)| word).collect()
}
