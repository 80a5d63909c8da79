//! Tokenizers beside the tokenizers crate, on texts made at random and on published files.

use std::io::Read;
use std::path::PathBuf;

use attune_kernels::random::{Stream, key};
use attune_tensor::{Budget, Code};
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{AddedToken, TokenizerImpl};

use super::super::{Corpus, Recipe, TokenizerFile, read_tokenizer, tiny_shakespeare, train};
use super::*;
use crate::shared_data::shared_data;

fn budget() -> Budget {
    Budget::new(1 << 30)
}

fn trained(recipe: Value, texts: &[&str]) -> Tokenizer {
    let corpus = Corpus::of(texts.iter().copied(), &budget()).unwrap();
    let rows: Vec<u32> = (0..texts.len() as u32).collect();
    let recipe: Recipe = serde_json::from_value(recipe).unwrap();
    train(&corpus, &rows, &recipe, &budget()).unwrap()
}

fn byte_pairs(size: usize, prefix_space: bool) -> Value {
    json!({ "type": "bytePairs", "vocabularySize": size, "minFrequency": 2,
        "addPrefixSpace": prefix_space, "specialTokens": ["<|endoftext|>"],
        "maxTokenLength": null })
}

fn shakespeare() -> String {
    tiny_shakespeare(&budget()).unwrap().get(0).unwrap().to_owned()
}

/// Texts of letters, marks, blanks and other scripts, some with long words.
fn random_texts(count: usize) -> Vec<String> {
    let alphabet: Vec<char> =
        "aaabeehllostth  '\"\n\t.,0123\u{e9}\u{4e2d}\u{1f600}\u{301}\u{a0}\u{0}".chars().collect();
    let mut draw = Stream::new(key(1, 2));
    (0..count)
        .map(|at| {
            let length = if at % 20 == 0 { 400 } else { draw.bounded(40) };
            let letters = if at % 40 == 0 { 8 } else { alphabet.len() as u32 };
            (0..length).map(|_| alphabet[draw.bounded(letters) as usize]).collect()
        })
        .collect()
}

#[test]
fn byte_pairs_are_those_that_the_tokenizers_crate_learns() {
    let text = shakespeare();
    let text = &text[..200_000];
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let special = AddedToken::from("<|endoftext|>", true);
    let mut trainer = BpeTrainer::builder()
        .vocab_size(1500)
        .min_frequency(2)
        .show_progress(false)
        .special_tokens(vec![special])
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .build();
    let mut theirs: TokenizerImpl<
        BPE,
        tokenizers::NormalizerWrapper,
        ByteLevel,
        tokenizers::PostProcessorWrapper,
        tokenizers::DecoderWrapper,
    > = TokenizerImpl::new(BPE::default());
    theirs.with_pre_tokenizer(Some(ByteLevel::new(false, true, true)));
    theirs.train(&mut trainer, lines.iter().copied()).unwrap();
    let ours = trained(byte_pairs(1500, false), &lines);
    assert_eq!(ours.size(), 1500);
    let vocabulary = theirs.get_model().get_vocab();
    for (token, id) in vocabulary {
        assert_eq!(ours.id_of(&token), Some(id), "{token:?}");
    }
    let expected = theirs.encode_fast(text, false).unwrap();
    assert_eq!(ours.encode(text, &budget()).unwrap(), expected.get_ids());
}

#[test]
fn bytes_are_merged_as_the_tokenizers_crate_merges_them() {
    for prefix_space in [false, true] {
        let text = shakespeare();
        let tokenizer = trained(byte_pairs(700, prefix_space), &[&text[..100_000]]);
        assert!(matches!(tokenizer.fast, Fast::Bytes(_)));
        for text in random_texts(600) {
            let expected = tokenizer.whole.encode_fast(text.as_str(), false).unwrap();
            let ids = tokenizer.encode(&text, &budget()).unwrap();
            assert_eq!(ids, expected.get_ids(), "{text:?}");
            if !prefix_space {
                assert_eq!(tokenizer.decode(&ids, false, &budget()).unwrap(), text);
            }
        }
    }
}

#[test]
fn a_special_token_within_a_text_is_told_from_its_letters() {
    let tokenizer = trained(byte_pairs(300, false), &["to be or not to be"]);
    let ids = tokenizer.encode("be<|endoftext|>be", &budget()).unwrap();
    assert_eq!(ids.iter().filter(|&&id| id == 0).count(), 1);
    assert!(tokenizer.is_special(0) && !tokenizer.is_special(1));
    assert_eq!(tokenizer.decode(&ids, true, &budget()).unwrap(), "bebe");
}

#[test]
fn characters_are_numbered_in_their_order_and_strangers_are_told() {
    let recipe = |special: Value, unknown: Value| {
        json!({ "type": "characters", "vocabularySize": 100, "minFrequency": 1,
            "specialTokens": special, "unknownToken": unknown })
    };
    let strict = trained(recipe(json!([]), Value::Null), &["hello", "\u{e9}\n"]);
    assert_eq!(strict.size(), 6);
    assert_eq!(strict.encode("\nhello\u{e9}", &budget()).unwrap(), [0, 2, 1, 3, 3, 4, 5]);
    assert_eq!(strict.decode(&[0, 2, 1, 3, 3, 4, 5], false, &budget()).unwrap(), "\nhello\u{e9}");
    let error = strict.encode("hex", &budget()).unwrap_err();
    assert_eq!(error.code, Code::Data);
    assert!(error.message.contains("came 'x' at character 2"), "{error}");
    let open = trained(recipe(json!(["[PAD]", "[UNK]"]), json!("[UNK]")), &["hello"]);
    assert_eq!(open.encode("hex", &budget()).unwrap(), [3, 2, 1]);
    for tokenizer in [&strict, &open] {
        let expected = tokenizer.whole.encode_fast("hello", false).unwrap();
        assert_eq!(tokenizer.encode("hello", &budget()).unwrap(), expected.get_ids());
    }
}

#[test]
fn words_are_numbered_by_how_often_they_occur() {
    let recipe = |cut: &str, most: usize| {
        json!({ "type": "words", "vocabularySize": most, "minFrequency": 1, "lowercase": true,
            "cut": cut, "specialTokens": ["[PAD]", "[UNK]"], "unknownToken": "[UNK]" })
    };
    let texts = ["The cat, the dog.", "a cat; THE end"];
    let words = trained(recipe("words", 5), &texts);
    assert_eq!(words.size(), 5);
    let tokens: Vec<_> = (0..5).filter_map(|id| words.token_of(id)).collect();
    assert_eq!(tokens, ["[PAD]", "[UNK]", "the", "cat", ","]);
    assert_eq!(words.encode("the CAT, dog", &budget()).unwrap(), [2, 3, 4, 1]);
    let blanks = trained(recipe("whitespace", 100), &texts);
    assert!(blanks.id_of("cat,").is_some() && blanks.id_of(",").is_none());
}

#[test]
fn word_pieces_cover_their_texts_and_are_marked_as_berts() {
    let text = shakespeare();
    let lines: Vec<&str> = text[..100_000].lines().collect();
    let recipe = json!({ "type": "wordPieces", "vocabularySize": 600, "minFrequency": 2,
        "lowercase": true, "limitAlphabet": 1000,
        "specialTokens": ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] });
    let [first, second] = [(); 2].map(|()| trained(recipe.clone(), &lines));
    assert_eq!(first.to_json().unwrap(), second.to_json().unwrap());
    assert_eq!(first.size(), 600);
    assert_eq!(first.around(), (&[2][..], &[3][..]));
    let ids = first.encode("The Citizens spoke, again!", &budget()).unwrap();
    assert!(!ids.contains(&1), "{ids:?}");
    assert_eq!(first.decode(&ids, true, &budget()).unwrap(), "the citizens spoke, again!");
}

#[test]
fn a_tokenizer_is_the_same_after_it_was_written_and_read() {
    let text = shakespeare();
    let made = trained(byte_pairs(500, false), &[&text[..50_000]]);
    let read = Tokenizer::from_json(made.to_json().unwrap().as_bytes()).unwrap();
    assert!(matches!(read.fast, Fast::Bytes(_)));
    let piece = &text[50_000..60_000];
    assert_eq!(made.encode(piece, &budget()).unwrap(), read.encode(piece, &budget()).unwrap());
}

#[test]
fn files_of_other_kinds_are_refused_with_what_they_are() {
    let refused = |json: &str| Tokenizer::from_json(json.as_bytes()).unwrap_err();
    for (json, expected) in [
        ("{", "not valid JSON"),
        ("[1]", "came another value"),
        (r#"{"a": 0, "b": 1}"#, "give the file of merges too"),
        (r#"{"architectures": ["Gpt"], "layers": 12}"#, "an object of architectures, layers"),
        (r#"{"model": {"type": "Nothing"}}"#, "reading the tokenizer"),
    ] {
        let error = refused(json);
        assert_eq!(error.code, Code::Corrupt);
        assert!(error.message.contains(expected), "{error}");
    }
    let out =
        trained(byte_pairs(300, false), &["a"]).decode(&[5, 999], false, &budget()).unwrap_err();
    assert!(out.message.contains("ids below 257, came 999 at place 1"), "{out}");
}

fn file(path: PathBuf, merges: Option<PathBuf>) -> TokenizerFile {
    TokenizerFile { path, merges, lowercase: true, bytes: 100 << 20 }
}

#[test]
fn gpt_2_and_gpt_neox_count_tiny_shakespeare_as_published() {
    let (Some(files), Some(cases)) = (shared_data("gpt2-bpe"), shared_data("hf-tokenizer-cases"))
    else {
        return;
    };
    let gpt2 = file(files.join("encoder.json"), Some(files.join("vocab.bpe")));
    let gpt2 = read_tokenizer(&gpt2, &budget()).unwrap();
    let text = shakespeare();
    let counts = [&text[..1_003_854], &text[1_003_854..]]
        .map(|part| gpt2.encode(part, &budget()).unwrap().len());
    assert_eq!(counts, [301_966, 36_059]);
    for name in ["gpt2_tokenizer.json.gz", "gpt-neox-20B_tokenizer.json.gz"] {
        let read = read_tokenizer(&file(cases.join(name), None), &budget()).unwrap();
        let ids = read.encode(&text, &budget()).unwrap();
        assert_eq!(read.decode(&ids, false, &budget()).unwrap(), text);
    }
}

#[test]
fn published_cases_of_gpt_2_and_bert_are_met() {
    let Some(cases) = shared_data("hf-tokenizer-cases") else { return };
    let all: Value =
        serde_json::from_slice(&std::fs::read(cases.join("tokenizer_tests.json")).unwrap())
            .unwrap();
    let mut gpt2 = Vec::new();
    let packed = std::fs::File::open(cases.join("gpt2_tokenizer.json.gz")).unwrap();
    GzDecoder::new(packed).read_to_end(&mut gpt2).unwrap();
    let gpt2 = Tokenizer::from_json(&gpt2).unwrap();
    let bert = read_tokenizer(&file(cases.join("bert-vocab.txt"), None), &budget()).unwrap();
    let mut met = 0;
    for (name, tokenizer) in [
        ("distilgpt2", &gpt2),
        ("bert-base-uncased", &bert),
        ("google-bert/bert-base-uncased", &bert),
    ] {
        for case in all[name].as_array().unwrap() {
            let text = case["input"].as_str().unwrap();
            let (before, after) = tokenizer.around();
            let ids = tokenizer.encode(text, &budget()).unwrap();
            let ids = [before, &ids, after].concat();
            let expected: Vec<u32> =
                serde_json::from_value(case["encoded"]["input_ids"].clone()).unwrap();
            assert_eq!(ids, expected, "{name}: {text:?}");
            met += 1;
        }
    }
    assert_eq!(met, 54);
}

#[test]
fn what_a_text_grows_to_is_counted_before_it_grows() {
    let made = trained(byte_pairs(300, false), &["to be"]);
    let mut file: Value = serde_json::from_str(&made.to_json().unwrap()).unwrap();
    let content = "x".repeat(1 << 20);
    file["normalizer"] =
        json!({ "type": "Replace", "pattern": { "String": "b" }, "content": content });
    let swollen = Tokenizer::from_json(file.to_string().as_bytes()).unwrap();
    let error = swollen.encode(&"b".repeat(1 << 16), &budget()).unwrap_err();
    assert_eq!(error.code, Code::Memory);
    file["normalizer"] =
        json!({ "type": "Replace", "pattern": { "String": "b" }, "content": "cc" });
    let doubled = Tokenizer::from_json(file.to_string().as_bytes()).unwrap();
    assert_eq!(doubled.encode("abb", &budget()).unwrap().len(), 5);
    let ids = vec![1; 1 << 20];
    let error = made.decode(&ids, false, &Budget::new(1 << 20)).unwrap_err();
    assert_eq!(error.code, Code::Memory);
}
