//! The step `dates`: a column of ISO 8601 texts becomes one of numbers for each part, as sine and cosine where
//! the part comes round again.

use std::collections::BTreeMap;
use std::f64::consts::TAU;

use attune_tensor::Result;
use serde::{Deserialize, Serialize};

use super::super::clean::Action;
use super::super::columns::Columns;
use super::super::frame::{Cells, Frame, Series, Words};
use super::super::report::Example;
use super::super::step::{Pass, Step};
use super::civil::Moment;
use crate::table::{Kind, Texts};

/// A part of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Part {
    Year,
    /// From 1.
    Quarter,
    /// From 1.
    Month,
    /// Of the month, from 1.
    Day,
    /// From 1.
    DayOfYear,
    /// From 0 for Monday.
    Weekday,
    Hour,
    Minute,
    Second,
    /// Seconds since 1970.
    Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dates {
    /// A column not named is one of dates if at least nine tenths of its texts are.
    pub columns: Columns,
    parts: Vec<Part>,
    cyclic: bool,
    /// With what is no date: `report` counts as `missing`.
    action: Action,
}

/// Nothing is learned but that the column is one of dates.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Taken {}

impl Default for Dates {
    fn default() -> Self {
        Dates {
            columns: Columns::default(),
            parts: vec![Part::Year, Part::Month, Part::Day, Part::Weekday],
            cyclic: false,
            action: Action::Missing,
        }
    }
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Part::Year => "year",
            Part::Quarter => "quarter",
            Part::Month => "month",
            Part::Day => "day",
            Part::DayOfYear => "dayOfYear",
            Part::Weekday => "weekday",
            Part::Hour => "hour",
            Part::Minute => "minute",
            Part::Second => "second",
            Part::Timestamp => "timestamp",
        }
    }

    fn value(self, moment: Moment) -> f64 {
        match self {
            Part::Year => moment.year as f64,
            Part::Quarter => f64::from((moment.month - 1) / 3 + 1),
            Part::Month => moment.month.into(),
            Part::Day => moment.day.into(),
            Part::DayOfYear => moment.day_of_year() as f64,
            Part::Weekday => moment.weekday() as f64,
            Part::Hour => moment.hour.into(),
            Part::Minute => moment.minute.into(),
            Part::Second => moment.second,
            Part::Timestamp => moment.seconds(),
        }
    }

    /// The first value and how many there are before it comes again; years and timestamps never do.
    fn round(self) -> Option<(f64, f64)> {
        match self {
            Part::Year | Part::Timestamp => None,
            Part::Quarter => Some((1.0, 4.0)),
            Part::Month => Some((1.0, 12.0)),
            Part::Day => Some((1.0, 31.0)),
            Part::DayOfYear => Some((1.0, 366.0)),
            Part::Weekday => Some((0.0, 7.0)),
            Part::Hour => Some((0.0, 24.0)),
            Part::Minute | Part::Second => Some((0.0, 60.0)),
        }
    }
}

impl Dates {
    fn is_named(&self, name: &str) -> bool {
        self.columns.names.iter().flatten().any(|known| known == name)
    }

    /// The names of the columns of `name`, each with its part, and 0 for sine and 1 for cosine.
    fn made(&self, name: &str) -> Vec<(String, Part, Option<usize>)> {
        let mut made = vec![];
        for &part in &self.parts {
            let own = format!("{name}.{}", part.name());
            if self.cyclic && part.round().is_some() {
                made.push((format!("{own}.sin"), part, Some(0)));
                made.push((format!("{own}.cos"), part, Some(1)));
            } else {
                made.push((own, part, None));
            }
        }
        made
    }
}

fn share_of_dates(words: &Words) -> f64 {
    let (mut dates, mut all) = (0usize, 0usize);
    for (count, word) in words.counts().into_iter().zip(words.dictionary.iter()) {
        all += count;
        dates += if count > 0 && Moment::parse(word).is_some() { count } else { 0 };
    }
    if all == 0 { 0.0 } else { dates as f64 / all as f64 }
}

impl Step for Dates {
    type State = BTreeMap<String, Taken>;

    fn fit(&self, frame: &Frame, _: u64) -> Result<Self::State> {
        let places = self.columns.of(frame, &[Kind::Text])?;
        let mut taken = vec![];
        for place in places {
            let column = &frame.columns[place];
            let words = column.expect_texts()?;
            if self.is_named(&column.name) || share_of_dates(words) >= 0.9 {
                taken.push(place);
            }
        }
        frame.learn(&taken, |_| Ok(Taken {}))
    }

    fn apply(&self, state: &Self::State, frame: &mut Frame, pass: &mut Pass) -> Result<()> {
        frame.reserve(state.len() * self.parts.len() * 2, 8)?;
        let limit = pass.report.limit;
        let found = frame.change(state, |_, column, rows| {
            let words = column.expect_texts()?;
            let moments: Vec<bool> =
                words.dictionary.iter().map(|word| Moment::parse(word).is_some()).collect();
            let is_wrong = |code: u32| code != Texts::MISSING && !moments[code as usize];
            let wrong: Vec<usize> =
                (0..words.codes.len()).filter(|&at| is_wrong(words.codes[at])).collect();
            let examples: Vec<Example> =
                wrong.iter().take(limit).map(|&at| Example::of(column, at, rows, None)).collect();
            Ok((column.name.clone(), wrong, examples))
        })?;
        let mut kept = vec![true; frame.len()];
        let action = if self.action == Action::Drop { Action::Drop } else { Action::Missing };
        for (column, wrong, examples) in &found {
            let note = Some("expected dates as 2024-12-31 or 2024-12-31T23:59:59".to_owned());
            pass.found(Some(column), action.name(), note, wrong.len(), examples.clone());
            wrong.iter().for_each(|&at| kept[at] = action != Action::Drop);
        }
        pass.drop(frame, &kept, |row| {
            let cause = found.iter().find(|(_, wrong, _)| wrong.contains(&row));
            format!("column {:?}: expected a date", cause.map_or("", |(name, ..)| name))
        })?;
        frame.replace(state, |_, column, _| {
            let Cells::Text(words) = &column.cells else { return Ok(vec![column]) };
            let moments: Vec<Option<Moment>> = words.dictionary.iter().map(Moment::parse).collect();
            let moment =
                |code: u32| if code == Texts::MISSING { None } else { moments[code as usize] };
            let series = |(name, part, wave): (String, Part, Option<usize>)| {
                let value = |&code: &u32| {
                    let Some(moment) = moment(code) else { return f64::NAN };
                    let value = part.value(moment);
                    match (wave, part.round()) {
                        (Some(wave), Some((first, count))) => {
                            let (sine, cosine) = ((value - first) / count * TAU).sin_cos();
                            [sine, cosine][wave]
                        }
                        _ => value,
                    }
                };
                Series::numbers(name, words.codes.iter().map(value).collect())
            };
            Ok(self.made(&column.name).into_iter().map(series).collect())
        })
    }

    /// A date is more than its parts, so the column cannot be had back.
    fn invert(&self, state: &Self::State, frame: &mut Frame) -> Result<()> {
        for name in state.keys() {
            let made = self.made(name);
            frame.columns.retain(|column| made.iter().all(|(own, ..)| *own != column.name));
        }
        Ok(())
    }
}
