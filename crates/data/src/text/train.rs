//! Tokenizers made from texts: characters, words, byte pairs and word pieces. What comes out depends
//! on the texts alone, and is a `tokenizer.json` that Hugging Face's libraries read.

mod count;
mod pairs;

use attune_tensor::{Budget, Code, Error, Result};
use serde_json::{Map, Value, json};

use self::count::{Counts, count, most_frequent};
use self::pairs::{Learning, learn};
use super::byte_level::byte_characters;
use super::corpus::Corpus;
use super::split::pieces;
use super::tokenizer::{CHARACTER, Tokenizer};

/// How words are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Cut {
    /// Runs of letters, digits and `_`, and runs of other marks.
    Words,
    /// At blanks alone.
    Whitespace,
}

/// How a tokenizer is made, with every value given.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Recipe {
    Characters {
        vocabulary_size: usize,
        min_frequency: u64,
        special_tokens: Vec<String>,
        unknown_token: Option<String>,
    },
    Words {
        vocabulary_size: usize,
        min_frequency: u64,
        lowercase: bool,
        cut: Cut,
        special_tokens: Vec<String>,
        unknown_token: Option<String>,
    },
    BytePairs {
        vocabulary_size: usize,
        min_frequency: u64,
        add_prefix_space: bool,
        special_tokens: Vec<String>,
        max_token_length: Option<usize>,
    },
    WordPieces {
        vocabulary_size: usize,
        min_frequency: u64,
        lowercase: bool,
        special_tokens: Vec<String>,
        limit_alphabet: usize,
    },
}

/// The tokenizer that a recipe makes of some texts of a corpus.
pub fn train(corpus: &Corpus, rows: &[u32], recipe: &Recipe, budget: &Budget) -> Result<Tokenizer> {
    let texts = || corpus.some(rows);
    // Every text may be counted as words of its own, on each thread, before they are joined.
    let bytes = texts().try_fold(0usize, |sum, text| Ok::<_, Error>(sum + text?.len()))?;
    let _held = budget.reserve(bytes.saturating_mul(8))?;
    let built = match recipe {
        Recipe::Characters { vocabulary_size, min_frequency, special_tokens, unknown_token } => {
            let counts = count(corpus, rows, |text, each| {
                text.split_inclusive(|_| true).for_each(&mut *each);
                Ok(())
            })?;
            let mut tokens = most_frequent(
                counts,
                *min_frequency,
                vocabulary_size.saturating_sub(special_tokens.len()),
            );
            tokens.sort_unstable();
            let cut = json!({ "type": "Split", "pattern": { "Regex": CHARACTER },
                "behavior": "Isolated", "invert": false });
            let rules = json!({ "pre_tokenizer": cut, "decoder": { "type": "Fuse" } });
            whole_words(tokens, special_tokens, unknown_token.as_deref(), rules)
        }
        Recipe::Words {
            vocabulary_size,
            min_frequency,
            lowercase,
            cut,
            special_tokens,
            unknown_token,
        } => {
            let normalizer = if *lowercase { json!({ "type": "Lowercase" }) } else { Value::Null };
            let name = if *cut == Cut::Words { "Whitespace" } else { "WhitespaceSplit" };
            let rules = json!({ "normalizer": normalizer, "pre_tokenizer": { "type": name } });
            let unknown = unknown_token.as_deref();
            let empty = whole_words(vec![String::new()], special_tokens, unknown, rules.clone())?;
            let counts = words(corpus, rows, &Tokenizer::from_built(&empty)?)?;
            let most = vocabulary_size.saturating_sub(special_tokens.len());
            let tokens = most_frequent(counts, *min_frequency, most);
            whole_words(tokens, special_tokens, unknown, rules)
        }
        Recipe::BytePairs {
            vocabulary_size,
            min_frequency,
            add_prefix_space,
            special_tokens,
            max_token_length,
        } => {
            let counts = count(corpus, rows, |text, each| {
                if *add_prefix_space && !text.starts_with(' ') && !text.is_empty() {
                    pieces(&format!(" {text}"), each);
                } else {
                    pieces(text, each);
                }
                Ok(())
            })?;
            let learned = learn_bytes(
                counts,
                special_tokens,
                &Learning {
                    vocabulary_size: *vocabulary_size,
                    min_frequency: *min_frequency,
                    max_length: max_token_length.unwrap_or(usize::MAX),
                    prefix: "",
                },
            );
            let special = numbered(special_tokens);
            let (vocabulary, merges) = learned;
            Ok(byte_level(vocabulary, merges, &special, *add_prefix_space))
        }
        Recipe::WordPieces {
            vocabulary_size,
            min_frequency,
            lowercase,
            special_tokens,
            limit_alphabet,
        } => {
            let special = numbered(special_tokens);
            for name in ["[UNK]", "[CLS]", "[SEP]"] {
                if !special_tokens.iter().any(|token| token == name) {
                    let message = format!("specialTokens: expected {name} among them");
                    return Err(Error::new(Code::Config, message));
                }
            }
            let names: Map<String, Value> =
                special.iter().map(|(id, token)| (token.clone(), json!(id))).collect();
            let empty = bert(Value::Object(names), &special, *lowercase);
            let counts = words(corpus, rows, &Tokenizer::from_built(&empty)?)?;
            let vocabulary = learn_pieces(
                counts,
                special_tokens,
                *limit_alphabet,
                &Learning {
                    vocabulary_size: *vocabulary_size,
                    min_frequency: *min_frequency,
                    max_length: usize::MAX,
                    prefix: "##",
                },
            );
            Ok(bert(vocabulary, &special, *lowercase))
        }
    }?;
    Tokenizer::from_built(&built)
}

fn words(corpus: &Corpus, rows: &[u32], cutter: &Tokenizer) -> Result<Counts> {
    count(corpus, rows, |text, each| {
        cutter.words(text)?.iter().for_each(|word| each(word));
        Ok(())
    })
}

fn numbered(tokens: &[String]) -> Vec<(u64, String)> {
    (0..).zip(tokens.iter().cloned()).collect()
}

fn ids(tokens: impl IntoIterator<Item = String>) -> Value {
    let mut vocabulary = Map::new();
    for token in tokens {
        let id = vocabulary.len();
        vocabulary.entry(token).or_insert(json!(id));
    }
    Value::Object(vocabulary)
}

/// Bytes first, by the characters that stand for them, then merges in their order.
fn learn_bytes(counts: Counts, special: &[String], learning: &Learning) -> (Value, Value) {
    let characters = byte_characters();
    let mut alphabet: Vec<char> = characters.to_vec();
    alphabet.sort_unstable();
    let mut tokens: Vec<String> = special.to_vec();
    let first = tokens.len() as u32;
    tokens.extend(alphabet.iter().map(char::to_string));
    let id = |byte: u8| {
        let char = characters[usize::from(byte)];
        first + alphabet.binary_search(&char).unwrap_or(0) as u32
    };
    let words =
        counts.into_iter().map(|(word, count)| (word.bytes().map(id).collect(), count)).collect();
    let merges = learn(words, &mut tokens, learning);
    let pair = |&(left, right): &(u32, u32)| [&tokens[left as usize], &tokens[right as usize]];
    let merges = json!(merges.iter().map(pair).collect::<Vec<_>>());
    (ids(tokens), merges)
}

/// Letters first, as they begin words and as they go on in them, then what was merged.
fn learn_pieces(
    counts: Counts,
    special: &[String],
    limit_alphabet: usize,
    learning: &Learning,
) -> Value {
    let mut letters: hashbrown::HashMap<char, u64> = hashbrown::HashMap::new();
    for (word, count) in &counts {
        for char in word.chars() {
            *letters.entry(char).or_insert(0) += count;
        }
    }
    let mut alphabet: Vec<(char, u64)> = letters.into_iter().collect();
    alphabet.sort_unstable_by_key(|&(char, count)| (std::cmp::Reverse(count), char));
    alphabet.truncate(limit_alphabet);
    alphabet.sort_unstable();
    let mut tokens: Vec<String> = special.to_vec();
    let first = tokens.len() as u32;
    let size = alphabet.len() as u32;
    tokens.extend(alphabet.iter().map(|(char, _)| char.to_string()));
    tokens.extend(alphabet.iter().map(|(char, _)| format!("##{char}")));
    let id = |char: char| alphabet.binary_search_by_key(&char, |&(known, _)| known).ok();
    let words = counts
        .into_iter()
        .map(|(word, count)| {
            let known = word.chars().filter_map(id).enumerate();
            let symbol =
                |(at, id): (usize, usize)| first + id as u32 + if at == 0 { 0 } else { size };
            (known.map(symbol).collect(), count)
        })
        .collect();
    learn(words, &mut tokens, learning);
    ids(tokens)
}

/// Tokens that a text is marked with, as the files have them.
fn added(special: &[(u64, String)]) -> Value {
    let token = |(id, content): &(u64, String)| {
        json!({ "id": id, "content": content, "single_word": false, "lstrip": false,
            "rstrip": false, "normalized": false, "special": true })
    };
    Value::Array(special.iter().map(token).collect())
}

fn file(special: &[(u64, String)], rules: Value, model: Value) -> Value {
    let rule = |name: &str| rules.get(name).cloned().unwrap_or(Value::Null);
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added(special),
        "normalizer": rule("normalizer"), "pre_tokenizer": rule("pre_tokenizer"),
        "post_processor": rule("post_processor"), "decoder": rule("decoder"), "model": model,
    })
}

/// A tokenizer whose tokens are whole words, or whole characters.
fn whole_words(
    tokens: Vec<String>,
    special: &[String],
    unknown: Option<&str>,
    rules: Value,
) -> Result<Value> {
    if let Some(token) = unknown.filter(|token| !special.iter().any(|one| one == token)) {
        let message = format!(
            "unknownToken: expected one of specialTokens ({}), came {token}",
            special.join(", ")
        );
        return Err(Error::new(Code::Config, message));
    }
    let vocabulary = ids(special.iter().cloned().chain(tokens));
    // A name that no vocabulary has makes an unknown word an error.
    let model = json!({ "type": "WordLevel", "vocab": vocabulary,
        "unk_token": unknown.unwrap_or("\u{0}unknown") });
    Ok(file(&numbered(special), rules, model))
}

/// A tokenizer of byte pairs.
pub(super) fn byte_level(
    vocabulary: Value,
    merges: Value,
    special: &[(u64, String)],
    prefix_space: bool,
) -> Value {
    let bytes = json!({ "type": "ByteLevel", "add_prefix_space": prefix_space,
        "trim_offsets": true, "use_regex": true });
    let rules = json!({ "pre_tokenizer": bytes, "post_processor": bytes, "decoder": bytes });
    let model = json!({ "type": "BPE", "dropout": null, "unk_token": null,
        "continuing_subword_prefix": null, "end_of_word_suffix": null, "fuse_unk": false,
        "byte_fallback": false, "ignore_merges": false, "vocab": vocabulary, "merges": merges });
    file(special, rules, model)
}

/// A tokenizer of word pieces, with BERT's marks around a text.
pub(super) fn bert(vocabulary: Value, special: &[(u64, String)], lowercase: bool) -> Value {
    let mark = |name: &str| {
        let id = &vocabulary[name];
        (
            json!({ "SpecialToken": { "id": name, "type_id": 0 } }),
            json!({ "id": name, "ids": [id], "tokens": [name] }),
        )
    };
    let ((begin, begins), (end, ends)) = (mark("[CLS]"), mark("[SEP]"));
    let text = |name: &str, part: u8| json!({ "Sequence": { "id": name, "type_id": part } });
    let rules = json!({
        "normalizer": { "type": "BertNormalizer", "clean_text": true,
            "handle_chinese_chars": true, "strip_accents": null, "lowercase": lowercase },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": { "type": "TemplateProcessing",
            "single": [begin, text("A", 0), end],
            "pair": [begin, text("A", 0), end, text("B", 1), end],
            "special_tokens": { "[CLS]": begins, "[SEP]": ends } },
        "decoder": { "type": "WordPiece", "prefix": "##", "cleanup": true },
    });
    let model = json!({ "type": "WordPiece", "unk_token": "[UNK]",
        "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
        "vocab": vocabulary });
    file(special, rules, model)
}
