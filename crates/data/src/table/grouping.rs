//! A column as what rows are parted by: a number for each different value, or a moment.

use std::collections::HashMap;

use attune_tensor::{Error, Result};

use super::table::TableColumn;
use super::values::Values;
use crate::data_set::data_error;
use crate::preprocess::Moment;

/// A number for each row, equal where values are.
pub fn groups(column: &TableColumn) -> Result<Vec<u32>> {
    let values = column.values();
    if let Some(row) = (0..values.len()).find(|&row| values.is_missing(row)) {
        return Err(missing(column, row, "a value to part rows by"));
    }
    Ok(match values {
        Values::Text(texts) => texts.codes().to_vec(),
        Values::Boolean(flags) => flags.values().iter().map(u32::from).collect(),
        Values::Number(numbers) => {
            let mut known = HashMap::new();
            let number = |&number: &f64| {
                let next = known.len() as u32;
                // Zero has two signs, which are one value.
                *known.entry((number + 0.0).to_bits()).or_insert(next)
            };
            numbers.values().iter().map(number).collect()
        }
    })
}

/// Moments to put rows in order by: numbers as they are, and dates in ISO 8601 as seconds since 1970.
pub fn times(column: &TableColumn) -> Result<Vec<f64>> {
    let expected = "a number or a date such as 2024-02-29";
    let values = column.values();
    if let Some(row) = (0..values.len()).find(|&row| values.is_missing(row)) {
        return Err(missing(column, row, expected));
    }
    match values {
        Values::Number(numbers) => Ok(numbers.values().to_vec()),
        Values::Boolean(_) => column.numbers().map(|numbers| numbers.values().to_vec()),
        Values::Text(texts) => {
            let moments: Vec<Option<f64>> = texts
                .dictionary()
                .iter()
                .map(|text| Moment::parse(text).map(Moment::seconds))
                .collect();
            let moment = |(row, &code): (usize, &u32)| {
                moments[code as usize].ok_or_else(|| {
                    let (name, came) = (column.name(), texts.get(row).unwrap_or_default());
                    data_error(format!("{name}: row {row}: expected {expected}, came {came:?}"))
                })
            };
            texts.codes().iter().enumerate().map(moment).collect()
        }
    }
}

fn missing(column: &TableColumn, row: usize, expected: &str) -> Error {
    let name = column.name();
    data_error(format!(
        "{name}: row {row}: expected {expected}, came nothing: fill it in or leave the row out"
    ))
}

#[cfg(test)]
mod tests {
    use attune_tensor::{Budget, Code};

    use super::*;

    fn column(values: Values) -> TableColumn {
        TableColumn::new("c", values, &Budget::new(1 << 12)).unwrap()
    }

    fn texts(texts: &[&str]) -> TableColumn {
        column(Values::Text(texts.iter().map(|&text| Some(text)).collect()))
    }

    #[test]
    fn equal_values_are_of_one_group() {
        assert_eq!(groups(&texts(&["b", "a", "b"])).unwrap(), [0, 1, 0]);
        let numbers = [2.5, -0.0, 2.5, 0.0].map(Some);
        let numbers = column(Values::Number(numbers.into_iter().collect()));
        assert_eq!(groups(&numbers).unwrap(), [0, 1, 0, 1]);
        let flags = column(Values::Boolean([Some(true), Some(false)].into_iter().collect()));
        assert_eq!(groups(&flags).unwrap(), [1, 0]);
        let holes = column(Values::Number([Some(1.0), None].into_iter().collect()));
        let error = groups(&holes).unwrap_err();
        assert_eq!(error.code, Code::Data);
        assert!(error.message.starts_with("c: row 1: expected a value"), "{error}");
    }

    #[test]
    fn dates_and_numbers_are_moments() {
        let dates = texts(&["1970-01-02", "1970-01-01T00:00:30", "1970/01/02"]);
        assert_eq!(times(&dates).unwrap(), [86_400.0, 30.0, 86_400.0]);
        let numbers = column(Values::Number([Some(2020.0), Some(-1.0)].into_iter().collect()));
        assert_eq!(times(&numbers).unwrap(), [2020.0, -1.0]);
        let error = times(&texts(&["1970-01-02", "soon"])).unwrap_err();
        assert!(error.message.contains("row 1") && error.message.contains("\"soon\""), "{error}");
    }
}
