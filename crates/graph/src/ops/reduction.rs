//! Reductions over any axes as kernel calls: neighbouring axes at once, the last ones first.

use attune_kernels::Shared;
use attune_kernels::reduce::{Reduce, Reduction};

use crate::exec::{Floats, Lower};

/// Appends the reduction of input 0 over the axes into output 0, whose shape may keep them or not.
pub fn lower(lower: &mut Lower<'_>, kind: Reduction, over: &[usize]) {
    let mut sizes = lower.input_type(0).shape.to_vec();
    let (mut x, y) = (lower.floats_in(0), lower.floats_out(0));
    let runs = runs(over);
    if runs.is_empty() {
        step(lower, Reduce { kind, outer: x.1, reduce: 1, inner: 1 }, x, y);
    }
    for (at, &(first, last)) in runs.iter().enumerate() {
        let outer = sizes[..first].iter().product();
        let reduce = sizes[first..=last].iter().product();
        let inner = sizes[last + 1..].iter().product();
        sizes[first..=last].fill(1);
        let target = if at + 1 == runs.len() { y } else { lower.floats(outer * inner) };
        step(lower, Reduce { kind, outer, reduce, inner }, x, target);
        x = target;
    }
}

/// Neighbouring axes as `(first, last)`, the last ones first.
fn runs(over: &[usize]) -> Vec<(usize, usize)> {
    let mut axes = over.to_vec();
    axes.sort_unstable();
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for axis in axes {
        match runs.last_mut() {
            Some(run) if run.1 + 1 == axis => run.1 = axis,
            _ => runs.push((axis, axis)),
        }
    }
    runs.reverse();
    runs
}

fn step(lower: &mut Lower<'_>, kernel: Reduce, x: Floats, y: Floats) {
    let work = (kernel.tiles(), x.1 as u64);
    let none = || Shared::new(&mut []);
    if kernel.scratch_len() == 0 {
        lower.call("reduce", [x], [y], work, move |_, tile, [x], [y]| {
            kernel.run(tile, x, y, none());
        });
        return;
    }
    let scratch = lower.floats(kernel.scratch_len());
    lower.call("reduce", [x], [scratch], work, move |_, tile, [x], [scratch]| {
        kernel.run(tile, x, none(), scratch);
    });
    let work = (kernel.combine_tiles(), scratch.1 as u64);
    lower.call("combine", [scratch], [y], work, move |_, tile, [scratch], [y]| {
        kernel.combine(tile, scratch, y);
    });
}
