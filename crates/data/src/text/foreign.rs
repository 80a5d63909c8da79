//! Calls into the tokenizers crate, whose panics on what it did not foresee are errors as well.

use std::panic::{AssertUnwindSafe, catch_unwind};

use attune_tensor::{Code, Error, Result};

/// Runs `work`; what goes wrong in it is a `code` error that says what was being done.
pub(super) fn foreign<T>(
    code: Code,
    doing: &str,
    work: impl FnOnce() -> tokenizers::Result<T>,
) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(cause)) => Err(Error::new(code, format!("{doing}: {cause}"))),
        Err(_) => {
            Err(Error::new(code, format!("{doing}: damaged beyond what a tokenizer foresees")))
        }
    }
}
