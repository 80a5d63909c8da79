//! Math on slices: the only home of SIMD.
//!
//! A kernel file has three parts in one order: *reference* (plain scalar code, generic over f32
//! and f64: it defines the result), *fast* (written once over a lane type), *dispatch*.
//! A kernel cuts its work into tiles by shape alone; tiles are independent, so any number of
//! threads gives the same bits.

pub mod attention;
pub mod batch_norm;
pub mod conv2d;
pub mod copy;
pub mod cross_entropy;
pub mod ctc;
pub mod denormals;
pub mod elementwise;
pub mod float;
pub mod form;
pub mod fused;
pub mod gather;
pub mod image;
pub mod isa;
pub mod lanes;
pub mod linear;
pub mod mask_time;
pub mod math;
pub mod panels;
pub mod peak;
pub mod pool2d;
pub mod positions;
pub mod random;
pub mod recurrence;
pub mod reduce;
pub mod shared;
pub mod softmax;
pub mod transpose;

pub use float::Float;
pub use form::Form;
pub use isa::{Isa, Kernel, dispatch, dispatch_on};
pub use lanes::Simd;
pub use shared::Shared;
