//! Rows in, results out: gathering a batch from a data set, and reading values back.

use std::sync::Arc;

use super::augment::Augment;
use super::launch::{Launch, Slot, Work};

/// Bytes that one tile copies, or changes on the way.
const TILE: usize = 1 << 18;
const CHANGED: usize = 1 << 13;

/// Copies the rows of this step's batch, `order[step * rows ..]` names them, or changes them as said;
/// `rolled` takes for each the row before it.
pub fn gather(
    source: Slot,
    order: Slot,
    target: Slot,
    [rows, row_bytes]: [usize; 2],
    augment: Option<Augment>,
    rolled: bool,
) -> Launch {
    let tile_bytes = if augment.is_some() { CHANGED } else { TILE };
    let rows_of_tile = (tile_bytes / row_bytes.max(1)).max(1);
    let bytes = rows * row_bytes;
    Launch {
        name: "batch",
        path: Arc::from(""),
        reads: vec![source, order],
        writes: vec![target],
        tiles: rows.div_ceil(rows_of_tile),
        work: Work { flops: 0, bytes: 2 * bytes as u64 },
        run: Box::new(move |memory, tile| {
            let first = tile * rows_of_tile;
            let count = rows_of_tile.min(rows - first);
            // SAFETY: the session checked that the order holds a row number below the column's
            // rows for every row of every step, and the column is not written during a run.
            unsafe {
                let order = memory.read::<u32>(order, (memory.index + 1) * rows);
                let order = &order[memory.index * rows..];
                let column = memory.pointer(source);
                let batch = memory.write::<u8>(target, bytes);
                for i in 0..count {
                    let place = if rolled { first + i + rows - 1 } else { first + i };
                    let row = order[place % rows];
                    let from = column.add(row as usize * row_bytes);
                    let to = batch.range((first + i) * row_bytes, row_bytes);
                    match &augment {
                        Some(augment) => {
                            let sample = memory.base + u64::from(row);
                            let stream = augment.stream(memory.seed, memory.epoch, sample);
                            augment.run(stream, from, to.as_mut_ptr());
                        }
                        None => std::ptr::copy_nonoverlapping(from, to.as_mut_ptr(), row_bytes),
                    }
                }
            }
        }),
    }
}

/// Copies a value behind those of earlier steps.
pub fn record(source: Slot, target: Slot, bytes: usize) -> Launch {
    Launch {
        name: "record",
        path: Arc::from(""),
        reads: vec![source],
        writes: vec![target],
        tiles: bytes.div_ceil(TILE),
        work: Work { flops: 0, bytes: 2 * bytes as u64 },
        run: Box::new(move |memory, tile| {
            let start = tile * TILE;
            let len = TILE.min(bytes - start);
            // SAFETY: the run gave room for every step's value; a tile copies its own bytes.
            unsafe {
                let from = memory.pointer(source).add(start);
                let to = memory.pointer(target).add(memory.index * bytes + start);
                std::ptr::copy_nonoverlapping(from, to, len);
            }
        }),
    }
}
