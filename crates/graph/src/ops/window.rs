//! How many places a window takes along an axis.

use attune_tensor::{Error, Result};

/// Places of a window of `kernel` taps along an axis of `size` elements.
pub fn places(
    axis: &str,
    size: usize,
    kernel: usize,
    stride: usize,
    padding: [usize; 2],
    dilation: usize,
) -> Result<usize> {
    for (name, value) in [("window", kernel), ("stride", stride), ("dilation", dilation)] {
        if value == 0 {
            return Err(Error::shape(format!(
                "the {axis} of the {name} must be at least 1, not 0"
            )));
        }
    }
    let padded = size.checked_add(padding[0]).and_then(|size| size.checked_add(padding[1]));
    let span = (kernel - 1).checked_mul(dilation).and_then(|span| span.checked_add(1));
    let (Some(padded), Some(span)) = (padded, span) else {
        return Err(Error::shape(format!(
            "the padding or dilation of the {axis} exceeds all memory"
        )));
    };
    if span > padded {
        return Err(Error::shape(format!(
            "a window of {axis} {span} does not fit {padded} (an image of {size}, padded by {} and \
             {}): use a smaller kernel or padding 'same'",
            padding[0], padding[1]
        )));
    }
    Ok((padded - span) / stride + 1)
}
