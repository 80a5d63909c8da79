//! Whole files read into memory within a limit on bytes.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use attune_tensor::{Budget, Code, Error, Reservation, Result};

use crate::refusals::unfit;

/// The bytes of a file, and what they hold of the budget.
///
/// `what` says what kind of file is expected, as in "a sound file".
pub(crate) fn read_file(
    path: &Path,
    limit: usize,
    what: &str,
    budget: &Budget,
) -> Result<(Vec<u8>, Reservation)> {
    let mut file = File::open(path).map_err(|error| refused(&error))?;
    let len = file.metadata().map_err(|error| refused(&error))?.len();
    if len > limit as u64 {
        return Err(unfit(format!(
            "expected a file of at most {limit} bytes, came {len}: cut it, or raise the limit on bytes"
        )));
    }
    let held = budget.reserve(len as usize)?;
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(len as usize)
        .map_err(|_| Error::out_of_memory(len as usize, &format!("the bytes of {what}")))?;
    // A file that grows meanwhile stays within the limit.
    file.by_ref().take(limit as u64).read_to_end(&mut bytes).map_err(|error| refused(&error))?;
    Ok((bytes, held))
}

fn refused(error: &std::io::Error) -> Error {
    Error::new(Code::Io, format!("cannot be read ({error}): check the path"))
}
