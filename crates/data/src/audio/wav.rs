//! WAV files: linear PCM of 8, 16, 24 and 32 bits and floats of 32 and 64 bits.
//!
//! File = "RIFF", size, "WAVE", then chunks = name, size, bytes, padded to an even place. `fmt ` says
//! how the samples of `data` are stored; other chunks may stand anywhere. The size of the whole is
//! not looked at, since programs that write to a pipe cannot know it.
//! Format: Microsoft and IBM 1991, Multimedia Programming Interface and Data Specifications 1.0.

use attune_tensor::{Error, Result};

use super::clip::Clip;
use super::limits::Limits;
use crate::refusals::{corrupt, unfit};

const PCM: u16 = 1;
const FLOAT: u16 = 3;
/// The true format stands in an extension of the chunk.
const EXTENSIBLE: u16 = 0xfffe;
/// What a program writes that does not know the size yet.
const UNKNOWN_SIZE: usize = u32::MAX as usize;
const MOST_CHANNELS: usize = 256;

/// How samples are stored.
struct Format {
    code: u16,
    channels: usize,
    rate: u32,
    /// Bytes of one sample.
    width: usize,
}

pub fn read(bytes: &[u8], limits: &Limits) -> Result<Clip> {
    let (format, data) = chunks(bytes)?;
    let frame = format.width * format.channels;
    if !data.len().is_multiple_of(frame) {
        return Err(corrupt(format!(
            "expected samples of {frame} bytes for {} channels, came {} bytes: it was cut off",
            format.channels,
            data.len()
        )));
    }
    let count = data.len() / format.width;
    limits.check(count, format.channels, format.rate)?;
    let mut samples = Vec::new();
    samples
        .try_reserve_exact(count)
        .map_err(|_| Error::out_of_memory(count * 4, "the samples of a sound file"))?;
    convert(&format, data, &mut samples);
    Ok(Clip { rate: format.rate, channels: format.channels, samples })
}

/// The format and the bytes of the samples.
fn chunks(bytes: &[u8]) -> Result<(Format, &[u8])> {
    let (mut format, mut data) = (None, None);
    let mut at = 12;
    while at + 8 <= bytes.len() && (format.is_none() || data.is_none()) {
        let name = &bytes[at..at + 4];
        let size = number(bytes, at + 4, 4) as usize;
        let rest = &bytes[at + 8..];
        let body = match rest.get(..size) {
            Some(body) => body,
            None if name == b"data" && size == UNKNOWN_SIZE => rest,
            None => {
                let name = String::from_utf8_lossy(name);
                return Err(corrupt(format!(
                    "the chunk {name:?} says that it has {size} bytes, but only {} follow: \
                     the file was cut off, copy it again",
                    rest.len()
                )));
            }
        };
        match name {
            b"fmt " => format = Some(parse(body)?),
            b"data" => data = Some(body),
            _ => {}
        }
        at += 8 + body.len() + body.len() % 2;
    }
    match (format, data) {
        (Some(format), Some(data)) => Ok((format, data)),
        (None, _) => {
            Err(corrupt("expected a chunk \"fmt \" that describes the samples, came none"))
        }
        (_, None) => Err(corrupt("expected a chunk \"data\" with the samples, came none")),
    }
}

fn parse(body: &[u8]) -> Result<Format> {
    if body.len() < 16 {
        let len = body.len();
        return Err(corrupt(format!("expected a chunk \"fmt \" of at least 16 bytes, came {len}")));
    }
    let field = |at| number(body, at, 2) as u16;
    let code = match field(0) {
        EXTENSIBLE if body.len() >= 26 => field(24),
        code => code,
    };
    let (channels, block, bits) = (usize::from(field(2)), usize::from(field(12)), field(14));
    let rate = number(body, 4, 4) as u32;
    if channels == 0 || channels > MOST_CHANNELS || rate == 0 {
        return Err(corrupt(format!(
            "expected 1 to {MOST_CHANNELS} channels and a rate above 0, \
             came {channels} channels and {rate} Hz"
        )));
    }
    let width = block / channels;
    let fits = match code {
        PCM => (1..=4).contains(&width) && usize::from(bits).div_ceil(8) == width,
        FLOAT => (width == 4 || width == 8) && usize::from(bits) == 8 * width,
        other => {
            return Err(unfit(format!(
                "expected linear PCM or floats, came format {other}: \
                 convert it, for example with `ffmpeg -i in.wav -c:a pcm_s16le out.wav`"
            )));
        }
    };
    if !fits || block != width * channels {
        return Err(corrupt(format!(
            "expected samples of 8, 16, 24 or 32 bits, or floats of 32 or 64, \
             came {bits} bits in blocks of {block} bytes for {channels} channels"
        )));
    }
    Ok(Format { code, channels, rate, width })
}

/// Whole numbers come to -1 to 1 by their largest magnitude.
fn convert(format: &Format, data: &[u8], samples: &mut Vec<f32>) {
    let scale = |bits: u32| 1.0 / (1u64 << (bits - 1)) as f32;
    match (format.code, format.width) {
        (PCM, 1) => samples.extend(data.iter().map(|&x| (f32::from(x) - 128.0) * scale(8))),
        (PCM, 2) => {
            samples.extend(each(data).map(|x| f32::from(i16::from_le_bytes(x)) * scale(16)))
        }
        (PCM, 3) => {
            samples.extend(each(data).map(|[a, b, c]: [u8; 3]| {
                (i32::from_le_bytes([0, a, b, c]) >> 8) as f32 * scale(24)
            }))
        }
        (PCM, _) => {
            samples.extend(each(data).map(|x| i32::from_le_bytes(x) as f32 * scale(32)));
        }
        (_, 4) => samples.extend(each(data).map(f32::from_le_bytes)),
        _ => samples.extend(each(data).map(|x| f64::from_le_bytes(x) as f32)),
    }
}

fn each<const N: usize>(data: &[u8]) -> impl Iterator<Item = [u8; N]> + '_ {
    data.as_chunks::<N>().0.iter().copied()
}

fn number(bytes: &[u8], at: usize, width: usize) -> u64 {
    bytes[at..at + width].iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte))
}
