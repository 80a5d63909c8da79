//! Lanes as a fixed-size array, which the compiler turns into SSE2, NEON or scalar code.

use std::array::from_fn;

use super::Simd;

/// `N` lanes without intrinsics; `Portable<1>` is plain scalar code.
#[derive(Clone, Copy)]
pub struct Portable<const N: usize>;

/// A fused multiply-add only where it is one instruction: in software it is a hundred times slower.
#[inline(always)]
fn multiply_add(a: f32, b: f32, c: f32) -> f32 {
    if cfg!(any(target_feature = "fma", target_arch = "aarch64")) {
        a.mul_add(b, c)
    } else {
        a * b + c
    }
}

impl<const N: usize> Simd for Portable<N> {
    const LANES: usize = N;
    const ROWS: usize = 4;
    type F32 = [f32; N];
    type U32 = [u32; N];
    type Mask = [bool; N];

    #[inline(always)]
    fn splat(self, x: f32) -> [f32; N] {
        [x; N]
    }
    #[inline(always)]
    unsafe fn load(self, p: *const f32) -> [f32; N] {
        // SAFETY: the caller vouches for N floats; an array has their alignment.
        unsafe { p.cast::<[f32; N]>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn store(self, p: *mut f32, x: [f32; N]) {
        // SAFETY: the caller vouches for N floats.
        unsafe { p.cast::<[f32; N]>().write_unaligned(x) }
    }
    #[inline(always)]
    unsafe fn load_partial(self, p: *const f32, n: usize) -> [f32; N] {
        // SAFETY: only lanes below n are read.
        from_fn(|i| if i < n { unsafe { *p.add(i) } } else { 0.0 })
    }
    #[inline(always)]
    unsafe fn store_partial(self, p: *mut f32, x: [f32; N], n: usize) {
        for (i, x) in x.iter().enumerate().take(n) {
            // SAFETY: only lanes below n are written.
            unsafe { *p.add(i) = *x };
        }
    }

    #[inline(always)]
    fn add(self, a: [f32; N], b: [f32; N]) -> [f32; N] {
        from_fn(|i| a[i] + b[i])
    }
    #[inline(always)]
    fn sub(self, a: [f32; N], b: [f32; N]) -> [f32; N] {
        from_fn(|i| a[i] - b[i])
    }
    #[inline(always)]
    fn mul(self, a: [f32; N], b: [f32; N]) -> [f32; N] {
        from_fn(|i| a[i] * b[i])
    }
    #[inline(always)]
    fn div(self, a: [f32; N], b: [f32; N]) -> [f32; N] {
        from_fn(|i| a[i] / b[i])
    }
    #[inline(always)]
    fn fma(self, a: [f32; N], b: [f32; N], c: [f32; N]) -> [f32; N] {
        from_fn(|i| multiply_add(a[i], b[i], c[i]))
    }
    #[inline(always)]
    fn fnma(self, a: [f32; N], b: [f32; N], c: [f32; N]) -> [f32; N] {
        from_fn(|i| multiply_add(-a[i], b[i], c[i]))
    }
    #[inline(always)]
    fn min(self, a: [f32; N], b: [f32; N]) -> [f32; N] {
        from_fn(|i| if a[i] < b[i] || a[i].is_nan() { a[i] } else { b[i] })
    }
    #[inline(always)]
    fn max(self, a: [f32; N], b: [f32; N]) -> [f32; N] {
        from_fn(|i| if a[i] > b[i] || a[i].is_nan() { a[i] } else { b[i] })
    }
    #[inline(always)]
    fn sqrt(self, a: [f32; N]) -> [f32; N] {
        from_fn(|i| a[i].sqrt())
    }
    #[inline(always)]
    fn abs(self, a: [f32; N]) -> [f32; N] {
        from_fn(|i| a[i].abs())
    }
    #[inline(always)]
    fn neg(self, a: [f32; N]) -> [f32; N] {
        from_fn(|i| -a[i])
    }
    #[inline(always)]
    fn round(self, a: [f32; N]) -> [f32; N] {
        from_fn(|i| a[i].round_ties_even())
    }
    #[inline(always)]
    fn floor(self, a: [f32; N]) -> [f32; N] {
        from_fn(|i| a[i].floor())
    }

    #[inline(always)]
    fn lt(self, a: [f32; N], b: [f32; N]) -> [bool; N] {
        from_fn(|i| a[i] < b[i])
    }
    #[inline(always)]
    fn le(self, a: [f32; N], b: [f32; N]) -> [bool; N] {
        from_fn(|i| a[i] <= b[i])
    }
    #[inline(always)]
    fn eq(self, a: [f32; N], b: [f32; N]) -> [bool; N] {
        from_fn(|i| a[i] == b[i])
    }
    #[inline(always)]
    fn select(self, mask: [bool; N], yes: [f32; N], no: [f32; N]) -> [f32; N] {
        from_fn(|i| if mask[i] { yes[i] } else { no[i] })
    }

    #[inline(always)]
    fn splat_u32(self, x: u32) -> [u32; N] {
        [x; N]
    }
    #[inline(always)]
    unsafe fn load_u32(self, p: *const u32) -> [u32; N] {
        // SAFETY: the caller vouches for N integers.
        unsafe { p.cast::<[u32; N]>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn store_u32(self, p: *mut u32, x: [u32; N]) {
        // SAFETY: the caller vouches for N integers.
        unsafe { p.cast::<[u32; N]>().write_unaligned(x) }
    }
    #[inline(always)]
    fn iota(self) -> [u32; N] {
        from_fn(|i| i as u32)
    }
    #[inline(always)]
    fn add_u32(self, a: [u32; N], b: [u32; N]) -> [u32; N] {
        from_fn(|i| a[i].wrapping_add(b[i]))
    }
    #[inline(always)]
    fn sub_u32(self, a: [u32; N], b: [u32; N]) -> [u32; N] {
        from_fn(|i| a[i].wrapping_sub(b[i]))
    }
    #[inline(always)]
    fn xor(self, a: [u32; N], b: [u32; N]) -> [u32; N] {
        from_fn(|i| a[i] ^ b[i])
    }
    #[inline(always)]
    fn and(self, a: [u32; N], b: [u32; N]) -> [u32; N] {
        from_fn(|i| a[i] & b[i])
    }
    #[inline(always)]
    fn or(self, a: [u32; N], b: [u32; N]) -> [u32; N] {
        from_fn(|i| a[i] | b[i])
    }
    #[inline(always)]
    fn shl<const K: u32>(self, a: [u32; N]) -> [u32; N] {
        from_fn(|i| a[i] << K)
    }
    #[inline(always)]
    fn shr<const K: u32>(self, a: [u32; N]) -> [u32; N] {
        from_fn(|i| a[i] >> K)
    }
    #[inline(always)]
    fn mul_wide(self, a: [u32; N], b: [u32; N]) -> ([u32; N], [u32; N]) {
        let wide = |i: usize| u64::from(a[i]) * u64::from(b[i]);
        (from_fn(|i| wide(i) as u32), from_fn(|i| (wide(i) >> 32) as u32))
    }
    #[inline(always)]
    fn lt_u32(self, a: [u32; N], b: [u32; N]) -> [bool; N] {
        from_fn(|i| a[i] < b[i])
    }
    #[inline(always)]
    fn to_bits(self, a: [f32; N]) -> [u32; N] {
        from_fn(|i| a[i].to_bits())
    }
    #[inline(always)]
    fn from_bits(self, a: [u32; N]) -> [f32; N] {
        from_fn(|i| f32::from_bits(a[i]))
    }
    #[inline(always)]
    fn i32_to_f32(self, a: [u32; N]) -> [f32; N] {
        from_fn(|i| a[i] as i32 as f32)
    }
    #[inline(always)]
    fn f32_to_i32(self, a: [f32; N]) -> [u32; N] {
        from_fn(|i| a[i].round_ties_even() as i32 as u32)
    }

    #[inline(always)]
    fn sum(self, mut a: [f32; N]) -> f32 {
        let mut width = N / 2;
        while width > 0 {
            for i in 0..width {
                a[i] += a[i + width];
            }
            width /= 2;
        }
        a[0]
    }
    #[inline(always)]
    fn all(self, mask: [bool; N]) -> bool {
        mask.into_iter().all(|set| set)
    }
    #[inline(always)]
    fn largest(self, a: [f32; N]) -> f32 {
        a.into_iter().fold(f32::NEG_INFINITY, |m, x| if x > m || x.is_nan() { x } else { m })
    }
}
