//! What steps found and changed: counts by column and rule, with some rows and values.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use super::frame::{Cell, Series};

/// All findings of one pass, in the order of the steps and columns.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Rows that came.
    pub rows: usize,
    /// Rows that were left after the last step.
    pub kept: usize,
    pub findings: Vec<Finding>,
    /// How many rows and values a finding lists at most.
    #[serde(skip)]
    pub limit: usize,
}

/// What one rule found in one column, or in whole rows.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The place of the step, from 0.
    pub step: usize,
    /// Such as `missing`, `outliers` or `duplicates`.
    pub rule: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What was done: `report`, `clip`, `drop`, `missing`, `fill`, `correct`, ...
    pub action: String,
    /// How many values, or rows.
    pub count: usize,
    /// The rule in figures, such as the range that was kept to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    pub examples: Vec<Example>,
}

/// A row, the value that it had and the value that it has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Example {
    /// The row of the table, from 0.
    pub row: u32,
    /// Nothing where it was missing.
    pub value: Option<Cell>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub becomes: Option<Cell>,
    /// The row that a duplicate repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub like: Option<u32>,
}

impl Example {
    /// What a row holds in a column.
    pub fn of(column: &Series, at: usize, rows: &[u32], becomes: Option<Cell>) -> Self {
        Example {
            row: rows[at],
            value: column.get(at).map(writable),
            becomes: becomes.map(writable),
            like: None,
        }
    }
}

/// JSON has no infinite numbers.
fn writable(cell: Cell) -> Cell {
    match cell {
        Cell::Number(number) if !number.is_finite() => {
            Cell::Text(if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned())
        }
        other => other,
    }
}

impl Report {
    /// The findings as lines for people.
    pub fn text(&self) -> String {
        let rows = if self.rows == 1 { "row" } else { "rows" };
        let mut text = match self.rows - self.kept.min(self.rows) {
            0 => format!("{} {rows}\n", self.rows),
            left => format!("{} {rows}, {left} left out\n", self.rows),
        };
        for finding in &self.findings {
            let Finding { step, rule, count, action, .. } = finding;
            let place =
                finding.column.as_deref().map_or("rows".to_owned(), |name| format!("{name:?}"));
            let _ = write!(text, "steps.{step} {rule}: {place}: {count}, {action}");
            if let Some(note) = &finding.note {
                let _ = write!(text, " ({note})");
            }
            for (i, example) in finding.examples.iter().take(5).enumerate() {
                let _ = write!(text, "{} {}", if i == 0 { ": row" } else { ", row" }, example.row);
                if let Some(like) = example.like {
                    let _ = write!(text, " like row {like}");
                } else {
                    let show = |cell: &Option<Cell>| {
                        cell.as_ref().map_or("nothing".to_owned(), Cell::show)
                    };
                    let _ = write!(text, " {}", show(&example.value));
                    if example.becomes.is_some() {
                        let _ = write!(text, " to {}", show(&example.becomes));
                    }
                }
            }
            text.push_str(if *count > finding.examples.len().min(5) { ", ...\n" } else { "\n" });
        }
        text
    }
}
