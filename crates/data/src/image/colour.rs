//! Samples of any colour type as bytes of 1, 3 or 4 channels.

use attune_tensor::{Error, Result};
use image::ColorType;

use crate::refusals::corrupt;

/// The bytes of `from` in so many channels: grey as Pillow computes it (ITU-R 601), what is
/// transparent taken as if it were not, and opaque where nothing is said.
pub fn convert(bytes: Vec<u8>, from: ColorType, channels: usize) -> Result<Vec<u8>> {
    let (given, wide) = match from {
        ColorType::L8 => (1, false),
        ColorType::La8 => (2, false),
        ColorType::Rgb8 => (3, false),
        ColorType::Rgba8 => (4, false),
        ColorType::L16 => (1, true),
        ColorType::La16 => (2, true),
        ColorType::Rgb16 => (3, true),
        ColorType::Rgba16 => (4, true),
        other => {
            return Err(corrupt(format!("expected whole numbers of 8 or 16 bits, came {other:?}")));
        }
    };
    let bytes = if wide { narrow(&bytes)? } else { bytes };
    if given == channels {
        return Ok(bytes);
    }
    let len = bytes.len() / given * channels;
    let mut converted = Vec::new();
    converted
        .try_reserve_exact(len)
        .map_err(|_| Error::out_of_memory(len, "the pixels of an image"))?;
    for pixel in bytes.chunks_exact(given) {
        let opaque = if given % 2 == 0 { pixel[given - 1] } else { 255 };
        match (given < 3, channels) {
            (true, 1) => converted.push(pixel[0]),
            (true, 3) => converted.extend([pixel[0]; 3]),
            (true, _) => converted.extend([pixel[0], pixel[0], pixel[0], opaque]),
            (false, 1) => converted.push(grey(pixel)),
            (false, 3) => converted.extend_from_slice(&pixel[..3]),
            (false, _) => converted.extend([pixel[0], pixel[1], pixel[2], opaque]),
        }
    }
    Ok(converted)
}

/// `(19595 r + 38470 g + 7471 b) / 65536`, to the nearest.
fn grey(pixel: &[u8]) -> u8 {
    let [r, g, b] = [0, 1, 2].map(|channel| u32::from(pixel[channel]));
    ((r * 19_595 + g * 38_470 + b * 7_471 + 0x8000) >> 16) as u8
}

/// 16 bits to the nearest 8.
fn narrow(bytes: &[u8]) -> Result<Vec<u8>> {
    let len = bytes.len() / 2;
    let mut narrow = Vec::new();
    narrow
        .try_reserve_exact(len)
        .map_err(|_| Error::out_of_memory(len, "the pixels of an image"))?;
    let nearest = |pair: &[u8]| {
        let value = u32::from(u16::from_ne_bytes([pair[0], pair[1]]));
        ((value + 128) / 257) as u8
    };
    narrow.extend(bytes.chunks_exact(2).map(nearest));
    Ok(narrow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_repeated_dropped_mixed_or_made_opaque() {
        let from = |bytes: &[u8], kind, channels| convert(bytes.to_vec(), kind, channels).unwrap();
        assert_eq!(from(&[7, 9], ColorType::L8, 3), [7, 7, 7, 9, 9, 9]);
        assert_eq!(from(&[7, 100], ColorType::La8, 4), [7, 7, 7, 100]);
        assert_eq!(from(&[1, 2, 3, 4], ColorType::Rgba8, 3), [1, 2, 3]);
        assert_eq!(from(&[1, 2, 3], ColorType::Rgb8, 4), [1, 2, 3, 255]);
        assert_eq!(from(&[255, 0, 0, 0, 255, 0, 0, 0, 255], ColorType::Rgb8, 1), [76, 150, 29]);
        let wide: Vec<u8> = [0u16, 128, 129, 65_535].iter().flat_map(|v| v.to_ne_bytes()).collect();
        assert_eq!(from(&wide, ColorType::L16, 1), [0, 0, 1, 255]);
        assert!(convert(vec![0; 12], ColorType::Rgb32F, 3).is_err());
    }
}
