//! Two-dimensional convolution and its gradients: `y[p, o] = Σ x[p stride + tap dilation - pad, c] w[tap, c, o]`.
//!
//! Activations are NHWC, weights HWIO `[kh, kw, channels / groups, filters]`. Forward and input
//! gradient read the weights as panels (see `panels`), the weight gradient writes them plain.

pub mod forward;
pub mod input_gradient;
mod shape;
pub mod weight_gradient;

pub use forward::Forward;
pub use input_gradient::InputGradient;
pub use shape::Conv2d;
pub(crate) use shape::places;
pub use weight_gradient::WeightGradient;

fn plain(conv: &Conv2d, isa: crate::Isa, weights: &[f32], transposed: bool) -> Vec<f32> {
    let nr = match isa {
        crate::Isa::Scalar => 2,
        crate::Isa::Portable => 8,
        #[cfg(target_arch = "x86_64")]
        crate::Isa::Avx2 => 16,
        #[cfg(target_arch = "x86_64")]
        crate::Isa::Avx512 => 32,
    };
    if !conv.uses_panels() {
        return weights.to_vec();
    }
    let (cg, fg, taps) = (conv.group_channels(), conv.group_filters(), conv.taps());
    let mut plain = vec![0.0; conv.weight_len()];
    for (row, o) in (0..taps * cg).flat_map(|r| (0..conv.filters).map(move |o| (r, o))) {
        let (g, j, tap, c) = (o / fg, o % fg, row / cg, row % cg);
        plain[row * conv.filters + o] = if transposed {
            weights[(((g * cg.div_ceil(nr) + c / nr) * taps + tap) * fg + j) * nr + c % nr]
        } else {
            weights[((g * fg.div_ceil(nr) + j / nr) * taps * cg + row) * nr + j % nr]
        };
    }
    plain
}
