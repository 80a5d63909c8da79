//! Steps fitted on training rows: what they make of any rows is a matrix of float32, and back.

use std::collections::HashSet;

use attune_tensor::{Budget, Buffer, Code, DType, Error, Result};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::defaults::default_steps;
use super::frame::{Cells, Frame, Series};
use super::report::{Finding, Report};
use super::step::{Pass, Purpose};
use super::steps::{Fitted, Rule};
use crate::data_set::{Column, data_error};
use crate::table::{Kind, Table, TableColumn, Texts};

const VERSION: u32 = 1;
/// How many rows and values a finding lists where nobody says.
const EXAMPLES: usize = 5;

/// Fitted steps, which are JSON, and the columns that they take.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Preprocessor {
    version: u32,
    /// The column to predict, which is no feature.
    target: Option<String>,
    columns: Vec<Input>,
    steps: Vec<Fitted>,
    /// The names of the columns of the matrix.
    features: Vec<String>,
}

/// A column of the table that the steps were fitted on.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Input {
    name: String,
    kind: Kind,
    /// Whether a table may lack it: the target, and what the steps leave out unseen.
    optional: bool,
}

/// How steps are fitted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FitOptions {
    /// Without them, the default ones.
    pub steps: Option<Vec<Rule>>,
    pub target: Option<String>,
    /// For the folds of target encoding.
    pub seed: u64,
    /// How many rows and values a finding lists at most. Default: 5.
    pub examples: Option<usize>,
}

/// Rows after all steps.
#[derive(Debug)]
pub struct Applied {
    /// The features, `[features]` a row, under the name `x`.
    pub x: Column,
    /// Where each row of `x` stands in the table.
    pub rows: Vec<u32>,
    /// The target as the steps left it, where the table has it.
    pub target: Option<TableColumn>,
    pub report: Report,
}

impl Preprocessor {
    /// Fits steps one after another on some rows of a table, or all, each on what the steps before it made.
    /// Also gives those rows after all steps, which differ from what `apply` would make of them where
    /// a step keeps a row from its own target.
    pub fn fit(
        table: &Table,
        rows: Option<&[u32]>,
        options: &FitOptions,
        budget: &Budget,
    ) -> Result<(Self, Applied)> {
        let target = options.target.as_deref();
        if let Some(name) = target {
            table
                .column(name)
                .map_err(|error| Error { code: Code::Config, ..error }.at("target"))?;
        }
        let mut frame = Frame::of(table, rows, target, budget)?;
        let mut preprocessor = Preprocessor {
            version: VERSION,
            target: target.map(str::to_owned),
            columns: frame.columns.iter().map(input).collect(),
            steps: vec![],
            features: vec![],
        };
        let limit = options.examples.unwrap_or(EXAMPLES);
        let mut report = Report { rows: frame.len(), limit, ..Report::default() };
        let rules = options.steps.clone().unwrap_or_else(|| default_steps(target));
        for (step, rule) in rules.iter().enumerate() {
            let place = format!("steps.{step} ({})", rule.name());
            let fitted = rule.fit(&frame, options.seed).map_err(|error| error.at(&place))?;
            let report = &mut report;
            let mut pass = Pass { purpose: Purpose::Train, report, step, rule: rule.name() };
            fitted.apply(&mut frame, &mut pass).map_err(|error| error.at(&place))?;
            check_names(&frame).map_err(|error| error.at(&place))?;
            preprocessor.steps.push(fitted);
        }
        let names = frame.columns.iter().map(|column| &column.name);
        preprocessor.features = names.filter(|name| !frame.is_target(name)).cloned().collect();
        preprocessor.mark_optional();
        let applied = preprocessor.finish(frame, report)?;
        Ok((preprocessor, applied))
    }

    /// What the fitted steps make of some rows of a table, or all.
    pub fn apply(
        &self,
        table: &Table,
        rows: Option<&[u32]>,
        purpose: Purpose,
        examples: Option<usize>,
        budget: &Budget,
    ) -> Result<Applied> {
        let mut frame = Frame::of(table, rows, self.target.as_deref(), budget)?;
        let limit = examples.unwrap_or(EXAMPLES);
        let mut report = Report { rows: frame.len(), limit, ..Report::default() };
        self.take_inputs(&mut frame, purpose, &mut report)?;
        for (step, fitted) in self.steps.iter().enumerate() {
            let report = &mut report;
            let mut pass = Pass { purpose, report, step, rule: fitted.name() };
            let place = || format!("steps.{step} ({})", fitted.name());
            fitted.apply(&mut frame, &mut pass).map_err(|error| error.at(&place()))?;
        }
        self.finish(frame, report)
    }

    /// The columns that columns of features, or of the target, came from, as far as steps can be undone.
    pub fn invert(&self, columns: Vec<(String, Vec<f64>)>, budget: &Budget) -> Result<Table> {
        let rows = columns.first().map_or(0, |(_, values)| values.len());
        if let Some((name, values)) = columns.iter().find(|(_, values)| values.len() != rows) {
            let came = values.len();
            return Err(data_error(format!(
                "column {name:?}: expected {rows} values, came {came}"
            )));
        }
        let columns =
            columns.into_iter().map(|(name, values)| Series::numbers(name, values)).collect();
        let mut frame = Frame::with(columns, rows, budget);
        for (step, fitted) in self.steps.iter().enumerate().rev() {
            let place = format!("steps.{step} ({})", fitted.name());
            fitted.invert(&mut frame).map_err(|error| error.at(&place))?;
        }
        let mut found = vec![];
        for input in &self.columns {
            if let Some(place) = frame.find(&input.name) {
                let column = &mut frame.columns[place];
                if matches!(column.cells, Cells::Numbers(_)) && input.kind == Kind::Boolean {
                    column.kind = Kind::Boolean;
                }
                found.push(column.column(budget)?);
            }
        }
        Table::new(found).map_err(|_| {
            data_error("expected columns that the steps can give back, came none that they can")
        })
    }

    pub fn features(&self) -> &[String] {
        &self.features
    }

    pub fn target(&self) -> Option<&str> {
        self.target.as_deref()
    }

    /// The names and kinds of the columns that it was fitted on.
    pub fn columns(&self) -> impl Iterator<Item = (&str, Kind)> {
        self.columns.iter().map(|input| (input.name.as_str(), input.kind))
    }

    pub fn to_json(&self) -> Result<String> {
        let internal = |e: serde_json::Error| Error::new(Code::Internal, e.to_string());
        serde_json::to_string(self).map_err(internal)
    }

    /// Reads what `to_json` wrote.
    pub fn from_json(json: &str) -> Result<Self> {
        let wrong = |e: serde_json::Error| {
            Error::new(Code::Corrupt, format!("expected a fitted preprocessor as JSON: {e}"))
        };
        let read: Preprocessor = serde_json::from_str(json).map_err(wrong)?;
        if read.version != VERSION {
            let message =
                format!("expected a preprocessor of version {VERSION}, came {}", read.version);
            return Err(Error::new(Code::Corrupt, message));
        }
        Ok(read)
    }

    /// What `drop` and `select` leave out is not asked for later, nor is the target.
    fn mark_optional(&mut self) {
        let left: HashSet<&str> = self
            .steps
            .iter()
            .filter_map(|step| match step {
                Fitted::Drop { state, .. } | Fitted::Select { state, .. } => Some(&state.names),
                _ => None,
            })
            .flatten()
            .map(String::as_str)
            .collect();
        for input in &mut self.columns {
            input.optional =
                left.contains(&*input.name) || self.target.as_deref() == Some(&*input.name);
        }
    }

    /// The columns that the steps were fitted on, in their order and of their kinds.
    fn take_inputs(&self, frame: &mut Frame, purpose: Purpose, report: &mut Report) -> Result<()> {
        let mut given = std::mem::take(&mut frame.columns);
        for input in &self.columns {
            let column = given.iter().position(|column| column.name == input.name);
            match column.map(|place| given.remove(place)) {
                Some(column) => frame.columns.push(of_kind(column, input.kind, &frame.rows)?),
                None if !input.optional => {
                    let names: Vec<&str> =
                        given.iter().map(|column| &*column.name).take(20).collect();
                    return Err(data_error(format!(
                        "column {:?} is missing: expected {}, came also {}",
                        input.name,
                        self.columns
                            .iter()
                            .map(|input| &*input.name)
                            .collect::<Vec<_>>()
                            .join(", "),
                        if names.is_empty() { "no other".to_owned() } else { names.join(", ") }
                    )));
                }
                None if self.target.as_deref() == Some(&*input.name) => {}
                None => frame.columns.push(absent(input, frame.len())),
            }
        }
        // A row to predict has no target, and its steps must not fail on one that is wrong.
        if let (Purpose::Predict { .. }, Some(target)) = (purpose, &self.target) {
            frame.columns.retain(|column| column.name != *target);
        }
        for column in given {
            report.findings.push(Finding {
                step: 0,
                rule: "columns".to_owned(),
                column: Some(column.name),
                action: "ignore".to_owned(),
                count: frame.len(),
                note: Some("not a column of the training table".to_owned()),
                examples: vec![],
            });
        }
        Ok(())
    }

    /// The matrix of the features; every value is a finite number.
    fn finish(&self, frame: Frame, mut report: Report) -> Result<Applied> {
        report.kept = frame.len();
        let width = self.features.len();
        if width == 0 {
            let message = "expected at least one column after the last step, came none";
            return Err(Error::new(Code::Config, message));
        }
        let bytes = frame.len().saturating_mul(width).saturating_mul(4);
        let mut columns = Vec::with_capacity(width);
        for name in &self.features {
            let column = frame.find(name).map(|place| &frame.columns[place]).ok_or_else(|| {
                data_error(format!(
                    "column {name:?}: expected it after the last step, came nothing"
                ))
            })?;
            let Cells::Numbers(values) = &column.cells else {
                return Err(Error::new(
                    Code::Config,
                    format!(
                        "column {name:?}: expected numbers after the last step, came texts: encode \
                         it with `oneHot`, `ordinal` or another step, or leave it out with `drop`"
                    ),
                ));
            };
            columns.push(values.as_slice());
        }
        let mut buffer = Buffer::new(bytes, frame.budget())?;
        if let Some((place, row)) = transpose(&columns, buffer.as_slice_mut()) {
            let (name, value) = (&self.features[place], columns[place][row]);
            return Err(data_error(unusable(name, frame.rows[row], value)));
        }
        let x = Column::new("x", DType::Float32, [width], buffer)?;
        let target = self.target.as_deref().and_then(|name| frame.find(name));
        let target = target.map(|place| frame.columns[place].column(frame.budget())).transpose()?;
        Ok(Applied { x, rows: frame.rows, target, report })
    }
}

/// Lays columns side by side, row by row; gives the first column and row whose value is no finite number.
fn transpose(columns: &[&[f64]], out: &mut [f32]) -> Option<(usize, usize)> {
    const ROWS: usize = 1024;
    let fill = |(block, out): (usize, &mut [f32])| {
        let mut wrong = None;
        for (place, values) in columns.iter().enumerate() {
            let values = values.iter().enumerate().skip(block * ROWS);
            for ((row, &value), out) in values.zip(out[place..].iter_mut().step_by(columns.len())) {
                *out = value as f32;
                if !out.is_finite() && wrong.is_none() {
                    wrong = Some((place, row));
                }
            }
        }
        wrong
    };
    out.par_chunks_mut(ROWS * columns.len()).enumerate().filter_map(fill).min()
}

fn unusable(name: &str, row: u32, value: f64) -> String {
    let (came, step) = match value.is_nan() {
        true => ("nothing".to_owned(), "missing"),
        false => (value.to_string(), "range"),
    };
    format!(
        "column {name:?}, row {row}: expected a finite number after the last step, came {came}: add \
         a `{step}` step"
    )
}

fn input(column: &Series) -> Input {
    Input { name: column.name.clone(), kind: column.kind, optional: false }
}

fn check_names(frame: &Frame) -> Result<()> {
    let mut names = HashSet::new();
    match frame.columns.iter().find(|column| !names.insert(&column.name)) {
        None => Ok(()),
        Some(column) => {
            let message =
                format!("the step makes a second column {:?}: rename the first", column.name);
            Err(Error::new(Code::Config, message))
        }
    }
}

/// A column without values, for one that is not asked for.
fn absent(input: &Input, rows: usize) -> Series {
    match input.kind {
        Kind::Text => Series::texts(&input.name, (0..rows).map(|_| None)),
        kind => Series { kind, ..Series::numbers(&input.name, vec![f64::NAN; rows]) },
    }
}

/// A column as one of the kind that training had, or the first value that cannot be one.
fn of_kind(column: Series, kind: Kind, rows: &[u32]) -> Result<Series> {
    if column.kind == kind {
        return Ok(column);
    }
    let name = column.name.clone();
    let refused = |at: usize| {
        let came = column.get(at).map_or("nothing".to_owned(), |cell| cell.show());
        data_error(format!(
            "column {name:?}, row {}: expected a {}, as in training, came {came}: correct it, or leave \
             it empty",
            rows[at],
            kind.name()
        ))
    };
    let read = |text: &str| match (text.trim(), kind) {
        ("true", Kind::Boolean) => Some(1.0),
        ("false", Kind::Boolean) => Some(0.0),
        (text, _) => text.parse::<f64>().ok().filter(|x| x.is_finite()),
    };
    let values: Vec<f64> = match &column.cells {
        Cells::Numbers(values) if kind == Kind::Text => {
            let is_flag = column.kind == Kind::Boolean;
            let text = |x: &f64| match is_flag {
                true => (*x >= 0.5).to_string(),
                false => x.to_string(),
            };
            let texts: Vec<Option<String>> =
                values.iter().map(|x| (!x.is_nan()).then(|| text(x))).collect();
            return Ok(Series::texts(&name, texts.iter().map(Option::as_deref)));
        }
        Cells::Numbers(values) => values.clone(),
        Cells::Text(words) => {
            let known: Vec<Option<f64>> = words.dictionary.iter().map(read).collect();
            let value = |(at, &code): (usize, &u32)| match code {
                Texts::MISSING => Ok(f64::NAN),
                code => known[code as usize].ok_or_else(|| refused(at)),
            };
            words.codes.iter().enumerate().map(value).collect::<Result<_>>()?
        }
    };
    let is_flag = |x: &f64| x.is_nan() || *x == 0.0 || *x == 1.0;
    if let (Kind::Boolean, Some(at)) = (kind, values.iter().position(|x| !is_flag(x))) {
        return Err(refused(at));
    }
    Ok(Series { kind, ..Series::numbers(name, values) })
}
