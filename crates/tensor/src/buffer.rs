//! Zeroed bytes for tensors: counted in a budget, aligned for SIMD, refused rather than aborting.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::fs::File;
use std::ptr::NonNull;

use bytemuck::Pod;
use memmap2::{MmapMut, MmapOptions};

use crate::budget::size;
use crate::{Budget, Code, Error, Reservation, Result};

/// Every buffer starts on a cache line, the widest vector's alignment.
const ALIGNMENT: usize = 64;
const PAGE: usize = 4 << 10;
const HUGE_PAGE: usize = 2 << 20;

/// Owned bytes that start as zeros.
#[derive(Debug)]
pub struct Buffer {
    pointer: NonNull<u8>,
    len: usize,
    memory: Memory,
    _reservation: Reservation,
}

#[derive(Debug)]
enum Memory {
    /// Nothing was allocated; the pointer is aligned and never followed.
    None,
    Heap(Layout),
    /// Pages of its own; unmapped when dropped.
    Pages(MmapMut),
}

// SAFETY: a buffer owns its bytes; shared access through `&Buffer` only reads.
unsafe impl Send for Buffer {}
// SAFETY: as above.
unsafe impl Sync for Buffer {}

impl Buffer {
    /// `len` zero bytes out of `budget`.
    pub fn new(len: usize, budget: &Budget) -> Result<Self> {
        let reservation = budget.reserve(len)?;
        let (pointer, memory) = match len {
            0 => (aligned_dangling(), Memory::None),
            1..HUGE_PAGE => heap(len)?,
            _ => pages(len)?,
        };
        Ok(Buffer { pointer, len, memory, _reservation: reservation })
    }

    /// `len` bytes of a file from `offset` on, a multiple of 64, read as they are needed. They take
    /// nothing out of a budget, since the system can let go of them; writes stay in memory.
    ///
    /// Who cuts the file short meanwhile ends the process: the system gives no other sign.
    pub fn map(file: &File, offset: usize, len: usize) -> Result<Self> {
        let reservation = Budget::new(0).reserve(0)?;
        if len == 0 {
            let (pointer, memory) = (aligned_dangling(), Memory::None);
            return Ok(Buffer { pointer, len, memory, _reservation: reservation });
        }
        let end = offset.checked_add(len).filter(|_| offset.is_multiple_of(ALIGNMENT));
        let held = file.metadata().map_or(0, |metadata| metadata.len());
        let end = end.filter(|&end| end as u64 <= held).ok_or_else(|| {
            let message = format!("expected {len} bytes from {offset} on, the file has {held}");
            Error::new(Code::Corrupt, message)
        })?;
        // SAFETY: the mapping is private, so writes reach no file; the length is within the file.
        let map = unsafe { MmapOptions::new().len(end).map_copy(file) };
        let mut map = map.map_err(|error| refused(len, &error.to_string()))?;
        // SAFETY: within the mapping, which starts on a page.
        let pointer = unsafe { NonNull::new_unchecked(map.as_mut_ptr().add(offset)) };
        Ok(Buffer { pointer, len, memory: Memory::Pages(map), _reservation: reservation })
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The first byte, on a 64-byte boundary. Who writes through it keeps other users away.
    pub fn pointer(&self) -> *mut u8 {
        self.pointer.as_ptr()
    }

    /// The whole elements that the bytes hold.
    pub fn as_slice<T: Pod>(&self) -> &[T] {
        let () = Fits::<T>::CHECK;
        // SAFETY: the bytes are initialised and aligned, and any bits are a valid `T`.
        unsafe {
            std::slice::from_raw_parts(self.pointer.as_ptr().cast(), self.len / size_of::<T>())
        }
    }

    /// The whole elements that the bytes hold.
    pub fn as_slice_mut<T: Pod>(&mut self) -> &mut [T] {
        let () = Fits::<T>::CHECK;
        let len = self.len / size_of::<T>();
        // SAFETY: as in `as_slice`, and the borrow is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.pointer.as_ptr().cast(), len) }
    }

    /// Has every page backed by memory now, so that later writes meet no page fault.
    pub fn touch(&mut self) {
        #[cfg(target_os = "linux")]
        if let Memory::Pages(map) = &self.memory {
            let start = self.pointer.as_ptr() as usize - map.as_ptr() as usize;
            if map.advise_range(memmap2::Advice::PopulateWrite, start, self.len).is_ok() {
                return;
            }
        }
        for start in (0..self.len).step_by(PAGE) {
            // SAFETY: within the buffer; the byte is written back as it was.
            unsafe {
                let byte = self.pointer.as_ptr().add(start);
                byte.write_volatile(byte.read_volatile());
            }
        }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Memory::Heap(layout) = self.memory {
            // SAFETY: allocated in `heap` with this layout.
            unsafe { dealloc(self.pointer.as_ptr(), layout) }
        }
    }
}

/// Element types that a buffer's alignment serves.
struct Fits<T>(std::marker::PhantomData<T>);

impl<T> Fits<T> {
    const CHECK: () = assert!(size_of::<T>() > 0 && align_of::<T>() <= ALIGNMENT);
}

fn aligned_dangling() -> NonNull<u8> {
    #[repr(align(64))]
    struct Line;
    NonNull::<Line>::dangling().cast()
}

fn heap(len: usize) -> Result<(NonNull<u8>, Memory)> {
    let layout = Layout::from_size_align(len, ALIGNMENT).map_err(|_| refused(len, "too large"))?;
    // SAFETY: the layout's size is not zero.
    let pointer = NonNull::new(unsafe { alloc_zeroed(layout) });
    Ok((pointer.ok_or_else(|| refused(len, "out of memory"))?, Memory::Heap(layout)))
}

fn pages(len: usize) -> Result<(NonNull<u8>, Memory)> {
    // Address space costs nothing until it is written: the slack lets the buffer start on a huge page.
    let room = len.checked_add(HUGE_PAGE).ok_or_else(|| refused(len, "too large"))?;
    let mut map = MmapOptions::new()
        .len(room)
        .map_anon()
        .map_err(|error| refused(len, &error.to_string()))?;
    let start = map.as_ptr().align_offset(HUGE_PAGE);
    #[cfg(target_os = "linux")]
    {
        let whole = len / HUGE_PAGE * HUGE_PAGE;
        // Without huge pages the buffer is slower, not wrong.
        let _ = map.advise_range(memmap2::Advice::HugePage, start, whole);
    }
    // SAFETY: the mapping is a huge page longer than `len`, and `start` is less than one.
    let pointer = unsafe { NonNull::new_unchecked(map.as_mut_ptr().add(start)) };
    Ok((pointer, Memory::Pages(map)))
}

fn refused(len: usize, reason: &str) -> Error {
    Error::new(
        Code::Memory,
        format!(
            "the system did not give {}: {reason}: take a smaller batch or a smaller model, \
             or end other programs",
            size(len)
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: [usize; 9] =
        [0, 1, 63, 64, 4097, HUGE_PAGE - 1, HUGE_PAGE, HUGE_PAGE + 1, 5 * HUGE_PAGE + 12];

    #[test]
    fn every_size_starts_aligned_zeroed_and_writable_to_the_last_byte() {
        let budget = Budget::new(64 << 20);
        for len in SIZES {
            let mut buffer = Buffer::new(len, &budget).unwrap();
            assert_eq!(buffer.pointer() as usize % ALIGNMENT, 0);
            assert_eq!(buffer.len(), len);
            assert!(buffer.as_slice::<u8>().iter().all(|&byte| byte == 0));
            buffer.as_slice_mut::<u8>().fill(7);
            buffer.touch();
            assert!(buffer.as_slice::<u8>().iter().all(|&byte| byte == 7));
            assert_eq!(buffer.as_slice::<f32>().len(), len / 4);
        }
    }

    #[test]
    fn a_mapped_file_is_read_from_its_offset_and_never_written() {
        let folder = crate::test_folder::TestFolder::new("map");
        let path = folder.path("numbers");
        let bytes: Vec<u8> = (0..200).collect();
        std::fs::write(&path, &bytes).unwrap();
        let file = File::open(&path).unwrap();
        let mut buffer = Buffer::map(&file, 64, 100).unwrap();
        assert_eq!(buffer.as_slice::<u8>(), &bytes[64..164]);
        buffer.as_slice_mut::<u8>().fill(0);
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
        assert!(Buffer::map(&file, 0, 0).unwrap().is_empty());
        for (offset, len) in [(64, 137), (63, 10), (usize::MAX - 63, 64)] {
            assert_eq!(Buffer::map(&file, offset, len).unwrap_err().code, Code::Corrupt);
        }
    }

    #[test]
    fn the_budget_gets_back_what_a_buffer_took() {
        let budget = Budget::new(64 << 20);
        for len in SIZES {
            let buffer = Buffer::new(len, &budget).unwrap();
            assert_eq!(budget.used(), len);
            drop(buffer);
            assert_eq!(budget.used(), 0);
        }
    }

    #[test]
    fn a_buffer_beyond_the_budget_is_an_error() {
        let error = Buffer::new(1025, &Budget::new(1024)).unwrap_err();
        assert_eq!(error.code, Code::Memory);
    }

    #[test]
    fn a_size_that_no_machine_has_is_an_error_and_leaves_the_budget_as_it_was() {
        let budget = Budget::new(usize::MAX);
        for len in [usize::MAX, isize::MAX as usize, 1 << 60] {
            assert_eq!(Buffer::new(len, &budget).unwrap_err().code, Code::Memory);
            assert_eq!(budget.used(), 0);
        }
    }

    #[test]
    fn a_large_buffer_starts_on_a_huge_page() {
        let buffer = Buffer::new(3 * HUGE_PAGE, &Budget::new(16 << 20)).unwrap();
        assert_eq!(buffer.pointer() as usize % HUGE_PAGE, 0);
    }
}
