//! Texts in memory, one after another, each with its class.

use attune_tensor::{Budget, Error, Reservation, Result};

use crate::data_set::data_error;

/// Texts and their classes.
#[derive(Debug)]
pub struct Corpus {
    text: String,
    /// Where each text ends.
    ends: Vec<usize>,
    labels: Vec<i32>,
    held: Vec<Reservation>,
}

impl Corpus {
    pub fn new() -> Self {
        Corpus { text: String::new(), ends: Vec::new(), labels: Vec::new(), held: Vec::new() }
    }

    /// Texts of one's own, without classes.
    pub fn of<'t>(texts: impl IntoIterator<Item = &'t str>, budget: &Budget) -> Result<Self> {
        let mut corpus = Corpus::new();
        for text in texts {
            corpus.push(text, 0, budget)?;
        }
        Ok(corpus)
    }

    /// Adds a text.
    pub fn push(&mut self, text: &str, label: i32, budget: &Budget) -> Result<()> {
        let free = self.text.capacity() - self.text.len();
        if free < text.len() {
            let more = text.len().max(self.text.capacity()).max(1 << 12);
            self.held.push(budget.reserve(more)?);
            self.text.try_reserve_exact(more).map_err(|_| Error::out_of_memory(more, "texts"))?;
        }
        if self.ends.len() == u32::MAX as usize {
            return Err(data_error(format!("expected at most {} texts", u32::MAX)));
        }
        self.text.push_str(text);
        self.ends.push(self.text.len());
        self.labels.push(label);
        Ok(())
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Text `at`, or an error that tells how many there are.
    pub fn get(&self, at: u32) -> Result<&str> {
        let at = at as usize;
        let end = self
            .ends
            .get(at)
            .ok_or_else(|| data_error(format!("expected texts below {}, came {at}", self.len())))?;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        Ok(&self.text[start..*end])
    }

    /// The texts of these numbers.
    pub fn some(&self, rows: &[u32]) -> impl Iterator<Item = Result<&str>> {
        rows.iter().map(|&row| self.get(row))
    }

    /// The characters of all texts.
    pub fn characters(&self) -> usize {
        self.text.chars().count()
    }

    /// The first so many characters, and the rest; a text that the cut falls into is in both.
    pub fn cut(&self, characters: usize, budget: &Budget) -> Result<(Self, Self)> {
        let end = self.text.char_indices().nth(characters).map_or(self.text.len(), |(at, _)| at);
        let (mut first, mut rest) = (Corpus::new(), Corpus::new());
        let mut start = 0;
        for (&stop, &label) in self.ends.iter().zip(&self.labels) {
            if start < end {
                first.push(&self.text[start..stop.min(end)], label, budget)?;
            }
            if stop > end {
                rest.push(&self.text[start.max(end)..stop], label, budget)?;
            }
            start = stop;
        }
        Ok((first, rest))
    }

    pub fn labels(&self) -> &[i32] {
        &self.labels
    }
}

impl Default for Corpus {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(corpus: &Corpus) -> Vec<&str> {
        (0..corpus.len() as u32).map(|at| corpus.get(at).unwrap()).collect()
    }

    #[test]
    fn a_cut_falls_between_characters_and_parts_the_text_that_it_falls_into() {
        let budget = Budget::new(1 << 20);
        let corpus = Corpus::of(["caf\u{e9}", "two", "x"], &budget).unwrap();
        assert_eq!(corpus.characters(), 8);
        for (at, first, rest) in [
            (0, vec![], vec!["caf\u{e9}", "two", "x"]),
            (4, vec!["caf\u{e9}"], vec!["two", "x"]),
            (5, vec!["caf\u{e9}", "t"], vec!["wo", "x"]),
            (8, vec!["caf\u{e9}", "two", "x"], vec![]),
        ] {
            let (before, after) = corpus.cut(at, &budget).unwrap();
            assert_eq!((texts(&before), texts(&after)), (first, rest), "{at}");
        }
    }

    #[test]
    fn texts_are_counted_in_the_budget_and_refused_beyond_it() {
        let budget = Budget::new(8192);
        let corpus = Corpus::of(["a"; 100], &budget).unwrap();
        assert!(budget.used() >= 100);
        let long = "b".repeat(9000);
        let error = Corpus::of([long.as_str()], &budget).unwrap_err();
        assert_eq!(error.code, attune_tensor::Code::Memory);
        assert_eq!(corpus.get(100).unwrap_err().code, attune_tensor::Code::Data);
        drop(corpus);
        assert_eq!(budget.used(), 0);
    }
}
