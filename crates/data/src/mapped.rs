//! Data sets in files that are mapped into memory: a column a file, sample after sample.

use std::fs::File;
use std::path::PathBuf;

use attune_tensor::{Buffer, Code, DType, Error, Result, Shape};

use crate::data_set::{Column, DataSet};

/// A column in a file of its own, little-endian and without a header.
#[derive(Clone, Debug)]
pub struct MappedColumn {
    pub name: String,
    pub dtype: DType,
    /// Of one sample.
    pub shape: Shape,
    pub file: PathBuf,
}

impl DataSet {
    /// `samples` samples out of files, whose pages are read as they are needed.
    pub fn map(columns: Vec<MappedColumn>, samples: usize) -> Result<DataSet> {
        DataSet::new(columns.into_iter().map(|column| column.open(samples)).collect::<Result<_>>()?)
    }
}

impl MappedColumn {
    fn open(self, samples: usize) -> Result<Column> {
        let MappedColumn { name, dtype, shape, file: path } = self;
        let io = |error| Error::io("map it", &path, &error);
        let file = File::open(&path).map_err(io)?;
        let held = file.metadata().map_err(io)?.len();
        let each = shape.checked_elements()?.saturating_mul(dtype.size());
        let needed = each.saturating_mul(samples);
        if held != needed as u64 {
            let path = path.display();
            let message = format!(
                "{path}: expected {needed} bytes for {samples} samples of {dtype} {shape}, the file \
                 has {held}: remove the folder to have it written again"
            );
            return Err(Error::new(Code::Corrupt, message));
        }
        Column::new(name, dtype, shape, Buffer::map(&file, 0, needed)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapped(bytes: &[u8], samples: usize) -> Result<DataSet> {
        let path = std::env::temp_dir().join(format!(
            "attune-mapped-{}-{}-{samples}",
            std::process::id(),
            bytes.len()
        ));
        std::fs::write(&path, bytes).unwrap();
        let shape = Shape::from([2]);
        let column =
            MappedColumn { name: "x".into(), dtype: DType::Int32, shape, file: path.clone() };
        let data = DataSet::map(vec![column], samples);
        std::fs::remove_file(path).unwrap();
        data
    }

    #[test]
    fn a_mapped_column_has_the_values_of_its_file() {
        let values: Vec<u8> = (0..6i32).flat_map(i32::to_le_bytes).collect();
        let data = mapped(&values, 3).unwrap();
        assert_eq!(data.len(), 3);
        let row = data.column("x").unwrap().row(2);
        assert_eq!(bytemuck::cast_slice::<u8, i32>(row), [4, 5]);
    }

    #[test]
    fn a_file_of_another_length_is_refused_by_its_name() {
        for bytes in [0, 23, 25] {
            let error = mapped(&vec![0; bytes], 3).unwrap_err();
            assert_eq!(error.code, Code::Corrupt);
            assert!(error.message.contains("expected 24 bytes for 3 samples"), "{error}");
        }
    }
}
