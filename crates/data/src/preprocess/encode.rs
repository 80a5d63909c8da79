//! Steps that make numbers of texts, categories and dates.

mod categories;
mod civil;
mod dates;
mod folds;
mod frequency;
mod hashing;
mod one_hot;
mod ordinal;
mod target;

pub use categories::categories;
pub(crate) use civil::Moment;
pub use dates::Dates;
pub use frequency::Frequency;
pub use hashing::Hashing;
pub use one_hot::OneHot;
pub use ordinal::Ordinal;
pub use target::TargetEncode;
