//! Classes of unequal size: weights for the loss, or rows drawn until all classes are equally large.

use attune_kernels::random::{self, Stream};
use attune_tensor::{Code, Error, Result};

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
