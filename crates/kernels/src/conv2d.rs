//! conv2d.
