//! transpose.
