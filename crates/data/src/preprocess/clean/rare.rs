//! The step `rare`: texts that few training rows have become one text, as do those that no row had.

use std::collections::{BTreeMap, BTreeSet};

use attune_tensor::Result;
use serde::{Deserialize, Serialize};

use super::super::columns::Columns;
use super::super::frame::{Cell, Cells, Frame, Series};
use super::super::report::Example;
use super::super::step::{Pass, Step};
use crate::table::{Kind, Texts};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rare {
    columns: Columns,
    /// A text of fewer rows is rare: below 1 a share of the rows that have any, else a number.
    min: f64,
    /// What rare texts become.
    value: String,
}

/// The texts that stay.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Frequent {
    kept: BTreeSet<String>,
}

impl Default for Rare {
    fn default() -> Self {
        Rare { columns: Columns::default(), min: 0.01, value: "other".to_owned() }
    }
}

impl Step for Rare {
    type State = BTreeMap<String, Frequent>;

    fn fit(&self, frame: &Frame, _: u64) -> Result<Self::State> {
        frame.learn(&self.columns.of(frame, &[Kind::Text])?, |column| {
            let words = column.expect_texts()?;
            let counts = words.counts();
            let total: usize = counts.iter().sum();
            let least = if self.min < 1.0 { self.min * total as f64 } else { self.min };
            let kept = counts.iter().zip(words.dictionary.iter());
            let kept = kept.filter(|(count, _)| **count > 0 && **count as f64 >= least);
            Ok(Frequent { kept: kept.map(|(_, word)| word.to_owned()).collect() })
        })
    }

    fn apply(&self, state: &Self::State, frame: &mut Frame, pass: &mut Pass) -> Result<()> {
        let limit = pass.report.limit;
        let found = frame.change(state, |frequent, column, rows| {
            let (rare, examples) = self.group(frequent, column, rows, limit)?;
            Ok((column.name.clone(), rare, examples))
        })?;
        for (column, count, examples) in found {
            let note = Some(format!("with other rare texts, as {:?}", self.value));
            pass.found(Some(&column), "group", note, count, examples);
        }
        Ok(())
    }
}

impl Rare {
    fn group(
        &self,
        frequent: &Frequent,
        column: &mut Series,
        rows: &[u32],
        limit: usize,
    ) -> Result<(usize, Vec<Example>)> {
        let words = column.expect_texts()?;
        let stays = |word: &str| word == self.value || frequent.kept.contains(word);
        let stays: Vec<bool> = words.dictionary.iter().map(stays).collect();
        let is_rare = |code: u32| code != Texts::MISSING && !stays[code as usize];
        let rare: Vec<usize> =
            (0..words.codes.len()).filter(|&at| is_rare(words.codes[at])).collect();
        let becomes = || Some(Cell::Text(self.value.clone()));
        let example = |&at: &usize| Example::of(column, at, rows, becomes());
        let examples = rare.iter().take(limit).map(example).collect();
        if let (Cells::Text(words), false) = (&mut column.cells, rare.is_empty()) {
            let code = words.code(&self.value);
            rare.iter().for_each(|&at| words.codes[at] = code);
        }
        Ok((rare.len(), examples))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grouped(min: f64, train: &[&str], other: &[&str]) -> Vec<String> {
        let rare = Rare { min, ..Rare::default() };
        let column = |words: &[&str]| Series::texts("a", words.iter().map(|word| Some(*word)));
        let budget = attune_tensor::Budget::new(1 << 16);
        let frame = Frame::with(vec![column(train)], train.len(), &budget);
        let state = rare.fit(&frame, 0).unwrap();
        let (mut column, rows) = (column(other), (0..other.len() as u32).collect::<Vec<_>>());
        rare.group(&state["a"], &mut column, &rows, 5).unwrap();
        (0..other.len()).map(|row| column.get(row).unwrap().label()).collect()
    }

    #[test]
    fn rare_and_unseen_texts_become_one() {
        let train = ["a", "a", "a", "b", "b", "c"];
        assert_eq!(grouped(2.0, &train, &["a", "b", "c", "d"]), ["a", "b", "other", "other"]);
        assert_eq!(grouped(0.5, &train, &["a", "b", "c", "d"]), ["a", "other", "other", "other"]);
        assert_eq!(grouped(1.0, &train, &["c", "d"]), ["c", "other"]);
    }
}
