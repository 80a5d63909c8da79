//! What a field means: missing, a number, a boolean, or text.

use crate::table::values::Kind;

/// What is written where a value is missing: pandas' markers and `?`.
pub const MISSING: [&str; 19] = [
    "", "?", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan",
];

/// How fields are read.
pub struct Reading {
    markers: Vec<Vec<u8>>,
    /// Whether a marker begins with this byte.
    begins: [bool; 256],
    empty: bool,
    decimal: u8,
}

impl Reading {
    pub fn new<S: AsRef<str>>(missing: &[S], decimal: u8) -> Self {
        let markers: Vec<Vec<u8>> =
            missing.iter().map(|marker| marker.as_ref().as_bytes().to_vec()).collect();
        let mut begins = [false; 256];
        for first in markers.iter().filter_map(|marker| marker.first()) {
            begins[*first as usize] = true;
        }
        Reading { empty: markers.iter().any(Vec::is_empty), markers, begins, decimal }
    }

    #[inline]
    pub fn missing(&self, field: &[u8]) -> bool {
        match field.first() {
            None => self.empty,
            Some(&first) => {
                self.begins[first as usize] && self.markers.iter().any(|marker| marker == field)
            }
        }
    }

    /// The number that a field is, blanks around it left out.
    #[inline]
    pub fn number(&self, field: &[u8]) -> Option<f64> {
        let field = field.trim_ascii();
        if self.decimal == b'.' {
            return fast_float2::parse(field).ok();
        }
        // A point is no decimal mark here, and a number is never this long.
        let mut digits = [0; 64];
        let digits = digits.get_mut(..field.len())?;
        for (digit, &byte) in digits.iter_mut().zip(field) {
            *digit = match byte {
                b'.' => return None,
                byte if byte == self.decimal => b'.',
                byte => byte,
            };
        }
        fast_float2::parse(&*digits).ok()
    }
}

/// `true` and `false` as pandas reads them.
#[inline]
pub fn boolean(field: &[u8]) -> Option<bool> {
    match field {
        b"true" | b"True" | b"TRUE" => Some(true),
        b"false" | b"False" | b"FALSE" => Some(false),
        _ => None,
    }
}

/// A whole number that float64 does not hold exactly, such as a long identifier.
pub fn inexact(field: &[u8]) -> bool {
    const EXACT: u64 = 1 << 53;
    let digits = field.strip_prefix(b"-").unwrap_or(field);
    digits.len() > 15
        && digits.iter().all(u8::is_ascii_digit)
        && std::str::from_utf8(digits)
            .is_ok_and(|digits| digits.parse().map_or(true, |number: u64| number > EXACT))
}

/// The kinds of value met in a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub number: bool,
    pub boolean: bool,
    pub text: bool,
}

impl Seen {
    pub fn and(self, other: Seen) -> Seen {
        Seen {
            number: self.number || other.number,
            boolean: self.boolean || other.boolean,
            text: self.text || other.text,
        }
    }

    pub fn meet(&mut self, field: &[u8], reading: &Reading) {
        if reading.missing(field) {
        } else if boolean(field).is_some() {
            self.boolean = true;
        } else if reading.number(field).is_some() && !inexact(field) {
            self.number = true;
        } else {
            self.text = true;
        }
    }

    /// The kind that holds all of them; numbers where nothing was met.
    pub fn kind(self) -> Kind {
        match self {
            Seen { text: true, .. } | Seen { number: true, boolean: true, .. } => Kind::Text,
            Seen { boolean: true, .. } => Kind::Boolean,
            _ => Kind::Number,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_what_it_says() {
        let reading = Reading::new(&MISSING, b'.');
        let cases: [(&str, Kind); 14] = [
            ("1", Kind::Number),
            ("-1.5e3", Kind::Number),
            (" 7 ", Kind::Number),
            ("+.5", Kind::Number),
            ("-inf", Kind::Number),
            ("9007199254740992", Kind::Number),
            ("9007199254740993", Kind::Text),
            ("123456789012345678901234567890", Kind::Text),
            ("True", Kind::Boolean),
            ("yes", Kind::Text),
            ("1,5", Kind::Text),
            ("0x10", Kind::Text),
            ("1_000", Kind::Text),
            ("?", Kind::Number),
        ];
        for (field, kind) in cases {
            let mut seen = Seen::default();
            seen.meet(field.as_bytes(), &reading);
            assert_eq!(seen.kind(), kind, "{field}");
        }
    }

    #[test]
    fn a_decimal_comma_makes_the_point_a_stranger() {
        let reading = Reading::new(&["-"], b',');
        assert_eq!(reading.number(b"-1,5"), Some(-1.5));
        assert_eq!(reading.number(b"1.5"), None);
        assert_eq!(reading.number(&[b'1'; 65]), None);
        assert!(reading.missing(b"-") && !reading.missing(b""));
    }
}
