//! Which rows to train on and which to keep aside.

use attune_data::split::{self, Aside, By};
use attune_tensor::{Code, Error};
use napi::bindgen_prelude::{Float64Array, Uint32Array};
use napi_derive::napi;
use serde::Deserialize;

use crate::failure::{Failure, guard, parse};
use crate::typed::Indices;

/// Numbers of rows.
#[napi(object)]
pub struct SplitRows {
    pub train: Uint32Array,
    pub aside: Uint32Array,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Request {
    rows: usize,
    by: Way,
    aside: Part,
    seed: u64,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Way {
    First,
    Last,
    Random,
    Stratified,
    Grouped,
    Time,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Part {
    Rows(usize),
    Fold { fold: usize, of: usize },
}

/// Parts rows, by a class or group for each or by the time of each where `by` asks for them; JSON:
/// `{ rows, by, aside, seed }` with `by` one of `first`, `last`, `random`, `stratified`, `grouped` and
/// `time`, and `aside` a number of rows or `{ fold, of }`.
#[napi(ts_args_type = "request: string, groups?: Uint32Array | null, times?: Float64Array | null")]
pub fn split_rows(
    request: String,
    groups: Option<Indices>,
    times: Option<Float64Array>,
) -> Result<SplitRows, Failure> {
    guard(|| {
        let Request { rows, by, aside, seed } = parse("split", &request)?;
        let groups = groups.map(|groups| groups.values("groups")).transpose()?;
        let wanted = |what: &str| {
            Error::new(Code::Config, format!("split: expected the {what} of the rows, got none"))
        };
        let groups = groups.as_deref().ok_or_else(|| wanted("groups"));
        let by = match by {
            Way::First => By::First,
            Way::Last => By::Last,
            Way::Random => By::Random,
            Way::Stratified => By::Stratified(groups?),
            Way::Grouped => By::Grouped(groups?),
            Way::Time => By::Time(times.as_deref().ok_or_else(|| wanted("times"))?),
        };
        let aside = match aside {
            Part::Rows(rows) => Aside::Rows(rows),
            Part::Fold { fold, of } => Aside::Fold { fold, of },
        };
        let parted = split::split(rows, by, aside, seed)?;
        Ok(SplitRows { train: parted.train.into(), aside: parted.aside.into() })
    })
}
