//! A single value, and objects of them as serde gives them, borrowed from a text where they can be.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::csv::Seen;

/// A value of a row, where it is not missing.
#[derive(Clone, Debug)]
pub enum Cell<'a> {
    Missing,
    Number(f64),
    /// A whole number that float64 does not hold.
    Long(String),
    Boolean(bool),
    Text(Cow<'a, str>),
    /// What is no single value, in words.
    Nested(&'static str),
}

impl Cell<'_> {
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Cell::Missing | Cell::Nested(_) => None,
            Cell::Number(number) => Some(Cow::Owned(number.to_string())),
            Cell::Long(digits) => Some(Cow::Borrowed(digits)),
            Cell::Boolean(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
            Cell::Text(text) => Some(Cow::Borrowed(text)),
        }
    }

    /// Notes what kind of value it is, where it is one.
    pub(super) fn seen(&self, seen: &mut Seen) {
        match self {
            Cell::Missing | Cell::Nested(_) => {}
            Cell::Number(_) => seen.number = true,
            Cell::Boolean(_) => seen.boolean = true,
            Cell::Text(_) | Cell::Long(_) => seen.text = true,
        }
    }
}

/// A JSON object in the order of its keys.
pub(super) struct Object<'a>(pub Vec<(Cow<'a, str>, Cell<'a>)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> std::result::Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Object<'de>;

            fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(
                self,
                mut map: M,
            ) -> std::result::Result<Self::Value, M::Error> {
                let mut fields = Vec::new();
                while let Some(Key(key)) = map.next_key()? {
                    fields.push((key, map.next_value()?));
                }
                Ok(Object(fields))
            }
        }

        source.deserialize_map(Fields)
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> std::result::Result<Self, D::Error> {
        match Cell::deserialize(source)? {
            Cell::Text(text) => Ok(Key(text)),
            _ => Err(serde::de::Error::custom("expected a key")),
        }
    }
}

impl<'de> Deserialize<'de> for Cell<'de> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> std::result::Result<Self, D::Error> {
        const EXACT: u64 = 1 << 53;

        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Cell<'de>;

            fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
                out.write_str("a JSON value")
            }

            fn visit_unit<E>(self) -> std::result::Result<Self::Value, E> {
                Ok(Cell::Missing)
            }

            fn visit_bool<E>(self, flag: bool) -> std::result::Result<Self::Value, E> {
                Ok(Cell::Boolean(flag))
            }

            fn visit_f64<E>(self, number: f64) -> std::result::Result<Self::Value, E> {
                Ok(Cell::Number(number))
            }

            fn visit_u64<E>(self, number: u64) -> std::result::Result<Self::Value, E> {
                Ok(match number {
                    0..=EXACT => Cell::Number(number as f64),
                    _ => Cell::Long(number.to_string()),
                })
            }

            fn visit_i64<E>(self, number: i64) -> std::result::Result<Self::Value, E> {
                Ok(match number.unsigned_abs() {
                    0..=EXACT => Cell::Number(number as f64),
                    _ => Cell::Long(number.to_string()),
                })
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> std::result::Result<Self::Value, E> {
                Ok(Cell::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> std::result::Result<Self::Value, E> {
                Ok(Cell::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_seq<S: SeqAccess<'de>>(
                self,
                mut items: S,
            ) -> std::result::Result<Self::Value, S::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Cell::Nested("an array"))
            }

            fn visit_map<M: MapAccess<'de>>(
                self,
                mut map: M,
            ) -> std::result::Result<Self::Value, M::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Cell::Nested("an object"))
            }
        }

        source.deserialize_any(Any)
    }
}
