//! Text: read, encoded and turned into rows or windows of ids away from Node's thread.

use std::path::PathBuf;
use std::sync::Arc;

use attune_data::text::{
    self, Change, Corpus, Each, Limits, Recipe, Rows, Steps, TextColumns, TextFile, TokenizerFile,
    Windows,
};
use attune_tensor::{Budget, Code, Error};
use napi::Env;
use napi::bindgen_prelude::{Int32Array, Object, Uint32Array};
use napi_derive::napi;
use serde_json::json;

use crate::background::background;
use crate::data_set::DataSet;
use crate::failure::{Failure, guard, json, parse, whole};
use crate::typed::{Elements, Indices, Typed};

/// How texts are read.
#[derive(serde::Deserialize)]
struct Reading {
    each: Each,
    encoding: Option<String>,
    limits: Limits,
    skip: bool,
}

/// How a table of texts is read.
#[derive(serde::Deserialize)]
struct TableReading {
    columns: TextColumns,
    /// Those that there are; told by the file where they are not given.
    classes: Option<Vec<String>>,
    limits: Limits,
    skip: bool,
}

/// Texts in memory, each with its class.
#[napi]
pub struct Texts {
    read: Arc<text::Texts>,
}

/// Text to ids and back.
#[napi]
pub struct Tokenizer {
    tokenizer: Arc<text::Tokenizer>,
    /// Of single texts: asking the machine for each would take longer than most of them.
    budget: Budget,
}

/// Texts as ids.
#[napi]
pub struct Sequences {
    sequences: Arc<text::Sequences>,
}

#[napi]
impl Texts {
    /// Reads files, each with its label: JSON `{ each, encoding, limits, skip }`.
    #[napi(
        ts_args_type = "paths: string[], labels: Int32Array, reading: string",
        ts_return_type = "Promise<Texts>"
    )]
    pub fn read(
        env: &Env,
        paths: Vec<String>,
        labels: Typed,
        reading: String,
    ) -> Result<Object<'_>, Failure> {
        let labels = guard(|| whole_numbers("labels", labels))?;
        let work = move || {
            let Reading { each, encoding, limits, skip } = parse("reading", &reading)?;
            if labels.len() != paths.len() {
                let message = format!("expected {} labels, came {}", paths.len(), labels.len());
                return Err(Error::new(Code::Data, message));
            }
            let files: Vec<TextFile> = paths
                .into_iter()
                .zip(labels)
                .map(|(path, label)| TextFile { path: path.into(), label })
                .collect();
            let encoding = encoding.as_deref();
            text::read_texts(&files, each, encoding, limits, skip, &Budget::of_machine())
        };
        background(env, work, |_, read| Ok(Texts { read: Arc::new(read) }))
    }

    /// Reads a column of CSV, TSV or JSON lines: JSON `{ columns, classes, limits, skip }`.
    #[napi(ts_return_type = "Promise<Texts>")]
    pub fn read_table(env: &Env, path: String, reading: String) -> Result<Object<'_>, Failure> {
        let work = move || {
            let TableReading { columns, classes, limits, skip } = parse("reading", &reading)?;
            let (path, classes) = (PathBuf::from(path), classes.as_deref());
            text::read_table(&path, &columns, classes, limits, skip, &Budget::of_machine())
        };
        background(env, work, |_, read| Ok(Texts { read: Arc::new(read) }))
    }

    /// Texts of one's own, copied, without classes.
    #[napi(factory)]
    pub fn of(texts: Vec<String>) -> Result<Self, Failure> {
        guard(|| {
            let corpus = Corpus::of(texts.iter().map(String::as_str), &Budget::of_machine())?;
            let read = text::Texts { corpus, classes: None, skipped: Vec::new() };
            Ok(Texts { read: Arc::new(read) })
        })
    }

    /// Tiny Shakespeare, one text.
    #[napi(factory)]
    pub fn tiny_shakespeare() -> Result<Self, Failure> {
        guard(|| {
            let corpus = text::tiny_shakespeare(&Budget::of_machine())?;
            let read = text::Texts { corpus, classes: None, skipped: Vec::new() };
            Ok(Texts { read: Arc::new(read) })
        })
    }

    /// The number of texts.
    #[napi(getter)]
    pub fn length(&self) -> f64 {
        self.read.corpus.len() as f64
    }

    /// The characters of all texts.
    #[napi]
    pub fn characters(&self) -> f64 {
        self.read.corpus.characters() as f64
    }

    /// The first so many characters, and the rest.
    #[napi(ts_return_type = "[Texts, Texts]")]
    pub fn cut(&self, characters: f64) -> Result<Vec<Texts>, Failure> {
        guard(|| {
            let characters = whole("characters", characters)? as usize;
            let (first, rest) = self.read.corpus.cut(characters, &Budget::of_machine())?;
            let texts = |corpus| {
                let read = text::Texts { corpus, classes: None, skipped: Vec::new() };
                Texts { read: Arc::new(read) }
            };
            Ok(vec![texts(first), texts(rest)])
        })
    }

    /// The class of every text.
    #[napi]
    pub fn labels(&self) -> Int32Array {
        self.read.corpus.labels().into()
    }

    /// JSON: the names of the classes, or null.
    #[napi(getter)]
    pub fn classes(&self) -> Result<String, Failure> {
        guard(|| json(&self.read.classes))
    }

    /// JSON: `[{ sample, code, message }]`.
    #[napi(getter)]
    pub fn skipped(&self) -> Result<String, Failure> {
        guard(|| {
            let skipped = self.read.skipped.iter().map(|bad| {
                let (code, message) = (bad.error.code.name(), &bad.error.message);
                json!({ "sample": bad.sample, "code": code, "message": message })
            });
            json(&skipped.collect::<Vec<_>>())
        })
    }

    /// A text.
    #[napi]
    pub fn text(&self, at: u32) -> Result<String, Failure> {
        guard(|| self.read.corpus.get(at).map(str::to_owned))
    }
}

#[napi]
impl Tokenizer {
    /// Reads a tokenizer's files: JSON `{ path, merges, lowercase, bytes }`.
    #[napi(ts_return_type = "Promise<Tokenizer>")]
    pub fn read(env: &Env, file: String) -> Result<Object<'_>, Failure> {
        Self::promise(env, move || {
            let file: TokenizerFile = parse("tokenizer", &file)?;
            text::read_tokenizer(&file, &Budget::of_machine())
        })
    }

    /// The tokenizer of a `tokenizer.json`.
    #[napi(ts_return_type = "Promise<Tokenizer>")]
    pub fn from_json(env: &Env, json: String) -> Result<Object<'_>, Failure> {
        Self::promise(env, move || text::Tokenizer::from_json(json.as_bytes()))
    }

    /// Makes a tokenizer of some texts, by a recipe as JSON.
    #[napi(
        ts_args_type = "texts: Texts, rows: Uint32Array, recipe: string",
        ts_return_type = "Promise<Tokenizer>"
    )]
    pub fn train<'env>(
        env: &'env Env,
        texts: &Texts,
        rows: Indices,
        recipe: String,
    ) -> Result<Object<'env>, Failure> {
        let read = texts.read.clone();
        let rows = guard(|| rows.values("rows"))?;
        Self::promise(env, move || {
            let recipe: Recipe = parse("tokenizer", &recipe)?;
            text::train(&read.corpus, &rows, &recipe, &Budget::of_machine())
        })
    }

    fn promise<'env>(
        env: &'env Env,
        work: impl FnOnce() -> attune_tensor::Result<text::Tokenizer> + Send + 'static,
    ) -> Result<Object<'env>, Failure> {
        background(env, work, |_, made| {
            Ok(Tokenizer { tokenizer: Arc::new(made), budget: Budget::of_machine() })
        })
    }

    /// The ids of all texts; `around` puts the tokenizer's own tokens before and after each.
    #[napi(ts_return_type = "Promise<Sequences>")]
    pub fn encode_all<'env>(
        &self,
        env: &'env Env,
        texts: &Texts,
        around: bool,
    ) -> Result<Object<'env>, Failure> {
        let (tokenizer, read) = (self.tokenizer.clone(), texts.read.clone());
        let work =
            move || text::Sequences::new(&read.corpus, &tokenizer, around, &Budget::of_machine());
        background(env, work, |_, made| Ok(Sequences { sequences: Arc::new(made) }))
    }

    /// The ids of a text.
    #[napi]
    pub fn encode(&self, text: String, around: bool) -> Result<Int32Array, Failure> {
        guard(|| {
            let (before, after) = if around { self.tokenizer.around() } else { Default::default() };
            let mut ids = before.to_vec();
            self.tokenizer.encode_into(&text, &mut ids, &self.budget)?;
            ids.extend_from_slice(after);
            Ok(numbers(&ids).into())
        })
    }

    /// The text of ids.
    #[napi(ts_args_type = "ids: Int32Array, skipSpecial: boolean")]
    pub fn decode(&self, ids: Typed, skip_special: bool) -> Result<String, Failure> {
        guard(|| {
            let id = |id: i32| {
                u32::try_from(id).map_err(|_| {
                    Error::new(Code::Data, format!("ids: expected at least 0, came {id}"))
                })
            };
            let ids = whole_numbers("ids", ids)?.into_iter().map(id);
            let ids = ids.collect::<Result<Vec<u32>, _>>()?;
            self.tokenizer.decode(&ids, skip_special, &self.budget)
        })
    }

    /// One more than the largest id.
    #[napi(getter)]
    pub fn size(&self) -> f64 {
        self.tokenizer.size() as f64
    }

    /// The id of a token, or null.
    #[napi]
    pub fn id_of(&self, token: String) -> Option<u32> {
        self.tokenizer.id_of(&token)
    }

    /// The token of an id, or null.
    #[napi]
    pub fn token_of(&self, id: u32) -> Option<String> {
        self.tokenizer.token_of(id)
    }

    /// The tokenizer as a `tokenizer.json`.
    #[napi]
    pub fn to_json(&self) -> Result<String, Failure> {
        guard(|| self.tokenizer.to_json())
    }
}

#[napi]
impl Sequences {
    /// The number of texts.
    #[napi(getter)]
    pub fn length(&self) -> f64 {
        self.sequences.len() as f64
    }

    /// The ids of a text, with what is put around it.
    #[napi]
    pub fn whole(&self, at: u32) -> Result<Int32Array, Failure> {
        guard(|| Ok(numbers(&self.sequences.whole(at)?).into()))
    }

    /// How many ids each of these texts has, with what is put around it.
    #[napi(ts_args_type = "rows: Uint32Array")]
    pub fn lengths(&self, rows: Indices) -> Result<Uint32Array, Failure> {
        guard(|| Ok(self.sequences.lengths(&rows.values("rows")?)?.into()))
    }

    /// `x`: int32 `[length]`, `y`: int32; JSON `{ length, padding, pad, truncate }`.
    #[napi(ts_args_type = "rows: Uint32Array, rule: string", ts_return_type = "Promise<DataSet>")]
    pub fn rows<'env>(
        &self,
        env: &'env Env,
        rows: Indices,
        rule: String,
    ) -> Result<Object<'env>, Failure> {
        let (sequences, rows) = (self.sequences.clone(), guard(|| rows.values("rows"))?);
        DataSet::promise(env, move || {
            let rule: Rows = parse("rows", &rule)?;
            sequences.rows(&rows, &rule, &Budget::of_machine())
        })
    }

    /// `x` and `y`: int32 `[length]`, the latter one token later; JSON `{ length, stride, end }`.
    #[napi(ts_args_type = "rows: Uint32Array, rule: string", ts_return_type = "Promise<DataSet>")]
    pub fn windows<'env>(
        &self,
        env: &'env Env,
        rows: Indices,
        rule: String,
    ) -> Result<Object<'env>, Failure> {
        let (sequences, rows) = (self.sequences.clone(), guard(|| rows.values("rows"))?);
        DataSet::promise(env, move || {
            let rule: Windows = parse("windows", &rule)?;
            sequences.windows(&rows, &rule, &Budget::of_machine())
        })
    }

    /// Rows of a stretch of an epoch over the texts whose numbers `samples` holds, changed: rule,
    /// changes and stretch `{ seed, epoch, first, count, shuffle, multiple }` as JSON.
    #[napi(ts_return_type = "Promise<DataSet>")]
    pub fn changed<'env>(
        &self,
        env: &'env Env,
        samples: &DataSet,
        rule: String,
        changes: String,
        stretch: String,
    ) -> Result<Object<'env>, Failure> {
        let (sequences, samples) = (self.sequences.clone(), samples.samples().clone());
        DataSet::promise(env, move || {
            let rule: Rows = parse("rows", &rule)?;
            let changes: Vec<Change> = parse("changes", &changes)?;
            let steps: Steps = parse("stretch", &stretch)?;
            sequences.changed(&samples, &rule, &changes, steps, &Budget::of_machine())
        })
    }
}

/// Ids of a tokenizer fit into `i32`.
fn numbers(ids: &[u32]) -> Vec<i32> {
    ids.iter().map(|&id| id as i32).collect()
}

fn whole_numbers(what: &str, given: Typed) -> attune_tensor::Result<Vec<i32>> {
    match given.elements(what)? {
        Elements::Int32(values) => Ok(values),
        other => {
            let message = format!("{what}: expected an Int32Array, got {}", other.dtype());
            Err(Error::new(Code::Dtype, message))
        }
    }
}
