//! Brings a block of an input to scratch: converted, repeated or gathered.

use super::plan::{BLOCK, repeats};
use super::{Access, Element, Input};

/// Where a register's block starts.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub pointer: *mut f32,
    /// 0 where one vector stands for all elements, else 1.
    pub step: usize,
    /// In an input's or output's memory: moves on with the blocks, and ends where they end.
    pub moves: bool,
}

impl Place {
    pub fn scratch(pointer: *mut f32, step: usize) -> Self {
        Place { pointer, step, moves: false }
    }

    pub fn memory(pointer: *mut f32) -> Self {
        Place { pointer, step: 1, moves: true }
    }
}

/// An element that converts to f32.
trait Number: Copy {
    fn f32(self) -> f32;
}

impl Number for f32 {
    #[inline(always)]
    fn f32(self) -> f32 {
        self
    }
}

impl Number for i32 {
    #[inline(always)]
    fn f32(self) -> f32 {
        self as f32
    }
}

impl Number for u8 {
    #[inline(always)]
    fn f32(self) -> f32 {
        f32::from(self)
    }
}

/// Writes elements `0, stride, 2 stride, ...` from `from` on.
///
/// # Safety
/// `from` is valid for reading those elements, `to` for writing `n` floats.
#[inline(always)]
unsafe fn copy<T: Number>(from: *const T, stride: usize, to: *mut f32, n: usize) {
    // SAFETY: the caller vouches for both.
    unsafe {
        match stride {
            0 if n > 0 => fill((*from).f32(), to, n),
            1 => (0..n).for_each(|i| *to.add(i) = (*from.add(i)).f32()),
            _ => (0..n).for_each(|i| *to.add(i) = (*from.add(i * stride)).f32()),
        }
    }
}

/// # Safety
/// `to` is valid for writing `n` floats.
#[inline(always)]
unsafe fn fill(x: f32, to: *mut f32, n: usize) {
    // SAFETY: the caller vouches for it.
    (0..n).for_each(|i| unsafe { *to.add(i) = x });
}

/// The value of a scalar input.
///
/// # Safety
/// `from` is valid for reading one element.
#[inline(always)]
pub(super) unsafe fn scalar(element: Element, from: *const u8) -> f32 {
    // SAFETY: the caller vouches for it.
    unsafe {
        match element {
            Element::F32 => *from.cast::<f32>(),
            Element::I32 => *from.cast::<i32>() as f32,
            Element::U8 => f32::from(*from),
        }
    }
}

/// Once per call of `start..start + len`: repeats a short row from the phase of `start` on, as far
/// as blocks will read.
///
/// # Safety
/// As for [`super::Fused::run`]; `to` is the input's place in scratch.
#[inline(always)]
pub(super) unsafe fn repeat(
    input: &Input,
    from: *const u8,
    to: *mut f32,
    start: usize,
    len: usize,
) {
    let Some(period) = repeats(input) else { return };
    let phase = start % period;
    if phase + len <= period {
        return;
    }
    let wanted = len.min(BLOCK + period);
    let from = from.cast::<f32>();
    let tail = (period - phase).min(wanted);
    // SAFETY: a row has `period` floats; scratch has room for a block and a period.
    unsafe {
        to.copy_from_nonoverlapping(from.add(phase), tail);
        let head = phase.min(wanted - tail);
        to.add(tail).copy_from_nonoverlapping(from, head);
        let mut done = tail + head;
        while done < wanted {
            let n = done.min(wanted - done);
            to.add(done).copy_from_nonoverlapping(to, n);
            done += n;
        }
    }
}

/// The place of elements `at..at + n` of an input of a call that began at `start`.
///
/// # Safety
/// As for [`super::Fused::run`]; `to` is the input's place in scratch.
#[inline(always)]
pub(super) unsafe fn stage(
    input: &Input,
    from: *const u8,
    to: *mut f32,
    (start, len): (usize, usize),
    at: usize,
    n: usize,
) -> Place {
    if let Access::Periodic { period } = input.access
        && input.element == Element::F32
    {
        let phase = at % period;
        let short = repeats(input).is_some() && start % period + len > period;
        if short {
            // SAFETY: the row was repeated for a block and a period.
            return Place::scratch(unsafe { to.add((at - start) % period) }, 1);
        }
        if phase + n <= period {
            // SAFETY: the block lies within the row.
            let row = unsafe { from.cast::<f32>().add(phase) };
            return Place::scratch(row.cast_mut(), 1);
        }
    }
    // SAFETY: the caller vouches for the input and the scratch.
    let uniform = unsafe {
        match input.element {
            Element::F32 => gather::<f32>(&input.access, from.cast(), to, at, n),
            Element::I32 => gather::<i32>(&input.access, from.cast(), to, at, n),
            Element::U8 => gather::<u8>(&input.access, from.cast(), to, at, n),
        }
    };
    Place::scratch(to, usize::from(!uniform))
}

/// Writes a block in order; true if all its elements are one, of which a vector is written.
///
/// # Safety
/// `from` is valid for all elements that the access reaches, `to` for a block.
#[inline(always)]
unsafe fn gather<T: Number>(
    access: &Access,
    from: *const T,
    to: *mut f32,
    at: usize,
    n: usize,
) -> bool {
    // SAFETY: the caller vouches for both.
    unsafe {
        match access {
            Access::Direct => copy(from.add(at), 1, to, n),
            Access::Scalar => {
                fill((*from).f32(), to, 16);
                return true;
            }
            Access::Periodic { period } => pieces(at, n, *period, |done, _, phase, piece| {
                copy(from.add(phase), 1, to.add(done), piece);
            }),
            Access::Blocked { length } => {
                if at % length + n <= *length {
                    fill((*from.add(at / length)).f32(), to, 16);
                    return true;
                }
                pieces(at, n, *length, |done, row, _, piece| {
                    fill((*from.add(row)).f32(), to.add(done), piece);
                });
            }
            Access::Strided { shape, strides } => {
                let last = shape.len() - 1;
                let stride = strides[last];
                let mut walk = Walk::new(&shape[..last], &strides[..last], at / shape[last]);
                pieces(at, n, shape[last], |done, _, phase, piece| {
                    copy(from.add(walk.offset + phase * stride), stride, to.add(done), piece);
                    walk.next();
                });
            }
        }
    }
    false
}

/// Cuts `at..at + n` where `length` divides the index: calls with the elements done, the row, the
/// phase in it and the elements of the piece.
#[inline(always)]
fn pieces(at: usize, n: usize, length: usize, mut f: impl FnMut(usize, usize, usize, usize)) {
    let (mut row, mut phase, mut done) = (at / length, at % length, 0);
    while done < n {
        let piece = (length - phase).min(n - done);
        f(done, row, phase, piece);
        (row, phase, done) = (row + 1, 0, done + piece);
    }
}

/// Counts through the outer axes of a strided access.
struct Walk<'a> {
    shape: &'a [usize],
    strides: &'a [usize],
    digits: [usize; MAX_AXES],
    offset: usize,
}

/// Axes of a strided access after neighbours have been joined.
pub(super) const MAX_AXES: usize = 8;

impl<'a> Walk<'a> {
    #[inline(always)]
    fn new(shape: &'a [usize], strides: &'a [usize], mut row: usize) -> Self {
        let mut walk = Walk { shape, strides, digits: [0; MAX_AXES], offset: 0 };
        for axis in (0..shape.len()).rev() {
            walk.digits[axis] = row % shape[axis];
            walk.offset += walk.digits[axis] * strides[axis];
            row /= shape[axis];
        }
        walk
    }

    #[inline(always)]
    fn next(&mut self) {
        for axis in (0..self.shape.len()).rev() {
            self.digits[axis] += 1;
            self.offset += self.strides[axis];
            if self.digits[axis] < self.shape[axis] {
                return;
            }
            self.digits[axis] = 0;
            self.offset -= self.shape[axis] * self.strides[axis];
        }
    }
}
