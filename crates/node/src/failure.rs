//! Errors as JavaScript sees them: `error.code` is one of Attune's codes, and no panic crosses.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use attune_tensor::{Code, Error, Result};
use serde::de::DeserializeOwned;

/// A code in the place where Node-API keeps its status, which becomes `error.code`.
pub struct Status(Code);

impl AsRef<str> for Status {
    fn as_ref(&self) -> &str {
        self.0.name()
    }
}

/// What an export throws.
pub type Failure = napi::Error<Status>;

/// What an export returns.
pub type Outcome<T> = std::result::Result<T, Failure>;

/// The error as a JavaScript `Error` with a `code`.
pub fn failure(error: Error) -> Failure {
    napi::Error::new(Status(error.code), error.message)
}

/// Runs an export: a panic in it becomes an error, since unwinding into Node ends the process.
pub fn guard<T>(work: impl FnOnce() -> Result<T>) -> Outcome<T> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|payload| Err(internal(&panic_message(&*payload))))
        .map_err(failure)
}

/// A fault of Attune itself.
pub fn internal(message: &str) -> Error {
    let message = format!("{message}: a fault of attune itself, please report it with its input");
    Error::new(Code::Internal, message)
}

/// A refusal by Node-API, which only a fault of this crate or the end of the process can cause.
pub fn refused(error: napi::Error) -> Error {
    internal(&format!("Node-API said {}: {}", error.status, error.reason))
}

/// Reads JSON that describes `what`.
pub fn parse<T: DeserializeOwned>(what: &str, json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|e| Error::new(Code::Config, format!("{what}: {e}")))
}

/// Writes a value as JSON.
pub fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|e| internal(&e.to_string()))
}

/// A count given as a JavaScript number: whole, not negative, exactly representable.
pub fn whole(what: &str, value: f64) -> Result<u64> {
    const LARGEST: f64 = ((1u64 << 53) - 1) as f64;
    if value.fract() == 0.0 && (0.0..=LARGEST).contains(&value) {
        return Ok(value as u64);
    }
    let message = format!("{what}: expected a whole number from 0 to 2^53 - 1, got {value}");
    Err(Error::new(Code::Config, message))
}

/// What a panic said.
pub fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
    format!("panic: {}", text.unwrap_or("without a message"))
}
