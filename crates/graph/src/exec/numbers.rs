//! The check at the end of a pass: is it finite, how large is the gradient, by what is it scaled,
//! and how far have the optimizer's own numbers moved.

use std::sync::Arc;

use attune_optim::{Carried, Optimizer, ZClip, clip_scale};
use attune_tensor::Result;

use super::compile::Compiler;
use super::launch::{Memory, Slot, Work};
use super::places::Place;
use super::spec::{AverageSpec, ClipSpec};
use super::update::Update;
use crate::graph::Value;

/// What the check writes for the launches after it: f64 numbers in the arena.
#[derive(Clone, Copy, Debug)]
pub struct Numbers {
    slot: Slot,
    len: usize,
}

impl Numbers {
    /// 1 where the loss or the gradient is not finite, so that nothing is updated.
    pub const HALTED: usize = 0;
    /// The factor of every gradient.
    pub const SCALE: usize = 1;
    /// The share of this update in the average of weights; 0 where it takes none.
    pub const AVERAGE: usize = 2;
    /// What the optimizer carries.
    const CARRIED: usize = 3;
    /// The factor of each parameter's gradient, where each is clipped alone.
    pub const SCALES: usize = 6;

    pub fn slot(self) -> Slot {
        self.slot
    }

    /// # Safety
    /// The check has run in an earlier stage of this pass.
    pub unsafe fn get(self, memory: &Memory<'_>, at: usize) -> f64 {
        // SAFETY: as the caller vouches.
        unsafe { memory.read::<f64>(self.slot, self.len)[at] }
    }

    /// # Safety
    /// The check has run in an earlier stage of this pass.
    pub unsafe fn carried(self, memory: &Memory<'_>) -> Carried {
        // SAFETY: as the caller vouches.
        std::array::from_fn(|i| unsafe { self.get(memory, Numbers::CARRIED + i) })
    }
}

/// f64 numbers in a state, each as the sum of two floats.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    pub slot: Slot,
    pub count: usize,
}

impl Kept {
    /// # Safety
    /// No other thread uses the state meanwhile.
    unsafe fn advance(self, memory: &Memory<'_>, body: impl FnOnce(&mut Carried)) -> Carried {
        // SAFETY: two floats a number; the caller keeps others away.
        let floats = unsafe { memory.write::<f32>(self.slot, 2 * self.count) };
        // SAFETY: as above.
        let floats = unsafe { floats.range(0, 2 * self.count) };
        let mut carried = Carried::default();
        for (number, pair) in carried.iter_mut().zip(floats.chunks(2)) {
            *number = f64::from(pair[0]) + f64::from(pair[1]);
        }
        body(&mut carried);
        for (number, pair) in carried.iter().zip(floats.chunks_mut(2)) {
            pair[0] = *number as f32;
            pair[1] = (number - f64::from(pair[0])) as f32;
        }
        carried
    }
}

/// What a pass counts among those that make one update.
#[derive(Clone, Copy, Debug)]
pub enum Weight {
    Rows(f32),
    /// A float that the pass computes.
    Computed(Slot),
}

impl Weight {
    pub fn slot(self) -> Option<Slot> {
        match self {
            Weight::Rows(_) => None,
            Weight::Computed(slot) => Some(slot),
        }
    }

    /// # Safety
    /// The pass has computed it in an earlier stage.
    pub unsafe fn get(self, memory: &Memory<'_>) -> f32 {
        match self {
            Weight::Rows(rows) => rows,
            // SAFETY: as the caller vouches.
            Weight::Computed(slot) => unsafe { memory.read::<f32>(slot, 1)[0] },
        }
    }
}

/// What the numbers of an update are made of.
#[derive(Clone, Default)]
pub struct Sources {
    pub clip: Option<ClipSpec>,
    /// Past norms, for ZClip.
    pub norms: Option<Kept>,
    /// The optimizer that carries numbers, and where.
    pub carried: Option<(Arc<dyn Optimizer>, Kept)>,
    /// The kind of average, and how many updates it took.
    pub average: Option<(AverageSpec, Slot)>,
    /// What a pass counts and what all so far do, where several passes make one update.
    pub weight: Option<(Weight, Slot)>,
}

impl Sources {
    fn states(&self) -> Vec<Slot> {
        let norms = self.norms.map(|kept| kept.slot);
        let carried = self.carried.as_ref().map(|(_, kept)| kept.slot);
        let average = self.average.map(|(_, count)| count);
        norms.into_iter().chain(carried).chain(average).chain(self.weight.map(|(_, s)| s)).collect()
    }

    /// One by the weight of the passes so far, or 1.
    unsafe fn mean(&self, memory: &Memory<'_>) -> f64 {
        let Some((weight, slot)) = self.weight else { return 1.0 };
        // SAFETY: one float that this launch alone uses.
        let kept = unsafe { &mut memory.write::<f32>(slot, 1).range(0, 1)[0] };
        let before = if memory.within == 0 { 0.0 } else { *kept };
        // SAFETY: an earlier stage of this pass computed it.
        *kept = before + unsafe { weight.get(memory) };
        1.0 / f64::from(*kept)
    }

    /// The factor of all gradients.
    unsafe fn scale(&self, memory: &Memory<'_>, sum_squares: f64) -> f64 {
        match (self.clip, self.norms) {
            (Some(ClipSpec::Norm { max }), _) => clip_scale(sum_squares, max),
            (Some(ClipSpec::Unusual { alpha, threshold, warmup, max_norm }), Some(norms)) => {
                let rule = ZClip { alpha, threshold, warmup, max_norm };
                let mut scale = 1.0;
                let advance = |carried: &mut _| scale = rule.advance(sum_squares.sqrt(), carried);
                // SAFETY: this launch alone uses the state.
                unsafe { norms.advance(memory, advance) };
                scale
            }
            _ => 1.0,
        }
    }

    /// The share of this update in the average.
    unsafe fn share(&self, memory: &Memory<'_>) -> f64 {
        let Some((kind, slot)) = self.average else { return 0.0 };
        if kind == AverageSpec::Swa && !memory.averages {
            return 0.0;
        }
        // SAFETY: one float that this launch alone uses.
        let count = unsafe { &mut memory.write::<f32>(slot, 1).range(0, 1)[0] };
        let before = f64::from(*count);
        *count += 1.0;
        match kind {
            _ if before == 0.0 => 1.0,
            AverageSpec::Swa => 1.0 / (before + 1.0),
            AverageSpec::Ema { decay, warmup: false } => 1.0 - decay,
            AverageSpec::Ema { decay, .. } => 1.0 - decay.min((1.0 + before) / (10.0 + before)),
        }
    }
}

impl Compiler<'_> {
    /// Appends the check that decides whether the step is applied; its numbers.
    pub fn check(
        &mut self,
        loss: Option<Value>,
        update: Option<&Update>,
    ) -> Result<Option<Numbers>> {
        if loss.is_none() && update.is_none() {
            return Ok(None);
        }
        let loss = loss.map(|loss| self.slot(loss)).transpose()?;
        let partials: Vec<(Slot, usize)> =
            update.iter().flat_map(|update| &update.parameters).map(|p| p.squares).collect();
        let sources = update.map(|update| update.sources.clone()).unwrap_or_default();
        let len = Numbers::SCALES + partials.len();
        let numbers = Numbers { slot: self.places.arena(len * 8), len };
        let norms = update.map(|_| self.places.push(Place::Norms));
        let weight = sources.weight.and_then(|(weight, _)| weight.slot());
        let reads = loss.into_iter().chain(weight).chain(partials.iter().map(|&(slot, _)| slot));
        let reads = reads.collect();
        let mut writes = vec![numbers.slot];
        writes.extend(norms);
        writes.extend(sources.states());
        let run = Box::new(move |memory: &Memory<'_>, _: usize| {
            // SAFETY: earlier stages wrote the loss and the partial sums; this launch is one tile,
            // and no other uses its states.
            unsafe {
                let written = memory.write::<f64>(numbers.slot, len).range(0, len);
                let mean = sources.mean(memory);
                let scales = &mut written[Numbers::SCALES..];
                for (&(slot, count), sum) in partials.iter().zip(&mut *scales) {
                    *sum = memory.read::<f64>(slot, count).iter().sum::<f64>() * mean * mean;
                }
                let total: f64 = scales.iter().sum();
                let loss_is_finite =
                    loss.is_none_or(|loss| memory.read::<f32>(loss, 1)[0].is_finite());
                let halted = !(loss_is_finite && total.is_finite());
                if let Some(ClipSpec::NormPerParameter { max }) = sources.clip {
                    scales.iter_mut().for_each(|scale| *scale = clip_scale(*scale, max) * mean);
                }
                written[Numbers::HALTED] = f64::from(u8::from(halted));
                if memory.applies && !halted {
                    written[Numbers::SCALE] = sources.scale(memory, total) * mean;
                    written[Numbers::AVERAGE] = sources.share(memory);
                    if let Some((rule, kept)) = &sources.carried {
                        let (number, rate) = (memory.update + 1, memory.learning_rate.into());
                        let carried = kept.advance(memory, |c| rule.advance(number, rate, c));
                        written[Numbers::CARRIED..Numbers::SCALES].copy_from_slice(&carried);
                    }
                }
                if let Some(norms) = norms {
                    let norms = memory.write::<f32>(norms, memory.index + 1);
                    norms.range(memory.index, 1)[0] = total.sqrt() as f32;
                }
            }
        });
        self.push("check", reads, writes, 1, Work::default(), run);
        Ok(Some(numbers))
    }
}
