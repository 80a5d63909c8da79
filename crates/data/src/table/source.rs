//! The text of a file: read whole, gunzipped where it is gzipped, and in UTF-8.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use attune_tensor::{Budget, Code, Error, Reservation, Result};
use encoding_rs::{DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use flate2::read::MultiGzDecoder;

use crate::data_set::data_error;

/// Gzipped tables shrink to a tenth or a fiftieth; what grows beyond both is made to exhaust memory.
const MOST_RATIO: u64 = 250;
const RATIO_HOLDS_FROM: u64 = 64 << 20;
const STEP: usize = 1 << 20;

/// Bytes, counted in a budget while they live.
#[derive(Debug)]
pub(crate) struct Text {
    bytes: Vec<u8>,
    /// Where the text begins, behind a byte order mark.
    start: usize,
    _reservations: Vec<Reservation>,
}

impl Text {
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }
}

/// The bytes of a file, gunzipped where it is gzipped.
pub(crate) fn read_bytes(path: &Path, budget: &Budget) -> Result<Text> {
    let failed = |error: &std::io::Error| Error::io("read it", path, error);
    let mut file = File::open(path).map_err(|error| failed(&error))?;
    let about = file.metadata().map_err(|error| failed(&error))?;
    if about.is_dir() {
        let message = format!("{}: expected a file, came a folder", path.display());
        return Err(Error::new(Code::Io, message));
    }
    let mut text = Text { bytes: Vec::new(), start: 0, _reservations: Vec::new() };
    fill(&mut file, &mut text, about.len().saturating_add(1), u64::MAX, budget)
        .map_err(|stop| stop.error(path, Code::Io, "read it"))?;
    if text.bytes.starts_with(&[0x1f, 0x8b]) {
        return gunzip(&text.bytes, budget)
            .map_err(|stop| stop.error(path, Code::Corrupt, "gunzip it"));
    }
    Ok(text)
}

/// The text of a file in UTF-8: out of the encoding named, or told by a byte order mark or zeros
/// between ASCII, or taken as it is.
pub(crate) fn read_text(path: &Path, encoding: Option<&str>, budget: &Budget) -> Result<Text> {
    let text = read_bytes(path, budget)?;
    in_utf8(text, encoding, budget).map_err(|error| error.at(&path.display().to_string()))
}

fn in_utf8(mut text: Text, encoding: Option<&str>, budget: &Budget) -> Result<Text> {
    let marked = Encoding::for_bom(&text.bytes);
    let encoding = match (encoding, marked) {
        (Some(label), _) => Encoding::for_label(label.as_bytes()).ok_or_else(|| {
            let message = format!(
                "encoding: expected a name such as utf-8, utf-16le or windows-1252, came {label:?}"
            );
            Error::new(Code::Config, message)
        })?,
        (None, Some((encoding, _))) => encoding,
        (None, None) => unmarked(&text.bytes),
    };
    if let Some((of_mark, length)) = marked
        && of_mark == encoding
    {
        text.start = length;
    }
    if encoding == UTF_8 { Ok(text) } else { decode(text, encoding, budget) }
}

/// UTF-16 where every other byte of the beginning is zero, as ASCII is there; UTF-8 otherwise.
fn unmarked(bytes: &[u8]) -> &'static Encoding {
    let head = &bytes[..bytes.len().min(4096) & !1];
    let zeros = |parity| head.iter().skip(parity).step_by(2).filter(|&&byte| byte == 0).count();
    let most = head.len() / 2 * 3 / 4;
    match (zeros(0), zeros(1)) {
        (0, high) if high > most => UTF_16LE,
        (high, 0) if high > most => UTF_16BE,
        _ => UTF_8,
    }
}

fn decode(text: Text, encoding: &'static Encoding, budget: &Budget) -> Result<Text> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut out = Text { bytes: Vec::new(), start: 0, _reservations: Vec::new() };
    let (source, mut read) = (text.bytes(), 0);
    loop {
        let end = (read + STEP).min(source.len());
        let last = end == source.len();
        let room = decoder
            .max_utf8_buffer_length_without_replacement(end - read)
            .ok_or_else(|| Error::out_of_memory(source.len(), "a decoded text"))?;
        grow(&mut out, room, budget)?;
        let written = out.bytes.len();
        out.bytes.resize(written + room, 0);
        let (result, took, wrote) = decoder.decode_to_utf8_without_replacement(
            &source[read..end],
            &mut out.bytes[written..],
            last,
        );
        read += took;
        out.bytes.truncate(written + wrote);
        match result {
            DecoderResult::Malformed(..) => {
                let name = encoding.name();
                return Err(data_error(format!(
                    "expected {name}, came other bytes before byte {}: give the `encoding` that \
                     the file was written in",
                    text.start + read
                )));
            }
            DecoderResult::InputEmpty if last => return Ok(out),
            DecoderResult::InputEmpty | DecoderResult::OutputFull => {}
        }
    }
}

/// Why reading ended early.
enum Stop {
    Source(std::io::Error),
    Here(Error),
}

impl Stop {
    fn error(self, path: &Path, code: Code, doing: &str) -> Error {
        match self {
            Stop::Source(error) => {
                let message = format!(
                    "{}: could not {doing}: {error}: check the file or fetch it again",
                    path.display()
                );
                Error::new(code, message)
            }
            Stop::Here(error) => error.at(&path.display().to_string()),
        }
    }
}

fn gunzip(compressed: &[u8], budget: &Budget) -> std::result::Result<Text, Stop> {
    let mut text = Text { bytes: Vec::new(), start: 0, _reservations: Vec::new() };
    let most = (compressed.len() as u64).saturating_mul(MOST_RATIO).max(RATIO_HOLDS_FROM);
    fill(&mut MultiGzDecoder::new(compressed), &mut text, 0, most, budget)?;
    Ok(text)
}

/// Reads all of `source`, of which about `expected` bytes will come and at most `most` may.
fn fill(
    source: &mut dyn Read,
    text: &mut Text,
    expected: u64,
    most: u64,
    budget: &Budget,
) -> std::result::Result<(), Stop> {
    let expected = usize::try_from(expected).unwrap_or(usize::MAX);
    grow(text, expected.max(STEP), budget).map_err(Stop::Here)?;
    loop {
        if text.bytes.len() == text.bytes.capacity() {
            let more = text.bytes.len();
            grow(text, more, budget).map_err(Stop::Here)?;
        }
        let room = (text.bytes.capacity() - text.bytes.len()) as u64;
        let before = text.bytes.len();
        source.take(room).read_to_end(&mut text.bytes).map_err(Stop::Source)?;
        if text.bytes.len() == before {
            return Ok(());
        }
        if text.bytes.len() as u64 > most {
            return Err(Stop::Here(Error::new(
                Code::Corrupt,
                format!(
                    "it unpacks to more than {MOST_RATIO} times its size, which no table does: \
                     unpack it first if it is what you want"
                ),
            )));
        }
    }
}

/// Has room for `more` bytes, out of the budget.
fn grow(text: &mut Text, more: usize, budget: &Budget) -> Result<()> {
    let room = text.bytes.capacity() - text.bytes.len();
    if room >= more {
        return Ok(());
    }
    // Doubling keeps the copies few; the reservations follow the capacity.
    let more = more.max(text.bytes.capacity());
    let before = text.bytes.capacity();
    let after = text.bytes.len().saturating_add(more);
    text._reservations.push(budget.reserve(after - before)?);
    text.bytes
        .try_reserve_exact(more)
        .map_err(|_| Error::out_of_memory(after, "the text of a file"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn budget() -> Budget {
        Budget::new(512 << 20)
    }

    fn file(name: &str, bytes: &[u8]) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("attune-source-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let utf_16 = |big: bool| -> Vec<u8> {
            let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
            "caf\u{e9},1\n".encode_utf16().flat_map(bytes).collect()
        };
        let cases: [(Vec<u8>, Option<&str>); 8] = [
            ("caf\u{e9},1\n".into(), None),
            ("\u{feff}caf\u{e9},1\n".into(), None),
            ([&[0xff, 0xfe], &utf_16(false)[..]].concat(), None),
            ([&[0xfe, 0xff], &utf_16(true)[..]].concat(), None),
            (utf_16(false), None),
            (utf_16(true), Some("utf-16be")),
            (b"caf\xe9,1\n".to_vec(), Some("latin1")),
            (gzip("caf\u{e9},1\n".as_bytes()), None),
        ];
        for (at, (bytes, encoding)) in cases.into_iter().enumerate() {
            let path = file(&format!("encoded-{at}"), &bytes);
            let text = read_text(&path, encoding, &budget()).unwrap();
            assert_eq!(text.bytes(), "caf\u{e9},1\n".as_bytes(), "case {at}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_why_by_code() {
        let odd = file("odd", &[0xff, 0xfe, 0x00, 0xd8, b'a', 0]);
        let error = read_text(&odd, None, &budget()).unwrap_err();
        assert_eq!(error.code, Code::Data);
        assert!(error.message.contains("expected UTF-16LE"), "{error}");
        let plain = file("plain", b"a,b\n");
        assert_eq!(read_text(&plain, Some("utf-9"), &budget()).unwrap_err().code, Code::Config);
        let cut = gzip(&[7; 5000]);
        let cut = file("cut.gz", &cut[..cut.len() - 6]);
        assert_eq!(read_text(&cut, None, &budget()).unwrap_err().code, Code::Corrupt);
        let absent = plain.with_file_name("absent");
        assert_eq!(read_text(&absent, None, &budget()).unwrap_err().code, Code::Io);
        let folder = plain.parent().unwrap();
        assert_eq!(read_text(folder, None, &budget()).unwrap_err().code, Code::Io);
    }

    #[test]
    fn a_decompression_bomb_is_refused_before_it_fills_memory() {
        let bomb = file("bomb.gz", &gzip(&vec![0; 80 << 20]));
        let error = read_text(&bomb, None, &budget()).unwrap_err();
        assert_eq!(error.code, Code::Corrupt);
        assert!(error.message.contains("250 times"), "{error}");
        let small = Budget::new(8 << 20);
        assert_eq!(read_text(&bomb, None, &small).unwrap_err().code, Code::Memory);
        assert_eq!(small.used(), 0);
    }

    #[test]
    fn a_text_is_counted_while_it_lives() {
        let path = file("counted", &[b'a'; 3 << 20]);
        let budget = budget();
        let text = read_text(&path, None, &budget).unwrap();
        assert!(budget.used() >= text.bytes().len() && budget.used() < 5 << 20);
        drop(text);
        assert_eq!(budget.used(), 0);
    }
}
