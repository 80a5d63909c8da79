//! Data sets in memory: columns of equal length, and views of some of their rows.

use std::collections::HashSet;
use std::sync::Arc;

use attune_kernels::random;
use attune_tensor::{Buffer, Code, DType, Error, Result, Shape};

/// One value of each sample, such as its pixels or its label, in the type it is stored in.
#[derive(Clone, Debug)]
pub struct Column {
    name: String,
    dtype: DType,
    /// Of one sample; `[]` for a number.
    shape: Shape,
    rows: usize,
    data: Arc<Buffer>,
}

/// Samples: some rows, in some order, of columns that other data sets may share.
#[derive(Clone, Debug)]
pub struct DataSet {
    columns: Arc<[Column]>,
    /// The rows of this view; without it all rows in their order.
    rows: Option<Arc<[u32]>>,
    len: usize,
}

impl Column {
    /// A column out of row-major elements, as many samples as the bytes hold.
    pub fn new(
        name: impl Into<String>,
        dtype: DType,
        shape: impl Into<Shape>,
        data: Buffer,
    ) -> Result<Self> {
        let (name, shape) = (name.into(), shape.into());
        let size = shape.checked_elements().map_err(|error| error.at(&name))? * dtype.size();
        if size == 0 {
            return Err(Error::shape(format!(
                "{name}: expected samples of at least one element, came {shape}"
            )));
        }
        if !data.len().is_multiple_of(size) {
            return Err(data_error(format!(
                "{name}: expected a multiple of {} {dtype} elements for samples of {shape}, \
                 came {}: check the shape",
                size / dtype.size(),
                data.len() / dtype.size()
            )));
        }
        Ok(Column { name, dtype, rows: data.len() / size, shape, data: Arc::new(data) })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// The shape of one sample.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Samples in the memory, of which a data set may see only some.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// All samples, one after another.
    pub fn data(&self) -> &Arc<Buffer> {
        &self.data
    }

    /// The bytes of one sample.
    pub fn row(&self, row: u32) -> &[u8] {
        let size = self.shape.elements() * self.dtype.size();
        &self.data.as_slice()[row as usize * size..][..size]
    }
}

impl DataSet {
    /// All rows of columns that have the same number of them.
    pub fn new(columns: Vec<Column>) -> Result<Self> {
        let Some(first) = columns.first() else {
            return Err(data_error("expected at least one column, came none"));
        };
        let mut names = HashSet::new();
        for column in &columns {
            if column.rows != first.rows {
                return Err(data_error(format!(
                    "{}: expected {} samples, as {} has, came {}: make the columns equally long",
                    column.name, first.rows, first.name, column.rows
                )));
            }
            if !names.insert(&column.name) {
                return Err(data_error(format!(
                    "{}: the column comes twice: rename one",
                    column.name
                )));
            }
        }
        if first.rows > u32::MAX as usize {
            let rows = first.rows;
            return Err(data_error(format!("expected at most {} samples, came {rows}", u32::MAX)));
        }
        Ok(DataSet { len: first.rows, columns: columns.into(), rows: None })
    }

    /// The number of samples.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column of a name, or an error that lists the names there are.
    pub fn column(&self, name: &str) -> Result<&Column> {
        self.columns.iter().find(|column| column.name == name).ok_or_else(|| {
            let names: Vec<_> = self.columns.iter().map(Column::name).collect();
            data_error(format!("expected one of the columns {}, came {name:?}", names.join(", ")))
        })
    }

    /// Where sample `index` lies in the columns.
    pub fn row(&self, index: usize) -> u32 {
        match &self.rows {
            Some(rows) => rows[index],
            None => index as u32,
        }
    }

    /// Where the samples lie in the columns, in their order.
    pub fn rows(&self) -> impl Iterator<Item = u32> {
        (0..self.len).map(|index| self.row(index))
    }

    /// Samples `indices` of this data set, in that order; repeats are allowed.
    pub fn subset(&self, indices: &[u32]) -> Result<Self> {
        let row = |(place, &index): (usize, &u32)| {
            (index as usize).lt(&self.len).then(|| self.row(index as usize)).ok_or_else(|| {
                data_error(format!(
                    "expected indices below {}, came {index} at place {place} of the subset",
                    self.len
                ))
            })
        };
        Ok(self.view(indices.iter().enumerate().map(row).collect::<Result<_>>()?))
    }

    /// The same samples with one more column, which has a value for every row in the memory.
    pub fn with(&self, column: Column) -> Result<Self> {
        let columns = self.columns.iter().cloned().chain([column]).collect();
        let whole = DataSet::new(columns)?;
        Ok(DataSet { columns: whole.columns, rows: self.rows.clone(), len: self.len })
    }

    /// The rows of an epoch, in the order in which training meets them.
    pub fn order(&self, seed: u64, epoch: u64, shuffle: bool) -> Vec<u32> {
        if shuffle { self.shuffled(seed, epoch) } else { self.rows().collect() }
    }

    fn shuffled(&self, seed: u64, draw: u64) -> Vec<u32> {
        let order = random::permutation(seed, draw, self.len as u32);
        order.into_iter().map(|index| self.row(index as usize)).collect()
    }

    fn view(&self, rows: Vec<u32>) -> Self {
        DataSet { columns: self.columns.clone(), len: rows.len(), rows: Some(rows.into()) }
    }
}

pub(crate) fn data_error(message: impl Into<String>) -> Error {
    Error::new(Code::Data, message)
}

#[cfg(test)]
pub(crate) mod tests {
    use attune_tensor::Budget;
    use bytemuck::Pod;

    use super::*;

    pub fn column<T: Pod>(
        name: &str,
        dtype: DType,
        shape: &[usize],
        values: &[T],
    ) -> Result<Column> {
        let mut data = Buffer::new(size_of_val(values), &Budget::new(1 << 20))?;
        data.as_slice_mut().copy_from_slice(values);
        Column::new(name, dtype, shape, data)
    }

    fn numbers(len: i32) -> DataSet {
        let x: Vec<f32> = (0..len).flat_map(|i| [i as f32, -i as f32]).collect();
        let y: Vec<i32> = (0..len).collect();
        DataSet::new(vec![
            column("x", DType::Float32, &[2], &x).unwrap(),
            column("y", DType::Int32, &[], &y).unwrap(),
        ])
        .unwrap()
    }

    #[test]
    fn a_subset_of_a_subset_reads_the_original_rows() {
        let data = numbers(10).subset(&[9, 4, 4, 0]).unwrap().subset(&[3, 1]).unwrap();
        assert_eq!(data.rows().collect::<Vec<_>>(), [0, 4]);
        let row = data.column("x").unwrap().row(data.row(1));
        assert_eq!(bytemuck::cast_slice::<u8, f32>(row), [4.0, -4.0]);
    }

    #[test]
    fn an_index_outside_is_named_with_its_place() {
        let error = numbers(3).subset(&[0, 3]).unwrap_err();
        assert_eq!(error.code, Code::Data);
        assert!(error.message.contains("below 3, came 3 at place 1"), "{error}");
    }

    #[test]
    fn every_epoch_has_its_own_order_of_the_same_rows() {
        let data = numbers(40).subset(&(10..40).collect::<Vec<u32>>()).unwrap();
        assert_eq!(data.order(7, 0, false), (10..40).collect::<Vec<u32>>());
        let [first, again, second, other] =
            [(7, 0), (7, 0), (7, 1), (8, 0)].map(|(seed, epoch)| data.order(seed, epoch, true));
        assert_eq!(first, again);
        assert!(first != second && first != other && second != other);
        let mut rows = second;
        rows.sort();
        assert_eq!(rows, (10..40).collect::<Vec<u32>>());
    }

    #[test]
    fn an_empty_data_set_is_one() {
        let data = numbers(4).subset(&[]).unwrap();
        assert!(data.is_empty() && data.order(1, 2, true).is_empty());
    }

    #[test]
    fn columns_that_do_not_fit_are_refused_by_name() {
        let x = || column("x", DType::Float32, &[2], &[1f32; 6]).unwrap();
        let y = column("y", DType::Int32, &[], &[1i32; 2]).unwrap();
        let message = DataSet::new(vec![x(), y]).unwrap_err().message;
        assert!(message.starts_with("y: expected 3 samples, as x has, came 2"), "{message}");
        assert!(
            DataSet::new(vec![x(), x()]).unwrap_err().message.contains("x: the column comes twice")
        );
        assert_eq!(DataSet::new(vec![]).unwrap_err().code, Code::Data);
        let message = column("x", DType::Float32, &[4], &[0f32; 6]).unwrap_err().message;
        assert!(message.contains("multiple of 4 float32 elements") && message.contains("came 6"));
        assert_eq!(column("x", DType::Uint8, &[3, 0], &[0u8; 3]).unwrap_err().code, Code::Shape);
        let message = numbers(1).column("z").unwrap_err().message;
        assert!(message.contains("x, y, came \"z\""), "{message}");
    }
}
