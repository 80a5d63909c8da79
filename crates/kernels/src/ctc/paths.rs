//! The paths that spell a target, as numbers to multiply with: what the plain formula of the loss needs.

use super::{Ctc, Spelling};
use crate::float::Float;

/// What one sequence writes.
pub struct Paths<'a, T> {
    /// 1 where a state is of a class, `[states, classes]`; no class for the states of no label.
    pub classes: &'a mut [T],
    /// 1 for a state that may follow the one two before it, `[states]`.
    pub skips: &'a mut [T],
    /// 1 for the states that paths end in, `[states]`.
    pub ends: &'a mut [T],
    /// 1 for a step that is there, `[time]`; 0 throughout if the target cannot be spelled.
    pub steps: &'a mut [T],
    /// What the loss is multiplied by.
    pub weight: &'a mut T,
}

/// Writes them, for `2 most + 1` states.
pub fn paths<T: Float>(problem: &Ctc, spelling: &Spelling<'_>, to: Paths<'_, T>) {
    let Ctc { classes, .. } = *problem;
    let states = spelling.states();
    let possible = spelling.valid(classes) && spelling.fits();
    let one = |yes: bool| if yes { T::ONE } else { T::ZERO };
    to.classes.fill(T::ZERO);
    for (s, (skips, ends)) in to.skips.iter_mut().zip(to.ends.iter_mut()).enumerate() {
        let exists = s < states;
        *skips = one(exists && spelling.skips(s));
        *ends = one(exists && s + 2 >= states);
        if exists && spelling.class(s) < classes {
            to.classes[s * classes + spelling.class(s)] = T::ONE;
        }
    }
    for (t, step) in to.steps.iter_mut().enumerate() {
        *step = one(possible && t < spelling.steps);
    }
    *to.weight = T::of(problem.weight(spelling));
}
