//! A session: states and the programs that share them, on native threads of its own.

use std::sync::Arc;

use attune_graph::exec;
use attune_tensor::{Code, Error, Result};
use napi::Env;
use napi::bindgen_prelude::{FnArgs, Float32Array, Function, ObjectFinalize};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi_derive::napi;

use crate::failure::{Failure, Outcome, failure, guard, internal, json, parse, refused, whole};
use crate::run::{Done, RunRequest, RunResult};
use crate::typed::Typed;

#[napi(object, object_to_js = false)]
pub struct SessionOptions {
    /// Every core by default.
    pub threads: Option<f64>,
    /// 0 by default.
    pub seed: Option<f64>,
    /// Bytes of tensors; 90 % of the memory that is free by default.
    pub memory_limit: Option<f64>,
}

/// States and the programs that share them.
#[napi(js_name = "Session", custom_finalize)]
pub struct NativeSession {
    session: Arc<exec::Session>,
    /// What a panic said: the states may be half written, so nothing may use them any more.
    poison: Option<String>,
    /// Bytes that V8 knows of.
    told: usize,
}
