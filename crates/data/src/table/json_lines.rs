//! JSON lines into a table: one object a line, its keys the columns; on every core.
//!
//! Format: https://jsonlines.org. A key that a line has not, and null, are missing values.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use attune_tensor::{Budget, Code, Error, Reservation, Result};
use memchr::{memchr, memchr_iter};
use rayon::prelude::*;
use serde::Deserialize;

use super::cell::{Cell, Object};
use super::csv::{Read, Reading, Seen};
use super::memory::values_of;
use super::merge::merge;
use super::skipped::{OnBadSample, Skipped, bad_sample};
use super::source::read_text;
use super::table::{Table, TableColumn};
use super::values::{Kind, Values};
use crate::data_set::data_error;

/// How JSON lines are read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct JsonLinesOptions {
    /// What columns hold; others are told by their values.
    pub kinds: BTreeMap<String, Kind>,
    /// The columns to read; all where it is not given.
    pub only: Option<Vec<String>>,
    /// Texts that stand for a missing value.
    pub missing: Vec<String>,
    /// The name of an encoding; told by the file where it is not given.
    pub encoding: Option<String>,
    pub on_bad_sample: OnBadSample,
}

const PIECE: usize = 1 << 20;
const MOST_COLUMNS: usize = 1 << 16;

/// A file of JSON lines, gzipped or not.
pub fn read_json_lines(path: &Path, options: &JsonLinesOptions, budget: &Budget) -> Result<Read> {
    let text = read_text(path, options.encoding.as_deref(), budget)?;
    parse(text.bytes(), path, options, budget, PIECE)
}

/// A column of a piece: values by row, rows without one left out.
struct Sparse<'a> {
    name: Cow<'a, str>,
    cells: Vec<(u32, Cell<'a>)>,
    seen: Seen,
}

struct Piece<'a> {
    /// Lines met that are not blank.
    met: usize,
    rows: usize,
    columns: Vec<Sparse<'a>>,
    places: HashMap<Cow<'a, str>, usize>,
    bad: Vec<(usize, usize, String)>,
    _reservation: Reservation,
}

fn parse(
    text: &[u8],
    path: &Path,
    options: &JsonLinesOptions,
    budget: &Budget,
    piece: usize,
) -> Result<Read> {
    let here = |error: Error| error.at(&path.display().to_string());
    let mut places = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let goal = (start + piece).min(text.len());
        let end = memchr(b'\n', &text[goal..]).map_or(text.len(), |at| goal + at + 1);
        places.push(start..end);
        start = end;
    }
    let reading = Reading::new(&options.missing, b'.');
    let read = |place: &std::ops::Range<usize>| {
        read_piece(&text[place.clone()], &reading, options, budget)
    };
    let pieces: Vec<Piece> = places
        .par_iter()
        .map(read)
        .collect::<Vec<_>>()
        .into_iter()
        .collect::<Result<_>>()
        .map_err(here)?;

    let (mut skipped, mut before) = (Skipped::default(), 0);
    for (piece, place) in pieces.iter().zip(&places) {
        for (row, at, reason) in &piece.bad {
            let told = || {
                let line = memchr_iter(b'\n', &text[..place.start + at]).count() + 1;
                format!("row {} (line {line}): {reason}", before + row + 1)
            };
            if options.on_bad_sample == OnBadSample::Error {
                return Err(bad_sample(path, &told()));
            }
            skipped.add(told);
        }
        before += piece.met;
    }
    if pieces.iter().all(|piece| piece.rows == 0) {
        return Err(here(data_error("expected at least one row, came none")));
    }
    let names = names(&pieces, options).map_err(here)?;
    let column = |name: &String| {
        let values = column(name, &pieces, options, budget)?;
        TableColumn::new(name.clone(), values, budget)
    };
    let columns = names.par_iter().map(column).collect::<Result<_>>().map_err(here)?;
    Ok(Read { table: Table::new(columns).map_err(here)?, skipped })
}

/// The keys in the order in which they first come, or those asked for.
fn names(pieces: &[Piece], options: &JsonLinesOptions) -> Result<Vec<String>> {
    let (mut names, mut known) = (Vec::new(), HashMap::new());
    for column in pieces.iter().flat_map(|piece| &piece.columns) {
        if known.insert(column.name.as_ref(), ()).is_none() {
            names.push(column.name.to_string());
        }
    }
    if names.len() > MOST_COLUMNS {
        let came = names.len();
        return Err(data_error(format!("expected at most {MOST_COLUMNS} columns, came {came}")));
    }
    let asked = options.only.iter().flatten().chain(options.kinds.keys());
    match asked.into_iter().find(|name| !known.contains_key(name.as_str())) {
        Some(name) => Err(Error::new(
            Code::Config,
            format!("expected one of the columns {}, came {name:?}", names.join(", ")),
        )),
        None => Ok(options.only.clone().unwrap_or(names)),
    }
}

fn read_piece<'a>(
    text: &'a [u8],
    reading: &Reading,
    options: &JsonLinesOptions,
    budget: &Budget,
) -> Result<Piece<'a>> {
    let (mut met, mut rows, mut start) = (0, 0, 0);
    let (mut columns, mut bad) = (Vec::<Sparse>::new(), Vec::new());
    let mut places: HashMap<Cow<'a, str>, usize> = HashMap::new();
    let mut cells = 0;
    while start < text.len() {
        let end = memchr(b'\n', &text[start..]).map_or(text.len(), |at| start + at);
        let (line, begin) = (text[start..end].trim_ascii(), start);
        start = end + 1;
        if line.is_empty() {
            continue;
        }
        met += 1;
        match row(line, reading, options) {
            Err(reason) => bad.push((met - 1, begin, reason)),
            Ok(fields) => {
                cells += fields.len();
                for (name, cell) in fields {
                    let place = *places.entry(name).or_insert_with_key(|name| {
                        let (cells, seen) = (Vec::new(), Seen::default());
                        columns.push(Sparse { name: name.clone(), cells, seen });
                        columns.len() - 1
                    });
                    columns[place].push(rows as u32, cell);
                }
                rows += 1;
            }
        }
    }
    let bytes = cells * size_of::<(u32, Cell)>() + text.len();
    Ok(Piece { met, rows, columns, places, bad, _reservation: budget.reserve(bytes)? })
}

/// The values of a line, each key once, or what is wrong with it.
fn row<'a>(
    line: &'a [u8],
    reading: &Reading,
    options: &JsonLinesOptions,
) -> std::result::Result<Vec<(Cow<'a, str>, Cell<'a>)>, String> {
    let Object(mut fields) = serde_json::from_slice(line).map_err(|error| {
        let place = error.column();
        let what = error.to_string();
        let what = what.split(" at line ").next().unwrap_or_default();
        format!("expected an object of single values, came other text at byte {place}: {what}")
    })?;
    if let Some(only) = &options.only {
        fields.retain(|(name, _)| only.iter().any(|known| known == name));
    }
    if fields.len() > 1 {
        let mut known = HashSet::with_capacity(fields.len());
        if let Some((name, _)) = fields.iter().find(|(name, _)| !known.insert(name)) {
            return Err(format!("{name}: the key comes twice"));
        }
    }
    for at in 0..fields.len() {
        let (name, cell) = &fields[at];
        let came = match cell {
            Cell::Nested(what) => Some((*what).to_owned()),
            _ => None,
        };
        let kind = options.kinds.get(name.as_ref());
        let fits = match (kind, cell) {
            (Some(Kind::Number), Cell::Boolean(_)) => false,
            (Some(Kind::Number), Cell::Text(text)) => reading.missing(text.as_bytes()),
            (Some(Kind::Boolean), Cell::Number(_) | Cell::Long(_)) => false,
            (Some(Kind::Boolean), Cell::Text(text)) => reading.missing(text.as_bytes()),
            _ => came.is_none(),
        };
        if !fits {
            let expected = kind.map_or("single value", |kind| kind.name());
            let came =
                came.unwrap_or_else(|| cell.text().map_or("null".to_owned(), |t| format!("{t:?}")));
            let short: String = came.chars().take(40).collect();
            return Err(format!("{name}: expected a {expected}, came {short}"));
        }
        if let Cell::Text(text) = cell
            && reading.missing(text.as_bytes())
        {
            fields[at].1 = Cell::Missing;
        }
    }
    Ok(fields)
}

impl<'a> Sparse<'a> {
    fn push(&mut self, row: u32, cell: Cell<'a>) {
        if !matches!(cell, Cell::Missing | Cell::Nested(_)) {
            cell.seen(&mut self.seen);
            self.cells.push((row, cell));
        }
    }
}

/// The values of a key over all pieces.
fn column(
    name: &str,
    pieces: &[Piece],
    options: &JsonLinesOptions,
    budget: &Budget,
) -> Result<Values> {
    let of = |piece: &Piece| piece.places.get(name).copied();
    let seen = pieces
        .iter()
        .filter_map(|piece| of(piece).map(|at| piece.columns[at].seen))
        .fold(Seen::default(), Seen::and);
    let kind = options.kinds.get(name).copied().unwrap_or_else(|| seen.kind());
    let rows: usize = pieces.iter().map(|piece| piece.rows).sum();
    // Keys that most rows lack make a table far larger than its file.
    let _dense = budget.reserve(rows.saturating_mul(9))?;
    let values = pieces.iter().map(|piece| {
        let cells = of(piece).map_or(&[][..], |at| &piece.columns[at].cells);
        dense(cells, piece.rows, kind)
    });
    merge(kind, values.collect())
}

fn dense(cells: &[(u32, Cell)], rows: usize, kind: Kind) -> Values {
    let mut next = 0;
    let cell = |row: usize| {
        let found = cells.get(next).filter(|(at, _)| *at as usize == row);
        next += usize::from(found.is_some());
        found.map(|(_, cell)| cell)
    };
    values_of(kind, (0..rows).map(cell))
}
