//! Where tests write their files, and where they find real ones.

use std::path::{Path, PathBuf};

/// A folder of one test, empty at first and removed at its end.
pub struct TestFolder(PathBuf);

impl TestFolder {
    pub fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("attune-{}-{test}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        TestFolder(folder)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for TestFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

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
