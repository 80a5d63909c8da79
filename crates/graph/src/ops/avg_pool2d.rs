//! Two-dimensional average pooling and its gradient, each the gradient of the other.

use attune_kernels::pool2d::{self, Pool2d, reference};
use attune_tensor::{Result, Shape};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::exec::Lower;
use crate::graph::{TensorType, Value};
use crate::ops::max_pool2d::{CASES, images, problem, windows};
use crate::ops::operands::{operands, shaped};
use crate::rule::{Backward, Draw, Rule, Sample};

/// `x [n, h, w, c] -> [n, oh, ow, c]`, the mean of each window.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AvgPool2d {
    pub window: [usize; 2],
    pub stride: [usize; 2],
    /// `[[top, bottom], [left, right]]`
    #[serde(default)]
    pub padding: [[usize; 2]; 2],
    /// Whether padding counts as zeros, or not at all.
    #[serde(default = "yes")]
    pub count_include_pad: bool,
}

/// `dy [n, oh, ow, c] -> dx [n, height, width, c]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AvgPool2dGradient {
    #[serde(flatten)]
    pub pool: AvgPool2d,
    pub height: usize,
    pub width: usize,
}

fn yes() -> bool {
    true
}

impl AvgPool2d {
    /// The sizes of the pooling of x, and the shape of its result.
    pub fn problem(&self, x: &[usize]) -> Result<(Pool2d, Shape)> {
        problem(x, self.window, self.stride, self.padding, self.count_include_pad)
    }
}

impl AvgPool2dGradient {
    /// The shape of dx.
    fn input(&self, dy: &[usize]) -> [usize; 4] {
        [dy[0], self.height, self.width, dy[3]]
    }
}

impl Rule for AvgPool2d {
    const NAME: &'static str = "avgPool2d";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [x] = operands(inputs)?;
        images(x, "x")?;
        Ok(vec![TensorType::float(self.problem(&x.shape)?.1)])
    }

    // dx = Σ dy / (elements of the window) over the windows that hold x
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        let pool = *self;
        backward.formula(|f| {
            let (height, width) = (f.inputs[0].shape()[1], f.inputs[0].shape()[2]);
            vec![Some(f.dy().apply(AvgPool2dGradient { pool, height, width }))]
        })
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let (pool, shape) = self.problem(&inputs[0].shape).expect("inferred before");
        let mut y = Array::full(shape, 0.0);
        reference::average(&pool, &inputs[0].data, &mut y.data);
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
        let kernel = pool2d::AveragePool2d { pool };
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
        let cases = [true, false].into_iter().flat_map(|count| CASES.map(|case| (count, case)));
        cases
            .map(|(count_include_pad, (window, stride, padding, x))| {
                let op = AvgPool2d { window, stride, padding, count_include_pad };
                Sample::floats(op, &[&x], (-2.0, 2.0))
            })
            .collect()
    }
}

impl Rule for AvgPool2dGradient {
    const NAME: &'static str = "avgPool2dGradient";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [dy] = operands(inputs)?;
        images(dy, "the gradient")?;
        let x = self.input(&dy.shape);
        shaped(dy, "the gradient", &self.pool.problem(&x)?.1)?;
        Ok(vec![TensorType::float(x)])
    }

    // with u for the gradient of dx: ddy is the average of u
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        let pool = self.pool;
        backward.formula(|f| vec![Some(f.dy().apply(pool))])
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let x = self.input(&inputs[0].shape);
        let (pool, _) = self.pool.problem(&x).expect("inferred before");
        let mut dx = Array::full(x, 0.0);
        reference::average_gradient(&pool, &inputs[0].data, &mut dx.data);
        vec![dx]
    }

    fn takes_epilogue(&self) -> bool {
        true
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let pool = self.pool.problem(&lower.output_type(0).shape)?.0;
        let kernel = pool2d::AveragePool2dGradient { pool };
        let (reads, dx) = ([lower.floats_in(0)], lower.floats_out(0));
        let finish = lower.finish(kernel.tiles());
        let work = (kernel.tiles(), windows(&pool));
        lower.call(Self::NAME, reads, [dx], work, move |memory, tile, [dy], [dx]| {
            kernel.run(tile, dy, dx);
            finish.range(memory, tile, kernel.region(tile), dx);
        });
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let forward = AvgPool2d::samples().into_iter();
        forward
            .map(|sample| {
                let (pool, x) = (sample.op, &sample.inputs[0].shape);
                let (_, y) = pool.problem(x).expect("a case that fits");
                let op = AvgPool2dGradient { pool, height: x[1], width: x[2] };
                Sample::floats(op, &[&y], (-2.0, 2.0))
            })
            .collect()
    }
}
