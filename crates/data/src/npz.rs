//! NumPy's arrays as the columns of samples: .npy files, and the members of .npz archives.
//!
//! An .npz is a ZIP archive of .npy files, stored or deflated (PKWARE APPNOTE 6.3.10).

mod samples;
#[cfg(test)]
mod tests;
mod zip;

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::PathBuf;

use attune_tensor::npy::{self, Array};
use attune_tensor::{Budget, Code, Error, Reservation, Result};
use serde::Deserialize;

pub use self::samples::read_samples;
use self::zip::Archive;

/// Where an array lies: a .npy file, or a member of an .npz archive.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    pub file: PathBuf,
    /// The name in the archive, with or without `.npy`.
    #[serde(default)]
    pub member: Option<String>,
}

/// An array, counted in a budget while it lives.
#[derive(Debug)]
pub struct Held {
    pub array: Array,
    _reservation: Reservation,
}

/// Reads an array. Fails with `IO`, `CORRUPT`, `DTYPE` for other element types and orders, `CONFIG`
/// for a member that the archive has not, and `MEMORY`.
pub fn read_array(place: &Place, budget: &Budget) -> Result<Held> {
    let Place { file: path, member } = place;
    let here = |error: Error| error.at(&path.display().to_string());
    let io = |error: std::io::Error| Error::io("read it", path, &error);
    let mut file = File::open(path).map_err(io)?;
    let about = file.metadata().map_err(io)?;
    if about.is_dir() {
        let message = format!("{}: expected a file, came a folder", path.display());
        return Err(Error::new(Code::Io, message));
    }
    let mut start = [0; 4];
    let is_archive = file.read_exact(&mut start).is_ok() && start == *b"PK\x03\x04";
    match member {
        Some(name) => Archive::open(file, about.len())
            .and_then(|mut archive| archive.member(name, |source, len| read(source, len, budget)))
            .map_err(here),
        None if is_archive => {
            let names = Archive::open(file, about.len()).map_err(here)?.names();
            Err(Error::new(
                Code::Config,
                format!(
                    "{}: expected an array, came an archive of {names}: name one of them",
                    path.display()
                ),
            ))
        }
        None => {
            let file = File::open(path).map_err(io)?;
            read(&mut BufReader::new(file), about.len(), budget).map_err(here)
        }
    }
}

fn read(source: &mut dyn Read, len: u64, budget: &Budget) -> Result<Held> {
    // The elements are all but the header, and reading refuses a file that says otherwise.
    let bytes = usize::try_from(len).unwrap_or(usize::MAX);
    let reservation = budget.reserve(bytes)?;
    let array = npy::read_from(&mut { source }, len)?;
    Ok(Held { array, _reservation: reservation })
}
