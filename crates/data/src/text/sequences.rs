//! Texts as ids, of any lengths, and what they become: rows of one length, or windows over all of them.

use attune_tensor::{Budget, Buffer, Code, DType, Error, Reservation, Result};
use rayon::prelude::*;

use super::corpus::Corpus;
use super::tokenizer::Tokenizer;
use crate::data_set::data_error;
use crate::{Column, DataSet};

/// The end of a sequence that is cut or filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Side {
    Left,
    Right,
}

/// How sequences become rows of one length.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rows {
    pub length: usize,
    /// The id that fills short ones.
    pub padding: i32,
    pub pad: Side,
    /// Where long ones are cut; without it they are errors.
    pub truncate: Option<Side>,
    /// Rows of an epoch are as long as the longest of their step, in a multiple of these tokens;
    /// without it all have the same length.
    pub bucket_by: Option<usize>,
}

/// How sequences become windows of next-token prediction.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Windows {
    pub length: usize,
    /// From the beginning of a window to that of the next.
    pub stride: usize,
    /// The id that is put behind every text.
    pub end: Option<u32>,
}

/// Ids of texts, and the classes of these.
#[derive(Debug)]
pub struct Sequences {
    ids: Vec<Vec<u32>>,
    labels: Vec<i32>,
    prefix: Vec<u32>,
    suffix: Vec<u32>,
    _held: Reservation,
}

impl Sequences {
    /// Encodes all texts on every core; `around` puts the tokenizer's tokens before and after each.
    pub fn new(
        corpus: &Corpus,
        tokenizer: &Tokenizer,
        around: bool,
        budget: &Budget,
    ) -> Result<Self> {
        let rows = 0..corpus.len() as u32;
        let encode = |row: u32| {
            let ids = tokenizer.encode(corpus.get(row)?, budget);
            ids.map_err(|error| error.at(&format!("text {row}")))
        };
        let ids: Vec<Vec<u32>> = rows.into_par_iter().map(encode).collect::<Result<_>>()?;
        let bytes = ids.iter().map(|one| one.capacity() * 4 + size_of::<Vec<u32>>()).sum();
        let held = budget.reserve(bytes)?;
        let (prefix, suffix) = if around { tokenizer.around() } else { Default::default() };
        let (prefix, suffix) = (prefix.to_vec(), suffix.to_vec());
        Ok(Sequences { ids, labels: corpus.labels().to_vec(), prefix, suffix, _held: held })
    }

    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The ids of a text, without what is put around it.
    pub fn get(&self, row: u32) -> Result<&[u32]> {
        let len = self.len();
        let found = self.ids.get(row as usize).map(Vec::as_slice);
        found.ok_or_else(|| data_error(format!("expected texts below {len}, came {row}")))
    }

    /// The ids of a text, with what is put around it.
    pub fn whole(&self, row: u32) -> Result<Vec<u32>> {
        Ok([&self.prefix, self.get(row)?, &self.suffix].concat())
    }

    pub fn label(&self, row: u32) -> Result<i32> {
        self.get(row).map(|_| self.labels[row as usize])
    }

    /// How many ids each of these texts has, what is put around it included.
    pub fn lengths(&self, rows: &[u32]) -> Result<Vec<u32>> {
        let around = self.prefix.len() + self.suffix.len();
        // A text has less than 4 GiB, and so fewer ids.
        rows.iter().map(|&row| Ok((self.get(row)?.len() + around) as u32)).collect()
    }

    /// The most ids of any of these texts, what is put around it included.
    pub fn longest(&self, rows: &[u32]) -> Result<usize> {
        let around = self.prefix.len() + self.suffix.len();
        let longest = |most: usize, &row: &u32| Ok(most.max(self.get(row)?.len() + around));
        rows.iter().try_fold(0, longest)
    }

    /// `x`: int32 `[length]`, `y`: int32, the classes.
    pub fn rows(&self, rows: &[u32], rule: &Rows, budget: &Budget) -> Result<DataSet> {
        let (mut x, mut y) = columns(rows.len(), rule.length, budget)?;
        x.as_slice_mut::<i32>().par_chunks_mut(rule.length).zip(rows).try_for_each(
            |(out, &row)| {
                self.fill(self.get(row)?, rule, out)
                    .map_err(|error| error.at(&format!("text {row}")))
            },
        )?;
        for (label, &row) in y.as_slice_mut::<i32>().iter_mut().zip(rows) {
            *label = self.label(row)?;
        }
        labelled(rule.length, x, y)
    }

    /// Writes ids as a row.
    pub(super) fn fill(&self, ids: &[u32], rule: &Rows, out: &mut [i32]) -> Result<()> {
        let around = self.prefix.len() + self.suffix.len();
        let room = out.len().checked_sub(around).ok_or_else(|| too_short(out.len(), around))?;
        let kept = match rule.truncate {
            _ if ids.len() <= room => ids,
            Some(Side::Right) => &ids[..room],
            Some(Side::Left) => &ids[ids.len() - room..],
            None => {
                return Err(data_error(format!(
                    "expected at most {} tokens, came {}: raise `length`, or `truncate`",
                    out.len(),
                    ids.len() + around
                )));
            }
        };
        let used = kept.len() + around;
        let begin = if rule.pad == Side::Left { out.len() - used } else { 0 };
        out.fill(rule.padding);
        let all = self.prefix.iter().chain(kept).chain(&self.suffix);
        // Ids of a tokenizer fit into i32.
        for (place, &id) in out[begin..begin + used].iter_mut().zip(all) {
            *place = id as i32;
        }
        Ok(())
    }

    /// All ids one after another, and how many they are.
    fn packed(&self, rows: &[u32], end: Option<u32>, budget: &Budget) -> Result<(Buffer, usize)> {
        let mut count = 0;
        for &row in rows {
            count += self.get(row)?.len() + usize::from(end.is_some());
        }
        let mut packed = Buffer::new(count.max(1) * 4, budget)?;
        let mut places = packed.as_slice_mut::<i32>().iter_mut();
        for &row in rows {
            for (&id, place) in self.get(row)?.iter().chain(&end).zip(&mut places) {
                *place = id as i32;
            }
        }
        Ok((packed, count))
    }

    /// `x`: int32 `[length]`, `y`: int32 `[length]`, the ids one place later.
    pub fn windows(&self, rows: &[u32], rule: &Windows, budget: &Budget) -> Result<DataSet> {
        let Windows { length, stride, end } = *rule;
        let (packed, count) = self.packed(rows, end, budget)?;
        if length == 0 || stride == 0 || count <= length {
            return Err(data_error(format!(
                "expected more than {length} tokens, one window and the token after it, \
                 came {count}: take shorter windows or more text"
            )));
        }
        let windows = (count - length - 1) / stride + 1;
        let bytes = windows.checked_mul(length).and_then(|ids| ids.checked_mul(4));
        let bytes =
            bytes.ok_or_else(|| Error::shape("the windows are too many: raise `stride`"))?;
        let (mut x, mut y) = (Buffer::new(bytes, budget)?, Buffer::new(bytes, budget)?);
        let ids: &[i32] = packed.as_slice();
        let outs = x.as_slice_mut::<i32>().par_chunks_mut(length);
        outs.zip(y.as_slice_mut::<i32>().par_chunks_mut(length)).enumerate().for_each(
            |(at, (now, next))| {
                let begin = at * stride;
                now.copy_from_slice(&ids[begin..begin + length]);
                next.copy_from_slice(&ids[begin + 1..begin + 1 + length]);
            },
        );
        DataSet::new(vec![
            Column::new("x", DType::Int32, [length], x)?,
            Column::new("y", DType::Int32, [length], y)?,
        ])
    }
}

/// Room for rows and their classes.
pub(super) fn columns(rows: usize, length: usize, budget: &Budget) -> Result<(Buffer, Buffer)> {
    if length == 0 {
        return Err(Error::new(Code::Config, "length: expected at least 1, got 0"));
    }
    let bytes = rows.checked_mul(length).and_then(|ids| ids.checked_mul(4));
    let bytes = bytes.ok_or_else(|| Error::shape("the rows are too many or too long"))?;
    Ok((Buffer::new(bytes, budget)?, Buffer::new(rows * 4, budget)?))
}

pub(super) fn labelled(length: usize, x: Buffer, y: Buffer) -> Result<DataSet> {
    DataSet::new(vec![
        Column::new("x", DType::Int32, [length], x)?,
        Column::new("y", DType::Int32, [], y)?,
    ])
}

fn too_short(length: usize, around: usize) -> Error {
    let message = format!(
        "length: expected more than the {around} tokens that are put around a text, got {length}"
    );
    Error::new(Code::Config, message)
}
