//! Rows and fields of delimited text: where they begin and end, quotes and comments heeded.
//!
//! Quoting as in RFC 4180: a field that begins with a quote ends with one, a quote inside is
//! doubled, and delimiters and line ends inside are text. A quote further on in a field is text.

use memchr::{memchr, memchr2};

/// How a text is cut into rows and fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    pub delimiter: u8,
    pub quote: Option<u8>,
    /// Lines that begin with it are none.
    pub comment: Option<u8>,
    /// Whether blanks around fields are left out; those inside quotes stay.
    pub trim: bool,
    /// `\n`, or `\r` in texts without one.
    pub line_end: u8,
}

/// Where a field's text lies, without its quotes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    start: u32,
    /// The length, and in the two highest bits whether it was quoted and has doubled quotes.
    length: u32,
}

const QUOTED: u32 = 1 << 31;
const DOUBLED: u32 = 1 << 30;
/// The longest row, so that places in it fit a span.
pub const LONGEST_ROW: usize = 1 << 30;

impl Span {
    pub fn text<'a>(&self, chunk: &'a [u8]) -> &'a [u8] {
        let start = self.start as usize;
        &chunk[start..start + (self.length & !(QUOTED | DOUBLED)) as usize]
    }

    /// Whether each quote inside stands twice.
    pub fn doubled(&self) -> bool {
        self.length & DOUBLED != 0
    }
}

/// Why a row is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Width(usize),
    /// Text between a closing quote and the next delimiter.
    AfterQuote,
    /// A quote that nothing closes.
    Unclosed,
}

/// What the next line turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    Row,
    /// Blank, or a comment.
    Nothing,
    Fault(Fault),
}

impl Dialect {
    /// Appends the fields of the row at `*place` and moves on to the next row.
    pub fn row(&self, text: &[u8], place: &mut usize, spans: &mut Vec<Span>) -> Line {
        let begin = *place;
        if self.comment.is_some_and(|comment| text.get(begin) == Some(&comment)) {
            *place = self.line_after(text, begin);
            return Line::Nothing;
        }
        let (first, mut fault) = (spans.len(), None);
        loop {
            let (span, end, wrong) = self.field(text, *place);
            fault = fault.or(wrong);
            spans.push(span);
            *place = end + 1;
            if end >= text.len() || text[end] == self.line_end {
                *place = (*place).min(text.len());
                break;
            }
        }
        let only = &spans[first];
        let blank = spans.len() == first + 1 && only.length == 0;
        match fault {
            Some(fault) => {
                spans.truncate(first);
                Line::Fault(fault)
            }
            None if blank => {
                spans.truncate(first);
                Line::Nothing
            }
            None => Line::Row,
        }
    }

    /// The field at `start`, the place of the delimiter or line end behind it, and what is wrong.
    #[inline]
    fn field(&self, text: &[u8], start: usize) -> (Span, usize, Option<Fault>) {
        let mut at = start;
        if self.trim {
            while at < text.len() && self.blank(text[at]) {
                at += 1;
            }
        }
        if self.quote.is_some() && text.get(at).copied() == self.quote {
            return self.quoted_field(text, at + 1);
        }
        let end = self.field_end(text, at);
        let mut stop = end;
        if self.line_end == b'\n'
            && stop > at
            && text[stop - 1] == b'\r'
            && text.get(end).is_none_or(|&byte| byte == b'\n')
        {
            stop -= 1;
        }
        if self.trim {
            while stop > at && self.blank(text[stop - 1]) {
                stop -= 1;
            }
        }
        (Span { start: at as u32, length: (stop - at) as u32 }, end, None)
    }

    fn quoted_field(&self, text: &[u8], start: usize) -> (Span, usize, Option<Fault>) {
        let Some((close, doubled)) = self.closing(text, start) else {
            return (Span::default(), text.len(), Some(Fault::Unclosed));
        };
        let end = self.field_end(text, close + 1);
        let rest = &text[close + 1..end];
        let clean = rest.iter().all(|&byte| self.blank(byte) || byte == b'\r');
        let flags = if doubled { QUOTED | DOUBLED } else { QUOTED };
        let span = Span { start: start as u32, length: (close - start) as u32 | flags };
        (span, end, (!clean).then_some(Fault::AfterQuote))
    }

    /// Where the quote that was opened before `start` closes, and whether it has doubled ones.
    fn closing(&self, text: &[u8], start: usize) -> Option<(usize, bool)> {
        let quote = self.quote?;
        let (mut at, mut doubled) = (start, false);
        loop {
            let close = at + memchr(quote, &text[at..])?;
            if text.get(close + 1) != Some(&quote) {
                return Some((close, doubled));
            }
            doubled = true;
            at = close + 2;
        }
    }

    /// The first delimiter or line end from `at` on, or the end of the text; eight bytes at once.
    #[inline]
    fn field_end(&self, text: &[u8], mut at: usize) -> usize {
        const LOW: u64 = 0x0101_0101_0101_0101;
        const HIGH: u64 = 0x8080_8080_8080_8080;
        let (delimiters, ends) = (LOW * u64::from(self.delimiter), LOW * u64::from(self.line_end));
        // Bits above the first zero byte may be wrong, and only the first is asked for.
        let zeros = |word: u64| word.wrapping_sub(LOW) & !word & HIGH;
        while let Some(eight) = text.get(at..at + 8) {
            let word = u64::from_le_bytes(eight.try_into().expect("eight bytes"));
            let found = zeros(word ^ delimiters) | zeros(word ^ ends);
            if found != 0 {
                return at + found.trailing_zeros() as usize / 8;
            }
            at += 8;
        }
        while at < text.len() && text[at] != self.delimiter && text[at] != self.line_end {
            at += 1;
        }
        at
    }

    fn blank(&self, byte: u8) -> bool {
        (byte == b' ' || byte == b'\t') && byte != self.delimiter
    }

    fn line_after(&self, text: &[u8], at: usize) -> usize {
        memchr(self.line_end, &text[at..]).map_or(text.len(), |place| at + place + 1)
    }

    /// Where the row that begins at `start` ends, the line end included.
    pub fn row_end(&self, text: &[u8], start: usize) -> usize {
        if self.comment.is_some_and(|comment| text.get(start) == Some(&comment)) {
            return self.line_after(text, start);
        }
        let Some(quote) = self.quote else { return self.line_after(text, start) };
        let mut at = start;
        loop {
            let Some(found) = memchr2(self.line_end, quote, &text[at..]) else { return text.len() };
            let place = at + found;
            if text[place] == self.line_end && self.line_end != quote {
                return place + 1;
            }
            let before =
                text[start..place].iter().rposition(|&byte| !(self.trim && self.blank(byte)));
            let opens = before.is_none_or(|before| text[start + before] == self.delimiter);
            if !opens {
                at = place + 1;
                continue;
            }
            match self.closing(text, place + 1) {
                // What follows up to the delimiter is the same field, in which a quote is text.
                Some((close, _)) => {
                    at = self.field_end(text, close + 1);
                    if at < text.len() && text[at] == self.line_end {
                        return at + 1;
                    }
                    at = (at + 1).min(text.len());
                }
                None => return text.len(),
            }
        }
    }

    /// Pieces of about `size` bytes that begin and end with rows.
    pub fn pieces(&self, text: &[u8], size: usize) -> Vec<std::ops::Range<usize>> {
        let unquoted = self.quote.is_none_or(|quote| memchr(quote, text).is_none());
        let (mut pieces, mut start) = (Vec::new(), 0);
        while start < text.len() {
            let goal = (start + size).min(text.len());
            let mut end = start;
            if unquoted && goal < text.len() {
                end = self.line_after(text, goal);
            } else {
                while end < goal {
                    end = self.row_end(text, end);
                }
            }
            pieces.push(start..end);
            start = end;
        }
        pieces
    }
}
