//! JSON lines into a table: one object a line, its keys the columns; on every core.
//!
//! Format: https://jsonlines.org. A key that a line has not, and null, are missing values.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::path::Path;

use attune_tensor::{Budget, Code, Error, Reservation, Result};
use memchr::{memchr, memchr_iter};
use rayon::prelude::*;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::csv::{Read, Reading, Seen};
use super::merge::merge;
use super::skipped::{OnBadSample, Skipped, bad_sample};
use super::source::read_text;
use super::table::{Table, TableColumn};
use super::values::{Kind, Values};
use crate::data_set::data_error;

/// How JSON lines are read.
#[derive(Clone, Debug, Default)]
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

/// A value of a row, where it is not missing.
#[derive(Clone, Debug)]
enum Cell<'a> {
    Missing,
    Number(f64),
    /// A whole number that float64 does not hold.
    Long(String),
    Boolean(bool),
    Text(Cow<'a, str>),
    Nested(&'static str),
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
        match cell {
            Cell::Missing | Cell::Nested(_) => return,
            Cell::Number(_) => self.seen.number = true,
            Cell::Boolean(_) => self.seen.boolean = true,
            Cell::Text(_) | Cell::Long(_) => self.seen.text = true,
        }
        self.cells.push((row, cell));
    }
}

impl Cell<'_> {
    fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Cell::Missing | Cell::Nested(_) => None,
            Cell::Number(number) => Some(Cow::Owned(number.to_string())),
            Cell::Long(digits) => Some(Cow::Borrowed(digits)),
            Cell::Boolean(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
            Cell::Text(text) => Some(Cow::Borrowed(text)),
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
    let mut cell = |row: usize| {
        let found = cells.get(next).filter(|(at, _)| *at as usize == row);
        next += usize::from(found.is_some());
        found.map(|(_, cell)| cell)
    };
    match kind {
        Kind::Number => Values::Number(
            (0..rows)
                .map(|row| match cell(row) {
                    Some(Cell::Number(number)) => Some(*number),
                    Some(Cell::Long(digits)) => digits.parse().ok(),
                    _ => None,
                })
                .collect(),
        ),
        Kind::Boolean => Values::Boolean(
            (0..rows)
                .map(|row| match cell(row) {
                    Some(Cell::Boolean(flag)) => Some(*flag),
                    _ => None,
                })
                .collect(),
        ),
        Kind::Text => Values::Text((0..rows).map(|row| cell(row).and_then(Cell::text)).collect()),
    }
}

/// A JSON object in the order of its keys.
struct Object<'a>(Vec<(Cow<'a, str>, Cell<'a>)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> std::result::Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Object<'de>;

            fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(
                self,
                mut map: M,
            ) -> std::result::Result<Self::Value, M::Error> {
                let mut fields = Vec::new();
                while let Some(Key(key)) = map.next_key()? {
                    fields.push((key, map.next_value()?));
                }
                Ok(Object(fields))
            }
        }

        source.deserialize_map(Fields)
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> std::result::Result<Self, D::Error> {
        match Cell::deserialize(source)? {
            Cell::Text(text) => Ok(Key(text)),
            _ => Err(serde::de::Error::custom("expected a key")),
        }
    }
}

impl<'de> Deserialize<'de> for Cell<'de> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> std::result::Result<Self, D::Error> {
        const EXACT: u64 = 1 << 53;

        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Cell<'de>;

            fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
                out.write_str("a JSON value")
            }

            fn visit_unit<E>(self) -> std::result::Result<Self::Value, E> {
                Ok(Cell::Missing)
            }

            fn visit_bool<E>(self, flag: bool) -> std::result::Result<Self::Value, E> {
                Ok(Cell::Boolean(flag))
            }

            fn visit_f64<E>(self, number: f64) -> std::result::Result<Self::Value, E> {
                Ok(Cell::Number(number))
            }

            fn visit_u64<E>(self, number: u64) -> std::result::Result<Self::Value, E> {
                Ok(match number {
                    0..=EXACT => Cell::Number(number as f64),
                    _ => Cell::Long(number.to_string()),
                })
            }

            fn visit_i64<E>(self, number: i64) -> std::result::Result<Self::Value, E> {
                Ok(match number.unsigned_abs() {
                    0..=EXACT => Cell::Number(number as f64),
                    _ => Cell::Long(number.to_string()),
                })
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> std::result::Result<Self::Value, E> {
                Ok(Cell::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> std::result::Result<Self::Value, E> {
                Ok(Cell::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_seq<S: SeqAccess<'de>>(
                self,
                mut items: S,
            ) -> std::result::Result<Self::Value, S::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Cell::Nested("an array"))
            }

            fn visit_map<M: MapAccess<'de>>(
                self,
                mut map: M,
            ) -> std::result::Result<Self::Value, M::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Cell::Nested("an object"))
            }
        }

        source.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, options: &JsonLinesOptions, piece: usize) -> Result<Read> {
        parse(text.as_bytes(), Path::new("t.jsonl"), options, &Budget::new(1 << 24), piece)
    }

    fn told(table: &Table, name: &str) -> Vec<Option<String>> {
        let values = table.column(name).unwrap().values();
        (0..values.len()).map(|row| values.text(row)).collect()
    }

    const TEXT: &str = "{\"n\": 1, \"t\": \"a\\n\u{e9}\", \"b\": true}\n\n\
                        {\"t\": null, \"n\": 2.5e1, \"m\": 1}\r\n\
                        {\"m\": \"x\", \"n\": null, \"id\": 12345678901234567890}";

    #[test]
    fn keys_become_columns_and_what_a_line_lacks_is_missing() {
        for piece in [1, 40, PIECE] {
            let table = read(TEXT, &JsonLinesOptions::default(), piece).unwrap().table;
            let names: Vec<_> =
                table.columns().iter().map(|c| (c.name(), c.kind().name())).collect();
            let expected =
                [("n", "number"), ("t", "text"), ("b", "boolean"), ("m", "text"), ("id", "text")];
            assert_eq!(names, expected);
            assert_eq!(told(&table, "n"), [Some("1".to_owned()), Some("25".to_owned()), None]);
            assert_eq!(told(&table, "t"), [Some("a\n\u{e9}".to_owned()), None, None]);
            assert_eq!(told(&table, "m"), [None, Some("1".to_owned()), Some("x".to_owned())]);
            assert_eq!(told(&table, "id")[2].as_deref(), Some("12345678901234567890"));
        }
    }

    #[test]
    fn a_line_that_is_no_row_is_named_or_left_out() {
        let cases = [
            ("{\"a\": 1", "row 2 (line 3): expected an object of single values"),
            ("[1]", "row 2 (line 3): expected an object"),
            ("{\"a\": [1]}", "row 2 (line 3): a: expected a single value, came an array"),
            ("{\"a\": 1, \"a\": 2}", "row 2 (line 3): a: the key comes twice"),
        ];
        for (line, expected) in cases {
            let text = format!("{{\"a\": 1}}\n\n{line}\n{{\"a\": 3}}\n");
            let error = read(&text, &JsonLinesOptions::default(), 5).unwrap_err();
            assert_eq!(error.code, Code::Data);
            assert!(error.message.contains(expected), "{error}");
            let skip = OnBadSample::Skip;
            let options = JsonLinesOptions { on_bad_sample: skip, ..JsonLinesOptions::default() };
            let Read { table, skipped } = read(&text, &options, 5).unwrap();
            assert_eq!((table.rows(), skipped.count), (2, 1));
        }
    }

    #[test]
    fn declared_kinds_and_markers_of_missing_values_hold() {
        let mut options = JsonLinesOptions {
            kinds: [("a".to_owned(), Kind::Number), ("b".to_owned(), Kind::Text)].into(),
            missing: vec!["-".to_owned()],
            ..JsonLinesOptions::default()
        };
        let table = read("{\"a\":\"-\",\"b\":7}\n{\"a\":2}\n", &options, 4).unwrap().table;
        assert_eq!(told(&table, "a"), [None, Some("2".to_owned())]);
        assert_eq!(told(&table, "b"), [Some("7".to_owned()), None]);
        let error = read("{\"a\":\"x\",\"b\":7}\n", &options, 4).unwrap_err();
        assert!(error.message.contains("a: expected a number, came \"x\""), "{error}");
        options.only = Some(vec!["c".to_owned()]);
        assert_eq!(read("{\"a\":1}\n", &options, 4).unwrap_err().code, Code::Config);
        assert_eq!(read("\n", &options, 4).unwrap_err().code, Code::Data);
    }

    #[test]
    fn keys_that_few_lines_share_are_refused_before_they_fill_memory() {
        let text: String = (0..4000).map(|at| format!("{{\"k{at}\":1}}\n")).collect();
        let budget = Budget::new(16 << 20);
        let error =
            parse(text.as_bytes(), Path::new("t"), &JsonLinesOptions::default(), &budget, PIECE);
        assert_eq!(error.unwrap_err().code, Code::Memory);
        assert_eq!(budget.used(), 0);
    }
}
