//! From a graph to a flat list of kernel calls, and running it.

mod accumulate;
mod assign;
mod augment;
mod clip;
mod compile;
mod executor;
mod feed;
mod finish;
mod follow;
mod fused_chain;
mod launch;
mod lower;
mod memory_plan;
mod mix;
mod numbers;
mod places;
mod plan;
mod pool;
mod program;
mod run;
mod session;
mod spec;
mod stages;
mod state;
mod update;
mod weights;

pub use augment::{Augment, Change};
pub use finish::{Epilogue, Finish};
pub use launch::{Launch, Memory, Slot, Work};
pub use lower::{Floats, Ints, Lower};
pub use mix::{Kind as MixKind, Mix};
pub use plan::{Plan, PlannedLaunch};
pub use program::{Program, ProgramId};
pub use run::{Bytes, OutputSeries, Run, RunResult};
pub use session::{Session, SessionOptions, StateInfo};
pub use spec::{
    AssignSpec, AverageSpec, ClipSpec, ConstraintSpec, Feed, Initializer, InputInfo, NodeSpec,
    OptimizerSpec, OutputInfo, OutputSpec, ParameterSpec, ProgramSpec, StateSpec, UpdateSpec,
    check_value, record,
};
