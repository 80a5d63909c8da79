//! The Node-API binding: check, convert, call.
