//! Reverse-mode differentiation: gradients as more nodes of the same graph.

use attune_tensor::{Error, Result};

use crate::graph::{Graph, NodeKind, Value};
use crate::ops::Op;
use crate::rule::Backward;

/// Records `d(Σ outputs · douts)/d wrt`; `None` for a value that the outputs do not depend on.
pub fn differentiate(
    graph: &mut Graph,
    outputs: &[(Value, Value)],
    wrt: &[Value],
) -> Result<Vec<Option<Value>>> {
    let _ = (graph, outputs, wrt);
    let _: Option<(NodeKind, Op, fn(Backward<'_>))> = None;
    Err(Error::shape("not yet"))
}
