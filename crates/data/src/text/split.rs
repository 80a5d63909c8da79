//! The pieces that GPT-2 cuts a text into before it merges bytes:
//!
//! ```text
//! 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//! ```

use std::sync::LazyLock;

use regex_syntax::hir::{Class, HirKind};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    Number,
    Space,
    Other,
}

/// Calls `each` with the pieces of a text, one after another; together they are the text.
pub fn pieces<'t>(text: &'t str, mut each: impl FnMut(&'t str)) {
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(first_piece(rest));
        each(piece);
        rest = after;
    }
}

/// The length of the piece that `text` begins with.
fn first_piece(text: &str) -> usize {
    if let Some(length) = contraction(text.as_bytes()) {
        return length;
    }
    let (first, length) = kind_at(text, 0);
    if text.as_bytes()[0] == b' ' && text.len() > 1 {
        let (next, _) = kind_at(text, 1);
        if next != Kind::Space {
            return run(text, 1, next);
        }
    }
    if first != Kind::Space {
        return run(text, length, first);
    }
    let end = run(text, length, Kind::Space);
    if end == text.len() {
        return end;
    }
    // The last blank belongs to what follows, unless it is the only one.
    let last = text[..end].char_indices().next_back().map_or(end, |(at, _)| at);
    if last == 0 { end } else { last }
}

fn contraction(text: &[u8]) -> Option<usize> {
    match text {
        [b'\'', b'r' | b'v', b'e', ..] | [b'\'', b'l', b'l', ..] => Some(3),
        [b'\'', b's' | b't' | b'm' | b'd', ..] => Some(2),
        _ => None,
    }
}

/// Where the run of characters of a kind ends that goes on at `at`.
fn run(text: &str, mut at: usize, kind: Kind) -> usize {
    while at < text.len() {
        let (next, length) = kind_at(text, at);
        if next != kind {
            break;
        }
        at += length;
    }
    at
}

/// The kind of the character at a byte, and its length.
fn kind_at(text: &str, at: usize) -> (Kind, usize) {
    let byte = text.as_bytes()[at];
    if byte.is_ascii() {
        return (ASCII[usize::from(byte)], 1);
    }
    text[at..].chars().next().map_or((Kind::Other, 1), |char| (kind_of(char), char.len_utf8()))
}

static ASCII: [Kind; 128] = {
    let mut kinds = [Kind::Other; 128];
    let mut byte = 0;
    while byte < 128 {
        kinds[byte as usize] = match byte {
            b'a'..=b'z' | b'A'..=b'Z' => Kind::Letter,
            b'0'..=b'9' => Kind::Number,
            // \s is White_Space, which has the vertical tab.
            b'\t'..=b'\r' | b' ' => Kind::Space,
            _ => Kind::Other,
        };
        byte += 1;
    }
    kinds
};

fn kind_of(char: char) -> Kind {
    static LETTERS: LazyLock<Vec<(char, char)>> = LazyLock::new(|| ranges(r"\p{L}"));
    static NUMBERS: LazyLock<Vec<(char, char)>> = LazyLock::new(|| ranges(r"\p{N}"));
    if char.is_whitespace() {
        Kind::Space
    } else if holds(&LETTERS, char) {
        Kind::Letter
    } else if holds(&NUMBERS, char) {
        Kind::Number
    } else {
        Kind::Other
    }
}

fn holds(ranges: &[(char, char)], char: char) -> bool {
    let at = ranges.partition_point(|&(_, last)| last < char);
    ranges.get(at).is_some_and(|&(first, _)| first <= char)
}

/// The characters of a class, from the tables that the regular expression would be matched with.
fn ranges(class: &str) -> Vec<(char, char)> {
    let parsed = regex_syntax::Parser::new().parse(class);
    match parsed.as_ref().map(|hir| hir.kind()) {
        Ok(HirKind::Class(Class::Unicode(found))) => {
            found.iter().map(|range| (range.start(), range.end())).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use attune_kernels::random::{Stream, key};
    use tokenizers::pre_tokenizers::byte_level::ByteLevel;
    use tokenizers::{OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer};

    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        pieces(text, |piece| found.push(piece));
        found
    }

    /// What the regular expression itself gives.
    fn expected(text: &str) -> Vec<(usize, usize)> {
        let mut whole = PreTokenizedString::from(text);
        ByteLevel::new(false, false, true).pre_tokenize(&mut whole).unwrap();
        let splits = whole.get_splits(OffsetReferential::Original, OffsetType::Byte);
        splits.into_iter().map(|(_, offsets, _)| offsets).collect()
    }

    #[test]
    fn contractions_blanks_and_marks_are_cut_as_gpt_2_cuts_them() {
        let cases: [(&str, &[&str]); 6] = [
            ("Hello, world's  end", &["Hello", ",", " world", "'s", " ", " end"]),
            ("we've 12 apples\n\n", &["we", "'ve", " 12", " apples", "\n\n"]),
            (" 'S 's", &[" '", "S", " '", "s"]),
            ("a\t\tb \u{a0}c", &["a", "\t", "\t", "b", " ", "\u{a0}", "c"]),
            ("!!'re", &["!!'", "re"]),
            ("", &[]),
        ];
        for (text, wanted) in cases {
            assert_eq!(cut(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn random_texts_are_cut_where_the_regular_expression_cuts_them() {
        let alphabet: Vec<char> =
            "ab'srtvelmd 12\t\n\r\u{b}\u{85}\u{a0}\u{2003}\u{e9}\u{df}\u{4e2d}\u{661}\u{2167}\u{b2}\u{301}\u{1f600}!_-\u{0}"
                .chars()
                .collect();
        let mut draw = Stream::new(key(3, 5));
        for _ in 0..20_000 {
            let length = draw.bounded(12);
            let text: String = (0..length)
                .map(|_| alphabet[draw.bounded(alphabet.len() as u32) as usize])
                .collect();
            let mut at = 0;
            let spans: Vec<(usize, usize)> = cut(&text)
                .into_iter()
                .map(|piece| {
                    at += piece.len();
                    (at - piece.len(), at)
                })
                .collect();
            assert_eq!(spans, expected(&text), "{text:?}");
        }
    }
}
