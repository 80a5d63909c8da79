//! Columns out of values that are in memory already; kinds are told as in files.

use attune_tensor::{Budget, Result};

use super::cell::Cell;
use super::csv::{Reading, Seen, boolean};
use super::table::TableColumn;
use super::values::{Booleans, Kind, Numbers, Texts, Values};
use crate::data_set::data_error;

/// A column of numbers of which NaN are missing, as arrays of numbers have no other way to say so.
pub fn column_of_numbers(name: &str, numbers: &[f64], budget: &Budget) -> Result<TableColumn> {
    let numbers = numbers.iter().map(|&number| (!number.is_nan()).then_some(number));
    TableColumn::new(name, Values::Number(numbers.collect()), budget)
}

/// A column of single values. Where no kind is declared, it is the one that holds them all.
pub fn column_of_cells(
    name: &str,
    cells: &[Cell],
    declared: Option<Kind>,
    budget: &Budget,
) -> Result<TableColumn> {
    let mut seen = Seen::default();
    for (row, cell) in cells.iter().enumerate() {
        if let Cell::Nested(what) = cell {
            let expected = "a number, a text, a boolean or null";
            return Err(data_error(format!("{name}: row {row}: expected {expected}, came {what}")));
        }
        cell.seen(&mut seen);
    }
    let kind = declared.unwrap_or_else(|| seen.kind());
    let read = cells.iter().map(|cell| as_kind(cell, kind)).collect::<Vec<_>>();
    if let Some(row) = read.iter().position(Option::is_none) {
        let came = cells[row].text().unwrap_or_default();
        let (kind, short) = (kind.name(), came.chars().take(40).collect::<String>());
        let message = format!("{name}: row {row}: expected a {kind}, came {short:?}");
        return Err(data_error(format!("{message}: correct it, or read the column as texts")));
    }
    let values = values_of(kind, read.iter().map(Option::as_ref));
    TableColumn::new(name, values, budget)
}

/// The cell as one that a column of the kind holds, where it is one.
fn as_kind<'a>(cell: &'a Cell<'a>, kind: Kind) -> Option<Cell<'a>> {
    let number = |text: &str| Reading::new::<&str>(&[], b'.').number(text.as_bytes());
    match (kind, cell) {
        (Kind::Number, Cell::Number(number)) if number.is_nan() => Some(Cell::Missing),
        (Kind::Number, Cell::Text(text)) => number(text).map(Cell::Number),
        (Kind::Number, Cell::Boolean(_)) => None,
        (Kind::Boolean, Cell::Text(text)) => boolean(text.as_bytes()).map(Cell::Boolean),
        (Kind::Boolean, Cell::Number(number)) if number.is_nan() => Some(Cell::Missing),
        (Kind::Boolean, Cell::Number(_) | Cell::Long(_)) => None,
        (Kind::Text, Cell::Number(number)) if number.is_nan() => Some(Cell::Missing),
        (_, cell) => Some(cell.clone()),
    }
}

/// Values of a kind, missing where there is no cell or one of another kind.
pub(super) fn values_of<'a>(
    kind: Kind,
    cells: impl Iterator<Item = Option<&'a Cell<'a>>>,
) -> Values {
    match kind {
        Kind::Number => {
            let number = |cell: Option<&Cell>| match cell {
                Some(Cell::Number(number)) => Some(*number),
                Some(Cell::Long(digits)) => digits.parse().ok(),
                _ => None,
            };
            Values::Number(cells.map(number).collect::<Numbers>())
        }
        Kind::Boolean => {
            let flag = |cell: Option<&Cell>| match cell {
                Some(Cell::Boolean(flag)) => Some(*flag),
                _ => None,
            };
            Values::Boolean(cells.map(flag).collect::<Booleans>())
        }
        Kind::Text => Values::Text(cells.map(|cell| cell.and_then(Cell::text)).collect::<Texts>()),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use attune_tensor::Code;

    use super::*;

    fn text(text: &str) -> Cell<'_> {
        Cell::Text(Cow::Borrowed(text))
    }

    fn column(cells: &[Cell], kind: Option<Kind>) -> Result<TableColumn> {
        column_of_cells("c", cells, kind, &Budget::new(1 << 16))
    }

    #[test]
    fn a_column_is_of_the_kind_that_holds_all_its_values() {
        let numbers = [Cell::Number(1.5), Cell::Missing, Cell::Number(f64::NAN)];
        let mixed = [Cell::Number(1.5), text("a"), Cell::Boolean(true)];
        let flags = [Cell::Boolean(true), Cell::Missing];
        let long = [Cell::Number(1.0), Cell::Long("9007199254740993".into())];
        let got = |cells: &[Cell]| {
            let column = column(cells, None).unwrap();
            let texts = (0..column.len()).map(|row| column.values().text(row)).collect::<Vec<_>>();
            (column.kind(), texts)
        };
        let some = |texts: &[&str]| texts.iter().map(|t| Some((*t).to_owned())).collect::<Vec<_>>();
        assert_eq!(got(&numbers), (Kind::Number, vec![Some("1.5".into()), None, None]));
        assert_eq!(got(&mixed), (Kind::Text, some(&["1.5", "a", "true"])));
        assert_eq!(got(&flags), (Kind::Boolean, vec![Some("true".into()), None]));
        assert_eq!(got(&long), (Kind::Text, some(&["1", "9007199254740993"])));
        assert_eq!(got(&[Cell::Missing]), (Kind::Number, vec![None]));
    }

    #[test]
    fn a_declared_kind_reads_texts_and_names_the_row_that_is_none() {
        let read = column(&[text(" 7.25"), text("-1e3"), Cell::Missing], Some(Kind::Number));
        let numbers: Vec<_> = read.unwrap().numbers().unwrap().iter().collect();
        assert_eq!(numbers, [Some(7.25), Some(-1000.0), None]);
        let flags = column(&[text("True"), text("false")], Some(Kind::Boolean)).unwrap();
        assert_eq!(flags.booleans().unwrap().iter().collect::<Vec<_>>(), [Some(true), Some(false)]);
        for (cells, kind) in [
            ([text("1"), text("one")], Kind::Number),
            ([text("true"), Cell::Number(1.0)], Kind::Boolean),
        ] {
            let error = column(&cells, Some(kind)).unwrap_err();
            assert_eq!(error.code, Code::Data);
            assert!(error.message.starts_with("c: row 1: expected a "), "{error}");
        }
        let error = column(&[Cell::Nested("an array")], None).unwrap_err();
        assert!(error.message.contains("row 0") && error.message.contains("an array"), "{error}");
    }

    #[test]
    fn nan_in_an_array_of_numbers_is_missing_and_infinity_is_not() {
        let numbers = [1.0, f64::NAN, f64::INFINITY];
        let column = column_of_numbers("n", &numbers, &Budget::new(1 << 10)).unwrap();
        let read: Vec<_> = column.numbers().unwrap().iter().collect();
        assert_eq!(read, [Some(1.0), None, Some(f64::INFINITY)]);
    }
}
