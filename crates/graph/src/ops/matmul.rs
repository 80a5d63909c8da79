//! Matrix product: `y = a b`, with either operand transposed.

use attune_kernels::linear::{self, Region, Splits};
use attune_kernels::panels::{Pack, Panels};
use attune_kernels::transpose::Transpose;
use attune_kernels::{Isa, Shared};
use attune_tensor::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::exec::{Floats, Lower};
use crate::graph::{TensorType, Value};
use crate::ops::operands::{floats, operands};
use crate::rule::{Backward, Draw, Rule, Sample};

/// `[.., m, k] x [k, n] -> [.., m, n]`, or `[.., k, n]` with the same leading axes as `a`.
///
/// A flag reads that operand transposed: `a [.., k, m]`, `b [.., n, k]`. `transposeA` needs
/// operands of equal rank.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MatMul {
    pub transpose_a: bool,
    pub transpose_b: bool,
}

/// `batch` products `[m, k] x [k, n]`; with a shared `b` there is one of all rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Product {
    pub batch: usize,
    pub m: usize,
    pub k: usize,
    pub n: usize,
}

impl Product {
    fn flops(&self) -> u64 {
        let Product { batch, m, k, n } = *self;
        [batch, m, k, n].into_iter().fold(2, |flops, size| flops.saturating_mul(size as u64))
    }
}

impl MatMul {
    /// The sizes of the product, and the shape of its result.
    pub fn product(&self, a: &[usize], b: &[usize]) -> Result<(Product, Vec<usize>)> {
        let ([a_lead @ .., a0, a1], [b_lead @ .., b0, b1]) = (a, b) else {
            return Err(Error::shape("both operands must be matrices: reshape a vector to [1, n]"));
        };
        let (m, k) = if self.transpose_a { (*a1, *a0) } else { (*a0, *a1) };
        let (inner, n) = if self.transpose_b { (*b1, *b0) } else { (*b0, *b1) };
        if k != inner {
            return Err(Error::shape(format!("inner sizes {k} and {inner} differ")));
        }
        let lead: usize = a_lead.iter().product();
        let product = if b_lead == a_lead {
            Product { batch: lead, m, k, n }
        } else if !b_lead.is_empty() {
            return Err(Error::shape("the axes before the last two must be equal, or absent in b"));
        } else if self.transpose_a {
            let why = "with transposeA, operands must have the same number of axes";
            return Err(Error::shape(format!("{why}: transpose a first")));
        } else {
            Product { batch: 1, m: lead * m, k, n }
        };
        Ok((product, [a_lead, &[m, n]].concat()))
    }
}

/// Rows of a dense `a` by panels of b.
fn lower_rows(product: Product, transpose_b: bool, a: Floats, lower: &mut Lower<'_>) {
    let Product { batch, m, k, n } = product;
    let form = if transpose_b { Panels::transpose_of(n, k) } else { Panels::matrix(k, n) };
    let pack = Pack { panels: form, ld: form.n, batch, stride: k * n };
    let len = pack.len(Isa::current());
    let panels = Floats(lower.batched_panels(1, pack), len);
    let kernel = linear::MatMul { batch, ..linear::MatMul::new(m, n, k) };
    let parts = (kernel.splits(), (kernel.tiles(), product.flops()));
    let run = move |tile, a: &[f32], panels: &[f32], y: Shared<'_, f32>| {
        kernel.run(tile, a, panels, y);
        kernel.region(tile)
    };
    lower_parts("matMul", [a, panels], parts, run, lower);
}

/// `aᵀ b` as an outer product over rows.
fn lower_columns(product: Product, lower: &mut Lower<'_>) {
    let Product { batch, m, k, n } = product;
    let kernel = linear::WeightGradient { batch, ..linear::WeightGradient::new(k, m, n) };
    let (a, b) = (lower.floats_in(0), lower.floats_in(1));
    let parts = (kernel.splits(), (kernel.tiles(), product.flops()));
    let run = move |tile, a: &[f32], b: &[f32], y: Shared<'_, f32>| {
        kernel.run(tile, a, b, y);
        kernel.region(tile)
    };
    lower_parts("matMulOuter", [a, b], parts, run, lower);
}

/// A product written at once, or as partial sums that a second launch adds up. `run` computes a tile
/// and says where.
fn lower_parts(
    name: &'static str,
    operands: [Floats; 2],
    (splits, work): (Splits, (usize, u64)),
    run: impl Fn(usize, &[f32], &[f32], Shared<'_, f32>) -> Region + Send + Sync + 'static,
    lower: &mut Lower<'_>,
) {
    let (y, size) = (lower.floats_out(0), [splits.rows, splits.cols]);
    if splits.parts == 1 {
        let finish = lower.finish(work.0);
        lower.call(name, operands, [y], work, move |memory, tile, [a, b], [y]| {
            finish.block(memory, tile, run(tile, a, b, y), size, y);
        });
        return;
    }
    let partials = lower.floats(splits.scratch_len());
    lower.call(name, operands, [partials], work, move |_, tile, [a, b], [partials]| {
        run(tile, a, b, partials);
    });
    let finish = lower.finish(splits.combine_tiles());
    let work = (splits.combine_tiles(), splits.scratch_len() as u64);
    lower.call("combine", [partials], [y], work, move |memory, tile, [partials], [y]| {
        splits.combine(tile, partials, y);
        finish.block(memory, tile, splits.combine_region(tile), size, y);
    });
}

impl Rule for MatMul {
    const NAME: &'static str = "matMul";
    const BETWEEN: &'static str = " by ";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let [a, b] = operands(inputs)?;
        floats(&[a, b])?;
        Ok(vec![TensorType::float(self.product(&a.shape, &b.shape)?.1)])
    }

    // d(a b): da = dy bᵀ, db = aᵀ dy; an operand read transposed has the transposed gradient
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        let (ta, tb) = (self.transpose_a, self.transpose_b);
        let op = |transpose_a, transpose_b| MatMul { transpose_a, transpose_b };
        backward.formula(|f| {
            let (a, b, dy) = (f.inputs[0], f.inputs[1], f.dy());
            let da = if ta { b.with(op(tb, true), dy) } else { dy.with(op(false, !tb), b) };
            // A shared b sees all rows of a and dy as those of one matrix.
            let one = |term: crate::term::Term<'_>| {
                let shape = term.shape();
                let columns = shape[shape.rank() - 1];
                [shape[..shape.rank() - 1].iter().product(), columns]
            };
            let shared = b.shape().rank() < a.shape().rank();
            let (a, dy) = if shared {
                (a.reshape(&one(a).into()), dy.reshape(&one(dy).into()))
            } else {
                (a, dy)
            };
            let db = if tb { dy.with(op(true, ta), a) } else { a.with(op(!ta, false), dy) };
            vec![Some(da), Some(db)]
        })
    }

    fn reference(&self, inputs: &[&Array], _: Draw) -> Vec<Array> {
        let [a, b] = [inputs[0], inputs[1]];
        let (product, shape) = self.product(&a.shape, &b.shape).expect("inferred before");
        let Product { batch, m, k, n } = product;
        let at = |i, p| if self.transpose_a { p * m + i } else { i * k + p };
        let bt = |p, j| if self.transpose_b { j * k + p } else { p * n + j };
        let y = Array::from_fn([batch, m, n], |index| {
            let [batch, i, j] = [index[0], index[1], index[2]];
            let (a, b) = (&a.data[batch * m * k..], &b.data[batch * k * n..]);
            (0..k).map(|p| a[at(i, p)] * b[bt(p, j)]).sum()
        });
        vec![Array::new(shape, y.data)]
    }

    fn flops(&self, inputs: &[&TensorType], outputs: &[&TensorType]) -> u64 {
        let inner = self.product(&inputs[0].shape, &inputs[1].shape).map_or(0, |p| p.0.k);
        (2 * outputs[0].shape.elements() as u64).saturating_mul(inner as u64)
    }

    fn takes_epilogue(&self) -> bool {
        true
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let (a, b) = (&lower.input_type(0).shape, &lower.input_type(1).shape);
        let product = self.product(a, b)?.0;
        match (self.transpose_a, self.transpose_b) {
            (false, _) => lower_rows(product, self.transpose_b, lower.floats_in(0), lower),
            (true, false) => lower_columns(product, lower),
            (true, true) => {
                let Product { batch, m, k, .. } = product;
                let (source, turned) = (lower.floats_in(0), lower.floats(batch * m * k));
                let transpose = Transpose::new(&[batch, k, m], &[0, 2, 1]);
                let work = (transpose.tiles(), 0);
                lower.call("transpose", [source], [turned], work, move |_, tile, [a], [at]| {
                    transpose.run(tile, a, at);
                });
                lower_rows(product, true, turned, lower);
            }
        }
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let plain: [[usize; 3]; 6] =
            [[1, 1, 1], [2, 3, 4], [5, 1, 3], [0, 2, 3], [2, 0, 3], [3, 7, 1]];
        let turned = |[rows, columns]: [usize; 2], turn: bool| {
            if turn { [columns, rows] } else { [rows, columns] }
        };
        let mut cases = Vec::new();
        for (transpose_a, transpose_b) in
            [(false, false), (false, true), (true, false), (true, true)]
        {
            let mut case = |a: &[usize], b: &[usize]| {
                let op = MatMul { transpose_a, transpose_b };
                cases.push(Sample::floats(op, &[a, b], (-2.0, 2.0)));
            };
            for [m, k, n] in plain {
                let (a, b) = (turned([m, k], transpose_a), turned([k, n], transpose_b));
                case(&a, &b);
                case(&[&[2], &a[..]].concat(), &[&[2], &b[..]].concat());
                if !transpose_a {
                    case(&[&[2, 1], &a[..]].concat(), &b);
                }
            }
        }
        cases
    }
}
