//! Dates and times of the proleptic Gregorian calendar, out of ISO 8601 texts.
//! Hinnant 2013, "chrono-compatible low-level date algorithms".

/// A moment, in parts as the text writes them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    pub year: i64,
    pub month: u32,
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: f64,
}

/// Days since 1970-01-01.
pub fn days(year: i64, month: u32, day: u32) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year =
        (153 * (i64::from(month) + if month > 2 { -3 } else { 9 }) + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn days_of(year: i64, month: u32) -> u32 {
    let (next, then) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    (days(next, then, 1) - days(year, month, 1)) as u32
}

impl Moment {
    /// The moment of `2024-02-29`, `2024-02-29T12:30`, `2024-02-29 12:30:15.5Z` and the like; a zone is
    /// read and left as written. `2024/02/29` is one, too.
    pub fn parse(text: &str) -> Option<Moment> {
        let text = text.trim();
        let (date, time) = match text.find(['T', 't', ' ']) {
            Some(at) => (&text[..at], text[at + 1..].trim()),
            None => (text, ""),
        };
        let separator = if date.contains('/') { '/' } else { '-' };
        let mut parts = date.split(separator);
        let year = parts.next().filter(|year| year.len() == 4).and_then(digits)?;
        let (month, day) = (parts.next().and_then(digits)?, parts.next().and_then(digits)?);
        let valid = (1..=12).contains(&month) && (1..=days_of(year.into(), month)).contains(&day);
        if !valid || parts.next().is_some() {
            return None;
        }
        let (hour, minute, second) = clock(time)?;
        Some(Moment { year: year.into(), month, day, hour, minute, second })
    }

    pub fn day_of_year(self) -> i64 {
        days(self.year, self.month, self.day) - days(self.year, 1, 1) + 1
    }

    /// From 0 for Monday.
    pub fn weekday(self) -> i64 {
        (days(self.year, self.month, self.day) + 3).rem_euclid(7)
    }

    /// Seconds since 1970, as if written without a zone.
    pub fn seconds(self) -> f64 {
        let clock = f64::from(self.hour * 3600 + self.minute * 60) + self.second;
        days(self.year, self.month, self.day) as f64 * 86_400.0 + clock
    }
}

fn digits(text: &str) -> Option<u32> {
    let plain = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

fn clock(text: &str) -> Option<(u32, u32, f64)> {
    if text.is_empty() {
        return Some((0, 0, 0.0));
    }
    let end = text.find(['Z', 'z', '+', '-']).unwrap_or(text.len());
    let zone = &text[end..];
    let is_zone = |b: u8| b.is_ascii_digit() || matches!(b, b':' | b'+' | b'-');
    if !(zone.eq_ignore_ascii_case("z") || zone.bytes().all(is_zone)) {
        return None;
    }
    let mut parts = text[..end].trim().split(':');
    let (hour, minute) = (digits(parts.next()?)?, digits(parts.next()?)?);
    let second = match parts.next() {
        None => 0.0,
        Some(text) if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') => text.parse().ok()?,
        Some(_) => return None,
    };
    let valid = hour < 24 && minute < 60 && (0.0..61.0).contains(&second) && parts.next().is_none();
    valid.then_some((hour, minute, second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970_through_leap_years() {
        for (date, expected) in [
            ((1970, 1, 1), 0),
            ((2000, 2, 29), 11_016),
            ((2024, 12, 31), 20_088),
            ((1969, 12, 31), -1),
            ((1600, 3, 1), -135_080),
        ] {
            assert_eq!(days(date.0, date.1, date.2), expected, "{date:?}");
        }
    }

    #[test]
    fn a_moment_is_read_with_or_without_a_clock() {
        let moment = Moment::parse("2024-02-29T23:05:07.5+01:00").unwrap();
        assert_eq!((moment.hour, moment.minute, moment.second), (23, 5, 7.5));
        assert_eq!((moment.weekday(), moment.day_of_year()), (3, 60));
        assert_eq!(Moment::parse("1970/01/02").unwrap().seconds(), 86_400.0);
        assert_eq!(Moment::parse("1970-01-01 00:01").unwrap().seconds(), 60.0);
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "2023-02-29",
            "2024-13-01",
            "24-01-01",
            "2024-01",
            "2024-01-01 25:00",
            "2024-01-01x",
            "é",
        ] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }
}
