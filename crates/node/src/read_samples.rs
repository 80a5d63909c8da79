//! What reading files gave: a data set, and those that were left out.

use attune_data as data;
use attune_tensor::{Code, Error, Result};
use napi::Env;
use napi_derive::napi;
use serde_json::json;

use crate::data_set::DataSet;
use crate::failure::{Failure, guard, json};

/// Files as a data set, and those that were left out.
#[napi]
pub struct ReadSamples {
    samples: Option<data::DataSet>,
    skipped: String,
}

impl ReadSamples {
    pub fn new<'a>(
        samples: data::DataSet,
        skipped: impl Iterator<Item = (usize, &'a Error)>,
    ) -> Result<Self> {
        Ok(ReadSamples { samples: Some(samples), skipped: list(skipped)? })
    }
}

#[napi]
impl ReadSamples {
    /// The data set, once.
    #[napi]
    pub fn take(&mut self, env: Env) -> std::result::Result<DataSet, Failure> {
        guard(|| {
            let samples = self.samples.take();
            let gone = || Error::new(Code::Data, "the samples were taken already");
            Ok(DataSet::owner(env, samples.ok_or_else(gone)?))
        })
    }

    /// JSON: `[{ index, code, message }]`, by the place in the list of files.
    #[napi(getter)]
    pub fn skipped(&self) -> String {
        self.skipped.clone()
    }
}

/// Bad files as JSON: `[{ index, code, message }]`.
pub fn list<'a>(skipped: impl Iterator<Item = (usize, &'a Error)>) -> Result<String> {
    let entry = |(index, error): (usize, &Error)| json!({ "index": index, "code": error.code.name(), "message": error.message });
    json(&skipped.map(entry).collect::<Vec<_>>())
}
