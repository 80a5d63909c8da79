//! Two-dimensional convolution and its gradients: `y[p, o] = Σ x[p stride + tap dilation - pad, c] w[tap, c, o]`.
//!
//! Activations are NHWC, weights HWIO `[kh, kw, channels / groups, filters]`. Forward and input
//! gradient read the weights as panels (see `panels`), the weight gradient writes them plain.

mod depthwise;
pub mod forward;
mod gathered;
pub mod input_gradient;
mod outer;
mod shape;
mod strip;
pub mod weight_gradient;
pub mod winograd;

pub use forward::Forward;
pub use input_gradient::InputGradient;
pub use shape::Conv2d;
pub(crate) use shape::places;
pub use weight_gradient::WeightGradient;
pub use winograd::Winograd;
