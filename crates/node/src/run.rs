//! What a run is asked to do and what it gives back, as JavaScript objects.

use std::collections::HashMap;
use std::sync::Arc;

use attune_data as data;
use attune_graph::exec::{self, Bytes, Feed, InputInfo, OutputSeries, Program};
use attune_tensor::{Buffer, Code, DType, Error, Result, Shape};
use bytemuck::AnyBitPattern;
use napi::bindgen_prelude::{
    ClassInstance, Either3, Float32Array, Float64Array, Int32Array, Uint8Array,
};
use napi_derive::napi;

use crate::data_set::DataSet;
use crate::failure::{Failure, failure, whole};
use crate::order::Orders;
use crate::typed::{Elements, Typed};

/// Steps of a program and where their numbers come from.
#[napi(object, object_to_js = false)]
pub struct RunRequest<'env> {
    pub steps: f64,
    /// Updates made since training began.
    pub first_step: f64,
    /// One an update, for programs that update parameters.
    pub learning_rates: Option<Float64Array>,
    /// Steps made already whose gradients join the first update of this run; 0 by default.
    pub accumulated: Option<f64>,
    /// Whether an update follows the last step, though more could join it; no by default.
    pub closes: Option<bool>,
    /// Whether an average over named updates takes the last one of this run; no by default.
    pub averages: Option<bool>,
    /// Rows to gather batches from, for programs fed by rows.
    pub dataset: Option<ClassInstance<'env, DataSet>>,
    /// Whether rows come in the order of the epoch or as they lie; as they lie by default.
    pub shuffle: Option<bool>,
    /// 0 by default.
    pub epoch: Option<f64>,
    /// The place in the epoch's data of the data set's first row, where it is a part of them: random
    /// changes of a sample follow from its place; 0 by default.
    pub begin: Option<f64>,
    /// The position in the epoch of the first row; 0 by default.
    pub first: Option<f64>,
    /// The data set's column for each input of the program, where the names differ.
    pub feeds: Option<HashMap<String, String>>,
    /// Whether to time every launch of the plan, at a small cost.
    pub profile: Option<bool>,
    /// Inputs given whole.
    #[napi(ts_type = "Record<string, Float32Array | Int32Array | Uint8Array>")]
    pub inputs: Option<HashMap<String, Typed>>,
}

/// What the steps of a run gave.
#[napi(object, object_from_js = false)]
pub struct RunResult {
    /// Steps whose updates were applied: fewer than asked for where the run was halted.
    pub steps: f64,
    /// Per program output: its elements, step after step; a halted step comes last.
    pub outputs: HashMap<String, Either3<Float32Array, Int32Array, Uint8Array>>,
    /// The global norm of each step's gradient, before clipping.
    pub gradient_norms: Float32Array,
    /// Whether a loss or gradient became NaN or infinite; the update of that step was not applied.
    pub halted: bool,
    pub cancelled: bool,
    pub seconds: f64,
    /// Seconds that threads spent in each launch of the plan, together; empty unless asked for.
    pub profile: Float64Array,
}

/// The arguments of a run's callback: exactly one of them is not null.
pub type Done = (Option<Failure>, Option<RunResult>);

impl RunRequest<'_> {
    /// The run of a program, its inputs checked against the program's.
    pub fn run(
        self,
        number: usize,
        program: &Program,
        seed: u64,
        orders: &mut Orders,
    ) -> Result<exec::Run> {
        let rates = self.learning_rates.as_deref().unwrap_or(&[]);
        let mut run = exec::Run {
            program: number,
            steps: whole("steps", self.steps)? as usize,
            first_step: whole("firstStep", self.first_step)?,
            learning_rates: rates.iter().map(|&rate| rate as f32).collect(),
            accumulated: whole("accumulated", self.accumulated.unwrap_or(0.0))? as usize,
            closes: self.closes.unwrap_or(false),
            averages: self.averages.unwrap_or(false),
            feeds: Vec::new(),
            order: Arc::default(),
            first: whole("first", self.first.unwrap_or(0.0))? as usize,
            epoch: whole("epoch", self.epoch.unwrap_or(0.0))?,
            base: whole("begin", self.begin.unwrap_or(0.0))?,
            profile: self.profile.unwrap_or(false),
        };
        match (program.feed, self.dataset) {
            (Feed::Direct, _) => run.feeds = direct(&program.inputs, self.inputs)?,
            (Feed::Rows, Some(set)) => {
                let epoch = run.epoch;
                let shuffle = self.shuffle.unwrap_or(false);
                let order = || set.samples().order(seed, epoch, shuffle);
                run.order = orders.get((set.number(), epoch, shuffle), order);
                let names = self.feeds.unwrap_or_default();
                run.feeds = columns(program, set.samples(), &names)?;
            }
            (Feed::Rows, None) => {
                let message = format!("program `{}` is fed by rows: give a dataset", program.name);
                return Err(Error::new(Code::Data, message));
            }
        }
        Ok(run)
    }
}

/// Inputs given whole, by name.
fn direct(
    inputs: &[InputInfo],
    given: Option<HashMap<String, Typed>>,
) -> Result<Vec<(String, Bytes)>> {
    let mut feeds: Vec<(String, Bytes)> = Vec::new();
    for (name, values) in given.unwrap_or_default() {
        let elements = values.elements(&name)?;
        if let Some(input) = inputs.iter().find(|input| input.name == name) {
            check_dtype(input, elements.dtype())?;
        }
        feeds.push((name, Arc::new(Whole(elements))));
    }
    Ok(feeds)
}

/// The column of each input: of the same name, or of the name that `names` gives it.
fn columns(
    program: &Program,
    samples: &data::DataSet,
    names: &HashMap<String, String>,
) -> Result<Vec<(String, Bytes)>> {
    let feed = |input: &InputInfo| -> Result<(String, Bytes)> {
        let named = names.get(&input.name).or_else(|| program.columns.get(&input.name));
        let column = samples.column(named.unwrap_or(&input.name))?;
        check_dtype(input, column.dtype())?;
        let expected = Shape::from(input.tensor.shape.get(1..).unwrap_or(&[]));
        if expected != *column.shape() {
            let (name, shape) = (&input.name, column.shape());
            let message = format!("input `{name}`: expected samples of {expected}, came {shape}");
            return Err(Error::shape(message));
        }
        Ok((input.name.clone(), Arc::new(Stored(column.data().clone()))))
    };
    program.inputs.iter().map(feed).collect()
}

fn check_dtype(input: &InputInfo, came: DType) -> Result<()> {
    let expected = input.dtype();
    if expected == came {
        return Ok(());
    }
    let message = format!("input `{}`: expected {expected}, came {came}", input.name);
    Err(Error::new(Code::Dtype, message))
}

/// An input given whole, as bytes.
struct Whole(Elements);

impl AsRef<[u8]> for Whole {
    fn as_ref(&self) -> &[u8] {
        self.0.bytes()
    }
}

/// A column of a data set, as bytes.
struct Stored(Arc<Buffer>);

impl AsRef<[u8]> for Stored {
    fn as_ref(&self) -> &[u8] {
        self.0.as_slice()
    }
}

/// What a run's callback is called with.
pub fn done(result: Result<exec::RunResult>) -> Done {
    match result {
        Err(error) => (Some(failure(error)), None),
        Ok(result) => {
            let outputs = result.outputs.iter();
            let result = RunResult {
                steps: result.steps as f64,
                outputs: outputs.map(|series| (series.info.name.clone(), typed(series))).collect(),
                gradient_norms: result.gradient_norms.into(),
                halted: result.halted,
                cancelled: result.cancelled,
                seconds: result.seconds,
                profile: result.profile.into(),
            };
            (None, Some(result))
        }
    }
}

fn typed(series: &OutputSeries) -> Either3<Float32Array, Int32Array, Uint8Array> {
    match series.info.tensor.dtype {
        DType::Float32 => Either3::A(elements::<f32>(&series.bytes).into()),
        DType::Int32 => Either3::B(elements::<i32>(&series.bytes).into()),
        DType::Uint8 => Either3::C(series.bytes.clone().into()),
    }
}

/// Copied, since bytes are not aligned for wider elements; results are small beside the work.
fn elements<T: AnyBitPattern>(bytes: &[u8]) -> Vec<T> {
    bytes.chunks_exact(size_of::<T>()).map(bytemuck::pod_read_unaligned).collect()
}
