//! What follows the update of a weight: its constraint, its average, the forms that it is kept in.
//!
//! ```text
//! maxNorm:      w ← w min(‖w‖, max) / (ε + ‖w‖)       by unit, ε = 1e-7, as Keras
//! unitNorm:     w ← w / (ε + ‖w‖)                     by unit
//! nonNegative:  w ← w where w ≥ 0, else 0
//! average:      a ← a + share (w − a)
//! ```

use std::ops::Range;
use std::sync::Arc;

use attune_kernels::conv2d::winograd;
use attune_kernels::{Form, Isa};
use attune_optim::Units;

use super::compile::Compiler;
use super::launch::{Memory, Slot, Work};
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
            for (slot, form) in &self.forms {
                if let Some(panels) = form.by_rows() {
                    let to = memory.write(*slot, panels.len(isa));
                    panels.pack_rows(isa, rows.clone(), weight, to);
                }
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
        self.constrain(parameters, numbers);
        self.follow_rows(parameters, numbers);
        self.transform(parameters);
    }

    fn constrain(&mut self, parameters: &Arc<Vec<Updated>>, numbers: Numbers) {
        let constrained = which(parameters, |parameter| parameter.constraint.is_some());
        if constrained.is_empty() {
            return;
        }
        let tiles = constrained.iter().map(|&at| parameters[at].constraint_tiles());
        let tiles: Vec<usize> = tiles.collect();
        let work = work_of(parameters, &constrained);
        let weights = constrained.iter().map(|&at| parameters[at].weight).collect();
        let (shared, total) = (parameters.clone(), tiles.iter().sum());
        let run = Box::new(move |memory: &Memory<'_>, tile: usize| {
            let (which, tile) = tile_of(&tiles, tile);
            // SAFETY: the update is done; each tile runs once.
            unsafe { shared[constrained[which]].constrain(tile, memory) };
        });
        self.push("constrain", vec![numbers.slot()], weights, total, work, run);
    }

    fn follow_rows(&mut self, parameters: &Arc<Vec<Updated>>, numbers: Numbers) {
        let late = which(parameters, |parameter| {
            parameter.followers().next().is_some() && !parameter.follows_at_once()
        });
        if late.is_empty() {
            return;
        }
        let tiles: Vec<usize> = late.iter().map(|&at| parameters[at].tiles()).collect();
        let work = work_of(parameters, &late);
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

    /// The transforms of weights, which need all their rows.
    fn transform(&mut self, parameters: &Arc<Vec<Updated>>) {
        let transforms = parameters.iter().flat_map(|parameter| {
            let whole = |(slot, form): &(Slot, Form)| Some((*slot, form.whole()?));
            let of = |(slot, form)| (parameter.weight, parameter.elements, slot, form);
            parameter.forms.iter().filter_map(whole).map(of)
        });
        let transforms: Vec<_> = transforms.collect();
        if transforms.is_empty() {
            return;
        }
        let isa = Isa::current();
        let tiles: Vec<usize> = transforms.iter().map(|(.., form)| form.tiles()).collect();
        let floats = |&(_, elements, _, form): &(_, usize, _, winograd::Weights)| {
            (elements + form.len(isa)) as u64
        };
        let work = Work {
            flops: transforms.iter().map(|(.., form)| form.flops()).sum(),
            bytes: 4 * transforms.iter().map(floats).sum::<u64>(),
        };
        let reads = transforms.iter().map(|&(weight, ..)| weight).collect();
        let writes = transforms.iter().map(|&(_, _, slot, _)| slot).collect();
        let total = tiles.iter().sum();
        let run = Box::new(move |memory: &Memory<'_>, tile: usize| {
            let (which, tile) = tile_of(&tiles, tile);
            let (weight, elements, slot, form) = transforms[which];
            // SAFETY: the weight is done; tiles write disjoint rows of its transform.
            let (weight, to) =
                unsafe { (memory.read(weight, elements), memory.write(slot, form.len(isa))) };
            form.run(tile, weight, to);
        });
        self.push("transform", reads, writes, total, work, run);
    }
}

/// The places of some parameters.
fn which(parameters: &[Updated], wanted: impl Fn(&Updated) -> bool) -> Vec<usize> {
    (0..parameters.len()).filter(|&at| wanted(&parameters[at])).collect()
}

/// Three numbers are read or written for each element.
fn work_of(parameters: &[Updated], which: &[usize]) -> Work {
    let bytes = which.iter().map(|&at| 12 * parameters[at].elements as u64).sum();
    Work { flops: bytes, bytes }
}
