//! Two images made one: blended, or a part of one put into the other.

use super::{Image, Pixel};

/// `share` of `target`, and of `other` the rest. Zhang et al. 2018, arXiv:1710.09412.
pub fn mixup<T: Pixel>(share: f32, other: &[T], target: &mut [T]) {
    for (value, other) in target.iter_mut().zip(other) {
        *value = T::nearest(share * value.to_f32() + (1.0 - share) * other.to_f32());
    }
}

/// Puts the part of `other` from `[top, left]` on in its place. Yun et al. 2019, arXiv:1905.04899.
pub fn cutmix<T: Pixel>(
    image: Image,
    [top, left]: [usize; 2],
    [height, width]: [usize; 2],
    other: &[T],
    target: &mut [T],
) {
    for row in top..top + height {
        let at = (row * image.width + left) * image.channels;
        let len = width * image.channels;
        target[at..at + len].copy_from_slice(&other[at..at + len]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_parts_are_exact() {
        let (mut target, other) = ([0u8, 100, 200, 255], [100u8, 100, 0, 0]);
        mixup(0.75, &other, &mut target);
        assert_eq!(target, [25, 100, 150, 191]);
        let image = Image { height: 2, width: 2, channels: 1 };
        cutmix(image, [0, 1], [2, 1], &other, &mut target);
        assert_eq!(target, [25, 100, 150, 0]);
    }
}
