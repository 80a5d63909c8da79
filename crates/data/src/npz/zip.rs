//! The members of a ZIP archive: found by its directory, read stored or deflated, and checked by CRC-32.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use attune_tensor::{Code, Error, Result};
use flate2::read::DeflateDecoder;
use flate2::{Crc, CrcReader};

/// The most that Deflate shrinks anything to is a 1,032nd; an entry that says more lies.
const MOST_RATIO: u64 = 1032;
const MOST_MEMBERS: u64 = 1 << 16;
const MOST_DIRECTORY: u64 = 64 << 20;
/// The end of an archive is a record of 22 bytes and a comment of up to 64 KiB.
const END: u64 = 22 + 0xFFFF;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// A file and what its directory says is in it.
pub struct Archive {
    file: File,
    len: u64,
    entries: Vec<Entry>,
}

struct Entry {
    name: String,
    method: u16,
    encrypted: bool,
    crc: u32,
    packed: u64,
    len: u64,
    /// Where its own header stands.
    place: u64,
}

/// Little-endian numbers out of a record, one after another.
struct Record<'a>(&'a [u8]);

impl<'a> Record<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) =
            self.0.split_at_checked(count).ok_or_else(|| corrupt("its directory is cut short"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn number<const N: usize>(&mut self) -> Result<u64> {
        let mut bytes = [0; 8];
        bytes[..N].copy_from_slice(self.take(N)?);
        Ok(u64::from_le_bytes(bytes))
    }
}

impl Archive {
    /// Reads the directory of an archive of `len` bytes.
    pub fn open(mut file: File, len: u64) -> Result<Archive> {
        let (place, size, count) = directory(&mut file, len)?;
        if count > MOST_MEMBERS || size > MOST_DIRECTORY {
            return Err(corrupt(&format!("it says that it has {count} members, in {size} bytes")));
        }
        let bytes = read_at(&mut file, len, place, size)?;
        let mut record = Record(&bytes);
        let entries = (0..count).map(|_| entry(&mut record)).collect::<Result<_>>()?;
        Ok(Archive { file, len, entries })
    }

    /// The names of its arrays, without `.npy`.
    pub fn members(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.strip_suffix(".npy").unwrap_or(&entry.name))
    }

    /// The first of those names, for messages.
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.members().take(20).collect();
        if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
    }

    /// What `read` makes of a member's bytes, of which it is told the number.
    pub fn member<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut dyn Read, u64) -> Result<T>,
    ) -> Result<T> {
        let same = |entry: &&Entry| entry.name == name || entry.name == format!("{name}.npy");
        let Some(entry) = self.entries.iter().find(same) else {
            let message = format!("expected one of its arrays {}, came {name:?}", self.names());
            return Err(Error::new(Code::Config, message));
        };
        let at = |error: Error| error.at(name);
        if entry.encrypted || !matches!(entry.method, STORED | DEFLATED) {
            let how = if entry.encrypted { "encrypted" } else { "packed in another way" };
            return Err(at(corrupt(&format!("it is {how}, not stored or deflated"))));
        }
        let lies = match entry.method {
            STORED => entry.packed != entry.len,
            _ => entry.len / MOST_RATIO > entry.packed,
        };
        if lies {
            let Entry { packed, len, .. } = entry;
            let message = format!("it says that {packed} bytes unpack to {len}, which none do");
            return Err(at(corrupt(&message)));
        }
        let start = data_of(&mut self.file, self.len, entry.place).map_err(at)?;
        if start.checked_add(entry.packed).is_none_or(|end| end > self.len) {
            return Err(at(corrupt("it ends behind the end of the file")));
        }
        self.file.seek(SeekFrom::Start(start)).map_err(io).map_err(at)?;
        let packed = BufReader::new(&mut self.file).take(entry.packed);
        let plain: Box<dyn Read> = match entry.method {
            STORED => Box::new(packed),
            _ => Box::new(DeflateDecoder::new(packed)),
        };
        // One byte more than it says would be found, and is refused below.
        let mut plain = CrcReader::new(plain.take(entry.len.saturating_add(1)));
        let found = read(&mut plain, entry.len).map_err(|error| match error.code {
            // The file itself was read before: what fails here is the unpacking.
            Code::Io => at(Error::new(Code::Corrupt, error.message)),
            _ => at(error),
        })?;
        let more = io::copy(&mut plain, &mut io::sink())
            .map_err(|error| at(corrupt(&format!("it cannot be unpacked: {error}"))))?;
        let crc: &Crc = plain.crc();
        if more > 0 || crc.sum() != entry.crc {
            return Err(at(corrupt("its bytes are not those that were written")));
        }
        Ok(found)
    }
}

/// Place, bytes and members of the directory, by the record at the end of the file.
fn directory(file: &mut File, len: u64) -> Result<(u64, u64, u64)> {
    let before = len.saturating_sub(END);
    let tail = read_at(file, len, before, len - before)?;
    let end = (0..tail.len().saturating_sub(21))
        .rev()
        .find(|&at| tail[at..].starts_with(b"PK\x05\x06"))
        .ok_or_else(|| corrupt("it has no directory at its end"))?;
    let mut record = Record(&tail[end + 10..]);
    let (count, size, place) =
        (record.number::<2>()?, record.number::<4>()?, record.number::<4>()?);
    if count != 0xFFFF && size != 0xFFFF_FFFF && place != 0xFFFF_FFFF {
        return Ok((place, size, count));
    }
    // Numbers that do not fit stand in a record of their own, which a locator before the end finds.
    let locator = end.checked_sub(20).map(|at| &tail[at..end]);
    let Some(locator) = locator.filter(|bytes| bytes.starts_with(b"PK\x06\x07")) else {
        return Ok((place, size, count));
    };
    let place = Record(&locator[8..]).number::<8>()?;
    let wide = read_at(file, len, place, 56)?;
    if !wide.starts_with(b"PK\x06\x06") {
        return Err(corrupt("its directory does not stand where it says"));
    }
    let mut record = Record(&wide[32..]);
    let (count, size, place) =
        (record.number::<8>()?, record.number::<8>()?, record.number::<8>()?);
    Ok((place, size, count))
}

fn entry(record: &mut Record) -> Result<Entry> {
    if record.take(4)? != b"PK\x01\x02" {
        return Err(corrupt("its directory holds what is no entry"));
    }
    record.take(4)?;
    let (flags, method) = (record.number::<2>()?, record.number::<2>()? as u16);
    record.take(4)?;
    let crc = record.number::<4>()? as u32;
    let (mut packed, mut len) = (record.number::<4>()?, record.number::<4>()?);
    let lengths = [record.number::<2>()?, record.number::<2>()?, record.number::<2>()?];
    record.take(8)?;
    let mut place = record.number::<4>()?;
    let [name, extra, comment] = lengths.map(|length| length as usize);
    let name = String::from_utf8_lossy(record.take(name)?).into_owned();
    let mut extra = Record(record.take(extra)?);
    record.take(comment)?;
    while extra.0.len() >= 4 {
        let (kind, size) = (extra.number::<2>()?, extra.number::<2>()? as usize);
        let mut field = Record(extra.take(size)?);
        if kind == 1 {
            // Wide numbers stand here in this order, each only where the narrow one is full.
            for number in [&mut len, &mut packed, &mut place] {
                if *number == 0xFFFF_FFFF {
                    *number = field.number::<8>()?;
                }
            }
        }
    }
    Ok(Entry { name, method, encrypted: flags & 1 == 1, crc, packed, len, place })
}

/// Where the bytes of the member begin whose own header stands at `place`.
fn data_of(file: &mut File, len: u64, place: u64) -> Result<u64> {
    let header = read_at(file, len, place, 30)?;
    if !header.starts_with(b"PK\x03\x04") {
        return Err(corrupt("it does not stand where the directory says"));
    }
    let mut record = Record(&header[26..]);
    Ok(place + 30 + record.number::<2>()? + record.number::<2>()?)
}

fn read_at(file: &mut File, len: u64, place: u64, count: u64) -> Result<Vec<u8>> {
    if place.checked_add(count).is_none_or(|end| end > len) {
        return Err(corrupt("its directory points behind the end of the file"));
    }
    let mut bytes = vec![0; count as usize];
    file.seek(SeekFrom::Start(place)).map_err(io)?;
    file.read_exact(&mut bytes).map_err(io)?;
    Ok(bytes)
}

fn io(error: io::Error) -> Error {
    Error::new(Code::Io, format!("could not read it: {error}"))
}

fn corrupt(what: &str) -> Error {
    let hint = "the file is damaged or no .npz file: save it again";
    Error::new(Code::Corrupt, format!("{what}: {hint}"))
}
