//! Image files as samples: all at once, or a stretch of an epoch, decoded on every core.

use std::path::PathBuf;

use attune_tensor::{Budget, Buffer, DType, Error, Result};
use fast_image_resize::Resizer;
use rayon::prelude::*;

use super::recipe::{Drawn, Recipe};
use crate::refusals::unfit;
use crate::{Column, DataSet, Stretch};

/// A file and its class.
#[derive(Clone, Debug)]
pub struct ImageFile {
    pub path: PathBuf,
    pub label: i32,
}

/// A file that was left out, and why.
#[derive(Clone, Debug)]
pub struct Skipped {
    /// Its place in the list that was given.
    pub index: usize,
    pub error: Error,
}

/// Files with what is done to each.
#[derive(Clone, Debug)]
pub struct ImageFiles {
    files: Vec<ImageFile>,
    recipe: Recipe,
}

impl ImageFiles {
    pub fn new(files: Vec<ImageFile>, recipe: Recipe) -> Result<Self> {
        Ok(ImageFiles { files, recipe: recipe.checked()? })
    }

    pub fn len(&self) -> usize {
        self.files.len()
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// All files in their order, whole: `x` uint8, `y` int32. The first bad one is an error, or bad
    /// ones are left out.
    pub fn read(&self, skip: bool, budget: &Budget) -> Result<(DataSet, Vec<Skipped>)> {
        let all: Vec<u32> = (0..self.files.len() as u32).collect();
        let (samples, outcomes) = self.rows(&all, |_| None, budget)?;
        let (kept, skipped) = sorted(outcomes, skip)?;
        let samples = if skipped.is_empty() { samples } else { samples.subset(&kept)? };
        Ok((samples, skipped))
    }

    /// The samples of a stretch, with the random part of each.
    pub fn stretch(&self, stretch: Stretch, budget: &Budget) -> Result<DataSet> {
        let rows = stretch.samples(self.files.len()).ok_or_else(|| {
            let (len, Stretch { first, count, .. }) = (self.files.len(), stretch);
            Error::shape(format!(
                "expected a stretch of {len} images, came {count} from {first} on"
            ))
        })?;
        let (samples, outcomes) = self.rows(&rows, |row| Some(Drawn::of(&stretch, row)), budget)?;
        sorted(outcomes, false)?;
        Ok(samples)
    }

    /// The bad files, each decoded and let go again.
    pub fn bad(&self, budget: &Budget) -> Result<Vec<Skipped>> {
        let size = self.recipe.shape().elements();
        let check = |(resizer, row): &mut (Resizer, Vec<u8>), file: &ImageFile| {
            row.resize(size, 0);
            self.recipe.row_of_file(&file.path, None, resizer, row, budget)
        };
        let new = || (Resizer::new(), Vec::new());
        let outcomes = self.files.par_iter().map_init(new, check).collect();
        Ok(sorted(outcomes, true)?.1)
    }

    fn rows(
        &self,
        rows: &[u32],
        drawn: impl Fn(u32) -> Option<Drawn> + Sync,
        budget: &Budget,
    ) -> Result<(DataSet, Vec<Result<()>>)> {
        let shape = self.recipe.shape();
        let width = shape.elements();
        let bytes = width.checked_mul(rows.len());
        let bytes = bytes.ok_or_else(|| Error::shape("the pixels of all images are too many"))?;
        let mut x = Buffer::new(bytes, budget)?;
        let mut y = Buffer::new(rows.len() * DType::Int32.size(), budget)?;
        let outcomes = x
            .as_slice_mut::<u8>()
            .par_chunks_mut(width)
            .zip(rows)
            .map_init(Resizer::new, |resizer, (out, &row)| {
                let path = &self.files[row as usize].path;
                self.recipe.row_of_file(path, drawn(row), resizer, out, budget)
            })
            .collect();
        for (label, &row) in y.as_slice_mut::<i32>().iter_mut().zip(rows) {
            *label = self.files[row as usize].label;
        }
        let samples = DataSet::new(vec![
            Column::new("x", DType::Uint8, shape, x)?,
            Column::new("y", DType::Int32, [], y)?,
        ])?;
        Ok((samples, outcomes))
    }
}

/// The places of good files, and the bad ones or the first as an error.
fn sorted(outcomes: Vec<Result<()>>, skip: bool) -> Result<(Vec<u32>, Vec<Skipped>)> {
    let (mut kept, mut skipped) = (Vec::new(), Vec::new());
    for (index, outcome) in outcomes.into_iter().enumerate() {
        match outcome {
            Ok(()) => kept.push(index as u32),
            Err(error) if skip => skipped.push(Skipped { index, error }),
            Err(error) => return Err(error),
        }
    }
    if let (true, Some(first)) = (kept.is_empty(), skipped.first()) {
        let (count, error) = (skipped.len(), &first.error);
        return Err(unfit(format!("all {count} files are bad; the first: {error}")));
    }
    Ok((kept, skipped))
}
