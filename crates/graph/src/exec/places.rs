//! Where each buffer of a program lies: in the arena, in a state, or given at a run.

use attune_kernels::Form;
use attune_tensor::Shape;

use super::launch::Slot;

/// The home of one buffer.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// In the arena; the offset is known after the memory plan.
    Arena {
        bytes: usize,
        offset: usize,
    },
    State(usize),
    /// A state in the form that a kernel reads.
    Form(usize, Form),
    /// A state of the optimizer, by name, full of `start` at first: it is declared when the program
    /// is bound.
    OptimizerSlot {
        name: String,
        shape: Shape,
        start: f32,
    },
    /// What a run feeds to an input: the whole tensor, or the data set's column.
    Feed(usize),
    /// The row numbers of the epoch.
    Order,
    /// What a run reads back of an output, all steps after one another.
    Result(usize),
    /// The gradient norm of every step of a run.
    Norms,
}

/// All buffers of a program.
#[derive(Clone, Debug, Default)]
pub struct Places {
    list: Vec<Place>,
}

impl Places {
    pub fn of(&self, slot: Slot) -> &Place {
        &self.list[slot.0 as usize]
    }

    pub fn list(&self) -> &[Place] {
        &self.list
    }

    pub fn list_mut(&mut self) -> &mut [Place] {
        &mut self.list
    }

    /// A new buffer of the arena.
    pub fn arena(&mut self, bytes: usize) -> Slot {
        self.push(Place::Arena { bytes, offset: 0 })
    }

    pub fn state(&mut self, index: usize) -> Slot {
        self.find_or_push(Place::State(index))
    }

    pub fn form(&mut self, state: usize, form: Form) -> Slot {
        self.find_or_push(Place::Form(state, form))
    }

    /// The forms that this program keeps of a state, with their slots.
    pub fn forms_of(&self, state: usize) -> Vec<(Slot, Form)> {
        let forms = self.list.iter().enumerate().filter_map(|(slot, place)| match place {
            Place::Form(of, form) if *of == state => Some((Slot(slot as u32), *form)),
            _ => None,
        });
        forms.collect()
    }

    pub fn push(&mut self, place: Place) -> Slot {
        self.list.push(place);
        Slot(self.list.len() as u32 - 1)
    }

    fn find_or_push(&mut self, place: Place) -> Slot {
        match self.list.iter().position(|known| *known == place) {
            Some(at) => Slot(at as u32),
            None => self.push(place),
        }
    }
}
