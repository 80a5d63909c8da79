//! Which columns a step takes: by name, by glob, by kind, less some.

use attune_tensor::{Code, Error, Result};
use serde::{Deserialize, Serialize};

use super::frame::Frame;
use crate::table::Kind;

/// A choice of columns. Without names, all of the kind; without a kind, all that suit the step. The
/// target is taken only by its whole name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Columns {
    /// Names, in which `*` stands for any letters and `?` for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub names: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
}

impl Columns {
    pub fn of_kind(kind: Kind) -> Self {
        Columns { kind: Some(kind), ..Columns::default() }
    }

    pub fn named(names: &[&str]) -> Self {
        Columns {
            names: Some(names.iter().map(|&name| name.to_owned()).collect()),
            ..Columns::default()
        }
    }

    /// The places of the chosen columns in the order of the table, `suited` being the kinds that the
    /// step can take. A whole name is taken whatever its kind, so that the step can say what is wrong.
    pub fn of(&self, frame: &Frame, suited: &[Kind]) -> Result<Vec<usize>> {
        let mut chosen = vec![false; frame.columns.len()];
        let by_kind = |place: usize| {
            let column = &frame.columns[place];
            let fits =
                self.kind.map_or_else(|| suited.contains(&column.kind), |kind| kind == column.kind);
            fits && !frame.is_target(&column.name)
        };
        match &self.names {
            None => (0..chosen.len()).for_each(|place| chosen[place] = by_kind(place)),
            Some(names) => {
                for name in names {
                    let found = match frame.find(name) {
                        Some(place) => {
                            chosen[place] = true;
                            true
                        }
                        None => {
                            (0..chosen.len())
                                .filter(|&place| glob(name, &frame.columns[place].name))
                                .map(|place| chosen[place] |= by_kind(place))
                                .count()
                                > 0
                        }
                    };
                    if !found {
                        return Err(unknown(name, frame));
                    }
                }
            }
        }
        for name in &self.except {
            for (place, column) in frame.columns.iter().enumerate() {
                chosen[place] &= column.name != *name && !glob(name, &column.name);
            }
        }
        Ok((0..chosen.len()).filter(|&place| chosen[place]).collect())
    }
}

fn unknown(name: &str, frame: &Frame) -> Error {
    let names: Vec<_> = frame.columns.iter().map(|column| column.name.as_str()).take(20).collect();
    let message = format!("columns: no column is called {name:?}; there are {}", names.join(", "));
    Error::new(Code::Config, message)
}

/// Whether a name fits a pattern in which `*` stands for any letters and `?` for one.
fn glob(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(&letter) if letter == '?' || letter == name[n] => (p, n) = (p + 1, n + 1),
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (p, n) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&letter| letter == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_letters_and_a_question_mark_for_one() {
        for (pattern, name, fits) in [
            ("*", "", true),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*c*e", "abcde", true),
            ("a*c*e", "abcd", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("abc", "abcd", false),
            ("*ab", "aab", true),
        ] {
            assert_eq!(glob(pattern, name), fits, "{pattern} {name}");
        }
    }
}
