//! What a run is asked to do and what it gives back, as JavaScript objects.

use std::collections::HashMap;

use napi::bindgen_prelude::{ClassInstance, Float32Array, Float64Array};
use napi_derive::napi;

use crate::data_set::DataSet;
use crate::failure::Failure;
use crate::typed::Typed;

/// Steps of a program and where their numbers come from.
#[napi(object, object_to_js = false)]
pub struct RunRequest<'env> {
    pub steps: f64,
    /// Steps taken since training began.
    pub first_step: f64,
    /// One a step, for programs that update parameters.
    pub learning_rates: Option<Float64Array>,
    /// Rows to gather batches from.
    pub dataset: Option<ClassInstance<'env, DataSet>>,
    /// Whether rows come in the order of the epoch or as they lie; as they lie by default.
    pub shuffle: Option<bool>,
    pub epoch: Option<f64>,
    /// The position in the epoch of the first row; 0 by default.
    pub first: Option<f64>,
    /// The data set's column for each input of the program, where the names differ.
    pub feeds: Option<HashMap<String, String>>,
    /// Inputs given whole.
    #[napi(ts_type = "Record<string, Float32Array | Int32Array | Uint8Array>")]
    pub inputs: Option<HashMap<String, Typed>>,
}

/// What the steps of a run gave.
#[napi(object, object_from_js = false)]
pub struct RunResult {
    /// Steps done: fewer than asked for where the run was halted.
    pub steps: f64,
    /// Per program output: steps times elements.
    pub outputs: HashMap<String, Float32Array>,
    /// The global norm of each step, before clipping.
    pub gradient_norms: Float32Array,
    /// Whether a loss or gradient became NaN or infinite; the update of that step was not applied.
    pub halted: bool,
    pub seconds: f64,
}

/// The arguments of a run's callback: exactly one of them is not null.
pub type Done = (Option<Failure>, Option<RunResult>);
