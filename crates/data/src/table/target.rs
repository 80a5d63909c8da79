//! The column to predict as the targets of samples: places of classes, or numbers.

use std::collections::BTreeSet;

use attune_tensor::{Budget, Buffer, DType, Result};

use super::table::TableColumn;
use super::values::{Texts, Values};
use crate::data_set::{Column, data_error};

/// How a column becomes targets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target<'a> {
    /// The place of each value among these classes: int32 `[]`.
    Classes(&'a [String]),
    /// The numbers themselves: float32 `[1]`.
    Numbers,
}

/// The different values of some rows as they are written: numbers by size, texts by their letters.
pub fn classes(column: &TableColumn, rows: &[u32]) -> Vec<String> {
    match column.values() {
        Values::Text(texts) => {
            let mut used = vec![false; texts.dictionary().len()];
            let codes = rows.iter().map(|&row| texts.codes()[row as usize]);
            codes
                .filter(|&code| code != Texts::MISSING)
                .for_each(|code| used[code as usize] = true);
            let used = texts.dictionary().iter().zip(used).filter(|(_, used)| *used);
            used.map(|(text, _)| text.to_owned()).collect::<BTreeSet<_>>().into_iter().collect()
        }
        Values::Number(numbers) => {
            let mut values: Vec<f64> =
                rows.iter().filter_map(|&row| numbers.get(row as usize)).collect();
            values.sort_unstable_by(f64::total_cmp);
            values.dedup();
            values.iter().map(f64::to_string).collect()
        }
        Values::Boolean(flags) => {
            let met = |wanted| rows.iter().any(|&row| flags.get(row as usize) == Some(wanted));
            [false, true]
                .into_iter()
                .filter(|&flag| met(flag))
                .map(|flag| flag.to_string())
                .collect()
        }
    }
}

/// The targets of some rows under the name `y`. A missing value and one of no class are errors that
/// name the column and the row.
pub fn targets(
    column: &TableColumn,
    rows: &[u32],
    target: Target,
    budget: &Budget,
) -> Result<Column> {
    let mut buffer = Buffer::new(rows.len().saturating_mul(4), budget)?;
    match target {
        Target::Numbers => {
            let numbers = column.numbers()?;
            for (out, &row) in buffer.as_slice_mut::<f32>().iter_mut().zip(rows) {
                let number = numbers.get(row as usize).ok_or_else(|| missing(column, row))?;
                *out = number as f32;
                if !out.is_finite() {
                    let name = column.name();
                    let expected = "a finite target within float32";
                    return Err(data_error(format!(
                        "{name}: row {row}: expected {expected}, came {number}: correct it or \
                         leave the row out"
                    )));
                }
            }
            Column::new("y", DType::Float32, [1], buffer)
        }
        Target::Classes(classes) => {
            let place = |text: &str| classes.iter().position(|class| class == text);
            // Of texts each different one is looked up once.
            let known: Vec<Option<usize>> = match column.values() {
                Values::Text(texts) => texts.dictionary().iter().map(place).collect(),
                _ => vec![],
            };
            for (out, &row) in buffer.as_slice_mut::<i32>().iter_mut().zip(rows) {
                let at = row as usize;
                let values = column.values();
                if values.is_missing(at) {
                    return Err(missing(column, row));
                }
                let found = match values {
                    Values::Text(texts) => known[texts.codes()[at] as usize],
                    values => values.text(at).as_deref().and_then(place),
                };
                *out = found.ok_or_else(|| unseen(column, row, classes))? as i32;
            }
            Column::new("y", DType::Int32, [], buffer)
        }
    }
}

fn missing(column: &TableColumn, row: u32) -> attune_tensor::Error {
    let name = column.name();
    data_error(format!(
        "{name}: row {row}: expected a target, came nothing: fill it in or leave the row out"
    ))
}

fn unseen(column: &TableColumn, row: u32, classes: &[String]) -> attune_tensor::Error {
    let came = column.values().text(row as usize).unwrap_or_default();
    let shown = classes.iter().take(20).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if classes.len() > 20 { ", ..." } else { "" };
    data_error(format!(
        "{}: row {row}: expected one of the classes {shown}{more}, came {came:?}, which no training \
         row has: correct it, leave the row out, or split by class",
        column.name()
    ))
}

#[cfg(test)]
mod tests {
    use attune_tensor::Code;

    use super::*;

    fn budget() -> Budget {
        Budget::new(1 << 16)
    }

    fn column(values: Values) -> TableColumn {
        TableColumn::new("c", values, &budget()).unwrap()
    }

    fn texts() -> TableColumn {
        let texts = [Some("dog"), Some("cat"), None, Some("ant"), Some("cat")];
        column(Values::Text(texts.into_iter().collect()))
    }

    #[test]
    fn classes_are_those_of_the_rows_given_in_their_order() {
        assert_eq!(classes(&texts(), &[0, 1, 2, 4]), ["cat", "dog"]);
        let numbers = [Some(10.0), Some(9.0), None, Some(10.0), Some(-1.5)];
        let numbers = column(Values::Number(numbers.into_iter().collect()));
        assert_eq!(classes(&numbers, &[0, 1, 2, 3, 4]), ["-1.5", "9", "10"]);
        let flags = column(Values::Boolean([Some(true), None, Some(false)].into_iter().collect()));
        assert_eq!(classes(&flags, &[0, 1, 2]), ["false", "true"]);
        assert_eq!(classes(&flags, &[1]), [""; 0]);
    }

    #[test]
    fn targets_are_the_places_of_their_classes() {
        let names = ["cat".to_owned(), "dog".to_owned()];
        let y = targets(&texts(), &[4, 0, 1], Target::Classes(&names), &budget()).unwrap();
        assert_eq!(y.data().as_slice::<i32>(), [0, 1, 0]);
        assert!(y.shape().is_empty());
        let error = targets(&texts(), &[0, 3], Target::Classes(&names), &budget()).unwrap_err();
        assert_eq!(error.code, Code::Data);
        assert!(error.message.starts_with("c: row 3: expected one of the classes cat, dog, came"));
        let error = targets(&texts(), &[2], Target::Classes(&names), &budget()).unwrap_err();
        assert!(error.message.starts_with("c: row 2: expected a target, came nothing"), "{error}");
    }

    #[test]
    fn numbers_are_targets_as_they_are_and_must_be_finite() {
        let numbers = [Some(1.5), Some(f64::INFINITY), Some(-2.0), None, Some(1e39)];
        let numbers = column(Values::Number(numbers.into_iter().collect()));
        let y = targets(&numbers, &[2, 0], Target::Numbers, &budget()).unwrap();
        assert_eq!(y.data().as_slice::<f32>(), [-2.0, 1.5]);
        assert_eq!(&**y.shape(), [1]);
        for (row, came) in [(1, "came inf"), (3, "came nothing"), (4, "came 1000")] {
            let error = targets(&numbers, &[row], Target::Numbers, &budget()).unwrap_err();
            assert!(error.message.contains(&format!("row {row}: ")), "{error}");
            assert!(error.message.contains(came), "{error}");
        }
        let error = targets(&texts(), &[0], Target::Numbers, &budget()).unwrap_err();
        assert!(error.message.contains("expected a column of numbers, came texts"), "{error}");
    }
}
