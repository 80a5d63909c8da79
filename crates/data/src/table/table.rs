//! Tables in memory: named columns of equal length, of numbers, texts or booleans.

use std::collections::HashSet;
use std::sync::Arc;

use attune_tensor::{Budget, Buffer, Code, DType, Error, Reservation, Result};

use super::values::{Booleans, Kind, Numbers, Texts, Values};
use crate::data_set::{Column, data_error};

/// A column and its name. Copies share the values.
#[derive(Clone, Debug)]
pub struct TableColumn {
    name: String,
    held: Arc<Held>,
}

/// Values and the bytes set aside for them.
#[derive(Debug)]
struct Held {
    values: Values,
    _reservation: Reservation,
}

/// Named columns of equal length.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<TableColumn>,
    rows: usize,
}

impl TableColumn {
    /// Values under a name, counted in `budget`.
    pub fn new(name: impl Into<String>, values: Values, budget: &Budget) -> Result<Self> {
        let name = name.into();
        let reservation = budget.reserve(values.bytes()).map_err(|error| error.at(&name))?;
        Ok(TableColumn { name, held: Arc::new(Held { values, _reservation: reservation }) })
    }

    /// The same values under another name.
    pub fn renamed(&self, name: impl Into<String>) -> Self {
        TableColumn { name: name.into(), held: self.held.clone() }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn values(&self) -> &Values {
        &self.held.values
    }

    pub fn kind(&self) -> Kind {
        self.values().kind()
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.values().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers, or an error that names the column and what it holds.
    pub fn numbers(&self) -> Result<&Numbers> {
        match self.values() {
            Values::Number(numbers) => Ok(numbers),
            _ => Err(self.unlike(Kind::Number)),
        }
    }

    /// The texts, or an error that names the column and what it holds.
    pub fn texts(&self) -> Result<&Texts> {
        match self.values() {
            Values::Text(texts) => Ok(texts),
            _ => Err(self.unlike(Kind::Text)),
        }
    }

    /// The booleans, or an error that names the column and what it holds.
    pub fn booleans(&self) -> Result<&Booleans> {
        match self.values() {
            Values::Boolean(booleans) => Ok(booleans),
            _ => Err(self.unlike(Kind::Boolean)),
        }
    }

    fn unlike(&self, kind: Kind) -> Error {
        let (kind, came) = (kind.name(), self.kind().name());
        data_error(format!("{}: expected a column of {kind}s, came {came}s", self.name))
    }

    fn gather(&self, rows: &[u32], budget: &Budget) -> Result<Self> {
        // Set aside before the copy is made, so that a refusal costs nothing.
        let bytes = self.values().row_bytes(rows.len());
        let reservation = budget.reserve(bytes).map_err(|error| error.at(&self.name))?;
        let values = self.values().gather(rows);
        let held = Arc::new(Held { values, _reservation: reservation });
        Ok(TableColumn { name: self.name.clone(), held })
    }
}

impl Table {
    /// A table of columns that have the same number of rows and names of their own.
    pub fn new(columns: Vec<TableColumn>) -> Result<Self> {
        let Some(first) = columns.first() else {
            return Err(data_error("expected a table of at least one column, came none"));
        };
        let rows = first.len();
        let mut names = HashSet::new();
        for column in &columns {
            if column.len() != rows {
                return Err(data_error(format!(
                    "{}: expected {rows} rows, as {} has, came {}: make the columns equally long",
                    column.name,
                    first.name,
                    column.len()
                )));
            }
            if !names.insert(&column.name) {
                let name = &column.name;
                return Err(data_error(format!("{name}: the column comes twice: rename one")));
            }
        }
        if rows >= u32::MAX as usize {
            let most = u32::MAX - 1;
            return Err(data_error(format!("expected at most {most} rows, came {rows}")));
        }
        Ok(Table { columns, rows })
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn columns(&self) -> &[TableColumn] {
        &self.columns
    }

    /// The bytes of all values.
    pub fn bytes(&self) -> usize {
        self.columns.iter().map(|column| column.values().bytes()).sum()
    }

    pub fn find(&self, name: &str) -> Option<&TableColumn> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The column of a name, or an error that lists the names there are.
    pub fn column(&self, name: &str) -> Result<&TableColumn> {
        self.find(name).ok_or_else(|| {
            let names: Vec<_> = self.columns.iter().map(TableColumn::name).collect();
            data_error(format!("expected one of the columns {}, came {name:?}", names.join(", ")))
        })
    }

    /// The columns of these names alone, in this order; their values are shared.
    pub fn select<S: AsRef<str>>(&self, names: &[S]) -> Result<Self> {
        let column = |name: &S| self.column(name.as_ref()).cloned();
        Table::new(names.iter().map(column).collect::<Result<_>>()?)
    }

    /// Copies of some rows, in that order; repeats are allowed.
    pub fn subset(&self, rows: &[u32], budget: &Budget) -> Result<Self> {
        if let Some(place) = rows.iter().position(|&row| row as usize >= self.rows) {
            let (most, came) = (self.rows, rows[place]);
            let message = format!("expected rows below {most}, came {came} at place {place}");
            return Err(data_error(message));
        }
        let column = |column: &TableColumn| column.gather(rows, budget);
        let columns = self.columns.iter().map(column).collect::<Result<_>>()?;
        Ok(Table { columns, rows: rows.len() })
    }

    /// Columns of numbers and booleans side by side: float32 samples of `[names.len()]`, row by row.
    /// A missing value is an error, since a model has no use for it.
    pub fn matrix<S: AsRef<str>>(
        &self,
        name: &str,
        names: &[S],
        budget: &Budget,
    ) -> Result<Column> {
        let width = names.len();
        let elements = self.rows.checked_mul(width).and_then(|n| n.checked_mul(4));
        let bytes = elements.ok_or_else(|| Error::new(Code::Memory, "a matrix beyond memory"))?;
        let mut buffer = Buffer::new(bytes, budget)?;
        let out = buffer.as_slice_mut::<f32>();
        for (place, name) in names.iter().enumerate() {
            let column = self.column(name.as_ref())?;
            let number = |row| match column.values() {
                Values::Number(numbers) => Ok(numbers.get(row)),
                Values::Boolean(flags) => Ok(flags.get(row).map(|flag| f64::from(u8::from(flag)))),
                Values::Text(_) => Err(column.unlike(Kind::Number)),
            };
            for row in 0..self.rows {
                out[row * width + place] = number(row)?.ok_or_else(|| {
                    data_error(format!(
                        "{}: the value of row {row} is missing: fill it in or drop the row",
                        column.name
                    ))
                })? as f32;
            }
        }
        Column::new(name, DType::Float32, [width], buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget() -> Budget {
        Budget::new(1 << 20)
    }

    fn table() -> Table {
        let numbers = Values::Number([Some(1.5), None, Some(f64::NAN)].into_iter().collect());
        let texts = Values::Text([Some("a"), Some("b"), Some("a")].into_iter().collect());
        let flags = Values::Boolean([Some(true), Some(false), None].into_iter().collect());
        let column = |name, values| TableColumn::new(name, values, &budget()).unwrap();
        Table::new(vec![column("n", numbers), column("t", texts), column("f", flags)]).unwrap()
    }

    #[test]
    fn a_missing_value_is_told_from_nan_and_from_false() {
        let table = table();
        let numbers = table.column("n").unwrap().numbers().unwrap();
        assert_eq!(numbers.get(1), None);
        assert!(numbers.get(2).unwrap().is_nan());
        assert_eq!(numbers.missing().count(), 1);
        let flags = table.column("f").unwrap().booleans().unwrap();
        assert_eq!(flags.iter().collect::<Vec<_>>(), [Some(true), Some(false), None]);
    }

    #[test]
    fn equal_texts_share_one_code() {
        let table = table();
        let texts = table.column("t").unwrap().texts().unwrap();
        assert_eq!(texts.codes(), [0, 1, 0]);
        assert_eq!(texts.dictionary().iter().collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn a_subset_has_the_rows_asked_for_in_their_order() {
        let some = table().subset(&[2, 0, 0], &budget()).unwrap();
        assert_eq!(some.rows(), 3);
        let texts: Vec<_> = some.column("t").unwrap().texts().unwrap().iter().collect();
        assert_eq!(texts, [Some("a"); 3]);
        assert_eq!(some.column("n").unwrap().numbers().unwrap().get(1), Some(1.5));
        assert!(some.column("f").unwrap().values().is_missing(0));
        let error = table().subset(&[0, 3], &budget()).unwrap_err();
        assert!(error.message.contains("below 3, came 3 at place 1"), "{error}");
    }

    #[test]
    fn the_budget_counts_a_table_while_it_lives() {
        let budget = Budget::new(1 << 12);
        let values = || Values::Number((0..400).map(|i| Some(f64::from(i))).collect());
        let table = Table::new(vec![TableColumn::new("n", values(), &budget).unwrap()]).unwrap();
        assert_eq!(budget.used(), 3250);
        assert_eq!(TableColumn::new("m", values(), &budget).unwrap_err().code, Code::Memory);
        assert_eq!(table.subset(&[0; 400], &budget).unwrap_err().code, Code::Memory);
        drop(table);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn columns_that_do_not_fit_are_refused_by_name() {
        let column = |name, rows: usize| {
            let values = Values::Boolean((0..rows).map(|_| Some(true)).collect());
            TableColumn::new(name, values, &budget()).unwrap()
        };
        let error = Table::new(vec![column("a", 2), column("b", 3)]).unwrap_err();
        assert_eq!((error.code, error.message.contains("b: expected 2 rows")), (Code::Data, true));
        assert_eq!(Table::new(vec![column("a", 2), column("a", 2)]).unwrap_err().code, Code::Data);
        assert_eq!(Table::new(vec![]).unwrap_err().code, Code::Data);
        let message = table().column("z").unwrap_err().message;
        assert!(message.contains("n, t, f") && message.contains("\"z\""), "{message}");
    }

    #[test]
    fn a_matrix_lays_numbers_and_flags_side_by_side_and_names_what_is_missing() {
        let table = table().subset(&[0, 0], &budget()).unwrap();
        let x = table.matrix("x", &["f", "n"], &budget()).unwrap();
        assert_eq!(x.data().as_slice::<f32>(), [1.0, 1.5, 1.0, 1.5]);
        assert_eq!(&**x.shape(), [2]);
        let error = self::table().matrix("x", &["n"], &budget()).unwrap_err();
        assert!(error.message.contains("n: the value of row 1 is missing"), "{error}");
        let error = table.matrix("x", &["t"], &budget()).unwrap_err();
        assert!(error.message.contains("expected a column of numbers, came texts"), "{error}");
    }
}
