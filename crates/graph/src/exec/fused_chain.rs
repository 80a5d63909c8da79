//! A chain of elementwise nodes as one fused program with its buffers.

use std::sync::Arc;

use attune_kernels::elementwise::{Binary, Unary};
use attune_kernels::fused::{Access, Element, Fused, Input, Instruction};
use attune_tensor::{Code, DType, Error, Result};

use super::finish::Epilogue;
use super::launch::{Memory, Slot, Work};
use crate::passes::fuse::MAX_OPERANDS;
use crate::rule::FusedOp;

/// An operand before inputs and results are numbered together.
#[derive(Clone, Copy)]
pub enum Operand {
    Input(usize),
    Result(usize),
}

/// A fused program under construction, then finished.
pub struct FusedChain {
    inputs: Vec<(Slot, Input)>,
    instructions: Vec<(Instruction, Vec<Operand>)>,
    /// Where each node's value is.
    values: Vec<(usize, Operand)>,
    outputs: Vec<(Operand, Element, Slot)>,
    program: Option<Arc<Fused>>,
}

fn element(dtype: DType) -> Element {
    match dtype {
        DType::Float32 => Element::F32,
        DType::Int32 => Element::I32,
        DType::Uint8 => Element::U8,
    }
}

impl FusedChain {
    pub fn new() -> Self {
        FusedChain {
            inputs: Vec::new(),
            instructions: Vec::new(),
            values: Vec::new(),
            outputs: Vec::new(),
            program: None,
        }
    }

    /// Fills a buffer with one number.
    pub fn constant(value: f32, slot: Slot) -> Self {
        let mut chain = FusedChain::new();
        let result = chain.push(Instruction::Constant(value), Vec::new());
        chain.outputs.push((result, Element::F32, slot));
        chain.program = chain.build().ok();
        chain
    }

    /// An operand that is one number.
    pub fn number(&mut self, value: f32) -> Operand {
        self.push(Instruction::Constant(value), Vec::new())
    }

    /// An operand in memory.
    pub fn memory(&mut self, slot: Slot, dtype: DType, access: Access) -> Operand {
        let input = Input { element: element(dtype), access };
        let known = self.inputs.iter().position(|known| known.0 == slot && known.1 == input);
        Operand::Input(known.unwrap_or_else(|| {
            self.inputs.push((slot, input));
            self.inputs.len() - 1
        }))
    }

    /// The value of a node that was appended.
    pub fn value(&self, node: usize) -> Operand {
        let found = self.values.iter().find(|(known, _)| *known == node);
        found.map(|&(_, operand)| operand).expect("operands come before their users")
    }

    /// Appends a node; `from` and `to` are the element types of its first operand and its result.
    pub fn append(
        &mut self,
        node: usize,
        op: FusedOp,
        operands: Vec<Operand>,
        (from, to): (DType, DType),
    ) {
        let result = match op {
            FusedOp::Unary(f) => self.push(Instruction::Unary(f, 0), operands),
            FusedOp::Binary(f) => self.push(Instruction::Binary(f, 0, 0), operands),
            FusedOp::Select => self.push(Instruction::Select { mask: 0, yes: 0, no: 0 }, operands),
            FusedOp::Dropout { rate, site } => {
                self.push(Instruction::Dropout { x: 0, rate, site }, operands)
            }
            FusedOp::Cast => self.cast(operands[0], from, to),
        };
        self.values.push((node, result));
    }

    /// Writes the value of a node to memory.
    pub fn output(&mut self, node: usize, dtype: DType, slot: Slot) -> Result<()> {
        let operand = self.value(node);
        self.outputs.push((operand, element(dtype), slot));
        Ok(())
    }

    /// Checks and numbers the program.
    pub fn finish(mut self) -> Result<Self> {
        self.program = Some(self.build()?);
        Ok(self)
    }

    fn build(&self) -> Result<Arc<Fused>> {
        let number = |operand: Operand| match operand {
            Operand::Input(at) => at,
            Operand::Result(at) => self.inputs.len() + at,
        };
        let instructions = self.instructions.iter().map(|(instruction, operands)| {
            let at = |i: usize| number(operands[i]);
            match *instruction {
                Instruction::Constant(value) => Instruction::Constant(value),
                Instruction::Unary(f, _) => Instruction::Unary(f, at(0)),
                Instruction::Binary(f, ..) => Instruction::Binary(f, at(0), at(1)),
                Instruction::Select { .. } => {
                    Instruction::Select { mask: at(0), yes: at(1), no: at(2) }
                }
                Instruction::Dropout { rate, site, .. } => {
                    Instruction::Dropout { x: at(0), rate, site }
                }
            }
        });
        let inputs = self.inputs.iter().map(|(_, input)| input.clone()).collect();
        let outputs = self.outputs.iter().map(|&(operand, element, _)| (number(operand), element));
        let program = Fused::new(inputs, instructions.collect(), outputs.collect());
        program.map(Arc::new).map_err(|message| Error::new(Code::Internal, message))
    }

    pub fn reads(&self) -> Vec<Slot> {
        self.inputs.iter().map(|&(slot, _)| slot).collect()
    }

    pub fn writes(&self) -> Vec<Slot> {
        self.outputs.iter().map(|&(_, _, slot)| slot).collect()
    }

    /// Buffers read at the very elements that are written.
    pub fn direct_reads(&self) -> impl Iterator<Item = Slot> + '_ {
        let direct = self.inputs.iter().filter(|(_, input)| input.access == Access::Direct);
        direct.map(|&(slot, _)| slot)
    }

    pub fn work(&self, elements: usize) -> Work {
        let direct = self.direct_reads().count() + self.outputs.len();
        Work {
            flops: (elements * self.instructions.len()) as u64,
            bytes: (4 * elements * direct) as u64,
        }
    }

    /// A function that runs the program on elements `start..start + len`.
    pub fn runner(&self) -> impl Fn(&Memory<'_>, usize, usize) + Send + Sync + 'static {
        let program = self.program.clone().expect("finished");
        let (reads, writes) = (self.reads(), self.writes());
        assert!(reads.len() <= MAX_OPERANDS * 2 && writes.len() <= MAX_OPERANDS);
        move |memory, start, len| {
            let mut inputs = [std::ptr::null::<u8>(); MAX_OPERANDS * 2];
            let mut outputs = [std::ptr::null_mut::<u8>(); MAX_OPERANDS];
            for (pointer, &slot) in inputs.iter_mut().zip(&reads) {
                *pointer = memory.pointer(slot);
            }
            for (pointer, &slot) in outputs.iter_mut().zip(&writes) {
                *pointer = memory.pointer(slot);
            }
            let draw = memory.draw();
            // SAFETY: the slots hold the program's inputs and outputs; tiles are disjoint ranges,
            // and the planner lets an output share only the buffer of a direct input.
            unsafe {
                program.run(&inputs[..reads.len()], &outputs[..writes.len()], start, len, draw);
            }
        }
    }

    /// Integers become floats where they are read; floats lose their fraction here.
    fn cast(&mut self, x: Operand, from: DType, to: DType) -> Operand {
        if from != DType::Float32 || to == DType::Float32 {
            return x;
        }
        let zero = self.push(Instruction::Constant(0.0), Vec::new());
        let floor = self.push(Instruction::Unary(Unary::Floor, 0), vec![x]);
        let turned = self.push(Instruction::Unary(Unary::Neg, 0), vec![x]);
        let turned = self.push(Instruction::Unary(Unary::Floor, 0), vec![turned]);
        let ceiling = self.push(Instruction::Unary(Unary::Neg, 0), vec![turned]);
        let negative = self.push(Instruction::Binary(Binary::Less, 0, 0), vec![x, zero]);
        let select = Instruction::Select { mask: 0, yes: 0, no: 0 };
        self.push(select, vec![negative, ceiling, floor])
    }

    fn push(&mut self, instruction: Instruction, operands: Vec<Operand>) -> Operand {
        self.instructions.push((instruction, operands));
        Operand::Result(self.instructions.len() - 1)
    }
}

impl From<FusedChain> for Epilogue {
    fn from(chain: FusedChain) -> Self {
        Epilogue { reads: chain.reads(), writes: chain.writes(), run: Arc::new(chain.runner()) }
    }
}
