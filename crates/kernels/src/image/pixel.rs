//! Stored elements of images, and the sizes of an image.

/// A stored element of an image.
pub trait Pixel: Copy + Default + PartialEq + Send + Sync + 'static {
    /// What is white.
    const BOUND: f32;
    /// Values between 0 and `BOUND` that are told apart by steps of 1; 0 for floats.
    const LEVELS: usize;
    fn to_f32(self) -> f32;
    /// The nearest, halves to the even; beyond the range its end.
    fn nearest(x: f32) -> Self;
    /// What is left of a number without its fraction, within 0 and `BOUND`.
    fn cut(x: f32) -> Self;
}

impl Pixel for f32 {
    const BOUND: f32 = 1.0;
    const LEVELS: usize = 0;
    #[inline]
    fn to_f32(self) -> f32 {
        self
    }
    #[inline]
    fn nearest(x: f32) -> f32 {
        x
    }
    #[inline]
    fn cut(x: f32) -> f32 {
        x.clamp(0.0, 1.0)
    }
}

impl Pixel for u8 {
    const BOUND: f32 = 255.0;
    const LEVELS: usize = 256;
    #[inline]
    fn to_f32(self) -> f32 {
        f32::from(self)
    }
    #[inline]
    fn nearest(x: f32) -> u8 {
        x.round_ties_even() as u8
    }
    #[inline]
    fn cut(x: f32) -> u8 {
        x as u8
    }
}

/// The sizes of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image {
    pub height: usize,
    pub width: usize,
    pub channels: usize,
}

impl Image {
    pub fn pixels(self) -> usize {
        self.height * self.width
    }

    pub fn elements(self) -> usize {
        self.pixels() * self.channels
    }

    /// Whether its channels are red, green and blue.
    pub fn has_colour(self) -> bool {
        self.channels >= 3
    }
}
