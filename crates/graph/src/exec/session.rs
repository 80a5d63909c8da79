//! States and the programs that work on them: what a trainer holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use attune_tensor::{Budget, Buffer, Code, Error, Result};
use rayon::ThreadPool;
use serde::Serialize;

use super::executor::{Addresses, Execution, Steps};
use super::memory_plan::ALIGNMENT;
use super::places::Place;
use super::plan::Plan;
use super::pool;
use super::program::{Program, ProgramId};
use super::run::{Job, Run, RunResult};
use super::spec::{ProgramSpec, StateSpec};
use super::state::{Average, Role, States};

/// What a session is made with.
#[derive(Clone, Debug)]
pub struct SessionOptions {
    /// Threads that run programs; 0 takes one for every core.
    pub threads: usize,
    /// Keys initial values and all random numbers.
    pub seed: u64,
    pub budget: Budget,
}

/// A state as a list shows it.
#[derive(Clone, Debug, Serialize)]
pub struct StateInfo {
    pub name: String,
    pub shape: attune_tensor::Shape,
    pub role: &'static str,
    /// Of a parameter: the state that is evaluated in its place at this time.
    pub evaluated: Option<String>,
}

/// States, compiled programs and the threads that run them. One run at a time.
pub struct Session {
    options: SessionOptions,
    states: States,
    programs: Vec<Option<Arc<Program>>>,
    arena: Option<Arc<Buffer>>,
    pool: Option<Arc<ThreadPool>>,
    running: Arc<AtomicBool>,
    cancel: Arc<AtomicBool>,
    poisoned: Arc<AtomicBool>,
}

impl Session {
    pub fn new(mut options: SessionOptions) -> Self {
        if options.threads == 0 {
            options.threads = std::thread::available_parallelism().map_or(1, usize::from);
        }
        Session {
            states: States::new(options.seed, options.budget.clone()),
            options,
            programs: Vec::new(),
            arena: None,
            pool: None,
            running: Arc::default(),
            cancel: Arc::default(),
            poisoned: Arc::default(),
        }
    }

    /// Adds states with their initial values; known ones keep theirs.
    pub fn declare(&mut self, specs: &[StateSpec]) -> Result<()> {
        self.idle()?;
        self.states.declare(specs)
    }

    /// What a program would need and do. Nothing is allocated.
    pub fn plan(&self, spec: &ProgramSpec) -> Result<Plan> {
        let program = Program::compile(spec, &self.states)?;
        Ok(Plan::of(&program, &self.states, self.options.budget.limit()))
    }

    /// Compiles a program and takes the memory it needs; fails if that exceeds the budget.
    pub fn compile(&mut self, spec: &ProgramSpec) -> Result<ProgramId> {
        self.idle()?;
        let mut program = Program::compile(spec, &self.states)?;
        self.bind(&mut program).map_err(|mut error| {
            if error.code == Code::Memory {
                let plan = Plan::of(&program, &self.states, self.options.budget.limit());
                error.message =
                    format!("program `{}`: {}; {}", program.name, error.message, plan.advice());
            }
            error
        })?;
        self.programs.push(Some(Arc::new(program)));
        Ok(self.programs.len() - 1)
    }

    /// Frees a program; its states stay.
    pub fn release(&mut self, id: ProgramId) {
        if let Some(program) = self.programs.get_mut(id) {
            *program = None;
        }
    }

    pub fn program(&self, id: ProgramId) -> Result<&Arc<Program>> {
        let known = self.programs.get(id).and_then(Option::as_ref);
        known.ok_or_else(|| Error::new(Code::Config, format!("no program has the number {id}")))
    }

    /// Starts a run on native threads and returns at once; `done` is called on one of them.
    pub fn start(
        &mut self,
        run: Run,
        done: impl FnOnce(Result<RunResult>) + Send + 'static,
    ) -> Result<()> {
        self.idle()?;
        let program = self.program(run.program)?.clone();
        let mut results = run.check(&program)?;
        let addresses = self.addresses(&program, &run, &mut results)?;
        for &state in &program.changes {
            let refreshed: Vec<_> =
                program.places.forms_of(state).into_iter().map(|(_, form)| form).collect();
            self.states.stale(state, if program.has_norm { &refreshed } else { &[] });
        }
        for (_, average) in self.averages(&program) {
            self.states.stale(average.state, &[]);
        }
        let threads = if program.is_serial() { 1 } else { self.options.threads };
        let pool = self.pool()?;
        self.cancel.store(false, Ordering::Relaxed);
        self.running.store(true, Ordering::Release);
        let steps = Steps {
            count: run.steps,
            first: run.first_step,
            accumulated: run.accumulated,
            closes: run.closes,
            averages: run.averages,
            seed: self.options.seed,
            epoch: run.epoch,
            base: run.base,
            learning_rates: run.learning_rates.clone(),
        };
        let execution = Execution::new(program, addresses, steps, self.cancel.clone(), run.profile);
        let kept = self.states.list().iter().map(|state| state.buffer.clone());
        let kept = kept.chain(self.arena.clone()).collect();
        let flags = (self.running.clone(), self.poisoned.clone());
        let job = Arc::new(Job::new(execution, run, results, kept, flags, Box::new(done)));
        if threads == 1 {
            pool.spawn(move || job.work());
        } else {
            pool.spawn_broadcast(move |_| job.work());
        }
        Ok(())
    }

    /// Runs to the end on native threads while this thread waits.
    pub fn run(&mut self, run: Run) -> Result<RunResult> {
        let (sender, receiver) = std::sync::mpsc::channel();
        self.start(run, move |result| {
            let _ = sender.send(result);
        })?;
        receiver.recv().unwrap_or_else(|_| Err(Error::new(Code::Internal, "the run was lost")))
    }

    /// Stops the run after the step it is in.
    pub fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }

    pub fn is_running(&self) -> bool {
        self.running.load(Ordering::Acquire)
    }

    pub fn read(&self, name: &str) -> Result<&[f32]> {
        self.idle()?;
        Ok(self.states.values(self.states.index(name)?))
    }

    pub fn write(&mut self, name: &str, values: &[f32]) -> Result<()> {
        self.idle()?;
        let index = self.states.index(name)?;
        self.states.write(name, values)?;
        if self.states.list()[index].average.is_some() {
            self.states.restart_averages();
        }
        Ok(())
    }

    /// Replaces the values of a state and leaves averages as they are.
    pub(super) fn load_state(&mut self, name: &str, values: &[f32]) -> Result<()> {
        self.idle()?;
        self.states.write(name, values)
    }

    /// Pairs of a parameter and the state that is evaluated in its place.
    pub(super) fn averaged(&self) -> Vec<(&str, &str)> {
        let list = self.states.list();
        let pair = |state: &'_ super::state::State| {
            state.average.map(|average| list[average.state].name.as_str())
        };
        list.iter().filter_map(|state| Some((state.name.as_str(), pair(state)?))).collect()
    }

    /// Whether there are averages to evaluate with.
    pub(super) fn has_averages(&self) -> bool {
        (0..self.states.list().len()).any(|index| self.states.evaluated(index) != index)
    }

    pub fn states(&self) -> Vec<StateInfo> {
        let list = self.states.list();
        let evaluated = |index| match self.states.evaluated(index) {
            other if other != index => Some(list[other].name.clone()),
            _ => None,
        };
        let info = |(index, state): (usize, &super::state::State)| StateInfo {
            name: state.name.clone(),
            shape: state.shape.clone(),
            role: match state.role {
                Role::Parameter => "parameter",
                Role::Statistic => "statistic",
                Role::Slot => "optimizer",
            },
            evaluated: evaluated(index),
        };
        list.iter().enumerate().map(info).collect()
    }

    /// Keeps a copy of all states.
    pub fn snapshot(&mut self) -> Result<()> {
        self.idle()?;
        self.states.snapshot()
    }

    /// Puts the copy back.
    pub fn restore(&mut self) -> Result<()> {
        self.idle()?;
        self.states.restore()
    }

    /// The limit that all of the session's memory counts against.
    pub(super) fn budget(&self) -> &Budget {
        &self.options.budget
    }

    /// Bytes that the session holds outside the JavaScript heap.
    pub fn bytes(&self) -> usize {
        self.states.bytes() + self.arena.as_ref().map_or(0, |arena| arena.len())
    }

    fn idle(&self) -> Result<()> {
        if self.poisoned.load(Ordering::Acquire) {
            let message = "a kernel failed in an earlier run, so the states may be half updated: \
                           make a new session and load the last checkpoint";
            return Err(Error::new(Code::Internal, message));
        }
        if self.is_running() {
            let message = "a run of this session is in progress: await it, or use another session";
            return Err(Error::new(Code::Config, message));
        }
        Ok(())
    }

    /// Declares optimizer slots, packs weights, and grows the arena.
    fn bind(&mut self, program: &mut Program) -> Result<()> {
        for at in 0..program.places.list().len() {
            match program.places.list()[at].clone() {
                Place::OptimizerSlot { name, shape, start } => {
                    self.states.add(&name, &shape, Role::Slot, start)?;
                    program.places.list_mut()[at] = Place::State(self.states.index(&name)?);
                }
                Place::Form(state, form) => drop(self.states.form(state, form)?),
                _ => {}
            }
        }
        for (parameter, average) in self.averages(program) {
            self.states.set_average(parameter, average);
        }
        let held = self.arena.as_ref().map_or(0, |arena| arena.len());
        if held < program.arena_bytes {
            self.arena = None;
            self.arena = Some(Arc::new(Buffer::new(program.arena_bytes, &self.options.budget)?));
        }
        Ok(())
    }

    /// The averages that a program keeps, by the number of their parameter.
    fn averages(&self, program: &Program) -> Vec<(usize, Average)> {
        let state = |slot| match program.places.of(slot) {
            Place::State(state) => *state,
            other => unreachable!("bound slots are states, not {other:?}"),
        };
        let average = |&(parameter, slot, count)| {
            (parameter, Average { state: state(slot), count: state(count) })
        };
        program.averages.iter().map(average).collect()
    }

    fn addresses(
        &mut self,
        program: &Program,
        run: &Run,
        results: &mut RunResult,
    ) -> Result<Addresses> {
        let nothing = std::ptr::without_provenance_mut(ALIGNMENT);
        let arena = self.arena.as_ref().map_or(nothing, |arena| arena.pointer());
        let mut addresses = Vec::with_capacity(program.places.list().len());
        let read = |states: &States, state| match program.averaged {
            true => states.evaluated(state),
            false => state,
        };
        for place in program.places.list() {
            addresses.push(match place {
                // SAFETY: the memory plan keeps offsets within the arena.
                Place::Arena { offset, .. } => unsafe { arena.add(*offset) },
                Place::State(state) => {
                    self.states.list()[read(&self.states, *state)].buffer.pointer()
                }
                Place::Form(state, form) => {
                    self.states.form(read(&self.states, *state), *form)?.pointer()
                }
                Place::OptimizerSlot { name, .. } => {
                    return Err(Error::new(Code::Internal, format!("{name} was never declared")));
                }
                Place::Feed(input) => run.feed_pointer(&program.inputs[*input].name)?,
                Place::Order => run.order_pointer(),
                Place::Result(output) => results.outputs[*output].bytes.as_mut_ptr(),
                Place::Norms => results.gradient_norms.as_mut_ptr().cast(),
            });
        }
        Ok(Addresses(addresses))
    }

    fn pool(&mut self) -> Result<Arc<ThreadPool>> {
        if let Some(pool) = &self.pool {
            return Ok(pool.clone());
        }
        let pool = pool::build(self.options.threads)?;
        Ok(self.pool.insert(Arc::new(pool)).clone())
    }
}
