//! The step `duplicates`: rows that repeat another, and validation or test rows that repeat a training row.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use attune_tensor::Result;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::super::columns::Columns;
use super::super::frame::{Cells, Frame, Series};
use super::super::report::Example;
use super::super::step::{Pass, Purpose, Step};
use super::check::Action;
use crate::table::{Kind, Texts};

/// What is done with a validation or test row that repeats a training row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Across {
    Ignore,
    Report,
    Drop,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Duplicates {
    /// The columns that make two rows equal; without a choice all, the target too.
    pub columns: Columns,
    /// `report` or `drop`, which keeps the first.
    pub action: Action,
    pub across_splits: Across,
}

/// The compared columns, and where each training row stands. The rows are not saved: what leaked can
/// be told only while the training part is there.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Seen {
    names: Vec<String>,
    #[serde(skip)]
    rows: Arc<HashMap<u128, u32>>,
}

impl Default for Duplicates {
    fn default() -> Self {
        Duplicates {
            columns: Columns::default(),
            action: Action::Drop,
            across_splits: Across::Drop,
        }
    }
}

impl Duplicates {
    fn compared(&self, frame: &Frame) -> Result<Vec<String>> {
        let named = |place: usize| frame.columns[place].name.clone();
        let chosen = self.columns.of(frame, &[Kind::Number, Kind::Text, Kind::Boolean])?;
        let mut names: Vec<String> = chosen.into_iter().map(named).collect();
        let by_all = self.columns.names.is_none() && self.columns.kind.is_none();
        names.extend(
            frame.target.iter().filter(|name| by_all && frame.find(name).is_some()).cloned(),
        );
        Ok(names)
    }
}

/// A number for each row, equal for equal rows; of 128 bits, so that others do not meet.
fn fingerprints(names: &[String], frame: &Frame) -> Vec<u128> {
    let columns: Vec<&Series> = names
        .iter()
        .filter_map(|name| frame.find(name).map(|place| &frame.columns[place]))
        .collect();
    let texts: Vec<Vec<u64>> = columns.iter().map(|column| word_hashes(column)).collect();
    let row = |row: usize| {
        let mut hashers = [DefaultHasher::new(), DefaultHasher::new()];
        hashers[1].write_u8(1);
        for (column, texts) in columns.iter().zip(&texts) {
            let value = match &column.cells {
                // Zero has one sign, and all that is missing is alike.
                Cells::Numbers(values) if values[row].is_nan() => u64::MAX,
                Cells::Numbers(values) => (values[row] + 0.0).to_bits(),
                Cells::Text(words) if words.codes[row] == Texts::MISSING => u64::MAX,
                Cells::Text(words) => texts[words.codes[row] as usize],
            };
            hashers.iter_mut().for_each(|hasher| hasher.write_u64(value));
        }
        let [a, b] = hashers.map(|hasher| hasher.finish());
        u128::from(a) << 64 | u128::from(b)
    };
    (0..frame.len()).into_par_iter().map(row).collect()
}

fn word_hashes(column: &Series) -> Vec<u64> {
    let Cells::Text(words) = &column.cells else { return vec![] };
    let hash = |word: &str| {
        let mut hasher = DefaultHasher::new();
        word.hash(&mut hasher);
        hasher.finish()
    };
    words.dictionary.iter().map(hash).collect()
}

impl Step for Duplicates {
    type State = Seen;

    fn fit(&self, frame: &Frame, _: u64) -> Result<Seen> {
        let names = self.compared(frame)?;
        let mut rows = HashMap::new();
        for (at, print) in fingerprints(&names, frame).into_iter().enumerate() {
            rows.entry(print).or_insert(frame.rows[at]);
        }
        Ok(Seen { names, rows: Arc::new(rows) })
    }

    fn apply(&self, seen: &Seen, frame: &mut Frame, pass: &mut Pass) -> Result<()> {
        if matches!(pass.purpose, Purpose::Predict { .. }) {
            return Ok(());
        }
        let prints = fingerprints(&seen.names, frame);
        let (mut kept, limit) = (vec![true; frame.len()], pass.report.limit);
        let (mut first, mut inside, mut leaked) = (HashMap::new(), vec![], vec![]);
        for (at, print) in prints.iter().enumerate() {
            let of_training = seen.rows.get(print).filter(|_| pass.purpose == Purpose::Evaluate);
            let row = frame.rows[at];
            match (of_training, first.get(print)) {
                (Some(&like), _) if self.across_splits != Across::Ignore => {
                    leaked.push((at, row, like))
                }
                (_, Some(&like)) => inside.push((at, row, like)),
                _ => {
                    first.insert(*print, row);
                }
            }
        }
        let example = |&(_, row, like): &(usize, u32, u32)| Example {
            row,
            value: None,
            becomes: None,
            like: Some(like),
        };
        let examples = |rows: &[(usize, u32, u32)]| rows.iter().take(limit).map(example).collect();
        let names = || Some(format!("equal in {}", shown(&seen.names)));
        pass.found(None, self.action.name(), names(), inside.len(), examples(&inside));
        let across = if self.across_splits == Across::Drop { "drop" } else { "report" };
        let note = Some(format!("as in the training rows, equal in {}", shown(&seen.names)));
        pass.rule = "leakage";
        pass.found(None, across, note, leaked.len(), examples(&leaked));
        inside.iter().for_each(|(at, ..)| kept[*at] = self.action != Action::Drop);
        leaked.iter().for_each(|(at, ..)| kept[*at] = self.across_splits != Across::Drop);
        frame.keep(&kept);
        Ok(())
    }
}

fn shown(names: &[String]) -> String {
    let some: Vec<&str> = names.iter().take(6).map(String::as_str).collect();
    let more = names.len().saturating_sub(some.len());
    if more == 0 { some.join(", ") } else { format!("{} and {more} more", some.join(", ")) }
}
