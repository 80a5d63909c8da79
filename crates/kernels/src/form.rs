//! The forms in which weights are kept beside themselves, as kernels read them.

use crate::conv2d::winograd;
use crate::panels::Panels;
use crate::{Isa, Shared};

/// What is kept of a weight, and written again when it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Panels(Panels),
    Winograd(winograd::Weights),
}

impl Form {
    /// Floats that it takes.
    pub fn len(&self, isa: Isa) -> usize {
        match self {
            Form::Panels(panels) => panels.len(isa),
            Form::Winograd(weights) => weights.len(isa),
        }
    }

    pub fn is_empty(&self) -> bool {
        match self {
            Form::Panels(panels) => panels.is_empty(),
            Form::Winograd(weights) => weights.is_empty(),
        }
    }

    /// Writes all of it.
    pub fn pack(&self, isa: Isa, weight: &[f32], to: Shared<f32>) {
        match self {
            Form::Panels(panels) => panels.pack_rows(isa, 0..panels.rows(), weight, to),
            Form::Winograd(weights) => weights.pack(isa, weight, to),
        }
    }

    /// The panels, which can be written row by row, as a weight is updated.
    pub fn by_rows(&self) -> Option<Panels> {
        match self {
            Form::Panels(panels) => Some(*panels),
            Form::Winograd(_) => None,
        }
    }

    /// The transform, which needs all rows at once.
    pub fn whole(&self) -> Option<winograd::Weights> {
        match self {
            Form::Panels(_) => None,
            Form::Winograd(weights) => Some(*weights),
        }
    }
}

impl From<Panels> for Form {
    fn from(panels: Panels) -> Form {
        Form::Panels(panels)
    }
}

impl From<winograd::Weights> for Form {
    fn from(weights: winograd::Weights) -> Form {
        Form::Winograd(weights)
    }
}
