//! Sounds held as samples whose features are computed anew for every epoch.

use attune_tensor::{Budget, Buffer, DType, Error, Result};
use rayon::prelude::*;

use super::changes::{Change, Drawn, change_features, change_samples};
use super::recipe::Pipeline;
use crate::check::elements;
use crate::stretch::Stretch;
use crate::{Column, DataSet};

/// Features of a stretch of `waves`, whose `x` is samples as the pipeline's `waveform` gives them.
pub fn epoch_features(
    waves: &DataSet,
    pipeline: &Pipeline,
    changes: &[Change],
    stretch: Stretch,
    budget: &Budget,
) -> Result<DataSet> {
    let (x, y) = (waves.column("x")?, waves.column("y")?);
    let order = waves.order(stretch.seed, stretch.epoch, stretch.shuffle);
    let end = stretch.first.checked_add(stretch.count).filter(|&end| end <= order.len());
    let rows = &order[stretch.first.min(order.len())..end.unwrap_or(order.len())];
    if (x.dtype(), y.dtype()) != (DType::Float32, DType::Int32) || end.is_none() {
        return Err(Error::shape("expected a stretch of float32 samples with int32 labels"));
    }
    let width = pipeline.width();
    let mut features = Buffer::new(rows.len() * width * 4, budget)?;
    let mut labels = Buffer::new(rows.len() * 4, budget)?;
    features.as_slice_mut::<f32>().par_chunks_mut(width).zip(rows).try_for_each(
        |(out, &row)| {
            let drawn = Drawn { seed: stretch.seed, epoch: stretch.epoch, sample: u64::from(row) };
            let given: &[f32] = elements(x, row);
            if changes.is_empty() {
                return pipeline.row_of_samples(given, out);
            }
            let mut samples = given.to_vec();
            change_samples(changes, &mut samples, pipeline.rate(), drawn)?;
            pipeline.row_of_samples(&samples, out)?;
            change_features(changes, out, pipeline.features(), drawn);
            Ok(())
        },
    )?;
    for (label, &row) in labels.as_slice_mut::<i32>().iter_mut().zip(rows) {
        *label = elements::<i32>(y, row)[0];
    }
    DataSet::new(vec![
        Column::new("x", DType::Float32, pipeline.shape(), features)?,
        Column::new("y", DType::Int32, [], labels)?,
    ])
}
