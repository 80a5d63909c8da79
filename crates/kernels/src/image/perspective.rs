//! Perspective maps: four corners of an image seen at four other places.

/// Where a pixel of the result lies in the source, both counted from the image's corner in pixels:
/// `x' = (a x + b y + c) / (g x + h y + 1)`, `y' = (d x + e y + f) / (g x + h y + 1)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Perspective([f64; 8]);

impl Perspective {
    /// Brings the points `from` of an image to the places `to`, each `[x, y]`; nothing where three
    /// of them lie on a line.
    pub fn between(from: [[f64; 2]; 4], to: [[f64; 2]; 4]) -> Option<Perspective> {
        let mut rows = [[0.0; 9]; 8];
        for (corner, ([x, y], [u, v])) in to.into_iter().zip(from).enumerate() {
            rows[2 * corner] = [x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y, u];
            rows[2 * corner + 1] = [0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y, v];
        }
        solve(rows).map(Perspective)
    }

    /// The place of the middle of a pixel, counted from the middle of the first.
    pub fn place(&self, row: usize, column: usize) -> (f32, f32) {
        let [a, b, c, d, e, f, g, h] = self.0;
        let (x, y) = (column as f64 + 0.5, row as f64 + 0.5);
        let below = g * x + h * y + 1.0;
        (((a * x + b * y + c) / below - 0.5) as f32, ((d * x + e * y + f) / below - 0.5) as f32)
    }
}

/// Gauss-Jordan elimination, the largest element of each column first.
fn solve(mut rows: [[f64; 9]; 8]) -> Option<[f64; 8]> {
    for column in 0..8 {
        let largest =
            |&a: &usize, &b: &usize| rows[a][column].abs().total_cmp(&rows[b][column].abs());
        let pivot = (column..8).max_by(largest)?;
        rows.swap(column, pivot);
        if rows[column][column].abs() < 1e-12 {
            return None;
        }
        let head = rows[column].map(|value| value / rows[column][column]);
        rows[column] = head;
        for (_, row) in rows.iter_mut().enumerate().filter(|&(at, _)| at != column) {
            let factor = row[column];
            row.iter_mut().zip(head).for_each(|(value, of_head)| *value -= factor * of_head);
        }
    }
    Some(rows.map(|row| row[8]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: [[f64; 2]; 4] = [[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 9.0]];

    #[test]
    fn corners_go_where_they_are_told() {
        let to = [[1.0, 2.0], [8.0, 0.0], [7.0, 9.0], [0.0, 6.0]];
        let map = Perspective::between(SQUARE, to).unwrap();
        let [a, b, c, d, e, f, g, h] = map.0;
        for ([x, y], [u, v]) in to.into_iter().zip(SQUARE) {
            let below = g * x + h * y + 1.0;
            assert!(((a * x + b * y + c) / below - u).abs() < 1e-9);
            assert!(((d * x + e * y + f) / below - v).abs() < 1e-9);
        }
    }

    #[test]
    fn corners_that_stay_change_nothing_and_a_line_is_no_image() {
        let map = Perspective::between(SQUARE, SQUARE).unwrap();
        let (x, y) = map.place(3, 5);
        assert!((x - 5.0).abs() < 1e-6 && (y - 3.0).abs() < 1e-6);
        assert_eq!(Perspective::between(SQUARE, [[1.0, 1.0]; 4]), None);
    }
}
