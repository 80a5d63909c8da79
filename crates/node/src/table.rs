//! Tables: read, made of values in memory, and looked into, away from Node's thread where it takes time.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use attune_data::table::{
    self, Cell, CsvOptions, JsonLinesOptions, Kind, Read, Skipped, TableColumn, Texts, Values,
};
use attune_data::{EmbeddedTable, embedded_table};
use attune_tensor::{Budget, Code, Error};
use napi::Env;
use napi::bindgen_prelude::{Either3, Float64Array, Object, ObjectFinalize, Uint32Array};
use napi_derive::napi;
use serde_json::json;

use crate::background::background;
use crate::failure::{Failure, guard, json, parse};
use crate::table_values::TableValues;
use crate::typed::Indices;

/// Named columns of equal length, of numbers, texts or booleans, any of which may be missing.
#[napi(custom_finalize)]
pub struct Table {
    pub(crate) inner: Arc<table::Table>,
    skipped: Skipped,
    /// Bytes that V8 knows of; a table that shares columns tells nothing.
    told: i64,
}

impl Table {
    /// A table whose columns are new.
    pub(crate) fn owner(env: Env, table: table::Table) -> Self {
        let told = table.bytes() as i64;
        // A refusal leaves V8 uninformed, which delays a collection and breaks nothing.
        let _ = env.adjust_external_memory(told);
        Table { told, ..Self::view(table) }
    }

    /// A table that shares another's columns.
    fn view(table: table::Table) -> Self {
        Table { inner: Arc::new(table), skipped: Skipped::default(), told: 0 }
    }

    fn read(
        env: &Env,
        work: impl FnOnce() -> attune_tensor::Result<Read> + Send + 'static,
    ) -> Result<Object<'_>, Failure> {
        background(env, work, |env, read| {
            Ok(Table { skipped: read.skipped, ..Self::owner(env, read.table) })
        })
    }
}

#[napi]
impl Table {
    /// A file of delimited text, gzipped or not; options as JSON.
    #[napi(ts_return_type = "Promise<Table>")]
    pub fn read_csv(env: &Env, path: String, options: String) -> Result<Object<'_>, Failure> {
        Self::read(env, move || {
            let options: CsvOptions = parse("options", &options)?;
            table::read_csv(&PathBuf::from(path), &options, &Budget::of_machine())
        })
    }

    /// A file of JSON lines, gzipped or not; options as JSON.
    #[napi(ts_return_type = "Promise<Table>")]
    pub fn read_json_lines(
        env: &Env,
        path: String,
        options: String,
    ) -> Result<Object<'_>, Failure> {
        Self::read(env, move || {
            let options: JsonLinesOptions = parse("options", &options)?;
            table::read_json_lines(&PathBuf::from(path), &options, &Budget::of_machine())
        })
    }

    /// Columns of one's own, copied: typed arrays, in which NaN is missing, or arrays of numbers,
    /// bigints, texts, booleans and null. Kinds, as JSON by name, are told by the values otherwise.
    #[napi(
        ts_args_type = "names: string[], columns: (TypedArray | readonly unknown[])[], kinds: string",
        ts_return_type = "Promise<Table>"
    )]
    pub fn from_columns(
        env: &Env,
        names: Vec<String>,
        columns: Vec<TableValues>,
        kinds: String,
    ) -> Result<Object<'_>, Failure> {
        let work = move || {
            let kinds: BTreeMap<String, Kind> = parse("kinds", &kinds)?;
            if names.len() != columns.len() {
                let (names, columns) = (names.len(), columns.len());
                let message = format!("expected {names} columns, one for each name, got {columns}");
                return Err(Error::new(Code::Config, message));
            }
            if let Some(name) = kinds.keys().find(|name| !names.contains(name)) {
                let names = names.join(", ");
                let message = format!("kinds: expected some of the columns {names}, got {name:?}");
                return Err(Error::new(Code::Config, message));
            }
            let budget = Budget::of_machine();
            let column = |(name, values): (String, TableValues)| {
                let kind = kinds.get(&name).copied();
                column(&name, values, kind, &budget).map_err(|error| named(error, &name))
            };
            let columns = names.into_iter().zip(columns).map(column).collect::<Result<_, _>>()?;
            table::Table::new(columns)
        };
        background(env, work, |env, table| Ok(Self::owner(env, table)))
    }

    /// A table of the package: `iris`, `wine`, `breastCancer` or `diabetes`.
    #[napi(ts_return_type = "Promise<Table>")]
    pub fn embedded(env: &Env, name: String) -> Result<Object<'_>, Failure> {
        let work = move || {
            let which: EmbeddedTable = parse("name", &json(&name)?)?;
            embedded_table(which, &Budget::of_machine())
        };
        background(env, work, |env, table| Ok(Self::owner(env, table)))
    }

    /// The number of rows.
    #[napi(getter)]
    pub fn rows(&self) -> f64 {
        self.inner.rows() as f64
    }

    /// JSON: `[{ name, kind, missing }]`, the kind one of `number`, `text` and `boolean`, with the
    /// number of missing values.
    #[napi]
    pub fn columns(&self) -> Result<String, Failure> {
        guard(|| {
            let about = |column: &TableColumn| {
                let missing = column.values().missing();
                json!({ "name": column.name(), "kind": column.kind(), "missing": missing })
            };
            json(&self.inner.columns().iter().map(about).collect::<Vec<_>>())
        })
    }

    /// JSON: `[{ name, kind, missing, distinct, range, frequent }]`, the range `{ minimum, maximum,
    /// mean }` of numbers, and `frequent` up to 5 pairs of a value and how often it comes.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn summary<'env>(&self, env: &'env Env) -> Result<Object<'env>, Failure> {
        let table = self.inner.clone();
        background(env, move || json(&table.summary()), |_, text| Ok(text))
    }

    /// JSON: `{ count, examples }` of the rows that were left out while reading.
    #[napi(getter)]
    pub fn skipped(&self) -> Result<String, Failure> {
        guard(|| json(&self.skipped))
    }

    /// A copy of a column: NaN or null where a value is missing.
    #[napi(ts_return_type = "Float64Array | (string | null)[] | (boolean | null)[]")]
    pub fn column(
        &self,
        name: String,
    ) -> Result<Either3<Float64Array, Vec<Option<String>>, Vec<Option<bool>>>, Failure> {
        guard(|| {
            Ok(match self.inner.column(&name)?.values() {
                Values::Number(numbers) => Either3::A(numbers.values().to_vec().into()),
                Values::Text(texts) => {
                    Either3::B(texts.iter().map(|text| text.map(str::to_owned)).collect())
                }
                Values::Boolean(flags) => Either3::C(flags.iter().collect()),
            })
        })
    }

    /// The places of a column's texts in its `dictionary`; 2^32 - 1 where one is missing.
    #[napi]
    pub fn codes(&self, name: String) -> Result<Uint32Array, Failure> {
        guard(|| Ok(self.inner.column(&name)?.texts()?.codes().to_vec().into()))
    }

    /// The different texts of a column, of which a table of some rows may use only some.
    #[napi]
    pub fn dictionary(&self, name: String) -> Result<Vec<String>, Failure> {
        guard(|| {
            let texts: &Texts = self.inner.column(&name)?.texts()?;
            Ok(texts.dictionary().iter().map(str::to_owned).collect())
        })
    }

    /// A number for each row, equal where a column's values are; a missing one is an error.
    #[napi]
    pub fn groups(&self, name: String) -> Result<Uint32Array, Failure> {
        guard(|| Ok(table::groups(self.inner.column(&name)?)?.into()))
    }

    /// The numbers of a column, or its dates in ISO 8601 as seconds since 1970; a missing one is an
    /// error.
    #[napi]
    pub fn times(&self, name: String) -> Result<Float64Array, Failure> {
        guard(|| Ok(table::times(self.inner.column(&name)?)?.into()))
    }

    /// Copies of the rows of these numbers, in this order; repeats are allowed.
    #[napi(ts_args_type = "rows: Uint32Array")]
    pub fn take(&self, env: Env, rows: Indices) -> Result<Table, Failure> {
        guard(|| {
            let rows = rows.values("rows")?;
            let some = self.inner.subset(&rows, &Budget::of_machine())?;
            Ok(Self::owner(env, some))
        })
    }

    /// The columns of these names alone, in this order.
    #[napi]
    pub fn select(&self, names: Vec<String>) -> Result<Table, Failure> {
        guard(|| Ok(Self::view(self.inner.select(&names)?)))
    }
}

impl ObjectFinalize for Table {
    fn finalize(self, env: Env) -> napi::Result<()> {
        env.adjust_external_memory(-self.told).map(drop)
    }
}

fn column(
    name: &str,
    values: TableValues,
    kind: Option<Kind>,
    budget: &Budget,
) -> attune_tensor::Result<TableColumn> {
    match values {
        TableValues::Numbers(numbers) if kind.is_none_or(|kind| kind == Kind::Number) => {
            table::column_of_numbers(name, &numbers?, budget)
        }
        TableValues::Numbers(numbers) => {
            let cells: Vec<_> = numbers?.into_iter().map(Cell::Number).collect();
            table::column_of_cells(name, &cells, kind, budget)
        }
        TableValues::Cells(cells) => table::column_of_cells(name, &cells?, kind, budget),
    }
}

/// The error with the column's name in front, where it is not there yet.
fn named(error: Error, name: &str) -> Error {
    if error.message.starts_with(&format!("{name}: ")) { error } else { error.at(name) }
}
