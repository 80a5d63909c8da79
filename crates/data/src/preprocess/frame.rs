//! The table that steps work on: columns of float64 or of coded texts, and the rows they came from.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use attune_tensor::{Budget, Reservation, Result};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::data_set::data_error;
use crate::table::{Booleans, Dictionary, Kind, Numbers, Table, TableColumn, Texts, Values};

/// A value as configs, reports and learned categories hold it; a boolean is 0 or 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    Number(f64),
    Text(String),
}

/// One column.
#[derive(Clone, Debug)]
pub struct Series {
    pub name: String,
    pub kind: Kind,
    pub cells: Cells,
}

/// The values of a column, any of which may be missing.
#[derive(Clone, Debug)]
pub enum Cells {
    /// NaN is missing.
    Numbers(Vec<f64>),
    Text(Words),
}

/// Places in a dictionary; `Texts::MISSING` is missing. The dictionary may hold words that no row has.
#[derive(Clone, Debug)]
pub struct Words {
    pub codes: Vec<u32>,
    pub dictionary: Arc<Dictionary>,
}

/// Columns of equal length.
#[derive(Debug)]
pub struct Frame {
    pub columns: Vec<Series>,
    /// Where each row stands in the table it came from.
    pub rows: Vec<u32>,
    /// The column that a model is to predict, which only steps that name it change.
    pub target: Option<String>,
    budget: Budget,
    held: Vec<Reservation>,
}

impl Cell {
    /// As a message shows it.
    pub fn show(&self) -> String {
        match self {
            Cell::Number(number) => number.to_string(),
            Cell::Text(text) => format!("{text:?}"),
        }
    }

    /// As a part of a column's name.
    pub fn label(&self) -> String {
        match self {
            Cell::Number(number) => number.to_string(),
            Cell::Text(text) => text.clone(),
        }
    }
}

impl Words {
    /// The code of a text, which joins the dictionary where it is new.
    pub fn code(&mut self, text: &str) -> u32 {
        let known = self.dictionary.iter().position(|word| word == text);
        match known {
            Some(code) => code as u32,
            None => Arc::make_mut(&mut self.dictionary).push(text),
        }
    }

    /// How many rows hold each word of the dictionary.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.dictionary.len()];
        for &code in self.codes.iter().filter(|&&code| code != Texts::MISSING) {
            counts[code as usize] += 1;
        }
        counts
    }
}

impl Series {
    pub fn numbers(name: impl Into<String>, values: Vec<f64>) -> Self {
        Series { name: name.into(), kind: Kind::Number, cells: Cells::Numbers(values) }
    }

    /// A column of texts, each once in its dictionary.
    pub fn texts<'a>(name: &str, values: impl Iterator<Item = Option<&'a str>>) -> Self {
        let texts: Texts = values.collect();
        let words = Words { dictionary: texts.dictionary().clone(), codes: texts.codes().to_vec() };
        Series { name: name.to_owned(), kind: Kind::Text, cells: Cells::Text(words) }
    }

    /// All rows of a table's column.
    pub fn of(column: &TableColumn) -> Self {
        series(column, &(0..column.len() as u32).collect::<Vec<_>>())
    }

    pub fn len(&self) -> usize {
        match &self.cells {
            Cells::Numbers(values) => values.len(),
            Cells::Text(words) => words.codes.len(),
        }
    }

    pub fn get(&self, row: usize) -> Option<Cell> {
        match &self.cells {
            Cells::Numbers(values) => (!values[row].is_nan()).then(|| Cell::Number(values[row])),
            Cells::Text(words) => (words.codes[row] != Texts::MISSING)
                .then(|| Cell::Text(words.dictionary.get(words.codes[row]).to_owned())),
        }
    }

    pub fn is_missing(&self, row: usize) -> bool {
        match &self.cells {
            Cells::Numbers(values) => values[row].is_nan(),
            Cells::Text(words) => words.codes[row] == Texts::MISSING,
        }
    }

    /// Sets a value; one of the wrong kind becomes missing.
    pub fn set(&mut self, row: usize, value: Option<&Cell>) {
        match (&mut self.cells, value) {
            (Cells::Numbers(values), Some(Cell::Number(number))) => values[row] = *number,
            (Cells::Numbers(values), _) => values[row] = f64::NAN,
            (Cells::Text(words), Some(Cell::Text(text))) => words.codes[row] = words.code(text),
            (Cells::Text(words), _) => words.codes[row] = Texts::MISSING,
        }
    }

    /// The numbers, or an error that says which step was meant for texts.
    pub fn expect_numbers(&self) -> Result<&[f64]> {
        match &self.cells {
            Cells::Numbers(values) => Ok(values),
            Cells::Text(_) => Err(data_error(format!(
                "column {:?}: expected numbers, came texts: encode it before, or give the step \
                 other columns",
                self.name
            ))),
        }
    }

    /// The texts, or an error that says so.
    pub fn expect_texts(&self) -> Result<&Words> {
        match &self.cells {
            Cells::Text(words) => Ok(words),
            Cells::Numbers(_) => Err(data_error(format!(
                "column {:?}: expected texts, came numbers: give the step other columns",
                self.name
            ))),
        }
    }

    fn keep(&mut self, kept: &[bool]) {
        let mut flags = kept.iter();
        match &mut self.cells {
            Cells::Numbers(values) => values.retain(|_| *flags.next().unwrap_or(&true)),
            Cells::Text(words) => words.codes.retain(|_| *flags.next().unwrap_or(&true)),
        }
    }

    /// The column as tables hold it.
    pub fn column(&self, budget: &Budget) -> Result<TableColumn> {
        let present = |&x: &f64| (!x.is_nan()).then_some(x);
        let values = match &self.cells {
            Cells::Numbers(values) if self.kind == Kind::Boolean => Values::Boolean(
                values.iter().map(|x| present(x).map(|x| x >= 0.5)).collect::<Booleans>(),
            ),
            Cells::Numbers(values) => {
                Values::Number(values.iter().map(present).collect::<Numbers>())
            }
            Cells::Text(words) => {
                Values::Text(Texts::new(words.codes.clone(), words.dictionary.clone()))
            }
        };
        TableColumn::new(&self.name, values, budget)
    }
}

impl Frame {
    /// Some rows of a table, or all, as steps work on them; a NaN counts as missing.
    pub fn of(
        table: &Table,
        rows: Option<&[u32]>,
        target: Option<&str>,
        budget: &Budget,
    ) -> Result<Self> {
        let all: Vec<u32>;
        let rows = match rows {
            Some(rows) => rows,
            None => {
                all = (0..table.rows() as u32).collect();
                &all
            }
        };
        if let Some(place) = rows.iter().position(|&row| row as usize >= table.rows()) {
            let (most, came) = (table.rows(), rows[place]);
            return Err(data_error(format!("expected rows below {most}, came {came}")));
        }
        let mut frame = Frame {
            columns: vec![],
            rows: rows.to_vec(),
            target: target.map(str::to_owned),
            budget: budget.clone(),
            held: vec![],
        };
        frame.reserve(table.columns().len(), 8)?;
        frame.columns = table.columns().par_iter().map(|column| series(column, rows)).collect();
        Ok(frame)
    }

    /// Columns made elsewhere, one row each.
    pub fn with(columns: Vec<Series>, rows: usize, budget: &Budget) -> Self {
        let rows = (0..rows as u32).collect();
        Frame { columns, rows, target: None, budget: budget.clone(), held: vec![] }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Sets aside the bytes of new columns before they are made.
    pub fn reserve(&mut self, columns: usize, bytes: usize) -> Result<()> {
        let bytes = self.len().saturating_mul(columns).saturating_mul(bytes);
        self.held.push(self.budget.reserve(bytes)?);
        Ok(())
    }

    pub fn find(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    pub fn is_target(&self, name: &str) -> bool {
        self.target.as_deref() == Some(name)
    }

    /// Leaves out the rows whose flag is false.
    pub fn keep(&mut self, kept: &[bool]) {
        if kept.iter().all(|&keep| keep) {
            return;
        }
        self.columns.par_iter_mut().for_each(|column| column.keep(kept));
        let mut flags = kept.iter();
        self.rows.retain(|_| *flags.next().unwrap_or(&true));
    }

    /// What `learn` finds in each of some columns, all cores at once; of several errors the first.
    pub fn learn<S: Send>(
        &self,
        places: &[usize],
        learn: impl Fn(&Series) -> Result<S> + Sync,
    ) -> Result<BTreeMap<String, S>> {
        let found: Vec<Result<S>> =
            places.par_iter().map(|&place| learn(&self.columns[place])).collect();
        let named = |(&place, state): (&usize, Result<S>)| {
            state.map(|state| (self.columns[place].name.clone(), state))
        };
        places.iter().zip(found).map(named).collect()
    }

    /// Changes each column that has a state, all cores at once; gives what each change returns, in the
    /// order of the columns.
    pub fn change<S: Sync, T: Send>(
        &mut self,
        states: &BTreeMap<String, S>,
        change: impl Fn(&S, &mut Series, &[u32]) -> Result<T> + Sync,
    ) -> Result<Vec<T>> {
        let rows = &self.rows;
        let changed: Vec<Option<Result<T>>> = self
            .columns
            .par_iter_mut()
            .map(|column| states.get(&column.name).map(|state| change(state, column, rows)))
            .collect();
        changed.into_iter().flatten().collect()
    }

    /// Puts columns in the place of each column that has a state; an empty list leaves it out.
    pub fn replace<S: Sync>(
        &mut self,
        states: &BTreeMap<String, S>,
        replace: impl Fn(&S, Series, &[u32]) -> Result<Vec<Series>> + Sync,
    ) -> Result<()> {
        let rows = &self.rows;
        let replaced: Vec<Result<Vec<Series>>> = std::mem::take(&mut self.columns)
            .into_par_iter()
            .map(|column| match states.get(&column.name) {
                Some(state) => replace(state, column, rows),
                None => Ok(vec![column]),
            })
            .collect();
        for columns in replaced {
            self.columns.extend(columns?);
        }
        Ok(())
    }
}

fn series(column: &TableColumn, rows: &[u32]) -> Series {
    let cells = match column.values() {
        Values::Number(numbers) => {
            Cells::Numbers(rows.iter().map(|&row| numbers.values()[row as usize]).collect())
        }
        Values::Boolean(flags) => {
            let number =
                |&row: &u32| flags.get(row as usize).map_or(f64::NAN, |f| f64::from(u8::from(f)));
            Cells::Numbers(rows.iter().map(number).collect())
        }
        Values::Text(texts) => Cells::Text(Words {
            codes: rows.iter().map(|&row| texts.codes()[row as usize]).collect(),
            dictionary: texts.dictionary().clone(),
        }),
    };
    Series { name: column.name().to_owned(), kind: column.kind(), cells }
}

/// The place of each word of a dictionary among learned categories.
pub fn places(dictionary: &Dictionary, categories: &[Cell]) -> Vec<Option<usize>> {
    let text = |(place, cell): (usize, &'_ Cell)| match cell {
        Cell::Text(text) => Some((text.clone(), place)),
        Cell::Number(_) => None,
    };
    let known: HashMap<String, usize> = categories.iter().enumerate().filter_map(text).collect();
    dictionary.iter().map(|word| known.get(word).copied()).collect()
}
