//! NumPy's .npy files: little-endian f4, f8, i4, i8 and u1 in C order.
//!
//! File = "\x93NUMPY", version, header length, header (a Python dict), elements.
//! Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use crate::{Code, Error, Result, Shape, write_atomically};

const MAGIC: &[u8] = b"\x93NUMPY";
/// NumPy writes under 1 KiB; more is no array we could hold.
const HEADER_LIMIT: usize = 64 << 10;

/// An array of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    pub shape: Shape,
    pub values: Values,
}

/// Row-major elements, by their type in the file.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    F32(Vec<f32>),
    F64(Vec<f64>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    U8(Vec<u8>),
}

impl Values {
    /// NumPy's name of the element type.
    fn descr(&self) -> &'static str {
        match self {
            Values::F32(_) => "<f4",
            Values::F64(_) => "<f8",
            Values::I32(_) => "<i4",
            Values::I64(_) => "<i8",
            Values::U8(_) => "|u1",
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Values::F32(values) => bytemuck::cast_slice(values),
            Values::F64(values) => bytemuck::cast_slice(values),
            Values::I32(values) => bytemuck::cast_slice(values),
            Values::I64(values) => bytemuck::cast_slice(values),
            Values::U8(values) => values,
        }
    }
}

/// Reads an array. Fails with `IO`, `CORRUPT`, or `DTYPE` for other element types and orders.
pub fn read(path: &Path) -> Result<Array> {
    let io = |error: io::Error| Error::io("read it", path, &error);
    let file = File::open(path).map_err(io)?;
    let len = file.metadata().map_err(io)?.len();
    read_from(&mut BufReader::new(file), len).map_err(|error| error.at(&path.display().to_string()))
}

/// Reads an array of `len` bytes, header and elements.
pub fn read_from(source: &mut impl Read, len: u64) -> Result<Array> {
    let mut start = [0; 8];
    fill(source, &mut start)?;
    let [magic @ .., major, minor] = &start;
    if magic != MAGIC {
        return Err(corrupt("the first bytes \\x93NUMPY", format!("{magic:02x?}")));
    }
    let prefix = match (major, minor) {
        (1, 0) => 2,
        (2 | 3, 0) => 4,
        _ => return Err(corrupt("version 1.0, 2.0 or 3.0", format!("{major}.{minor}"))),
    };
    let mut size = [0; 4];
    fill(source, &mut size[..prefix])?;
    let size = u32::from_le_bytes(size) as usize;
    if size > HEADER_LIMIT {
        return Err(corrupt(format!("a header of at most {HEADER_LIMIT} bytes"), size));
    }
    let mut header = vec![0; size];
    fill(source, &mut header)?;
    let header = std::str::from_utf8(&header)
        .ok()
        .and_then(Header::parse)
        .ok_or_else(|| corrupt("a dict of descr, fortran_order and shape", "another header"))?;
    if header.fortran_order {
        return Err(Error::new(
            Code::Dtype,
            "expected C order, came Fortran order: save numpy.ascontiguousarray(array)",
        ));
    }
    let shape = Shape::new(header.shape);
    let data = len.saturating_sub((8 + prefix + size) as u64);
    let values = read_values(source, header.descr, &shape, data)?;
    Ok(Array { shape, values })
}

fn read_values(source: &mut impl Read, descr: &str, shape: &Shape, data: u64) -> Result<Values> {
    Ok(match descr {
        "<f4" => Values::F32(elements(source, shape, data)?),
        "<f8" => Values::F64(elements(source, shape, data)?),
        "<i4" => Values::I32(elements(source, shape, data)?),
        "<i8" => Values::I64(elements(source, shape, data)?),
        "|u1" | "<u1" => Values::U8(elements(source, shape, data)?),
        other => {
            return Err(Error::new(
                Code::Dtype,
                format!("expected <f4, <f8, <i4, <i8 or |u1, came {other:?}: use array.astype"),
            ));
        }
    })
}

/// Reads the elements of `shape`, which must be all of the `data` bytes that are left.
fn elements<T: bytemuck::Pod>(source: &mut impl Read, shape: &Shape, data: u64) -> Result<Vec<T>> {
    let count = shape.checked_elements().map_err(|error| corrupt("a possible shape", error))?;
    let bytes = count * size_of::<T>();
    if bytes as u64 != data {
        return Err(corrupt(format!("{bytes} bytes for {shape}"), format!("{data} bytes")));
    }
    let mut values = Vec::new();
    values.try_reserve_exact(count).map_err(|_| Error::out_of_memory(bytes, "the array"))?;
    values.resize(count, T::zeroed());
    fill(source, bytemuck::cast_slice_mut(&mut values))?;
    Ok(values)
}

/// Writes an array so that the file appears whole or not at all.
pub fn write(path: &Path, array: &Array) -> Result<()> {
    let bytes = array.values.bytes();
    let header = Header::text(&array.values, &array.shape);
    write_atomically(path, |file| {
        file.write_all(MAGIC)?;
        file.write_all(&[1, 0])?;
        file.write_all(&(header.len() as u16).to_le_bytes())?;
        file.write_all(header.as_bytes())?;
        file.write_all(bytes)
    })
}

struct Header<'a> {
    descr: &'a str,
    fortran_order: bool,
    shape: Vec<usize>,
}

impl<'a> Header<'a> {
    /// `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`, keys in any order.
    fn parse(text: &'a str) -> Option<Self> {
        let mut rest = text.trim_end().strip_prefix('{')?.strip_suffix('}')?.trim();
        let (mut descr, mut fortran_order, mut shape) = (None, None, None);
        while !rest.is_empty() {
            let (key, after) = quoted(rest)?;
            let value = after.trim_start().strip_prefix(':')?.trim_start();
            rest = match key {
                "descr" if descr.is_none() => {
                    let (name, after) = quoted(value)?;
                    descr = Some(name);
                    after
                }
                "fortran_order" if fortran_order.is_none() => {
                    let word = value.split(|c: char| !c.is_alphanumeric()).next()?;
                    fortran_order = Some(match word {
                        "True" => true,
                        "False" => false,
                        _ => return None,
                    });
                    &value[word.len()..]
                }
                "shape" if shape.is_none() => {
                    let (inside, after) = value.strip_prefix('(')?.split_once(')')?;
                    shape = Some(sizes(inside)?);
                    after
                }
                _ => return None,
            };
            rest = rest.trim_start();
            rest = match rest.strip_prefix(',') {
                Some(after) => after.trim_start(),
                None if rest.is_empty() => rest,
                None => return None,
            };
        }
        Some(Header { descr: descr?, fortran_order: fortran_order?, shape: shape? })
    }

    /// Padded so that the elements begin at a multiple of 64 bytes, as NumPy does.
    fn text(values: &Values, shape: &Shape) -> String {
        let sizes: String = shape.iter().map(|size| format!("{size}, ")).collect();
        // A tuple of one keeps its comma, longer ones need none.
        let sizes = match shape.rank() {
            0 | 1 => sizes.trim_end(),
            _ => sizes.trim_end_matches(", "),
        };
        let descr = values.descr();
        let mut text =
            format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({sizes}), }}");
        let len = (10 + text.len() + 1).next_multiple_of(64) - 10;
        text.extend(std::iter::repeat_n(' ', len - 1 - text.len()));
        text.push('\n');
        text
    }
}

/// The text between quotes at the start, and what follows.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    text[1..].split_once(quote)
}

fn sizes(text: &str) -> Option<Vec<usize>> {
    let text = text.trim();
    let text = text.strip_suffix(',').unwrap_or(text);
    if text.is_empty() {
        return Some(Vec::new());
    }
    text.split(',').map(|size| size.trim().parse().ok()).collect()
}

fn fill(source: &mut impl Read, bytes: &mut [u8]) -> Result<()> {
    source.read_exact(bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => corrupt(format!("{} more bytes", bytes.len()), "the end"),
        _ => Error::new(Code::Io, format!("could not read it: {error}")),
    })
}

fn corrupt(expected: impl std::fmt::Display, came: impl std::fmt::Display) -> Error {
    Error::new(
        Code::Corrupt,
        format!(
            "expected {expected}, came {came}: the file is damaged or no .npy file; save it again"
        ),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;
    use crate::test_folder::TestFolder;

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let len = (header.len() as u16).to_le_bytes();
        [MAGIC, &[1, 0], &len, header.as_bytes(), data].concat()
    }

    fn parse(bytes: &[u8]) -> Result<Array> {
        read_from(&mut &bytes[..], bytes.len() as u64)
    }

    #[test]
    fn what_was_written_is_read_again() {
        let folder = TestFolder::new("npy");
        let arrays = [
            (vec![2, 2], Values::F32(vec![1.0, -2.5, f32::MAX, 0.0])),
            (vec![1], Values::F64(vec![0.1])),
            (vec![3], Values::I32(vec![i32::MIN, 0, 7])),
            (vec![], Values::I64(vec![i64::MIN])),
            (vec![0, 5], Values::U8(vec![])),
        ];
        for (sizes, values) in arrays {
            let array = Array { shape: Shape::new(sizes), values };
            write(&folder.path("x.npy"), &array).unwrap();
            assert_eq!(read(&folder.path("x.npy")).unwrap(), array);
        }
    }

    #[test]
    fn headers_are_written_byte_for_byte_as_numpy_does() {
        for (sizes, tuple) in [(vec![], "()"), (vec![3], "(3,)"), (vec![2, 3], "(2, 3)")] {
            let text = Header::text(&Values::F32(vec![]), &Shape::new(sizes));
            let dict = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {tuple}, }}");
            assert_eq!(text, format!("{dict:<117}\n"));
        }
    }

    #[test]
    fn headers_of_other_writers_are_read() {
        let header = "{\"shape\":(2,), 'fortran_order':False,'descr':\"|u1\"}\n";
        assert_eq!(parse(&file(header, &[4, 5])).unwrap().values, Values::U8(vec![4, 5]));
    }

    #[test]
    fn files_that_contradict_themselves_are_refused() {
        let header =
            |shape: &str| format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
        let cases: Vec<Vec<u8>> = vec![
            vec![],
            b"\x93NUMPZ\x01\x00\x00\x00".to_vec(),
            b"\x93NUMPY\x09\x00\x00\x00".to_vec(),
            b"\x93NUMPY\x02\x00\xff\xff\xff\xff".to_vec(),
            file("{}", &[]),
            file("{'descr': '<f4'", &[]),
            file("{'\u{e9}", &[]),
            file(&header("(2,)"), &[0; 7]),
            file(&header("(2,)"), &[0; 9]),
            file(&header("(-1,)"), &[]),
            file(&header("(18446744073709551615, 2)"), &[]),
            file(&header("(4,"), &[]),
            file(&header("(1,), 'shape': (1,)"), &[0; 4]),
        ];
        for bytes in cases {
            let error = parse(&bytes).unwrap_err();
            assert_eq!(error.code, Code::Corrupt, "{bytes:02x?}: {error}");
        }
    }

    #[test]
    fn other_types_and_orders_are_named() {
        for (descr, order) in [("<c8", "False"), (">f4", "False"), ("<f4", "True")] {
            let header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': ()}}");
            assert_eq!(parse(&file(&header, &[0; 4])).unwrap_err().code, Code::Dtype);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(2), ..ProptestConfig::default() })]

        #[test]
        fn damaged_files_never_panic(
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
            cut in any::<prop::sample::Index>(),
        ) {
            let header = "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 1), }";
            let mut bytes = file(header, &[1, 2, 3, 4, 5, 6, 7, 8]);
            for (at, byte) in flips {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes.truncate(cut.index(bytes.len()) + 1);
            if let Err(error) = parse(&bytes) {
                prop_assert!(matches!(error.code, Code::Corrupt | Code::Dtype), "{error}");
            }
        }
    }
}
