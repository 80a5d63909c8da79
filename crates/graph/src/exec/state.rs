//! Named tensors that live between runs: weights, running statistics, optimizer slots, and the
//! forms that weights are kept in for kernels.

use std::collections::HashMap;
use std::sync::Arc;

use attune_kernels::isa::Isa;
use attune_kernels::{Form, Shared, random};
use attune_tensor::{Budget, Buffer, Code, Error, Result, Shape};

use super::spec::{Initializer, StateSpec};

/// What a state is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Parameter,
    /// Not trained: running statistics.
    Statistic,
    /// Belongs to the optimizer.
    Slot,
}

/// A copy of a weight in the form that a kernel reads.
pub struct KeptForm {
    pub form: Form,
    pub buffer: Arc<Buffer>,
    /// Whether it equals the weight.
    pub fresh: bool,
}

pub struct State {
    pub name: String,
    pub shape: Shape,
    pub role: Role,
    pub buffer: Arc<Buffer>,
    pub forms: Vec<KeptForm>,
    /// Of a parameter: what is read in its place to evaluate.
    pub average: Option<Average>,
}

/// The averaged weights of a parameter.
#[derive(Clone, Copy, Debug)]
pub struct Average {
    pub state: usize,
    /// The state whose first number is above 0 once there is an average.
    pub count: usize,
}

/// All states of a session, in the order they were declared.
pub struct States {
    seed: u64,
    budget: Budget,
    list: Vec<State>,
    by_name: HashMap<String, usize>,
    snapshot: Option<Vec<Buffer>>,
}

impl States {
    pub fn new(seed: u64, budget: Budget) -> Self {
        States { seed, budget, list: Vec::new(), by_name: HashMap::new(), snapshot: None }
    }

    /// Adds states with their initial values; one that exists already must have the same shape.
    pub fn declare(&mut self, specs: &[StateSpec]) -> Result<()> {
        for spec in specs {
            let role = if spec.trainable { Role::Parameter } else { Role::Statistic };
            let mut scratch = self.scratch(spec)?;
            let new = self.add(&spec.name, &spec.shape, role, 0.0)?;
            if new {
                let index = self.by_name[&spec.name];
                let seed = self.seed;
                fill(spec, seed, scratch.as_mut(), self.values_mut(index));
            }
        }
        Ok(())
    }

    /// The memory that the initializer of a new state works in.
    fn scratch(&self, spec: &StateSpec) -> Result<Option<Buffer>> {
        let known = self.by_name.contains_key(&spec.name);
        if known || !matches!(spec.initializer, Initializer::Orthogonal { .. }) {
            return Ok(None);
        }
        let bytes = spec.shape.checked_elements()? * 8;
        Ok(Some(Buffer::new(bytes, &self.budget).map_err(|e| e.at(&spec.name))?))
    }

    /// Adds a state full of `start` unless it exists; whether it is new.
    pub fn add(&mut self, name: &str, shape: &Shape, role: Role, start: f32) -> Result<bool> {
        if let Some(&index) = self.by_name.get(name) {
            let known = &self.list[index].shape;
            if known != shape {
                let message =
                    format!("{name} has shape {known} and cannot be declared again as {shape}");
                return Err(Error::shape(message));
            }
            return Ok(false);
        }
        let bytes = shape.checked_elements()? * 4;
        let buffer = Arc::new(Buffer::new(bytes, &self.budget).map_err(|e| e.at(name))?);
        self.by_name.insert(name.to_owned(), self.list.len());
        let (name, shape) = (name.to_owned(), shape.clone());
        self.list.push(State { name, shape, role, buffer, forms: Vec::new(), average: None });
        if start != 0.0 {
            self.values_mut(self.list.len() - 1).fill(start);
        }
        Ok(true)
    }

    pub fn list(&self) -> &[State] {
        &self.list
    }

    pub fn index(&self, name: &str) -> Result<usize> {
        self.by_name.get(name).copied().ok_or_else(|| {
            let message = format!("no state is called `{name}`; declare it before it is used");
            Error::new(Code::Config, message)
        })
    }

    /// The values of a state.
    pub fn values(&self, index: usize) -> &[f32] {
        let state = &self.list[index];
        &state.buffer.as_slice()[..state.shape.elements()]
    }

    fn values_mut(&mut self, index: usize) -> &mut [f32] {
        let state = &mut self.list[index];
        state.forms.iter_mut().for_each(|kept| kept.fresh = false);
        let pointer = state.buffer.pointer().cast::<f32>();
        // SAFETY: the session runs no program while it is borrowed mutably, so nobody else reads.
        unsafe { std::slice::from_raw_parts_mut(pointer, state.shape.elements()) }
    }

    /// Replaces the values of a state.
    pub fn write(&mut self, name: &str, values: &[f32]) -> Result<()> {
        let index = self.index(name)?;
        let shape = &self.list[index].shape;
        if shape.elements() != values.len() {
            let message = format!(
                "{name} has shape {shape}, {} values; got {}",
                shape.elements(),
                values.len()
            );
            return Err(Error::shape(message));
        }
        self.values_mut(index).copy_from_slice(values);
        Ok(())
    }

    /// Evaluates with another state in the place of a parameter.
    pub fn set_average(&mut self, parameter: usize, average: Average) {
        self.list[parameter].average = Some(average);
    }

    /// The state that holds the weights to evaluate with.
    pub fn evaluated(&self, index: usize) -> usize {
        match self.list[index].average {
            Some(average) if self.values(average.count)[0] > 0.0 => average.state,
            _ => index,
        }
    }

    /// Forgets the averages: they begin again with the next update.
    pub fn restart_averages(&mut self) {
        let counts = self.list.iter().filter_map(|state| state.average.map(|a| a.count));
        let counts: std::collections::BTreeSet<usize> = counts.collect();
        counts.into_iter().for_each(|count| self.values_mut(count).fill(0.0));
    }

    /// Keeps a copy of all states, optimizer slots included.
    pub fn snapshot(&mut self) -> Result<()> {
        let mut copies = match self.snapshot.take() {
            Some(copies) if copies.len() == self.list.len() => copies,
            _ => {
                let copy = |state: &State| Buffer::new(state.buffer.len(), &self.budget);
                self.list.iter().map(copy).collect::<Result<Vec<_>>>()?
            }
        };
        for (copy, state) in copies.iter_mut().zip(&self.list) {
            copy.as_slice_mut::<u8>().copy_from_slice(state.buffer.as_slice());
        }
        self.snapshot = Some(copies);
        Ok(())
    }

    /// Puts the last snapshot back; states declared since keep their values.
    pub fn restore(&mut self) -> Result<()> {
        let Some(copies) = self.snapshot.take() else {
            let message = "nothing to restore: take a snapshot first";
            return Err(Error::new(Code::Config, message));
        };
        for (index, copy) in copies.iter().enumerate() {
            let elements = self.list[index].shape.elements();
            self.values_mut(index).copy_from_slice(&copy.as_slice()[..elements]);
        }
        self.snapshot = Some(copies);
        Ok(())
    }

    /// A state in one form, made if it is new and packed if the weight changed.
    pub fn form(&mut self, index: usize, form: Form) -> Result<Arc<Buffer>> {
        let isa = Isa::current();
        let state = &mut self.list[index];
        let at = match state.forms.iter().position(|kept| kept.form == form) {
            Some(at) => at,
            None => {
                let buffer = Buffer::new(form.len(isa) * 4, &self.budget);
                let buffer = Arc::new(buffer.map_err(|e| e.at(&state.name))?);
                state.forms.push(KeptForm { form, buffer, fresh: false });
                state.forms.len() - 1
            }
        };
        let kept = &mut state.forms[at];
        if !kept.fresh {
            let source = &state.buffer.as_slice()[..state.shape.elements()];
            // SAFETY: the session runs no program while it is borrowed mutably.
            let target = unsafe { Shared::from_raw(kept.buffer.pointer().cast(), form.len(isa)) };
            form.pack(isa, source, target);
            kept.fresh = true;
        }
        Ok(kept.buffer.clone())
    }

    /// Marks the forms of a state that a program did not refresh itself.
    pub fn stale(&mut self, index: usize, refreshed: &[Form]) {
        for kept in &mut self.list[index].forms {
            kept.fresh = refreshed.contains(&kept.form);
        }
    }

    /// Bytes of states and their forms.
    pub fn bytes(&self) -> usize {
        let forms = |state: &State| state.forms.iter().map(|kept| kept.buffer.len()).sum::<usize>();
        self.list.iter().map(|state| state.buffer.len() + forms(state)).sum()
    }
}

/// Initial values: a function of (seed, name), so that adding a layer changes no other.
fn fill(spec: &StateSpec, seed: u64, scratch: Option<&mut Buffer>, values: &mut [f32]) {
    let name = spec.name.as_str();
    match spec.initializer {
        Initializer::Constant { value } => values.fill(value),
        Initializer::Uniform { low, high } => random::fill_uniform(seed, name, low, high, values),
        Initializer::Normal { mean, deviation } => {
            random::fill_normal(seed, name, mean, deviation, values);
        }
        Initializer::TruncatedNormal { mean, deviation } => {
            random::fill_truncated_normal(seed, name, mean, deviation, values);
        }
        Initializer::Orthogonal { gain } => {
            let (len, cols) = (values.len(), spec.shape.last().copied().unwrap_or(1));
            let shape = [len / cols.max(1), cols];
            let scratch = scratch.map_or(&mut [][..], Buffer::as_slice_mut);
            random::fill_orthogonal((seed, name), shape, gain, &mut scratch[..len], values);
        }
    }
}
