//! Kernel calls that move elements of any type without computing.

use attune_kernels::copy::StridedCopy;
use attune_tensor::{DType, Shape};

use crate::exec::{Lower, Work};

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
