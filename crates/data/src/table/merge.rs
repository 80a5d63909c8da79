//! Columns out of the pieces that a file was read in, in the order of the pieces.

use std::hash::BuildHasher;
use std::sync::Arc;

use attune_tensor::{Error, Result};
use hashbrown::{DefaultHashBuilder, HashTable};

use super::bits::Bits;
use super::values::{Booleans, Dictionary, Kind, Numbers, Texts, Values};

/// The different texts met so far, and where each stands.
#[derive(Default)]
pub(crate) struct Interner {
    dictionary: Dictionary,
    places: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Interner {
    /// The code of a text, a new one where it has not been met.
    #[inline]
    pub fn code(&mut self, text: &str) -> u32 {
        let Interner { dictionary, places, hasher } = self;
        let hash = hasher.hash_one(text);
        if let Some(&code) = places.find(hash, |&code| dictionary.get(code) == text) {
            return code;
        }
        let code = dictionary.push(text);
        places.insert_unique(hash, code, |&code| hasher.hash_one(dictionary.get(code)));
        code
    }

    pub fn dictionary(self) -> Dictionary {
        self.dictionary
    }
}

/// One column of values of a kind, out of pieces of that kind.
pub(crate) fn merge(kind: Kind, pieces: Vec<Values>) -> Result<Values> {
    let rows = pieces.iter().map(Values::len).sum();
    Ok(match kind {
        Kind::Number => {
            let (mut values, mut missing) = (room(rows)?, Bits::default());
            for piece in pieces {
                let Values::Number(piece) = piece else { unreachable!("a piece of another kind") };
                values.extend_from_slice(piece.values());
                missing.extend_from(piece.missing());
            }
            Values::Number(Numbers::new(values, missing))
        }
        Kind::Boolean => {
            let (mut values, mut missing) = (Bits::default(), Bits::default());
            for piece in pieces {
                let Values::Boolean(piece) = piece else { unreachable!("a piece of another kind") };
                values.extend_from(piece.values());
                missing.extend_from(piece.missing());
            }
            Values::Boolean(Booleans::new(values, missing))
        }
        Kind::Text => {
            let (mut codes, mut known) = (room(rows)?, Interner::default());
            for piece in pieces {
                let Values::Text(piece) = piece else { unreachable!("a piece of another kind") };
                let new: Vec<u32> =
                    piece.dictionary().iter().map(|text| known.code(text)).collect();
                let code = |&code: &u32| match code {
                    Texts::MISSING => Texts::MISSING,
                    code => new[code as usize],
                };
                codes.extend(piece.codes().iter().map(code));
            }
            Values::Text(Texts::new(codes, Arc::new(known.dictionary())))
        }
    })
}

/// An empty vector with room for `rows` elements.
pub(crate) fn room<T>(rows: usize) -> Result<Vec<T>> {
    let mut values = Vec::new();
    let bytes = rows.saturating_mul(size_of::<T>());
    values
        .try_reserve_exact(rows)
        .map_err(|_| Error::out_of_memory(bytes, "a column of a table"))?;
    Ok(values)
}
