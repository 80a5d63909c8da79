//! Scaled dot-product attention of heads that lie beside each other, and its gradient.
//!
//! ```text
//! s = scale q · k,   lse = log Σ exp(s) over the keys seen,   p = exp(s - lse),   y = Σ m p v
//! ```
//!
//! Vaswani et al. 2017, arXiv:1706.03762. The scores are never stored: Dao 2023, arXiv:2307.08691.

use attune_kernels::attention::{self as kernel, Mask, Operands, Prepared};
use attune_tensor::{Code, DType, Error, Result};
use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::differentiate::differentiate_through;
use crate::exec::{Ints, Lower, Memory};
use crate::graph::{TensorType, Value};
use crate::ops::attention_formula::formula;
use crate::ops::operands::{floats, indices, rank, shaped};
use crate::ops::recurrence::LENGTHS;
use crate::rule::{Backward, Draw, Rule, Sample};

/// `(q [b, i, h, d], k [b, j, g, d], v [b, j, g, d], mask?) -> (y [b, i, h, d], lse [b, h, i])`.
///
/// Each of the `g` heads of keys serves `h / g` heads of queries. The mask is `int32`: the keys
/// that are there, `[b]`, counted from the first, or `[b, j]`, 0 for those to leave out. A query
/// that sees no key has `y = 0` and `lse = 0`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attention {
    /// Query `i` sees the keys `0..=i` alone, however many keys there are, as in PyTorch.
    pub causal: bool,
    /// Default: `1 / √d`.
    pub scale: Option<f32>,
    /// The share of the probabilities that dropout zeroes.
    pub dropout: f32,
    pub site: u64,
}

/// `(q, k, v, y, lse, dy, dlse?, mask?) -> (dq, dk, dv)`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AttentionGradient {
    pub attention: Attention,
}

const FORM: &str = "[batch, time, heads, size]";

impl Attention {
    /// The problem that queries, keys and the rest pose, or why they do not fit.
    pub fn problem(&self, q: &[usize], k: &[usize]) -> Result<kernel::Attention> {
        let ([batch, queries, heads, size], [_, keys, key_heads, _]) = (q, k) else {
            return Err(Error::shape(format!("queries and keys must have the axes {FORM}")));
        };
        let scale = self.scale.unwrap_or((1.0 / (*size).max(1) as f64).sqrt() as f32);
        let (causal, dropout, site) = (self.causal, self.dropout, self.site);
        let [batch, queries, keys] = [*batch, *queries, *keys];
        let [heads, key_heads, size] = [*heads, *key_heads, *size];
        Ok(kernel::Attention {
            batch,
            queries,
            keys,
            heads,
            key_heads,
            size,
            scale,
            causal,
            dropout,
            site,
        })
    }

    /// Refuses attributes, queries, keys and a mask that do not fit each other.
    pub fn check(&self, q: &TensorType, k: &TensorType, mask: Option<&TensorType>) -> Result<()> {
        floats(&[q, k])?;
        rank(q, "the queries", FORM)?;
        rank(k, "the keys", FORM)?;
        let [batch, keys, key_heads, size] = [k.shape[0], k.shape[1], k.shape[2], k.shape[3]];
        if batch != q.shape[0] || size != q.shape[3] {
            return Err(Error::shape(
                "the batch and the size of a head must be the same for queries and keys",
            ));
        }
        if key_heads == 0 || !q.shape[2].is_multiple_of(key_heads) {
            let heads = q.shape[2];
            return Err(Error::shape(format!(
                "{key_heads} heads of keys do not divide {heads} heads of queries: each must serve as many"
            )));
        }
        if let Some(mask) = mask {
            indices(mask, "the mask")?;
            match mask.shape.rank() {
                1 => shaped(mask, "the lengths", &[batch])?,
                _ => shaped(mask, "the mask of keys", &[batch, keys])?,
            }
        }
        let config = |message: String| Err(Error::new(Code::Config, message));
        if self.scale.is_some_and(|scale| !(scale > 0.0 && scale.is_finite())) {
            return config(format!("scale must be above 0, not {:?}", self.scale));
        }
        if !(0.0..1.0).contains(&self.dropout) {
            let dropout = self.dropout;
            return config(format!("dropout must be at least 0 and below 1, not {dropout}"));
        }
        Ok(())
    }
}

/// The first `N` operands, and then the optional ones: floats, and a mask of another type.
fn split<'a, const N: usize>(
    inputs: &[&'a TensorType],
    optional: usize,
) -> Result<([&'a TensorType; N], Option<&'a TensorType>, Option<&'a TensorType>)> {
    let wrong = || {
        let most = N + optional;
        Error::shape(format!("{N} to {most} operands needed, {} given", inputs.len()))
    };
    let (first, rest) = inputs.split_first_chunk::<N>().ok_or_else(wrong)?;
    match *rest {
        [] => Ok((*first, None, None)),
        [one] if optional == 1 || one.dtype != DType::Float32 => Ok((*first, None, Some(one))),
        [one] => Ok((*first, Some(one), None)),
        [one, two] if optional == 2 => Ok((*first, Some(one), Some(two))),
        _ => Err(wrong()),
    }
}

/// The mask that an operand holds.
fn mask_of<'a>(ints: &'a [i32], rank: usize) -> Mask<'a> {
    if rank == 1 { Mask::Lengths(ints) } else { Mask::Keys(ints) }
}

/// The mask of a reference.
pub fn with_mask<R>(mask: Option<&&Array>, body: impl FnOnce(Mask<'_>) -> R) -> R {
    match mask {
        None => body(Mask::All),
        Some(array) => {
            let ints: Vec<i32> = array.data.iter().map(|&x| x as i32).collect();
            body(mask_of(&ints, array.shape.rank()))
        }
    }
}

/// A mask operand while a launch runs.
#[derive(Clone, Copy)]
pub struct MaskIn(Option<(Ints, usize)>);

impl MaskIn {
    /// The operand at an index, if there is one.
    pub fn new(lower: &Lower<'_>, index: Option<usize>) -> Self {
        MaskIn(index.map(|index| (lower.ints_in(index), lower.input_type(index).shape.rank())))
    }

    /// Says that the launch appended last reads it.
    pub fn read_by_last(self, lower: &mut Lower<'_>) {
        if let Some((ints, _)) = self.0 {
            lower.reads_ints(ints);
        }
    }

    pub fn get<'m>(&self, memory: &'m Memory<'_>) -> Mask<'m> {
        match &self.0 {
            None => Mask::All,
            Some((ints, rank)) => mask_of(ints.get(memory), *rank),
        }
    }
}

impl Rule for Attention {
    const NAME: &'static str = "attention";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let ([q, k, v], _, mask) = split::<3>(inputs, 1)?;
        self.check(q, k, mask)?;
        floats(&[v])?;
        shaped(v, "the values", &k.shape)?;
        let lse = TensorType::float([q.shape[0], q.shape[2], q.shape[1]]);
        Ok(vec![q.clone(), lse])
    }

    // with delta = Σ dy y - dlse: ds = p (m dy · v - delta), dq = scale ds k, dk = scale dsᵀ q, dv = (m p)ᵀ dy
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        let op = AttentionGradient { attention: self.clone() };
        backward.formula(|f| {
            let (y, lse) = (f.outputs[0], f.outputs[1]);
            let dy = f.douts[0].unwrap_or_else(|| f.tape.constant(0.0, y.shape()));
            let mut operands = vec![f.inputs[0], f.inputs[1], f.inputs[2], y, lse, dy];
            operands.extend(f.douts[1]);
            operands.extend(f.inputs.get(3));
            let gradients = f.tape.apply_all::<3>(op, &operands).map(Some);
            gradients.into_iter().chain(f.inputs.get(3).map(|_| None)).collect()
        })
    }

    fn reference(&self, inputs: &[&Array], draw: Draw) -> Vec<Array> {
        let [q, k, v] = [inputs[0], inputs[1], inputs[2]];
        let problem = self.problem(&q.shape, &k.shape).expect("inferred before");
        let operands = [&q.data[..], &k.data, &v.data];
        let (y, lse) =
            with_mask(inputs.get(3), |mask| kernel::reference(&problem, operands, mask, draw));
        let lse_shape = [problem.batch, problem.heads, problem.queries];
        vec![Array::new(q.shape.clone(), y), Array::new(lse_shape, lse)]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> u64 {
        self.problem(&inputs[0].shape, &inputs[1].shape).map_or(0, |problem| problem.flops())
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let problem = self.problem(&lower.input_type(0).shape, &lower.input_type(1).shape)?;
        let reads = [lower.floats_in(0), lower.floats_in(1), lower.floats_in(2)];
        let panels = lower.floats(problem.panels_len());
        let writes = [lower.floats_out(0), lower.floats_out(1), panels];
        let mask = MaskIn::new(lower, (lower.input_count() > 3).then_some(3));
        if let Some((_, 1)) = mask.0 {
            lower.checked_ints(3, LENGTHS, problem.keys);
        }
        let work = (problem.tiles(), problem.flops());
        lower.call(Self::NAME, reads, writes, work, move |memory, tile, x, y| {
            problem.run(tile, x, mask.get(memory), memory.draw(), y);
        });
        mask.read_by_last(lower);
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        cases()
            .into_iter()
            .map(|case| {
                let floats = Sample::floats(case.op, &[&case.q, &case.k, &case.k], (-1.0, 1.0));
                with_mask_sample(floats, &case.mask, case.below)
            })
            .collect()
    }
}

impl Rule for AttentionGradient {
    const NAME: &'static str = "attentionGradient";

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>> {
        let ([q, k, v, y, lse, dy], dlse, mask) = split::<6>(inputs, 2)?;
        self.attention.check(q, k, mask)?;
        floats(&[v, y, lse, dy])?;
        shaped(v, "the values", &k.shape)?;
        shaped(y, "the result", &q.shape)?;
        shaped(dy, "the gradient", &q.shape)?;
        let rows = [q.shape[0], q.shape[2], q.shape[1]];
        shaped(lse, "lse", &rows)?;
        if let Some(dlse) = dlse {
            floats(&[dlse])?;
            shaped(dlse, "the gradient of lse", &rows)?;
        }
        Ok(vec![q.clone(), k.clone(), v.clone()])
    }

    // that of the plain formula, with the scores stored
    fn gradient(&self, backward: Backward<'_>) -> Result<Vec<Option<Value>>> {
        let Backward { graph, inputs, .. } = &backward;
        let (dlse, mask) = optional(inputs.iter().map(|&v| graph.type_of(v).dtype));
        let [q, k] = [graph.shape(inputs[0]), graph.shape(inputs[1])];
        let problem = self.attention.problem(q, k)?;
        differentiate_through(backward, |tape, inputs| {
            formula(&problem, tape, inputs, dlse.map(|at| inputs[at]), mask.map(|at| inputs[at]))
        })
    }

    fn reference(&self, inputs: &[&Array], draw: Draw) -> Vec<Array> {
        let [q, k, v] = [inputs[0], inputs[1], inputs[2]];
        let problem = self.attention.problem(&q.shape, &k.shape).expect("inferred before");
        let operands = std::array::from_fn(|i| &inputs[i].data[..]);
        // Only `dlse` has three axes.
        let dlse = inputs.get(6).filter(|array| array.shape.rank() == 3);
        let mask = inputs.get(6 + usize::from(dlse.is_some()));
        let dlse = dlse.map(|array| &array.data[..]);
        let gradients = with_mask(mask, |mask| {
            kernel::reference_backward(&problem, operands, dlse, mask, draw)
        });
        gradients.into_iter().zip([q, k, v]).map(|(d, x)| Array::new(x.shape.clone(), d)).collect()
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> u64 {
        let problem = self.attention.problem(&inputs[0].shape, &inputs[1].shape);
        problem.map_or(0, |problem| problem.backward_flops())
    }

    fn lower(&self, lower: &mut Lower<'_>) -> Result<()> {
        let problem =
            self.attention.problem(&lower.input_type(0).shape, &lower.input_type(1).shape)?;
        let (dlse, mask) = optional((0..lower.input_count()).map(|i| lower.input_type(i).dtype));
        let mask = MaskIn::new(lower, mask);
        let [q, k, v, y, lse, dy] = std::array::from_fn(|i| lower.floats_in(i));
        let [dq, dk, dv] = std::array::from_fn(|i| lower.floats_out(i));
        let [panels, statistics] = [problem.panels_len(), problem.statistics_len()];
        let prepared = [panels, panels, statistics, statistics].map(|len| lower.floats(len));
        let (with_lse, of_lse) = (dlse.is_some(), dlse.map_or(lse, |at| lower.floats_in(at)));
        let work = (problem.prepare_tiles(), 2 * q.1 as u64);
        let reads = [q, y, dy, lse, of_lse];
        lower.call("attentionPrepare", reads, prepared, work, move |_, tile, x, to| {
            let prepared = Prepared { q: to[0], dy: to[1], lse: to[2], delta: to[3] };
            problem.prepare(tile, [x[0], x[1], x[2], x[3]], with_lse.then_some(x[4]), prepared);
        });
        let partials = (problem.splits() > 1).then(|| lower.floats(problem.partials_len()));
        let work = (problem.backward_tiles(), problem.backward_flops());
        let reads = [q, k, v, dy, prepared[0], prepared[1], prepared[2], prepared[3]];
        let writes = [partials.unwrap_or(dq), dk, dv];
        lower.call(Self::NAME, reads, writes, work, move |memory, tile, x, to| {
            let operands = Operands { q: x[0], k: x[1], v: x[2], dy: x[3] };
            let prepared = Prepared { q: x[4], dy: x[5], lse: x[6], delta: x[7] };
            problem.backward(tile, operands, prepared, mask.get(memory), memory.draw(), to);
        });
        mask.read_by_last(lower);
        if let Some(partials) = partials {
            let work = (problem.combine_tiles(), partials.1 as u64);
            lower.call("combine", [partials], [dq], work, move |_, tile, [partials], [dq]| {
                problem.combine(tile, partials, dq);
            });
        }
        Ok(())
    }

    fn samples() -> Vec<Sample<Self>> {
        let cases = cases().into_iter().enumerate();
        cases
            .map(|(number, Case { op, q, k, mask, below })| {
                let lse = [q[0], q[2], q[1]];
                let mut shapes: Vec<&[usize]> = vec![&q, &k, &k, &q, &lse, &q];
                if number % 2 == 0 {
                    shapes.push(&lse);
                }
                let op = AttentionGradient { attention: op };
                with_mask_sample(Sample::floats(op, &shapes, (-1.0, 1.0)), &mask, below)
            })
            .collect()
    }
}

/// Where `dlse` and the mask are among the operands of the gradient.
fn optional(dtypes: impl Iterator<Item = DType>) -> (Option<usize>, Option<usize>) {
    let rest: Vec<DType> = dtypes.skip(6).collect();
    let at = |float: bool| rest.iter().position(|&d| (d == DType::Float32) == float);
    (at(true).map(|at| at + 6), at(false).map(|at| at + 6))
}

/// Attributes, shapes of queries and keys, and the mask's shape and bound.
pub struct Case {
    pub op: Attention,
    pub q: [usize; 4],
    pub k: [usize; 4],
    pub mask: Vec<usize>,
    pub below: u32,
}

pub fn cases() -> Vec<Case> {
    let plain = Attention::default();
    let causal = Attention { causal: true, ..Attention::default() };
    let scaled = Attention { scale: Some(0.7), ..Attention::default() };
    let dropped = Attention { dropout: 0.4, site: 3, ..Attention::default() };
    let both = Attention { causal: true, ..dropped.clone() };
    let case = |op: &Attention, q, k, mask: &[usize], below| Case {
        op: op.clone(),
        q,
        k,
        mask: mask.to_vec(),
        below,
    };
    vec![
        case(&plain, [1, 1, 1, 1], [1, 1, 1, 1], &[], 1),
        case(&plain, [2, 3, 2, 2], [2, 4, 2, 2], &[], 1),
        case(&causal, [1, 5, 1, 3], [1, 5, 1, 3], &[], 1),
        case(&causal, [1, 2, 2, 2], [1, 4, 1, 2], &[], 1),
        case(&causal, [1, 4, 1, 2], [1, 2, 1, 2], &[], 1),
        case(&scaled, [2, 3, 4, 1], [2, 2, 2, 1], &[], 1),
        case(&plain, [2, 2, 3, 2], [2, 3, 1, 2], &[2], 4),
        case(&causal, [3, 3, 1, 2], [3, 3, 1, 2], &[3], 4),
        case(&plain, [2, 2, 2, 2], [2, 4, 1, 2], &[2, 4], 2),
        case(&dropped, [1, 3, 2, 2], [1, 4, 2, 2], &[], 1),
        case(&both, [2, 4, 2, 1], [2, 4, 1, 1], &[2, 4], 2),
        case(&plain, [0, 3, 2, 2], [0, 3, 1, 2], &[0], 4),
        case(&causal, [2, 0, 1, 2], [2, 3, 1, 2], &[], 1),
        case(&plain, [1, 2, 1, 2], [1, 0, 1, 2], &[], 1),
        case(&scaled, [1, 2, 1, 0], [1, 2, 1, 0], &[1], 3),
    ]
}

/// Appends the mask to a sample's inputs.
pub fn with_mask_sample<O>(mut sample: Sample<O>, mask: &[usize], below: u32) -> Sample<O> {
    if !mask.is_empty() {
        sample.inputs.push(TensorType::new(DType::Int32, mask));
        sample.below = below;
    }
    sample
}
