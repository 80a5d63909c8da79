//! One piece of a text: its rows, and its columns as values of the kinds they are taken to have.

use std::borrow::Cow;
use std::sync::Arc;

use attune_tensor::{Budget, Error, Reservation};

use super::cells::{Reading, Seen, boolean, inexact};
use super::rows::{Dialect, Fault, LONGEST_ROW, Line, Span};
use crate::table::bits::Bits;
use crate::table::merge::{Interner, room};
use crate::table::values::{Booleans, Kind, Numbers, Texts, Values};

/// A column to read.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub place: usize,
    pub name: String,
    pub kind: Kind,
    /// Whether another kind is an error, and not news about the column.
    pub declared: bool,
}

/// A row that cannot be read, by its number among the piece's rows and the place it begins at.
#[derive(Debug)]
pub struct Bad {
    pub row: usize,
    pub place: usize,
    pub reason: String,
}

/// What ends the reading of a piece: text that is none, or no memory.
#[derive(Debug)]
pub enum Trouble {
    Here { place: usize, reason: String },
    Stop(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Trouble::Stop(error)
    }
}

/// A column of a piece, or the kinds of value met where it is not what it was taken for.
pub enum Found {
    Values { values: Values, seen: Seen, reservation: Reservation },
    Unlike(Seen),
}

/// What a piece holds.
pub struct Piece {
    /// Rows met, the bad ones included.
    pub met: usize,
    pub columns: Vec<Found>,
    pub bad: Vec<Bad>,
}

/// How pieces are read, the same for all.
pub struct Job<'a> {
    pub dialect: Dialect,
    pub reading: &'a Reading,
    /// The number of fields of a row.
    pub width: usize,
    pub wanted: &'a [Wanted],
    pub budget: &'a Budget,
}

/// The rows of a piece: their fields, one row after another, and what each is known by.
struct Rows {
    spans: Vec<Span>,
    numbers: Vec<(u32, u32)>,
}

impl Job<'_> {
    pub fn read(&self, text: &[u8]) -> Result<Piece, Trouble> {
        if text.len() > LONGEST_ROW + (LONGEST_ROW >> 1) {
            let reason = "expected rows of at most 1 GiB, came a longer one: is a quote left open?";
            return Err(Trouble::Here { place: 0, reason: reason.to_owned() });
        }
        if let Err(error) = std::str::from_utf8(text) {
            let place = error.valid_up_to();
            let reason = format!(
                "expected UTF-8, came the byte {:#04x}: give `encoding`, such as 'windows-1252'",
                text[place]
            );
            return Err(Trouble::Here { place, reason });
        }
        let (mut rows, met, mut bad) = self.rows(text);
        loop {
            let mut wrong = Vec::new();
            let column = |wanted| self.column(text, &rows, wanted, &mut wrong);
            let columns = self.wanted.iter().map(column).collect::<Result<_, Error>>()?;
            if wrong.is_empty() {
                bad.sort_by_key(|bad| bad.row);
                return Ok(Piece { met, columns, bad });
            }
            self.drop(&mut rows, wrong, &mut bad);
        }
    }

    fn rows(&self, text: &[u8]) -> (Rows, usize, Vec<Bad>) {
        let (mut spans, mut numbers, mut bad) = (Vec::new(), Vec::new(), Vec::new());
        let (mut place, mut met) = (0, 0);
        while place < text.len() {
            let (begin, before) = (place, spans.len());
            let fault = match self.dialect.row(text, &mut place, &mut spans) {
                Line::Nothing => continue,
                Line::Row if spans.len() - before == self.width => None,
                Line::Row => Some(Fault::Width(spans.len() - before)),
                Line::Fault(fault) => Some(fault),
            };
            match fault {
                None => numbers.push((met as u32, begin as u32)),
                Some(fault) => {
                    spans.truncate(before);
                    bad.push(Bad { row: met, place: begin, reason: self.reason(fault) });
                }
            }
            met += 1;
        }
        (Rows { spans, numbers }, met, bad)
    }

    fn reason(&self, fault: Fault) -> String {
        match fault {
            Fault::Width(width) => format!("expected {} columns, came {width}", self.width),
            Fault::AfterQuote => "expected a delimiter after a closing quote, came text".to_owned(),
            Fault::Unclosed => "expected a closing quote, came the end of the file".to_owned(),
        }
    }

    /// Takes out the rows at these places among `rows`.
    fn drop(&self, rows: &mut Rows, mut wrong: Vec<(usize, String)>, bad: &mut Vec<Bad>) {
        wrong.sort_by_key(|(at, _)| *at);
        wrong.dedup_by_key(|(at, _)| *at);
        let mut out = vec![false; rows.numbers.len()];
        for (at, reason) in wrong {
            out[at] = true;
            let (row, place) = rows.numbers[at];
            bad.push(Bad { row: row as usize, place: place as usize, reason });
        }
        let mut at = 0;
        rows.spans.retain(|_| {
            at += 1;
            !out[(at - 1) / self.width]
        });
        let mut at = 0;
        rows.numbers.retain(|_| {
            at += 1;
            !out[at - 1]
        });
    }

    fn column(
        &self,
        text: &[u8],
        rows: &Rows,
        wanted: &Wanted,
        wrong: &mut Vec<(usize, String)>,
    ) -> Result<Found, Error> {
        let count = rows.numbers.len();
        let cells = rows.spans.iter().skip(wanted.place).step_by(self.width);
        let cells = cells.map(|span| (span, span.text(text)));
        let mut seen = Seen::default();
        let mut unlike = |at: usize, field: &[u8]| {
            let reason = || {
                let kind = wanted.kind.name();
                format!("{}: expected a {kind}, came {}", wanted.name, shown(field))
            };
            wanted.declared.then(|| wrong.push((at, reason()))).is_some()
        };
        let bytes = count * 8 + count.div_ceil(8);
        let mut reservation = self.budget.reserve(bytes)?;
        let values = match wanted.kind {
            Kind::Number => {
                let (mut values, mut missing) = (room(count)?, Bits::new(count, false));
                for (at, (_, field)) in cells.clone().enumerate() {
                    let number = if self.reading.missing(field) {
                        missing.set(at, true);
                        f64::NAN
                    } else if let Some(number) = self.reading.number(field)
                        && (wanted.declared || !inexact(field))
                    {
                        seen.number = true;
                        number
                    } else if unlike(at, field) {
                        0.0
                    } else {
                        return Ok(Found::Unlike(self.met(cells.map(|(_, field)| field))));
                    };
                    values.push(number);
                }
                Values::Number(Numbers::new(values, missing))
            }
            Kind::Boolean => {
                let (mut values, mut missing) = (Bits::new(count, false), Bits::new(count, false));
                for (at, (_, field)) in cells.clone().enumerate() {
                    if self.reading.missing(field) {
                        missing.set(at, true);
                    } else if let Some(value) = boolean(field) {
                        seen.boolean = true;
                        values.set(at, value);
                    } else if !unlike(at, field) {
                        return Ok(Found::Unlike(self.met(cells.map(|(_, field)| field))));
                    }
                }
                Values::Boolean(Booleans::new(values, missing))
            }
            Kind::Text => {
                let (mut codes, mut known) = (room(count)?, Interner::default());
                for (span, field) in cells {
                    codes.push(match self.reading.missing(field) {
                        true => Texts::MISSING,
                        false => known.code(&self.text(span, field)),
                    });
                }
                seen.text = true;
                let values = Values::Text(Texts::new(codes, Arc::new(known.dictionary())));
                reservation = self.budget.reserve(values.bytes())?;
                values
            }
        };
        Ok(Found::Values { values, seen, reservation })
    }

    /// The kinds of value in some cells, up to the first text, which decides.
    fn met<'a>(&self, cells: impl Iterator<Item = &'a [u8]>) -> Seen {
        let mut seen = Seen::default();
        for field in cells {
            seen.meet(field, self.reading);
            if seen.text {
                break;
            }
        }
        seen
    }

    fn text<'a>(&self, span: &Span, field: &'a [u8]) -> Cow<'a, str> {
        // The piece was checked as a whole, and fields begin and end beside ASCII.
        let text = std::str::from_utf8(field).unwrap_or_default();
        match self.dialect.quote {
            Some(quote) if span.doubled() => {
                let quote = char::from(quote);
                Cow::Owned(text.replace(&format!("{quote}{quote}"), &quote.to_string()))
            }
            _ => Cow::Borrowed(text),
        }
    }
}

/// A field as messages show it, cut where it is long.
pub fn shown(field: &[u8]) -> String {
    let text = String::from_utf8_lossy(&field[..field.len().min(160)]);
    let short: String = text.chars().take(40).collect();
    if short.len() < field.len() { format!("{short:?}...") } else { format!("{short:?}") }
}
