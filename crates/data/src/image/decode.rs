//! Image files decoded: PNG, JPEG, WebP, BMP and the first picture of a GIF.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use attune_tensor::{Budget, Error, Result};
use image::codecs::{bmp, gif, jpeg, png, webp};
use image::{ImageDecoder, ImageError};

use super::colour::convert;
use super::kind::{Kind, unknown};
use super::limits::Limits;
use super::picture::Picture;
use crate::read_file::read_file;
use crate::refusals::corrupt;

/// What decoders may take beside the image itself.
const WORKING: u64 = 64 << 20;

/// Reads and decodes a file; errors name it.
pub fn read_picture(
    path: &Path,
    channels: usize,
    orient: bool,
    limits: &Limits,
    budget: &Budget,
) -> Result<Picture> {
    let read = || {
        let (bytes, _held) = read_file(path, limits.bytes, "an image file", budget)?;
        if let (Some(named), Some(found)) = (Kind::named(path), Kind::of(&bytes))
            && named != found
        {
            let (named, found) = (named.name(), found.name());
            return Err(corrupt(format!(
                "named as {named}, but its bytes are {found}: give it the right name"
            )));
        }
        decode(&bytes, channels, orient, limits, budget)
    };
    read().map_err(|error| error.at(&path.display().to_string()))
}

/// Decodes the bytes of a file into so many channels; `orient` turns it as its camera says.
///
/// A panic of a decoder on bytes that it did not foresee is an error as well.
pub fn decode(
    bytes: &[u8],
    channels: usize,
    orient: bool,
    limits: &Limits,
    budget: &Budget,
) -> Result<Picture> {
    let kind = Kind::of(bytes).ok_or_else(|| unknown(bytes))?;
    let with = Decoding { bytes: bytes.len(), channels, orient, limits, budget };
    let source = || Cursor::new(bytes);
    let decoded = AssertUnwindSafe(|| match kind {
        Kind::Png => with.run(png::PngDecoder::new(source())),
        Kind::Jpeg => {
            ends(bytes)?;
            with.run(jpeg::JpegDecoder::new(source()))
        }
        Kind::WebP => with.run(webp::WebPDecoder::new(source())),
        Kind::Bmp => with.run(bmp::BmpDecoder::new(source())),
        Kind::Gif => with.run(gif::GifDecoder::new(source())),
    });
    catch_unwind(decoded)
        .unwrap_or_else(|_| Err(corrupt("damaged beyond what a decoder foresees")))
        .map_err(|error| error.at(kind.name()))
}

/// What a decoding is told.
struct Decoding<'a> {
    /// Of the file.
    bytes: usize,
    channels: usize,
    orient: bool,
    limits: &'a Limits,
    budget: &'a Budget,
}

impl Decoding<'_> {
    fn run<D: ImageDecoder>(&self, decoder: image::ImageResult<D>) -> Result<Picture> {
        let mut decoder = decoder.map_err(fault)?;
        let (width, height) = decoder.dimensions();
        let decoded = decoder.total_bytes();
        self.limits.check([width, height], decoded, self.bytes)?;
        let mut limits = image::Limits::default();
        limits.max_alloc = Some(decoded.saturating_mul(3).saturating_add(WORKING));
        decoder.set_limits(limits).map_err(fault)?;
        // Beside the samples: what they become in other channels, or turned upright.
        let len = decoded as usize;
        let _held = self.budget.reserve(len.saturating_mul(2))?;
        let orientation = self.orient.then(|| decoder.orientation()).transpose();
        let colour = decoder.color_type();
        let mut pixels = Vec::new();
        pixels
            .try_reserve_exact(len)
            .map_err(|_| Error::out_of_memory(len, "the pixels of an image"))?;
        pixels.resize(len, 0);
        decoder.read_image(&mut pixels).map_err(fault)?;
        let picture = Picture {
            height: height as usize,
            width: width as usize,
            channels: self.channels,
            pixels: convert(pixels, colour, self.channels)?,
        };
        // A damaged note on orientation leaves the image as it is.
        Ok(match orientation {
            Ok(Some(orientation)) => picture.upright(orientation),
            _ => picture,
        })
    }
}

/// Decoders fill up what is missing of a JPEG, so its end is looked for: the marker after the
/// scan, whose own bytes never look like one.
fn ends(bytes: &[u8]) -> Result<()> {
    let cut = || corrupt("cut off before its end: copy it again");
    let mut at = 2;
    loop {
        let marker = bytes.get(at..at + 2).ok_or_else(cut)?;
        match marker {
            [0xff, 0xff] => at += 1,
            [0xff, 0xd0..=0xd8 | 0x01] => at += 2,
            [0xff, kind] => {
                let size = bytes.get(at + 2..at + 4).ok_or_else(cut)?;
                at += 2 + usize::from(u16::from_be_bytes([size[0], size[1]])).max(2);
                if *kind == 0xda {
                    break;
                }
            }
            _ => return Err(corrupt("expected a marker of a JPEG, came other bytes")),
        }
    }
    let scan = bytes.get(at..).ok_or_else(cut)?;
    let found = memchr::memmem::rfind(scan, &[0xff, 0xd9]);
    found.map(|_| ()).ok_or_else(cut)
}

fn fault(error: ImageError) -> Error {
    match error {
        ImageError::Limits(error) => crate::refusals::unfit(format!("{error}: leave the file out")),
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            corrupt("cut off before its end: copy it again")
        }
        error => corrupt(format!("{error}: copy the file again, or leave it out")),
    }
}
