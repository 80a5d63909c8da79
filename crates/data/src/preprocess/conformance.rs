//! What every step of the list keeps to, whatever it does.

mod cases;

use std::panic::{AssertUnwindSafe, catch_unwind};

use attune_tensor::Code;
use serde_json::{Value, json};

use self::cases::{PREDICT, budget, fill, fit_options, rule, table};
use super::preprocessor::{Applied, FitOptions, Preprocessor};
use super::step::Purpose;
use super::steps::Rule;
use crate::table::{Table, TableColumn, Values};

fn fit(name: &str, table: &Table, rows: Option<&[u32]>) -> (Preprocessor, Applied) {
    Preprocessor::fit(table, rows, &fit_options(name), &budget())
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn bits(applied: &Applied) -> Vec<u32> {
    applied.x.data().as_slice::<f32>().iter().map(|x| x.to_bits()).collect()
}

fn apply(fitted: &Preprocessor, table: &Table, purpose: Purpose) -> Applied {
    fitted.apply(table, None, purpose, None, &budget()).unwrap()
}

#[test]
fn a_step_learns_from_the_training_rows_alone() {
    let rows: Vec<u32> = (0..60).collect();
    let whole = table(100, 1);
    let half = whole.subset(&rows, &budget()).unwrap();
    for name in Rule::NAMES {
        let (of_whole, made) = fit(name, &whole, Some(&rows));
        let (of_half, alone) = fit(name, &half, None);
        assert_eq!(of_whole.to_json().unwrap(), of_half.to_json().unwrap(), "{name}");
        assert_eq!(bits(&made), bits(&alone), "{name}");
    }
}

#[test]
fn a_fitted_step_read_from_json_does_the_same() {
    let (train, other) = (table(80, 1), table(50, 2));
    for name in Rule::NAMES {
        let (fitted, _) = fit(name, &train, None);
        let json = fitted.to_json().unwrap();
        let read = Preprocessor::from_json(&json).unwrap();
        assert_eq!(read.to_json().unwrap(), json, "{name}");
        let [a, b] = [&fitted, &read].map(|fitted| apply(fitted, &other, PREDICT));
        assert_eq!((bits(&a), a.rows), (bits(&b), b.rows), "{name}");
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let train = table(300, 1);
    for name in Rule::NAMES {
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let (fitted, made) = fit(name, &train, None);
                (
                    fitted.to_json().unwrap(),
                    bits(&made),
                    serde_json::to_string(&made.report).unwrap(),
                )
            })
        };
        let one = run(1);
        assert!([2, 3, 7].iter().all(|&threads| run(threads) == one), "{name}");
    }
}

#[test]
fn no_row_and_one_row_go_through() {
    let train = table(60, 1);
    for name in Rule::NAMES {
        let (fitted, _) = fit(name, &train, None);
        for rows in [vec![], vec![7u32]] {
            let some = fitted.apply(&train, Some(&rows), PREDICT, None, &budget()).unwrap();
            assert_eq!(some.x.rows(), rows.len(), "{name}");
            assert_eq!(&**some.x.shape(), [fitted.features().len()], "{name}");
        }
        for rows in [&[][..], &[3]] {
            match Preprocessor::fit(&train, Some(rows), &fit_options(name), &budget()) {
                Ok((_, made)) => assert_eq!(made.x.rows(), rows.len(), "{name}"),
                Err(error) => {
                    assert!(matches!(error.code, Code::Data | Code::Config), "{name}: {error}")
                }
            }
        }
    }
}

/// The table with one column's values replaced.
fn with(table: &Table, name: &str, values: Values) -> Table {
    let replaced = TableColumn::new(name, values, &budget()).unwrap();
    let column = |column: &TableColumn| {
        if column.name() == name { replaced.clone() } else { column.clone() }
    };
    Table::new(table.columns().iter().map(column).collect()).unwrap()
}

#[test]
fn a_column_without_values_has_an_outcome_while_fitting_and_later() {
    let train = table(60, 1);
    for name in Rule::NAMES {
        let (fitted, _) = fit(name, &train, None);
        for column in ["height", "colour", "sweet", "bought"] {
            // A file in which no value is written tells nothing of the kind.
            let empty = with(&train, column, Values::Text((0..60).map(|_| None::<&str>).collect()));
            let made = fitted.apply(&empty, None, PREDICT, None, &budget());
            let made = made.unwrap_or_else(|error| {
                assert_eq!(error.code, Code::Data, "{name} {column}: {error}");
                assert!(error.message.contains(column), "{name} {column}: {error}");
                apply(&fitted, &train, PREDICT)
            });
            assert_eq!(&**made.x.shape(), [fitted.features().len()], "{name} {column}");
            if let Err(error) = Preprocessor::fit(&empty, None, &fit_options(name), &budget()) {
                assert!(
                    matches!(error.code, Code::Data | Code::Config),
                    "{name} {column}: {error}"
                );
            }
        }
    }
}

#[test]
fn a_category_that_training_did_not_hold_is_told_of_or_refused_by_row() {
    let train = table(60, 1);
    let colour = (0..60).map(|row| Some(if row == 41 { "mauve" } else { "red" })).collect();
    let other = with(&train, "colour", Values::Text(colour));
    for name in ["oneHot", "ordinal", "frequency", "targetEncode"] {
        for policy in ["ignore", "error"] {
            let mut own =
                json!({ "type": name, "columns": { "names": ["colour"] }, "unseen": policy });
            // Missing values are no categories either.
            own["type"] = name.into();
            let steps = vec![
                fill("text", "mostFrequent"),
                serde_json::from_value(own).unwrap(),
                fill("number", "median"),
                fill("boolean", "mostFrequent"),
                rule("hashing"),
            ];
            let options = FitOptions { steps: Some(steps), ..fit_options(name) };
            let (fitted, _) = Preprocessor::fit(&train, None, &options, &budget()).unwrap();
            let made = fitted.apply(&other, None, PREDICT, None, &budget());
            if policy == "ignore" {
                let report = made.unwrap().report;
                let found = report.findings.iter().find(|finding| finding.rule == name).unwrap();
                assert_eq!((found.count, found.examples[0].row), (1, 41), "{name}");
            } else {
                let error = made.unwrap_err();
                assert_eq!(error.code, Code::Data, "{name}");
                assert!(
                    error.message.contains("\"colour\", row 41") && error.message.contains("mauve")
                );
            }
        }
    }
}

#[test]
fn nan_counts_as_missing_and_an_infinite_number_never_reaches_the_model() {
    let train = table(60, 1);
    let values = |odd: f64| {
        let of = train.column("height").unwrap().numbers().unwrap();
        let value = |(row, x): (usize, Option<f64>)| if row == 23 { Some(odd) } else { x };
        Values::Number(of.iter().enumerate().map(value).collect())
    };
    for name in Rule::NAMES {
        let (fitted, _) = fit(name, &train, None);
        let missing: crate::table::Numbers = {
            let of = train.column("height").unwrap().numbers().unwrap();
            of.iter().enumerate().map(|(row, x)| if row == 23 { None } else { x }).collect()
        };
        let absent = apply(&fitted, &with(&train, "height", Values::Number(missing)), PREDICT);
        let nan = apply(&fitted, &with(&train, "height", values(f64::NAN)), PREDICT);
        assert_eq!(bits(&nan), bits(&absent), "{name}");
        for odd in [f64::INFINITY, f64::NEG_INFINITY] {
            let table = with(&train, "height", values(odd));
            match fitted.apply(&table, None, PREDICT, None, &budget()) {
                Ok(made) => {
                    let x = made.x.data().as_slice::<f32>();
                    assert!(x.iter().all(|x| x.is_finite()), "{name}");
                }
                Err(error) => {
                    assert_eq!(error.code, Code::Data, "{name}");
                    assert!(error.message.contains("\"height\", row 23"), "{name}: {error}");
                }
            }
        }
    }
}

#[test]
fn what_can_be_undone_is_undone() {
    let train = table(60, 1);
    let undone = ["log", "maxAbs", "minMax", "robust", "standard", "yeoJohnson"];
    for name in Rule::NAMES {
        let own = json!({ "type": name, "columns": { "names": ["height"] } });
        let keep = json!({ "type": "select", "columns": { "names": ["height"] } });
        let steps = match undone.contains(name) {
            true => vec![fill("number", "median"), serde_json::from_value(own).unwrap()],
            false => vec![
                rule(name),
                fill("number", "median"),
                fill("text", "mostFrequent"),
                fill("boolean", "mostFrequent"),
                rule("hashing"),
            ],
        };
        let first = undone.contains(name).then(|| serde_json::from_value(keep).unwrap());
        let steps = first.into_iter().chain(steps).collect();
        let options = FitOptions { steps: Some(steps), ..fit_options(name) };
        let (fitted, made) = Preprocessor::fit(&train, None, &options, &budget()).unwrap();
        let x = made.x.data().as_slice::<f32>();
        let width = fitted.features().len();
        let column = |(place, feature): (usize, &String)| {
            (feature.clone(), x.iter().skip(place).step_by(width).map(|&x| f64::from(x)).collect())
        };
        let columns = fitted.features().iter().enumerate().map(column).collect();
        let back = fitted.invert(columns, &budget());
        if undone.contains(name) {
            let back = back.unwrap();
            let (back, of) = (back.column("height").unwrap(), train.column("height").unwrap());
            let pairs = back.numbers().unwrap().iter().zip(of.numbers().unwrap().iter());
            for (found, expected) in pairs.filter(|(_, expected)| expected.is_some()) {
                let (found, expected) = (found.unwrap(), expected.unwrap());
                assert!(
                    (found - expected).abs() < 1e-4 * expected.abs().max(1.0),
                    "{name} {found} {expected}"
                );
            }
        } else if let Err(error) = back {
            assert_eq!(error.code, Code::Data, "{name}: {error}");
        }
    }
}

#[test]
fn categories_come_back_from_their_codes() {
    let train = table(60, 1);
    for name in ["oneHot", "ordinal"] {
        let steps = json!([
            { "type": "select", "columns": { "names": ["colour"] } },
            { "type": "missing", "fill": "mostFrequent" },
            { "type": name },
        ]);
        let options =
            FitOptions { steps: serde_json::from_value(steps).unwrap(), ..fit_options(name) };
        let (fitted, made) = Preprocessor::fit(&train, None, &options, &budget()).unwrap();
        let (x, width) = (made.x.data().as_slice::<f32>(), fitted.features().len());
        let column = |(place, feature): (usize, &String)| {
            (feature.clone(), x.iter().skip(place).step_by(width).map(|&x| f64::from(x)).collect())
        };
        let columns = fitted.features().iter().enumerate().map(column).collect();
        let back = fitted.invert(columns, &budget()).unwrap();
        let found = back.column("colour").unwrap().texts().unwrap();
        let expected = train.column("colour").unwrap().texts().unwrap();
        for (found, expected) in found.iter().zip(expected.iter()) {
            assert_eq!(found.unwrap(), expected.unwrap_or("white"), "{name}");
        }
    }
}

/// Every JSON value with one of its parts emptied, left out or of another type.
fn damaged(value: &Value) -> Vec<Value> {
    let mut all = vec![Value::Null, json!([]), json!({}), json!("x"), json!(-1e300)];
    match value {
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate().take(3) {
                for other in damaged(item) {
                    let mut copy = items.clone();
                    copy[i] = other;
                    all.push(copy.into());
                }
                let mut copy = items.clone();
                copy.remove(i);
                all.push(copy.into());
            }
        }
        Value::Object(fields) => {
            for (key, item) in fields {
                for other in damaged(item) {
                    let mut copy = fields.clone();
                    copy.insert(key.clone(), other);
                    all.push(copy.into());
                }
                let mut copy = fields.clone();
                copy.remove(key);
                all.push(copy.into());
            }
        }
        _ => {}
    }
    all
}

#[test]
fn damaged_json_is_refused_or_used_and_never_a_panic() {
    let train = table(30, 1);
    let mut tried = 0;
    for name in Rule::NAMES {
        let (fitted, _) = fit(name, &train, None);
        let json: Value = serde_json::from_str(&fitted.to_json().unwrap()).unwrap();
        for other in damaged(&json["steps"][0]) {
            let mut copy = json.clone();
            copy["steps"][0] = other;
            tried += 1;
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                let read = Preprocessor::from_json(&copy.to_string())?;
                read.apply(&train, None, PREDICT, None, &budget())
            }));
            let outcome = outcome.unwrap_or_else(|_| panic!("{name}: {}", copy["steps"][0]));
            if let Err(error) = outcome {
                let known =
                    [Code::Corrupt, Code::Data, Code::Config, Code::Memory].contains(&error.code);
                assert!(known, "{name}: {error}");
            }
        }
    }
    assert!(tried > 500, "{tried}");
}
