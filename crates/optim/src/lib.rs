//! Parameter updates on flat slices. One file per optimizer; this file is the list.

mod clip;
mod hyper;
mod sweep;

pub use clip::clip_scale;
pub use hyper::Hyper;

use attune_kernels::Isa;

/// One rule for turning a gradient into a new parameter, as PyTorch's optimizer of that name does.
///
/// A rule treats each element alone, so a slab can be cut into ranges anywhere.
pub trait Optimizer: Send + Sync + std::fmt::Debug {
    /// Buffers per parameter, by name: their number, their zero start, their checkpoint keys.
    fn slots(&self) -> &'static [&'static str];

    /// Updates one range of `w` in place: one pass that reads and writes each slice once.
    ///
    /// `step` counts from 1. `gradient_scale` multiplies `g` before anything else (1, or what
    /// [`clip_scale`] gave). All slices have one length.
    fn update(
        &self,
        step: u64,
        learning_rate: f32,
        gradient_scale: f32,
        w: &mut [f32],
        g: &[f32],
        slots: &mut [&mut [f32]],
    ) {
        self.update_on(Isa::current(), step, learning_rate, gradient_scale, w, g, slots);
    }

    /// [`Optimizer::update`] on a given instruction set.
    fn update_on(
        &self,
        isa: Isa,
        step: u64,
        learning_rate: f32,
        gradient_scale: f32,
        w: &mut [f32],
        g: &[f32],
        slots: &mut [&mut [f32]],
    );

    /// The update in f64, one element at a time, which defines the result.
    fn reference(
        &self,
        step: u64,
        learning_rate: f64,
        gradient_scale: f64,
        w: &mut [f64],
        g: &[f64],
        slots: &mut [Vec<f64>],
    );
}

macro_rules! optimizers {
    ($($module:ident :: $name:ident),* $(,)?) => {
        $(mod $module; pub use $module::$name;)*

        /// The name of every optimizer of the list, as users write it.
        pub const NAMES: &[&str] = &[$($name::NAME),*];

        /// The hyperparameters that the optimizer called `name` takes, all of them.
        pub fn keys(name: &str) -> Option<&'static [&'static str]> {
            match name {
                $($name::NAME => Some($name::KEYS),)*
                _ => None,
            }
        }

        /// Builds the optimizer called `name` from all of its hyperparameters.
        pub fn build(name: &str, hyper: &Hyper) -> Result<Box<dyn Optimizer>, String> {
            match name {
                $($name::NAME => Ok(Box::new($name::build(hyper)?)),)*
                _ => Err(hyper::unknown("optimizer", name, NAMES)),
            }
        }
    };
}

optimizers! {
    sgd::Sgd,
    adam::Adam,
    adamw::AdamW,
}

#[cfg(test)]
mod conformance;
