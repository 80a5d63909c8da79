//! Files that appear whole or not at all, even if the machine stops while they are written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Error, Result};

/// Writes `path` through a temporary file beside it: flushed to the disk, then renamed into place.
pub fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    let temporary = beside(path);
    let result = write_and_rename(path, &temporary, write);
    if result.is_err() {
        // The first error is the one to report; the leftover may not even exist.
        let _ = fs::remove_file(&temporary);
    }
    result.map_err(|error| Error::io("write it", path, &error))
}

fn write_and_rename(
    path: &Path,
    temporary: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).open(temporary)?;
    let mut writer = BufWriter::with_capacity(1 << 20, file);
    write(&mut writer)?;
    writer.into_inner().map_err(|error| error.into_error())?.sync_all()?;
    fs::rename(temporary, path)?;
    sync_folder(folder_of(path))
}

/// A name that no other writer in this process or another uses at the same time.
fn beside(path: &Path) -> PathBuf {
    static WRITES: AtomicU64 = AtomicU64::new(0);
    let count = WRITES.fetch_add(1, Ordering::Relaxed);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    folder_of(path).join(format!(".{name}.{}-{count}.tmp", std::process::id()))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a rename in `folder` last. Only Unix lets a folder be opened for that.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;
    use crate::test_folder::TestFolder;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = TestFolder::new("atomic-failed");
        let path = folder.path("weights");
        write_atomically(&path, |file| file.write_all(b"old")).unwrap();
        let error = write_atomically(&path, |file| {
            file.write_all(b"half of the new")?;
            Err(io::Error::other("disk full"))
        })
        .unwrap_err();
        assert_eq!(error.code, Code::Io);
        assert!(error.message.contains("weights: could not write it: disk full"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(folder.names(), ["weights"]);
    }

    #[test]
    fn a_second_write_replaces_the_first() {
        let folder = TestFolder::new("atomic-replace");
        let path = folder.path("weights");
        for contents in ["first and longer", "second"] {
            write_atomically(&path, |file| file.write_all(contents.as_bytes())).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), contents);
        }
        assert_eq!(folder.names(), ["weights"]);
    }

    #[test]
    fn a_missing_folder_is_an_io_error() {
        let folder = TestFolder::new("atomic-missing");
        let error = write_atomically(&folder.path("no/file"), |_| Ok(())).unwrap_err();
        assert_eq!(error.code, Code::Io);
    }
}
