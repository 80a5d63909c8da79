//! The step `missing`: values that are not there are filled in, or their rows are left out.

use std::collections::BTreeMap;

use attune_tensor::{Code, Error, Result};
use serde::{Deserialize, Serialize};

use super::super::columns::Columns;
use super::super::frame::{Cell, Cells, Frame, Series};
use super::super::report::Example;
use super::super::scale::{percentile, sorted};
use super::super::step::{Pass, Step};
use crate::table::Kind;

/// What a missing value becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Fill {
    /// Its row is left out.
    Drop,
    Mean,
    Median,
    /// Of equally frequent ones the least.
    MostFrequent,
    Constant,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Missing {
    #[serde(default)]
    pub columns: Columns,
    pub fill: Fill,
    /// Of `constant`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Cell>,
    /// Whether a column `name:missing` tells where values were missing, if any were while fitting.
    #[serde(default)]
    pub indicator: bool,
}

/// What was learned of a column.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Filled {
    /// Nothing where the rows are dropped, or where there was nothing to learn from.
    value: Option<Cell>,
    /// Whether it is left out, since it held no value to learn from.
    empty: bool,
    indicator: bool,
}

impl Missing {
    fn suited(&self) -> &'static [Kind] {
        match (self.fill, &self.value) {
            (Fill::Mean | Fill::Median, _) => &[Kind::Number],
            (Fill::Constant, Some(Cell::Number(_))) => &[Kind::Number, Kind::Boolean],
            (Fill::Constant, Some(Cell::Text(_))) => &[Kind::Text],
            _ => &[Kind::Number, Kind::Text, Kind::Boolean],
        }
    }

    fn value(&self, column: &Series) -> Result<Option<Cell>> {
        let present = || -> Result<Vec<f64>> {
            Ok(column.expect_numbers()?.iter().copied().filter(|x| !x.is_nan()).collect())
        };
        Ok(match self.fill {
            Fill::Drop => None,
            Fill::Constant => {
                let fits = matches!(
                    (&column.cells, &self.value),
                    (Cells::Numbers(_), Some(Cell::Number(_)))
                        | (Cells::Text(_), Some(Cell::Text(_)))
                );
                if !fits {
                    let message = format!(
                        "value: expected one of the kind of column {:?}, {}s, came {}",
                        column.name,
                        column.kind.name(),
                        self.value.as_ref().map_or("nothing".to_owned(), Cell::show)
                    );
                    return Err(Error::new(Code::Config, message));
                }
                self.value.clone()
            }
            Fill::Mean => {
                let values = present()?;
                let mean = values.iter().sum::<f64>() / values.len() as f64;
                (!values.is_empty()).then_some(Cell::Number(mean))
            }
            Fill::Median => {
                let values = sorted(present()?);
                (!values.is_empty()).then(|| Cell::Number(percentile(&values, 0.5)))
            }
            Fill::MostFrequent => most_frequent(column),
        })
    }
}

fn most_frequent(column: &Series) -> Option<Cell> {
    match &column.cells {
        Cells::Numbers(values) => {
            let values = sorted(values.iter().copied().filter(|x| !x.is_nan()).collect());
            let runs = values.chunk_by(|a, b| a == b);
            let longest =
                runs.reduce(|best, run| if run.len() > best.len() { run } else { best })?;
            Some(Cell::Number(longest[0]))
        }
        Cells::Text(words) => {
            let counts = words.counts().into_iter().zip(words.dictionary.iter());
            let best = counts
                .filter(|(count, _)| *count > 0)
                .max_by(|(a, word), (b, other)| a.cmp(b).then(other.cmp(word)));
            best.map(|(_, word)| Cell::Text(word.to_owned()))
        }
    }
}

/// The name of the column that tells where `name` was missing.
fn indicator(name: &str) -> String {
    format!("{name}:missing")
}

impl Step for Missing {
    type State = BTreeMap<String, Filled>;

    fn fit(&self, frame: &Frame, _: u64) -> Result<Self::State> {
        frame.learn(&self.columns.of(frame, self.suited())?, |column| {
            let missing = (0..column.len()).filter(|&row| column.is_missing(row)).count();
            let value = self.value(column)?;
            let learns = !matches!(self.fill, Fill::Drop | Fill::Constant);
            let empty = learns && value.is_none() && !frame.is_target(&column.name);
            Ok(Filled { value, empty, indicator: self.indicator && missing > 0 && !empty })
        })
    }

    fn apply(&self, state: &Self::State, frame: &mut Frame, pass: &mut Pass) -> Result<()> {
        frame.reserve(state.values().filter(|filled| filled.indicator).count(), 8)?;
        let limit = pass.report.limit;
        let found = frame.change(state, |filled, column, rows| {
            let missing: Vec<usize> =
                (0..column.len()).filter(|&row| column.is_missing(row)).collect();
            let example = |&at: &usize| Example::of(column, at, rows, filled.value.clone());
            let examples: Vec<Example> = missing.iter().take(limit).map(example).collect();
            let told = filled.indicator.then(|| {
                let mut flags = vec![0.0; column.len()];
                missing.iter().for_each(|&at| flags[at] = 1.0);
                let name = indicator(&column.name);
                Series { kind: Kind::Boolean, ..Series::numbers(name, flags) }
            });
            fill(column, &missing, filled.value.as_ref());
            Ok((column.name.clone(), filled.empty, missing, examples, told))
        })?;
        let mut kept = vec![true; frame.len()];
        let mut causes = vec![];
        for (name, empty, missing, examples, told) in found {
            let (action, note) = match (&state[&name].value, empty) {
                (_, true) => ("leave out the column", Some("no value to learn from".to_owned())),
                (Some(value), _) => ("fill", Some(format!("with {}", value.show()))),
                (None, _) => ("drop", None),
            };
            // An empty column is told of even where no row came.
            let count = if empty { missing.len().max(1) } else { missing.len() };
            pass.found(Some(&name), action, note, count, examples);
            if empty {
                frame.columns.retain(|column| column.name != name);
            } else if self.fill == Fill::Drop {
                missing.iter().for_each(|&at| kept[at] = false);
                causes.push((name, missing));
            }
            frame.columns.extend(told);
        }
        pass.drop(frame, &kept, |row| {
            let cause = causes.iter().find(|(_, missing)| missing.contains(&row));
            format!("column {:?}: the value is missing", cause.map_or("", |(name, _)| name))
        })
    }

    /// Values are missing again where an indicator says so.
    fn invert(&self, state: &Self::State, frame: &mut Frame) -> Result<()> {
        for name in state.iter().filter(|(_, filled)| filled.indicator).map(|(name, _)| name) {
            let Some(place) = frame.find(&indicator(name)) else { continue };
            let flags = frame.columns.remove(place);
            let (Some(column), Cells::Numbers(flags)) = (frame.find(name), flags.cells) else {
                continue;
            };
            for (at, _) in flags.iter().enumerate().filter(|(_, flag)| **flag >= 0.5) {
                frame.columns[column].set(at, None);
            }
        }
        Ok(())
    }
}

fn fill(column: &mut Series, missing: &[usize], value: Option<&Cell>) {
    match (&mut column.cells, value) {
        (Cells::Numbers(values), Some(Cell::Number(number))) => {
            missing.iter().for_each(|&at| values[at] = *number);
        }
        (Cells::Text(words), Some(Cell::Text(text))) if !missing.is_empty() => {
            let code = words.code(text);
            missing.iter().for_each(|&at| words.codes[at] = code);
        }
        _ => {}
    }
}
