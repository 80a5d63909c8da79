//! Runs a fused program: one tight loop per instruction over a block that stays in the cache.

use std::cell::RefCell;

use super::block::{Block, Lanes};
use super::plan::{BLOCK, Home, Plan, Step};
use super::stage::{Place, repeat, scalar, stage};
use super::{Element, Input, Instruction};
use crate::random::{Draw, GROUP, drop_scale, drop_threshold, fill_words, key};
use crate::{Isa, Kernel, Simd, dispatch_on};

/// Sixteen floats of scratch, which is cache-aligned by them.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line {
    _floats: [f32; 16],
}

const WORDS: usize = BLOCK + 2 * GROUP;

/// What a thread keeps between calls, so that only its first call of a size allocates.
struct Workspace {
    lines: Vec<Line>,
    places: Vec<Place>,
    words: Vec<u32>,
}

thread_local! {
    static WORKSPACE: RefCell<Workspace> =
        const { RefCell::new(Workspace { lines: vec![], places: vec![], words: vec![] }) };
}

/// One call of a program; the fields are those of [`super::Fused::run`].
pub(super) struct Call<'a> {
    pub plan: &'a Plan,
    pub inputs: &'a [Input],
    pub from: &'a [*const u8],
    pub to: &'a [*mut u8],
    pub start: usize,
    pub len: usize,
    pub draw: Draw,
}

impl Call<'_> {
    pub fn run_on(self, isa: Isa) {
        // Borrowed out here: a closure inside the kernel would not be compiled for its instruction set.
        WORKSPACE.with_borrow_mut(|workspace| {
            let lines = self.plan.scratch / 16;
            if workspace.lines.len() < lines {
                workspace.lines.resize(lines, Line { _floats: [0.0; 16] });
            }
            workspace.places.clear();
            dispatch_on(isa, Working { call: &self, workspace });
        });
    }
}

struct Working<'a> {
    call: &'a Call<'a>,
    workspace: &'a mut Workspace,
}

impl Kernel for Working<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Workspace { lines, places, words } = self.workspace;
        let scratch: *mut f32 = lines.as_mut_ptr().cast();
        // SAFETY: the caller of `Fused::run` vouches for the pointers; scratch has the plan's size.
        unsafe {
            self.call.place(s, scratch, places);
            self.call.blocks(s, scratch, places, words);
        }
    }
}

impl Call<'_> {
    /// The places of all registers at `start`, with scalars, constants and short rows made ready.
    ///
    /// # Safety
    /// As for [`super::Fused::run`]; `scratch` has the plan's size.
    #[inline(always)]
    unsafe fn place<S: Simd>(&self, s: S, scratch: *mut f32, places: &mut Vec<Place>) {
        // SAFETY: offsets are the plan's; pointers are the caller's, of the space's element 0.
        unsafe {
            for (register, home) in self.plan.homes.iter().enumerate() {
                places.push(match *home {
                    Home::Input(i) => {
                        Place::memory(self.from[i].cast::<f32>().add(self.start).cast_mut())
                    }
                    Home::Output(o) => Place::memory(self.to[o].cast::<f32>().add(self.start)),
                    Home::Scratch(at) => Place::scratch(scratch.add(at), 1),
                    Home::Splat(at) => {
                        let value = match self.inputs.get(register) {
                            Some(input) => scalar(input.element, self.from[register]),
                            None => self.constant(register),
                        };
                        s.store(scratch.add(at), s.splat(value));
                        Place::scratch(scratch.add(at), 0)
                    }
                });
            }
            for &i in &self.plan.staged {
                repeat(&self.inputs[i], self.from[i], places[i].pointer, self.start, self.len);
            }
            for direct in &self.plan.direct {
                let target = self.to[direct.output].cast_const();
                if direct.read_later.iter().any(|i| self.from[*i] == target) {
                    places[direct.register] = Place::scratch(scratch.add(direct.spare), 1);
                }
            }
        }
    }

    #[inline(always)]
    fn constant(&self, register: usize) -> f32 {
        match self.plan.steps[register - self.inputs.len()] {
            Step::Instruction(Instruction::Constant(x)) => x,
            step => unreachable!("{step:?} has no place as a constant"),
        }
    }

    /// # Safety
    /// As for [`super::Fused::run`]; `places` are those of [`Call::place`].
    #[inline(always)]
    unsafe fn blocks<S: Simd>(
        &self,
        s: S,
        scratch: *mut f32,
        places: &mut [Place],
        words: &mut Vec<u32>,
    ) {
        let range = (self.start, self.len);
        let mut done = 0;
        while done < self.len {
            let (at, n) = (self.start + done, (self.len - done).min(BLOCK));
            // SAFETY: the block lies within the call's range.
            unsafe {
                for &i in &self.plan.staged {
                    let Home::Scratch(home) = self.plan.homes[i] else { continue };
                    let to = scratch.add(home);
                    places[i] = stage(&self.inputs[i], self.from[i], to, range, at, n);
                }
                for (k, step) in self.plan.steps.iter().enumerate() {
                    let block = Block { s, to: places[self.inputs.len() + k], n, places };
                    match *step {
                        Step::Copy(x) => block.loops::<1, 4>([x], Same),
                        Step::Instruction(Instruction::Dropout { x, rate, site }) => {
                            self.dropout(block, x, rate, site, at, words);
                        }
                        Step::Instruction(instruction) => block.step(instruction),
                    }
                }
                self.finish(places, at, n);
                for place in places.iter_mut().filter(|place| place.moves) {
                    place.pointer = place.pointer.wrapping_add(n);
                }
            }
            done += n;
        }
    }

    /// # Safety
    /// As for [`Block::loops`].
    #[inline(always)]
    unsafe fn dropout<S: Simd>(
        &self,
        block: Block<'_, S>,
        x: usize,
        rate: f32,
        site: u64,
        at: usize,
        words: &mut Vec<u32>,
    ) {
        let s = block.s;
        words.resize(WORDS, 0);
        let phase = at % GROUP;
        let wanted = (phase + block.n).next_multiple_of(GROUP);
        let key = key(self.draw.seed, site);
        fill_words(s, key, self.draw.step, (at / GROUP) as u64, &mut words[..wanted]);
        let words = words[phase..].as_ptr();
        let drop = Drop { words, threshold: drop_threshold(rate), scale: drop_scale(rate) };
        // SAFETY: a vector that starts within the block ends within the padded words.
        unsafe { block.loops::<1, 1>([x], drop) };
    }

    /// Copies and converts what instructions did not write to their outputs.
    ///
    /// # Safety
    /// As for [`Call::blocks`].
    #[inline(always)]
    unsafe fn finish(&self, places: &[Place], at: usize, n: usize) {
        let copies = self.plan.copied.iter().map(|c| (c.register, c.output, c.element));
        let spares = self.plan.direct.iter().filter(|d| !places[d.register].moves);
        let spares = spares.map(|d| (d.register, d.output, Element::F32));
        for (register, output, element) in copies.chain(spares) {
            // SAFETY: the caller vouches for the outputs' range; places hold the block.
            unsafe {
                let to = self.to[output].add(at * element.bytes());
                convert(element, places[register], to, n);
            }
        }
    }
}

/// The operand as it is.
struct Same;

impl Lanes<1> for Same {
    #[inline(always)]
    unsafe fn apply<S: Simd>(&self, _: S, [x]: [S::F32; 1], _: usize) -> S::F32 {
        x
    }
}

struct Drop {
    words: *const u32,
    threshold: u32,
    scale: f32,
}

impl Lanes<1> for Drop {
    #[inline(always)]
    unsafe fn apply<S: Simd>(&self, s: S, [x]: [S::F32; 1], i: usize) -> S::F32 {
        // SAFETY: the caller vouches for a vector of words at each index.
        let word = unsafe { s.load_u32(self.words.add(i)) };
        let dropped = s.lt_u32(word, s.splat_u32(self.threshold));
        s.select(dropped, s.zero(), s.mul(x, s.splat(self.scale)))
    }
}

/// # Safety
/// `from` holds `n` elements, and `to` is valid for writing them.
#[inline(always)]
unsafe fn convert(element: Element, from: Place, to: *mut u8, n: usize) {
    // SAFETY: the caller vouches for both.
    let read = |i: usize| unsafe { *from.pointer.add(i * from.step) };
    for i in 0..n {
        // SAFETY: as above.
        unsafe {
            match element {
                Element::F32 => *to.cast::<f32>().add(i) = read(i),
                Element::I32 => *to.cast::<i32>().add(i) = read(i).round_ties_even() as i32,
                Element::U8 => *to.add(i) = read(i).round_ties_even() as u8,
            }
        }
    }
}
