//! How a file that cannot be used is refused.

use attune_tensor::{Code, Error};

/// The file contradicts itself.
pub(crate) fn corrupt(message: impl Into<String>) -> Error {
    Error::new(Code::Corrupt, message)
}

/// The file is sound, but not one to train on.
pub(crate) fn unfit(message: impl Into<String>) -> Error {
    Error::new(Code::Data, message)
}
