//! Gradients of several passes that make one update: their sum, each times its weight.

use attune_kernels::linear::sum_squares;
use attune_tensor::Result;

use super::compile::Compiler;
use super::launch::{Memory, Slot, Work};
use super::numbers::Weight;
use crate::graph::Value;

/// Elements that one tile sums: some tens of microseconds of memory traffic.
const TILE: usize = 16_384;

impl Compiler<'_> {
    /// Appends `sum ← sum + weight g` (the first pass: `weight g`); the partial sums of squares of
    /// the sum.
    pub fn accumulate(
        &mut self,
        gradient: Value,
        sum: Slot,
        weight: Weight,
    ) -> Result<(Slot, usize)> {
        let (source, elements) = (self.slot(gradient)?, self.elements(gradient));
        let tiles = elements.div_ceil(TILE);
        let squares = self.places.arena(tiles * 8);
        let work = Work { flops: 4 * elements as u64, bytes: 12 * elements as u64 };
        let run = Box::new(move |memory: &Memory<'_>, tile: usize| {
            let (start, len) = (tile * TILE, TILE.min(elements - tile * TILE));
            // SAFETY: an earlier stage wrote the gradient; each tile writes its own range and sum.
            unsafe {
                let by = weight.get(memory);
                let g = &memory.read::<f32>(source, elements)[start..][..len];
                let sum = memory.write::<f32>(sum, elements).range(start, len);
                if memory.within == 0 {
                    sum.iter_mut().zip(g).for_each(|(sum, g)| *sum = by * g);
                } else {
                    sum.iter_mut().zip(g).for_each(|(sum, g)| *sum += by * g);
                }
                memory.write::<f64>(squares, tiles).range(tile, 1)[0] =
                    sum_squares(1, len, len, sum);
            }
        });
        let reads = std::iter::once(source).chain(weight.slot()).collect();
        self.push("accumulate", reads, vec![sum, squares], tiles, work, run);
        Ok((squares, tiles))
    }

    /// A pass of its own for gradients whose op cannot sum its squares on the way.
    pub fn sum_squares_of(&mut self, value: Value) -> Result<(Slot, usize)> {
        let (source, elements) = (self.slot(value)?, self.elements(value));
        let tiles = elements.div_ceil(TILE);
        let target = self.places.arena(tiles * 8);
        let work = Work { flops: 2 * elements as u64, bytes: 4 * elements as u64 };
        let run = Box::new(move |memory: &Memory<'_>, tile: usize| {
            let start = tile * TILE;
            // SAFETY: an earlier stage wrote the gradient; each tile writes its own sum.
            unsafe {
                let part =
                    &memory.read::<f32>(source, elements)[start..(start + TILE).min(elements)];
                memory.write::<f64>(target, tiles).range(tile, 1)[0] =
                    sum_squares(1, part.len(), part.len(), part);
            }
        });
        self.push("sumSquares", vec![source], vec![target], tiles, work, run);
        Ok((target, tiles))
    }
}
