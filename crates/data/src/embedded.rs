//! The small tables that ship inside the package: iris, wine, breast cancer and diabetes.

use std::io::Read;
use std::path::Path;

use attune_tensor::{Budget, Code, Error, Result};
use flate2::read::GzDecoder;
use serde::Deserialize;

use crate::table::{CsvOptions, Table, csv_of};

/// A table inside the package; the last column is its target. Sources and licences stand in
/// `embedded/README.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EmbeddedTable {
    /// 150 flowers, 4 measures, 3 species.
    Iris,
    /// 178 wines, 13 measures, 3 cultivars.
    Wine,
    /// 569 tumours, 30 measures, malignant or benign.
    BreastCancer,
    /// 442 patients, 10 measures, and the progression of their disease after a year, a number.
    Diabetes,
}

impl EmbeddedTable {
    fn file(self) -> &'static [u8] {
        match self {
            EmbeddedTable::Iris => include_bytes!("../embedded/iris.csv.gz"),
            EmbeddedTable::Wine => include_bytes!("../embedded/wine.csv.gz"),
            EmbeddedTable::BreastCancer => include_bytes!("../embedded/breast-cancer.csv.gz"),
            EmbeddedTable::Diabetes => include_bytes!("../embedded/diabetes.csv.gz"),
        }
    }
}

/// A table of the package, in the order in which it was published.
pub fn embedded_table(which: EmbeddedTable, budget: &Budget) -> Result<Table> {
    let mut text = Vec::new();
    GzDecoder::new(which.file()).read_to_end(&mut text).map_err(|_| {
        Error::new(Code::Internal, format!("{which:?}: the table inside the package is damaged"))
    })?;
    Ok(csv_of(&text, Path::new("the package"), &CsvOptions::default(), budget)?.table)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::table::{Kind, groups};

    #[test]
    fn the_tables_are_those_that_were_published() {
        // Rows, columns, the sum of the first column and the number of classes, by scikit-learn 1.9.1.
        let cases = [
            (EmbeddedTable::Iris, 150, 5, 876.5, 3),
            (EmbeddedTable::Wine, 178, 14, 2314.11, 3),
            (EmbeddedTable::BreastCancer, 569, 31, 8038.429, 2),
            (EmbeddedTable::Diabetes, 442, 11, 21445.0, 214),
        ];
        for (which, rows, width, sum, different) in cases {
            let table = embedded_table(which, &Budget::new(1 << 20)).unwrap();
            assert_eq!((table.rows(), table.columns().len()), (rows, width), "{which:?}");
            let first: f64 = table.columns()[0].numbers().unwrap().values().iter().sum();
            assert!((first - sum).abs() < 1e-9, "{which:?}: {first}");
            let target = &table.columns()[width - 1];
            let classes: HashSet<u32> = groups(target).unwrap().into_iter().collect();
            assert_eq!(classes.len(), different, "{which:?}");
            let kind = if which == EmbeddedTable::Diabetes { Kind::Number } else { Kind::Text };
            assert_eq!(target.kind(), kind, "{which:?}");
            assert!(table.columns().iter().all(|column| column.values().missing() == 0));
        }
    }
}
