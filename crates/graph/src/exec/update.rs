//! The update of all parameters: which rule each of them has, and the launches that apply it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use attune_kernels::isa::Isa;
use attune_kernels::{Form, Shared};
use attune_optim::{Hyper, Optimizer, Parameter, Rule, Step, Whole, with_decay};
use attune_tensor::{Code, Error, Result, Shape};

use super::compile::Compiler;
use super::launch::{Memory, Slot, Work};
use super::numbers::{Kept, Numbers, Sources, Weight};
use super::places::Place;
use super::spec::{ClipSpec, ConstraintSpec, OptimizerSpec, ParameterSpec, UpdateSpec};
use crate::graph::Value;

/// Parameters that one tile updates: some tens of microseconds of memory traffic.
const TILE: usize = 16_384;
/// Slots of a parameter at most.
const SLOTS: usize = 4;

/// All parameters of an update, and where its numbers come from.
pub struct Update {
    pub parameters: Vec<Updated>,
    pub sources: Sources,
}

impl Update {
    /// Parameters with an average, by state: the average, and what counts its parts.
    pub fn averages(&self) -> Vec<(usize, Slot, Slot)> {
        let average =
            |p: &Updated| p.average.or(p.evaluated).map(|(slot, count)| (p.state, slot, count));
        self.parameters.iter().filter_map(average).collect()
    }
}

/// How a rule is applied.
enum Way {
    Each(Arc<dyn Optimizer>),
    Whole { rule: Arc<dyn Whole>, tiles: Vec<usize>, scratch: Slot },
}

/// One parameter of the update, and the slots it works on.
pub struct Updated {
    pub state: usize,
    pub shape: Shape,
    pub elements: usize,
    /// Columns of the panels, or 1: tiles are whole rows.
    pub columns: usize,
    pub weight: Slot,
    pub gradient: Slot,
    /// Partial sums of squares of the gradient.
    pub squares: (Slot, usize),
    pub forms: Vec<(Slot, Form)>,
    pub constraint: Option<ConstraintSpec>,
    /// The average of this weight that the update keeps, and its counter.
    pub average: Option<(Slot, Slot)>,
    /// The slot of its rule that is evaluated, and what says that it is filled.
    evaluated: Option<(Slot, Slot)>,
    /// Rows of one tile.
    rows: usize,
    way: Way,
    slots: Vec<(Slot, usize)>,
    rate: f64,
    /// Which of the check's numbers scales the gradient, if it is not scaled already.
    scale: Option<usize>,
}

impl Updated {
    pub fn is_elementwise(&self) -> bool {
        matches!(self.way, Way::Each(_))
    }

    pub fn tiles(&self) -> usize {
        (self.elements / self.columns.max(1)).div_ceil(self.rows)
    }

    pub fn rows_of(&self, tile: usize) -> Range<usize> {
        tile * self.rows..((tile + 1) * self.rows).min(self.elements / self.columns)
    }

    /// What is written row by row when its update is done.
    pub fn followers(&self) -> impl Iterator<Item = Slot> {
        let by_rows = |(slot, form): &(Slot, Form)| form.by_rows().map(|_| *slot);
        let panels = self.forms.iter().filter_map(by_rows);
        panels.chain(self.average.map(|(slot, _)| slot))
    }

    /// Its gradient is another one now, which is scaled already.
    pub fn clipped(&mut self, gradient: Slot) {
        self.gradient = gradient;
        self.scale = None;
    }

    fn tiles_of(&self, stage: usize) -> usize {
        match &self.way {
            Way::Each(_) if stage == 0 => self.tiles(),
            Way::Each(_) => 0,
            Way::Whole { tiles, .. } => tiles.get(stage).copied().unwrap_or(0),
        }
    }

    fn flops_of(&self, stage: usize) -> u64 {
        let products = match &self.way {
            Way::Whole { rule, .. } => rule.flops(stage),
            Way::Each(_) => 0,
        };
        products + 12 * self.elements as u64
    }

    fn step(&self, memory: &Memory<'_>, numbers: Numbers) -> Step {
        // SAFETY: the check ran in an earlier stage.
        let (scale, carried) = unsafe {
            let scale = self.scale.map_or(1.0, |at| numbers.get(memory, at));
            (scale, numbers.carried(memory))
        };
        Step {
            number: memory.update + 1,
            learning_rate: f64::from(memory.learning_rate) * self.rate,
            gradient_scale: scale,
            carried,
        }
    }

    fn run(&self, stage: usize, tile: usize, memory: &Memory<'_>, numbers: Numbers) {
        let step = self.step(memory, numbers);
        match &self.way {
            Way::Each(rule) => self.run_rows(&**rule, self.rows_of(tile), &step, memory, numbers),
            Way::Whole { rule, scratch, .. } => {
                let isa = Isa::current();
                // SAFETY: buffers as the rule asks for; a launch is one stage of all parameters.
                unsafe {
                    let slots: [Shared<'_, f32>; SLOTS] = std::array::from_fn(|i| {
                        let (slot, len) = self.slots.get(i).copied().unwrap_or((self.weight, 0));
                        memory.write(slot, len)
                    });
                    let at = Parameter {
                        w: memory.write(self.weight, self.elements),
                        g: memory.read(self.gradient, self.elements),
                        slots: &slots[..self.slots.len()],
                        scratch: memory.write(*scratch, rule.scratch(isa)),
                    };
                    rule.run(isa, stage, tile, &step, &at);
                }
            }
        }
    }

    fn run_rows(
        &self,
        rule: &dyn Optimizer,
        rows: Range<usize>,
        step: &Step,
        memory: &Memory<'_>,
        numbers: Numbers,
    ) {
        let (start, len) = (rows.start * self.columns, rows.len() * self.columns);
        // SAFETY: parameters, gradients and slots are separate buffers of `elements` floats; tiles
        // are disjoint ranges of them.
        unsafe {
            let weight = memory.write::<f32>(self.weight, self.elements);
            let gradient = &memory.read::<f32>(self.gradient, self.elements)[start..][..len];
            let mut slots = [const { None }; SLOTS];
            for (slot, &(place, elements)) in slots.iter_mut().zip(&self.slots) {
                *slot = Some(memory.write::<f32>(place, elements).range(start, len));
            }
            let mut slots = slots.map(Option::unwrap_or_default);
            let slots = &mut slots[..self.slots.len()];
            rule.update(step, weight.range(start, len), gradient, slots);
            if self.follows_at_once() {
                self.follow(rows, memory, numbers);
            }
        }
    }
}

impl Compiler<'_> {
    /// Finds each parameter's rule and buffers, and appends what happens to gradients in every
    /// pass.
    pub fn prepare(
        &mut self,
        spec: &UpdateSpec,
        weight: Option<Value>,
        gradients: &[Value],
    ) -> Result<Update> {
        let hyper = hyper(&spec.optimizer)?;
        let mut update = Update { parameters: Vec::new(), sources: Sources::default() };
        update.sources.clip = spec.clip;
        let count = spec.average.map(|_| self.state_of("average.count", &[1]));
        update.sources.average = spec.average.zip(count);
        if let Some(ClipSpec::Unusual { .. }) = spec.clip {
            let slot = self.state_of("zClip.norms", &[6]);
            update.sources.norms = Some(Kept { slot, count: 3 });
        }
        if spec.accumulate > 1 {
            let rows = self.inputs.first().and_then(|input| input.tensor.shape.first().copied());
            let weight = match weight {
                Some(weight) => Weight::Computed(self.slot(weight)?),
                None => Weight::Rows(rows.unwrap_or(1) as f32),
            };
            update.sources.weight = Some((weight, self.state_of("accumulated.weight", &[1])));
        }
        for (parameter, &gradient) in spec.parameters.iter().zip(gradients) {
            let updated = self.updated(spec, &hyper, parameter, gradient, &mut update)?;
            update.parameters.push(updated);
        }
        Ok(update)
    }

    /// A state of the update itself.
    fn state_of(&mut self, name: &str, shape: &[usize]) -> Slot {
        let (name, shape) = (format!("optimizer.{name}"), Shape::from(shape));
        let known = self.places.list().iter().position(
            |place| matches!(place, Place::OptimizerSlot { name: known, .. } if *known == name),
        );
        match known {
            Some(at) => Slot(at as u32),
            None => self.places.push(Place::OptimizerSlot { name, shape, start: 0.0 }),
        }
    }

    fn updated(
        &mut self,
        spec: &UpdateSpec,
        hyper: &Hyper,
        parameter: &ParameterSpec,
        gradient: Value,
        update: &mut Update,
    ) -> Result<Updated> {
        let state = self.states.index(&parameter.state)?;
        let shape = self.states.list()[state].shape.clone();
        let given = self.graph.shape(gradient);
        if *given != shape {
            let message = format!("{} has shape {shape}; its gradient {given}", parameter.state);
            return Err(Error::shape(message));
        }
        let elements = shape.elements();
        let hyper = match parameter.weight_decay {
            Some(decay) => &with_decay(hyper, decay),
            None => hyper,
        };
        let seen = if parameter.as_vector { &[elements][..] } else { &shape };
        let rule = attune_optim::build(&spec.optimizer.name, hyper, seen)
            .map_err(|message| Error::new(Code::Config, message))?;

        let name = |slot: &str| format!("{}.{slot}.{}", spec.optimizer.name, parameter.state);
        let mut slots = Vec::new();
        let mut evaluated = None;
        let way = match rule {
            Rule::Each(rule) => {
                let rule: Arc<dyn Optimizer> = Arc::from(rule);
                for slot in rule.slots() {
                    let (name, start) = (format!("optimizer.{}", name(slot)), rule.start());
                    let shape = shape.clone();
                    let place = Place::OptimizerSlot { name, shape, start };
                    slots.push((self.places.push(place), elements));
                }
                if rule.carried() > 0 {
                    let name = format!("{}.carried", spec.optimizer.name);
                    let slot = self.state_of(&name, &[2 * rule.carried()]);
                    let count = rule.carried();
                    let evaluates = |name| rule.slots().iter().position(|slot| *slot == name);
                    evaluated = rule.evaluated().and_then(evaluates).map(|at| (slots[at].0, slot));
                    update.sources.carried = Some((rule.clone(), Kept { slot, count }));
                }
                Way::Each(rule)
            }
            Rule::Whole(rule) => {
                for (slot, shape) in rule.slots() {
                    let elements = shape.iter().product();
                    slots.push((self.state_of(&name(slot), &shape), elements));
                }
                let scratch = self.places.arena(rule.scratch(Isa::current()) * 4);
                Way::Whole { tiles: rule.stages(), rule: Arc::from(rule), scratch }
            }
        };

        let (squares, gradient) = match update.sources.weight {
            Some((weight, _)) => {
                let sum = self.state_of(&format!("accumulated.{}", parameter.state), &shape);
                (self.accumulate(gradient, sum, weight)?, sum)
            }
            None => {
                let value = crate::passes::fuse::base(self.graph, gradient);
                let squares = match self.partials.get(&value) {
                    Some(&offered) => offered,
                    None => self.sum_squares_of(gradient)?,
                };
                (squares, self.slot(gradient)?)
            }
        };
        let average = update.sources.average.map(|(_, count)| {
            (self.state_of(&format!("average.{}", parameter.state), &shape), count)
        });
        let forms = self.places.forms_of(state);
        let panels = forms.iter().find_map(|(_, form)| form.by_rows());
        let columns = panels.map_or(1, |panels| panels.n).max(1);
        let alone = matches!(spec.clip, Some(ClipSpec::NormPerParameter { .. }));
        let scale = if alone { Numbers::SCALES + update.parameters.len() } else { Numbers::SCALE };
        Ok(Updated {
            state,
            shape,
            elements,
            columns,
            weight: self.places.state(state),
            gradient,
            squares,
            forms,
            constraint: parameter.constraint,
            average,
            evaluated,
            rows: (TILE / columns).max(1).next_multiple_of(if columns > 1 { 32 } else { 1 }),
            way,
            slots,
            rate: parameter.rate,
            scale: Some(scale),
        })
    }

    /// Appends the launches that change the parameters.
    pub fn update(&mut self, mut update: Update, numbers: Numbers) {
        for parameter in &mut update.parameters {
            self.clip(parameter, update.sources.clip, numbers);
        }
        let parameters = Arc::new(update.parameters);
        let stages = |parameter: &Updated| match &parameter.way {
            Way::Each(_) => 1,
            Way::Whole { tiles, .. } => tiles.len(),
        };
        for stage in 0..parameters.iter().map(stages).max().unwrap_or(0) {
            self.push_stage(stage, &parameters, numbers);
        }
        self.follow(&parameters, numbers);
    }

    fn push_stage(&mut self, stage: usize, parameters: &Arc<Vec<Updated>>, numbers: Numbers) {
        let mut reads = vec![numbers.slot()];
        let mut writes = Vec::new();
        let mut work = Work::default();
        let tiles: Vec<usize> = parameters.iter().map(|p| p.tiles_of(stage)).collect();
        for (parameter, _) in parameters.iter().zip(&tiles).filter(|&(_, &tiles)| tiles > 0) {
            reads.push(parameter.gradient);
            writes.push(parameter.weight);
            writes.extend(parameter.slots.iter().map(|&(slot, _)| slot));
            if let Way::Whole { scratch, .. } = parameter.way {
                writes.push(scratch);
            }
            if parameter.follows_at_once() {
                writes.extend(parameter.followers());
            }
            work.flops += parameter.flops_of(stage);
            work.bytes += 4 * (3 + 2 * parameter.slots.len() as u64) * parameter.elements as u64;
        }
        let (shared, total) = (parameters.clone(), tiles.iter().sum());
        let run = Box::new(move |memory: &Memory<'_>, tile: usize| {
            let (which, tile) = tile_of(&tiles, tile);
            shared[which].run(stage, tile, memory, numbers);
        });
        self.push("update", reads, writes, total, work, run);
    }
}

/// Which of several lists of tiles a tile is in, and which it is there.
pub fn tile_of(tiles: &[usize], mut tile: usize) -> (usize, usize) {
    for (which, &count) in tiles.iter().enumerate() {
        match tile.checked_sub(count) {
            Some(rest) => tile = rest,
            None => return (which, tile),
        }
    }
    unreachable!("a launch has as many tiles as its parts together")
}

/// Hyperparameters as numbers: a switch is 0 or 1, a word its place among the words, a list several.
fn hyper(spec: &OptimizerSpec) -> Result<Hyper> {
    let mut hyper = BTreeMap::new();
    for (key, value) in &spec.hyperparameters {
        match value {
            serde_json::Value::Array(values) => {
                for (at, value) in values.iter().enumerate() {
                    hyper.insert(format!("{key}{at}"), number(key, value)?);
                }
            }
            value => drop(hyper.insert(key.clone(), number(key, value)?)),
        }
    }
    Ok(hyper)
}

fn number(key: &str, value: &serde_json::Value) -> Result<f64> {
    let number = match value {
        serde_json::Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        serde_json::Value::String(word) => attune_optim::choice(word),
        value => value.as_f64(),
    };
    number.ok_or_else(|| {
        let message = format!("optimizer.{key}: expected a number or a boolean, got {value}");
        Error::new(Code::Config, message)
    })
}
