//! Rules that must see a whole parameter before they change any of it: they run in stages.

use std::ops::Range;

use attune_kernels::{Isa, Shared};

use crate::Step;

/// Elements of one tile: some tens of microseconds of memory traffic.
const TILE: usize = 16_384;

/// One parameter, while a stage works on it.
#[derive(Clone, Copy)]
pub struct Parameter<'a> {
    pub w: Shared<'a, f32>,
    pub g: &'a [f32],
    pub slots: &'a [Shared<'a, f32>],
    /// Room for [`Whole::scratch`] floats, kept from the first stage of a step to its last.
    pub scratch: Shared<'a, f32>,
}

/// A rule for one parameter of a known shape, cut into stages. The tiles of a stage are
/// independent and cut by shape alone; a stage begins when the one before is done.
pub trait Whole: Send + Sync + std::fmt::Debug {
    /// Buffers of the parameter with their shapes, zero before the first step.
    fn slots(&self) -> Vec<(&'static str, Vec<usize>)>;

    /// Floats that it needs during a step.
    fn scratch(&self, isa: Isa) -> usize;

    /// The tiles of each stage.
    fn stages(&self) -> Vec<usize>;

    /// Arithmetic of a stage, beside some for every element.
    fn flops(&self, _stage: usize) -> u64 {
        0
    }

    /// Runs one tile of one stage.
    ///
    /// # Safety
    /// All stages before are done, no tile of this stage runs twice, nothing else touches the
    /// parameter meanwhile, and every buffer has the length that this rule gives it.
    unsafe fn run(&self, isa: Isa, stage: usize, tile: usize, step: &Step, at: &Parameter<'_>);

    /// The update in f64, which defines the result. `g` is scaled already.
    fn reference(&self, step: &Step, w: &mut [f64], g: &[f64], slots: &mut [Vec<f64>]);
}

/// Tiles that cover so many elements.
pub(crate) fn tiles(elements: usize) -> usize {
    elements.div_ceil(TILE)
}

/// The elements of a tile.
pub(crate) fn elements_of(tile: usize, elements: usize) -> Range<usize> {
    tile * TILE..((tile + 1) * TILE).min(elements)
}

/// Rows of a matrix that make about one tile: a multiple of 32, as panels like them.
pub(crate) fn rows_of(columns: usize) -> usize {
    (TILE / columns.max(1)).max(1).next_multiple_of(32)
}

/// A part of a buffer that no tile writes meanwhile.
///
/// # Safety
/// The range is within the buffer, initialised, and not written while the slice lives.
pub(crate) unsafe fn read<'a>(buffer: Shared<'a, f32>, range: Range<usize>) -> &'a [f32] {
    debug_assert!(range.end <= buffer.len());
    // SAFETY: as the caller vouches.
    unsafe { std::slice::from_raw_parts(buffer.pointer().add(range.start), range.len()) }
}

/// The sum of some numbers, in f64.
pub(crate) fn total(numbers: &[f32]) -> f64 {
    numbers.iter().map(|&x| f64::from(x)).sum()
}

/// `Σx²` in f64.
pub(crate) fn squares(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum()
}
