//! What follows the update of a weight: its constraint, its average, its panels.
//!
//! ```text
//! maxNorm:      w ← w min(‖w‖, max) / (ε + ‖w‖)       by unit, ε = 1e-7, as Keras
//! unitNorm:     w ← w / (ε + ‖w‖)                     by unit
//! nonNegative:  w ← w where w ≥ 0, else 0
//! average:      a ← a + share (w − a)
//! ```

use std::ops::Range;
use std::sync::Arc;

use attune_kernels::isa::Isa;
use attune_optim::Units;

use super::compile::Compiler;
use super::launch::{Memory, Work};
use super::numbers::Numbers;
use super::spec::ConstraintSpec;
use super::update::{Updated, tile_of};

const EPSILON: f64 = 1e-7;

impl Updated {
    /// Whether what follows can be done tile by tile, right after the rule.
    pub fn follows_at_once(&self) -> bool {
        self.is_elementwise() && self.constraint.is_none()
    }

    /// The average and the panels of rows whose update is done.
    ///
    /// # Safety
    /// No other thread touches those rows meanwhile.
    pub unsafe fn follow(&self, rows: Range<usize>, memory: &Memory<'_>, numbers: Numbers) {
        let (start, len) = (rows.start * self.columns, rows.len() * self.columns);
        // SAFETY: as the caller vouches; each buffer has the parameter's elements.
        unsafe {
            let weight = memory.read::<f32>(self.weight, self.elements);
            if let Some((average, _)) = self.average {
                let share = numbers.get(memory, Numbers::AVERAGE) as f32;
                let average = memory.write::<f32>(average, self.elements).range(start, len);
                let w = &weight[start..][..len];
                if share == 1.0 {
                    average.copy_from_slice(w);
                } else if share > 0.0 {
                    average.iter_mut().zip(w).for_each(|(a, w)| *a += share * (w - *a));
                }
            }
            let isa = Isa::current();
            for &(slot, form) in &self.panels {
                form.pack_rows(isa, rows.clone(), weight, memory.write(slot, form.len(isa)));
            }
        }
    }

    fn constraint_tiles(&self) -> usize {
        match self.constraint {
            None => 0,
            Some(ConstraintSpec::NonNegative) => self.tiles(),
            Some(_) => Units::new(&self.shape).tiles(),
        }
    }

    /// # Safety
    /// The rule is done, and no tile runs twice.
    unsafe fn constrain(&self, tile: usize, memory: &Memory<'_>) {
        let units = Units::new(&self.shape);
        // SAFETY: as the caller vouches; tiles are disjoint units or ranges.
        unsafe {
            let target = memory.write::<f32>(self.weight, self.elements);
            let Some(constraint) = self.constraint else { return };
            if constraint == ConstraintSpec::NonNegative {
                let rows = self.rows_of(tile);
                let w = target.range(rows.start * self.columns, rows.len() * self.columns);
                return w.iter_mut().for_each(|w| *w = if *w >= 0.0 { *w } else { 0.0 });
            }
            let norms = units.norms(tile, memory.read::<f32>(self.weight, self.elements));
            let by = norms.map(|norm| match constraint {
                ConstraintSpec::MaxNorm { max } => (norm.min(max) / (EPSILON + norm)) as f32,
                _ => (1.0 / (EPSILON + norm)) as f32,
            });
            units.scale(tile, &by, target.pointer(), target);
        }
    }
}

impl Compiler<'_> {
    /// Appends the launches of what follows, for parameters whose update could not do it itself.
    pub fn follow(&mut self, parameters: &Arc<Vec<Updated>>, numbers: Numbers) {
        let all = |wanted: &dyn Fn(&Updated) -> bool| {
            (0..parameters.len()).filter(|&at| wanted(&parameters[at])).collect::<Vec<usize>>()
        };
        let bytes = |which: &[usize]| {
            which.iter().map(|&at| 12 * parameters[at].elements as u64).sum::<u64>()
        };

        let constrained = all(&|parameter| parameter.constraint.is_some());
        if !constrained.is_empty() {
            let tiles = constrained.iter().map(|&at| parameters[at].constraint_tiles());
            let tiles: Vec<usize> = tiles.collect();
            let work = Work { flops: bytes(&constrained), bytes: bytes(&constrained) };
            let weights = constrained.iter().map(|&at| parameters[at].weight).collect();
            let (shared, total) = (parameters.clone(), tiles.iter().sum());
            let run = Box::new(move |memory: &Memory<'_>, tile: usize| {
                let (which, tile) = tile_of(&tiles, tile);
                // SAFETY: the update is done; each tile runs once.
                unsafe { shared[constrained[which]].constrain(tile, memory) };
            });
            self.push("constrain", vec![numbers.slot()], weights, total, work, run);
        }

        let late = all(&|parameter| {
            let follows = parameter.average.is_some() || !parameter.panels.is_empty();
            follows && !parameter.follows_at_once()
        });
        if late.is_empty() {
            return;
        }
        let tiles: Vec<usize> = late.iter().map(|&at| parameters[at].tiles()).collect();
        let work = Work { flops: bytes(&late), bytes: bytes(&late) };
        let mut reads = vec![numbers.slot()];
        let mut writes = Vec::new();
        for &at in &late {
            reads.push(parameters[at].weight);
            writes.extend(parameters[at].followers());
        }
        let (shared, total) = (parameters.clone(), tiles.iter().sum());
        let run = Box::new(move |memory: &Memory<'_>, tile: usize| {
            let (which, tile) = tile_of(&tiles, tile);
            let parameter = &shared[late[which]];
            // SAFETY: update and constraint are done; tiles are disjoint rows.
            unsafe { parameter.follow(parameter.rows_of(tile), memory, numbers) };
        });
        self.push("follow", reads, writes, total, work, run);
    }
}
