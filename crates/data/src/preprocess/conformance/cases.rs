//! The table that every step is tried on, and the options by which it is tried.

use attune_tensor::Budget;
use serde_json::{Value, json};

use crate::preprocess::preprocessor::FitOptions;
use crate::preprocess::step::Purpose;
use crate::preprocess::steps::Rule;
use crate::table::{Table, TableColumn, Values};

pub const PREDICT: Purpose = Purpose::Predict { skip: true };

pub fn budget() -> Budget {
    Budget::new(1 << 26)
}

/// The options by which a step is tried, or a panic for one that has none.
fn options(name: &str) -> Value {
    match name {
        "allowed" => json!({ "columns": { "names": ["colour"] }, "values": ["red", "white"] }),
        "drop" => json!({ "columns": { "names": ["width"] } }),
        "select" => json!({ "columns": { "names": ["h*", "colour"] } }),
        "missing" => json!({ "fill": "median", "indicator": true }),
        "range" => json!({ "min": -50, "max": 50, "action": "clip" }),
        "rare" => json!({ "columns": { "names": ["colour"] }, "min": 0.2 }),
        "hashing" => json!({ "size": 4 }),
        "log" => json!({ "columns": { "names": ["weight"] } }),
        "outliers" => json!({ "by": "mad", "action": "missing" }),
        "misspelt" => json!({ "action": "clip", "rare": 0.05 }),
        "quantile" => json!({ "output": "normal", "quantiles": 20 }),
        "oneHot" => json!({ "columns": { "names": ["colour"] } }),
        "targetEncode" => json!({ "columns": { "names": ["colour"] } }),
        "types" => json!({ "columns": { "names": ["code"] } }),
        "ordinal" => json!({ "unseen": "ignore" }),
        "dates" | "duplicates" | "frequency" | "maxAbs" | "minMax" | "robust" | "standard"
        | "yeoJohnson" => json!({}),
        other => panic!("{other}: say by which options it is tried"),
    }
}

pub fn rule(name: &str) -> Rule {
    let mut rule = options(name);
    rule["type"] = name.into();
    serde_json::from_value(rule).unwrap()
}

pub fn fill(kind: &str, fill: &str) -> Rule {
    serde_json::from_value(json!({ "type": "missing", "columns": { "kind": kind }, "fill": fill }))
        .unwrap()
}

/// A step, and after it what makes any table a matrix.
pub fn fit_options(name: &str) -> FitOptions {
    let steps = vec![
        rule(name),
        fill("number", "median"),
        fill("text", "mostFrequent"),
        fill("boolean", "mostFrequent"),
        rule("hashing"),
    ];
    FitOptions { steps: Some(steps), target: Some("y".to_owned()), seed: 5, examples: None }
}

fn table_of(columns: Vec<(&str, Values)>) -> Table {
    let column = |(name, values)| TableColumn::new(name, values, &budget()).unwrap();
    Table::new(columns.into_iter().map(column).collect()).unwrap()
}

/// Numbers, texts, dates and booleans, with values missing; `salt` changes every value.
pub fn table(rows: usize, salt: u32) -> Table {
    let random = |row: usize, column: u32| {
        let [word, _] =
            attune_kernels::random::key(salt.into(), row as u64 * 8 + u64::from(column));
        f64::from(word) / f64::from(u32::MAX)
    };
    let number = |column: u32, scale: f64| -> Values {
        let value = |row| {
            (random(row, column + 100) > 0.1)
                .then(|| scale * random(row, column) - 1.0 + scale / 50.0)
        };
        Values::Number((0..rows).map(value).collect())
    };
    let word = |row| ["red", "white", "white", "red", "rosé"][(random(row, 3) * 4.99) as usize];
    let colour = (0..rows).map(|row| (row % 9 != 4).then(|| word(row))).collect();
    let date =
        |row| Some(format!("20{:02}-03-{:02}", (random(row, 4) * 30.0) as u32, row % 28 + 1));
    let code = |row: usize| Some(if row == 7 { "n/k".to_owned() } else { row.to_string() });
    let flag = |row: usize| (!row.is_multiple_of(5)).then_some(random(row, 5) > 0.5);
    let y = |row| Some(random(row, 6) + random(row, 3));
    table_of(vec![
        ("height", number(1, 100.0)),
        ("width", number(2, 1.0)),
        ("weight", number(7, 60.0)),
        ("colour", Values::Text(colour)),
        ("bought", Values::Text((0..rows).map(date).collect())),
        ("code", Values::Text((0..rows).map(code).collect())),
        ("sweet", Values::Boolean((0..rows).map(flag).collect())),
        ("y", Values::Number((0..rows).map(y).collect())),
    ])
}
