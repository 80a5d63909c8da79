//! Arrays as columns of samples: their first size is the number of samples.

use std::collections::BTreeMap;

use attune_tensor::npy::Values;
use attune_tensor::{Budget, Buffer, Code, DType, Error, Result};

use super::{Held, Place, read_array};
use crate::data_set::{Column, DataSet, data_error};

/// Samples whose columns are arrays. float64 becomes float32, int64 becomes int32 where every number
/// fits; NaN and infinity are errors.
pub fn read_samples(places: &BTreeMap<String, Place>, budget: &Budget) -> Result<DataSet> {
    let column = |(name, place): (&String, &Place)| {
        let held = read_array(place, budget).map_err(|error| error.at(name))?;
        column(name, held, budget).map_err(|error| error.at(&place.file.display().to_string()))
    };
    let samples = DataSet::new(places.iter().map(column).collect::<Result<_>>()?)?;
    samples.check_finite()?;
    Ok(samples)
}

fn column(name: &str, held: Held, budget: &Budget) -> Result<Column> {
    let array = held.array;
    if array.shape.rank() == 0 {
        return Err(data_error(format!("{name}: expected an array of samples, came one number")));
    }
    let one = &array.shape[1..];
    let (dtype, buffer) = match &array.values {
        Values::F32(values) => (DType::Float32, copy(values, budget, |&x| Ok(x))?),
        Values::F64(values) => (DType::Float32, copy(values, budget, |&x| narrow(x))?),
        Values::I32(values) => (DType::Int32, copy(values, budget, |&x| Ok(x))?),
        Values::I64(values) => (DType::Int32, copy(values, budget, |&x| short(x))?),
        Values::U8(values) => (DType::Uint8, copy(values, budget, |&x| Ok(x))?),
    };
    Column::new(name, dtype, one, buffer)
}

fn copy<T, U: bytemuck::Pod>(
    values: &[T],
    budget: &Budget,
    convert: impl Fn(&T) -> std::result::Result<U, String>,
) -> Result<Buffer> {
    let mut buffer = Buffer::new(values.len().saturating_mul(size_of::<U>()), budget)?;
    for (at, (out, value)) in buffer.as_slice_mut::<U>().iter_mut().zip(values).enumerate() {
        *out = convert(value).map_err(|came| {
            let message = format!("element {at}: expected a number that fits, came {came}");
            Error::new(Code::Data, format!("{message}: bring the array to scale first"))
        })?;
    }
    Ok(buffer)
}

fn narrow(x: f64) -> std::result::Result<f32, String> {
    let narrow = x as f32;
    // What was not finite before is found with the column's name and row.
    if narrow.is_infinite() && x.is_finite() { Err(format!("{x:e}")) } else { Ok(narrow) }
}

fn short(x: i64) -> std::result::Result<i32, String> {
    i32::try_from(x).map_err(|_| x.to_string())
}
