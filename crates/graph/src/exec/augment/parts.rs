//! Parts and corners of an image that are drawn as torchvision draws them.

use attune_kernels::image::Image;
use attune_kernels::random::Stream;

/// How often a part is drawn that may not fit.
const TRIES: usize = 10;

/// `[top, left]`, and rows and columns.
pub type Part = ([usize; 2], [usize; 2]);

/// A part with a share of the area and a width by height in range; after ten draws that do not fit
/// the largest in the middle.
pub fn crop(image: Image, scale: [f32; 2], ratio: [f32; 2], stream: &mut Stream) -> Part {
    if let Some(part) = drawn(image, scale, ratio, 0.0, stream) {
        return part;
    }
    let (h, w) = (image.height as f32, image.width as f32);
    let sides = match w / h {
        wide if wide < ratio[0] => [(w / ratio[0]).round().clamp(1.0, h), w],
        wide if wide > ratio[1] => [h, (h * ratio[1]).round().clamp(1.0, w)],
        _ => [h, w],
    };
    let [rows, columns] = sides.map(|side| side as usize);
    ([(image.height - rows) / 2, (image.width - columns) / 2], [rows, columns])
}

/// A part as `RandomErasing` draws it; nothing after ten draws that do not fit.
pub fn erased(image: Image, scale: [f32; 2], ratio: [f32; 2], stream: &mut Stream) -> Option<Part> {
    // Width by height of a part that is cut out, height by width of one that is covered.
    drawn(image, scale, [1.0 / ratio[1], 1.0 / ratio[0]], 1.0, stream)
}

/// `left` is how many rows and columns are left at least.
fn drawn(
    image: Image,
    scale: [f32; 2],
    ratio: [f32; 2],
    left: f32,
    stream: &mut Stream,
) -> Option<Part> {
    let (h, w) = (image.height as f32, image.width as f32);
    for _ in 0..TRIES {
        let area = h * w * stream.between(scale);
        let ratio = stream.between(ratio.map(f32::ln)).exp();
        let rows = (area / ratio).sqrt().round();
        let columns = (area * ratio).sqrt().round();
        if (1.0..=h - left).contains(&rows) && (1.0..=w - left).contains(&columns) {
            let top = stream.bounded((h - rows) as u32 + 1) as usize;
            let left = stream.bounded((w - columns) as u32 + 1) as usize;
            return Some(([top, left], [rows as usize, columns as usize]));
        }
    }
    None
}

/// The corners of an image, and where each is seen after moving inwards by up to a share of half a
/// side.
pub fn corners(
    image: Image,
    distortion: f32,
    stream: &mut Stream,
) -> ([[f64; 2]; 4], [[f64; 2]; 4]) {
    let [height, width] = [image.height as u32, image.width as u32];
    let bound = |side: u32| (distortion * (side / 2) as f32) as u32 + 1;
    let (down, across) = (bound(height), bound(width));
    let [bottom, right] = [height - 1, width - 1].map(f64::from);
    let mut inwards = |most| f64::from(stream.bounded(most));
    let to = [
        [inwards(across), inwards(down)],
        [right - inwards(across), inwards(down)],
        [right - inwards(across), bottom - inwards(down)],
        [inwards(across), bottom - inwards(down)],
    ];
    ([[0.0, 0.0], [right, 0.0], [right, bottom], [0.0, bottom]], to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_lie_inside_with_areas_in_range() {
        let image = Image { height: 32, width: 40, channels: 3 };
        let mut stream = Stream::new([1, 9]);
        for _ in 0..2000 {
            let (place, sides) = crop(image, [0.08, 1.0], [0.75, 4.0 / 3.0], &mut stream);
            assert!(place[0] + sides[0] <= 32 && place[1] + sides[1] <= 40);
            let erased = erased(image, [0.02, 0.33], [0.3, 3.3], &mut stream);
            let (place, [rows, columns]) = erased.unwrap();
            assert!(place[0] + rows <= 32 && place[1] + columns <= 40);
            let share = (rows * columns) as f32 / 1280.0;
            assert!((0.01..0.36).contains(&share), "{share}");
        }
        let tiny = Image { height: 1, width: 1, channels: 1 };
        assert_eq!(crop(tiny, [0.1, 0.2], [1.0, 1.0], &mut stream), ([0, 0], [1, 1]));
    }

    #[test]
    fn corners_move_inwards_by_at_most_their_share() {
        let image = Image { height: 20, width: 30, channels: 1 };
        let mut stream = Stream::new([1, 9]);
        for _ in 0..500 {
            let (from, to) = corners(image, 0.5, &mut stream);
            for (corner, ([x, y], [u, v])) in from.into_iter().zip(to).enumerate() {
                assert!((x - u).abs() <= 7.0 && (y - v).abs() <= 5.0, "{corner}");
                assert!((0.0..30.0).contains(&u) && (0.0..20.0).contains(&v));
            }
        }
    }
}
