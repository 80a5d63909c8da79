//! Steps that bring columns of numbers to a common scale.

mod log;
mod max_abs;
mod min_max;
mod normal;
mod order;
mod quantile;
mod robust;
mod scaler;
mod standard;
mod yeo_johnson;

pub use log::Log;
pub use max_abs::MaxAbs;
pub use min_max::MinMax;
pub use order::{percentile, sorted};
pub use quantile::Quantile;
pub use robust::Robust;
pub use standard::{Standard, moments};
pub use yeo_johnson::YeoJohnson;
