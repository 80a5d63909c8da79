//! The step `types`: columns of texts that are meant to be numbers become numbers, and what is none is wrong.

use std::collections::BTreeMap;

use attune_tensor::Result;
use serde::{Deserialize, Serialize};

use super::super::columns::Columns;
use super::super::frame::{Cells, Frame, Series, Words};
use super::super::report::Example;
use super::super::step::{Pass, Step};
use super::check::Action;
use super::number::number;
use crate::table::{Kind, Texts};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Types {
    /// Columns chosen by whole name are taken whatever they hold.
    columns: Columns,
    /// A column not named is meant to be of numbers if at least this share of its texts are.
    share: f64,
    action: Action,
}

/// Nothing is learned but that the column is one of numbers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Taken {}

impl Default for Types {
    fn default() -> Self {
        Types { columns: Columns::default(), share: 0.9, action: Action::Missing }
    }
}

impl Types {
    fn is_named(&self, name: &str) -> bool {
        self.columns.names.iter().flatten().any(|known| known == name)
    }
}

/// The share of the present texts that are numbers; 0 where none is present.
fn numeric_share(words: &Words) -> f64 {
    let (mut numeric, mut all) = (0usize, 0usize);
    for (count, word) in words.counts().into_iter().zip(words.dictionary.iter()) {
        all += count;
        numeric += if count > 0 && number(word).is_some() { count } else { 0 };
    }
    if all == 0 { 0.0 } else { numeric as f64 / all as f64 }
}

impl Step for Types {
    type State = BTreeMap<String, Taken>;

    fn fit(&self, frame: &Frame, _: u64) -> Result<Self::State> {
        let places = self.columns.of(frame, &[Kind::Text])?;
        let meant = |column: &Series| match &column.cells {
            Cells::Text(words) => self.is_named(&column.name) || numeric_share(words) >= self.share,
            Cells::Numbers(_) => self.is_named(&column.name),
        };
        let places: Vec<usize> =
            places.into_iter().filter(|&place| meant(&frame.columns[place])).collect();
        frame.learn(&places, |_| Ok(Taken {}))
    }

    fn apply(&self, state: &Self::State, frame: &mut Frame, pass: &mut Pass) -> Result<()> {
        let limit = pass.report.limit;
        let found = frame.change(state, |_, column, rows| {
            let Cells::Text(words) = &column.cells else {
                return Ok((column.name.clone(), vec![], vec![]));
            };
            let parsed: Vec<Option<f64>> = words.dictionary.iter().map(number).collect();
            let is_wrong = |code: u32| code != Texts::MISSING && parsed[code as usize].is_none();
            let wrong: Vec<usize> =
                (0..words.codes.len()).filter(|&at| is_wrong(words.codes[at])).collect();
            let examples: Vec<Example> =
                wrong.iter().take(limit).map(|&at| Example::of(column, at, rows, None)).collect();
            let value = |&code: &u32| {
                if code == Texts::MISSING {
                    f64::NAN
                } else {
                    parsed[code as usize].unwrap_or(f64::NAN)
                }
            };
            let values = words.codes.iter().map(value).collect();
            *column = Series::numbers(column.name.clone(), values);
            Ok((column.name.clone(), wrong, examples))
        })?;
        let mut kept = vec![true; frame.len()];
        for (column, wrong, examples) in &found {
            let note = Some("expected numbers".to_owned());
            pass.found(Some(column), self.action.name(), note, wrong.len(), examples.clone());
            wrong.iter().for_each(|&at| kept[at] = self.action != Action::Drop);
        }
        let why = |row: usize| {
            let cause = found.iter().find(|(_, wrong, _)| wrong.contains(&row));
            let name = cause.map_or("", |(name, ..)| name);
            format!("column {name:?}: expected a number, came a text")
        };
        pass.drop(frame, &kept, why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_decimal_and_words_are_none() {
        for (text, expected) in [
            (" 1.5 ", Some(1.5)),
            ("-2e3", Some(-2000.0)),
            ("nan", None),
            ("inf", None),
            ("", None),
            ("1,5", None),
            ("12a", None),
            ("e", None),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
    }
}
