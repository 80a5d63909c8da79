//! Clipping that looks at more than the norm: gradients are copied, scaled and limited by element or
//! by unit.

use attune_optim::Units;

use super::compile::Compiler;
use super::launch::{Memory, Work};
use super::numbers::Numbers;
use super::spec::ClipSpec;
use super::update::Updated;

/// Elements that one tile limits: some tens of microseconds of memory traffic.
const TILE: usize = 16_384;

impl Compiler<'_> {
    /// Appends the clipping of one gradient, if it takes a launch of its own; the parameter's
    /// gradient is the clipped one afterwards.
    pub fn clip(&mut self, parameter: &mut Updated, clip: Option<ClipSpec>, numbers: Numbers) {
        match clip {
            Some(ClipSpec::Value { max }) => self.clip_values(parameter, max as f32, numbers),
            Some(ClipSpec::Adaptive { factor, epsilon }) => {
                self.clip_units(parameter, factor, epsilon, numbers);
            }
            _ => {}
        }
    }

    fn clip_values(&mut self, parameter: &mut Updated, max: f32, numbers: Numbers) {
        let (source, elements) = (parameter.gradient, parameter.elements);
        let target = self.places.arena(elements * 4);
        let run = Box::new(move |memory: &Memory<'_>, tile: usize| {
            let (start, len) = (tile * TILE, TILE.min(elements - tile * TILE));
            // SAFETY: earlier stages wrote the gradient and the numbers; tiles are disjoint.
            unsafe {
                let scale = numbers.get(memory, Numbers::SCALE) as f32;
                let g = &memory.read::<f32>(source, elements)[start..][..len];
                let clipped = memory.write::<f32>(target, elements).range(start, len);
                clipped.iter_mut().zip(g).for_each(|(c, g)| *c = (scale * g).clamp(-max, max));
            }
        });
        let work = Work { flops: 3 * elements as u64, bytes: 8 * elements as u64 };
        let reads = vec![source, numbers.slot()];
        self.push("clip", reads, vec![target], elements.div_ceil(TILE), work, run);
        parameter.clipped(target);
    }

    fn clip_units(&mut self, parameter: &mut Updated, factor: f64, epsilon: f64, numbers: Numbers) {
        let (source, weight, elements) = (parameter.gradient, parameter.weight, parameter.elements);
        let target = self.places.arena(elements * 4);
        let units = Units::new(&parameter.shape);
        let run = Box::new(move |memory: &Memory<'_>, tile: usize| {
            // SAFETY: earlier stages wrote the gradient and the numbers; nobody writes the weight
            // yet; tiles are disjoint units.
            unsafe {
                let scale = numbers.get(memory, Numbers::SCALE);
                let g = memory.read::<f32>(source, elements);
                let of_g = units.norms(tile, g);
                let mut by =
                    units.norms(tile, memory.read::<f32>(weight, elements)).map(|w| w as f32);
                for (by, norm) in by.iter_mut().zip(of_g) {
                    let (most, norm) = (factor * f64::from(*by).max(epsilon), norm * scale);
                    let limit = if norm > most { most / norm.max(1e-6) } else { 1.0 };
                    *by = (limit * scale) as f32;
                }
                units.scale(tile, &by, g.as_ptr(), memory.write(target, elements));
            }
        });
        let work = Work { flops: 6 * elements as u64, bytes: 16 * elements as u64 };
        let reads = vec![source, weight, numbers.slot()];
        self.push("clip", reads, vec![target], units.tiles(), work, run);
        parameter.clipped(target);
    }
}
