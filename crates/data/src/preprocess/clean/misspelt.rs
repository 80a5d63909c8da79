//! The step `misspelt`: a rare text that is a letter or two away from a frequent one is wrong.
//! Distance counts insertions, deletions, replacements and swaps of neighbours (Damerau 1964).

use std::collections::BTreeSet;

use attune_tensor::Result;
use serde::{Deserialize, Serialize};

use super::super::columns::Columns;
use super::super::frame::{Cell, Cells, Series};
use super::super::step::Wrong;
use super::check::{Action, Check, check_step};
use crate::table::{Kind, Texts};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Misspelt {
    columns: Columns,
    /// A text of at most this share of the rows is rare.
    rare: f64,
    /// How many times as frequent the right text is at least.
    times: f64,
    /// The greatest distance; without one, 1 for texts of at most 4 letters and 2 for longer ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    distance: Option<usize>,
    action: Action,
}

/// The texts to compare with, and those near to one of them that are too frequent to be wrong.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Known {
    /// The most frequent first.
    frequent: Vec<String>,
    kept: BTreeSet<String>,
}

impl Default for Misspelt {
    fn default() -> Self {
        Misspelt {
            columns: Columns::default(),
            rare: 0.01,
            times: 10.0,
            distance: None,
            action: Action::Report,
        }
    }
}

impl Misspelt {
    /// The frequent text that `word` most likely meant. Texts with other digits are other codes, and
    /// texts of one or two letters are too short to tell.
    fn meant<'a>(&self, word: &str, frequent: &'a [String]) -> Option<&'a str> {
        let plain = |text: &str| text.trim().to_lowercase().chars().collect::<Vec<_>>();
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let letters = plain(word);
        let mut best: Option<(usize, &str)> = None;
        for known in frequent.iter().filter(|known| *known != word && digits(known) == digits(word))
        {
            let right = plain(known);
            let most = self.distance.unwrap_or(if right.len() <= 4 { 1 } else { 2 });
            if right.len().abs_diff(letters.len()) > most || (right.len() < 3 && right != letters) {
                continue;
            }
            let distance = distance(&letters, &right);
            if distance <= most && best.is_none_or(|(least, _)| distance < least) {
                best = Some((distance, known));
            }
        }
        best.map(|(_, known)| known)
    }
}

/// Optimal string alignment.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = vec![];
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut next = vec![i];
        for j in 1..=b.len() {
            let replaced = row[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(row[j] + 1).min(next[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}

impl Check for Misspelt {
    type Figures = Known;

    const SUITED: &'static [Kind] = &[Kind::Text];
    const MAY_BE_TRUE: bool = true;
    const CLIP: &'static str = "correct";

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn action(&self) -> Action {
        self.action
    }

    fn learn(&self, column: &Series) -> Result<Known> {
        let words = column.expect_texts()?;
        let counts = words.counts();
        let total: usize = counts.iter().sum();
        let mut present: Vec<(usize, &str)> = counts
            .iter()
            .zip(words.dictionary.iter())
            .filter_map(|(&count, word)| (count > 0).then_some((count, word)))
            .collect();
        present.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        let is_rare = |count: usize| count as f64 <= self.rare * total as f64;
        let rare = present.partition_point(|&(count, _)| !is_rare(count));
        let (frequent, rare) = present.split_at(rare);
        let names: Vec<String> = frequent.iter().map(|(_, word)| (*word).to_owned()).collect();
        let mut kept = BTreeSet::new();
        for &(count, word) in rare {
            let meant = self.meant(word, &names);
            let of_meant = frequent.iter().find(|(_, known)| Some(*known) == meant);
            if of_meant.is_some_and(|(n, _)| (*n as f64) < self.times * count as f64) {
                kept.insert(word.to_owned());
            }
        }
        Ok(Known { frequent: names, kept })
    }

    fn find(&self, known: &Known, column: &Series) -> Vec<Wrong> {
        let Cells::Text(words) = &column.cells else { return vec![] };
        let right: BTreeSet<&str> = known.frequent.iter().map(String::as_str).collect();
        let meant = |word: &str| {
            let is_right = right.contains(word) || known.kept.contains(word);
            if is_right { None } else { self.meant(word, &known.frequent).map(str::to_owned) }
        };
        let meant: Vec<Option<String>> = words.dictionary.iter().map(meant).collect();
        let wrong = |(at, &code): (usize, &u32)| {
            let meant = (code != Texts::MISSING).then(|| meant[code as usize].clone())??;
            Some(Wrong { at, becomes: Some(Cell::Text(meant)) })
        };
        words.codes.iter().enumerate().filter_map(wrong).collect()
    }

    fn note(&self, _: &Known) -> Option<String> {
        None
    }
}

check_step!(Misspelt);

#[cfg(test)]
mod tests {
    use super::*;

    fn corrected(words: &[(&str, usize)]) -> Vec<(String, String)> {
        let all = words.iter().flat_map(|(word, count)| std::iter::repeat_n(Some(*word), *count));
        let column = Series::texts("a", all);
        let misspelt = Misspelt::default();
        let wrong = misspelt.find(&misspelt.learn(&column).unwrap(), &column);
        let pair = |wrong: Wrong| {
            let Some(Cell::Text(right)) = wrong.becomes else { panic!("no correction") };
            (column.get(wrong.at).unwrap().label(), right)
        };
        wrong.into_iter().map(pair).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn a_rare_text_near_to_a_frequent_one_is_misspelt() {
        let words =
            [("white", 500), ("red", 300), ("whtie", 1), ("wite", 1), ("rad", 2), ("Red ", 1)];
        let expected = [
            ("whtie", "white"),
            ("wite", "white"),
            ("rad", "red"),
            ("rad", "red"),
            ("Red ", "red"),
        ];
        assert_eq!(corrected(&words), pairs(&expected));
    }

    #[test]
    fn rare_texts_that_are_far_short_or_other_codes_stay() {
        let words = [("white", 500), ("M", 400), ("A12", 300), ("rose", 2), ("F", 2), ("A13", 1)];
        assert!(corrected(&words).is_empty());
        assert!(corrected(&[("male", 500), ("female", 400)]).is_empty());
    }

    #[test]
    fn distance_counts_a_swap_once() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        for (a, b, expected) in
            [("ab", "ba", 1), ("kitten", "sitting", 3), ("", "abc", 3), ("x", "x", 0)]
        {
            assert_eq!(distance(&chars(a), &chars(b)), expected, "{a} {b}");
        }
    }
}
