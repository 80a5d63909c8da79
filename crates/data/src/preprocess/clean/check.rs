//! What all checks of single values share: finding the wrong ones, and what is done with them.

use std::collections::BTreeMap;
use std::fmt::Debug;

use attune_tensor::Result;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::super::columns::Columns;
use super::super::frame::{Frame, Series};
use super::super::report::Example;
use super::super::step::{Pass, Purpose, Wrong};
use crate::table::Kind;

/// What is done with a wrong value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// It is listed and stays.
    Report,
    /// It becomes the nearest value that is right.
    #[serde(alias = "correct")]
    Clip,
    /// Its row is left out.
    Drop,
    /// It becomes missing, for a later step to fill.
    Missing,
}

impl Action {
    pub fn name(self) -> &'static str {
        match self {
            Action::Report => "report",
            Action::Clip => "clip",
            Action::Drop => "drop",
            Action::Missing => "missing",
        }
    }
}

/// A rule that tells wrong values of a column by what it learned of the column.
pub trait Check: Sync {
    type Figures: Clone + Debug + Serialize + DeserializeOwned + Send + Sync;

    /// The kinds of columns that it looks at unless told otherwise.
    const SUITED: &'static [Kind];

    /// Whether a wrong value may be a true one, so that only training rows are dropped for it.
    const MAY_BE_TRUE: bool = false;

    /// What is done by `Action::Clip`.
    const CLIP: &'static str = "clip";

    fn columns(&self) -> &Columns;

    fn action(&self) -> Action;

    fn learn(&self, column: &Series) -> Result<Self::Figures>;

    fn find(&self, figures: &Self::Figures, column: &Series) -> Vec<Wrong>;

    /// The rule in figures.
    fn note(&self, figures: &Self::Figures) -> Option<String>;
}

pub fn fit<C: Check>(check: &C, frame: &Frame) -> Result<BTreeMap<String, C::Figures>> {
    frame.learn(&check.columns().of(frame, C::SUITED)?, |column| check.learn(column))
}

/// Finds the wrong values of every column that has figures, notes them and does the check's action.
pub fn apply<C: Check>(
    check: &C,
    states: &BTreeMap<String, C::Figures>,
    frame: &mut Frame,
    pass: &mut Pass,
) -> Result<()> {
    let (action, limit) = (check.action(), pass.report.limit);
    let drops = action == Action::Drop && (pass.purpose == Purpose::Train || !C::MAY_BE_TRUE);
    let found = frame.change(states, |figures, column, rows| {
        let wrong = check.find(figures, column);
        let becomes = |wrong: &Wrong| wrong.becomes.clone().filter(|_| action == Action::Clip);
        let examples = wrong
            .iter()
            .take(limit)
            .map(|wrong| Example::of(column, wrong.at, rows, becomes(wrong)))
            .collect::<Vec<_>>();
        for one in wrong.iter().filter(|_| matches!(action, Action::Clip | Action::Missing)) {
            column.set(one.at, becomes(one).as_ref());
        }
        let at: Vec<usize> = wrong.iter().map(|wrong| wrong.at).collect();
        Ok((column.name.clone(), check.note(figures), at, examples))
    })?;
    let mut kept = vec![true; frame.len()];
    for (column, note, at, examples) in &found {
        let done = if action == Action::Drop && !drops { Action::Report } else { action };
        let done = if done == Action::Clip { C::CLIP } else { done.name() };
        pass.found(Some(column), done, note.clone(), at.len(), examples.clone());
        at.iter().for_each(|&at| kept[at] = !drops);
    }
    let why = |row: usize| {
        let cause = found.iter().find(|(_, _, at, _)| at.contains(&row));
        cause.map_or(String::new(), |(column, note, at, examples)| {
            let place = at.iter().position(|&at| at == row).unwrap_or(0);
            let value = examples.get(place).and_then(|example| example.value.as_ref());
            let value = value.map_or("a value".to_owned(), |value| value.show());
            let note = note.as_ref().map_or(String::new(), |note| format!(" ({note})"));
            format!("column {column:?}: expected a right value{note}, came {value}")
        })
    };
    pass.drop(frame, &kept, why)
}

/// Makes a check a step.
macro_rules! check_step {
    ($name:ident) => {
        impl $crate::preprocess::step::Step for $name {
            type State = std::collections::BTreeMap<
                String,
                <$name as $crate::preprocess::clean::check::Check>::Figures,
            >;

            fn fit(
                &self,
                frame: &$crate::preprocess::frame::Frame,
                _: u64,
            ) -> attune_tensor::Result<Self::State> {
                $crate::preprocess::clean::check::fit(self, frame)
            }

            fn apply(
                &self,
                state: &Self::State,
                frame: &mut $crate::preprocess::frame::Frame,
                pass: &mut $crate::preprocess::step::Pass,
            ) -> attune_tensor::Result<()> {
                $crate::preprocess::clean::check::apply(self, state, frame, pass)
            }
        }
    };
}

pub(crate) use check_step;
