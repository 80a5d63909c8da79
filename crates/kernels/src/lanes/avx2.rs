//! Eight lanes on AVX2 with FMA.

use std::arch::x86_64::*;

use super::Simd;

/// Proof that the host has AVX2 and FMA.
#[derive(Clone, Copy)]
pub struct Avx2(());

impl Avx2 {
    /// # Safety
    /// The host has AVX2 and FMA.
    #[inline(always)]
    pub unsafe fn new() -> Self {
        Avx2(())
    }
}

/// A sliding window over this array is the mask of the first `n` lanes.
static FIRST: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];

#[inline(always)]
fn first(n: usize) -> __m256i {
    debug_assert!(n <= 8);
    // SAFETY: 8 - n + 8 <= 16 integers are within the array; AVX is present where this inlines.
    unsafe { _mm256_loadu_si256(FIRST.as_ptr().add(8 - n).cast()) }
}

/// Wraps intrinsics without memory access into safe methods.
macro_rules! lanewise {
    ($($name:ident($($arg:ident: $ty:ty),*) -> $out:ty { $body:expr })*) => {$(
        #[inline(always)]
        fn $name(self, $($arg: $ty),*) -> $out {
            // SAFETY: `self` proves that the host has AVX2 and FMA.
            unsafe { $body }
        }
    )*};
}

impl Simd for Avx2 {
    const LANES: usize = 8;
    const ROWS: usize = 6;
    type F32 = __m256;
    type U32 = __m256i;
    type Mask = __m256;

    #[inline(always)]
    fn prefetch(self, p: *const f32) {
        // SAFETY: a hint reads nothing and cannot fault.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(p.cast()) }
    }
    #[inline(always)]
    unsafe fn load(self, p: *const f32) -> __m256 {
        // SAFETY: the caller vouches for eight floats.
        unsafe { _mm256_loadu_ps(p) }
    }
    #[inline(always)]
    unsafe fn store(self, p: *mut f32, x: __m256) {
        // SAFETY: the caller vouches for eight floats.
        unsafe { _mm256_storeu_ps(p, x) }
    }
    #[inline(always)]
    unsafe fn load_partial(self, p: *const f32, n: usize) -> __m256 {
        // SAFETY: masked lanes are not touched; the caller vouches for the others.
        unsafe { _mm256_maskload_ps(p, first(n)) }
    }
    #[inline(always)]
    unsafe fn store_partial(self, p: *mut f32, x: __m256, n: usize) {
        // SAFETY: masked lanes are not touched; the caller vouches for the others.
        unsafe { _mm256_maskstore_ps(p, first(n), x) }
    }
    #[inline(always)]
    unsafe fn transpose(self, src: *const f32, lds: usize, dst: *mut f32, ldd: usize) {
        // SAFETY: the caller vouches for eight floats in each of eight rows.
        unsafe {
            let mut rows = [_mm256_setzero_ps(); 8];
            let (mut pairs, mut halves) = (rows, rows);
            for i in 0..8 {
                rows[i] = _mm256_loadu_ps(src.add(i * lds));
            }
            for i in (0..8).step_by(2) {
                pairs[i] = _mm256_unpacklo_ps(rows[i], rows[i + 1]);
                pairs[i + 1] = _mm256_unpackhi_ps(rows[i], rows[i + 1]);
            }
            for i in [0, 1, 4, 5] {
                let c = i / 4 * 4 + i % 4 * 2; // columns c and c + 1 of the rows in this half
                halves[c] = _mm256_shuffle_ps::<0x44>(pairs[i], pairs[i + 2]);
                halves[c + 1] = _mm256_shuffle_ps::<0xEE>(pairs[i], pairs[i + 2]);
            }
            for c in 0..4 {
                let (a, b) = (halves[c], halves[4 + c]);
                _mm256_storeu_ps(dst.add(c * ldd), _mm256_permute2f128_ps::<0x20>(a, b));
                _mm256_storeu_ps(dst.add((4 + c) * ldd), _mm256_permute2f128_ps::<0x31>(a, b));
            }
        }
    }
    #[inline(always)]
    unsafe fn load_u32(self, p: *const u32) -> __m256i {
        // SAFETY: the caller vouches for eight integers.
        unsafe { _mm256_loadu_si256(p.cast()) }
    }
    #[inline(always)]
    unsafe fn store_u32(self, p: *mut u32, x: __m256i) {
        // SAFETY: the caller vouches for eight integers.
        unsafe { _mm256_storeu_si256(p.cast(), x) }
    }
    #[inline(always)]
    fn shl<const N: u32>(self, a: __m256i) -> __m256i {
        // SAFETY: `self` proves that the host has AVX2.
        unsafe { _mm256_sll_epi32(a, _mm_cvtsi32_si128(N as i32)) }
    }
    #[inline(always)]
    fn shr<const N: u32>(self, a: __m256i) -> __m256i {
        // SAFETY: `self` proves that the host has AVX2.
        unsafe { _mm256_srl_epi32(a, _mm_cvtsi32_si128(N as i32)) }
    }

    lanewise! {
        splat(x: f32) -> __m256 { _mm256_set1_ps(x) }
        add(a: __m256, b: __m256) -> __m256 { _mm256_add_ps(a, b) }
        sub(a: __m256, b: __m256) -> __m256 { _mm256_sub_ps(a, b) }
        mul(a: __m256, b: __m256) -> __m256 { _mm256_mul_ps(a, b) }
        div(a: __m256, b: __m256) -> __m256 { _mm256_div_ps(a, b) }
        fma(a: __m256, b: __m256, c: __m256) -> __m256 { _mm256_fmadd_ps(a, b, c) }
        fnma(a: __m256, b: __m256, c: __m256) -> __m256 { _mm256_fnmadd_ps(a, b, c) }
        // The instruction returns its second operand when either is NaN; a NaN first is put back.
        min(a: __m256, b: __m256) -> __m256 {
            _mm256_blendv_ps(_mm256_min_ps(a, b), a, _mm256_cmp_ps::<_CMP_UNORD_Q>(a, a))
        }
        max(a: __m256, b: __m256) -> __m256 {
            _mm256_blendv_ps(_mm256_max_ps(a, b), a, _mm256_cmp_ps::<_CMP_UNORD_Q>(a, a))
        }
        sqrt(a: __m256) -> __m256 { _mm256_sqrt_ps(a) }
        abs(a: __m256) -> __m256 { _mm256_andnot_ps(_mm256_set1_ps(-0.0), a) }
        neg(a: __m256) -> __m256 { _mm256_xor_ps(_mm256_set1_ps(-0.0), a) }
        round(a: __m256) -> __m256 {
            _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(a)
        }
        floor(a: __m256) -> __m256 { _mm256_floor_ps(a) }
        lt(a: __m256, b: __m256) -> __m256 { _mm256_cmp_ps::<_CMP_LT_OQ>(a, b) }
        le(a: __m256, b: __m256) -> __m256 { _mm256_cmp_ps::<_CMP_LE_OQ>(a, b) }
        eq(a: __m256, b: __m256) -> __m256 { _mm256_cmp_ps::<_CMP_EQ_OQ>(a, b) }
        select(mask: __m256, yes: __m256, no: __m256) -> __m256 { _mm256_blendv_ps(no, yes, mask) }
        splat_u32(x: u32) -> __m256i { _mm256_set1_epi32(x as i32) }
        iota() -> __m256i { _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7) }
        add_u32(a: __m256i, b: __m256i) -> __m256i { _mm256_add_epi32(a, b) }
        sub_u32(a: __m256i, b: __m256i) -> __m256i { _mm256_sub_epi32(a, b) }
        xor(a: __m256i, b: __m256i) -> __m256i { _mm256_xor_si256(a, b) }
        and(a: __m256i, b: __m256i) -> __m256i { _mm256_and_si256(a, b) }
        or(a: __m256i, b: __m256i) -> __m256i { _mm256_or_si256(a, b) }
        mul_wide(a: __m256i, b: __m256i) -> (__m256i, __m256i) {
            {
                let even = _mm256_mul_epu32(a, b);
                let odd = _mm256_mul_epu32(_mm256_srli_epi64::<32>(a), _mm256_srli_epi64::<32>(b));
                let low = _mm256_blend_epi32::<0xAA>(even, _mm256_slli_epi64::<32>(odd));
                let high = _mm256_blend_epi32::<0xAA>(_mm256_srli_epi64::<32>(even), odd);
                (low, high)
            }
        }
        lt_u32(a: __m256i, b: __m256i) -> __m256 {
            {
                let flip = _mm256_set1_epi32(i32::MIN);
                let (a, b) = (_mm256_xor_si256(a, flip), _mm256_xor_si256(b, flip));
                _mm256_castsi256_ps(_mm256_cmpgt_epi32(b, a))
            }
        }
        to_bits(a: __m256) -> __m256i { _mm256_castps_si256(a) }
        from_bits(a: __m256i) -> __m256 { _mm256_castsi256_ps(a) }
        i32_to_f32(a: __m256i) -> __m256 { _mm256_cvtepi32_ps(a) }
        f32_to_i32(a: __m256) -> __m256i { _mm256_cvtps_epi32(a) }
        sum(a: __m256) -> f32 {
            {
                let a = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps::<1>(a));
                let a = _mm_add_ps(a, _mm_movehl_ps(a, a));
                _mm_cvtss_f32(_mm_add_ss(a, _mm_movehdup_ps(a)))
            }
        }
    }

    #[inline(always)]
    fn all(self, mask: __m256) -> bool {
        // SAFETY: `self` proves that the host has AVX2 and FMA.
        unsafe { _mm256_movemask_ps(mask) == 0xff }
    }
    #[inline(always)]
    fn largest(self, a: __m256) -> f32 {
        let mut lanes = [0.0; 8];
        // SAFETY: the array holds eight floats.
        unsafe { self.store(lanes.as_mut_ptr(), a) };
        lanes.into_iter().fold(f32::NEG_INFINITY, |m, x| if x > m || x.is_nan() { x } else { m })
    }
}
