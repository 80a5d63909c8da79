//! One run of a program: what it is fed, and what it gives back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use attune_tensor::{Buffer, Code, Error, Result};

use super::executor::{Ending, Execution};
use super::memory_plan::ALIGNMENT;
use super::program::{Program, ProgramId};
use super::spec::{Feed, InputInfo, OutputInfo};

/// Bytes that outlive the run: a column of a data set, or a tensor's values.
pub type Bytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// What to run.
pub struct Run {
    pub program: ProgramId,
    pub steps: usize,
    /// Updates made since training began, before this run.
    pub first_step: u64,
    /// One rate an update that the run makes or begins; programs without an update take none.
    pub learning_rates: Vec<f32>,
    /// Passes made already whose gradients join this run's first update.
    pub accumulated: usize,
    /// Whether the last pass is followed by its update, even if more passes could join it.
    pub closes: bool,
    /// Whether an average over named updates takes the last one of this run.
    pub averages: bool,
    /// The values of each input: for a program fed by rows, the whole column.
    pub feeds: Vec<(String, Bytes)>,
    /// Row numbers in the order of the epoch; step `i` takes the `i`-th batch from `first` on.
    pub order: Arc<Vec<u32>>,
    pub first: usize,
    pub epoch: u64,
    /// The place in the epoch's data of the first row, where they are a part of it: random changes
    /// are a function of (seed, epoch, place).
    pub base: u64,
    /// Whether to time every launch, at the cost of two clock readings a tile.
    pub profile: bool,
}

/// The value of one output, all steps after one another.
#[derive(Debug)]
pub struct OutputSeries {
    pub info: OutputInfo,
    pub bytes: Vec<u8>,
}

/// What a run gives back.
#[derive(Debug)]
pub struct RunResult {
    /// Steps whose updates were applied.
    pub steps: usize,
    pub outputs: Vec<OutputSeries>,
    pub gradient_norms: Vec<f32>,
    /// The step after the last had a loss or a gradient that was not finite.
    pub halted: bool,
    pub cancelled: bool,
    pub seconds: f64,
    /// Seconds that threads spent in each launch of the plan, together; empty unless asked for.
    pub profile: Vec<f64>,
}

impl Run {
    /// Checks the run against its program and makes room for the results.
    pub(super) fn check(&self, program: &Program) -> Result<RunResult> {
        for input in &program.inputs {
            let bytes = self.feed(&input.name)?.len();
            match program.feed {
                Feed::Direct if bytes != input.tensor.bytes() => {
                    let expected = input.tensor.bytes();
                    return Err(wrong_size(input, &format!("{expected} bytes"), bytes));
                }
                Feed::Rows if input.row_bytes() == 0 || bytes % input.row_bytes() != 0 => {
                    let expected = format!("a multiple of {} bytes", input.row_bytes());
                    return Err(wrong_size(input, &expected, bytes));
                }
                _ => {}
            }
        }
        if program.feed == Feed::Rows {
            self.check_rows(program)?;
        }
        let updates = (self.accumulated + self.steps).div_ceil(program.accumulate);
        if program.has_norm && self.learning_rates.len() != updates {
            let message =
                format!("{} learning rates for {updates} steps", self.learning_rates.len());
            return Err(Error::new(Code::Config, message));
        }
        self.room(program)
    }

    fn check_rows(&self, program: &Program) -> Result<()> {
        let needed =
            self.steps.checked_mul(program.batch()).and_then(|n| n.checked_add(self.first));
        if needed.is_none_or(|needed| needed > self.order.len()) {
            let message = format!(
                "{} steps of {} rows from row {} on: the epoch has only {} rows",
                self.steps,
                program.batch(),
                self.first,
                self.order.len()
            );
            return Err(Error::new(Code::Data, message));
        }
        let used = &self.order[self.first..][..self.steps * program.batch()];
        let highest = used.iter().copied().max().map_or(0, |row| row as usize + 1);
        for input in &program.inputs {
            let rows = self.feed(&input.name)?.len() / input.row_bytes();
            if highest > rows {
                let message =
                    format!("row {} of input `{}`, which has {rows}", highest - 1, input.name);
                return Err(Error::new(Code::Data, message));
            }
        }
        Ok(())
    }

    fn room(&self, program: &Program) -> Result<RunResult> {
        let mut outputs = Vec::new();
        for info in &program.outputs {
            let bytes = zeros(info.bytes().saturating_mul(self.steps), &info.name)?;
            outputs.push(OutputSeries { info: info.clone(), bytes });
        }
        let norms = if program.has_norm { self.steps } else { 0 };
        Ok(RunResult {
            steps: 0,
            outputs,
            gradient_norms: vec![0.0; norms],
            halted: false,
            cancelled: false,
            seconds: 0.0,
            profile: Vec::new(),
        })
    }

    fn feed(&self, name: &str) -> Result<&[u8]> {
        let found = self.feeds.iter().find(|(known, _)| known == name);
        found.map(|(_, bytes)| (**bytes).as_ref()).ok_or_else(|| {
            let names: Vec<&str> = self.feeds.iter().map(|(name, _)| name.as_str()).collect();
            let message = format!("input `{name}` is not fed; fed are [{}]", names.join(", "));
            Error::new(Code::Data, message)
        })
    }

    pub(super) fn feed_pointer(&self, name: &str) -> Result<*mut u8> {
        let bytes = self.feed(name)?;
        // An empty slice may point anywhere, but its elements' alignment is still asked for.
        let nothing = std::ptr::without_provenance_mut(ALIGNMENT);
        Ok(if bytes.is_empty() { nothing } else { bytes.as_ptr().cast_mut() })
    }

    pub(super) fn order_pointer(&self) -> *mut u8 {
        self.order[self.first.min(self.order.len())..].as_ptr().cast_mut().cast()
    }
}

fn wrong_size(input: &InputInfo, expected: &str, came: usize) -> Error {
    let message =
        format!("input `{}` ({}): expected {expected}, got {came}", input.name, input.tensor);
    Error::new(Code::Shape, message)
}

fn zeros(len: usize, name: &str) -> Result<Vec<u8>> {
    let mut bytes: Vec<u8> = Vec::new();
    bytes.try_reserve_exact(len).map_err(|_| {
        let message = format!(
            "no room for {len} bytes of output `{name}`: run fewer steps at a time, or a smaller batch"
        );
        Error::new(Code::Memory, message)
    })?;
    bytes.resize(len, 0);
    Ok(bytes)
}

type Done = Box<dyn FnOnce(Result<RunResult>) + Send>;

/// A run in flight: what its threads share, and what it keeps alive.
pub(super) struct Job {
    execution: Execution,
    run: Run,
    _kept: Vec<Arc<Buffer>>,
    running: Arc<AtomicBool>,
    poisoned: Arc<AtomicBool>,
    began: Instant,
    end: Mutex<Option<(RunResult, Done)>>,
}

impl Job {
    pub fn new(
        execution: Execution,
        run: Run,
        results: RunResult,
        kept: Vec<Arc<Buffer>>,
        (running, poisoned): (Arc<AtomicBool>, Arc<AtomicBool>),
        done: Done,
    ) -> Self {
        Job {
            execution,
            run,
            _kept: kept,
            running,
            poisoned,
            began: Instant::now(),
            end: Mutex::new(Some((results, done))),
        }
    }

    /// The part of one thread; one of all reports.
    pub fn work(&self) {
        if !self.execution.run() {
            return;
        }
        let Some((mut result, done)) = self.end.lock().ok().and_then(|mut end| end.take()) else {
            return;
        };
        let (steps, ending) = self.execution.ending();
        let recorded = if matches!(ending, Ending::Halted) { steps + 1 } else { steps };
        for output in &mut result.outputs {
            output.bytes.truncate(recorded * output.info.bytes());
        }
        result.gradient_norms.truncate(recorded);
        result.steps = steps;
        result.halted = matches!(ending, Ending::Halted);
        result.cancelled = matches!(ending, Ending::Cancelled);
        result.profile = self.execution.profile();
        result.seconds = self.began.elapsed().as_secs_f64();
        if matches!(ending, Ending::Panicked) {
            self.poisoned.store(true, Ordering::Release);
        }
        self.running.store(false, Ordering::Release);
        done(match ending {
            Ending::Refused(error) => Err(error),
            Ending::Panicked => {
                let message = format!(
                    "a kernel of program {} failed at step {}; this is a fault of Attune",
                    self.run.program,
                    self.run.first_step + steps as u64
                );
                Err(Error::new(Code::Internal, message))
            }
            _ => Ok(result),
        });
    }
}
