//! Which nodes become one kernel call: elementwise chains, and chains that follow a matmul or a
//! convolution as its epilogue.
//!
//! A node joins the group that computes one of its operands if both walk the same number of
//! elements and the groups stay free of cycles. A joined node costs no pass over memory.

use attune_tensor::Result;

use crate::graph::{Graph, NodeKind, Value};

/// Most registers a fused program may read from and write to memory.
pub const MAX_OPERANDS: usize = 16;

/// Nodes that run as one kernel call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// The matmul, convolution, reduction or copy that comes first; none for a pure chain.
    pub anchor: Option<usize>,
    /// Elementwise nodes, each after its operands.
    pub chain: Vec<usize>,
}

/// The value whose memory a value shares: reshapes are views.
pub fn base(graph: &Graph, mut value: Value) -> Value {
    while let NodeKind::Op(op) = &graph.nodes[value.0].kind {
        if !op.alias() {
            break;
        }
        value = graph.nodes[value.0].inputs[0];
    }
    value
}

/// Which nodes the roots depend on.
pub fn live(graph: &Graph, roots: &[Value]) -> Vec<bool> {
    let mut live = vec![false; graph.nodes.len()];
    roots.iter().for_each(|root| live[root.0] = true);
    for index in (0..graph.nodes.len()).rev() {
        if live[index] {
            graph.nodes[index].inputs.iter().for_each(|input| live[input.0] = true);
        }
    }
    live
}

/// Groups in an order that runs every group after those it reads.
pub fn groups(graph: &Graph, live: &[bool]) -> Result<Vec<Group>> {
    let mut fusion = Fusion { graph, groups: Vec::new(), ancestors: Vec::new(), of: Vec::new() };
    for (index, node) in graph.nodes.iter().enumerate() {
        let group = match &node.kind {
            NodeKind::Op(op) if live[index] && !op.alias() => Some(fusion.place(index)),
            _ => None,
        };
        fusion.of.push(group);
    }
    Ok(fusion.ordered())
}

struct Fusion<'a> {
    graph: &'a Graph,
    groups: Vec<Group>,
    /// The groups that each group reads, directly or not.
    ancestors: Vec<Bits>,
    /// The group of each node.
    of: Vec<Option<usize>>,
}

impl Fusion<'_> {
    fn sources(&self, node: usize) -> Vec<usize> {
        let inputs = self.graph.nodes[node].inputs.iter();
        let mut sources: Vec<usize> =
            inputs.filter_map(|&input| self.of[base(self.graph, input).0]).collect();
        sources.sort_unstable();
        sources.dedup();
        sources
    }

    fn place(&mut self, node: usize) -> usize {
        let NodeKind::Op(op) = &self.graph.nodes[node].kind else {
            unreachable!("only ops are placed")
        };
        let sources = self.sources(node);
        let joined = match op.fused() {
            Some(_) => self.latest_host(node, &sources),
            None => None,
        };
        let group = joined.unwrap_or_else(|| {
            self.groups.push(Group::default());
            self.ancestors.push(Bits::default());
            self.groups.len() - 1
        });
        match op.fused() {
            Some(_) => self.groups[group].chain.push(node),
            None => self.groups[group].anchor = Some(node),
        }
        self.read(group, &sources);
        group
    }

    /// The host that runs last: its operands are the hottest.
    fn latest_host(&self, node: usize, sources: &[usize]) -> Option<usize> {
        let last = |&group: &usize| self.last_node(group);
        let hosts = sources.iter().copied().filter(|&group| self.can_host(group, node, sources));
        hosts.max_by_key(last)
    }

    fn last_node(&self, group: usize) -> usize {
        let Group { anchor, chain } = &self.groups[group];
        chain.last().copied().or(*anchor).unwrap_or(0)
    }

    fn can_host(&self, group: usize, node: usize, sources: &[usize]) -> bool {
        let elements = |node: usize| self.graph.nodes[node].outputs[0].shape.elements();
        let Group { anchor, chain } = &self.groups[group];
        let first = anchor.unwrap_or_else(|| chain[0]);
        let hosts = anchor.is_none_or(|anchor| match &self.graph.nodes[anchor].kind {
            NodeKind::Op(op) => op.takes_epilogue(),
            NodeKind::Leaf(_) => false,
        });
        let uses_side_output = self.graph.nodes[node].inputs.iter().any(|&input| {
            let Value(source, output) = base(self.graph, input);
            Some(source) == *anchor && output > 0
        });
        hosts
            && !uses_side_output
            && elements(first) == elements(node)
            && self.operands(group, node) <= MAX_OPERANDS
            && sources.iter().all(|&other| other == group || !self.ancestors[other].has(group))
    }

    /// At most this many memory operands once the node has joined.
    fn operands(&self, group: usize, node: usize) -> usize {
        let chain = &self.groups[group].chain;
        let inputs = |&node: &usize| self.graph.nodes[node].inputs.len();
        chain.iter().map(inputs).sum::<usize>() + inputs(&node)
    }

    /// Notes that a group reads others, and so do all that read it.
    fn read(&mut self, group: usize, sources: &[usize]) {
        let mut reads = Bits::default();
        for &source in sources.iter().filter(|&&source| source != group) {
            reads.insert(source);
            let of_source = self.ancestors[source].clone();
            reads.extend(&of_source);
        }
        for other in 0..self.groups.len() {
            if other == group || self.ancestors[other].has(group) {
                self.ancestors[other].extend(&reads);
            }
        }
    }

    /// Earliest recorded first among the groups whose sources have run.
    fn ordered(self) -> Vec<Group> {
        let count = |bits: &Bits| bits.0.iter().map(|word| word.count_ones()).sum::<u32>();
        let mut order: Vec<usize> = (0..self.groups.len()).collect();
        let first = |group: usize| {
            let Group { anchor, chain } = &self.groups[group];
            anchor.unwrap_or_else(|| chain[0])
        };
        order.sort_by_key(|&group| first(group));
        let mut done = Bits::default();
        let mut ordered = Vec::with_capacity(order.len());
        while !order.is_empty() {
            let ready = order.iter().position(|&group| {
                let waits = &self.ancestors[group];
                count(waits) == count(&waits.and(&done))
            });
            let group = order.remove(ready.expect("groups are free of cycles"));
            done.insert(group);
            ordered.push(self.groups[group].clone());
        }
        ordered
    }
}

/// A set of small numbers.
#[derive(Clone, Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn has(&self, bit: usize) -> bool {
        self.0.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
    }

    fn insert(&mut self, bit: usize) {
        if self.0.len() <= bit / 64 {
            self.0.resize(bit / 64 + 1, 0);
        }
        self.0[bit / 64] |= 1 << (bit % 64);
    }

    fn extend(&mut self, other: &Bits) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word |= other);
    }

    fn and(&self, other: &Bits) -> Bits {
        Bits(self.0.iter().zip(&other.0).map(|(a, b)| a & b).collect())
    }
}
