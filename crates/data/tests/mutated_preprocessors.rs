//! 10,000 mutated preprocessors, as runs save them: rows to predict, or a typed error, and never more memory
//! than allowed.

mod mutation;

use std::collections::BTreeMap;

use attune_data::preprocess::{FitOptions, Preprocessor, Purpose};
use attune_data::table::{Table, TableColumn, Values};
use attune_kernels::random::{Stream, key, site};
use attune_tensor::{Budget, Code};

use mutation::{begin, most, mutate};

const SAVED: usize = 10_000;
const BUDGET: usize = 16 << 20;
const MOST_BYTES: usize = 24 << 20;

fn table(budget: &Budget) -> Table {
    let number = |i: usize| (i % 6 != 2).then_some(i as f64 * 1.5 - 10.0);
    let word = |i: usize| (i % 7 != 3).then_some(["red", "white", "rose"][i % 3]);
    let day = |i: usize| Some(format!("2024-03-{:02}", i % 28 + 1));
    let column = |name, values| TableColumn::new(name, values, budget).unwrap();
    Table::new(vec![
        column("size", Values::Number((0..40).map(number).collect())),
        column("depth", Values::Number((0..40).map(|i| Some((i * i) as f64)).collect())),
        column("colour", Values::Text((0..40).map(word).collect())),
        column("kind", Values::Text((0..40).map(|i| Some(format!("k{}", i % 9))).collect())),
        column("day", Values::Text((0..40).map(day).collect())),
        column("sweet", Values::Boolean((0..40).map(|i| Some(i % 4 == 1)).collect())),
        column("y", Values::Number((0..40).map(|i| Some((i % 5) as f64)).collect())),
    ])
    .unwrap()
}

const STEPS: [&str; 3] = [
    "null",
    r#"[{"type":"range","columns":{"names":["depth"]},"max":900,"action":"clip"},
        {"type":"rare","columns":{"names":["kind"]},"min":5},{"type":"targetEncode","columns":{"names":["kind"]}},
        {"type":"missing","fill":"mostFrequent","indicator":true},{"type":"ordinal","columns":{"names":["colour"]}},
        {"type":"dates","cyclic":true},{"type":"yeoJohnson","columns":{"names":["size"]}}]"#,
    r#"[{"type":"outliers","by":"mad","action":"missing"},{"type":"misspelt","action":"clip"},
        {"type":"missing","columns":{"kind":"number"},"fill":"mean"},{"type":"drop","columns":{"names":["day"]}},
        {"type":"frequency","columns":{"names":["colour"]}},{"type":"hashing","size":5},
        {"type":"quantile","columns":{"names":["depth"]},"quantiles":8},{"type":"robust"}]"#,
];

#[test]
fn mutated_preprocessors_give_rows_or_a_typed_error_within_the_memory_limit() {
    let budget = Budget::new(BUDGET);
    let table = table(&budget);
    let saved = |steps: &&str| {
        let options = format!(r#"{{"steps":{steps},"target":"y"}}"#);
        let options: FitOptions = serde_json::from_str(&options).unwrap();
        let (fitted, _) = Preprocessor::fit(&table, None, &options, &budget).unwrap();
        fitted.to_json().unwrap().into_bytes()
    };
    let originals: Vec<Vec<u8>> = STEPS.iter().map(saved).collect();
    let mut draw = Stream::new(key(0, site("preprocessors")));
    let mut counts = BTreeMap::new();
    let before = begin();
    for copy in 0..SAVED {
        let bytes = mutate(&originals[copy % originals.len()], &mut draw);
        let text = String::from_utf8_lossy(&bytes);
        let purpose = Purpose::Predict { skip: copy % 2 == 0 };
        let made = Preprocessor::from_json(&text).and_then(|read| {
            let made = read.apply(&table, None, purpose, None, &budget)?;
            let x = made.x.data().as_slice::<f32>();
            assert!(x.iter().all(|x| x.is_finite()), "copy {copy}");
            let column = |name: &String| (name.clone(), vec![0.5; 3]);
            let back = read.invert(read.features().iter().map(column).collect(), &budget);
            back.map(drop).or_else(|error| match error.code {
                Code::Data => Ok(()),
                _ => Err(error),
            })
        });
        let outcome = match made {
            Ok(()) => "used",
            Err(error) => {
                let known = [Code::Corrupt, Code::Data, Code::Config, Code::Memory];
                assert!(known.contains(&error.code), "copy {copy}: {error}");
                error.code.name()
            }
        };
        *counts.entry(outcome).or_insert(0) += 1;
    }
    let peak = most(before);
    eprintln!("preprocessors: {counts:?}, at most {peak} bytes");
    assert!(peak < MOST_BYTES, "{peak} bytes");
    assert!(counts["CORRUPT"] > SAVED / 20 && counts["used"] > SAVED / 100, "{counts:?}");
}
