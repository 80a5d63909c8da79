//! Delimited text (CSV, TSV) into a table, on every core; the pieces are cut by size alone.
//!
//! Kinds are told by all rows: a first pass reads each column as what the first piece shows, and
//! columns that turn out otherwise are read again.

mod cells;
mod dialect;
mod piece;
mod rows;

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::path::Path;

use attune_tensor::{Budget, Code, Error, Result};
use memchr::{memchr, memchr_iter};
use rayon::prelude::*;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use self::piece::{Bad, Found, Job, Piece, Trouble, Wanted};
use self::rows::{Dialect, LONGEST_ROW, Line};
use super::merge::merge;
use super::skipped::{OnBadSample, Skipped, bad_sample};
use super::source::read_text;
use super::table::{Table, TableColumn};
use super::values::{Kind, Values};
use crate::data_set::data_error;

pub use self::cells::MISSING;
pub(super) use self::cells::{Reading, Seen, boolean};

/// How a delimited text is read.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct CsvOptions {
    /// Told by the first rows where it is not given.
    #[serde(deserialize_with = "mark")]
    pub delimiter: Option<u8>,
    #[serde(deserialize_with = "mark")]
    pub quote: Option<u8>,
    /// Lines that begin with it are left out.
    #[serde(deserialize_with = "mark")]
    pub comment: Option<u8>,
    /// Whether the first row names the columns.
    pub header: bool,
    /// Names of the columns, instead of those of the header.
    pub names: Option<Vec<String>>,
    /// What columns hold; others are told by their values.
    pub kinds: BTreeMap<String, Kind>,
    /// The columns to read; all where it is not given.
    pub only: Option<Vec<String>>,
    /// What is written where a value is missing.
    pub missing: Vec<String>,
    #[serde(deserialize_with = "decimal_mark")]
    pub decimal: u8,
    /// Whether blanks around unquoted fields are left out.
    pub trim: bool,
    /// The name of an encoding; told by the file where it is not given.
    pub encoding: Option<String>,
    pub on_bad_sample: OnBadSample,
}

/// A mark is a single ASCII character in configs.
fn mark<'de, D: Deserializer<'de>>(source: D) -> std::result::Result<Option<u8>, D::Error> {
    let Some(mark) = Option::<String>::deserialize(source)? else { return Ok(None) };
    match mark.as_bytes() {
        &[byte] if byte.is_ascii() && byte != b'\n' && byte != b'\r' => Ok(Some(byte)),
        _ => Err(D::Error::custom(format!("expected a single ASCII character, got {mark:?}"))),
    }
}

fn decimal_mark<'de, D: Deserializer<'de>>(source: D) -> std::result::Result<u8, D::Error> {
    mark(source)?.ok_or_else(|| D::Error::custom("expected a decimal mark, got null"))
}

impl Default for CsvOptions {
    fn default() -> Self {
        CsvOptions {
            delimiter: None,
            quote: Some(b'"'),
            comment: None,
            header: true,
            names: None,
            kinds: BTreeMap::new(),
            only: None,
            missing: MISSING.map(str::to_owned).to_vec(),
            decimal: b'.',
            trim: true,
            encoding: None,
            on_bad_sample: OnBadSample::Error,
        }
    }
}

/// A table out of a file, and the rows that were left out.
#[derive(Debug)]
pub struct Read {
    pub table: Table,
    pub skipped: Skipped,
}

/// Spans of a piece stay in the cache of a core.
const PIECE: usize = 1 << 20;
const MOST_COLUMNS: usize = 1 << 16;

/// A file of delimited text, gzipped or not.
pub fn read_csv(path: &Path, options: &CsvOptions, budget: &Budget) -> Result<Read> {
    let text = read_text(path, options.encoding.as_deref(), budget)?;
    parse(text.bytes(), path, options, budget, PIECE)
}

/// Delimited text that is in memory, as if it were the file `path`.
pub(crate) fn csv_of(
    text: &[u8],
    path: &Path,
    options: &CsvOptions,
    budget: &Budget,
) -> Result<Read> {
    parse(text, path, options, budget, PIECE)
}

fn parse(
    text: &[u8],
    path: &Path,
    options: &CsvOptions,
    budget: &Budget,
    piece: usize,
) -> Result<Read> {
    let here = |error: Error| error.at(&path.display().to_string());
    let dialect = dialect(text, options);
    let (names, begin) = header(text, dialect, options).map_err(here)?;
    let body = &text[begin..];
    let reading = Reading::new(&options.missing, options.decimal);
    let mut wanted = wanted(&names, options).map_err(here)?;
    let pieces = dialect.pieces(body, piece);
    let file = File { path, text, begin, pieces: &pieces, options };

    let job = |wanted: &[Wanted], pieces: &[Range<usize>]| -> Result<Vec<Piece>> {
        let job = Job { dialect, reading: &reading, width: names.len(), wanted, budget };
        let read = |piece: &Range<usize>| job.read(&body[piece.clone()]);
        let pieces: Vec<_> = pieces.par_iter().map(read).collect();
        file.checked(pieces)
    };
    guess(&mut wanted, body, &pieces, &names, dialect, &reading, budget);
    let mut read = job(&wanted, &pieces)?;
    let skipped = file.skipped(&read)?;
    let kinds: Vec<Kind> = (0..wanted.len()).map(|at| kind_of(&wanted[at], at, &read)).collect();
    let again: Vec<usize> = (0..wanted.len()).filter(|&at| kinds[at] != wanted[at].kind).collect();
    if !again.is_empty() {
        let other = |&at: &usize| Wanted { kind: kinds[at], ..wanted[at].clone() };
        let mut others: Vec<Wanted> = again.iter().map(other).collect();
        // Declared columns decide which rows are left out, so they are read along.
        let declared = wanted.iter().filter(|wanted| wanted.declared).cloned();
        let count = others.len();
        others.extend(declared);
        for (piece, second) in read.iter_mut().zip(job(&others, &pieces)?) {
            for (&at, found) in again.iter().zip(second.columns.into_iter().take(count)) {
                piece.columns[at] = found;
            }
        }
    }
    let columns = assemble(&wanted, &kinds, read, budget).map_err(here)?;
    let table = Table::new(columns).map_err(here)?;
    if table.rows() == 0 {
        return Err(here(data_error("expected at least one row, came none")));
    }
    Ok(Read { table, skipped })
}

/// What is known of the file that messages name places in.
struct File<'a> {
    path: &'a Path,
    text: &'a [u8],
    begin: usize,
    pieces: &'a [Range<usize>],
    options: &'a CsvOptions,
}

impl File<'_> {
    /// `line 7`, of a place in a piece.
    fn line(&self, piece: usize, place: usize) -> String {
        let end = self.begin + self.pieces[piece].start + place;
        let end = end.min(self.text.len());
        format!("line {}", memchr_iter(b'\n', &self.text[..end]).count() + 1)
    }

    fn checked(&self, pieces: Vec<std::result::Result<Piece, Trouble>>) -> Result<Vec<Piece>> {
        let mut read = Vec::with_capacity(pieces.len());
        for (at, piece) in pieces.into_iter().enumerate() {
            read.push(piece.map_err(|trouble| match trouble {
                Trouble::Here { place, reason } => data_error(format!(
                    "{}: {}: {reason}",
                    self.path.display(),
                    self.line(at, place)
                )),
                Trouble::Stop(error) => error.at(&self.path.display().to_string()),
            })?);
        }
        Ok(read)
    }

    fn skipped(&self, read: &[Piece]) -> Result<Skipped> {
        let (mut skipped, mut before) = (Skipped::default(), 0);
        for (at, piece) in read.iter().enumerate() {
            for Bad { row, place, reason } in &piece.bad {
                let row = before + row + 1;
                let told = || format!("row {row} ({}): {reason}", self.line(at, *place));
                if self.options.on_bad_sample == OnBadSample::Error {
                    return Err(bad_sample(self.path, &told()));
                }
                skipped.add(told);
            }
            before += piece.met;
        }
        Ok(skipped)
    }
}

fn dialect(text: &[u8], options: &CsvOptions) -> Dialect {
    let old = memchr(b'\n', text).is_none() && memchr(b'\r', text).is_some();
    let dialect = Dialect {
        delimiter: options.delimiter.unwrap_or(b','),
        quote: options.quote,
        comment: options.comment,
        trim: options.trim,
        line_end: if old { b'\r' } else { b'\n' },
    };
    let head = &text[..text.len().min(LONGEST_ROW)];
    let delimiter =
        options.delimiter.unwrap_or_else(|| dialect::delimiter_of(head, dialect, options.decimal));
    Dialect { delimiter, ..dialect }
}

/// The names of the columns, and where the rows of values begin.
fn header(text: &[u8], dialect: Dialect, options: &CsvOptions) -> Result<(Vec<String>, usize)> {
    let head = &text[..text.len().min(LONGEST_ROW)];
    let (mut place, mut spans) = (0, Vec::new());
    let (begin, first) = loop {
        if place >= head.len() {
            return Err(data_error("expected rows, came an empty file"));
        }
        let begin = place;
        match dialect.row(head, &mut place, &mut spans) {
            Line::Nothing => continue,
            line => break (begin, line),
        }
    };
    if let Line::Fault(fault) = first {
        let message = format!("the first row is none ({fault:?}): check `quote` and `delimiter`");
        return Err(data_error(message));
    }
    let width = spans.len();
    if width > MOST_COLUMNS {
        return Err(data_error(format!("expected at most {MOST_COLUMNS} columns, came {width}")));
    }
    let after = if options.header { place } else { begin };
    let names: Vec<String> = match &options.names {
        Some(names) if names.len() == width => names.clone(),
        Some(names) => {
            let came = names.len();
            let message = format!("names: expected {width}, one for each column, came {came}");
            return Err(Error::new(Code::Config, message));
        }
        None => spans
            .iter()
            .enumerate()
            .map(|(at, span)| {
                let name = String::from_utf8_lossy(span.text(head)).trim().replace("\"\"", "\"");
                if options.header && !name.is_empty() { name } else { format!("column{}", at + 1) }
            })
            .collect(),
    };
    let mut known = HashSet::new();
    match names.iter().find(|name| !known.insert(name.as_str())) {
        Some(name) => Err(data_error(format!(
            "the column {name:?} comes twice in the header: give `names`, or `header: false` where \
             the first row holds values"
        ))),
        None => Ok((names, after)),
    }
}

fn wanted(names: &[String], options: &CsvOptions) -> Result<Vec<Wanted>> {
    let place = |name: &String| {
        names.iter().position(|known| known == name).ok_or_else(|| {
            let message =
                format!("expected one of the columns {}, came {name:?}", names.join(", "));
            // The values of a first row taken for names are numbers, which names seldom are.
            let values = options.header && names.iter().any(|name| name.parse::<f64>().is_ok());
            let hint =
                if values { ": where the file has no header, say `header: false`" } else { "" };
            Error::new(Code::Config, format!("{message}{hint}"))
        })
    };
    for name in options.kinds.keys() {
        place(name)?;
    }
    let want = |name: &String| {
        Ok(Wanted {
            place: place(name)?,
            name: name.clone(),
            kind: options.kinds.get(name).copied().unwrap_or(Kind::Number),
            declared: options.kinds.contains_key(name),
        })
    };
    options.only.as_deref().unwrap_or(names).iter().map(want).collect()
}

/// Takes each undeclared column for what the first piece shows.
fn guess(
    wanted: &mut [Wanted],
    body: &[u8],
    pieces: &[Range<usize>],
    names: &[String],
    dialect: Dialect,
    reading: &Reading,
    budget: &Budget,
) {
    let Some(first) = pieces.first() else { return };
    // The beginning is enough for a guess, and the pass over all rows corrects it.
    let end = first.len().min(PIECE / 8);
    let job = Job { dialect, reading, width: names.len(), wanted, budget };
    let Ok(piece) = job.read(&body[..dialect.row_end(body, end)]) else { return };
    let kinds: Vec<Kind> = (0..wanted.len())
        .map(|at| kind_of(&wanted[at], at, std::slice::from_ref(&piece)))
        .collect();
    for (wanted, kind) in wanted.iter_mut().zip(kinds) {
        wanted.kind = kind;
    }
}

/// The kind that holds all values of column `at`.
fn kind_of(wanted: &Wanted, at: usize, read: &[Piece]) -> Kind {
    if wanted.declared {
        return wanted.kind;
    }
    let seen = read.iter().fold(Seen::default(), |sum, piece| match &piece.columns[at] {
        Found::Values { seen, .. } | Found::Unlike(seen) => sum.and(*seen),
    });
    seen.kind()
}

fn assemble(
    wanted: &[Wanted],
    kinds: &[Kind],
    read: Vec<Piece>,
    budget: &Budget,
) -> Result<Vec<TableColumn>> {
    let mut by_column: Vec<Vec<Values>> = wanted.iter().map(|_| Vec::new()).collect();
    let mut reservations = Vec::new();
    for piece in read {
        for (column, found) in by_column.iter_mut().zip(piece.columns) {
            match found {
                Found::Values { values, reservation, .. } => {
                    column.push(values);
                    reservations.push(reservation);
                }
                Found::Unlike(_) => unreachable!("columns of another kind were read again"),
            }
        }
    }
    // From here on the columns' own reservations count, one copy of each at a time.
    drop(reservations);
    let column = |((wanted, &kind), pieces): ((&Wanted, &Kind), Vec<Values>)| {
        TableColumn::new(wanted.name.clone(), merge(kind, pieces)?, budget)
    };
    wanted.par_iter().zip(kinds).zip(by_column).map(column).collect()
}

#[cfg(test)]
mod tests;
