//! A compiled program: a flat list of launches over one arena, and what it needs from outside.

use std::collections::BTreeMap;

use attune_tensor::Result;

use super::compile::Compiler;
use super::launch::{Launch, Memory, Slot};
use super::memory_plan::{self, Lifetime};
use super::numbers::Numbers;
use super::places::{Place, Places};
use super::spec::{Feed, InputInfo, OutputInfo, ProgramSpec, check_value, record};
use super::stages::{Stage, stages};
use super::state::States;
use crate::graph::Value;
use crate::passes::fuse;
use crate::passes::simplify::simplify;

/// Number of a compiled program.
pub type ProgramId = usize;

/// Kernel calls in stages, and the buffers they work on.
pub struct Program {
    pub name: String,
    pub launches: Vec<Launch>,
    pub stages: Vec<Stage>,
    /// The first stage that changes states; it is not run if the step is halted.
    pub update_stage: Option<usize>,
    /// The first stage of the update, which not every pass is followed by.
    pub apply_stage: Option<usize>,
    /// Passes whose gradients make one update.
    pub accumulate: usize,
    /// What the check wrote about this step.
    pub status: Option<Numbers>,
    pub places: Places,
    pub arena_bytes: usize,
    pub feed: Feed,
    pub inputs: Vec<InputInfo>,
    /// The data set's column for an input, where the names differ.
    pub columns: BTreeMap<String, String>,
    pub outputs: Vec<OutputInfo>,
    /// Whether every step has a gradient norm.
    pub has_norm: bool,
    /// States that a step changes.
    pub changes: Vec<usize>,
    /// Whether averages are read in the place of weights.
    pub averaged: bool,
    /// Parameters whose average it keeps, the average, and what counts its parts.
    pub averages: Vec<(usize, Slot, Slot)>,
}

impl Program {
    /// Compiles a description. Nothing is allocated: states and panels are only named.
    pub fn compile(spec: &ProgramSpec, states: &States) -> Result<Program> {
        let graph = record(&spec.nodes)?;
        let roots = roots(spec);
        roots.iter().try_for_each(|&root| check_value(&graph, root))?;
        let (graph, values) = simplify(&graph, &roots)?;
        let live = fuse::live(&graph, &values);
        let groups = fuse::groups(&graph, &live)?;

        let mut compiler = Compiler::new(&graph, &live, &groups, states, spec)?;
        let mut values = values.into_iter();
        let mut take = |count: usize| values.by_ref().take(count).collect::<Vec<Value>>();
        let outputs = take(spec.outputs.len());
        let assigned = take(spec.assigns.len());
        let loss = take(spec.loss.iter().len()).first().copied();
        let weight = take(spec.update.iter().filter_map(|update| update.weight).count());
        let gradients = take(spec.update.as_ref().map_or(0, |update| update.parameters.len()));

        let weight = weight.first().copied();
        let kept: Vec<Value> = outputs.iter().copied().chain(weight).collect();
        compiler.lower(&kept, &assigned, loss, &gradients)?;
        let names = spec.outputs.iter().map(|output| output.name.clone());
        let outputs = compiler.record_outputs(names.zip(outputs))?;
        let update = spec.update.as_ref();
        let update = update.map(|spec| compiler.prepare(spec, weight, &gradients)).transpose()?;
        let status = compiler.check(loss, update.as_ref())?;
        let fence = compiler.launches.len();
        let mut changes = compiler.assign(&spec.assigns, &assigned)?;
        let applies = compiler.launches.len();
        let accumulate = spec.update.as_ref().map_or(1, |update| update.accumulate.max(1));
        let mut averages = Vec::new();
        if let (Some(update), Some(status)) = (update, status) {
            changes.extend(update.parameters.iter().map(|parameter| parameter.state));
            averages = update.averages();
            compiler.update(update, status);
        }
        let Compiler { launches, places, inputs, in_place, .. } = compiler;
        let fences: &[usize] = if accumulate > 1 { &[fence, applies] } else { &[fence] };
        let stages = stages(&launches, fences);
        let from = |launch| stages.iter().position(|stage| stage.launches.start >= launch);
        let changes_at = from(fence);
        let apply_stage = if accumulate > 1 { from(applies) } else { None };
        let mut program = Program {
            name: spec.name.clone(),
            launches,
            stages,
            update_stage: changes_at.filter(|_| status.is_some()),
            apply_stage,
            accumulate,
            status,
            places,
            arena_bytes: 0,
            feed: spec.feed,
            inputs,
            columns: spec.columns.clone(),
            outputs,
            has_norm: spec.update.is_some(),
            changes,
            averaged: spec.averaged,
            averages,
        };
        program.plan_arena(&in_place);
        Ok(program)
    }

    /// Rows of a batch, for programs fed by rows.
    pub fn batch(&self) -> usize {
        self.inputs.first().and_then(|input| input.tensor.shape.first().copied()).unwrap_or(0)
    }

    /// Whether every stage is too small to share: one thread runs it fastest.
    pub fn is_serial(&self) -> bool {
        self.stages.iter().all(|stage| stage.serial)
    }

    pub(super) fn is_halted(&self, memory: &Memory<'_>) -> bool {
        self.status.is_some_and(|status| {
            // SAFETY: the check has run in an earlier stage.
            unsafe { status.get(memory, Numbers::HALTED) != 0.0 }
        })
    }

    /// Decides where the buffers of the arena lie. `in_place` lists `(launch, written, read)` whose
    /// written buffer may take over the read one.
    fn plan_arena(&mut self, in_place: &[(usize, Slot, Slot)]) {
        let count = self.places.list().len();
        let mut lives: Vec<Option<(usize, usize)>> = vec![None; count];
        let mut readers: Vec<Vec<usize>> = vec![Vec::new(); count];
        let mut stage_of = vec![0; self.launches.len()];
        for (number, stage) in self.stages.iter().enumerate() {
            for index in stage.launches.clone() {
                stage_of[index] = number;
                let launch = &self.launches[index];
                for slot in launch.reads.iter().chain(&launch.writes) {
                    let life = lives[slot.0 as usize].get_or_insert((number, number));
                    life.1 = number;
                    readers[slot.0 as usize].push(index);
                }
            }
        }
        let mut home: Vec<usize> = (0..count).collect();
        for &(launch, written, read) in in_place {
            let (w, r) = (written.0 as usize, home[read.0 as usize]);
            let stage = stage_of[launch];
            let last_reader = readers[read.0 as usize]
                .iter()
                .all(|&other| other == launch || stage_of[other] < stage);
            let (Some(of_w), Some(of_r)) = (lives[w], lives[r]) else { continue };
            let same_size = self.bytes(w) == self.bytes(r) && self.bytes(w).is_some();
            if same_size && last_reader && of_r.1 == stage && of_w.0 == stage && home[w] == w {
                home[w] = r;
                lives[r] = Some((of_r.0, of_w.1));
            }
        }
        let placed: Vec<usize> = (0..count)
            .filter(|&slot| {
                home[slot] == slot && lives[slot].is_some() && self.bytes(slot).is_some()
            })
            .collect();
        let buffers: Vec<Lifetime> = placed
            .iter()
            .map(|&slot| {
                let (start, end) = lives[slot].unwrap_or((0, 0));
                Lifetime { bytes: self.bytes(slot).unwrap_or(0), stages: start..=end }
            })
            .collect();
        let (offsets, arena) = memory_plan::plan(&buffers);
        let mut offset_of = vec![0; count];
        placed.iter().zip(offsets).for_each(|(&slot, offset)| offset_of[slot] = offset);
        for (slot, place) in self.places.list_mut().iter_mut().enumerate() {
            if let Place::Arena { offset, .. } = place {
                *offset = offset_of[home[slot]];
            }
        }
        self.arena_bytes = arena;
    }

    fn bytes(&self, slot: usize) -> Option<usize> {
        match self.places.list()[slot] {
            Place::Arena { bytes, .. } => Some(bytes),
            _ => None,
        }
    }
}

/// All values a program must compute: outputs, assigned values, the loss, gradients.
fn roots(spec: &ProgramSpec) -> Vec<Value> {
    let outputs = spec.outputs.iter().map(|output| output.value);
    let assigns = spec.assigns.iter().map(|assign| assign.value);
    let gradients = spec.update.iter().flat_map(|update| &update.parameters).map(|p| p.gradient);
    let weight = spec.update.iter().filter_map(|update| update.weight);
    outputs.chain(assigns).chain(spec.loss).chain(weight).chain(gradients).collect()
}
