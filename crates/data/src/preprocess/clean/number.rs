//! Texts as numbers.

/// The number that a text writes in decimal, with spaces around it or not; `inf` and `nan` are words.
pub fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain =
        text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
    text.parse().ok().filter(|_| plain)
}
