//! Reverse-mode differentiation: gradients as more nodes of the same graph.

use std::sync::Arc;

use attune_tensor::{Error, Result};

use crate::graph::{Graph, NodeKind, Value};
use crate::ops::{Add, Op};
use crate::rule::Backward;
use crate::term::{Tape, Term, record};

/// Records `d(Σ outputs · douts)/d wrt`; `None` for a value that the outputs do not depend on.
///
/// New nodes stand under the module path of the node whose gradient they are.
pub fn differentiate(
    graph: &mut Graph,
    outputs: &[(Value, Value)],
    wrt: &[Value],
) -> Result<Vec<Option<Value>>> {
    for &(output, dout) in outputs {
        let (wanted, given) = (graph.type_of(output), graph.type_of(dout));
        if wanted != given {
            return Err(Error::shape(format!(
                "an output of {wanted} cannot have a gradient of {given}: the two must be equal"
            )));
        }
    }
    reverse(graph, 0, outputs, wrt)
}

/// The gradient of an op as that of an equal formula of its inputs.
///
/// Inputs count as independent, even where the graph computes one from another.
pub fn differentiate_through(
    backward: Backward<'_>,
    formula: impl for<'t> FnOnce(&'t Tape, &[Term<'t>]) -> Vec<Term<'t>>,
) -> Result<Vec<Option<Value>>> {
    let Backward { graph, inputs, douts, .. } = backward;
    let first = graph.nodes.len();
    let outputs: Vec<Value> = record(graph, |tape| {
        formula(tape, &tape.terms(inputs)).into_iter().map(|term| term.value).collect()
    })?;
    let given: Vec<(Value, Value)> =
        outputs.iter().zip(douts).filter_map(|(&output, dout)| Some((output, (*dout)?))).collect();
    let gradients = reverse(graph, first, &given, inputs)?;
    Ok(once_each(inputs, gradients))
}

/// The gradient of an op with one output that is itself the gradient, by its first input, of an equal
/// formula: `formula` gives that formula's output and the gradient of it.
pub fn differentiate_twice_through(
    backward: Backward<'_>,
    formula: impl for<'t> FnOnce(&'t Tape, &[Term<'t>]) -> [Term<'t>; 2],
) -> Result<Vec<Option<Value>>> {
    let Backward { graph, inputs, douts, .. } = backward;
    let first = graph.nodes.len();
    let [output, dout] =
        record(graph, |tape| formula(tape, &tape.terms(inputs)).map(|term| term.value))?;
    let gradient = reverse(graph, first, &[(output, dout)], &inputs[..1])?[0];
    let given: Vec<(Value, Value)> = gradient.zip(douts[0]).into_iter().collect();
    let gradients = reverse(graph, first, &given, inputs)?;
    Ok(once_each(inputs, gradients))
}

/// An operand given twice receives its whole gradient at its first place.
fn once_each(inputs: &[Value], mut gradients: Vec<Option<Value>>) -> Vec<Option<Value>> {
    for index in 1..inputs.len() {
        if inputs[..index].contains(&inputs[index]) {
            gradients[index] = None;
        }
    }
    gradients
}

/// Reverse accumulation through the nodes from `first` on.
fn reverse(
    graph: &mut Graph,
    first: usize,
    outputs: &[(Value, Value)],
    wrt: &[Value],
) -> Result<Vec<Option<Value>>> {
    let count = graph.nodes.len();
    let caller = graph.path.clone();
    let (leads, passes) = paths_to(graph, first, wrt);
    let mut douts: Vec<Vec<Option<Value>>> =
        graph.nodes.iter().map(|node| vec![None; node.outputs.len()]).collect();
    for &(output, dout) in outputs {
        accumulate(graph, &mut douts, output, dout)?;
    }
    for index in (first..count).rev() {
        let NodeKind::Op(op) = &graph.nodes[index].kind else { continue };
        if !passes[index] || douts[index].iter().all(Option::is_none) {
            continue;
        }
        let (op, inputs): (Op, Vec<Value>) = (op.clone(), graph.nodes[index].inputs.clone());
        graph.path = Some(Arc::clone(&graph.nodes[index].path));
        let values: Vec<Value> =
            (0..douts[index].len()).map(|output| Value(index, output)).collect();
        let backward = Backward { graph, inputs: &inputs, outputs: &values, douts: &douts[index] };
        let gradients = op.gradient(backward)?;
        for (input, gradient) in inputs.into_iter().zip(gradients) {
            if let Some(gradient) = gradient.filter(|_| leads[input.0]) {
                accumulate(graph, &mut douts, input, gradient)?;
            }
        }
    }
    graph.path = caller;
    Ok(wrt.iter().map(|value| douts[value.0][value.1]).collect())
}

/// Which nodes lead to a value of `wrt`: themselves or through inputs, and through inputs only.
fn paths_to(graph: &Graph, first: usize, wrt: &[Value]) -> (Vec<bool>, Vec<bool>) {
    let mut leads = vec![false; graph.nodes.len()];
    let mut passes = vec![false; graph.nodes.len()];
    for value in wrt {
        leads[value.0] = true;
    }
    for index in first..graph.nodes.len() {
        passes[index] = graph.nodes[index].inputs.iter().any(|input| leads[input.0]);
        leads[index] |= passes[index];
    }
    (leads, passes)
}

/// Adds to the gradient of a value.
fn accumulate(
    graph: &mut Graph,
    douts: &mut [Vec<Option<Value>>],
    value: Value,
    gradient: Value,
) -> Result<()> {
    let sum = match douts[value.0][value.1] {
        Some(before) => graph.apply(Add {}, &[before, gradient])?,
        None => gradient,
    };
    douts[value.0][value.1] = Some(sum);
    Ok(())
}
