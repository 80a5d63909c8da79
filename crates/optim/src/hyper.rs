//! Hyperparameters by name: one declaration gives the struct, its builder and its errors.

use std::collections::BTreeMap;

/// Values by the names users write (`weightDecay`); a switch is 0 or 1.
pub type Hyper = BTreeMap<String, f64>;

/// The number that stands for a word among the hyperparameters.
pub fn choice(word: &str) -> Option<f64> {
    let words = ["original", "matchRmsAdamW", "spectralUnclamped"];
    words.iter().position(|known| *known == word).map(|at| at as f64)
}

/// The same hyperparameters with another weight decay, wherever they have one.
pub fn with_decay(hyper: &Hyper, weight_decay: f64) -> Hyper {
    let decayed = |(key, &value): (&String, &f64)| {
        let decays = key == "weightDecay" || key == "adamWWeightDecay";
        (key.clone(), if decays { weight_decay } else { value })
    };
    hyper.iter().map(decayed).collect()
}

/// Declares an optimizer: `hyper!("sgd", Sgd { momentum: "momentum", ... })`.
macro_rules! hyper {
    ($(#[$meta:meta])* $label:literal, $name:ident { $($field:ident: $key:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name {
            $(pub $field: f64,)*
        }

        impl $name {
            pub const NAME: &'static str = $label;
            pub const KEYS: &'static [&'static str] = &[$($key),*];

            pub fn build(hyper: &crate::Hyper) -> Result<Self, String> {
                crate::hyper::check($label, Self::KEYS, hyper)?;
                Ok($name { $($field: hyper[$key],)* })
            }
        }
    };
}
pub(crate) use hyper;

/// Every key known, every key there, every value a finite number.
pub(crate) fn check(name: &str, keys: &[&str], hyper: &Hyper) -> Result<(), String> {
    for (key, value) in hyper {
        if !keys.contains(&key.as_str()) {
            return Err(format!("{name}: {}", unknown("hyperparameter", key, keys)));
        }
        if !value.is_finite() {
            return Err(format!("{name}: {key} is {value}; give a finite number"));
        }
    }
    match keys.iter().find(|key| !hyper.contains_key(**key)) {
        Some(key) => Err(format!("{name}: missing {key}; it needs {}", keys.join(", "))),
        None => Ok(()),
    }
}

/// `unknown optimizer "adamw"; did you mean adamW? Known: sgd, adam, adamW`.
pub(crate) fn unknown(kind: &str, word: &str, known: &[&str]) -> String {
    let nearest = known.iter().min_by_key(|candidate| distance(word, candidate));
    let hint = nearest.map(|n| format!(" did you mean {n}?")).unwrap_or_default();
    format!("unknown {kind} \"{word}\";{hint} Known: {}", known.join(", "))
}

/// Letters to insert, delete or replace, without regard to case and underscores.
fn distance(a: &str, b: &str) -> usize {
    let plain = |s: &str| s.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect();
    let (a, b): (Vec<char>, Vec<char>) = (plain(a), plain(b));
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
