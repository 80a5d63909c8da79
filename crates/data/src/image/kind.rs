//! Kinds of image files, told by their first bytes and promised by their names.

use std::path::Path;

use attune_tensor::Error;

use crate::refusals::corrupt;

/// A kind of file that is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Png,
    Jpeg,
    WebP,
    Bmp,
    Gif,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Png => "PNG",
            Kind::Jpeg => "JPEG",
            Kind::WebP => "WebP",
            Kind::Bmp => "BMP",
            Kind::Gif => "GIF",
        }
    }

    /// The kind of a file's bytes.
    pub fn of(bytes: &[u8]) -> Option<Kind> {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Kind::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Kind::Jpeg),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Kind::WebP),
            [b'B', b'M', ..] => Some(Kind::Bmp),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Kind::Gif),
            _ => None,
        }
    }

    /// The kind that a file's name promises, where it promises one of these.
    pub fn named(path: &Path) -> Option<Kind> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "png" => Some(Kind::Png),
            "jpg" | "jpeg" => Some(Kind::Jpeg),
            "webp" => Some(Kind::WebP),
            "bmp" => Some(Kind::Bmp),
            "gif" => Some(Kind::Gif),
            _ => None,
        }
    }
}

/// Bytes of no kind that is known.
pub fn unknown(bytes: &[u8]) -> Error {
    let came = match bytes {
        [] => "an empty file".to_owned(),
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => "TIFF".to_owned(),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => "AVIF or HEIC".to_owned(),
        bytes if bytes.starts_with(b"RIFF") => "a RIFF file of another kind, or cut off".to_owned(),
        bytes => format!("a file that begins with {:02x?}", &bytes[..bytes.len().min(4)]),
    };
    corrupt(format!(
        "expected PNG, JPEG, WebP, BMP or GIF, came {came}: convert it, for example to PNG"
    ))
}
