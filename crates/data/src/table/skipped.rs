//! Samples that cannot be read: an error, or left out, counted and listed.

use std::path::Path;

use attune_tensor::Error;
use serde::{Deserialize, Serialize};

use crate::data_set::data_error;

/// What to do with a sample that cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OnBadSample {
    #[default]
    Error,
    Skip,
}

/// The samples that were left out: how many, and the first of them with the reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Skipped {
    pub count: usize,
    pub examples: Vec<String>,
}

const EXAMPLES: usize = 20;

impl Skipped {
    pub(crate) fn add(&mut self, reason: impl FnOnce() -> String) {
        self.count += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(reason());
        }
    }
}

/// The error of a sample that cannot be read.
pub(crate) fn bad_sample(path: &Path, reason: &str) -> Error {
    data_error(format!(
        "{}: {reason}: correct it, or leave such rows out by `onBadSample: 'skip'`",
        path.display()
    ))
}
