//! Sixteen lanes on AVX-512 (F, BW, DQ, VL).

use std::arch::x86_64::*;

use super::Simd;

/// Proof that the host has AVX-512 F, BW, DQ and VL.
#[derive(Clone, Copy)]
pub struct Avx512(());

impl Avx512 {
    /// # Safety
    /// The host has AVX-512 F, BW, DQ and VL.
    #[inline(always)]
    pub unsafe fn new() -> Self {
        Avx512(())
    }
}

#[inline(always)]
fn first(n: usize) -> __mmask16 {
    debug_assert!(n <= 16);
    ((1u32 << n) - 1) as __mmask16
}

/// Wraps intrinsics without memory access into safe methods.
macro_rules! lanewise {
    ($($name:ident($($arg:ident: $ty:ty),*) -> $out:ty { $body:expr })*) => {$(
        #[inline(always)]
        fn $name(self, $($arg: $ty),*) -> $out {
            // SAFETY: `self` proves that the host has these AVX-512 features.
            unsafe { $body }
        }
    )*};
}

impl Simd for Avx512 {
    const LANES: usize = 16;
    const ROWS: usize = 12;
    type F32 = __m512;
    type U32 = __m512i;
    type Mask = __mmask16;

    #[inline(always)]
    fn prefetch(self, p: *const f32) {
        // SAFETY: a hint reads nothing and cannot fault.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(p.cast()) }
    }
    #[inline(always)]
    unsafe fn load(self, p: *const f32) -> __m512 {
        // SAFETY: the caller vouches for sixteen floats.
        unsafe { _mm512_loadu_ps(p) }
    }
    #[inline(always)]
    unsafe fn store(self, p: *mut f32, x: __m512) {
        // SAFETY: the caller vouches for sixteen floats.
        unsafe { _mm512_storeu_ps(p, x) }
    }
    #[inline(always)]
    unsafe fn store_past(self, p: *mut f32, x: __m512) {
        // SAFETY: the caller vouches for sixteen floats on a line.
        unsafe { _mm512_stream_ps(p, x) }
    }
    #[inline(always)]
    fn settle(self) {
        // SAFETY: a host with AVX-512 has SSE.
        unsafe { _mm_sfence() }
    }
    #[inline(always)]
    unsafe fn load_partial(self, p: *const f32, n: usize) -> __m512 {
        // SAFETY: masked lanes are not touched; the caller vouches for the others.
        unsafe { _mm512_maskz_loadu_ps(first(n), p) }
    }
    #[inline(always)]
    unsafe fn store_partial(self, p: *mut f32, x: __m512, n: usize) {
        // SAFETY: masked lanes are not touched; the caller vouches for the others.
        unsafe { _mm512_mask_storeu_ps(p, first(n), x) }
    }
    #[inline(always)]
    unsafe fn transpose(self, src: *const f32, lds: usize, dst: *mut f32, ldd: usize) {
        // SAFETY: a host with AVX-512 has AVX2; the caller vouches for the four quarters.
        unsafe {
            let half = super::Avx2::new();
            for (i, j) in [(0, 0), (0, 8), (8, 0), (8, 8)] {
                half.transpose(src.add(i * lds + j), lds, dst.add(j * ldd + i), ldd);
            }
        }
    }
    #[inline(always)]
    unsafe fn load_u32(self, p: *const u32) -> __m512i {
        // SAFETY: the caller vouches for sixteen integers.
        unsafe { _mm512_loadu_si512(p.cast()) }
    }
    #[inline(always)]
    unsafe fn store_u32(self, p: *mut u32, x: __m512i) {
        // SAFETY: the caller vouches for sixteen integers.
        unsafe { _mm512_storeu_si512(p.cast(), x) }
    }
    #[inline(always)]
    fn shl<const N: u32>(self, a: __m512i) -> __m512i {
        // SAFETY: `self` proves that the host has AVX-512 F.
        unsafe { _mm512_slli_epi32::<N>(a) }
    }
    #[inline(always)]
    fn shr<const N: u32>(self, a: __m512i) -> __m512i {
        // SAFETY: `self` proves that the host has AVX-512 F.
        unsafe { _mm512_srli_epi32::<N>(a) }
    }

    lanewise! {
        splat(x: f32) -> __m512 { _mm512_set1_ps(x) }
        add(a: __m512, b: __m512) -> __m512 { _mm512_add_ps(a, b) }
        sub(a: __m512, b: __m512) -> __m512 { _mm512_sub_ps(a, b) }
        mul(a: __m512, b: __m512) -> __m512 { _mm512_mul_ps(a, b) }
        div(a: __m512, b: __m512) -> __m512 { _mm512_div_ps(a, b) }
        fma(a: __m512, b: __m512, c: __m512) -> __m512 { _mm512_fmadd_ps(a, b, c) }
        fnma(a: __m512, b: __m512, c: __m512) -> __m512 { _mm512_fnmadd_ps(a, b, c) }
        // The instruction returns its second operand when either is NaN; a NaN first is put back.
        min(a: __m512, b: __m512) -> __m512 {
            _mm512_mask_mov_ps(_mm512_min_ps(a, b), _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(a, a), a)
        }
        max(a: __m512, b: __m512) -> __m512 {
            _mm512_mask_mov_ps(_mm512_max_ps(a, b), _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(a, a), a)
        }
        sqrt(a: __m512) -> __m512 { _mm512_sqrt_ps(a) }
        abs(a: __m512) -> __m512 { _mm512_abs_ps(a) }
        neg(a: __m512) -> __m512 { _mm512_xor_ps(_mm512_set1_ps(-0.0), a) }
        round(a: __m512) -> __m512 { _mm512_roundscale_ps::<0>(a) }
        floor(a: __m512) -> __m512 { _mm512_roundscale_ps::<1>(a) }
        lt(a: __m512, b: __m512) -> __mmask16 { _mm512_cmp_ps_mask::<_CMP_LT_OQ>(a, b) }
        le(a: __m512, b: __m512) -> __mmask16 { _mm512_cmp_ps_mask::<_CMP_LE_OQ>(a, b) }
        eq(a: __m512, b: __m512) -> __mmask16 { _mm512_cmp_ps_mask::<_CMP_EQ_OQ>(a, b) }
        select(mask: __mmask16, yes: __m512, no: __m512) -> __m512 { _mm512_mask_mov_ps(no, mask, yes) }
        splat_u32(x: u32) -> __m512i { _mm512_set1_epi32(x as i32) }
        iota() -> __m512i { _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) }
        add_u32(a: __m512i, b: __m512i) -> __m512i { _mm512_add_epi32(a, b) }
        sub_u32(a: __m512i, b: __m512i) -> __m512i { _mm512_sub_epi32(a, b) }
        xor(a: __m512i, b: __m512i) -> __m512i { _mm512_xor_si512(a, b) }
        and(a: __m512i, b: __m512i) -> __m512i { _mm512_and_si512(a, b) }
        or(a: __m512i, b: __m512i) -> __m512i { _mm512_or_si512(a, b) }
        mul_wide(a: __m512i, b: __m512i) -> (__m512i, __m512i) {
            {
                let even = _mm512_mul_epu32(a, b);
                let odd = _mm512_mul_epu32(_mm512_srli_epi64::<32>(a), _mm512_srli_epi64::<32>(b));
                let low = _mm512_mask_blend_epi32(0xAAAA, even, _mm512_slli_epi64::<32>(odd));
                let high = _mm512_mask_blend_epi32(0xAAAA, _mm512_srli_epi64::<32>(even), odd);
                (low, high)
            }
        }
        lt_u32(a: __m512i, b: __m512i) -> __mmask16 { _mm512_cmplt_epu32_mask(a, b) }
        to_bits(a: __m512) -> __m512i { _mm512_castps_si512(a) }
        from_bits(a: __m512i) -> __m512 { _mm512_castsi512_ps(a) }
        i32_to_f32(a: __m512i) -> __m512 { _mm512_cvtepi32_ps(a) }
        f32_to_i32(a: __m512) -> __m512i { _mm512_cvtps_epi32(a) }
        sum(a: __m512) -> f32 {
            {
                let a = _mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps::<1>(a));
                let a = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps::<1>(a));
                let a = _mm_add_ps(a, _mm_movehl_ps(a, a));
                _mm_cvtss_f32(_mm_add_ss(a, _mm_movehdup_ps(a)))
            }
        }
    }

    #[inline(always)]
    fn all(self, mask: __mmask16) -> bool {
        mask == !0
    }
    #[inline(always)]
    fn largest(self, a: __m512) -> f32 {
        let mut lanes = [0.0; 16];
        // SAFETY: the array holds sixteen floats.
        unsafe { self.store(lanes.as_mut_ptr(), a) };
        lanes.into_iter().fold(f32::NEG_INFINITY, |m, x| if x > m || x.is_nan() { x } else { m })
    }
}
