//! The steps of a table whose user gave none.

use super::clean::{Across, Action, Duplicates, Fill, Missing, Misspelt, Types};
use super::columns::Columns;
use super::encode::{Dates, OneHot};
use super::scale::Standard;
use super::steps::Rule;
use crate::table::Kind;

/// Repeated rows and misspelt texts are reported; texts meant as numbers become numbers and dates their
/// parts; rows without a target are left out; missing numbers become the median, with an indicator, other
/// missing values the most frequent one; numbers get mean 0 and deviation 1, texts a column a category.
pub fn default_steps(target: Option<&str>) -> Vec<Rule> {
    let fill = |kind: Kind, fill: Fill| {
        let columns = Columns::of_kind(kind);
        Rule::Missing(Missing { columns, fill, value: None, indicator: fill == Fill::Median })
    };
    let mut steps = vec![
        Rule::Duplicates(Duplicates {
            columns: Columns::default(),
            action: Action::Report,
            across_splits: Across::Report,
        }),
        Rule::Types(Types::default()),
        Rule::Misspelt(Misspelt::default()),
        Rule::Dates(Dates::default()),
    ];
    if let Some(target) = target {
        let columns = Columns::named(&[target]);
        let fill = Fill::Drop;
        steps.push(Rule::Missing(Missing { columns, fill, value: None, indicator: false }));
    }
    steps.extend([
        fill(Kind::Number, Fill::Median),
        fill(Kind::Text, Fill::MostFrequent),
        fill(Kind::Boolean, Fill::MostFrequent),
        Rule::Standard(Standard::default()),
        Rule::OneHot(OneHot::default()),
    ]);
    steps
}
