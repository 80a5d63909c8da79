//! Where tests find the shared reference data.

use std::path::{Path, PathBuf};

/// A folder of the shared reference data, or nothing and a message that says so.
pub fn shared_data(folder: &str) -> Option<PathBuf> {
    let root = std::env::var_os("ATTUNE_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = root.join(folder);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is absent; set ATTUNE_DATA to the folder of data sets", path.display());
    None
}
