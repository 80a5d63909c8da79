//! The one error type: a code to branch on and a message that says what to do.

/// What went wrong, as callers tell failures apart. The names are part of the public API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Sizes or ranks that do not fit together.
    Shape,
    /// An element type where another is needed.
    Dtype,
    /// An option outside its range, or unknown.
    Config,
    /// Data that cannot be trained on: labels out of range, NaN, wrong lengths.
    Data,
    /// More bytes than the budget allows.
    Memory,
    /// The loss or a gradient became NaN or infinite.
    Diverged,
    /// The file system refused.
    Io,
    /// A file whose contents contradict themselves.
    Corrupt,
    /// Stopped on request.
    Cancelled,
    /// A fault of Attune itself.
    Internal,
}

impl Code {
    /// The spelling that JavaScript sees as `error.code`.
    pub fn name(self) -> &'static str {
        match self {
            Code::Shape => "SHAPE",
            Code::Dtype => "DTYPE",
            Code::Config => "CONFIG",
            Code::Data => "DATA",
            Code::Memory => "MEMORY",
            Code::Diverged => "DIVERGED",
            Code::Io => "IO",
            Code::Corrupt => "CORRUPT",
            Code::Cancelled => "CANCELLED",
            Code::Internal => "INTERNAL",
        }
    }
}

/// An error: where it happened, what was expected, what came, what to do.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    pub code: Code,
    pub message: String,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Error { code, message: message.into() }
    }

    pub fn shape(message: impl Into<String>) -> Self {
        Error::new(Code::Shape, message)
    }

    /// The file system refused: what was tried, on which file, what it answered.
    pub fn io(doing: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        Error::new(Code::Io, format!("{}: could not {doing}: {error}", path.display()))
    }

    /// The system had no memory for what a library call needs, as opposed to the budget.
    pub fn out_of_memory(bytes: usize, purpose: &str) -> Self {
        let size = crate::budget::size(bytes);
        Error::new(Code::Memory, format!("the system did not give {size} for {purpose}"))
    }

    /// Says where: `blocks.3.attention.query: ...`.
    pub fn at(mut self, place: &str) -> Self {
        if !place.is_empty() {
            self.message = format!("{place}: {}", self.message);
        }
        self
    }
}
