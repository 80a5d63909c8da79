//! A tokenizer: text to ids and back, by a `tokenizer.json` as Hugging Face's libraries write it.

use attune_tensor::{Budget, Code, Error, Result};
use hashbrown::HashMap;
use serde_json::Value;
use tokenizers::{Encoding, PostProcessor, Token};

use super::byte_level::BytePairs;
use super::foreign::foreign;

/// What a general tokenizer holds of a byte of text while it works on it.
const BYTES_A_BYTE: usize = 96;

/// Bytes of tokens that are not counted one by one.
const COUNTED_FROM: usize = 64 << 20;

/// A tokenizer. Its ids fit into an `int32` column.
#[derive(Debug)]
pub struct Tokenizer {
    whole: tokenizers::Tokenizer,
    fast: Fast,
    /// Texts that the fast way must not see: they hold tokens that are told from others before.
    added: Vec<String>,
    prefix: Vec<u32>,
    suffix: Vec<u32>,
    size: usize,
    /// Bytes of the longest token.
    longest: usize,
    /// How many times as long a text may become before it is cut, and a decoded one after.
    growth: usize,
}

/// Kinds that are encoded without the general machinery.
#[derive(Debug)]
enum Fast {
    Bytes(BytePairs),
    Characters { ids: HashMap<char, u32>, unknown: Option<u32> },
    None,
}

/// The regular expression by which a tokenizer of characters cuts.
pub(super) const CHARACTER: &str = r"[\s\S]";

impl Tokenizer {
    /// The tokenizer of a `tokenizer.json`; what it says of padding and truncation is left out.
    pub fn from_json(json: &[u8]) -> Result<Self> {
        let value: Value = serde_json::from_slice(json)
            .map_err(|cause| corrupt(format!("not valid JSON ({cause})")))?;
        Self::from_value(&value, json)
    }

    pub(super) fn from_built(value: &Value) -> Result<Self> {
        let json = serde_json::to_vec(value).map_err(|cause| corrupt(cause.to_string()))?;
        Self::from_value(value, &json)
    }

    fn from_value(value: &Value, json: &[u8]) -> Result<Self> {
        if !value["model"].is_object() {
            return Err(unlike(value));
        }
        let mut whole = foreign(Code::Corrupt, "reading the tokenizer", || {
            let mut whole = tokenizers::Tokenizer::from_bytes(json)?;
            whole.with_padding(None).with_truncation(None)?;
            Ok(whole)
        })?;
        whole.set_encode_special_tokens(false);
        let vocabulary = whole.get_vocab(true);
        let longest = vocabulary.keys().map(String::len).max().unwrap_or(0);
        let largest = vocabulary.into_values().max();
        let size = largest.map_or(0, |id| id as usize + 1);
        if size == 0 || size > i32::MAX as usize {
            let message = format!("expected ids of tokens from 0 to 2^31 - 2, came {largest:?}");
            return Err(corrupt(message));
        }
        let added: Vec<String> = whole
            .get_added_tokens_decoder()
            .into_values()
            .map(|token| token.content)
            .filter(|content| !content.is_empty())
            .collect();
        let (prefix, suffix) = around(&whole)?;
        let fast = Fast::of(value);
        let growth = growth(value);
        Ok(Tokenizer { whole, fast, added, prefix, suffix, size, longest, growth })
    }

    /// The tokenizer as a `tokenizer.json`.
    pub fn to_json(&self) -> Result<String> {
        foreign(Code::Internal, "writing the tokenizer", || self.whole.to_string(false))
    }

    /// One more than the largest id.
    pub fn size(&self) -> usize {
        self.size
    }

    pub fn id_of(&self, token: &str) -> Option<u32> {
        self.whole.token_to_id(token)
    }

    pub fn token_of(&self, id: u32) -> Option<String> {
        self.whole.id_to_token(id)
    }

    /// Whether a token stands for no text.
    pub fn is_special(&self, id: u32) -> bool {
        let known = self.whole.get_added_vocabulary();
        self.token_of(id).is_some_and(|token| known.is_special_token(&token))
    }

    /// Tokens that are put before and after a text.
    pub fn around(&self) -> (&[u32], &[u32]) {
        (&self.prefix, &self.suffix)
    }

    /// The ids of a text, without the tokens around it.
    pub fn encode(&self, text: &str, budget: &Budget) -> Result<Vec<u32>> {
        let mut ids = Vec::new();
        self.encode_into(text, &mut ids, budget)?;
        Ok(ids)
    }

    /// Appends the ids of a text, without the tokens around it.
    pub fn encode_into(&self, text: &str, ids: &mut Vec<u32>, budget: &Budget) -> Result<()> {
        if u32::try_from(text.len()).is_err() {
            let message = format!("expected texts below 4 GiB, came {} bytes: part it", text.len());
            return Err(Error::new(Code::Data, message));
        }
        let holds_added = self.added.iter().any(|token| text.contains(token.as_str()));
        match &self.fast {
            Fast::Bytes(pairs) if !holds_added => {
                let _held = budget.reserve(text.len().saturating_mul(4))?;
                pairs.encode(text, ids);
                Ok(())
            }
            Fast::Characters { ids: known, unknown } if !holds_added => {
                for (at, char) in text.chars().enumerate() {
                    let id = known.get(&char).copied().or(*unknown);
                    ids.push(id.ok_or_else(|| stranger(char, at))?);
                }
                Ok(())
            }
            _ => {
                let bytes = text.len().saturating_mul(BYTES_A_BYTE).saturating_mul(self.growth);
                let _held = budget.reserve(bytes)?;
                let encoding =
                    foreign(Code::Data, "encoding a text", || self.whole.encode_fast(text, false))?;
                ids.extend_from_slice(encoding.get_ids());
                Ok(())
            }
        }
    }

    /// The text of ids, without the special tokens if they are to be left out.
    pub fn decode(&self, ids: &[u32], skip_special: bool, budget: &Budget) -> Result<String> {
        if let Some(at) = ids.iter().position(|&id| id as usize >= self.size) {
            let (size, id) = (self.size, ids[at]);
            let message = format!("expected ids below {size}, came {id} at place {at}");
            return Err(Error::new(Code::Data, message));
        }
        let _held = budget.reserve(self.decoded_bytes(ids))?;
        foreign(Code::Data, "decoding ids", || self.whole.decode(ids, skip_special))
    }

    /// What decoding takes at most: tokens one by one, and joined.
    fn decoded_bytes(&self, ids: &[u32]) -> usize {
        let at_most = ids.len().saturating_mul(self.longest);
        let tokens = if at_most <= COUNTED_FROM {
            at_most
        } else {
            ids.iter().filter_map(|&id| self.token_of(id)).map(|token| token.len()).sum()
        };
        let each = ids.len().saturating_mul(size_of::<String>());
        tokens.saturating_mul(3).saturating_mul(self.growth).saturating_add(each)
    }

    /// The text as the tokenizer reads it, cut into what it makes tokens of.
    pub(super) fn words(&self, text: &str) -> Result<Vec<String>> {
        use tokenizers::{
            NormalizedString, Normalizer, OffsetReferential, OffsetType, PreTokenizedString,
            PreTokenizer,
        };
        foreign(Code::Data, "cutting a text into words", || {
            let mut normal = NormalizedString::from(text);
            if let Some(normalizer) = self.whole.get_normalizer() {
                normalizer.normalize(&mut normal)?;
            }
            let mut cut = PreTokenizedString::from(normal);
            if let Some(cutter) = self.whole.get_pre_tokenizer() {
                cutter.pre_tokenize(&mut cut)?;
            }
            let splits = cut.get_splits(OffsetReferential::Normalized, OffsetType::None);
            Ok(splits.into_iter().map(|(word, _, _)| word.to_owned()).collect())
        })
    }
}

impl Fast {
    fn of(json: &Value) -> Self {
        if let Some(pairs) = BytePairs::of(json) {
            return Fast::Bytes(pairs);
        }
        let (model, cut) = (&json["model"], &json["pre_tokenizer"]);
        let are_characters = model["type"] == "WordLevel"
            && json["normalizer"].is_null()
            && cut["type"] == "Split"
            && cut["pattern"]["Regex"] == CHARACTER
            && cut["behavior"] == "Isolated";
        let (true, Some(tokens)) = (are_characters, model["vocab"].as_object()) else {
            return Fast::None;
        };
        let id = |value: &Value| value.as_u64().and_then(|id| u32::try_from(id).ok());
        let mut ids = HashMap::new();
        for (token, value) in tokens {
            let mut chars = token.chars();
            if let (Some(char), None, Some(id)) = (chars.next(), chars.next(), id(value)) {
                ids.insert(char, id);
            }
        }
        let unknown = model["unk_token"].as_str().and_then(|token| id(tokens.get(token)?));
        Fast::Characters { ids, unknown }
    }
}

/// The tokens that are put before and after every text.
fn around(whole: &tokenizers::Tokenizer) -> Result<(Vec<u32>, Vec<u32>)> {
    let Some(processor) = whole.get_post_processor() else { return Ok(Default::default()) };
    let ids = foreign(Code::Corrupt, "reading what is put around texts", || {
        let marked = Encoding::from_tokens(vec![Token::new(u32::MAX, "a".to_owned(), (0, 1))], 0);
        Ok(processor.process(marked, None, true)?.get_ids().to_vec())
    })?;
    let mut parts = ids.split(|&id| id == u32::MAX);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(before), Some(after), None) => Ok((before.to_vec(), after.to_vec())),
        _ => Err(corrupt("expected a text once between its special tokens")),
    }
}

/// How many times as long texts may become by what is put in the place of their parts.
fn growth(value: &Value) -> usize {
    let fields: Vec<&Value> = match value {
        Value::Object(fields) => {
            fields.iter().filter(|(name, _)| *name != "model").map(|(_, field)| field).collect()
        }
        Value::Array(fields) => fields.iter().collect(),
        _ => return 1,
    };
    let inner = fields.into_iter().map(growth).fold(1, usize::saturating_mul);
    let Some(content) = value["content"].as_str().filter(|_| value["type"] == "Replace") else {
        return inner;
    };
    let replaced = value["pattern"]["String"].as_str().map_or(1, |text| text.len().max(1));
    inner.saturating_mul(content.len().div_ceil(replaced).max(1))
}

/// A file of another kind.
fn unlike(value: &Value) -> Error {
    let came = match value {
        Value::Object(fields) if fields.values().take(100).all(Value::is_u64) => {
            "a vocabulary alone: give the file of merges too".to_owned()
        }
        Value::Object(fields) => {
            let names: Vec<_> = fields.keys().take(4).map(String::as_str).collect();
            format!("an object of {}: give the tokenizer's own file", names.join(", "))
        }
        _ => "another value: give the tokenizer's own file".to_owned(),
    };
    corrupt(format!("expected a tokenizer.json, an object with a `model`, came {came}"))
}

fn stranger(char: char, at: usize) -> Error {
    let message = format!(
        "expected characters of the tokenizer, came {char:?} at character {at}: \
         give the tokenizer an `unknownToken`, or correct the text"
    );
    Error::new(Code::Data, message)
}

pub(super) fn corrupt(message: impl Into<String>) -> Error {
    Error::new(Code::Corrupt, message)
}

#[cfg(test)]
mod tests;
