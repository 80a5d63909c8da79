//! Parameter updates. One file per optimizer; this file is the list.

mod clip;
mod decay;
mod hyper;
mod sweep;
mod whole;

pub use clip::{Units, ZClip, clip_scale};
pub use hyper::{Hyper, choice, with_decay};
pub use whole::{Parameter, Whole};

use attune_kernels::Isa;

/// Numbers that an optimizer carries from one step to the next for all parameters together; zeros
/// before the first.
pub type Carried = [f64; 3];

/// The numbers of one step that are the same for every element.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Counts from 1.
    pub number: u64,
    pub learning_rate: f64,
    /// Multiplies the gradient before anything else: 1, or what clipping gave.
    pub gradient_scale: f64,
    /// What [`Optimizer::advance`] made of this step.
    pub carried: Carried,
}

/// One rule that treats each element alone, so that a slab can be cut into ranges anywhere.
pub trait Optimizer: Send + Sync + std::fmt::Debug {
    /// Buffers per parameter, by name: their number and their checkpoint keys.
    fn slots(&self) -> &'static [&'static str];

    /// What every slot holds before the first step.
    fn start(&self) -> f32 {
        0.0
    }

    /// How many numbers it carries.
    fn carried(&self) -> usize {
        0
    }

    /// Moves the carried numbers on to step `number`, once a step.
    fn advance(&self, _number: u64, _learning_rate: f64, _carried: &mut Carried) {}

    /// The slot that holds the weights to evaluate with, where these are not the trained ones. It
    /// is valid as soon as the first carried number is above 0.
    fn evaluated(&self) -> Option<&'static str> {
        None
    }

    /// Updates one range of `w` in place: one pass that reads and writes each slice once. All
    /// slices have one length.
    fn update(&self, step: &Step, w: &mut [f32], g: &[f32], slots: &mut [&mut [f32]]) {
        self.update_on(Isa::current(), step, w, g, slots);
    }

    /// [`Optimizer::update`] on a given instruction set.
    fn update_on(&self, isa: Isa, step: &Step, w: &mut [f32], g: &[f32], slots: &mut [&mut [f32]]);

    /// The update of one element in f64, which defines the result. `g` is scaled already.
    fn reference(&self, step: &Step, w: &mut f64, g: f64, slots: &mut [f64]);
}

/// How one parameter is updated.
#[derive(Debug)]
pub enum Rule {
    Each(Box<dyn Optimizer>),
    Whole(Box<dyn Whole>),
}

macro_rules! optimizers {
    (
        each { $($each:ident :: $Each:ident),* $(,)? }
        whole { $($whole:ident :: $Whole:ident),* $(,)? }
    ) => {
        $(mod $each; pub use $each::$Each;)*
        $(mod $whole; pub use $whole::$Whole;)*

        /// The name of every optimizer of the list, as users write it.
        pub const NAMES: &[&str] = &[$($Each::NAME,)* $($Whole::NAME),*];

        /// The hyperparameters that the optimizer called `name` takes, all of them.
        pub fn keys(name: &str) -> Option<&'static [&'static str]> {
            match name {
                $($Each::NAME => Some($Each::KEYS),)*
                $($Whole::NAME => Some($Whole::KEYS),)*
                _ => None,
            }
        }

        /// How the optimizer called `name` updates a parameter of a shape, from all of its
        /// hyperparameters.
        pub fn build(name: &str, hyper: &Hyper, shape: &[usize]) -> Result<Rule, String> {
            match name {
                $($Each::NAME => Ok(Rule::Each(Box::new($Each::build(hyper)?))),)*
                $($Whole::NAME => Ok($Whole::build(hyper)?.rule(shape)),)*
                _ => Err(hyper::unknown("optimizer", name, NAMES)),
            }
        }
    };
}

optimizers! {
    each {
        sgd::Sgd,
        adagrad::Adagrad,
        adadelta::Adadelta,
        rms_prop::RmsProp,
        adam::Adam,
        adamw::AdamW,
        nadam::NAdam,
        radam::RAdam,
        adamax::Adamax,
        lion::Lion,
        schedule_free::ScheduleFreeAdamW,
    }
    whole {
        lamb::Lamb,
        adafactor::Adafactor,
        muon::Muon,
    }
}

#[cfg(test)]
mod conformance;
