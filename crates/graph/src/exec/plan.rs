//! What a program will need and do, known before anything runs.

use attune_kernels::isa::Isa;
use serde::Serialize;

use super::places::Place;
use super::program::Program;
use super::state::States;

/// One kernel call of the plan.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedLaunch {
    pub name: &'static str,
    pub path: String,
    pub stage: usize,
    pub tiles: usize,
    pub flops: u64,
    pub bytes: u64,
}

/// Bytes by purpose, and the kernel calls of one step.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Activations, gradients and scratch, which share one arena.
    pub arena_bytes: usize,
    /// Weights and running statistics.
    pub state_bytes: usize,
    pub optimizer_bytes: usize,
    /// Copies of weights in the forms that kernels read.
    pub panel_bytes: usize,
    /// All of the above at once: what the process needs beside its data.
    pub peak_bytes: usize,
    pub limit_bytes: usize,
    pub flops: u64,
    pub stages: usize,
    pub launches: Vec<PlannedLaunch>,
}

impl Plan {
    pub(super) fn of(program: &Program, states: &States, limit_bytes: usize) -> Plan {
        let isa = Isa::current();
        let bytes_of = |state: usize| states.list()[state].shape.elements() * 4;
        let (mut optimizer_bytes, mut panel_bytes) = (0, 0);
        for place in program.places.list() {
            match place {
                Place::OptimizerSlot { shape, .. } => optimizer_bytes += shape.elements() * 4,
                Place::Form(_, form) => panel_bytes += form.len(isa) * 4,
                _ => {}
            }
        }
        let state_bytes = (0..states.list().len()).map(bytes_of).sum();
        let mut launches = Vec::new();
        for (number, stage) in program.stages.iter().enumerate() {
            for launch in &program.launches[stage.launches.clone()] {
                launches.push(PlannedLaunch {
                    name: launch.name,
                    path: launch.path.to_string(),
                    stage: number,
                    tiles: launch.tiles,
                    flops: launch.work.flops,
                    bytes: launch.work.bytes,
                });
            }
        }
        Plan {
            arena_bytes: program.arena_bytes,
            state_bytes,
            optimizer_bytes,
            panel_bytes,
            peak_bytes: program.arena_bytes + state_bytes + optimizer_bytes + panel_bytes,
            limit_bytes,
            flops: launches.iter().map(|launch| launch.flops).sum(),
            stages: program.stages.len(),
            launches,
        }
    }

    /// Which part of the memory is worth making smaller.
    pub fn advice(&self) -> String {
        let what = if self.arena_bytes * 2 > self.peak_bytes {
            "activations take most of it, so a smaller batch helps"
        } else {
            "the model itself takes most of it, so a smaller model helps"
        };
        format!("the plan needs {} bytes at once; {what}", self.peak_bytes)
    }
}
