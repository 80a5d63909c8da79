//! A chain of elementwise instructions, run block by block on any range of a flat, row-major space.
//!
//! Every instruction rounds its result to f32, and no two are contracted into one, so how a
//! compiler cuts a computation into programs never changes a bit of it. The same program serves
//! as a whole launch and as the epilogue of a matrix product's tile.

mod access;
mod block;
mod plan;
mod run;
mod stage;

pub use access::Access;

use crate::Float;
use crate::Isa;
use crate::elementwise::{Binary, Unary, select};
use crate::random::{Draw, dropout};
use plan::Plan;
use run::Call;

/// How an element lies in memory; arithmetic is f32, so integers beyond 2^24 lose their last bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Element {
    F32,
    I32,
    U8,
}

impl Element {
    pub fn bytes(self) -> usize {
        match self {
            Element::F32 | Element::I32 => 4,
            Element::U8 => 1,
        }
    }
}

/// One input: its element type, and which of its elements belongs to a flat index.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    pub element: Element,
    pub access: Access,
}

/// A value of the program: inputs come first, then the result of each instruction in order.
pub type Register = usize;

/// One instruction; operands are earlier registers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Instruction {
    Constant(f32),
    Unary(Unary, Register),
    Binary(Binary, Register, Register),
    /// `yes` where `mask` is not 0, else `no`.
    Select {
        mask: Register,
        yes: Register,
        no: Register,
    },
    /// 0 with probability `rate`, else `x / (1 - rate)`; the flat index draws the random word.
    Dropout {
        x: Register,
        rate: f32,
        site: u64,
    },
}

impl Instruction {
    /// The registers that it reads.
    pub fn operands(self) -> impl Iterator<Item = Register> {
        let operands = match self {
            Instruction::Constant(_) => [None; 3],
            Instruction::Unary(_, x) | Instruction::Dropout { x, .. } => [Some(x), None, None],
            Instruction::Binary(_, a, b) => [Some(a), Some(b), None],
            Instruction::Select { mask, yes, no } => [Some(mask), Some(yes), Some(no)],
        };
        operands.into_iter().flatten()
    }
}

/// A checked program; `run` is reentrant, so one program serves all threads.
#[derive(Clone, Debug)]
pub struct Fused {
    inputs: Vec<Input>,
    instructions: Vec<Instruction>,
    outputs: Vec<(Register, Element)>,
    plan: Plan,
}

impl Fused {
    /// Integer outputs are rounded to nearest, halves to even, and saturate; NaN gives 0.
    pub fn new(
        inputs: Vec<Input>,
        instructions: Vec<Instruction>,
        outputs: Vec<(Register, Element)>,
    ) -> Result<Fused, String> {
        check(&inputs, &instructions, &outputs)?;
        let plan = Plan::new(&inputs, &instructions, &outputs);
        Ok(Fused { inputs, instructions, outputs, plan })
    }

    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    pub fn instructions(&self) -> &[Instruction] {
        &self.instructions
    }

    pub fn outputs(&self) -> &[(Register, Element)] {
        &self.outputs
    }

    /// Computes elements `start..start + len` of the space.
    ///
    /// # Safety
    /// `inputs` and `outputs` have one pointer per input and output of the program, to element 0 of
    /// the whole buffer whatever the range, aligned for its element. Each input is valid for reading
    /// every element that its access reaches from this range; each output is valid for writing the
    /// range, and no other thread touches that part. An output either overlaps no input and no other
    /// output, or is the same buffer as a `Direct` input of an element of the same size.
    pub unsafe fn run(
        &self,
        inputs: &[*const u8],
        outputs: &[*mut u8],
        start: usize,
        len: usize,
        draw: Draw,
    ) {
        // SAFETY: the caller's promise is that of `run_on`.
        unsafe { self.run_on(Isa::current(), inputs, outputs, start, len, draw) }
    }

    // ---- reference

    /// The values of all registers at one index.
    fn evaluate<T: Float>(&self, read: impl Fn(usize) -> T, index: usize, draw: Draw) -> Vec<T> {
        let mut values: Vec<T> = (0..self.inputs.len()).map(read).collect();
        for instruction in &self.instructions {
            values.push(match *instruction {
                Instruction::Constant(x) => T::of(f64::from(x)),
                Instruction::Unary(f, x) => f.reference(values[x]),
                Instruction::Binary(f, a, b) => f.reference(values[a], values[b]),
                Instruction::Select { mask, yes, no } => {
                    select(values[mask], values[yes], values[no])
                }
                Instruction::Dropout { x, rate, site } => {
                    dropout(draw, site, rate, index as u64, values[x])
                }
            });
        }
        values
    }

    /// The outputs for elements `start..start + len`, before conversion to their element types.
    pub fn reference<T: Float>(
        &self,
        inputs: &[&[T]],
        start: usize,
        len: usize,
        draw: Draw,
    ) -> Vec<Vec<T>> {
        let mut outputs = vec![Vec::with_capacity(len); self.outputs.len()];
        for index in start..start + len {
            let read = |input: usize| inputs[input][self.inputs[input].access.index(index)];
            let values = self.evaluate(read, index, draw);
            for (output, (register, _)) in outputs.iter_mut().zip(&self.outputs) {
                output.push(values[*register]);
            }
        }
        outputs
    }
}

// ---- dispatch

impl Fused {
    /// [`Fused::run`] on one of [`Isa::available`].
    ///
    /// # Safety
    /// As for [`Fused::run`].
    pub unsafe fn run_on(
        &self,
        isa: Isa,
        inputs: &[*const u8],
        outputs: &[*mut u8],
        start: usize,
        len: usize,
        draw: Draw,
    ) {
        assert_eq!(inputs.len(), self.inputs.len());
        assert_eq!(outputs.len(), self.outputs.len());
        let (plan, from, to) = (&self.plan, inputs, outputs);
        Call { plan, inputs: &self.inputs, from, to, start, len, draw }.run_on(isa);
    }
}

fn check(
    inputs: &[Input],
    instructions: &[Instruction],
    outputs: &[(Register, Element)],
) -> Result<(), String> {
    for (i, input) in inputs.iter().enumerate() {
        input.access.check().map_err(|why| format!("fused program: input {i}: {why}"))?;
    }
    for (i, instruction) in instructions.iter().enumerate() {
        let known = inputs.len() + i;
        if let Some(register) = instruction.operands().find(|r| *r >= known) {
            return Err(format!(
                "fused program: instruction {i} ({instruction:?}) reads register {register}, \
                 but only {known} exist before it; order instructions by their operands"
            ));
        }
        if let Instruction::Dropout { rate, .. } = instruction
            && !(0.0..=1.0).contains(rate)
        {
            return Err(format!(
                "fused program: instruction {i}: dropout rate {rate}; expected 0 to 1"
            ));
        }
    }
    let known = inputs.len() + instructions.len();
    match outputs.iter().find(|(register, _)| *register >= known) {
        Some((register, _)) => Err(format!(
            "fused program: an output names register {register}, but there are {known}"
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
