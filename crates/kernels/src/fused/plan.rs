//! Where each register of a fused program lies while it runs, decided once when the program is built.

use super::{Access, Element, Input, Instruction, Register};

/// Elements per block: a few registers of this length fill half of a 32 KiB level-one cache.
pub(super) const BLOCK: usize = 1024;
/// Floats per register in scratch: past a block, so that registers are not 4096 bytes apart, where
/// the processor takes a load for one of an earlier store.
pub(super) const STRIDE: usize = BLOCK + 16;
/// A longer row is copied piece by piece instead of being repeated.
const LONGEST_REPEATED: usize = BLOCK / 2;

/// What runs, with registers numbered on from the inputs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Instruction(Instruction),
    /// An output that is an input as it is.
    Copy(Register),
}

impl Step {
    fn operands(self) -> impl Iterator<Item = Register> {
        let (copied, instruction) = match self {
            Step::Copy(x) => (Some(x), None),
            Step::Instruction(instruction) => (None, Some(instruction)),
        };
        copied.into_iter().chain(instruction.into_iter().flat_map(Instruction::operands))
    }
}

/// Where a register lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// In the memory of an input, read in place.
    Input(usize),
    /// In scratch, from this float on.
    Scratch(usize),
    /// One vector in scratch that stands for all elements.
    Splat(usize),
    /// In the memory of an output, written in place.
    Output(usize),
}

/// An output that is not written by its instruction but copied or converted after each block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Copied {
    pub register: Register,
    pub output: usize,
    pub element: Element,
}

/// An instruction's result goes straight to an output, unless that output is the same memory as one
/// of the inputs that later steps still read: then to `spare`.
#[derive(Clone, Debug)]
pub(super) struct Direct {
    pub register: Register,
    pub output: usize,
    pub read_later: Vec<usize>,
    pub spare: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub steps: Vec<Step>,
    pub homes: Vec<Home>,
    pub direct: Vec<Direct>,
    pub copied: Vec<Copied>,
    /// Inputs brought to scratch block by block.
    pub staged: Vec<usize>,
    /// Floats of scratch.
    pub scratch: usize,
}

/// Whether a row is repeated into scratch once per call.
pub(super) fn repeats(input: &Input) -> Option<usize> {
    match input.access {
        Access::Periodic { period }
            if input.element == Element::F32 && period <= LONGEST_REPEATED =>
        {
            Some(period)
        }
        _ => None,
    }
}

impl Plan {
    pub fn new(
        inputs: &[Input],
        instructions: &[Instruction],
        outputs: &[(Register, Element)],
    ) -> Plan {
        let mut steps: Vec<Step> = instructions.iter().map(|i| Step::Instruction(*i)).collect();
        let mut sources: Vec<Register> = outputs.iter().map(|(register, _)| *register).collect();
        for source in sources.iter_mut().filter(|r| **r < inputs.len()) {
            steps.push(Step::Copy(*source));
            *source = inputs.len() + steps.len() - 1;
        }
        let registers = inputs.len() + steps.len();
        let mut last_use = vec![0; registers];
        for (k, step) in steps.iter().enumerate() {
            step.operands().for_each(|r| last_use[r] = k);
        }
        sources.iter().for_each(|r| last_use[*r] = usize::MAX);

        let mut plan = Plan {
            steps,
            homes: vec![Home::Splat(0); registers],
            direct: Vec::new(),
            copied: Vec::new(),
            staged: Vec::new(),
            scratch: 0,
        };
        for (output, (&register, (_, element))) in sources.iter().zip(outputs).enumerate() {
            let taken = plan.direct.iter().any(|d| d.register == register);
            if *element == Element::F32 && !taken && !plan.is_constant(inputs.len(), register) {
                plan.direct.push(Direct { register, output, read_later: vec![], spare: 0 });
            } else {
                plan.copied.push(Copied { register, output, element: *element });
            }
        }
        plan.place_inputs(inputs);
        plan.place_results(inputs, &last_use);
        plan
    }

    fn is_constant(&self, inputs: usize, register: Register) -> bool {
        matches!(self.steps[register - inputs], Step::Instruction(Instruction::Constant(_)))
    }

    fn reserve(&mut self, floats: usize) -> usize {
        let at = self.scratch;
        self.scratch += floats.next_multiple_of(16);
        at
    }

    fn place_inputs(&mut self, inputs: &[Input]) {
        for (i, input) in inputs.iter().enumerate() {
            self.homes[i] = match input.access {
                Access::Direct if input.element == Element::F32 => Home::Input(i),
                Access::Scalar => Home::Splat(self.reserve(16)),
                _ => {
                    self.staged.push(i);
                    Home::Scratch(self.reserve(STRIDE + repeats(input).unwrap_or(0)))
                }
            };
        }
    }

    /// A result takes over the scratch of an operand that it is the last to read, or a free one.
    fn place_results(&mut self, inputs: &[Input], last_use: &[usize]) {
        let mut free: Vec<usize> = Vec::new();
        for k in 0..self.steps.len() {
            let register = inputs.len() + k;
            let mut operands: Vec<Register> = self.steps[k].operands().collect();
            operands.sort_unstable();
            operands.dedup();
            for r in operands.into_iter().filter(|r| *r >= inputs.len() && last_use[*r] == k) {
                if let Home::Scratch(at) = self.homes[r] {
                    free.push(at);
                }
            }
            self.homes[register] = if self.is_constant(inputs.len(), register) {
                Home::Splat(self.reserve(16))
            } else if let Some(d) = self.direct.iter().position(|d| d.register == register) {
                let later = (0..inputs.len())
                    .filter(|i| self.homes[*i] == Home::Input(*i) && last_use[*i] > k);
                self.direct[d].read_later = later.collect();
                if !self.direct[d].read_later.is_empty() {
                    self.direct[d].spare = self.reserve(STRIDE);
                }
                Home::Output(self.direct[d].output)
            } else {
                Home::Scratch(free.pop().unwrap_or_else(|| self.reserve(STRIDE)))
            };
        }
    }
}
