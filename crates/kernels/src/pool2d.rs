//! Two-dimensional max and average pooling over NHWC images, their gradients, and the selection
//! that is the derivative of the max gradient.

mod average;
mod max;
mod places;
mod shape;

pub use average::{AveragePool2d, AveragePool2dGradient};
pub use max::{MaxPool2d, MaxPool2dGradient, MaxPool2dSelect};
pub use shape::Pool2d;

/// Plain loops that define the results.
pub mod reference {
    pub use super::average::{average, average_gradient};
    pub use super::max::{max, max_gradient, max_select};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_agrees_with_a_small_case_worked_by_hand() {
        let pool = Pool2d {
            batch: 1,
            height: 3,
            width: 3,
            channels: 1,
            window: [2, 2],
            stride: [2, 2],
            padding: [[1, 0], [1, 0]],
            count_include_pad: false,
        };
        let x = [5.0, 2.0, 2.0, f64::NAN, 1.0, 9.0, 3.0, 9.0, -1.0];
        let mut y = [0.0; 4];
        reference::max(&pool, &x, &mut y);
        assert_eq!((y[0], y[1], y[3]), (5.0, 2.0, 9.0));
        assert!(y[2].is_nan());
        let mut dx = [0.0; 9];
        reference::max_gradient(&pool, &x, &[1.0, 2.0, 3.0, 4.0], &mut dx);
        assert_eq!(dx, [1.0, 2.0, 0.0, 3.0, 0.0, 4.0, 0.0, 0.0, 0.0]);
        let values: Vec<f64> = (0..9).map(f64::from).collect();
        reference::max_select(&pool, &x, &values, &mut y);
        assert_eq!(y, [0.0, 1.0, 3.0, 5.0]);
        reference::average(&pool, &values, &mut y);
        assert_eq!(y, [0.0, 1.5, 4.5, 6.0]);
        reference::average_gradient(&pool, &[1.0, 2.0, 4.0, 8.0], &mut dx);
        assert_eq!(dx, [1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0]);
    }
}
