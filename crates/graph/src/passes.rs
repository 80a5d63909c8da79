//! Rewrites between the recorded graph and kernel calls, in this order.

pub mod fuse;
pub mod simplify;
