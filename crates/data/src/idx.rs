//! IDX files, plain or gzipped, and the folders in which MNIST and Fashion-MNIST lie.
//!
//! File = 0, 0, type, rank, then `rank` sizes as big-endian u32, then the elements row-major.
//! Format: Y. LeCun, C. Cortes and C. Burges, the MNIST database.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use attune_tensor::{Budget, Buffer, Code, DType, Error, Result, Shape};
use flate2::read::MultiGzDecoder;

use crate::{Column, DataSet};

/// The type byte of unsigned bytes, the only one that image sets use.
const UNSIGNED_BYTE: u8 = 8;
/// Deflate cannot shrink data further, so a gzipped file that claims more lies.
const DEFLATE_RATIO: u64 = 1032;

/// The two file pairs of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Train,
    Test,
}

/// MNIST or Fashion-MNIST out of a folder that has the files under their published names.
pub fn mnist(root: &Path, part: Part, budget: &Budget) -> Result<DataSet> {
    let prefix = match part {
        Part::Train => "train",
        Part::Test => "t10k",
    };
    let images = find(root, &format!("{prefix}-images-idx3-ubyte"))?;
    let labels = find(root, &format!("{prefix}-labels-idx1-ubyte"))?;
    read_idx(&images, &labels, budget)
}

/// `x`: uint8 `[height, width, 1]`, `y`: int32, out of a file of images and one of labels.
pub fn read_idx(images: &Path, labels: &Path, budget: &Budget) -> Result<DataSet> {
    let (sizes, x) = read(images, 3, budget)?;
    let (_, bytes) = read(labels, 1, budget)?;
    let mut y = Buffer::new(bytes.len() * DType::Int32.size(), budget)?;
    for (label, &byte) in y.as_slice_mut::<i32>().iter_mut().zip(bytes.as_slice::<u8>()) {
        *label = byte.into();
    }
    let place = |error: Error| error.at(&images.display().to_string());
    DataSet::new(vec![
        Column::new("x", DType::Uint8, [sizes[1], sizes[2], 1], x).map_err(place)?,
        Column::new("y", DType::Int32, [], y)?,
    ])
    .map_err(|error| error.at(&labels.display().to_string()))
}

/// The file of a name, gzipped or plain.
fn find(root: &Path, name: &str) -> Result<PathBuf> {
    let candidates = [format!("{name}.gz"), name.to_string()].map(|name| root.join(name));
    candidates.into_iter().find(|path| path.is_file()).ok_or_else(|| {
        Error::new(
            Code::Io,
            format!(
                "{}: expected the file {name}.gz or {name}, came neither: \
                 download the data set and give the folder that holds it as `root`",
                root.display()
            ),
        )
    })
}

fn read(path: &Path, rank: usize, budget: &Budget) -> Result<(Shape, Buffer)> {
    open(path)
        .and_then(|(mut source, most)| decode(&mut source, most, rank, budget))
        .map_err(|error| error.at(&path.display().to_string()))
}

/// The decompressed bytes of a file, and the most there can be.
fn open(path: &Path) -> Result<(Box<dyn Read>, u64)> {
    let mut file =
        BufReader::with_capacity(1 << 16, File::open(path).map_err(|error| failed(&error))?);
    let len = file.get_ref().metadata().map_err(|error| failed(&error))?.len();
    let mut magic = [0; 2];
    let gzipped = file.read_exact(&mut magic).is_ok() && magic == [0x1f, 0x8b];
    file.rewind().map_err(|error| failed(&error))?;
    Ok(match gzipped {
        true => (Box::new(MultiGzDecoder::new(file)), len.saturating_mul(DEFLATE_RATIO)),
        false => (Box::new(file), len),
    })
}

/// The sizes and elements of a source of at most `most` bytes, which must end with them.
fn decode(
    source: &mut dyn Read,
    most: u64,
    rank: usize,
    budget: &Budget,
) -> Result<(Shape, Buffer)> {
    let mut magic = [0; 4];
    fill(source, &mut magic, "the first 4 bytes")?;
    let expected = [0, 0, UNSIGNED_BYTE, rank as u8];
    if magic != expected {
        return Err(corrupt(
            format!("a file of bytes with {rank} axes, {expected:02x?}"),
            format!("{magic:02x?}"),
        ));
    }
    let mut sizes = vec![0; rank];
    for size in &mut sizes {
        let mut bytes = [0; 4];
        fill(source, &mut bytes, "the sizes of its axes")?;
        *size = u32::from_be_bytes(bytes) as usize;
    }
    let shape = Shape::new(sizes);
    let count = shape.checked_elements().map_err(|error| corrupt("a possible shape", error))?;
    if count as u64 > most {
        return Err(corrupt(format!("{count} bytes for {shape}"), format!("at most {most}")));
    }
    let mut data = Buffer::new(count, budget)?;
    fill(source, data.as_slice_mut(), &format!("{count} bytes for {shape}"))?;
    // Reading on also has the checksum of a gzipped file compared.
    match source.read(&mut [0]) {
        Ok(0) => Ok((shape, data)),
        Ok(_) => Err(corrupt(format!("the end after {count} bytes for {shape}"), "more bytes")),
        Err(error) => Err(failed(&error)),
    }
}

fn fill(source: &mut dyn Read, bytes: &mut [u8], what: &str) -> Result<()> {
    source.read_exact(bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => corrupt(what, "the end of the file"),
        _ => failed(&error),
    })
}

/// A refusal of the file system, or contents that are no gzip.
fn failed(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
            corrupt("whole gzip data", error)
        }
        _ => Error::new(Code::Io, format!("could not read it: {error}")),
    }
}

fn corrupt(expected: impl Display, came: impl Display) -> Error {
    Error::new(
        Code::Corrupt,
        format!(
            "expected {expected}, came {came}: the file is damaged or no IDX file; download it again"
        ),
    )
}

#[cfg(test)]
mod tests;
