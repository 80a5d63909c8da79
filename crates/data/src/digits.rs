//! The 1,797 handwritten digits that ship inside the package.
//!
//! E. Alpaydin and C. Kaynak 1998, UCI Machine Learning Repository, doi 10.24432/C50P49, CC BY 4.0.

use std::io::Read;

use attune_tensor::{Budget, Buffer, Code, DType, Error, Result};
use flate2::read::GzDecoder;

use crate::{Column, DataSet};

const FILE: &[u8] = include_bytes!("../embedded/digits.csv.gz");
const SAMPLES: usize = 1797;
const PIXELS: usize = 64;

/// `x`: uint8 `[8, 8, 1]` of 0 to 16, `y`: int32 of 0 to 9.
pub fn digits(budget: &Budget) -> Result<DataSet> {
    let fault = || Error::new(Code::Internal, "the digits inside the package are damaged");
    let mut text = String::new();
    GzDecoder::new(FILE).read_to_string(&mut text).map_err(|_| fault())?;
    let mut x = Buffer::new(SAMPLES * PIXELS, budget)?;
    let mut y = Buffer::new(SAMPLES * DType::Int32.size(), budget)?;
    let mut lines = text.lines();
    for (pixels, label) in
        x.as_slice_mut::<u8>().chunks_exact_mut(PIXELS).zip(y.as_slice_mut::<i32>())
    {
        let mut fields = lines.next().ok_or_else(fault)?.split(',');
        for pixel in pixels {
            *pixel = fields.next().and_then(|field| field.parse().ok()).ok_or_else(fault)?;
        }
        *label = fields.next().and_then(|field| field.parse().ok()).ok_or_else(fault)?;
    }
    DataSet::new(vec![
        Column::new("x", DType::Uint8, [8, 8, 1], x)?,
        Column::new("y", DType::Int32, [], y)?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digits_are_those_that_were_published() {
        let data = digits(&Budget::new(1 << 20)).unwrap();
        assert_eq!(data.len(), 1797);
        data.check_labels("y", 10).unwrap();
        let figures = data.statistics("x").unwrap();
        assert_eq!((figures.minimum, figures.maximum), (0.0, 16.0));
        let x = data.column("x").unwrap();
        assert_eq!(&**x.shape(), [8, 8, 1]);
        assert_eq!(x.row(0)[..16], [0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0]);
        let mut counts = [0; 10];
        for &label in data.column("y").unwrap().data().as_slice::<i32>() {
            counts[label as usize] += 1;
        }
        assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    }

    #[test]
    fn a_budget_too_small_for_the_digits_is_an_error() {
        assert_eq!(digits(&Budget::new(1000)).unwrap_err().code, Code::Memory);
    }
}
