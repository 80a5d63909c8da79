//! From groups of nodes to launches.

use std::collections::HashMap;
use std::sync::Arc;

use attune_kernels::fused::Access;
use attune_tensor::{DType, Error, Result};

use super::augment::Augment;
use super::feed;
use super::finish::Epilogue;
use super::fused_chain::FusedChain;
use super::launch::{Launch, Slot, Work};
use super::lower::Lower;
use super::mix::{Mix, Mixer};
use super::places::{Place, Places};
use super::spec::{Feed, InputInfo, OutputInfo, ProgramSpec, config};
use super::state::States;
use crate::graph::{Graph, Leaf, NodeKind, Value};
use crate::passes::fuse::{Group, base};

/// Elements of a fused program that one tile computes: some tens of microseconds.
const TILE: usize = 16_384;

/// The state of compiling one program.
pub struct Compiler<'a> {
    pub graph: &'a Graph,
    pub states: &'a States,
    groups: &'a [Group],
    /// The group of each node.
    group_of: Vec<Option<usize>>,
    /// The nodes that read each value; `ROOT` for the program itself.
    users: HashMap<Value, Vec<usize>>,
    slots: HashMap<Value, Slot>,
    /// Gradients whose norm is wanted, and the partial sums of squares that ops offered.
    pub gradients: Vec<Value>,
    pub partials: HashMap<Value, (Slot, usize)>,
    pub places: Places,
    pub launches: Vec<Launch>,
    pub inputs: Vec<InputInfo>,
    /// Launches whose written buffer may take over the one they read.
    pub in_place: Vec<(usize, Slot, Slot)>,
}

const ROOT: usize = usize::MAX;

impl<'a> Compiler<'a> {
    pub fn new(
        graph: &'a Graph,
        live: &[bool],
        groups: &'a [Group],
        states: &'a States,
        spec: &ProgramSpec,
    ) -> Result<Self> {
        let mut group_of = vec![None; graph.nodes.len()];
        for (number, group) in groups.iter().enumerate() {
            group.anchor.iter().chain(&group.chain).for_each(|&node| group_of[node] = Some(number));
        }
        let mut users: HashMap<Value, Vec<usize>> = HashMap::new();
        for (index, node) in graph.nodes.iter().enumerate() {
            if group_of[index].is_some() {
                for &input in &node.inputs {
                    users.entry(base(graph, input)).or_default().push(index);
                }
            }
        }
        let mut compiler = Compiler {
            graph,
            states,
            groups,
            group_of,
            users,
            slots: HashMap::new(),
            gradients: Vec::new(),
            partials: HashMap::new(),
            places: Places::default(),
            launches: Vec::new(),
            inputs: Vec::new(),
            in_place: Vec::new(),
        };
        compiler.declare_leaves(live, spec)?;
        Ok(compiler)
    }

    /// Appends the launches of all groups. The values given are kept until they are read.
    pub fn lower(
        &mut self,
        outputs: &[Value],
        assigned: &[Value],
        loss: Option<Value>,
        gradients: &[Value],
    ) -> Result<()> {
        for &root in outputs.iter().chain(assigned).chain(&loss).chain(gradients) {
            self.users.entry(base(self.graph, root)).or_default().push(ROOT);
        }
        self.gradients = gradients.iter().map(|&value| base(self.graph, value)).collect();
        for number in 0..self.groups.len() {
            let group = &self.groups[number];
            match group.anchor {
                Some(anchor) => self.lower_anchor(number, anchor, &group.chain)?,
                None => self.lower_chain(number, &group.chain)?,
            }
        }
        Ok(())
    }

    /// The buffer that holds a value.
    pub fn slot(&mut self, value: Value) -> Result<Slot> {
        let value = base(self.graph, value);
        if let Some(&slot) = self.slots.get(&value) {
            return Ok(slot);
        }
        let NodeKind::Leaf(Leaf::Constant { value: number, shape }) =
            &self.graph.nodes[value.0].kind
        else {
            return Err(config(format!("value [{}, {}] is never computed", value.0, value.1)));
        };
        let elements = shape.elements();
        let slot = self.places.arena(elements * 4);
        let chain = FusedChain::constant(*number as f32, slot);
        self.push_chain(chain, elements, Arc::from(""))?;
        self.slots.insert(value, slot);
        Ok(slot)
    }

    /// The number of a leaf that is one.
    fn constant(&self, value: Value) -> Option<f32> {
        match &self.graph.nodes[base(self.graph, value).0].kind {
            NodeKind::Leaf(Leaf::Constant { value, .. }) => Some(*value as f32),
            _ => None,
        }
    }

    pub fn elements(&self, value: Value) -> usize {
        self.graph.shape(value).elements()
    }

    /// Reads the named values back after every step.
    pub fn record_outputs(
        &mut self,
        outputs: impl Iterator<Item = (String, Value)>,
    ) -> Result<Vec<OutputInfo>> {
        let mut infos = Vec::new();
        for (number, (name, value)) in outputs.enumerate() {
            let tensor = self.graph.type_of(value).clone();
            let source = self.slot(value)?;
            let target = self.places.push(Place::Result(number));
            self.launches.push(feed::record(source, target, tensor.bytes()));
            infos.push(OutputInfo { name, tensor });
        }
        Ok(infos)
    }

    fn declare_leaves(&mut self, live: &[bool], spec: &ProgramSpec) -> Result<()> {
        for (index, node) in self.graph.nodes.iter().enumerate() {
            let NodeKind::Leaf(leaf) = &node.kind else { continue };
            if !live[index] {
                continue;
            }
            let slot = match leaf {
                Leaf::Constant { .. } => continue,
                Leaf::State { name, shape } => {
                    let state = self.states.index(name).map_err(|e| e.at(&node.path))?;
                    let known = &self.states.list()[state].shape;
                    if known != shape {
                        let message = format!("{name} has shape {known}, recorded as {shape}");
                        return Err(Error::shape(message).at(&node.path));
                    }
                    self.places.state(state)
                }
                Leaf::Input { name, .. } => {
                    let tensor = node.outputs[0].clone();
                    self.input(InputInfo { name: name.clone(), tensor }, spec)?
                }
            };
            self.slots.insert(Value(index, 0), slot);
        }
        Ok(())
    }

    fn input(&mut self, info: InputInfo, spec: &ProgramSpec) -> Result<Slot> {
        if spec.feed == Feed::Direct {
            let slot = self.places.push(Place::Feed(self.inputs.len()));
            self.inputs.push(info);
            return Ok(slot);
        }
        if let Some(first) = self.inputs.first()
            && first.tensor.shape.first() != info.tensor.shape.first()
        {
            let message = format!(
                "inputs `{}` and `{}` have {} and {}: all inputs of a batch have one number of rows",
                first.name, info.name, first.tensor.shape, info.tensor.shape
            );
            return Err(Error::shape(message));
        }
        let rows = info.tensor.shape.first().copied().unwrap_or(1);
        let order = self.places.push(Place::Order);
        let target = self.places.arena(info.tensor.bytes());
        if let Some(mix) = spec.mix.as_ref().filter(|mix| mix.share == info.name) {
            let mixer = self.mixer(mix)?;
            self.launches.push(mixer.shares([order, target], rows));
            return Ok(target);
        }
        let source = self.places.push(Place::Feed(self.inputs.len()));
        let augment = spec.augment.get(&info.name);
        let augment =
            augment.map(|changes| Augment::new(&info.name, changes, &info.tensor)).transpose()?;
        let rolled = spec.mix.as_ref().is_some_and(|mix| mix.others.contains(&info.name));
        let sizes = [rows, info.row_bytes()];
        self.launches.push(feed::gather(source, order, target, sizes, augment, rolled));
        let mixed = spec.mix.as_ref().filter(|mix| mix.input == info.name);
        let slot = match mixed {
            Some(mix) => {
                let mixed = self.places.arena(info.tensor.bytes());
                let mixer = Mixer::new(mix, &info.tensor)?;
                self.launches.push(mixer.samples([target, order, mixed], rows));
                mixed
            }
            None => target,
        };
        self.inputs.push(info);
        Ok(slot)
    }

    /// What mixes the samples of a program's input.
    fn mixer(&self, mix: &Mix) -> Result<Mixer> {
        let input = self.graph.nodes.iter().find(|node| match &node.kind {
            NodeKind::Leaf(Leaf::Input { name, .. }) => *name == mix.input,
            _ => false,
        });
        let missing = || config(format!("mix: expected an input `{}`, there is none", mix.input));
        Mixer::new(mix, &input.ok_or_else(missing)?.outputs[0])
    }

    /// Whether a value is read by anything but the given group.
    fn leaves_group(&self, value: Value, group: usize) -> bool {
        self.users.get(&value).is_some_and(|users| {
            users.iter().any(|&user| user == ROOT || self.group_of[user] != Some(group))
        })
    }

    fn lower_anchor(&mut self, number: usize, anchor: usize, chain: &[usize]) -> Result<()> {
        let node = &self.graph.nodes[anchor];
        let NodeKind::Op(op) = &node.kind else { unreachable!("anchors are ops") };
        let raw = Value(anchor, 0);
        for output in 0..node.outputs.len() {
            let slot = self.places.arena(node.outputs[output].bytes());
            self.slots.insert(Value(anchor, output), slot);
        }
        let epilogue = if chain.is_empty() {
            None
        } else {
            let hidden = !self.leaves_group(raw, number);
            let reuse = hidden.then(|| self.slots[&raw]);
            let chain = self.build_chain(number, chain, reuse)?;
            Some(Epilogue::from(chain))
        };
        let inputs =
            node.inputs.iter().map(|&input| Ok((self.slot(input)?, self.graph.type_of(input))));
        let inputs = inputs.collect::<Result<Vec<_>>>()?;
        let outputs = node.outputs.iter().enumerate();
        let outputs = outputs.map(|(o, tensor)| (self.slots[&Value(anchor, o)], tensor)).collect();
        let mut lower = Lower {
            path: node.path.clone(),
            inputs,
            outputs,
            epilogue: epilogue.clone(),
            wants_sum_squares: chain.is_empty() && self.gradients.contains(&raw),
            sum_squares: None,
            places: &mut self.places,
            launches: Vec::new(),
        };
        op.lower(&mut lower).map_err(|e| e.at(op.name()).at(&node.path))?;
        let (mut launches, partial) = (lower.launches, lower.sum_squares);
        if let Some(last) = launches.last_mut() {
            last.writes.extend(partial.map(|(slot, _)| slot));
            last.reads.extend(epilogue.iter().flat_map(|epilogue| &epilogue.reads));
            last.writes.extend(epilogue.iter().flat_map(|epilogue| &epilogue.writes));
        }
        if let Some(partial) = partial {
            self.partials.insert(raw, partial);
        }
        self.launches.append(&mut launches);
        Ok(())
    }

    fn lower_chain(&mut self, number: usize, chain: &[usize]) -> Result<()> {
        let elements = self.elements(Value(chain[0], 0));
        let path = self.graph.nodes[chain[0]].path.clone();
        let chain = self.build_chain(number, chain, None)?;
        self.push_chain(chain, elements, path)
    }

    fn push_chain(&mut self, chain: FusedChain, elements: usize, path: Arc<str>) -> Result<()> {
        let (reads, writes) = (chain.reads(), chain.writes());
        let launch = self.launches.len();
        for &write in &writes {
            let taken = chain.direct_reads().find(|&read| {
                let used = self.in_place.iter().any(|&(l, _, r)| l == launch && r == read);
                !used && matches!(self.places.of(read), Place::Arena { .. })
            });
            self.in_place.extend(taken.map(|read| (launch, write, read)));
        }
        let work = chain.work(elements);
        let run = chain.runner();
        let tiles = elements.div_ceil(TILE);
        let run = Box::new(move |memory: &super::Memory<'_>, tile: usize| {
            let start = tile * TILE;
            run(memory, start, TILE.min(elements - start));
        });
        self.launches.push(Launch { name: "fused", path, reads, writes, tiles, work, run });
        Ok(())
    }

    /// The fused program of a chain. If `reuse` is a buffer, its first result of the same size
    /// that leaves the group is written there.
    fn build_chain(
        &mut self,
        number: usize,
        nodes: &[usize],
        mut reuse: Option<Slot>,
    ) -> Result<FusedChain> {
        let mut chain = FusedChain::new();
        for &node in nodes {
            self.append(&mut chain, number, node)?;
        }
        for &node in nodes {
            let value = Value(node, 0);
            if !self.leaves_group(value, number) {
                continue;
            }
            let tensor = &self.graph.nodes[node].outputs[0];
            let slot = match reuse.take_if(|_| tensor.dtype == DType::Float32) {
                Some(slot) => slot,
                None => self.places.arena(tensor.bytes()),
            };
            self.slots.insert(value, slot);
            chain.output(node, tensor.dtype, slot)?;
        }
        chain.finish()
    }

    fn append(&mut self, chain: &mut FusedChain, group: usize, node: usize) -> Result<()> {
        let graph = self.graph;
        let NodeKind::Op(op) = &graph.nodes[node].kind else { unreachable!("chains hold ops") };
        let Some(fused) = op.fused() else { unreachable!("chains hold elementwise ops") };
        let inputs = &graph.nodes[node].inputs;
        let to = &graph.nodes[node].outputs[0];
        let mut operands = Vec::new();
        for &input in inputs {
            let from = graph.type_of(input);
            operands.push(if let Some(number) = self.constant(input) {
                chain.number(number)
            } else if self.in_chain(base(graph, input), group) {
                chain.value(base(graph, input).0)
            } else {
                let access = Access::broadcast(&from.shape, &to.shape).ok_or_else(|| {
                    Error::shape(format!("{} does not broadcast to {}", from.shape, to.shape))
                })?;
                chain.memory(self.slot(input)?, from.dtype, access)
            });
        }
        chain.append(node, fused, operands, (graph.type_of(inputs[0]).dtype, to.dtype));
        Ok(())
    }

    /// Whether a value is computed by the group's chain, rather than read from memory.
    fn in_chain(&self, value: Value, group: usize) -> bool {
        self.group_of[value.0] == Some(group) && self.groups[group].anchor != Some(value.0)
    }

    /// A launch of the program itself, not of a module.
    pub fn push(
        &mut self,
        name: &'static str,
        reads: Vec<Slot>,
        writes: Vec<Slot>,
        tiles: usize,
        work: Work,
        run: super::launch::Tile,
    ) {
        let path = Arc::from("");
        self.launches.push(Launch { name, path, reads, writes, tiles, work, run });
    }
}
