//! What an op sees when it appends its kernel calls.

use std::sync::Arc;

use attune_kernels::Shared;
use attune_kernels::conv2d::winograd;
use attune_kernels::isa::Isa;
use attune_kernels::panels::{Pack, Panels};
use attune_tensor::{Code, Error};

use super::finish::{Epilogue, Finish};
use super::launch::{Launch, Memory, Slot, Tile, Work};
use super::places::{Place, Places};
use crate::graph::TensorType;

/// A buffer of floats: where, and how many.
#[derive(Clone, Copy, Debug)]
pub struct Floats(pub Slot, pub usize);

/// A buffer of integers that a launch reads.
#[derive(Clone, Copy, Debug)]
pub struct Ints(Slot, usize);

impl Ints {
    /// The integers, for a launch that [`Lower::reads_ints`] was called for.
    pub fn get<'m>(&self, memory: &'m Memory<'_>) -> &'m [i32] {
        // SAFETY: an input of that many integers, which an earlier stage wrote.
        unsafe { memory.read(self.0, self.1) }
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
    pub fn input_count(&self) -> usize {
        self.inputs.len()
    }

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

    /// What must follow the `tiles` of the launch that finishes output 0.
    pub fn finish(&mut self, tiles: usize) -> Finish {
        let squares = self.wants_sum_squares.then(|| self.places.arena(tiles * 8));
        self.sum_squares = squares.map(|slot| (slot, tiles));
        Finish::new(self.epilogue.take(), squares, tiles)
    }

    /// A batch of operands in panels, one after the other.
    pub fn batched_panels(&mut self, index: usize, pack: Pack) -> Slot {
        let (source, tensor) = self.inputs[index];
        if let Place::State(state) = *self.places.of(source)
            && pack.batch == 1
        {
            return self.places.form(state, pack.panels.into());
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

    /// An input of floats and how many.
    pub fn floats_in(&self, index: usize) -> Floats {
        Floats(self.inputs[index].0, self.inputs[index].1.shape.elements())
    }

    /// An output of floats and how many.
    pub fn floats_out(&self, index: usize) -> Floats {
        Floats(self.outputs[index].0, self.outputs[index].1.shape.elements())
    }

    /// An input of integers.
    pub fn ints_in(&self, index: usize) -> Ints {
        Ints(self.inputs[index].0, self.inputs[index].1.shape.elements())
    }

    /// An input of integers, each from 0 to `most`: any other ends the run with `DATA`.
    pub fn checked_ints(&mut self, index: usize, what: &'static str, most: usize) -> Ints {
        let ints = self.ints_in(index);
        let (work, path) = (Work { flops: 0, bytes: 4 * ints.1 as u64 }, self.path.clone());
        self.launch("check", &[ints.0], &[], 1, work, move |memory, _| {
            let fits = |&value: &i32| usize::try_from(value).is_ok_and(|value| value <= most);
            let values = ints.get(memory);
            if let Some(at) = values.iter().position(|value| !fits(value)) {
                let message =
                    format!("expected {what} from 0 to {most}, came {} at place {at}", values[at]);
                memory.refusal.tell(Error::new(Code::Data, message).at(&path));
            }
        });
        ints
    }

    /// Says that the launch appended last reads these integers.
    pub fn reads_ints(&mut self, ints: Ints) {
        if let Some(launch) = self.launches.last_mut() {
            launch.reads.push(ints.0);
        }
    }

    /// A buffer of this node alone, of `len` floats.
    pub fn floats(&mut self, len: usize) -> Floats {
        Floats(self.scratch(len * 4), len)
    }

    /// An operand in panels: kept by the session if it is a state, else packed by a launch.
    pub fn packed(&mut self, index: usize, form: Panels) -> Floats {
        let len = form.len(Isa::current());
        Floats(self.batched_panels(index, Pack::new(form)), len)
    }

    /// An operand transformed for Winograd's convolution, as `packed` has panels.
    pub fn transformed(&mut self, index: usize, form: winograd::Weights) -> Floats {
        let (source, tensor) = self.inputs[index];
        let len = form.len(Isa::current());
        if let Place::State(state) = *self.places.of(source) {
            return Floats(self.places.form(state, form.into()), len);
        }
        let weight = Floats(source, tensor.shape.elements());
        let target = self.floats(len);
        let run =
            move |_: &Memory<'_>, tile, [weight]: [&[f32]; 1], [panels]: [Shared<'_, f32>; 1]| {
                form.run(tile, weight, panels);
            };
        self.call("pack", [weight], [target], (form.tiles(), form.flops()), run);
        target
    }

    /// Appends a kernel call on buffers of floats; `run` gets the tile, what it reads, what it writes.
    pub fn call<const R: usize, const W: usize>(
        &mut self,
        name: &'static str,
        reads: [Floats; R],
        writes: [Floats; W],
        (tiles, flops): (usize, u64),
        run: impl Fn(&Memory<'_>, usize, [&[f32]; R], [Shared<'_, f32>; W]) + Send + Sync + 'static,
    ) {
        let floats: usize = reads.iter().chain(&writes).map(|operand| operand.1).sum();
        let slots =
            |operands: &[Floats]| operands.iter().map(|operand| operand.0).collect::<Vec<_>>();
        let work = Work { flops, bytes: 4 * floats as u64 };
        self.launch(name, &slots(&reads), &slots(&writes), tiles, work, move |memory, tile| {
            // SAFETY: the operands are buffers of that many floats; what is written is read by no
            // launch of this stage, and the kernel's tiles write disjoint elements.
            let (x, y) = unsafe {
                (
                    reads.map(|Floats(slot, len)| memory.read(slot, len)),
                    writes.map(|Floats(slot, len)| memory.write(slot, len)),
                )
            };
            run(memory, tile, x, y);
        });
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
