//! The end of a step: is it finite, how large is the gradient, and what becomes of the states.

use std::collections::BTreeMap;
use std::sync::Arc;

use attune_kernels::isa::Isa;
use attune_kernels::linear::sum_squares;
use attune_kernels::panels::Panels;
use attune_optim::{Optimizer, clip_scale};
use attune_tensor::{Code, Error, Result};

use super::compile::Compiler;
use super::launch::{Memory, Slot, Work};
use super::places::Place;
use super::spec::{AssignSpec, OptimizerSpec, UpdateSpec};
use crate::graph::Value;

/// Parameters that one tile updates: some tens of microseconds of memory traffic.
const TILE: usize = 16_384;

/// Elements of the buffer that the check writes: a u32 flag, padding, an f64 sum of squares.
const STATUS_BYTES: usize = 16;

/// The gradient's sum of squares, in the status buffer.
fn total(memory: &Memory<'_>, status: Slot) -> f64 {
    // SAFETY: the check has written it in an earlier stage.
    unsafe { memory.read::<f64>(status, 2)[1] }
}

/// One parameter of the update, and the slots it works on.
struct Updated {
    weight: Slot,
    gradient: Slot,
    optimizer_slots: Vec<Slot>,
    elements: usize,
    columns: usize,
    panels: Vec<(Slot, Panels)>,
    /// Rows of one tile.
    rows: usize,
}

impl Updated {
    fn tiles(&self) -> usize {
        (self.elements / self.columns.max(1)).div_ceil(self.rows)
    }

    fn run(&self, tile: usize, memory: &Memory<'_>, rule: &dyn Optimizer, scale: f32) {
        let all_rows = self.elements / self.columns;
        let rows = tile * self.rows..((tile + 1) * self.rows).min(all_rows);
        let (start, len) = (rows.start * self.columns, rows.len() * self.columns);
        // SAFETY: parameters, gradients and slots are separate buffers of `elements` floats; tiles
        // are disjoint ranges of them.
        unsafe {
            let weight = memory.write::<f32>(self.weight, self.elements);
            let gradient = &memory.read::<f32>(self.gradient, self.elements)[start..][..len];
            let mut slots = [const { None }; 4];
            for (slot, &place) in slots.iter_mut().zip(&self.optimizer_slots) {
                *slot = Some(memory.write::<f32>(place, self.elements).range(start, len));
            }
            let mut slots = slots.map(Option::unwrap_or_default);
            let slots = &mut slots[..self.optimizer_slots.len()];
            let step = memory.step + 1;
            let w = weight.range(start, len);
            rule.update(step, memory.learning_rate, scale, w, gradient, slots);
            for &(slot, form) in &self.panels {
                let isa = Isa::current();
                let source = memory.read::<f32>(self.weight, self.elements);
                form.pack_rows(isa, rows.clone(), source, memory.write(slot, form.len(isa)));
            }
        }
    }
}

impl Compiler<'_> {
    /// Appends the check that decides whether the step is applied: the status slot.
    pub fn check(&mut self, loss: Option<Value>, has_update: bool) -> Result<Option<Slot>> {
        if loss.is_none() && !has_update {
            return Ok(None);
        }
        let loss = loss.map(|loss| self.slot(loss)).transpose()?;
        let mut partials = Vec::new();
        for value in self.gradients.clone() {
            partials.push(match self.partials.get(&value) {
                Some(&offered) => offered,
                None => self.sum_squares_of(value)?,
            });
        }
        let status = self.places.arena(STATUS_BYTES);
        let norms = has_update.then(|| self.places.push(Place::Norms));
        let reads = loss.iter().copied().chain(partials.iter().map(|&(slot, _)| slot)).collect();
        let writes = std::iter::once(status).chain(norms).collect();
        let run = Box::new(move |memory: &Memory<'_>, _: usize| {
            // SAFETY: earlier stages wrote the loss and the partial sums; this launch is one tile.
            unsafe {
                let sum = |&(slot, count): &(Slot, usize)| {
                    memory.read::<f64>(slot, count).iter().sum::<f64>()
                };
                let total: f64 = partials.iter().map(sum).sum();
                let loss_is_finite =
                    loss.is_none_or(|loss| memory.read::<f32>(loss, 1)[0].is_finite());
                let halted = u32::from(!(loss_is_finite && total.is_finite()));
                memory.write::<u32>(status, 4).range(0, 1)[0] = halted;
                memory.write::<f64>(status, 2).range(1, 1)[0] = total;
                if let Some(norms) = norms {
                    let norms = memory.write::<f32>(norms, memory.index + 1);
                    norms.range(memory.index, 1)[0] = total.sqrt() as f32;
                }
            }
        });
        self.push("check", reads, writes, 1, Work::default(), run);
        Ok(Some(status))
    }

    /// A pass of its own for gradients whose op cannot sum its squares on the way.
    fn sum_squares_of(&mut self, value: Value) -> Result<(Slot, usize)> {
        let (source, elements) = (self.slot(value)?, self.elements(value));
        let tiles = elements.div_ceil(TILE);
        let target = self.places.arena(tiles * 8);
        let work = Work { flops: 2 * elements as u64, bytes: 4 * elements as u64 };
        let run = Box::new(move |memory: &Memory<'_>, tile: usize| {
            let start = tile * TILE;
            // SAFETY: an earlier stage wrote the gradient; each tile writes its own sum.
            unsafe {
                let part =
                    &memory.read::<f32>(source, elements)[start..(start + TILE).min(elements)];
                memory.write::<f64>(target, tiles).range(tile, 1)[0] =
                    sum_squares(1, part.len(), part.len(), part);
            }
        });
        self.push("sumSquares", vec![source], vec![target], tiles, work, run);
        Ok((target, tiles))
    }

    /// Appends the copies of assigned values into their states; the states.
    pub fn assign(&mut self, assigns: &[AssignSpec], values: &[Value]) -> Result<Vec<usize>> {
        let mut changed = Vec::new();
        for (assign, &value) in assigns.iter().zip(values) {
            let state = self.states.index(&assign.state)?;
            let (known, given) = (&self.states.list()[state].shape, self.graph.type_of(value));
            if *known != given.shape {
                let message = format!("{} has shape {known}; assigned {given}", assign.state);
                return Err(Error::shape(message));
            }
            let (source, target) = (self.slot(value)?, self.places.state(state));
            let elements = known.elements();
            changed.push(state);
            if source == target {
                continue;
            }
            let run = Box::new(move |memory: &Memory<'_>, _: usize| {
                // SAFETY: the value is computed and the state is read by no launch of this stage.
                unsafe {
                    let source = memory.read::<f32>(source, elements);
                    memory
                        .write::<f32>(target, elements)
                        .range(0, elements)
                        .copy_from_slice(source);
                }
            });
            let work = Work { flops: 0, bytes: 8 * elements as u64 };
            self.push("assign", vec![source], vec![target], 1, work, run);
        }
        Ok(changed)
    }

    /// Appends the one pass over all parameters; the states it changes.
    pub fn update(&mut self, spec: &UpdateSpec, gradients: &[Value]) -> Result<Vec<usize>> {
        let rule: Arc<dyn Optimizer> = Arc::from(build(&spec.optimizer)?);
        let mut parameters = Vec::new();
        let mut changed = Vec::new();
        for (parameter, &gradient) in spec.parameters.iter().zip(gradients) {
            let state = self.states.index(&parameter.state)?;
            let shape = self.states.list()[state].shape.clone();
            let given = self.graph.shape(gradient);
            if *given != shape {
                let message =
                    format!("{} has shape {shape}; its gradient {given}", parameter.state);
                return Err(Error::shape(message));
            }
            changed.push(state);
            let optimizer_slots = rule.slots().iter().map(|slot| {
                let name = format!("optimizer.{}.{slot}.{}", spec.optimizer.name, parameter.state);
                self.places.push(Place::OptimizerSlot { name, parameter: state })
            });
            let optimizer_slots = optimizer_slots.collect();
            let panels = self.places.panels_of(state);
            let elements = shape.elements();
            let columns = panels.first().map_or(1, |(_, form)| form.n).max(1);
            let rows = (TILE / columns).max(1).next_multiple_of(if columns > 1 { 32 } else { 1 });
            let (weight, gradient) = (self.places.state(state), self.slot(gradient)?);
            parameters.push(Updated {
                weight,
                gradient,
                optimizer_slots,
                elements,
                columns,
                panels,
                rows,
            });
        }
        self.push_update(rule, spec.clip_norm, parameters);
        Ok(changed)
    }

    fn push_update(
        &mut self,
        rule: Arc<dyn Optimizer>,
        clip_norm: Option<f64>,
        parameters: Vec<Updated>,
    ) {
        let Some(status) = self.launches.iter().rev().find(|launch| launch.name == "check") else {
            unreachable!("an update comes after its check")
        };
        let status = status.writes[0];
        let mut reads = vec![status];
        let mut writes = Vec::new();
        let (mut tiles, mut elements) = (0, 0);
        for parameter in &parameters {
            reads.push(parameter.gradient);
            writes.push(parameter.weight);
            writes.extend(&parameter.optimizer_slots);
            writes.extend(parameter.panels.iter().map(|&(slot, _)| slot));
            tiles += parameter.tiles();
            elements += parameter.elements as u64;
        }
        let traffic = 4 * (3 + 2 * rule.slots().len() as u64);
        let work = Work { flops: 12 * elements, bytes: traffic * elements };
        let run = Box::new(move |memory: &Memory<'_>, mut tile: usize| {
            let scale = clip_norm.map_or(1.0, |limit| clip_scale(total(memory, status), limit));
            for parameter in &parameters {
                match tile.checked_sub(parameter.tiles()) {
                    Some(rest) => tile = rest,
                    None => return parameter.run(tile, memory, &*rule, scale),
                }
            }
        });
        self.push("update", reads, writes, tiles, work, run);
    }
}

/// The rule of a description; unknown names and values outside their range are errors.
fn build(spec: &OptimizerSpec) -> Result<Box<dyn Optimizer>> {
    let mut hyperparameters = BTreeMap::new();
    for (key, value) in &spec.hyperparameters {
        let number = match value {
            serde_json::Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
            value => value.as_f64(),
        };
        let number = number.ok_or_else(|| {
            let message = format!("optimizer.{key}: expected a number or a boolean, got {value}");
            Error::new(Code::Config, message)
        })?;
        hyperparameters.insert(key.clone(), number);
    }
    attune_optim::build(&spec.name, &hyperparameters)
        .map_err(|message| Error::new(Code::Config, message))
}
