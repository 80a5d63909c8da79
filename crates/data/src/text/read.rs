//! Texts out of files: a file or a line each, or a column of a table.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use attune_tensor::{Budget, Code, Error, Result};

use super::corpus::Corpus;
use crate::data_set::data_error;
use crate::table::{
    CsvOptions, JsonLinesOptions, Kind, OnBadSample, Table, read_csv, read_json_lines, read_text,
};

/// What is a text of its own in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Each {
    File,
    /// Lines that are blank are none.
    Line,
}

/// What a file may at most be, since it is not trusted.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Of a file, unpacked.
    pub bytes: usize,
}

/// A file and its class.
#[derive(Clone, Debug)]
pub struct TextFile {
    pub path: PathBuf,
    pub label: i32,
}

/// A text that was left out, and why.
#[derive(Clone, Debug)]
pub struct SkippedText {
    /// Its file, and its line or row.
    pub sample: String,
    pub error: Error,
}

/// What was read.
#[derive(Debug)]
pub struct Texts {
    pub corpus: Corpus,
    /// The names of the classes, where the files told them.
    pub classes: Option<Vec<String>>,
    /// Empty where a bad text is an error.
    pub skipped: Vec<SkippedText>,
}

impl Texts {
    fn new() -> Self {
        Texts { corpus: Corpus::new(), classes: None, skipped: Vec::new() }
    }

    /// The error of a bad text, or a note of it.
    fn bad(&mut self, skip: bool, sample: String, error: Error) -> Result<()> {
        if !skip {
            return Err(error.at(&sample));
        }
        self.skipped.push(SkippedText { sample, error });
        Ok(())
    }

    fn checked(self) -> Result<Self> {
        match self.skipped.first() {
            Some(first) if self.corpus.is_empty() => Err(data_error(format!(
                "all {} texts are bad; the first: {}: {}",
                self.skipped.len(),
                first.sample,
                first.error
            ))),
            _ => Ok(self),
        }
    }
}

/// Reads files in their order; the first bad text is an error, or bad ones are left out.
pub fn read_texts(
    files: &[TextFile],
    each: Each,
    encoding: Option<&str>,
    limits: Limits,
    skip: bool,
    budget: &Budget,
) -> Result<Texts> {
    let mut texts = Texts::new();
    for TextFile { path, label } in files {
        let name = path.display().to_string();
        match read_within(path, encoding, limits, budget) {
            Ok(text) => match each {
                Each::File => match whole(text.bytes()) {
                    Ok(text) => texts.corpus.push(text, *label, budget)?,
                    Err(error) => texts.bad(skip, name, error)?,
                },
                Each::Line => {
                    for (at, line) in text.bytes().split(|&byte| byte == b'\n').enumerate() {
                        let line = line.strip_suffix(b"\r").unwrap_or(line);
                        match utf8(line) {
                            Ok(line) if line.trim().is_empty() => {}
                            Ok(line) => texts.corpus.push(line, *label, budget)?,
                            Err(error) => {
                                texts.bad(skip, format!("{name}: line {}", at + 1), error)?;
                            }
                        }
                    }
                }
            },
            Err(error) if skip => texts.skipped.push(SkippedText { sample: name, error }),
            Err(error) => return Err(error),
        }
    }
    texts.checked()
}

fn read_within(
    path: &Path,
    encoding: Option<&str>,
    limits: Limits,
    budget: &Budget,
) -> Result<crate::table::Text> {
    let refuse = |came: u64| {
        let most = limits.bytes;
        data_error(format!(
            "{}: expected a file of at most {most} bytes, came {came}: \
             part it, or raise the limit on bytes",
            path.display()
        ))
    };
    let size = std::fs::metadata(path).map_or(0, |about| about.len());
    if size > limits.bytes as u64 {
        return Err(refuse(size));
    }
    let text = read_text(path, encoding, budget)?;
    let came = text.bytes().len();
    if came > limits.bytes { Err(refuse(came as u64)) } else { Ok(text) }
}

fn whole(bytes: &[u8]) -> Result<&str> {
    let text = utf8(bytes)?;
    if text.trim().is_empty() {
        return Err(data_error("expected a text, came none: leave the file out"));
    }
    Ok(text)
}

fn utf8(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|cause| {
        data_error(format!(
            "expected UTF-8, came other bytes at byte {}: give the `encoding` that the file was \
             written in",
            cause.valid_up_to()
        ))
    })
}

/// The columns of a table that hold texts and their classes.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TextColumns {
    pub text: String,
    /// Without it texts have no classes.
    pub label: Option<String>,
    /// The names of the columns, for a file without a header.
    pub names: Option<Vec<String>>,
    /// Whether fields may stand in quotes.
    pub quotes: bool,
    pub encoding: Option<String>,
}

/// Reads CSV, TSV or JSON lines, told by the ending of the name. Classes are sorted by name, or
/// those that are given.
pub fn read_table(
    path: &Path,
    columns: &TextColumns,
    classes: Option<&[String]>,
    limits: Limits,
    skip: bool,
    budget: &Budget,
) -> Result<Texts> {
    let here = |error: Error| error.at(&path.display().to_string());
    let table = table_of(path, columns, limits, skip, budget)?;
    let texts = table.column(&columns.text).and_then(|column| column.texts()).map_err(here)?;
    let names = match &columns.label {
        Some(label) => Some(table.column(label).and_then(|column| column.texts()).map_err(here)?),
        None => None,
    };
    let known: Vec<String> = match (classes, names) {
        (Some(classes), _) => classes.to_vec(),
        (None, Some(names)) => {
            let found: BTreeSet<&str> = names.iter().flatten().collect();
            found.into_iter().map(str::to_owned).collect()
        }
        (None, None) => Vec::new(),
    };
    let numbers: BTreeMap<&str, i32> = known.iter().map(String::as_str).zip(0..).collect();
    let mut read = Texts::new();
    for row in 0..table.rows() {
        let label = match names.map(|names| names.get(row)) {
            None => Ok(0),
            Some(Some(name)) => numbers.get(name).copied().ok_or_else(|| {
                data_error(format!(
                    "expected one of the classes {}, came {name:?}: train on some of it, or leave \
                     the row out",
                    known.join(", ")
                ))
            }),
            Some(None) => Err(data_error("expected a class, came none")),
        };
        let text = texts.get(row).filter(|text| !text.trim().is_empty());
        let text = text.ok_or_else(|| data_error("expected a text, came none"));
        match (text, label) {
            (Ok(text), Ok(label)) => read.corpus.push(text, label, budget)?,
            (Err(error), _) | (_, Err(error)) => {
                read.bad(skip, format!("{}: row {}", path.display(), row + 1), error)?;
            }
        }
    }
    read.classes = columns.label.is_some().then_some(known);
    read.checked()
}

fn table_of(
    path: &Path,
    columns: &TextColumns,
    limits: Limits,
    skip: bool,
    budget: &Budget,
) -> Result<Table> {
    let size = std::fs::metadata(path).map_or(0, |about| about.len());
    if size > limits.bytes as u64 {
        let message = format!(
            "{}: expected a file of at most {} bytes, came {size}: raise the limit on bytes",
            path.display(),
            limits.bytes
        );
        return Err(Error::new(Code::Data, message));
    }
    let only: Vec<String> = std::iter::once(&columns.text).chain(&columns.label).cloned().collect();
    let kinds: BTreeMap<String, Kind> =
        only.iter().map(|name| (name.clone(), Kind::Text)).collect();
    let on_bad_sample = if skip { OnBadSample::Skip } else { OnBadSample::Error };
    let name = path.to_string_lossy().to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let encoding = columns.encoding.clone();
    if name.ends_with(".jsonl") || name.ends_with(".ndjson") {
        let missing = Vec::new();
        let options =
            JsonLinesOptions { kinds, only: Some(only), missing, encoding, on_bad_sample };
        return Ok(read_json_lines(path, &options, budget)?.table);
    }
    let options = CsvOptions {
        delimiter: name.ends_with(".tsv").then_some(b'\t'),
        quote: columns.quotes.then_some(b'"'),
        header: columns.names.is_none(),
        names: columns.names.clone(),
        // A text may be "NA" or "none".
        missing: vec![String::new()],
        kinds,
        only: Some(only),
        encoding,
        on_bad_sample,
        ..CsvOptions::default()
    };
    Ok(read_csv(path, &options, budget)?.table)
}
