//! Steps that find and mend what is missing, repeated or wrong.

mod allowed;
mod check;
mod duplicates;
mod missing;
mod misspelt;
mod number;
mod outliers;
mod range;
mod rare;
mod types;

pub use allowed::Allowed;
pub use check::Action;
pub use duplicates::{Across, Duplicates};
pub use missing::{Fill, Missing};
pub use misspelt::Misspelt;
pub use outliers::Outliers;
pub use range::Range;
pub use rare::Rare;
pub use types::Types;
