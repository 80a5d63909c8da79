//! Mean, standard deviation and range of a column, in float64 and in the order of the samples.

use attune_tensor::{DType, Result};

use crate::check::elements;
use crate::data_set::DataSet;

/// Over all elements of all samples; zeros for no samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Statistics {
    pub mean: f64,
    /// Of the population: divided by the number of elements.
    pub standard_deviation: f64,
    pub minimum: f64,
    pub maximum: f64,
}

impl DataSet {
    /// The figures by which a column is brought to a common scale.
    pub fn statistics(&self, column: &str) -> Result<Statistics> {
        let column = self.column(column)?;
        let mut sums = Sums::default();
        for row in self.rows() {
            match column.dtype() {
                DType::Float32 => sums.add(elements::<f32>(column, row).iter().map(|&x| x.into())),
                DType::Int32 => sums.add(elements::<i32>(column, row).iter().map(|&x| x.into())),
                DType::Uint8 => sums.add(column.row(row).iter().map(|&x| x.into())),
            }
        }
        Ok(sums.finish())
    }
}

/// Welford 1962, merged sample by sample (Chan, Golub and LeVeque 1979).
#[derive(Default)]
struct Sums {
    count: f64,
    mean: f64,
    squares: f64,
    range: Option<(f64, f64)>,
}

impl Sums {
    fn add(&mut self, values: impl Iterator<Item = f64> + Clone) {
        let (count, sum) = values.clone().fold((0.0, 0.0), |(n, sum), x| (n + 1.0, sum + x));
        let mean = sum / count;
        let squares: f64 = values.clone().map(|x| (x - mean) * (x - mean)).sum();
        let (total, delta) = (self.count + count, mean - self.mean);
        self.squares += squares + delta * delta * self.count * count / total;
        self.mean += delta * count / total;
        self.count = total;
        self.range = values.fold(self.range, |range, x| {
            let (least, most) = range.unwrap_or((x, x));
            Some((least.min(x), most.max(x)))
        });
    }

    fn finish(self) -> Statistics {
        let Some((minimum, maximum)) = self.range else { return Statistics::default() };
        let standard_deviation = (self.squares / self.count).sqrt();
        Statistics { mean: self.mean, standard_deviation, minimum, maximum }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data_set::tests::column;

    #[test]
    fn the_figures_are_those_of_all_elements_in_view() {
        let x = [1.0, 3.0, 100.0, 200.0, 5.0, 7.0f32];
        let data = DataSet::new(vec![column("x", DType::Float32, &[2], &x).unwrap()]).unwrap();
        let figures = data.subset(&[2, 0]).unwrap().statistics("x").unwrap();
        assert_eq!((figures.mean, figures.minimum, figures.maximum), (4.0, 1.0, 7.0));
        assert!((figures.standard_deviation - 5f64.sqrt()).abs() < 1e-15);
    }

    #[test]
    fn whole_numbers_and_no_samples_have_figures_too() {
        let (a, b) = (&[0u8, 255], &[-3i32, 3]);
        let columns = [column("a", DType::Uint8, &[], a), column("b", DType::Int32, &[], b)];
        let data = DataSet::new(columns.map(Result::unwrap).into()).unwrap();
        assert_eq!(data.statistics("a").unwrap().mean, 127.5);
        assert_eq!(data.statistics("b").unwrap().standard_deviation, 3.0);
        let none = data.subset(&[]).unwrap().statistics("a").unwrap();
        assert_eq!(none, Statistics::default());
    }
}
