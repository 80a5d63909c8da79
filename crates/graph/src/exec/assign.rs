//! States that take a value of the graph at the end of every pass: running statistics.

use attune_tensor::{Error, Result};

use super::compile::Compiler;
use super::launch::{Memory, Work};
use super::spec::AssignSpec;
use crate::graph::Value;

impl Compiler<'_> {
    /// Appends the copies of assigned values into their states; the states.
    pub fn assign(&mut self, assigns: &[AssignSpec], values: &[Value]) -> Result<Vec<usize>> {
        let mut changed = Vec::new();
        for (assign, &value) in assigns.iter().zip(values) {
            let state = self.states.index(&assign.state)?;
            let (known, given) = (&self.states.list()[state].shape, self.graph.type_of(value));
            if *known != given.shape {
                let message = format!("{} has shape {known}; assigned {given}", assign.state);
                return Err(Error::shape(message));
            }
            let (source, target) = (self.slot(value)?, self.places.state(state));
            let elements = known.elements();
            changed.push(state);
            if source == target {
                continue;
            }
            let run = Box::new(move |memory: &Memory<'_>, _: usize| {
                // SAFETY: the value is computed and the state is read by no launch of this stage.
                unsafe {
                    let source = memory.read::<f32>(source, elements);
                    memory
                        .write::<f32>(target, elements)
                        .range(0, elements)
                        .copy_from_slice(source);
                }
            });
            let work = Work { flops: 0, bytes: 8 * elements as u64 };
            self.push("assign", vec![source], vec![target], 1, work, run);
        }
        Ok(changed)
    }
}
