//! The categories of a column: sorted values, and the place of each row's value among them.

use attune_tensor::Result;
use serde::{Deserialize, Serialize};

use super::super::frame::{Cell, Cells, Series, places};
use super::super::report::Example;
use crate::data_set::data_error;
use crate::table::Texts;

/// What is done with a value that training did not hold, or that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Unseen {
    /// It gets the code that the step has for no category, and is listed.
    Ignore,
    Error,
}

/// The different values that are present, in ascending order: texts by their code points.
pub fn categories(column: &Series) -> Vec<Cell> {
    match &column.cells {
        Cells::Numbers(values) => {
            // Adding 0 gives zero one sign.
            let present = values.iter().filter(|x| !x.is_nan()).map(|x| x + 0.0);
            let mut values: Vec<f64> = present.collect();
            values.sort_unstable_by(f64::total_cmp);
            values.dedup();
            values.into_iter().map(Cell::Number).collect()
        }
        Cells::Text(words) => {
            let counts = words.counts().into_iter().zip(words.dictionary.iter());
            let mut words: Vec<&str> =
                counts.filter_map(|(count, word)| (count > 0).then_some(word)).collect();
            words.sort_unstable();
            words.into_iter().map(|word| Cell::Text(word.to_owned())).collect()
        }
    }
}

/// The place of each row's value among the categories; nothing where it is missing or another.
pub fn codes(column: &Series, categories: &[Cell]) -> Vec<Option<usize>> {
    match &column.cells {
        Cells::Numbers(values) => {
            let mut sorted: Vec<(usize, f64)> = categories
                .iter()
                .enumerate()
                .filter_map(|(place, cell)| match cell {
                    Cell::Number(number) => Some((place, *number)),
                    Cell::Text(_) => None,
                })
                .collect();
            sorted.sort_by(|a, b| a.1.total_cmp(&b.1));
            let place = |x: &f64| {
                let found = sorted.binary_search_by(|(_, known)| known.total_cmp(&(x + 0.0)));
                found.ok().map(|at| sorted[at].0)
            };
            values.iter().map(place).collect()
        }
        Cells::Text(words) => {
            let known = places(&words.dictionary, categories);
            let place =
                |&code: &u32| if code == Texts::MISSING { None } else { known[code as usize] };
            words.codes.iter().map(place).collect()
        }
    }
}

/// Rows without a category: listed, or the first of them an error. Missing values count as such.
pub fn unseen(
    column: &Series,
    codes: &[Option<usize>],
    rows: &[u32],
    policy: Unseen,
    limit: usize,
) -> Result<(usize, Vec<Example>)> {
    let without: Vec<usize> = (0..codes.len()).filter(|&at| codes[at].is_none()).collect();
    if let (Unseen::Error, Some(&at)) = (policy, without.first()) {
        let came = column.get(at).map_or("nothing".to_owned(), |cell| cell.show());
        return Err(data_error(format!(
            "column {:?}, row {}: expected a category that training held, came {came}: correct it, \
             or set `unseen` to 'ignore'",
            column.name, rows[at]
        )));
    }
    let examples =
        without.iter().take(limit).map(|&at| Example::of(column, at, rows, None)).collect();
    Ok((without.len(), examples))
}
