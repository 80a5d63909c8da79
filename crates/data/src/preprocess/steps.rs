//! The list of steps, by the names that configs give them.

use attune_tensor::Result;
use serde::{Deserialize, Serialize};

use super::clean::{Allowed, Duplicates, Missing, Misspelt, Outliers, Range, Rare, Types};
use super::encode::{Dates, Frequency, Hashing, OneHot, Ordinal, TargetEncode};
use super::frame::Frame;
use super::keep::{Drop, Select};
use super::scale::{Log, MaxAbs, MinMax, Quantile, Robust, Standard, YeoJohnson};
use super::step::{Pass, Step};

macro_rules! steps {
    ($($tag:literal => $name:ident,)*) => {
        /// A step as a config describes it.
        #[derive(Clone, Debug, Serialize, Deserialize)]
        #[serde(tag = "type")]
        pub enum Rule {
            $(#[serde(rename = $tag)] $name($name),)*
        }

        /// A step and what it learned.
        #[derive(Clone, Debug, Serialize, Deserialize)]
        #[serde(tag = "type")]
        pub enum Fitted {
            $(#[serde(rename = $tag)] $name { options: $name, state: <$name as Step>::State },)*
        }

        impl Rule {
            /// The names of all steps.
            pub const NAMES: &'static [&'static str] = &[$($tag),*];

            pub fn name(&self) -> &'static str {
                match self {
                    $(Rule::$name(_) => $tag,)*
                }
            }

            pub fn fit(&self, frame: &Frame, seed: u64) -> Result<Fitted> {
                Ok(match self {
                    $(Rule::$name(options) => Fitted::$name {
                        options: options.clone(),
                        state: options.fit(frame, seed)?,
                    },)*
                })
            }
        }

        impl Fitted {
            pub fn name(&self) -> &'static str {
                match self {
                    $(Fitted::$name { .. } => $tag,)*
                }
            }

            pub fn apply(&self, frame: &mut Frame, pass: &mut Pass) -> Result<()> {
                match self {
                    $(Fitted::$name { options, state } => options.apply(state, frame, pass),)*
                }
            }

            pub fn invert(&self, frame: &mut Frame) -> Result<()> {
                match self {
                    $(Fitted::$name { options, state } => options.invert(state, frame),)*
                }
            }
        }
    };
}

steps! {
    "allowed" => Allowed,
    "dates" => Dates,
    "drop" => Drop,
    "duplicates" => Duplicates,
    "frequency" => Frequency,
    "hashing" => Hashing,
    "log" => Log,
    "maxAbs" => MaxAbs,
    "minMax" => MinMax,
    "missing" => Missing,
    "misspelt" => Misspelt,
    "oneHot" => OneHot,
    "ordinal" => Ordinal,
    "outliers" => Outliers,
    "quantile" => Quantile,
    "range" => Range,
    "rare" => Rare,
    "robust" => Robust,
    "select" => Select,
    "standard" => Standard,
    "targetEncode" => TargetEncode,
    "types" => Types,
    "yeoJohnson" => YeoJohnson,
}
