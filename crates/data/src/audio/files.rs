//! Sound files as a data set, decoded and turned into features on every core.

use std::path::PathBuf;

use attune_tensor::{Budget, Buffer, DType, Error, Result};
use rayon::prelude::*;

use super::recipe::{Pipeline, Recipe};
use crate::refusals::unfit;
use crate::{Column, DataSet};

/// A file and its class.
#[derive(Clone, Debug)]
pub struct AudioFile {
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

/// What was read.
#[derive(Debug)]
pub struct AudioFiles {
    /// `x`: float32 features, `y`: int32.
    pub samples: DataSet,
    /// Empty where a bad file is an error.
    pub skipped: Vec<Skipped>,
}

/// Reads files in their order; the first bad one is an error, or bad ones are left out.
pub fn read_audio_files(
    files: &[AudioFile],
    recipe: Recipe,
    skip: bool,
    budget: &Budget,
) -> Result<AudioFiles> {
    let pipeline = Pipeline::new(recipe)?;
    let (width, rows) = (pipeline.width(), files.len());
    let bytes = width.checked_mul(rows).and_then(|elements| elements.checked_mul(4));
    let bytes = bytes.ok_or_else(|| Error::shape("the features of all files are too many"))?;
    let mut x = Buffer::new(bytes, budget)?;
    let mut y = Buffer::new(rows * DType::Int32.size(), budget)?;
    let outcomes: Vec<Result<()>> = x
        .as_slice_mut::<f32>()
        .par_chunks_mut(width)
        .zip(files)
        .map(|(row, file)| pipeline.row_of_file(&file.path, row, budget))
        .collect();
    for (label, file) in y.as_slice_mut::<i32>().iter_mut().zip(files) {
        *label = file.label;
    }
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
    let samples = DataSet::new(vec![
        Column::new("x", DType::Float32, pipeline.shape(), x)?,
        Column::new("y", DType::Int32, [], y)?,
    ])?;
    let samples = if skipped.is_empty() { samples } else { samples.subset(&kept)? };
    Ok(AudioFiles { samples, skipped })
}
