//! Sound files, told apart by their first bytes: WAV, FLAC and MP3.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use attune_tensor::{Budget, Error, Result};

use super::clip::Clip;
use super::limits::Limits;
use super::{compressed, wav};
use crate::read_file::read_file;
use crate::refusals::{corrupt, unfit};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Wav,
    Flac,
    Mp3,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Wav => "WAV",
            Kind::Flac => "FLAC",
            Kind::Mp3 => "MP3",
        }
    }

    fn of(bytes: &[u8]) -> Option<Kind> {
        match bytes {
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Some(Kind::Wav),
            [b'f', b'L', b'a', b'C', ..] => Some(Kind::Flac),
            [b'I', b'D', b'3', ..] => Some(Kind::Mp3),
            [0xff, second, ..] if second & 0xe0 == 0xe0 => Some(Kind::Mp3),
            _ => None,
        }
    }

    /// The kind that a file's name promises, where it promises one of these.
    fn named(path: &Path) -> Option<Kind> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "wav" | "wave" => Some(Kind::Wav),
            "flac" => Some(Kind::Flac),
            "mp3" => Some(Kind::Mp3),
            _ => None,
        }
    }
}

/// Reads and decodes a file; errors name it.
pub fn read_clip(path: &Path, limits: &Limits, budget: &Budget) -> Result<Clip> {
    let read = || {
        let (bytes, _held) = read_file(path, limits.bytes, "a sound file", budget)?;
        if let (Some(named), Some(found)) = (Kind::named(path), Kind::of(&bytes))
            && named != found
        {
            let (named, found) = (named.name(), found.name());
            return Err(corrupt(format!(
                "named as {named}, but its bytes are {found}: give it the right name"
            )));
        }
        decode(&bytes, limits)
    };
    read().map_err(|error| error.at(&path.display().to_string()))
}

/// Decodes the bytes of a WAV, FLAC or MP3 file.
///
/// A panic of a decoder on bytes that it did not foresee is an error as well.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Clip> {
    let clip = match Kind::of(bytes) {
        Some(Kind::Wav) => wav::read(bytes, limits)?,
        Some(kind) => {
            let decoded = AssertUnwindSafe(|| match kind {
                Kind::Flac => compressed::flac(bytes, limits),
                _ => compressed::mp3(bytes, limits),
            });
            catch_unwind(decoded).unwrap_or_else(|_| {
                Err(corrupt(format!("damaged beyond what a {} decoder foresees", kind.name())))
            })?
        }
        None => return Err(unknown(bytes)),
    };
    if clip.samples.is_empty() {
        return Err(unfit("expected at least one sample of sound, came none: leave the file out"));
    }
    if let Some(at) = clip.samples.iter().position(|sample| !sample.is_finite()) {
        let value = clip.samples[at];
        let frame = at / clip.channels;
        return Err(unfit(format!("expected finite samples, came {value} at sample {frame}")));
    }
    Ok(clip)
}

fn unknown(bytes: &[u8]) -> Error {
    let came = match bytes {
        [] => "an empty file".to_owned(),
        [b'O', b'g', b'g', b'S', ..] => "Ogg".to_owned(),
        [b'F', b'O', b'R', b'M', ..] => "AIFF".to_owned(),
        [b'R', b'F', b'6', b'4', ..] => "RF64".to_owned(),
        [b'R', b'I', b'F', b'X', ..] => "RIFX".to_owned(),
        bytes if bytes.starts_with(b"RIFF") => "a RIFF file of another kind, or cut off".to_owned(),
        bytes => format!("a file that begins with {:02x?}", &bytes[..bytes.len().min(4)]),
    };
    corrupt(format!("expected WAV, FLAC or MP3, came {came}: convert it, for example to WAV"))
}
