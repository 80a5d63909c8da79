//! The target of a table as what a model is trained on: the places of classes, or numbers.

use std::collections::{HashMap, HashSet};

use attune_tensor::{Budget, Buffer, Code, DType, Error, Result};
use serde::{Deserialize, Serialize};

use super::encode::categories;
use super::frame::{Cell, Series};
use super::preprocessor::Applied;
use crate::data_set::{Column, DataSet, data_error};
use crate::table::{Kind, TableColumn, Values};

/// What becomes of rows after all steps.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Labels {
    /// The names of the classes, in the order of their numbers; without them the target is a number.
    pub classes: Option<Vec<String>>,
    /// Whether rows whose target cannot be used are left out.
    pub skip: bool,
}

/// Samples, and the rows that were left out.
#[derive(Debug)]
pub struct Labelled {
    /// `x` float32, and `y`: int32 classes, or float32 numbers.
    pub samples: DataSet,
    /// The rows of the table, from 0, and why each was left out.
    pub skipped: Vec<(u32, String)>,
}

/// As many classes as a message names.
const SHOWN: usize = 12;

/// The names of the classes of a target: its different values, sorted; numbers by size.
pub fn classes(target: &TableColumn) -> Vec<String> {
    let name = |cell: &Cell| match (target.kind(), cell) {
        (Kind::Boolean, Cell::Number(flag)) => (*flag >= 0.5).to_string(),
        _ => cell.label(),
    };
    categories(&Series::of(target)).iter().map(name).collect()
}

impl Applied {
    /// The rows as samples with a target each.
    pub fn samples(self, labels: &Labels, budget: &Budget) -> Result<Labelled> {
        let target = self.target.as_ref().ok_or_else(|| {
            data_error("expected the column of the target, came a table without: name one")
        })?;
        let (y, skipped) = match &labels.classes {
            Some(names) => column(target, &self.rows, labels.skip, DType::Int32, budget, || {
                numbered(target, names)
            })?,
            None => {
                if target.kind() == Kind::Text {
                    let name = target.name();
                    return Err(Error::new(
                        Code::Config,
                        format!("{name}: expected a target of numbers, came texts: name classes"),
                    ));
                }
                column(target, &self.rows, labels.skip, DType::Float32, budget, || numbers(target))?
            }
        };
        let left: HashSet<usize> = skipped.iter().map(|(at, _)| *at).collect();
        let samples = DataSet::new(vec![self.x, y])?;
        let samples = if left.is_empty() {
            samples
        } else {
            let kept = (0..self.rows.len()).filter(|at| !left.contains(at));
            samples.subset(&kept.map(|at| at as u32).collect::<Vec<_>>())?
        };
        let skipped = skipped.into_iter().map(|(at, why)| (self.rows[at], why)).collect();
        Ok(Labelled { samples, skipped })
    }
}

/// A value of each row that is right, or why it is none.
type Right<T> = std::result::Result<T, String>;

fn column<T: bytemuck::Pod>(
    target: &TableColumn,
    rows: &[u32],
    skip: bool,
    dtype: DType,
    budget: &Budget,
    values: impl FnOnce() -> Vec<Right<T>>,
) -> Result<(Column, Vec<(usize, String)>)> {
    let mut buffer = Buffer::new(rows.len() * dtype.size(), budget)?;
    let mut skipped = vec![];
    for (at, (out, value)) in buffer.as_slice_mut::<T>().iter_mut().zip(values()).enumerate() {
        match value {
            Ok(value) => *out = value,
            Err(why) => {
                let why = format!("column {:?}: {why}", target.name());
                if !skip {
                    return Err(data_error(format!(
                        "row {}: {why}, or leave such rows out by `onBadSample: 'skip'`",
                        rows[at]
                    )));
                }
                skipped.push((at, why));
            }
        }
    }
    // A model gives one number in a column of its own, and the place of a class in none.
    let shape: &[usize] = if dtype == DType::Float32 { &[1] } else { &[] };
    Ok((Column::new("y", dtype, shape, buffer)?, skipped))
}

const MISSING: &str = "expected a target, came nothing: drop such rows with a `missing` step";

fn numbers(target: &TableColumn) -> Vec<Right<f32>> {
    let value = |row| {
        let number = match target.values() {
            Values::Number(numbers) => numbers.get(row),
            Values::Boolean(flags) => flags.get(row).map(|flag| f64::from(u8::from(flag))),
            Values::Text(_) => None,
        };
        let number = number.ok_or(MISSING)?;
        let narrow = number as f32;
        match narrow.is_finite() {
            true => Ok(narrow),
            false => Err(format!("expected a finite number, came {number}: correct it")),
        }
    };
    (0..target.len()).map(value).collect()
}

fn numbered(target: &TableColumn, names: &[String]) -> Vec<Right<i32>> {
    let places: HashMap<&str, i32> =
        names.iter().enumerate().map(|(place, name)| (name.as_str(), place as i32)).collect();
    let label = |text: &str| {
        places.get(text).copied().ok_or_else(|| {
            let some = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = if names.len() > SHOWN { ", ..." } else { "" };
            format!(
                "expected a class that training held ({some}{more}), came {text:?}: train on some of it"
            )
        })
    };
    match target.values() {
        // Each text is looked up once.
        Values::Text(texts) => {
            let known: Vec<Right<i32>> = texts.dictionary().iter().map(label).collect();
            let value = |row: usize| match texts.get(row) {
                Some(_) => known[texts.codes()[row] as usize].clone(),
                None => Err(MISSING.to_owned()),
            };
            (0..target.len()).map(value).collect()
        }
        Values::Number(numbers) => numbers
            .iter()
            // Adding 0 gives zero one sign.
            .map(|number| label(&(number.ok_or(MISSING)? + 0.0).to_string()))
            .collect(),
        Values::Boolean(flags) => {
            flags.iter().map(|flag| label(&flag.ok_or(MISSING)?.to_string())).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preprocess::{FitOptions, Preprocessor, Purpose};
    use crate::table::Table;

    fn budget() -> Budget {
        Budget::new(1 << 20)
    }

    fn table(y: Values) -> Table {
        let x = Values::Number((0..y.len()).map(|i| Some(i as f64)).collect());
        let column = |name, values| TableColumn::new(name, values, &budget()).unwrap();
        Table::new(vec![column("x", x), column("y", y)]).unwrap()
    }

    fn applied(train: &Table, other: &Table) -> (Applied, Applied) {
        let standard = r#"{ "steps": [{ "type": "standard" }], "target": "y" }"#;
        let options: FitOptions = serde_json::from_str(standard).unwrap();
        let (fitted, made) = Preprocessor::fit(train, None, &options, &budget()).unwrap();
        let other = fitted.apply(other, None, Purpose::Evaluate, None, &budget()).unwrap();
        (made, other)
    }

    fn texts(words: &[&str]) -> Values {
        Values::Text(words.iter().map(|word| (!word.is_empty()).then_some(*word)).collect())
    }

    fn y<T: bytemuck::AnyBitPattern>(samples: &DataSet) -> Vec<T> {
        let y = samples.column("y").unwrap();
        samples.rows().flat_map(|row| bytemuck::cast_slice(y.row(row)).to_vec()).collect()
    }

    #[test]
    fn classes_are_sorted_values_and_labels_their_places() {
        let (made, _) = applied(&table(texts(&["b", "a", "c", "a"])), &table(texts(&["a"])));
        let names = classes(made.target.as_ref().unwrap());
        assert_eq!(names, ["a", "b", "c"]);
        let labels = Labels { classes: Some(names), skip: false };
        assert_eq!(y::<i32>(&made.samples(&labels, &budget()).unwrap().samples), [1, 0, 2, 0]);
    }

    #[test]
    fn numbers_and_flags_name_classes_in_their_order() {
        let numbers = Values::Number([10.0, 9.0, -0.0, 9.0].map(Some).into_iter().collect());
        let (made, _) = applied(&table(numbers.clone()), &table(numbers));
        let names = classes(made.target.as_ref().unwrap());
        assert_eq!(names, ["0", "9", "10"]);
        let labels = Labels { classes: Some(names), skip: false };
        assert_eq!(y::<i32>(&made.samples(&labels, &budget()).unwrap().samples), [2, 1, 0, 1]);
        let flags = Values::Boolean([Some(true), Some(false)].into_iter().collect());
        let (made, _) = applied(&table(flags.clone()), &table(flags));
        let names = classes(made.target.as_ref().unwrap());
        assert_eq!(names, ["false", "true"]);
        let labels = Labels { classes: Some(names), skip: false };
        assert_eq!(y::<i32>(&made.samples(&labels, &budget()).unwrap().samples), [1, 0]);
    }

    #[test]
    fn a_label_that_training_did_not_hold_is_an_error_with_its_row_or_left_out() {
        let train = table(texts(&["a", "b"]));
        let other = || applied(&train, &table(texts(&["a", "new", "", "b"]))).1;
        let names = Some(vec!["a".to_owned(), "b".to_owned()]);
        let strict = Labels { classes: names.clone(), skip: false };
        let error = other().samples(&strict, &budget()).unwrap_err();
        assert_eq!(error.code, Code::Data);
        let told = "row 1: column \"y\": expected a class that training held (a, b), came \"new\"";
        assert!(error.message.starts_with(told), "{error}");
        let labels = Labels { classes: names, skip: true };
        let Labelled { samples, skipped } = other().samples(&labels, &budget()).unwrap();
        assert_eq!(y::<i32>(&samples), [0, 1]);
        assert_eq!(skipped.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [1, 2]);
        assert!(skipped[1].1.contains("came nothing"), "{}", skipped[1].1);
    }

    #[test]
    fn a_target_of_numbers_is_float32_and_texts_are_refused() {
        let numbers = Values::Number([1.5, 2.5].map(Some).into_iter().collect());
        let (made, _) = applied(&table(numbers.clone()), &table(numbers));
        let labels = Labels::default();
        assert_eq!(y::<f32>(&made.samples(&labels, &budget()).unwrap().samples), [1.5, 2.5]);
        let (made, _) = applied(&table(texts(&["a", "b"])), &table(texts(&["a"])));
        assert_eq!(made.samples(&labels, &budget()).unwrap_err().code, Code::Config);
        let odd = Values::Number([1.0, 1e300].map(Some).into_iter().collect());
        let (made, _) = applied(&table(odd.clone()), &table(odd));
        let error = made.samples(&labels, &budget()).unwrap_err();
        assert!(error.message.contains("row 1") && error.message.contains("finite"), "{error}");
    }
}
