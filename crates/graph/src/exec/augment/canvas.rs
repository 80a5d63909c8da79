//! An image that changes are made on: affine maps that follow one another are made as one.

use attune_kernels::image::{self, Affine, Elastic, Image, Perspective, Pixel, Reading};

/// Memory that a thread keeps for its changes.
#[derive(Default)]
pub struct Scratch<T> {
    pub other: Vec<T>,
    pub original: Vec<T>,
    pub sums: Vec<f32>,
    pub elastic: Elastic,
}

/// Pixels and what is still to be done with them.
pub struct Canvas<'a, T> {
    pub image: Image,
    pixels: &'a mut [T],
    scratch: &'a mut Scratch<T>,
    map: Affine,
    reading: Option<Reading>,
}

impl<'a, T: Pixel> Canvas<'a, T> {
    pub fn new(image: Image, pixels: &'a mut [T], scratch: &'a mut Scratch<T>) -> Self {
        Canvas { image, pixels, scratch, map: Affine::IDENTITY, reading: None }
    }

    /// The pixels, all maps made.
    pub fn pixels(&mut self) -> &mut [T] {
        self.settle();
        self.pixels
    }

    /// The pixels, all maps made, and the memory beside them.
    pub fn parts(&mut self) -> (&mut [T], &mut Scratch<T>) {
        self.settle();
        (self.pixels, self.scratch)
    }

    /// A map after those before; without a reading it reaches nothing outside.
    pub fn map(&mut self, map: Affine, reading: Option<Reading>) {
        if let (Some(before), Some(now)) = (self.reading, reading)
            && before != now
        {
            self.settle();
        }
        self.map = self.map.then(map);
        self.reading = self.reading.or(reading);
    }

    /// Reads every pixel from another place.
    pub fn perspective(&mut self, map: &Perspective, reading: Reading) {
        self.read(|image, other, _, pixels| {
            image::warp(image, reading, other, pixels, |row, column| map.place(row, column));
        });
    }

    /// Reads every pixel from where the field in the scratch says.
    pub fn elastic(&mut self, reading: Reading) {
        self.read(|image, other, elastic, pixels| {
            image::warp(image, reading, other, pixels, |row, column| elastic.place(row, column));
        });
    }

    /// The part from `[top, left]` on, so many rows and columns, brought to the image's size.
    pub fn part(&mut self, [top, left]: [usize; 2], [rows, columns]: [usize; 2]) {
        let along = |at: usize, from: usize, part: usize, whole: usize| {
            let place = (at as f32 + 0.5) * (part as f32 / whole as f32) - 0.5;
            from as f32 + place.clamp(0.0, part as f32 - 1.0)
        };
        self.read(|image, other, _, pixels| {
            image::warp(image, Reading::default(), other, pixels, |row, column| {
                let across = along(column, left, columns, image.width);
                (across, along(row, top, rows, image.height))
            });
        });
    }

    /// A blend with the smoothed image.
    pub fn sharpness(&mut self, factor: f32) {
        self.read(|image, other, _, pixels| image::sharpness(image, factor, other, pixels));
    }

    fn settle(&mut self) {
        let map = std::mem::replace(&mut self.map, Affine::IDENTITY);
        let reading = self.reading.take().unwrap_or_default();
        if map != Affine::IDENTITY {
            self.read(|image, other, _, pixels| {
                image::warp_affine(image, map, reading, other, pixels);
            });
        }
    }

    /// Writes the pixels out of a copy of them.
    fn read(&mut self, write: impl FnOnce(Image, &[T], &Elastic, &mut [T])) {
        if self.map != Affine::IDENTITY {
            self.settle();
        }
        let Scratch { other, elastic, .. } = &mut *self.scratch;
        other.clear();
        other.extend_from_slice(self.pixels);
        write(self.image, other, elastic, self.pixels);
    }
}
