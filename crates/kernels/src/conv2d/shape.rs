//! The sizes of a convolution, and what follows from them.

/// A convolution of NHWC images `[batch, height, width, channels]` with HWIO weights
/// `[kh, kw, channels / groups, filters]` to `[batch, out_height, out_width, filters]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv2d {
    pub batch: usize,
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    pub filters: usize,
    /// Height and width of the window.
    pub kernel: [usize; 2],
    pub stride: [usize; 2],
    /// `[[top, bottom], [left, right]]` zeros around each image.
    pub padding: [[usize; 2]; 2],
    pub dilation: [usize; 2],
    /// Divides both `channels` and `filters`.
    pub groups: usize,
}

/// Places of a window of `kernel` taps along an axis.
pub(crate) fn places(
    size: usize,
    kernel: usize,
    stride: usize,
    padding: [usize; 2],
    dilation: usize,
) -> usize {
    let padded = size + padding[0] + padding[1];
    let span = dilation * (kernel - 1) + 1;
    if padded < span { 0 } else { (padded - span) / stride + 1 }
}

impl Conv2d {
    pub fn out_height(&self) -> usize {
        places(self.height, self.kernel[0], self.stride[0], self.padding[0], self.dilation[0])
    }

    pub fn out_width(&self) -> usize {
        places(self.width, self.kernel[1], self.stride[1], self.padding[1], self.dilation[1])
    }

    /// Window offsets: `kh * kw`.
    pub fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Channels that one filter sees.
    pub fn group_channels(&self) -> usize {
        self.channels / self.groups
    }

    /// Filters that see the same channels.
    pub fn group_filters(&self) -> usize {
        self.filters / self.groups
    }

    /// Elements of x.
    pub fn input_len(&self) -> usize {
        self.batch * self.height * self.width * self.channels
    }

    /// Elements of y.
    pub fn output_len(&self) -> usize {
        self.batch * self.out_height() * self.out_width() * self.filters
    }

    /// Elements of the weight.
    pub fn weight_len(&self) -> usize {
        self.taps() * self.group_channels() * self.filters
    }

    /// Floating-point operations of the forward; each gradient takes as many.
    pub fn flops(&self) -> u64 {
        2 * self.output_len() as u64 * (self.taps() * self.group_channels()) as u64
    }

    /// Every channel has its own single filter.
    pub fn is_depthwise(&self) -> bool {
        self.groups == self.channels && self.filters == self.channels && self.channels > 1
    }

    /// Forward and input gradient read panels; if false they read the plain HWIO weight.
    pub fn uses_panels(&self) -> bool {
        !self.is_depthwise()
    }

    /// Visits each product of the convolution as (x index, weight index, y index).
    pub(crate) fn products(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let (oh, ow) = (self.out_height(), self.out_width());
        let (cg, fg) = (self.group_channels(), self.group_filters());
        for n in 0..self.batch {
            for (r, q) in (0..oh).flat_map(|r| (0..ow).map(move |q| (r, q))) {
                for tap in 0..self.taps() {
                    let (i, j) = (tap / self.kernel[1], tap % self.kernel[1]);
                    let h = (r * self.stride[0] + i * self.dilation[0])
                        .wrapping_sub(self.padding[0][0]);
                    let w = (q * self.stride[1] + j * self.dilation[1])
                        .wrapping_sub(self.padding[1][0]);
                    if h >= self.height || w >= self.width {
                        continue;
                    }
                    let x = ((n * self.height + h) * self.width + w) * self.channels;
                    let y = ((n * oh + r) * ow + q) * self.filters;
                    for o in 0..self.filters {
                        for c in 0..cg {
                            let weight = (tap * cg + c) * self.filters + o;
                            visit(x + o / fg * cg + c, weight, y + o);
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_size_counts_the_places_where_the_window_fits() {
        assert_eq!(places(28, 3, 1, [0, 0], 1), 26);
        assert_eq!(places(32, 3, 1, [1, 1], 1), 32);
        assert_eq!(places(32, 3, 2, [0, 1], 1), 16);
        assert_eq!(places(7, 3, 1, [0, 0], 3), 1);
        assert_eq!(places(2, 3, 1, [0, 0], 1), 0);
    }
}
