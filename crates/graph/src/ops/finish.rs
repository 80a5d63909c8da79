//! What ops append to a program: copies, and what follows each finished part of an output.

use std::ops::Range;

use attune_kernels::copy::StridedCopy;
use attune_kernels::linear::{Region, sum_squares};
use attune_tensor::{DType, Shape};

use crate::exec::{Epilogue, Lower, Memory, Slot, Work};
use crate::rule::Rule;

/// Arithmetic and traffic of an op that reads each operand and writes each result once.
pub fn work(op: &impl Rule, lower: &Lower<'_>) -> Work {
    let inputs: Vec<_> = lower.inputs.iter().map(|&(_, ty)| ty).collect();
    let outputs: Vec<_> = lower.outputs.iter().map(|&(_, ty)| ty).collect();
    let bytes = inputs.iter().chain(&outputs).map(|ty| ty.bytes() as u64).sum();
    Work { flops: op.flops(&inputs, &outputs), bytes }
}

/// Strides of a row-major tensor.
pub fn strides(shape: &Shape) -> Vec<isize> {
    shape.strides().into_iter().map(|stride| stride as isize).collect()
}

/// Copies input `index` to output 0, whatever their element type.
pub fn copy(lower: &mut Lower<'_>, name: &'static str, index: usize, plan: StridedCopy) {
    let (x, y) = (lower.input(index), lower.output(0));
    let (from, to) = (lower.input_type(index), lower.output_type(0));
    let (x_len, y_len, dtype) = (from.shape.elements(), to.shape.elements(), to.dtype);
    let work = Work { flops: 0, bytes: 2 * from.bytes().min(to.bytes()) as u64 };
    lower.launch(name, &[x], &[y], plan.tiles(), work, move |memory, tile| match dtype {
        // SAFETY: the slots hold tensors of one-byte elements; tiles write disjoint elements.
        DType::Uint8 => unsafe {
            plan.run::<u8>(tile, memory.read(x, x_len), memory.write(y, y_len));
        },
        // SAFETY: the slots hold tensors of four-byte elements; tiles write disjoint elements.
        DType::Float32 | DType::Int32 => unsafe {
            plan.run::<u32>(tile, memory.read(x, x_len), memory.write(y, y_len));
        },
    });
}

/// Work on the parts of output 0 that a launch has just written, while they are in the cache: the
/// elementwise ops that follow, or the sum of squares for the norm of a gradient.
pub struct Finish {
    y: Slot,
    len: usize,
    epilogue: Option<Epilogue>,
    squares: Option<(Slot, usize)>,
}

impl Finish {
    /// For a launch of `tiles` tiles, which writes [`Finish::writes`].
    pub fn new(lower: &mut Lower<'_>, tiles: usize) -> Self {
        let (y, len) = (lower.output(0), lower.output_type(0).shape.elements());
        let epilogue = lower.epilogue();
        let squares = lower.sum_squares(tiles).map(|slot| (slot, tiles));
        Finish { y, len, epilogue, squares }
    }

    /// The output, and the sums of squares.
    pub fn writes(&self) -> Vec<Slot> {
        [self.y].into_iter().chain(self.squares.map(|(slot, _)| slot)).collect()
    }

    /// Tile `tile` has written these elements, and no other tile does.
    pub fn ranges(
        &self,
        memory: &Memory<'_>,
        tile: usize,
        ranges: impl Iterator<Item = Range<usize>>,
    ) {
        let mut squares = 0.0;
        for range in ranges {
            if let Some(epilogue) = &self.epilogue {
                epilogue.run(memory, range.start, range.len());
            }
            if self.squares.is_some() {
                // SAFETY: the elements are within the output and this tile's alone.
                let part = unsafe {
                    memory.write::<f32>(self.y, self.len).range(range.start, range.len())
                };
                squares += sum_squares(1, part.len(), part.len(), part);
            }
        }
        if let Some((slot, tiles)) = self.squares {
            // SAFETY: the slot holds one number for each tile.
            let sum = unsafe { memory.write::<f64>(slot, tiles).range(tile, 1) };
            sum[0] = squares;
        }
    }

    /// Tile `tile` has written a region of the matrices `[rows, columns]` of the output.
    pub fn region(&self, memory: &Memory<'_>, tile: usize, of: [usize; 2], region: Region) {
        let [rows, columns] = of;
        let first = (region.matrix * rows + region.row) * columns + region.col;
        let (runs, len) = if region.cols == columns {
            (1, region.rows * columns)
        } else {
            (region.rows, region.cols)
        };
        let ranges = (0..runs).map(|run| first + run * columns..first + run * columns + len);
        self.ranges(memory, tile, ranges);
    }
}
