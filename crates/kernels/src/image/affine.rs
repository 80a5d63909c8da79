//! Affine maps of an image: flips, turns, shifts, shears and scales.

use super::Image;

/// Where a pixel of the result lies in the source, both counted from the image's centre:
/// `x' = xx x + xy y + x0`, `y' = yx x + yy y + y0`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    pub xx: f32,
    pub xy: f32,
    pub x0: f32,
    pub yx: f32,
    pub yy: f32,
    pub y0: f32,
}

impl Affine {
    pub const IDENTITY: Affine = Affine { xx: 1.0, xy: 0.0, x0: 0.0, yx: 0.0, yy: 1.0, y0: 0.0 };

    /// Left and right, or top and bottom, exchanged.
    pub fn flip(horizontal: bool, vertical: bool) -> Affine {
        let sign = |flipped| if flipped { -1.0 } else { 1.0 };
        Affine { xx: sign(horizontal), yy: sign(vertical), ..Affine::IDENTITY }
    }

    /// Turned about the centre, counter-clockwise as the image is seen (rows count downwards).
    pub fn rotation(radians: f32) -> Affine {
        let (sin, cos) = radians.sin_cos();
        Affine { xx: cos, xy: -sin, yx: sin, yy: cos, ..Affine::IDENTITY }
    }

    /// Turned about the centre by so many quarters, counter-clockwise; exact.
    pub fn quarters(turns: u32) -> Affine {
        let (sin, cos) = [(0.0, 1.0), (1.0, 0.0), (0.0, -1.0), (-1.0, 0.0)][turns as usize % 4];
        Affine { xx: cos, xy: -sin, yx: sin, yy: cos, ..Affine::IDENTITY }
    }

    /// The part of the image that begins so many columns further right and rows further down.
    pub fn shift(right: f32, down: f32) -> Affine {
        Affine { x0: right, y0: down, ..Affine::IDENTITY }
    }

    /// The columns of a row are moved by `x` times its place, the rows of a column by `y` times its;
    /// places count from the corner, as in torchvision's policies.
    pub fn shear([x, y]: [f32; 2], image: Image) -> Affine {
        let (across, down) = (image.width as f32 / 2.0, image.height as f32 / 2.0);
        Affine { xy: x, x0: x * down, yx: y, y0: y * across, ..Affine::IDENTITY }
    }

    /// Turned clockwise by `angle` degrees, sheared by degrees, scaled, then moved right and down by
    /// `translate` pixels: torchvision's `affine` about the centre.
    pub fn general(angle: f64, translate: [f64; 2], scale: f64, shear: [f64; 2]) -> Affine {
        let rotation = angle.to_radians();
        let [sx, sy] = shear.map(f64::to_radians);
        let a = (rotation - sy).cos() / sy.cos();
        let b = -(a * sx.tan() + rotation.sin());
        let c = (rotation - sy).sin() / sy.cos();
        let d = rotation.cos() - c * sx.tan();
        let [xx, xy, yx, yy] = [d, -b, -c, a].map(|value| value / scale);
        let [right, down] = translate;
        let [x0, y0] = [-(xx * right + xy * down), -(yx * right + yy * down)];
        let [xx, xy, x0, yx, yy, y0] = [xx, xy, x0, yx, yy, y0].map(|value| value as f32);
        Affine { xx, xy, x0, yx, yy, y0 }
    }

    /// This change of the image, and then another.
    pub fn then(self, next: Affine) -> Affine {
        let place = |x, y| (self.xx * x + self.xy * y, self.yx * x + self.yy * y);
        let (xx, yx) = place(next.xx, next.yx);
        let (xy, yy) = place(next.xy, next.yy);
        let (x0, y0) = place(next.x0, next.y0);
        Affine { xx, xy, x0: x0 + self.x0, yx, yy, y0: y0 + self.y0 }
    }
}
