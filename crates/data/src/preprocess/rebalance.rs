//! Classes of unequal size: weights for the loss, or rows drawn until all classes are equally large.

use attune_kernels::random::{self, Stream};
use attune_tensor::{Budget, Buffer, Code, DType, Error, Result};

use crate::check::elements;
use crate::data_set::{Column, DataSet};

/// How classes become equally large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Balance {
    /// Rows of smaller classes are drawn again, with repeats.
    Over,
    /// Only some rows of larger classes are drawn, without repeats.
    Under,
}

fn counts(labels: &[u32], classes: usize) -> Result<Vec<usize>> {
    let mut counts = vec![0; classes];
    for (sample, &label) in labels.iter().enumerate() {
        match counts.get_mut(label as usize) {
            Some(count) => *count += 1,
            None => {
                let most = classes.saturating_sub(1);
                let message =
                    format!("expected labels from 0 to {most}, came {label} in sample {sample}");
                return Err(Error::new(Code::Data, message));
            }
        }
    }
    Ok(counts)
}

/// `samples / (classes * count)` for each class, so that all weigh the same together; 0 for an absent one.
pub fn class_weights(labels: &[u32], classes: usize) -> Result<Vec<f64>> {
    let counts = counts(labels, classes)?;
    let weight = |&count: &usize| match count {
        0 => 0.0,
        count => labels.len() as f64 / (classes as f64 * count as f64),
    };
    Ok(counts.iter().map(weight).collect())
}

/// Sample numbers of which every present class has equally many. Over-sampling begins with all samples
/// in their order; under-sampling keeps the order. The draw is `seed`'s alone.
pub fn resample(labels: &[u32], classes: usize, balance: Balance, seed: u64) -> Result<Vec<u32>> {
    let counts = counts(labels, classes)?;
    let mut members: Vec<Vec<u32>> =
        counts.iter().map(|&count| Vec::with_capacity(count)).collect();
    labels
        .iter()
        .enumerate()
        .for_each(|(sample, &label)| members[label as usize].push(sample as u32));
    members.retain(|members| !members.is_empty());
    let sizes = members.iter().map(Vec::len);
    let size = match balance {
        Balance::Over => sizes.max(),
        Balance::Under => sizes.min(),
    };
    let size = size.unwrap_or(0);
    let mut rows: Vec<u32> = match balance {
        Balance::Over => (0..labels.len() as u32).collect(),
        Balance::Under => vec![],
    };
    for (class, members) in members.iter().enumerate() {
        let site = random::site("rebalance").wrapping_add(class as u64);
        match balance {
            Balance::Over => {
                let mut stream = Stream::new(random::key(seed, site));
                let draw = |_| members[stream.bounded(members.len() as u32) as usize];
                rows.extend((members.len()..size).map(draw));
            }
            Balance::Under => {
                let order = random::permutation(seed, site, members.len() as u32);
                rows.extend(order.iter().take(size).map(|&place| members[place as usize]));
            }
        }
    }
    if balance == Balance::Under {
        rows.sort_unstable();
    }
    Ok(rows)
}

/// The labels of samples, from column `y`, int32.
fn labels(samples: &DataSet) -> Result<Vec<u32>> {
    let y = samples.column("y")?;
    if y.dtype() != DType::Int32 || y.shape().elements() != 1 {
        let (dtype, shape) = (y.dtype(), y.shape());
        return Err(Error::new(
            Code::Config,
            format!("y: expected one int32 class a sample to balance, came {dtype} {shape}"),
        ));
    }
    // A negative label becomes one that no class has, which counting refuses.
    Ok(samples.rows().map(|row| elements::<i32>(y, row)[0] as u32).collect())
}

/// Samples of which every present class has equally many.
pub fn balance(samples: &DataSet, classes: usize, how: Balance, seed: u64) -> Result<DataSet> {
    samples.subset(&resample(&labels(samples)?, classes, how, seed)?)
}

/// Samples with a column `weight`: what each counts by its class, or 1 without classes' weights.
pub fn weigh(samples: &DataSet, classes: Option<&[f64]>, budget: &Budget) -> Result<DataSet> {
    let rows = samples.columns().first().map_or(0, Column::rows);
    let mut buffer = Buffer::new(rows * 4, budget)?;
    let weights = buffer.as_slice_mut::<f32>();
    weights.fill(1.0);
    if let Some(classes) = classes {
        for (row, label) in samples.rows().zip(labels(samples)?) {
            let weight = classes.get(label as usize).ok_or_else(|| {
                let message = format!("expected a weight for each class, came none for {label}");
                Error::new(Code::Data, message)
            })?;
            weights[row as usize] = *weight as f32;
        }
    }
    let weight = Column::new("weight", DType::Float32, [0; 0], buffer)?;
    samples.with(weight)
}

/// What each class counts, so that all count alike together.
pub fn balancing_weights(samples: &DataSet, classes: usize) -> Result<Vec<f64>> {
    class_weights(&labels(samples)?, classes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data_set::tests::column;

    const LABELS: [u32; 8] = [0, 1, 0, 0, 3, 0, 1, 0];

    #[test]
    fn weights_make_present_classes_count_alike() {
        assert_eq!(class_weights(&LABELS, 4).unwrap(), [0.4, 1.0, 0.0, 2.0]);
        let error = class_weights(&LABELS, 3).unwrap_err();
        assert!(error.message.contains("0 to 2, came 3 in sample 4"), "{error}");
        assert!(class_weights(&[], 0).unwrap().is_empty());
    }

    #[test]
    fn drawn_rows_have_equally_many_of_each_class() {
        let count =
            |rows: &[u32], label| rows.iter().filter(|&&row| LABELS[row as usize] == label).count();
        for (balance, size) in [(Balance::Over, 5), (Balance::Under, 1)] {
            let rows = resample(&LABELS, 4, balance, 7).unwrap();
            assert_eq!([0, 1, 3].map(|label| count(&rows, label)), [size; 3], "{balance:?}");
            assert_eq!(rows, resample(&LABELS, 4, balance, 7).unwrap());
        }
        assert_eq!(resample(&LABELS, 4, Balance::Over, 7).unwrap()[..8], [0, 1, 2, 3, 4, 5, 6, 7]);
        assert!(resample(&[], 2, Balance::Under, 0).unwrap().is_empty());
    }

    #[test]
    fn another_seed_draws_other_rows() {
        let labels: Vec<u32> = (0..200).map(|i| u32::from(i % 4 == 0)).collect();
        for balance in [Balance::Over, Balance::Under] {
            let draw = |seed| resample(&labels, 2, balance, seed).unwrap();
            assert_ne!(draw(1), draw(2), "{balance:?}");
        }
    }

    fn samples() -> DataSet {
        let x: Vec<f32> = (0..8).map(|i| i as f32).collect();
        let y = LABELS.map(|label| label as i32);
        DataSet::new(vec![
            column("x", DType::Float32, &[1], &x).unwrap(),
            column("y", DType::Int32, &[], &y).unwrap(),
        ])
        .unwrap()
    }

    #[test]
    fn a_view_is_balanced_by_the_classes_of_its_own_rows() {
        let view = samples().subset(&[1, 2, 3, 6]).unwrap();
        let weights = balancing_weights(&view, 4).unwrap();
        assert_eq!(weights, [0.5, 0.5, 0.0, 0.0]);
        let weighed = weigh(&view, Some(&[0.5, 2.0, 0.0, 0.0]), &Budget::new(1 << 10)).unwrap();
        let column = weighed.column("weight").unwrap();
        let found: Vec<f32> = weighed.rows().map(|row| elements::<f32>(column, row)[0]).collect();
        assert_eq!(found, [2.0, 0.5, 0.5, 2.0]);
        let more = balance(&samples(), 4, Balance::Over, 3).unwrap();
        assert_eq!((more.len(), labels(&more).unwrap()[..8].to_vec()), (15, LABELS.to_vec()));
        let ones = weigh(&view, None, &Budget::new(1 << 10)).unwrap();
        assert_eq!(elements::<f32>(ones.column("weight").unwrap(), ones.row(0)), [1.0]);
    }

    #[test]
    fn only_classes_can_be_balanced() {
        let y = column("y", DType::Float32, &[], &[0.5f32; 3]).unwrap();
        let numbers = DataSet::new(vec![y]).unwrap();
        assert_eq!(balance(&numbers, 2, Balance::Under, 0).unwrap_err().code, Code::Config);
        assert_eq!(balance(&samples(), 3, Balance::Over, 0).unwrap_err().code, Code::Data);
        let few = weigh(&samples(), Some(&[1.0]), &Budget::new(1 << 10)).unwrap_err();
        assert_eq!(few.code, Code::Data);
    }
}
