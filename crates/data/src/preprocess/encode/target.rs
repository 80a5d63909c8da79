//! The step `targetEncode`: a category becomes the mean target of its training rows, drawn towards the
//! mean of all. A training row is encoded by the other folds alone, so that it does not see its own target.
//! Micci-Barreca 2001, "A preprocessing scheme for high-cardinality categorical attributes".

use std::collections::BTreeMap;
use std::sync::Mutex;

use attune_tensor::{Code, Error, Result};
use serde::{Deserialize, Serialize};

use super::super::columns::Columns;
use super::super::frame::{Cell, Cells, Frame, Series};
use super::super::scale::moments;
use super::super::step::{Pass, Purpose, Step};
use super::categories::{Unseen, categories, codes, unseen};
use super::folds::folds;
use crate::data_set::data_error;
use crate::table::Kind;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TargetEncode {
    columns: Columns,
    folds: usize,
    /// How many rows of the overall mean each category gets; without it the variances decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    smooth: Option<f64>,
    /// Whether the folds are drawn by the seed rather than dealt in order.
    shuffle: bool,
    /// `ignore` gives the overall mean.
    unseen: Unseen,
    /// Whether the target counts as classes; without it a target of texts or booleans does.
    #[serde(skip_serializing_if = "Option::is_none")]
    classes: Option<bool>,
}

/// What was learned.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Encodings {
    /// The classes that have a column each; none for one column, of a number or of the second of two classes.
    classes: Vec<Cell>,
    /// The mean of each target over all training rows.
    means: Vec<f64>,
    columns: BTreeMap<String, Encoding>,
}

/// What was learned of a column.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Encoding {
    categories: Vec<Cell>,
    /// By target, then by category.
    values: Vec<Vec<f64>>,
    /// Of the training rows, by target; needed only where they are transformed.
    #[serde(skip)]
    out_of_fold: Vec<Vec<f64>>,
}

impl Default for TargetEncode {
    fn default() -> Self {
        TargetEncode {
            columns: Columns::default(),
            folds: 5,
            smooth: None,
            shuffle: true,
            unseen: Unseen::Ignore,
            classes: None,
        }
    }
}

/// The target as numbers: one row of them a class, or one for a number and for two classes.
struct Targets {
    classes: Vec<Cell>,
    values: Vec<Vec<f64>>,
    labels: Option<Vec<usize>>,
}

impl TargetEncode {
    fn targets(&self, frame: &Frame) -> Result<Targets> {
        let place = frame.target.as_deref().and_then(|name| frame.find(name)).ok_or_else(|| {
            Error::new(Code::Config, "expected a target to encode by, came none: name one")
        })?;
        let column = &frame.columns[place];
        if let Some(at) = (0..column.len()).find(|&row| column.is_missing(row)) {
            return Err(data_error(format!(
                "column {:?}, row {}: the target is missing: let a `missing` step before drop such \
                 rows",
                column.name, frame.rows[at]
            )));
        }
        let by_kind = column.kind != Kind::Number;
        match &column.cells {
            Cells::Numbers(values) if !self.classes.unwrap_or(by_kind) => {
                Ok(Targets { classes: vec![], values: vec![values.clone()], labels: None })
            }
            _ => {
                let classes = categories(column);
                let labels: Vec<usize> = codes(column, &classes).into_iter().flatten().collect();
                let is = |class: usize| -> Vec<f64> {
                    labels.iter().map(|&label| f64::from(u8::from(label == class))).collect()
                };
                let (classes, values) = match classes.len() {
                    0..=2 => (vec![], vec![is(1)]),
                    count => (classes, (0..count).map(is).collect()),
                };
                Ok(Targets { classes, values, labels: Some(labels) })
            }
        }
    }

    /// The encoding of each category by the rows that count.
    fn encode(
        &self,
        codes: &[Option<usize>],
        categories: usize,
        y: &[f64],
        rows: &[usize],
    ) -> Vec<f64> {
        let (mean, variance) = moments(&rows.iter().map(|&row| y[row]).collect::<Vec<_>>());
        let (mut counts, mut sums) = (vec![0.0; categories], vec![0.0; categories]);
        let each = |act: &mut dyn FnMut(usize, f64)| {
            rows.iter().for_each(|&row| codes[row].iter().for_each(|&place| act(place, y[row])));
        };
        each(&mut |place, y| (counts[place], sums[place]) = (counts[place] + 1.0, sums[place] + y));
        if let Some(smooth) = self.smooth {
            let value = |(n, sum): (&f64, &f64)| {
                if n + smooth == 0.0 { mean } else { (smooth * mean + sum) / (smooth + n) }
            };
            return counts.iter().zip(&sums).map(value).collect();
        }
        let means: Vec<f64> = counts.iter().zip(&sums).map(|(n, sum)| sum / n).collect();
        let mut squares = vec![0.0; categories];
        each(&mut |place, y| squares[place] += (y - means[place]) * (y - means[place]));
        let value = |place: usize| {
            let n: f64 = counts[place];
            let weight = variance * n / (variance * n + squares[place] / n);
            if weight.is_nan() { mean } else { weight * means[place] + (1.0 - weight) * mean }
        };
        (0..categories).map(value).collect()
    }

    fn learn(&self, column: &Series, targets: &Targets, fold: &[u32]) -> Encoding {
        let categories = categories(column);
        let codes = codes(column, &categories);
        let all: Vec<usize> = (0..column.len()).collect();
        let encode = |y: &[f64], rows: &[usize]| self.encode(&codes, categories.len(), y, rows);
        let values = targets.values.iter().map(|y| encode(y, &all)).collect();
        let others: Vec<Vec<usize>> = (0..self.folds as u32)
            .map(|one| all.iter().copied().filter(|&row| fold[row] != one).collect())
            .collect();
        let out_of_fold = |y: &Vec<f64>| {
            let by_fold: Vec<(Vec<f64>, f64)> = others
                .iter()
                .map(|rows| {
                    let mean = moments(&rows.iter().map(|&row| y[row]).collect::<Vec<_>>()).0;
                    (encode(y, rows), mean)
                })
                .collect();
            let value = |row: usize| {
                let (values, mean) = &by_fold[fold[row] as usize];
                codes[row].map_or(*mean, |place| values[place])
            };
            all.iter().map(|&row| value(row)).collect()
        };
        let out_of_fold = targets.values.iter().map(out_of_fold).collect();
        Encoding { categories, values, out_of_fold }
    }
}

/// The name of the column of a class.
fn name_of(column: &str, class: Option<&Cell>) -> String {
    class.map_or(column.to_owned(), |class| format!("{column}~{}", class.label()))
}

impl Step for TargetEncode {
    type State = Encodings;

    fn fit(&self, frame: &Frame, seed: u64) -> Result<Encodings> {
        let places = self.columns.of(frame, &[Kind::Text])?;
        let targets = self.targets(frame)?;
        if self.folds < 2 {
            let message = format!("folds: expected at least 2, came {}", self.folds);
            return Err(Error::new(Code::Config, message));
        }
        if frame.len() < self.folds {
            let (folds, rows) = (self.folds, frame.len());
            let message =
                format!("folds: expected at most one a row, came {folds} for {rows} rows");
            return Err(data_error(message));
        }
        let seed = self.shuffle.then_some(seed);
        let fold = folds(frame.len(), targets.labels.as_deref(), self.folds, seed);
        let columns = frame.learn(&places, |column| Ok(self.learn(column, &targets, &fold)))?;
        let means = targets.values.iter().map(|y| moments(y).0).collect();
        Ok(Encodings { classes: targets.classes, means, columns })
    }

    fn apply(&self, state: &Encodings, frame: &mut Frame, pass: &mut Pass) -> Result<()> {
        frame.reserve(state.columns.len() * state.means.len(), 8)?;
        let (limit, notes) = (pass.report.limit, Mutex::new(BTreeMap::new()));
        let training = pass.purpose == Purpose::Train;
        frame.replace(&state.columns, |known, column, rows| {
            let codes = codes(&column, &known.categories);
            let note = unseen(&column, &codes, rows, self.unseen, limit)?;
            if let Ok(mut notes) = notes.lock() {
                notes.insert(column.name.clone(), note);
            }
            let values = |target: usize| match known.out_of_fold.get(target) {
                Some(values) if training && values.len() == codes.len() => values.clone(),
                _ => {
                    let (values, mean) = (&known.values[target], state.means[target]);
                    let value = |place: &Option<usize>| {
                        place.and_then(|place| values.get(place)).copied().unwrap_or(mean)
                    };
                    codes.iter().map(value).collect()
                }
            };
            let name = |target| name_of(&column.name, state.classes.get(target));
            let targets = state.means.len().min(known.values.len());
            Ok((0..targets).map(|target| Series::numbers(name(target), values(target))).collect())
        })?;
        for (column, (count, examples)) in notes.into_inner().unwrap_or_default() {
            let note = Some("without a category, the mean of all".to_owned());
            pass.found(Some(&column), "ignore", note, count, examples);
        }
        Ok(())
    }

    /// Categories may share a mean, so the column cannot be had back.
    fn invert(&self, state: &Encodings, frame: &mut Frame) -> Result<()> {
        for name in state.columns.keys() {
            let own: Vec<String> = match state.classes.len() {
                0 => vec![name.clone()],
                _ => state.classes.iter().map(|class| name_of(name, Some(class))).collect(),
            };
            frame.columns.retain(|column| !own.contains(&column.name));
        }
        Ok(())
    }
}
