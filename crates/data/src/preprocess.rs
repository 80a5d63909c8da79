//! Preprocessing of tables: steps that learn from the training rows, change any rows, and are saved as JSON.

mod clean;
mod columns;
#[cfg(test)]
mod conformance;
mod defaults;
mod encode;
mod frame;
mod keep;
mod labels;
mod preprocessor;
mod rebalance;
mod report;
mod scale;
mod step;
mod steps;

pub use defaults::default_steps;
pub(crate) use encode::Moment;
pub use labels::{Labelled, Labels, classes};
pub use preprocessor::{Applied, FitOptions, Preprocessor};
pub use rebalance::{Balance, balance, balancing_weights, class_weights, resample, weigh};
pub use report::{Example, Finding, Report};
pub use step::Purpose;
pub use steps::Rule;
