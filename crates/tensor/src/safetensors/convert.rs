//! Element types of other programs, brought to those that tensors have here.

use safetensors::Dtype;

use crate::{Budget, Buffer, Code, DType, Error, Result};

/// What a stored element type becomes.
pub fn dtype(stored: Dtype) -> Result<DType> {
    match stored {
        Dtype::F32 | Dtype::F64 | Dtype::F16 | Dtype::BF16 => Ok(DType::Float32),
        Dtype::I32 => Ok(DType::Int32),
        Dtype::U8 | Dtype::BOOL => Ok(DType::Uint8),
        other => Err(Error::new(
            Code::Dtype,
            format!(
                "expected F32, F64, F16, BF16, I32, U8 or BOOL, came {other}: \
                 convert it before saving"
            ),
        )),
    }
}

/// The elements of `data` as [`dtype`] says.
pub fn to_dtype(stored: Dtype, data: Buffer, budget: &Budget) -> Result<Buffer> {
    match stored {
        Dtype::F64 => to_f32(data.as_slice::<f64>(), budget, |x| x as f32),
        Dtype::F16 => to_f32(data.as_slice::<u16>(), budget, f16_to_f32),
        Dtype::BF16 => to_f32(data.as_slice::<u16>(), budget, |x| f32::from_bits((x as u32) << 16)),
        _ => Ok(data),
    }
}

fn to_f32<T: Copy>(from: &[T], budget: &Budget, convert: impl Fn(T) -> f32) -> Result<Buffer> {
    let mut data = Buffer::new(from.len() * 4, budget)?;
    for (y, &x) in data.as_slice_mut::<f32>().iter_mut().zip(from) {
        *y = convert(x);
    }
    Ok(data)
}

/// sign 1, exponent 5 (bias 15), fraction 10 -> sign 1, exponent 8 (bias 127), fraction 23; exact.
fn f16_to_f32(x: u16) -> f32 {
    let sign = ((x & 0x8000) as u32) << 16;
    let rest = (x & 0x7fff) as u32;
    match rest >> 10 {
        // Subnormals are multiples of 2^-24.
        0 => f32::from_bits((rest as f32 / (1 << 24) as f32).to_bits() | sign),
        31 => f32::from_bits(sign | 0x7f80_0000 | rest << 13),
        _ => f32::from_bits(sign | ((rest << 13) + ((127 - 15) << 23))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_floats_convert_exactly() {
        let known = [
            (0x0000, 0.0),
            (0x8000, -0.0),
            (0x0001, 5.960_464_5e-8),
            (0x83ff, -6.097_555e-5),
            (0x0400, 6.103_515_6e-5),
            (0x3555, 0.333_251_95),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x7c00, f32::INFINITY),
            (0xfc00, f32::NEG_INFINITY),
        ];
        for (half, value) in known {
            assert_eq!(f16_to_f32(half).to_bits(), f32::to_bits(value), "0x{half:04x}");
        }
        assert!(f16_to_f32(0x7e00).is_nan());
    }
}
