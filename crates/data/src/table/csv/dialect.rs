//! What delimits the fields of a text, told by its first rows.

use super::rows::{Dialect, Line};

const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];
const ROWS: usize = 100;

/// The candidate that cuts the first rows into the most fields, the same number in each; else the
/// one that cuts the most rows at all; a comma where none does. The decimal mark is none.
pub fn delimiter_of(text: &[u8], dialect: Dialect, decimal: u8) -> u8 {
    let widths = |delimiter| {
        let dialect = Dialect { delimiter, ..dialect };
        let (mut place, mut widths) = (0, Vec::new());
        let mut spans = Vec::new();
        while place < text.len() && widths.len() < ROWS {
            spans.clear();
            if dialect.row(text, &mut place, &mut spans) == Line::Row {
                widths.push(spans.len());
            }
        }
        widths
    };
    let score = |&delimiter: &u8| {
        let widths = widths(delimiter);
        let first = widths.first().copied().unwrap_or(1);
        let even = first > 1 && widths.iter().all(|&width| width == first);
        let cut = widths.iter().filter(|&&width| width > 1).count();
        (even, if even { first } else { cut })
    };
    // The last of equals wins, so the likeliest stands last.
    CANDIDATES.into_iter().rev().filter(|&byte| byte != decimal).max_by_key(score).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_that_cuts_every_row_alike_wins() {
        let dialect = Dialect {
            delimiter: b',',
            quote: Some(b'"'),
            comment: None,
            trim: true,
            line_end: b'\n',
        };
        let found = |text: &str| delimiter_of(text.as_bytes(), dialect, b'.') as char;
        assert_eq!(found("a;b\n1,5;2\n3;4,25\n"), ';');
        assert_eq!(found("a\tb c\n1,000\t2\n"), '\t');
        assert_eq!(found("a|b\n\"x,y\"|2\n"), '|');
        assert_eq!(found("a,b\n\"x;y\",2\n"), ',');
        assert_eq!(found("a,b\n1\n2,3\n"), ',');
        assert_eq!(found("alone\n1\n"), ',');
        assert_eq!(found(""), ',');
    }
}
