//! Safetensors files: strict reading of untrusted ones, atomic and reproducible writing.
//!
//! File = u64 header length, JSON header, data. The header lists name -> dtype, shape, offsets.
//! Format: https://huggingface.co/docs/safetensors

mod convert;
mod header;

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::TensorInfo;
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::{Budget, Buffer, Code, DType, Error, Result, Shape, write_atomically};

/// What a file held.
#[derive(Debug)]
pub struct File {
    pub metadata: BTreeMap<String, String>,
    /// In the order of their bytes in the file.
    pub tensors: Vec<Tensor>,
}

/// One named tensor.
#[derive(Debug)]
pub struct Tensor {
    pub name: String,
    pub dtype: DType,
    pub shape: Shape,
    /// Row-major elements of `dtype`.
    pub data: Buffer,
}

/// Reads a whole file. F64, F16 and BF16 become float32, BOOL becomes uint8.
///
/// Fails with `IO`, with `CORRUPT` where the file contradicts itself or the format, with `DTYPE`
/// for other element types and with `MEMORY` beyond the budget.
pub fn read(path: &Path, budget: &Budget) -> Result<File> {
    let io = |error: io::Error| Error::io("read it", path, &error);
    let file = fs::File::open(path).map_err(io)?;
    let len = file.metadata().map_err(io)?.len();
    // Copied rather than mapped: a mapped file that another program cuts short ends the process.
    read_from(&mut io::BufReader::new(file), len, budget)
        .map_err(|error| error.at(&path.display().to_string()))
}

fn read_from(source: &mut impl Read, len: u64, budget: &Budget) -> Result<File> {
    let header = header::read(source, len)?;
    let mut tensors = Vec::new();
    for (name, info) in header.tensors {
        let place = |error: Error| error.at(&format!("tensor {name:?}"));
        let dtype = convert::dtype(info.dtype).map_err(place)?;
        let shape = Shape::new(info.shape);
        let bytes = info.data_offsets.1 - info.data_offsets.0;
        let mut data = Buffer::new(bytes, budget).map_err(place)?;
        source.read_exact(data.as_slice_mut()).map_err(|error| place(header::shortened(&error)))?;
        let data = convert::to_dtype(info.dtype, data, budget).map_err(place)?;
        tensors.push(Tensor { name, dtype, shape, data });
    }
    Ok(File { metadata: header.metadata, tensors })
}

/// Writes name, dtype, shape and bytes of tensors so that the file appears whole or not at all.
///
/// Equal contents give equal files: tensors are stored by size of element, then by name.
pub fn write<'a>(
    path: &Path,
    tensors: impl IntoIterator<Item = (&'a str, DType, &'a [usize], &'a [u8])>,
    metadata: &BTreeMap<String, String>,
) -> Result<()> {
    let mut tensors: Vec<_> = tensors.into_iter().collect();
    tensors.sort_by(|a, b| b.1.size().cmp(&a.1.size()).then(a.0.cmp(b.0)));
    let header = Listing::of(&tensors, metadata)
        .and_then(|listing| listing.bytes())
        .map_err(|error| error.at(&path.display().to_string()))?;
    write_atomically(path, |file| {
        file.write_all(&(header.len() as u64).to_le_bytes())?;
        file.write_all(&header)?;
        tensors.iter().try_for_each(|tensor| file.write_all(tensor.3))
    })
}

/// A header to be written; keys keep this order.
struct Listing<'a> {
    metadata: &'a BTreeMap<String, String>,
    tensors: Vec<(&'a str, TensorInfo)>,
}

impl<'a> Listing<'a> {
    fn of(
        tensors: &[(&'a str, DType, &'a [usize], &'a [u8])],
        metadata: &'a BTreeMap<String, String>,
    ) -> Result<Self> {
        let mut names = HashSet::from([header::METADATA]);
        let mut end = 0;
        let mut entries = Vec::new();
        for &(name, dtype, shape, bytes) in tensors {
            let expected = Shape::from(shape).checked_elements()? * dtype.size();
            if bytes.len() != expected {
                return Err(Error::new(
                    Code::Internal,
                    format!("{name} {shape:?}: expected {expected} bytes, came {}", bytes.len()),
                ));
            }
            if !names.insert(name) {
                return Err(Error::new(
                    Code::Config,
                    format!("expected tensor names that differ, came {name:?} twice: rename one"),
                ));
            }
            let info = TensorInfo {
                dtype: stored(dtype),
                shape: shape.to_vec(),
                data_offsets: (end, end + bytes.len()),
            };
            end += bytes.len();
            entries.push((name, info));
        }
        Ok(Listing { metadata, tensors: entries })
    }

    /// The JSON, padded so that the data begins at a multiple of 8 bytes.
    fn bytes(&self) -> Result<Vec<u8>> {
        let mut json = serde_json::to_vec(self).map_err(|error| {
            Error::new(Code::Internal, format!("the header cannot be written: {error}"))
        })?;
        json.resize(json.len().next_multiple_of(8), b' ');
        if json.len() > header::LIMIT {
            return Err(Error::new(
                Code::Config,
                format!(
                    "expected a header of at most {} bytes, came {}: shorten the metadata",
                    header::LIMIT,
                    json.len()
                ),
            ));
        }
        Ok(json)
    }
}

impl Serialize for Listing<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if !self.metadata.is_empty() {
            map.serialize_entry(header::METADATA, self.metadata)?;
        }
        for (name, info) in &self.tensors {
            map.serialize_entry(name, info)?;
        }
        map.end()
    }
}

fn stored(dtype: DType) -> Dtype {
    match dtype {
        DType::Float32 => Dtype::F32,
        DType::Int32 => Dtype::I32,
        DType::Uint8 => Dtype::U8,
    }
}

#[cfg(test)]
mod tests;
