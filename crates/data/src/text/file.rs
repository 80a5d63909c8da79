//! Tokenizers out of files: `tokenizer.json`, GPT-2's vocabulary and merges, BERT's list of pieces.

use std::path::{Path, PathBuf};

use attune_tensor::{Budget, Code, Error, Result};
use serde_json::{Map, Value, json};

use super::tokenizer::{Tokenizer, corrupt};
use super::train::{bert, byte_level};
use crate::table::read_bytes;

/// Where a tokenizer is read from.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenizerFile {
    /// A `tokenizer.json`, a vocabulary in JSON, or a list of pieces with one a line.
    pub path: PathBuf,
    /// The merges that go with a vocabulary in JSON, one a line.
    pub merges: Option<PathBuf>,
    /// Whether a list of pieces is of lower-case letters without accents.
    pub lowercase: bool,
    /// The most bytes that a file may have.
    pub bytes: usize,
}

/// Reads a tokenizer; errors name the file.
pub fn read_tokenizer(file: &TokenizerFile, budget: &Budget) -> Result<Tokenizer> {
    let TokenizerFile { path, merges, lowercase, .. } = file;
    let here = |error: Error| error.at(&path.display().to_string());
    let bytes = bytes_of(path, file.bytes, budget)?;
    let bytes = bytes.bytes();
    // Tables of ids and tokens, next to the text that they are read from.
    let _held = budget.reserve(bytes.len().saturating_mul(24))?;
    let is_json = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    let built = match merges {
        None if is_json => return Tokenizer::from_json(bytes).map_err(here),
        None => word_pieces(utf8(bytes).map_err(here)?, *lowercase).map_err(here)?,
        Some(merges) => {
            let vocabulary = serde_json::from_slice(bytes)
                .map_err(|cause| here(corrupt(format!("expected {{ token: id }} ({cause})"))))?;
            let text = bytes_of(merges, file.bytes, budget)?;
            utf8(text.bytes())
                .and_then(merges_of)
                .and_then(|pairs| gpt2(vocabulary, pairs))
                .map_err(|error| error.at(&merges.display().to_string()))?
        }
    };
    Tokenizer::from_built(&built).map_err(here)
}

fn bytes_of(path: &Path, most: usize, budget: &Budget) -> Result<crate::table::Text> {
    let size = std::fs::metadata(path).map_or(0, |about| about.len());
    let bytes = if size > most as u64 { None } else { Some(read_bytes(path, budget)?) };
    let came = bytes.as_ref().map_or(size, |text| text.bytes().len() as u64);
    match bytes {
        Some(text) if came <= most as u64 => Ok(text),
        _ => {
            let message = format!(
                "{}: expected at most {most} bytes, came {came}: raise the limit on bytes",
                path.display()
            );
            Err(Error::new(Code::Data, message))
        }
    }
}

fn utf8(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|cause| {
        corrupt(format!("expected UTF-8, came other bytes at byte {}", cause.valid_up_to()))
    })
}

/// The pairs of a file of merges, whose first line may tell a version.
fn merges_of(text: &str) -> Result<Vec<[&str; 2]>> {
    let lines = text
        .lines()
        .enumerate()
        .filter(|(at, line)| !(line.is_empty() || *at == 0 && line.starts_with("#version")));
    lines
        .map(|(at, line)| match line.split_once(' ') {
            Some((left, right)) if !left.is_empty() && !right.is_empty() => Ok([left, right]),
            _ => Err(corrupt(format!(
                "line {}: expected two tokens with a blank between, came {line:?}",
                at + 1
            ))),
        })
        .collect()
}

fn gpt2(vocabulary: Map<String, Value>, merges: Vec<[&str; 2]>) -> Result<Value> {
    for (at, [left, right]) in merges.iter().enumerate() {
        for token in [*left, *right, &format!("{left}{right}")] {
            if !vocabulary.contains_key(token) {
                let message = format!("merge {at}: {token:?} is no token of the vocabulary");
                return Err(corrupt(message));
            }
        }
    }
    let end = vocabulary.get("<|endoftext|>").and_then(Value::as_u64);
    let special: Vec<_> = end.map(|id| (id, "<|endoftext|>".to_owned())).into_iter().collect();
    Ok(byte_level(Value::Object(vocabulary), json!(merges), &special, false))
}

fn word_pieces(text: &str, lowercase: bool) -> Result<Value> {
    let mut vocabulary = Map::new();
    for (id, line) in text.lines().enumerate() {
        let piece = line.trim_end();
        if let Some(before) = vocabulary.insert(piece.to_owned(), json!(id)) {
            return Err(corrupt(format!(
                "line {}: {piece:?} is on line {} too: expected one piece a line, or a JSON object",
                id + 1,
                before.as_u64().unwrap_or(0) + 1
            )));
        }
    }
    let names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
    let id = |name: &str| vocabulary.get(name).and_then(Value::as_u64);
    if let Some(absent) = ["[UNK]", "[CLS]", "[SEP]"].iter().find(|name| id(name).is_none()) {
        return Err(corrupt(format!(
            "expected BERT's pieces with {absent} among them, or a JSON object: \
             give the tokenizer's own file"
        )));
    }
    let special: Vec<_> =
        names.iter().filter_map(|&name| Some((id(name)?, name.to_owned()))).collect();
    Ok(bert(Value::Object(vocabulary), &special, lowercase))
}
