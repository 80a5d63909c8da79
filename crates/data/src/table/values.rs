//! The values of a table's column: numbers, texts or booleans, any of which may be missing.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::bits::Bits;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    Number,
    Text,
    Boolean,
}

impl Kind {
    /// The spelling in configs and messages.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Number => "number",
            Kind::Text => "text",
            Kind::Boolean => "boolean",
        }
    }
}

/// The values of all rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    Number(Numbers),
    Text(Texts),
    Boolean(Booleans),
}

/// Numbers. One that is missing is told by a flag, not by NaN, which a file may hold.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    values: Vec<f64>,
    missing: Bits,
}

/// Texts, each different one stored once, in the order in which they first come.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Texts {
    codes: Vec<u32>,
    dictionary: Arc<Dictionary>,
}

/// Booleans.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Booleans {
    values: Bits,
    missing: Bits,
}

/// The different texts of a column, one after another in one piece of memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dictionary {
    bytes: String,
    ends: Vec<usize>,
}

impl Numbers {
    /// Values with a flag each; a missing one becomes NaN.
    pub fn new(mut values: Vec<f64>, missing: Bits) -> Self {
        assert_eq!(values.len(), missing.len());
        if missing.count() > 0 {
            for (row, value) in values.iter_mut().enumerate() {
                if missing.get(row) {
                    *value = f64::NAN;
                }
            }
        }
        Numbers { values, missing }
    }

    /// The values of all rows; NaN where one is missing.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    pub fn missing(&self) -> &Bits {
        &self.missing
    }

    pub fn get(&self, row: usize) -> Option<f64> {
        (!self.missing.get(row)).then(|| self.values[row])
    }

    pub fn iter(&self) -> impl Iterator<Item = Option<f64>> {
        (0..self.values.len()).map(|row| self.get(row))
    }
}

/// Two missing numbers are equal; two NaN are, too.
impl PartialEq for Numbers {
    fn eq(&self, other: &Self) -> bool {
        let same = |(a, b): (&f64, &f64)| a == b || (a.is_nan() && b.is_nan());
        self.missing == other.missing && self.values.iter().zip(&other.values).all(same)
    }
}

impl FromIterator<Option<f64>> for Numbers {
    fn from_iter<I: IntoIterator<Item = Option<f64>>>(values: I) -> Self {
        let mut numbers = Numbers::default();
        for value in values {
            numbers.values.push(value.unwrap_or(f64::NAN));
            numbers.missing.push(value.is_none());
        }
        numbers
    }
}

impl Texts {
    /// The code of a missing text.
    pub const MISSING: u32 = u32::MAX;

    /// Texts by their place in a dictionary, `MISSING` where there is none.
    pub fn new(codes: Vec<u32>, dictionary: Arc<Dictionary>) -> Self {
        let known = |&code: &u32| code == Self::MISSING || (code as usize) < dictionary.len();
        assert!(codes.iter().all(known), "a code beyond the dictionary");
        Texts { codes, dictionary }
    }

    /// The place of each row's text in the dictionary; `MISSING` where one is missing.
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// The different texts, of which a view of some rows may use only some.
    pub fn dictionary(&self) -> &Arc<Dictionary> {
        &self.dictionary
    }

    pub fn get(&self, row: usize) -> Option<&str> {
        let code = self.codes[row];
        (code != Self::MISSING).then(|| self.dictionary.get(code))
    }

    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        (0..self.codes.len()).map(|row| self.get(row))
    }
}

impl<S: AsRef<str>> FromIterator<Option<S>> for Texts {
    fn from_iter<I: IntoIterator<Item = Option<S>>>(values: I) -> Self {
        let mut known: HashMap<String, u32> = HashMap::new();
        let mut dictionary = Dictionary::default();
        let code = |text: Option<S>| match text {
            None => Self::MISSING,
            Some(text) => match known.get(text.as_ref()) {
                Some(&code) => code,
                None => {
                    let code = dictionary.push(text.as_ref());
                    known.insert(text.as_ref().to_owned(), code);
                    code
                }
            },
        };
        let codes = values.into_iter().map(code).collect();
        Texts { codes, dictionary: Arc::new(dictionary) }
    }
}

impl Booleans {
    /// Flags; one that is missing reads as false in `values`.
    pub fn new(values: Bits, missing: Bits) -> Self {
        assert_eq!(values.len(), missing.len());
        Booleans { values, missing }
    }

    pub fn values(&self) -> &Bits {
        &self.values
    }

    pub fn missing(&self) -> &Bits {
        &self.missing
    }

    pub fn get(&self, row: usize) -> Option<bool> {
        (!self.missing.get(row)).then(|| self.values.get(row))
    }

    pub fn iter(&self) -> impl Iterator<Item = Option<bool>> {
        (0..self.values.len()).map(|row| self.get(row))
    }
}

impl FromIterator<Option<bool>> for Booleans {
    fn from_iter<I: IntoIterator<Item = Option<bool>>>(values: I) -> Self {
        let mut booleans = Booleans::default();
        for value in values {
            booleans.values.push(value.unwrap_or(false));
            booleans.missing.push(value.is_none());
        }
        booleans
    }
}

impl Dictionary {
    /// The number of different texts.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub fn get(&self, code: u32) -> &str {
        let code = code as usize;
        let start = if code == 0 { 0 } else { self.ends[code - 1] };
        &self.bytes[start..self.ends[code]]
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len() as u32).map(|code| self.get(code))
    }

    /// Appends a text that is not in it yet and gives its code.
    pub fn push(&mut self, text: &str) -> u32 {
        assert!(self.ends.len() < Texts::MISSING as usize, "as many texts as there are codes");
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
        self.ends.len() as u32 - 1
    }

    fn bytes(&self) -> usize {
        self.bytes.len() + self.ends.len() * 8
    }
}

impl Values {
    pub fn kind(&self) -> Kind {
        match self {
            Values::Number(_) => Kind::Number,
            Values::Text(_) => Kind::Text,
            Values::Boolean(_) => Kind::Boolean,
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Values::Number(numbers) => numbers.values.len(),
            Values::Text(texts) => texts.codes.len(),
            Values::Boolean(booleans) => booleans.values.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn is_missing(&self, row: usize) -> bool {
        match self {
            Values::Number(numbers) => numbers.missing.get(row),
            Values::Text(texts) => texts.codes[row] == Texts::MISSING,
            Values::Boolean(booleans) => booleans.missing.get(row),
        }
    }

    /// How many are missing.
    pub fn missing(&self) -> usize {
        match self {
            Values::Number(numbers) => numbers.missing.count(),
            Values::Text(texts) => {
                texts.codes.iter().filter(|&&code| code == Texts::MISSING).count()
            }
            Values::Boolean(booleans) => booleans.missing.count(),
        }
    }

    /// The value as people write it; nothing where it is missing.
    pub fn text(&self, row: usize) -> Option<String> {
        match self {
            Values::Number(numbers) => numbers.get(row).map(|number| number.to_string()),
            Values::Text(texts) => texts.get(row).map(str::to_owned),
            Values::Boolean(booleans) => booleans.get(row).map(|boolean| boolean.to_string()),
        }
    }

    /// The values of some rows, in that order; each is below `len`.
    pub(super) fn gather(&self, rows: &[u32]) -> Values {
        let flags = |bits: &Bits| rows.iter().map(|&row| bits.get(row as usize)).collect::<Bits>();
        match self {
            Values::Number(numbers) => Values::Number(Numbers {
                values: rows.iter().map(|&row| numbers.values[row as usize]).collect(),
                missing: flags(&numbers.missing),
            }),
            Values::Text(texts) => Values::Text(Texts {
                codes: rows.iter().map(|&row| texts.codes[row as usize]).collect(),
                dictionary: texts.dictionary.clone(),
            }),
            Values::Boolean(booleans) => Values::Boolean(Booleans {
                values: flags(&booleans.values),
                missing: flags(&booleans.missing),
            }),
        }
    }

    /// The bytes that `rows` rows take, without a dictionary, which views share.
    pub(super) fn row_bytes(&self, rows: usize) -> usize {
        match self {
            Values::Number(_) => rows * 8 + rows.div_ceil(8),
            Values::Text(_) => rows * 4,
            Values::Boolean(_) => rows.div_ceil(8) * 2,
        }
    }

    /// All bytes that they hold.
    pub(super) fn bytes(&self) -> usize {
        let dictionary = match self {
            Values::Text(texts) => texts.dictionary.bytes(),
            _ => 0,
        };
        self.row_bytes(self.len()) + dictionary
    }
}
