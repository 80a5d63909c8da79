//! Preprocessing of tables: fitted, applied and undone away from Node's thread.

use std::sync::Arc;

use attune_data as data;
use attune_data::preprocess::{self, Applied, Balance, FitOptions, Labels, Purpose};
use attune_tensor::{Budget, Code, Error};
use napi::Env;
use napi::bindgen_prelude::{Float32Array, Object, Uint32Array};
use napi_derive::napi;
use serde_json::json;

use crate::background::background;
use crate::data_set::DataSet;
use crate::failure::{Failure, guard, json, parse, whole};
use crate::table::Table;
use crate::typed::{Indices, Typed};

/// Fitted steps.
#[napi]
pub struct Preprocessor {
    inner: Arc<preprocess::Preprocessor>,
    fitted: Option<Applied>,
}

/// Rows after all steps.
#[napi]
pub struct PreparedRows {
    applied: Option<Applied>,
}

/// Samples with a target each, and the rows that were left out.
#[napi]
pub struct PreparedSamples {
    samples: Option<data::DataSet>,
    skipped: String,
}

#[napi]
impl Preprocessor {
    /// Steps fitted on some rows of a table, or all; options as JSON: `{ steps, target, seed, examples }`.
    #[napi(
        ts_args_type = "table: Table, rows: Uint32Array | null, options: string",
        ts_return_type = "Promise<Preprocessor>"
    )]
    pub fn fit<'env>(
        env: &'env Env,
        table: &Table,
        rows: Option<Indices>,
        options: String,
    ) -> Result<Object<'env>, Failure> {
        let table = table.inner.clone();
        let rows = guard(|| rows.map(|rows| rows.values("rows")).transpose())?;
        let work = move || {
            let options: FitOptions = parse("options", &options)?;
            let budget = Budget::of_machine();
            preprocess::Preprocessor::fit(&table, rows.as_deref(), &options, &budget)
        };
        background(env, work, |_, (inner, applied)| {
            Ok(Preprocessor { inner: Arc::new(inner), fitted: Some(applied) })
        })
    }

    /// What `toJson` wrote.
    #[napi]
    pub fn from_json(text: String) -> Result<Preprocessor, Failure> {
        guard(|| {
            let inner = preprocess::Preprocessor::from_json(&text)?;
            Ok(Preprocessor { inner: Arc::new(inner), fitted: None })
        })
    }

    #[napi]
    pub fn to_json(&self) -> Result<String, Failure> {
        guard(|| self.inner.to_json())
    }

    /// The rows that it was fitted on after all steps, once.
    #[napi]
    pub fn take_fitted(&mut self) -> Result<PreparedRows, Failure> {
        guard(|| match self.fitted.take() {
            Some(applied) => Ok(PreparedRows { applied: Some(applied) }),
            None => {
                Err(Error::new(Code::Data, "the fitted rows were taken already, or never held"))
            }
        })
    }

    /// The names of the columns of `x`.
    #[napi(getter)]
    pub fn features(&self) -> Vec<String> {
        self.inner.features().to_vec()
    }

    /// JSON: `[{ name, kind }]` of the table that it was fitted on.
    #[napi(getter)]
    pub fn columns(&self) -> Result<String, Failure> {
        guard(|| {
            let about = |(name, kind)| json!({ "name": name, "kind": kind });
            json(&self.inner.columns().map(about).collect::<Vec<_>>())
        })
    }

    /// What the steps make of some rows of a table, or all; `skip` leaves out rows to predict that no
    /// answer can be given for.
    #[napi(
        ts_args_type = "table: Table, rows: Uint32Array | null, purpose: 'train' | 'evaluate' | 'predict', skip: boolean, examples: number",
        ts_return_type = "Promise<PreparedRows>"
    )]
    pub fn apply<'env>(
        &self,
        env: &'env Env,
        table: &Table,
        rows: Option<Indices>,
        purpose: String,
        skip: bool,
        examples: f64,
    ) -> Result<Object<'env>, Failure> {
        let (inner, table) = (self.inner.clone(), table.inner.clone());
        let rows = guard(|| rows.map(|rows| rows.values("rows")).transpose())?;
        let work = move || {
            let purpose = match purpose.as_str() {
                "train" => Purpose::Train,
                "evaluate" => Purpose::Evaluate,
                "predict" => Purpose::Predict { skip },
                other => {
                    let message =
                        format!("purpose: expected train, evaluate or predict, got {other}");
                    return Err(Error::new(Code::Config, message));
                }
            };
            let examples = whole("examples", examples)? as usize;
            let budget = Budget::of_machine();
            inner.apply(&table, rows.as_deref(), purpose, Some(examples), &budget)
        };
        background(env, work, |_, applied| Ok(PreparedRows { applied: Some(applied) }))
    }

    /// The columns that values came from, as far as steps can be undone; row after row, a value for
    /// each name, which is one of `features` or the target's.
    #[napi(
        ts_args_type = "names: string[], values: Float32Array",
        ts_return_type = "Promise<Table>"
    )]
    pub fn invert<'env>(
        &self,
        env: &'env Env,
        names: Vec<String>,
        values: Typed,
    ) -> Result<Object<'env>, Failure> {
        let inner = self.inner.clone();
        let values = guard(|| values.floats("values"))?;
        let work = move || {
            let width = names.len();
            if width == 0 || values.len() % width != 0 {
                let came = values.len();
                let message =
                    format!("expected rows of {width} values, one for each column, got {came}");
                return Err(Error::new(Code::Data, message));
            }
            let column = |(place, name)| {
                let values = values.iter().skip(place).step_by(width);
                (name, values.copied().map(f64::from).collect())
            };
            let columns = names.into_iter().enumerate().map(column).collect();
            inner.invert(columns, &Budget::of_machine())
        };
        background(env, work, |env, table| Ok(Table::owner(env, table)))
    }
}

#[napi]
impl PreparedRows {
    /// The features, row after row.
    #[napi(getter)]
    pub fn x(&self) -> Result<Float32Array, Failure> {
        guard(|| Ok(self.applied()?.x.data().as_slice::<f32>().to_vec().into()))
    }

    /// Where each row stands in the table.
    #[napi(getter)]
    pub fn rows(&self) -> Result<Uint32Array, Failure> {
        guard(|| Ok(self.applied()?.rows.clone().into()))
    }

    /// The target after all steps, where the table had it, as a table of one column.
    #[napi]
    pub fn target(&self, env: Env) -> Result<Option<Table>, Failure> {
        guard(|| {
            let target = self.applied()?.target.clone();
            let table = |column| data::table::Table::new(vec![column]);
            Ok(target.map(table).transpose()?.map(|table| Table::owner(env, table)))
        })
    }

    /// The names of the classes of the target, sorted.
    #[napi]
    pub fn classes(&self) -> Result<Vec<String>, Failure> {
        guard(|| Ok(self.applied()?.target.as_ref().map(preprocess::classes).unwrap_or_default()))
    }

    /// JSON: what the steps found and changed, `{ rows, kept, findings }`.
    #[napi(getter)]
    pub fn report(&self) -> Result<String, Failure> {
        guard(|| json(&self.applied()?.report))
    }

    /// The report as lines for people.
    #[napi(getter)]
    pub fn report_text(&self) -> Result<String, Failure> {
        guard(|| Ok(self.applied()?.report.text()))
    }

    /// The rows as samples, once; JSON: `{ classes, skip }`.
    #[napi]
    pub fn take_samples(&mut self, labels: String) -> Result<PreparedSamples, Failure> {
        guard(|| {
            let labels: Labels = parse("labels", &labels)?;
            let applied = self.applied.take().ok_or_else(gone)?;
            let made = applied.samples(&labels, &Budget::of_machine())?;
            Ok(PreparedSamples { samples: Some(made.samples), skipped: json(&made.skipped)? })
        })
    }

    fn applied(&self) -> attune_tensor::Result<&Applied> {
        self.applied.as_ref().ok_or_else(gone)
    }
}

#[napi]
impl PreparedSamples {
    /// The data set, once: `x` float32, `y` int32 classes or float32 numbers.
    #[napi]
    pub fn take(&mut self, env: Env) -> Result<DataSet, Failure> {
        guard(|| Ok(DataSet::owner(env, self.samples.take().ok_or_else(gone)?)))
    }

    /// JSON: `[[row, reason]]` of the rows that were left out.
    #[napi(getter)]
    pub fn skipped(&self) -> String {
        self.skipped.clone()
    }
}

/// JSON: the steps of a table whose user gave none.
#[napi]
pub fn default_steps(target: Option<String>) -> Result<String, Failure> {
    guard(|| json(&preprocess::default_steps(target.as_deref())))
}

/// Samples drawn until all classes of `y` are equally large: small ones with repeats (`over`), or
/// only some of large ones (`under`).
#[napi(ts_args_type = "samples: DataSet, classes: number, how: 'over' | 'under', seed: number")]
pub fn balance_classes(
    samples: &DataSet,
    classes: f64,
    how: String,
    seed: f64,
) -> Result<DataSet, Failure> {
    guard(|| {
        let how = match how.as_str() {
            "over" => Balance::Over,
            "under" => Balance::Under,
            other => {
                let message = format!("balance: expected over or under, got {other}");
                return Err(Error::new(Code::Config, message));
            }
        };
        let (classes, seed) = (whole("classes", classes)? as usize, whole("seed", seed)?);
        preprocess::balance(samples.samples(), classes, how, seed).map(DataSet::view)
    })
}

/// What each class of `y` counts, so that all count alike together.
#[napi]
pub fn class_weights(samples: &DataSet, classes: f64) -> Result<Vec<f64>, Failure> {
    guard(|| preprocess::balancing_weights(samples.samples(), whole("classes", classes)? as usize))
}

/// Samples with a column `weight`: that of each one's class, or 1 without weights.
#[napi]
pub fn weigh_classes(
    env: Env,
    samples: &DataSet,
    weights: Option<Vec<f64>>,
) -> Result<DataSet, Failure> {
    guard(|| {
        let budget = Budget::of_machine();
        let weighed = preprocess::weigh(samples.samples(), weights.as_deref(), &budget)?;
        Ok(DataSet::owner(env, weighed))
    })
}

fn gone() -> Error {
    Error::new(Code::Data, "the rows were taken already")
}
