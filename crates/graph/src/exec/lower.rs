//! What an op sees when it appends its kernel calls.

use std::sync::Arc;

use crate::exec::launch::{Launch, Memory, Slot, Work};
use crate::graph::TensorType;

/// Elementwise work that follows an op while its output is still in the cache.
#[derive(Clone)]
pub struct Epilogue {
    pub(crate) reads: Vec<Slot>,
    pub(crate) writes: Vec<Slot>,
    #[allow(clippy::type_complexity)]
    pub(crate) run: Arc<dyn Fn(&Memory, usize, usize) + Send + Sync>,
}

impl Epilogue {
    /// Runs on `len` consecutive elements of the op's first output, counted in row-major order.
    pub fn run(&self, memory: &Memory, start: usize, len: usize) {
        (self.run)(memory, start, len)
    }
}

/// Collects the launches of one node.
pub struct Lower<'a> {
    pub(crate) path: Arc<str>,
    pub(crate) inputs: Vec<(Slot, &'a TensorType)>,
    pub(crate) outputs: Vec<(Slot, &'a TensorType)>,
    pub(crate) epilogue: Option<Epilogue>,
    pub(crate) buffers: &'a mut dyn FnMut(usize) -> Slot,
    pub(crate) launches: Vec<Launch>,
}

impl Lower<'_> {
    pub fn input(&self, index: usize) -> Slot {
        self.inputs[index].0
    }

    pub fn input_type(&self, index: usize) -> &TensorType {
        self.inputs[index].1
    }

    pub fn output(&self, index: usize) -> Slot {
        self.outputs[index].0
    }

    pub fn output_type(&self, index: usize) -> &TensorType {
        self.outputs[index].1
    }

    /// A buffer of this node alone; its contents are undefined at first.
    pub fn scratch(&mut self, bytes: usize) -> Slot {
        (self.buffers)(bytes)
    }

    /// Elementwise work to run on each finished part of output 0, for ops that take it.
    pub fn epilogue(&mut self) -> Option<Epilogue> {
        self.epilogue.take()
    }

    /// Appends a kernel call.
    pub fn launch(
        &mut self,
        name: &'static str,
        reads: &[Slot],
        writes: &[Slot],
        tiles: usize,
        work: Work,
        run: impl Fn(&Memory, usize) + Send + Sync + 'static,
    ) {
        let (reads, writes) = (reads.to_vec(), writes.to_vec());
        let path = self.path.clone();
        self.launches.push(Launch { name, path, reads, writes, tiles, work, run: Box::new(run) });
    }
}
