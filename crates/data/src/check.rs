//! What training must not meet: labels outside the classes, NaN and infinities.

use attune_tensor::{Code, DType, Error, Result};

use crate::data_set::{Column, DataSet, data_error};

impl DataSet {
    /// Checks that a column of whole numbers holds classes: `0 <= label < classes`.
    pub fn check_labels(&self, column: &str, classes: usize) -> Result<()> {
        let labels = self.column(column)?;
        let label = |row| -> Result<i64> {
            match labels.dtype() {
                DType::Int32 => Ok(i64::from(elements::<i32>(labels, row)[0])),
                DType::Uint8 => Ok(i64::from(labels.row(row)[0])),
                DType::Float32 => Err(Error::new(
                    Code::Dtype,
                    format!("{column}: expected int32 or uint8 labels, came float32"),
                )),
            }
        };
        if labels.shape().elements() != 1 {
            let shape = labels.shape();
            return Err(Error::shape(format!(
                "{column}: expected one label a sample, came {shape}"
            )));
        }
        for (index, row) in self.rows().enumerate() {
            let label = label(row)?;
            if !(0..classes as i64).contains(&label) {
                return Err(data_error(format!(
                    "{column}: expected labels from 0 to {} for {classes} classes, came {label} \
                     in sample {index}: correct it, or give the last layer more units",
                    classes.saturating_sub(1)
                )));
            }
        }
        Ok(())
    }

    /// Checks that no float32 column holds NaN or an infinity.
    pub fn check_finite(&self) -> Result<()> {
        for column in self.columns().iter().filter(|column| column.dtype() == DType::Float32) {
            for (index, row) in self.rows().enumerate() {
                let values = elements::<f32>(column, row);
                if let Some(place) = values.iter().position(|value| !value.is_finite()) {
                    return Err(data_error(format!(
                        "{}: expected finite numbers, came {} in sample {index} at element {place}: \
                         leave the sample out or fill the value in",
                        column.name(),
                        values[place]
                    )));
                }
            }
        }
        Ok(())
    }
}

/// The elements of one sample; buffers are aligned for every element type.
pub(crate) fn elements<T: bytemuck::Pod>(column: &Column, row: u32) -> &[T] {
    bytemuck::cast_slice(column.row(row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data_set::tests::column;

    #[test]
    fn the_first_label_outside_its_classes_is_named() {
        let labels = column("y", DType::Int32, &[], &[0i32, 2, -1, 3]).unwrap();
        let data = DataSet::new(vec![labels]).unwrap();
        let error = data.check_labels("y", 3).unwrap_err();
        assert_eq!(error.code, Code::Data);
        assert!(error.message.contains("0 to 2 for 3 classes, came -1 in sample 2"), "{error}");
        let message = data.subset(&[3, 0]).unwrap().check_labels("y", 3).unwrap_err().message;
        assert!(message.contains("came 3 in sample 0"), "{message}");
        data.subset(&[0, 1, 3]).unwrap().check_labels("y", 4).unwrap();
    }

    #[test]
    fn labels_must_be_single_whole_numbers() {
        let floats = column("y", DType::Float32, &[], &[0f32]).unwrap();
        let pairs = column("z", DType::Uint8, &[2], &[0u8, 1]).unwrap();
        let bytes = column("w", DType::Uint8, &[], &[9u8]).unwrap();
        let data = DataSet::new(vec![floats, pairs, bytes]).unwrap();
        assert_eq!(data.check_labels("y", 3).unwrap_err().code, Code::Dtype);
        assert_eq!(data.check_labels("z", 3).unwrap_err().code, Code::Shape);
        assert_eq!(data.check_labels("w", 9).unwrap_err().code, Code::Data);
        data.check_labels("w", 10).unwrap();
    }

    #[test]
    fn the_first_number_that_is_not_finite_is_named() {
        let x = [0.0, 1.0, 2.0, f32::NAN, f32::INFINITY, 5.0];
        let data = DataSet::new(vec![column("x", DType::Float32, &[2], &x).unwrap()]).unwrap();
        let error = data.check_finite().unwrap_err();
        assert_eq!(error.code, Code::Data);
        assert!(
            error.message.contains("x: expected finite numbers, came NaN in sample 1 at element 1")
        );
        data.subset(&[0]).unwrap().check_finite().unwrap();
    }
}
