//! One kernel call of a program, cut into independent tiles.

use std::sync::{Arc, OnceLock};

use attune_kernels::Shared;
use attune_kernels::random::Draw;
use attune_tensor::Error;

/// A buffer of a program, by number; where it lies is decided after all launches are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(pub u32);

/// Arithmetic and traffic of one launch, for scheduling and for the roofline.
#[derive(Clone, Copy, Debug, Default)]
pub struct Work {
    pub flops: u64,
    pub bytes: u64,
}

/// Why a run cannot go on, told by the launch that met a value it cannot compute with.
#[derive(Default)]
pub struct Refusal(OnceLock<Error>);

impl Refusal {
    /// The error; the first that is told stays.
    pub fn tell(&self, error: Error) {
        let _ = self.0.set(error);
    }

    pub fn error(&self) -> Option<&Error> {
        self.0.get()
    }
}

/// What a launch sees while it runs: the addresses of all buffers, and the numbers of this step.
#[derive(Clone, Copy)]
pub struct Memory<'a> {
    pub(crate) addresses: &'a [*mut u8],
    /// Ends the run, with no update of this step, where a launch tells it.
    pub refusal: &'a Refusal,
    /// Keys the random numbers of this session.
    pub seed: u64,
    /// Passes made before this one since training began, as far as random numbers go.
    pub step: u64,
    /// The epoch of this run, which random changes of samples depend on.
    pub epoch: u64,
    /// The place in the epoch's data of the first row, which random changes count from.
    pub base: u64,
    /// Passes made before this one in this run.
    pub index: usize,
    /// Updates made before this pass since training began.
    pub update: u64,
    /// Passes made before this one whose gradients join the same update.
    pub within: usize,
    /// Whether the update follows this pass.
    pub applies: bool,
    /// Whether an average over named updates takes this one.
    pub averages: bool,
    /// The rate of this update.
    pub learning_rate: f32,
}

impl Memory<'_> {
    /// Where random numbers are drawn in this step.
    pub fn draw(&self) -> Draw {
        Draw { seed: self.seed, step: self.step }
    }

    /// The address of a buffer.
    pub fn pointer(&self, slot: Slot) -> *mut u8 {
        self.addresses[slot.0 as usize]
    }

    /// A buffer that this launch only reads.
    ///
    /// # Safety
    /// The buffer holds `len` initialised elements of `T` that no thread writes meanwhile.
    pub unsafe fn read<T>(&self, slot: Slot, len: usize) -> &[T] {
        // SAFETY: the caller vouches for the elements; the planner aligns buffers to 64 bytes.
        unsafe { std::slice::from_raw_parts(self.pointer(slot).cast(), len) }
    }

    /// A buffer that the tiles of this launch write.
    ///
    /// # Safety
    /// The buffer holds `len` elements of `T`, and tiles write disjoint ranges of it.
    pub unsafe fn write<T>(&self, slot: Slot, len: usize) -> Shared<'_, T> {
        // SAFETY: the caller vouches for the elements.
        unsafe { Shared::from_raw(self.pointer(slot).cast(), len) }
    }
}

/// Runs one tile of a launch.
pub type Tile = Box<dyn Fn(&Memory<'_>, usize) + Send + Sync>;

/// One kernel call: `tiles` independent pieces, cut by shape and never by thread count.
pub struct Launch {
    pub name: &'static str,
    /// The module that it computes for.
    pub path: Arc<str>,
    pub reads: Vec<Slot>,
    pub writes: Vec<Slot>,
    pub tiles: usize,
    pub work: Work,
    pub run: Tile,
}
