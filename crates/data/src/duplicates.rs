//! Samples that come more than once: within a data set, or again in another.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use attune_tensor::Result;
use rayon::prelude::*;

use crate::data_set::{DataSet, data_error};

impl DataSet {
    /// Samples of which an equal one came before, by the bytes of a column, in order.
    pub fn duplicates(&self, column: &str) -> Result<Vec<u32>> {
        let mut seen = Seen::default();
        let hashes = self.hashes(column)?;
        Ok((0..self.len() as u32)
            .filter(|&index| seen.meets(self.value(column, index), hashes[index as usize]))
            .collect())
    }

    /// Samples that an equal one stands for in `other`, by the bytes of a column, in order.
    pub fn shared_with(&self, other: &DataSet, column: &str) -> Result<Vec<u32>> {
        let (one, two) = (self.column(column)?, other.column(column)?);
        if (one.dtype(), one.shape()) != (two.dtype(), two.shape()) {
            let message = format!(
                "{column}: expected samples of {} {}, came {} {}",
                one.dtype(),
                one.shape(),
                two.dtype(),
                two.shape()
            );
            return Err(data_error(message));
        }
        let mut seen = Seen::default();
        for (index, hash) in other.hashes(column)?.into_iter().enumerate() {
            seen.meets(other.value(column, index as u32), hash);
        }
        let hashes = self.hashes(column)?;
        Ok((0..self.len() as u32)
            .filter(|&index| seen.knows(self.value(column, index), hashes[index as usize]))
            .collect())
    }

    fn hashes(&self, column: &str) -> Result<Vec<u64>> {
        let column = self.column(column)?;
        let hash = |index: usize| {
            let mut hasher = DefaultHasher::new();
            column.row(self.row(index)).hash(&mut hasher);
            hasher.finish()
        };
        Ok((0..self.len()).into_par_iter().map(hash).collect())
    }

    fn value(&self, column: &str, index: u32) -> &[u8] {
        self.column(column).map_or(&[], |column| column.row(self.row(index as usize)))
    }
}

/// Values by their hashes; equal hashes are told apart by the values.
#[derive(Default)]
struct Seen<'a>(HashMap<u64, Vec<&'a [u8]>>);

impl<'a> Seen<'a> {
    fn knows(&self, value: &[u8], hash: u64) -> bool {
        self.0.get(&hash).is_some_and(|values| values.contains(&value))
    }

    /// Whether the value was known; it is now.
    fn meets(&mut self, value: &'a [u8], hash: u64) -> bool {
        let known = self.knows(value, hash);
        if !known {
            self.0.entry(hash).or_default().push(value);
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use attune_tensor::{Code, DType};

    use super::*;
    use crate::data_set::tests::column;

    fn pairs(values: &[f32]) -> DataSet {
        DataSet::new(vec![column("x", DType::Float32, &[2], values).unwrap()]).unwrap()
    }

    #[test]
    fn a_sample_is_a_duplicate_where_an_equal_one_came_before() {
        let data = pairs(&[1.0, 2.0, 3.0, 4.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0]);
        assert_eq!(data.duplicates("x").unwrap(), [2, 4]);
        assert_eq!(data.subset(&[3, 2, 1, 0]).unwrap().duplicates("x").unwrap(), [3]);
        assert!(data.subset(&[]).unwrap().duplicates("x").unwrap().is_empty());
    }

    #[test]
    fn samples_of_one_part_are_found_in_another() {
        let (train, other) = (pairs(&[1.0, 2.0, 5.0, 6.0]), pairs(&[0.0, 0.0, 5.0, 6.0, 5.0, 6.0]));
        assert_eq!(other.shared_with(&train, "x").unwrap(), [1, 2]);
        assert!(pairs(&[]).shared_with(&train, "x").unwrap().is_empty());
    }

    #[test]
    fn other_columns_and_shapes_are_refused() {
        let data = pairs(&[1.0, 2.0]);
        assert_eq!(data.duplicates("z").unwrap_err().code, Code::Data);
        let bytes =
            DataSet::new(vec![column("x", DType::Uint8, &[2], &[1u8, 2]).unwrap()]).unwrap();
        assert!(data.shared_with(&bytes, "x").unwrap_err().message.contains("came uint8 [2]"));
    }
}
