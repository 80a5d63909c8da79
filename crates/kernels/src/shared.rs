//! A buffer that the tiles of one kernel write at the same time, each its own elements.

use std::marker::PhantomData;

/// A mutable slice that several threads hold; who writes where is the kernel's contract.
#[derive(Clone, Copy)]
pub struct Shared<'a, T> {
    pointer: *mut T,
    len: usize,
    lifetime: PhantomData<&'a mut [T]>,
}

// SAFETY: access goes through unsafe methods whose callers keep the elements of threads apart.
unsafe impl<T: Send> Send for Shared<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Shared<'_, T> {}

impl<'a, T> Shared<'a, T> {
    pub fn new(slice: &'a mut [T]) -> Self {
        Shared { pointer: slice.as_mut_ptr(), len: slice.len(), lifetime: PhantomData }
    }

    /// # Safety
    /// `pointer` is valid for reading and writing `len` elements during `'a`.
    pub unsafe fn from_raw(pointer: *mut T, len: usize) -> Self {
        Shared { pointer, len, lifetime: PhantomData }
    }

    pub fn len(self) -> usize {
        self.len
    }

    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    pub fn pointer(self) -> *mut T {
        self.pointer
    }

    /// # Safety
    /// The range is within the buffer, and no other thread touches it while the slice lives.
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn range(self, start: usize, len: usize) -> &'a mut [T] {
        debug_assert!(start + len <= self.len, "{start} + {len} > {}", self.len);
        // SAFETY: within the buffer, and the caller keeps other threads away.
        unsafe { std::slice::from_raw_parts_mut(self.pointer.add(start), len) }
    }
}
