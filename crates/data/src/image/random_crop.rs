//! A random part of an image, of any size and shape within ranges.

use attune_kernels::random::Stream;
use serde::Deserialize;

/// Which parts are taken; torchvision's `RandomResizedCrop`.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct RandomCrop {
    /// The least and the largest share of the image's area.
    pub scale: [f64; 2],
    /// The least and the largest width by height.
    pub ratio: [f64; 2],
}

/// A part of an image in whole pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub top: usize,
    pub left: usize,
    pub height: usize,
    pub width: usize,
}

/// How often a part is drawn that may not fit.
const TRIES: usize = 10;

impl RandomCrop {
    /// Area evenly and ratio evenly in its logarithm; what fits at a place drawn evenly, or after
    /// ten draws the largest part in the middle that has a ratio in range.
    pub fn draw(&self, height: usize, width: usize, stream: &mut Stream) -> Part {
        let mut between = |[least, most]: [f64; 2]| {
            least + (most - least) * f64::from(stream.next_u32()) / 4_294_967_296.0
        };
        let (h, w) = (height as f64, width as f64);
        let [least, most] = self.ratio;
        for _ in 0..TRIES {
            let area = h * w * between(self.scale);
            let ratio = between([least.ln(), most.ln()]).exp();
            let (part_width, part_height) = ((area * ratio).sqrt(), (area / ratio).sqrt());
            let (part_width, part_height) = (part_width.round(), part_height.round());
            if (1.0..=w).contains(&part_width) && (1.0..=h).contains(&part_height) {
                let top = between([0.0, h - part_height + 1.0]) as usize;
                let left = between([0.0, w - part_width + 1.0]) as usize;
                let (height, width) = (part_height as usize, part_width as usize);
                return Part { top, left, height, width };
            }
        }
        let (part_height, part_width) = match w / h {
            ratio if ratio < least => ((w / least).round().clamp(1.0, h), w),
            ratio if ratio > most => (h, (h * most).round().clamp(1.0, w)),
            _ => (h, w),
        };
        let (part_height, part_width) = (part_height as usize, part_width as usize);
        let (top, left) = ((height - part_height) / 2, (width - part_width) / 2);
        Part { top, left, height: part_height, width: part_width }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_lie_inside_and_have_areas_and_ratios_in_range() {
        let crop = RandomCrop { scale: [0.08, 1.0], ratio: [0.75, 4.0 / 3.0] };
        let mut stream = Stream::new([1, 2]);
        let (mut areas, mut places) = (Vec::new(), std::collections::HashSet::new());
        for _ in 0..4000 {
            let Part { top, left, height, width } = crop.draw(60, 100, &mut stream);
            assert!(top + height <= 60 && left + width <= 100);
            let ratio = width as f64 / height as f64;
            assert!((0.65..1.5).contains(&ratio), "{ratio}");
            areas.push((width * height) as f64 / 6000.0);
            places.insert((top, left));
        }
        let mean = areas.iter().sum::<f64>() / areas.len() as f64;
        assert!(areas.iter().all(|&area| (0.07..=1.0).contains(&area)));
        // Large parts often do not fit into 60 by 100, so fewer than half the areas are above .54.
        assert!((0.35..0.54).contains(&mean), "{mean}");
        assert!(places.len() > 1000);
    }

    #[test]
    fn where_nothing_fits_the_middle_is_taken() {
        let crop = RandomCrop { scale: [1.0, 1.0], ratio: [1.0, 1.0] };
        let mut stream = Stream::new([3, 4]);
        let part = crop.draw(10, 40, &mut stream);
        assert_eq!(part, Part { top: 0, left: 15, height: 10, width: 10 });
        let part = crop.draw(40, 10, &mut stream);
        assert_eq!(part, Part { top: 15, left: 0, height: 10, width: 10 });
        assert_eq!(crop.draw(1, 1, &mut stream), Part { top: 0, left: 0, height: 1, width: 1 });
    }
}
