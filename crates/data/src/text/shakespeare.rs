//! Tiny Shakespeare, which ships inside the package: 40,000 lines of Shakespeare's plays, in the
//! public domain, as A. Karpathy put them together for char-rnn.

use std::io::Read;

use attune_tensor::{Budget, Code, Error, Result};
use flate2::read::GzDecoder;

use super::corpus::Corpus;

const FILE: &[u8] = include_bytes!("../../embedded/tiny-shakespeare.txt.gz");

/// 1,115,394 ASCII characters, 65 different ones, as one text.
pub fn tiny_shakespeare(budget: &Budget) -> Result<Corpus> {
    let fault = |_| Error::new(Code::Internal, "the text inside the package is damaged");
    let mut text = String::new();
    GzDecoder::new(FILE).read_to_string(&mut text).map_err(fault)?;
    let mut corpus = Corpus::new();
    corpus.push(&text, 0, budget)?;
    Ok(corpus)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_text_is_the_one_that_was_published() {
        let corpus = tiny_shakespeare(&Budget::new(4 << 20)).unwrap();
        let text = corpus.get(0).unwrap();
        assert_eq!((corpus.len(), text.len()), (1, 1_115_394));
        assert_eq!(text.chars().collect::<BTreeSet<_>>().len(), 65);
        assert!(text.starts_with("First Citizen:\nBefore we proceed any further"));
        assert_eq!(text.bytes().map(u64::from).sum::<u64>(), 97_532_483);
    }
}
