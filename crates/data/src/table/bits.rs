//! A flag for each row, 64 to a word.

/// Flags by row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    /// `len` flags that are all `value`.
    pub fn new(len: usize, value: bool) -> Self {
        let mut bits =
            Bits { words: vec![if value { u64::MAX } else { 0 }; len.div_ceil(64)], len };
        bits.clear_tail();
        bits
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn get(&self, row: usize) -> bool {
        debug_assert!(row < self.len);
        self.words[row / 64] >> (row % 64) & 1 == 1
    }

    pub fn set(&mut self, row: usize, value: bool) {
        assert!(row < self.len, "row {row} of {}", self.len);
        let mask = 1 << (row % 64);
        match value {
            true => self.words[row / 64] |= mask,
            false => self.words[row / 64] &= !mask,
        }
    }

    pub fn push(&mut self, value: bool) {
        if self.len.is_multiple_of(64) {
            self.words.push(0);
        }
        self.len += 1;
        if value {
            self.set(self.len - 1, true);
        }
    }

    /// Appends the flags of `other`.
    pub fn extend_from(&mut self, other: &Bits) {
        let shift = self.len % 64;
        if shift == 0 {
            self.words.extend_from_slice(&other.words);
        } else {
            for &word in &other.words {
                *self.words.last_mut().expect("a word that is not full") |= word << shift;
                self.words.push(word >> (64 - shift));
            }
        }
        self.len += other.len;
        self.words.truncate(self.len.div_ceil(64));
    }

    /// How many are true.
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub fn iter(&self) -> impl Iterator<Item = bool> {
        (0..self.len).map(|row| self.get(row))
    }

    /// Bits behind the last row are zero, so that counts and comparisons see rows alone.
    fn clear_tail(&mut self) {
        if let Some(last) = self.words.last_mut().filter(|_| !self.len.is_multiple_of(64)) {
            *last &= (1 << (self.len % 64)) - 1;
        }
    }
}

impl FromIterator<bool> for Bits {
    fn from_iter<I: IntoIterator<Item = bool>>(flags: I) -> Self {
        let mut bits = Bits::default();
        flags.into_iter().for_each(|flag| bits.push(flag));
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_appended_at_any_offset_are_those_that_were_given() {
        let pattern = |start: usize, len: usize| (start..start + len).map(|i| i * i % 3 == 1);
        for (first, second) in [(0, 5), (1, 64), (63, 2), (64, 64), (65, 130), (127, 0), (3, 61)] {
            let mut bits: Bits = pattern(0, first).collect();
            bits.extend_from(&pattern(first, second).collect());
            let all: Bits = pattern(0, first + second).collect();
            assert_eq!(bits, all, "{first} and {second}");
            assert_eq!(bits.count(), pattern(0, first + second).filter(|&flag| flag).count());
        }
    }

    #[test]
    fn a_flag_is_set_and_unset_alone() {
        let mut bits = Bits::new(70, true);
        bits.set(69, false);
        assert_eq!((bits.count(), bits.get(69), bits.get(68)), (69, false, true));
        bits.set(69, true);
        assert_eq!(bits, Bits::new(70, true));
        assert_eq!(Bits::new(70, false).count(), 0);
    }
}
