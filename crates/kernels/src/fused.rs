//! fused.
