//! The lane type every fast kernel is written over.
//!
//! A value of a [`Simd`] type proves that its instruction set is present, so the lane operations
//! are safe; only loads and stores through pointers are not.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;

#[cfg(target_arch = "x86_64")]
pub use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub use avx512::Avx512;
pub use portable::Portable;

/// Lanes of f32, u32 and truth values, and what can be done with them.
pub trait Simd: Copy + Send + Sync + 'static {
    /// Lanes in one vector.
    const LANES: usize;
    /// Rows of the matmul tile whose `ROWS x 2` accumulators leave registers for operands.
    const ROWS: usize;
    type F32: Copy;
    type U32: Copy;
    type Mask: Copy;

    fn splat(self, x: f32) -> Self::F32;
    #[inline(always)]
    fn zero(self) -> Self::F32 {
        self.splat(0.0)
    }
    /// # Safety
    /// `p` is valid for reading `LANES` floats.
    unsafe fn load(self, p: *const f32) -> Self::F32;
    /// # Safety
    /// `p` is valid for writing `LANES` floats.
    unsafe fn store(self, p: *mut f32, x: Self::F32);
    /// As `store`, but past the caches where a vector is a whole line: for much that is not read soon.
    /// Before other threads are told of it, `settle` it.
    /// # Safety
    /// As `store`, and `p` is aligned to the vector.
    #[inline(always)]
    unsafe fn store_past(self, p: *mut f32, x: Self::F32) {
        // SAFETY: the caller vouches for the lanes.
        unsafe { self.store(p, x) }
    }
    /// Orders what `store_past` wrote before all that follows.
    #[inline(always)]
    fn settle(self) {}
    /// Reads the first `n <= LANES` lanes; the others are zero.
    /// # Safety
    /// `p` is valid for reading `n` floats.
    unsafe fn load_partial(self, p: *const f32, n: usize) -> Self::F32;
    /// Writes the first `n <= LANES` lanes.
    /// # Safety
    /// `p` is valid for writing `n` floats.
    unsafe fn store_partial(self, p: *mut f32, x: Self::F32, n: usize);
    /// Writes a block of `LANES x LANES` floats transposed; rows lie `lds` and `ldd` floats apart.
    /// # Safety
    /// Every row of the block is valid for reading at `src` and for writing at `dst`; they are apart.
    #[inline(always)]
    unsafe fn transpose(self, src: *const f32, lds: usize, dst: *mut f32, ldd: usize) {
        for i in 0..Self::LANES {
            for j in 0..Self::LANES {
                // SAFETY: both are elements of the blocks.
                unsafe { *dst.add(j * ldd + i) = *src.add(i * lds + j) };
            }
        }
    }

    /// Asks for the cache line at any address, whatever lies there; nothing where no stable way exists.
    #[inline(always)]
    fn prefetch(self, _: *const f32) {}

    fn add(self, a: Self::F32, b: Self::F32) -> Self::F32;
    fn sub(self, a: Self::F32, b: Self::F32) -> Self::F32;
    fn mul(self, a: Self::F32, b: Self::F32) -> Self::F32;
    fn div(self, a: Self::F32, b: Self::F32) -> Self::F32;
    /// `a * b + c`, in one rounding where the instruction set has it.
    fn fma(self, a: Self::F32, b: Self::F32, c: Self::F32) -> Self::F32;
    /// `c - a * b`, in one rounding where the instruction set has it.
    fn fnma(self, a: Self::F32, b: Self::F32, c: Self::F32) -> Self::F32;
    /// The smaller; NaN if either is NaN.
    fn min(self, a: Self::F32, b: Self::F32) -> Self::F32;
    /// The larger; NaN if either is NaN.
    fn max(self, a: Self::F32, b: Self::F32) -> Self::F32;
    fn sqrt(self, a: Self::F32) -> Self::F32;
    fn abs(self, a: Self::F32) -> Self::F32;
    fn neg(self, a: Self::F32) -> Self::F32;
    /// To the nearest integer, halves to even.
    fn round(self, a: Self::F32) -> Self::F32;
    fn floor(self, a: Self::F32) -> Self::F32;

    fn lt(self, a: Self::F32, b: Self::F32) -> Self::Mask;
    fn le(self, a: Self::F32, b: Self::F32) -> Self::Mask;
    fn eq(self, a: Self::F32, b: Self::F32) -> Self::Mask;
    /// Whether every lane of the mask is set.
    fn all(self, mask: Self::Mask) -> bool;
    /// `yes` where the mask is set, else `no`.
    fn select(self, mask: Self::Mask, yes: Self::F32, no: Self::F32) -> Self::F32;

    fn splat_u32(self, x: u32) -> Self::U32;
    /// # Safety
    /// `p` is valid for reading `LANES` integers.
    unsafe fn load_u32(self, p: *const u32) -> Self::U32;
    /// # Safety
    /// `p` is valid for writing `LANES` integers.
    unsafe fn store_u32(self, p: *mut u32, x: Self::U32);
    /// `0, 1, 2, ...` by lane.
    fn iota(self) -> Self::U32;
    fn add_u32(self, a: Self::U32, b: Self::U32) -> Self::U32;
    fn sub_u32(self, a: Self::U32, b: Self::U32) -> Self::U32;
    fn xor(self, a: Self::U32, b: Self::U32) -> Self::U32;
    fn and(self, a: Self::U32, b: Self::U32) -> Self::U32;
    fn or(self, a: Self::U32, b: Self::U32) -> Self::U32;
    fn shl<const N: u32>(self, a: Self::U32) -> Self::U32;
    fn shr<const N: u32>(self, a: Self::U32) -> Self::U32;
    /// The low and the high half of each 64-bit product.
    fn mul_wide(self, a: Self::U32, b: Self::U32) -> (Self::U32, Self::U32);
    fn lt_u32(self, a: Self::U32, b: Self::U32) -> Self::Mask;
    fn to_bits(self, a: Self::F32) -> Self::U32;
    fn from_bits(self, a: Self::U32) -> Self::F32;
    /// The lane read as a signed integer, as a float.
    fn i32_to_f32(self, a: Self::U32) -> Self::F32;
    /// The nearest signed integer; the lane must be within its range.
    fn f32_to_i32(self, a: Self::F32) -> Self::U32;

    /// The sum of all lanes, by halves.
    fn sum(self, a: Self::F32) -> f32;
    /// The largest lane; NaN if any is NaN.
    fn largest(self, a: Self::F32) -> f32;
}
