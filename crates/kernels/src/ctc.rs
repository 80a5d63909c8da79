//! Connectionist temporal classification: how likely a sequence of scores spells a target, and its gradient.
//!
//! ```text
//! p = softmax(x),   l = blank, target 0, blank, target 1, ..., blank           (w = 2 n + 1 states)
//! α[t, s] = (α[t - 1, s] + α[t - 1, s - 1] + skip[s] α[t - 1, s - 2]) p[t, l[s]]
//! loss = -log(α[T - 1, w - 1] + α[T - 1, w - 2])
//! ```
//!
//! Graves et al. 2006, in logarithms. A target ends at its first number that is negative or the blank.

mod fast;
mod paths;
mod reference;

pub use paths::{Paths, paths};
pub use reference::reference;

use crate::mask_time::steps;

/// Scores `[batch, time, classes]` beside targets `[batch, most]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ctc {
    pub batch: usize,
    pub time: usize,
    pub classes: usize,
    /// Labels that a target has room for.
    pub most: usize,
    pub blank: usize,
    /// A target that its input is too short for counts as 0, not as infinite.
    pub zero_infinity: bool,
    /// Divides each loss by the number of its labels, if there are any.
    pub per_label: bool,
}

/// What a sequence is to spell, and in how many steps.
#[derive(Clone, Copy, Debug)]
pub struct Spelling<'a> {
    pub labels: &'a [i32],
    pub steps: usize,
    blank: usize,
}

impl Ctc {
    /// The target of a sequence; `length` is the steps of its input, by default all.
    pub fn spelling<'a>(&self, target: &'a [i32], length: Option<i32>) -> Spelling<'a> {
        let ends = |label: &i32| usize::try_from(*label).map_or(true, |label| label == self.blank);
        let count = target.iter().position(ends).unwrap_or(target.len());
        let steps = length.map_or(self.time, |length| steps(length, self.time));
        Spelling { labels: &target[..count], steps, blank: self.blank }
    }

    /// The target of a sequence of the batch.
    pub fn spelling_of<'a>(
        &self,
        row: usize,
        targets: &'a [i32],
        lengths: Option<&[i32]>,
    ) -> Spelling<'a> {
        self.spelling(&targets[row * self.most..][..self.most], lengths.map(|all| all[row]))
    }

    /// What the loss of a target is multiplied by.
    pub fn weight(&self, spelling: &Spelling<'_>) -> f64 {
        if self.per_label { 1.0 / spelling.labels.len().max(1) as f64 } else { 1.0 }
    }

    pub fn flops(&self) -> u64 {
        let states = (2 * self.most + 1) as u64;
        (self.batch * self.time) as u64 * (4 * self.classes as u64 + 30 * states)
    }
}

impl Spelling<'_> {
    /// The states: the labels, with blanks before, between and behind.
    pub fn states(&self) -> usize {
        2 * self.labels.len() + 1
    }

    /// The class of a state.
    #[inline(always)]
    pub fn class(&self, state: usize) -> usize {
        if state % 2 == 1 { self.labels[state / 2] as usize } else { self.blank }
    }

    /// Whether a state may follow the one two before it: it is a label, and not the same again.
    pub fn skips(&self, state: usize) -> bool {
        let label = state / 2;
        state % 2 == 1 && (label == 0 || self.labels[label] != self.labels[label - 1])
    }

    /// Whether every label is a class.
    pub fn valid(&self, classes: usize) -> bool {
        self.blank < classes && self.labels.iter().all(|&label| (label as usize) < classes)
    }

    /// Whether the steps suffice: one for each label, and one between two that are equal.
    pub fn fits(&self) -> bool {
        let repeats = self.labels.windows(2).filter(|pair| pair[0] == pair[1]).count();
        self.labels.len() + repeats <= self.steps
    }
}

#[cfg(test)]
mod tests;
