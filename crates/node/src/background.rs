//! Work away from Node's thread, as a promise.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use attune_tensor::{Code, Error, Result};
use napi::bindgen_prelude::{Object, ToNapiValue};
use napi::{Env, JsError};

use crate::failure::{Outcome, failure, internal, panic_message, refused};

/// Runs `work` on a thread of its own and gives its result, made a JavaScript value by `give`, to a
/// promise; an error becomes an `Error` whose `code` is one of Attune's.
pub fn background<'env, T, J>(
    env: &'env Env,
    work: impl FnOnce() -> Result<T> + Send + 'static,
    give: impl FnOnce(Env, T) -> Result<J> + Send + 'static,
) -> Outcome<Object<'env>>
where
    T: Send + 'static,
    J: ToNapiValue + 'static,
{
    let (deferred, promise) = env.create_deferred().map_err(|e| failure(refused(e)))?;
    let task = move || {
        let outcome = catch_unwind(AssertUnwindSafe(work))
            .unwrap_or_else(|payload| Err(internal(&panic_message(&*payload))));
        deferred.resolve(move |env| {
            outcome.and_then(|value| give(env, value)).map_err(|error| thrown(env, error))
        });
    };
    match thread::Builder::new().name("attune-data".to_owned()).spawn(task) {
        Ok(_) => Ok(promise),
        Err(cause) => Err(failure(Error::new(
            Code::Memory,
            format!("no thread to read data on: {cause}: end other work of this process"),
        ))),
    }
}

/// The error with its code: a promise is rejected by the very object.
fn thrown(env: Env, error: Error) -> napi::Error {
    napi::Error::from(JsError::from(failure(error)).into_unknown(env))
}
