//! What columns hold: kinds, missing and different values, ranges, and the most frequent values.

use std::cmp::Reverse;
use std::collections::HashMap;

use rayon::prelude::*;
use serde::Serialize;

use super::table::{Table, TableColumn};
use super::values::{Kind, Texts, Values};

/// As many frequent values as are told.
const FREQUENT: usize = 5;

/// Figures of a column over the rows where it is not missing.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ColumnSummary {
    pub name: String,
    pub kind: Kind,
    pub missing: usize,
    /// How many different values there are.
    pub distinct: usize,
    /// Of numbers: the least, the largest and their mean, infinities counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
    /// The most frequent values as they are written, and how often each comes.
    pub frequent: Vec<(String, usize)>,
}

/// Figures of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Range {
    pub minimum: f64,
    pub maximum: f64,
    pub mean: f64,
}

impl Table {
    /// Figures of every column, in the order of the columns.
    pub fn summary(&self) -> Vec<ColumnSummary> {
        self.columns().par_iter().map(summary).collect()
    }
}

fn summary(column: &TableColumn) -> ColumnSummary {
    let values = column.values();
    let (distinct, frequent, range) = match values {
        Values::Text(texts) => {
            let mut counts = vec![0; texts.dictionary().len()];
            let codes = texts.codes().iter().filter(|&&code| code != Texts::MISSING);
            codes.for_each(|&code| counts[code as usize] += 1);
            let text = |code: usize| texts.dictionary().get(code as u32).to_owned();
            let (distinct, frequent) = most_frequent(counts.into_iter().enumerate(), text);
            (distinct, frequent, None)
        }
        Values::Boolean(flags) => {
            let mut counts = [0; 2];
            flags.iter().flatten().for_each(|flag| counts[usize::from(flag)] += 1);
            let text = |flag: usize| (flag == 1).to_string();
            let (distinct, frequent) = most_frequent(counts.into_iter().enumerate(), text);
            (distinct, frequent, None)
        }
        Values::Number(numbers) => {
            // Zero has two signs, which are one value.
            let mut counts: HashMap<u64, usize> = HashMap::new();
            let present = || numbers.iter().flatten();
            present().for_each(|number| *counts.entry((number + 0.0).to_bits()).or_default() += 1);
            let text = |bits: u64| f64::from_bits(bits).to_string();
            let (distinct, frequent) = most_frequent(counts.into_iter(), text);
            let count = present().count();
            let range = (count > 0).then(|| Range {
                minimum: present().fold(f64::INFINITY, f64::min),
                maximum: present().fold(f64::NEG_INFINITY, f64::max),
                mean: present().sum::<f64>() / count as f64,
            });
            (distinct, frequent, range)
        }
    };
    ColumnSummary {
        name: column.name().to_owned(),
        kind: column.kind(),
        missing: values.missing(),
        distinct,
        range,
        frequent,
    }
}

/// How many values come at all, and the most frequent of them; of equals the first by number.
fn most_frequent<K: Copy + Ord>(
    counts: impl Iterator<Item = (K, usize)>,
    text: impl Fn(K) -> String,
) -> (usize, Vec<(String, usize)>) {
    let mut counts: Vec<(K, usize)> = counts.filter(|&(_, count)| count > 0).collect();
    counts.sort_unstable_by_key(|&(value, count)| (Reverse(count), value));
    let frequent = counts.iter().take(FREQUENT).map(|&(value, count)| (text(value), count));
    (counts.len(), frequent.collect())
}

#[cfg(test)]
mod tests {
    use attune_tensor::Budget;

    use super::*;

    #[test]
    fn a_summary_counts_what_is_there_and_what_is_not() {
        let budget = Budget::new(1 << 12);
        let column = |name, values| TableColumn::new(name, values, &budget).unwrap();
        let numbers = [Some(2.0), None, Some(-0.0), Some(0.0)];
        let texts = [Some("b"), Some("a"), Some("b"), None];
        let flags = [None, Some(true), Some(true), Some(false)];
        let table = Table::new(vec![
            column("n", Values::Number(numbers.into_iter().collect())),
            column("t", Values::Text(texts.into_iter().collect())),
            column("f", Values::Boolean(flags.into_iter().collect())),
        ])
        .unwrap();
        let [n, t, f] = &table.summary()[..] else { panic!("three columns") };
        assert_eq!((n.missing, n.distinct), (1, 2));
        let mean = 2.0 / 3.0;
        assert_eq!(n.range, Some(Range { minimum: -0.0, maximum: 2.0, mean }));
        assert_eq!(n.frequent, [("0".to_owned(), 2), ("2".to_owned(), 1)]);
        assert_eq!((t.missing, t.distinct, t.range), (1, 2, None));
        assert_eq!(t.frequent, [("b".to_owned(), 2), ("a".to_owned(), 1)]);
        assert_eq!(f.frequent, [("true".to_owned(), 2), ("false".to_owned(), 1)]);
        // A part of a table tells of its own rows alone, though it shares the dictionary.
        let part = table.subset(&[1], &budget).unwrap().summary();
        assert_eq!((part[1].distinct, part[0].range), (1, None));
    }
}
