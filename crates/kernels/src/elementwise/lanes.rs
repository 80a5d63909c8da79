//! The same functions on lanes.
