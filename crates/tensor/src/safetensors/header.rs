//! The header of a safetensors file, believed only after every claim in it was checked.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::io::{self, Read};

use safetensors::tensor::{Metadata, TensorInfo};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::{Code, Error, Result};

/// The format's own limit in bytes.
pub const LIMIT: usize = 100_000_000;
/// The key beside the tensors that holds text.
pub const METADATA: &str = "__metadata__";
/// More axes than any array library has; longer lists only serve to fill memory.
const AXES: usize = 64;

pub struct Header {
    pub metadata: BTreeMap<String, String>,
    /// By ascending offset; together they cover the data without hole or overlap.
    pub tensors: Vec<(String, TensorInfo)>,
}

/// Reads the header of a file that is `len` bytes long, up to where its data begins.
pub fn read(source: &mut impl Read, len: u64) -> Result<Header> {
    if len < 8 {
        return Err(corrupt("at least 8 bytes, the length of the header", format!("{len} bytes")));
    }
    let mut size = [0; 8];
    source.read_exact(&mut size).map_err(|error| shortened(&error))?;
    let size = u64::from_le_bytes(size);
    if size > LIMIT as u64 {
        return Err(corrupt(format!("a header of at most {LIMIT} bytes"), format!("{size} bytes")));
    }
    if size > len - 8 {
        let left = len - 8;
        return Err(corrupt(
            format!("a header of {size} bytes"),
            format!("a file with {left} left"),
        ));
    }
    let json = read_json(source, size as usize)?;
    let Unique = serde_json::from_slice(&json).map_err(|error| invalid(&error))?;
    // Checks offsets against each other and against shapes and element sizes.
    let parsed: Metadata = serde_json::from_slice(&json).map_err(|error| invalid(&error))?;
    let (claimed, came) = (parsed.data_len() as u64, len - 8 - size);
    if claimed != came {
        return Err(corrupt(
            format!("{claimed} bytes of data, as the header lists them"),
            format!("{came}"),
        ));
    }
    let mut infos = parsed.tensors();
    let names = parsed.offset_keys();
    let tensors = names.into_iter().filter_map(|name| Some((infos.remove(&name)?.clone(), name)));
    Ok(Header {
        metadata: parsed.metadata().clone().unwrap_or_default().into_iter().collect(),
        tensors: tensors.map(|(info, name)| (name, info)).collect(),
    })
}

fn read_json(source: &mut impl Read, size: usize) -> Result<Vec<u8>> {
    let mut json = Vec::new();
    json.try_reserve_exact(size).map_err(|_| Error::out_of_memory(size, "the header"))?;
    json.resize(size, 0);
    source.read_exact(&mut json).map_err(|error| shortened(&error))?;
    // The format says so; the crate and Python also take white space before it.
    match json.first() {
        Some(b'{') => Ok(json),
        Some(byte) => Err(corrupt("a header that begins with '{'", format!("byte 0x{byte:02x}"))),
        None => Err(corrupt("a header that begins with '{'", "an empty header")),
    }
}

fn corrupt(expected: impl fmt::Display, came: impl fmt::Display) -> Error {
    Error::new(
        Code::Corrupt,
        format!(
            "expected {expected}, came {came}: the file is damaged or no safetensors file; \
             fetch or write it again"
        ),
    )
}

fn invalid(error: &serde_json::Error) -> Error {
    corrupt("a header in which names, shapes and offsets agree", format!("a fault: {error}"))
}

/// A file that ended, or failed, while it was read.
pub fn shortened(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => corrupt("the length it had when opened", "its end sooner"),
        _ => Error::new(Code::Io, format!("could not read it: {error}")),
    }
}

/// Any JSON value in which no object has a key twice and no list is longer than a shape.
struct Unique;

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(Unique)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = Unique;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Unique, A::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if keys.contains(&key) {
                return Err(A::Error::custom(format_args!("the key {key:?} comes twice")));
            }
            keys.insert(key);
            map.next_value::<Unique>()?;
        }
        Ok(Unique)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<Unique, A::Error> {
        let mut len = 0;
        while list.next_element::<Unique>()?.is_some() {
            len += 1;
            if len > AXES {
                return Err(A::Error::custom(format_args!("a list has more than {AXES} entries")));
            }
        }
        Ok(Unique)
    }

    fn visit_str<E>(self, _: &str) -> std::result::Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_u64<E>(self, _: u64) -> std::result::Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_i64<E>(self, _: i64) -> std::result::Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_f64<E>(self, _: f64) -> std::result::Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_bool<E>(self, _: bool) -> std::result::Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_unit<E>(self) -> std::result::Result<Unique, E> {
        Ok(Unique)
    }
}
