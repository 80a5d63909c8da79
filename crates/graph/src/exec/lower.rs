//! What an op sees when it appends its kernel calls.

use std::sync::Arc;

use attune_kernels::isa::Isa;
use attune_kernels::panels::{Pack, Panels};

use super::launch::{Launch, Memory, Slot, Tile, Work};
use super::places::{Place, Places};
use crate::graph::TensorType;

/// Elementwise work that follows an op while its output is still in the cache.
#[derive(Clone)]
pub struct Epilogue {
    pub(crate) reads: Vec<Slot>,
    pub(crate) writes: Vec<Slot>,
    pub(crate) run: Arc<dyn Fn(&Memory<'_>, usize, usize) + Send + Sync>,
}

impl Epilogue {
    /// Runs on `len` consecutive elements of the op's first output, counted in row-major order.
    pub fn run(&self, memory: &Memory<'_>, start: usize, len: usize) {
        (self.run)(memory, start, len)
    }
}

/// Collects the launches of one node.
pub struct Lower<'a> {
    pub(crate) path: Arc<str>,
    pub(crate) inputs: Vec<(Slot, &'a TensorType)>,
    pub(crate) outputs: Vec<(Slot, &'a TensorType)>,
    pub(crate) epilogue: Option<Epilogue>,
    /// Whether output 0 is a gradient whose norm is wanted.
    pub(crate) wants_sum_squares: bool,
    /// Partial sums of squares of output 0, if the op said it writes them: slot and count.
    pub(crate) sum_squares: Option<(Slot, usize)>,
    pub(crate) places: &'a mut Places,
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
        self.places.arena(bytes)
    }

    /// Elementwise work to run on each finished part of output 0, for ops that take it.
    pub fn epilogue(&mut self) -> Option<Epilogue> {
        self.epilogue.take()
    }

    /// Where tile `t` of the launch that finishes output 0 writes the f64 sum of squares of what
    /// it wrote, at element `t`; `None` if nobody asks.
    pub fn sum_squares(&mut self, tiles: usize) -> Option<Slot> {
        if !self.wants_sum_squares {
            return None;
        }
        let slot = self.places.arena(tiles * 8);
        self.sum_squares = Some((slot, tiles));
        Some(slot)
    }

    /// An operand in panels: kept by the session if it is a state, else packed by a launch.
    pub fn panels(&mut self, index: usize, form: Panels) -> Slot {
        self.batched_panels(index, Pack::new(form))
    }

    /// A batch of operands in panels, one after the other.
    pub fn batched_panels(&mut self, index: usize, pack: Pack) -> Slot {
        let (source, tensor) = self.inputs[index];
        if let Place::State(state) = *self.places.of(source)
            && pack.batch == 1
        {
            return self.places.panels(state, pack.panels);
        }
        let elements = tensor.shape.elements();
        let len = pack.len(Isa::current());
        let target = self.places.arena(len * 4);
        let work = Work { flops: 0, bytes: 4 * (elements + len) as u64 };
        self.launch("pack", &[source], &[target], pack.tiles(), work, move |memory, tile| {
            // SAFETY: the slots hold the source and the panels; a tile packs its own rows.
            let (src, dst) = unsafe { (memory.read(source, elements), memory.write(target, len)) };
            pack.run(tile, src, dst);
        });
        target
    }

    /// Appends a kernel call.
    pub fn launch(
        &mut self,
        name: &'static str,
        reads: &[Slot],
        writes: &[Slot],
        tiles: usize,
        work: Work,
        run: impl Fn(&Memory<'_>, usize) + Send + Sync + 'static,
    ) {
        self.boxed(name, reads, writes, tiles, work, Box::new(run));
    }

    fn boxed(
        &mut self,
        name: &'static str,
        reads: &[Slot],
        writes: &[Slot],
        tiles: usize,
        work: Work,
        run: Tile,
    ) {
        let (reads, writes) = (reads.to_vec(), writes.to_vec());
        let path = self.path.clone();
        self.launches.push(Launch { name, path, reads, writes, tiles, work, run });
    }
}
