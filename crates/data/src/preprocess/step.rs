//! What a step is: it learns a state from the training rows, and the state changes any rows.

use std::fmt::Debug;

use attune_tensor::Result;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::frame::{Cell, Frame};
use super::report::{Example, Finding, Report};
use crate::data_set::data_error;

/// What rows are wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The rows that the steps learned from.
    Train,
    /// Validation and test rows: bad rows are left out, outliers stay.
    Evaluate,
    /// Every row must get an answer: one that would be left out is an error, or skipped on request.
    Predict { skip: bool },
}

/// A step: its options are `self`, what it learned is its state, and both are JSON.
pub trait Step: Clone + Debug + Serialize + DeserializeOwned {
    type State: Clone + Debug + Serialize + DeserializeOwned + Send + Sync;

    /// What the step must know of the training rows.
    fn fit(&self, frame: &Frame, seed: u64) -> Result<Self::State>;

    fn apply(&self, state: &Self::State, frame: &mut Frame, pass: &mut Pass) -> Result<()>;

    /// Undoes the change where that can be done, and leaves columns out where it cannot.
    fn invert(&self, _state: &Self::State, _frame: &mut Frame) -> Result<()> {
        Ok(())
    }
}

/// One way of rows through the steps.
#[derive(Debug)]
pub struct Pass<'a> {
    pub purpose: Purpose,
    pub report: &'a mut Report,
    /// The place of the step that is at work, and its name.
    pub step: usize,
    pub rule: &'static str,
}

impl Pass<'_> {
    /// Notes what was found; nothing is no finding.
    pub fn found(
        &mut self,
        column: Option<&str>,
        action: &str,
        note: Option<String>,
        count: usize,
        examples: Vec<Example>,
    ) {
        if count > 0 {
            self.report.findings.push(Finding {
                step: self.step,
                rule: self.rule.to_owned(),
                column: column.map(str::to_owned),
                action: action.to_owned(),
                count,
                note,
                examples,
            });
        }
    }

    /// Leaves out rows; `why` names the column and value of the first, for who asked for an answer.
    pub fn drop(
        &mut self,
        frame: &mut Frame,
        kept: &[bool],
        why: impl Fn(usize) -> String,
    ) -> Result<()> {
        if let (Purpose::Predict { skip: false }, Some(at)) =
            (self.purpose, kept.iter().position(|&keep| !keep))
        {
            return Err(data_error(format!(
                "row {}: {}: correct it, or skip bad samples",
                frame.rows[at],
                why(at)
            )));
        }
        frame.keep(kept);
        Ok(())
    }
}

/// A value that a rule does not accept, and what a correction would make of it.
#[derive(Clone, Debug)]
pub struct Wrong {
    pub at: usize,
    pub becomes: Option<Cell>,
}
