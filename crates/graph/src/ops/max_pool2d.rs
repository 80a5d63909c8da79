//! Two-dimensional max pooling, its gradient, and the selection that is the derivative of that.

use attune_kernels::pool2d::{self, Pool2d, reference};
use attune_tensor::{Error, Result, Shape};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::exec::Lower;
use crate::graph::{TensorType, Value};
use crate::ops::operands::{floats, operands, rank, shaped};
use crate::ops::window::places;
use crate::rule::{Backward, Draw, Rule, Sample};

macro_rules! window {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
        pub struct $name {
            pub window: [usize; 2],
            pub stride: [usize; 2],
            /// `[[top, bottom], [left, right]]`
            #[serde(default)]
            pub padding: [[usize; 2]; 2],
        }

        impl $name {
            /// The sizes of the pooling of x, and the shape of its result.
            pub fn problem(&self, x: &[usize]) -> Result<(Pool2d, Shape)> {
                problem(x, self.window, self.stride, self.padding, true)
            }
        }
    )*};
}

window! {
    /// `x [n, h, w, c] -> [n, oh, ow, c]`, the largest of each window; NaN if any is.
    MaxPool2d;
    /// `(x, dy [n, oh, ow, c]) -> dx [n, h, w, c]`: dy at the first largest element of each window.
    MaxPool2dGradient;
    /// `(x, values [n, h, w, c]) -> [n, oh, ow, c]`: values at the first largest x of each window.
    MaxPool2dSelect;
}

/// The sizes of a pooling of x, and the shape of its result.
pub fn problem(
    x: &[usize],
    window: [usize; 2],
    stride: [usize; 2],
    padding: [[usize; 2]; 2],
    count_include_pad: bool,
) -> Result<(Pool2d, Shape)> {
    let &[batch, height, width, channels] = x else {
        return Err(Error::shape("images must have four axes"));
    };
    let oh = places("height", height, window[0], stride[0], padding[0], 1)?;
    let ow = places("width", width, window[1], stride[1], padding[1], 1)?;
    for (pads, window) in padding.iter().zip(window) {
        if pads.iter().any(|&pad| pad >= window) {
            return Err(Error::shape(format!(
                "padding {padding:?} must be smaller than the window, or a window holds padding only"
            )));
        }
    }
    let pool =
        Pool2d { batch, height, width, channels, window, stride, padding, count_include_pad };
    Ok((pool, Shape::from([batch, oh, ow, channels])))
}

/// Operations of one pooling: one an element of each window.
pub fn windows(pool: &Pool2d) -> u64 {
    (pool.output_len() as u64).saturating_mul((pool.window[0] * pool.window[1]) as u64)
}

/// Checks that an operand holds images.
pub fn images(x: &TensorType, what: &str) -> Result<()> {
    floats(&[x])?;
    rank(x, what, "[batch, height, width, channels]")
}

/// Window, stride, padding, and the shape of x.
pub type Case = ([usize; 2], [usize; 2], [[usize; 2]; 2], [usize; 4]);

pub const CASES: [Case; 10] = [
    ([1, 1], [1, 1], [[0, 0], [0, 0]], [1, 1, 1, 1]),
    ([2, 2], [2, 2], [[0, 0], [0, 0]], [1, 4, 4, 1]),
    ([2, 2], [2, 2], [[0, 0], [0, 0]], [2, 3, 5, 2]),
    ([3, 3], [1, 1], [[0, 0], [0, 0]], [1, 4, 3, 2]),
    ([3, 3], [2, 2], [[1, 1], [1, 1]], [1, 5, 4, 1]),
    ([2, 3], [1, 2], [[1, 0], [0, 2]], [1, 3, 4, 2]),
    ([1, 2], [3, 1], [[0, 0], [1, 1]], [1, 4, 2, 3]),
    ([2, 2], [2, 2], [[0, 0], [0, 0]], [0, 4, 4, 1]),
    ([2, 2], [2, 2], [[0, 0], [0, 0]], [1, 2, 2, 0]),
    ([4, 2], [1, 1], [[0, 0], [0, 0]], [1, 4, 2, 5]),
];

impl Rule for MaxPool2d {
    const NAME: &'static str = "maxPool2d";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [x] = operands(inputs)?;
        images(x, "x")?;
        Ok(vec![TensorType::float(self.problem(&x.shape)?.1)])
    }

    // dx = dy at the place of each maximum
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        let MaxPool2d { window, stride, padding } = *self;
        backward.formula(|f| {
            vec![Some(f.inputs[0].with(MaxPool2dGradient { window, stride, padding }, f.dy()))]
        })
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let (pool, shape) = self.problem(&inputs[0].shape).expect("inferred before");
        let mut y = Array::full(shape, 0.0);
        reference::max(&pool, &inputs[0].data, &mut y.data);
        vec![y]
    }

    fn flops(&self, _: &[&TensorType], outputs: &[&TensorType]) -> u64 {
        (outputs[0].shape.elements() as u64)
            .saturating_mul((self.window[0] * self.window[1]) as u64)
    }

    fn takes_epilogue(&self) -> bool {
        true
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let pool = self.problem(&lower.input_type(0).shape)?.0;
        let kernel = pool2d::MaxPool2d { pool };
        let (reads, y) = ([lower.floats_in(0)], lower.floats_out(0));
        let finish = lower.finish(kernel.tiles());
        let work = (kernel.tiles(), windows(&pool));
        lower.call(Self::NAME, reads, [y], work, move |memory, tile, [x], [y]| {
            kernel.run(tile, x, y);
            finish.range(memory, tile, kernel.region(tile), y);
        });
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let sample = |(window, stride, padding, x): Case| {
            Sample::floats(MaxPool2d { window, stride, padding }, &[&x], (-2.0, 2.0))
        };
        CASES.map(sample).into()
    }
}

impl Rule for MaxPool2dGradient {
    const NAME: &'static str = "maxPool2dGradient";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [x, dy] = operands(inputs)?;
        images(x, "x")?;
        images(dy, "the gradient")?;
        shaped(dy, "the gradient", &self.problem(&x.shape)?.1)?;
        Ok(vec![x.clone()])
    }

    // with u for the gradient of dx: ddy = u at the place of each maximum; x moves nothing
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        let MaxPool2dGradient { window, stride, padding } = *self;
        backward.formula(|f| {
            let select = MaxPool2dSelect { window, stride, padding };
            vec![None, Some(f.inputs[0].with(select, f.dy()))]
        })
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let (pool, _) = self.problem(&inputs[0].shape).expect("inferred before");
        let mut dx = Array::full(inputs[0].shape.clone(), 0.0);
        reference::max_gradient(&pool, &inputs[0].data, &inputs[1].data, &mut dx.data);
        vec![dx]
    }

    fn takes_epilogue(&self) -> bool {
        true
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let pool = self.problem(&lower.input_type(0).shape)?.0;
        let kernel = pool2d::MaxPool2dGradient { pool };
        let (reads, dx) = ([lower.floats_in(0), lower.floats_in(1)], lower.floats_out(0));
        let finish = lower.finish(kernel.tiles());
        let work = (kernel.tiles(), windows(&pool));
        lower.call(Self::NAME, reads, [dx], work, move |memory, tile, [x, dy], [dx]| {
            kernel.run(tile, x, dy, dx);
            finish.range(memory, tile, kernel.region(tile), dx);
        });
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let sample = |(window, stride, padding, x): Case| {
            let op = MaxPool2dGradient { window, stride, padding };
            let (_, y) = op.problem(&x).expect("a case that fits");
            Sample::floats(op, &[&x, &y], (-2.0, 2.0))
        };
        CASES.map(sample).into()
    }
}

impl Rule for MaxPool2dSelect {
    const NAME: &'static str = "maxPool2dSelect";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [x, values] = operands(inputs)?;
        images(x, "x")?;
        images(values, "the values")?;
        shaped(values, "the values", &x.shape)?;
        Ok(vec![TensorType::float(self.problem(&x.shape)?.1)])
    }

    // dvalues = dy at the place of each maximum; x moves nothing
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        let MaxPool2dSelect { window, stride, padding } = *self;
        backward.formula(|f| {
            let spread = MaxPool2dGradient { window, stride, padding };
            vec![None, Some(f.inputs[0].with(spread, f.dy()))]
        })
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let (pool, shape) = self.problem(&inputs[0].shape).expect("inferred before");
        let mut y = Array::full(shape, 0.0);
        reference::max_select(&pool, &inputs[0].data, &inputs[1].data, &mut y.data);
        vec![y]
    }

    fn takes_epilogue(&self) -> bool {
        true
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let pool = self.problem(&lower.input_type(0).shape)?.0;
        let kernel = pool2d::MaxPool2dSelect { pool };
        let (reads, y) = ([lower.floats_in(0), lower.floats_in(1)], lower.floats_out(0));
        let finish = lower.finish(kernel.tiles());
        let work = (kernel.tiles(), windows(&pool));
        lower.call(Self::NAME, reads, [y], work, move |memory, tile, [x, values], [y]| {
            kernel.run(tile, x, values, y);
            finish.range(memory, tile, kernel.region(tile), y);
        });
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let sample = |(window, stride, padding, x): Case| {
            Sample::floats(MaxPool2dSelect { window, stride, padding }, &[&x, &x], (-2.0, 2.0))
        };
        CASES.map(sample).into()
    }
}
