//! exp, log, tanh, sigmoid, erf, sine and cosine on lanes, within about two units in the last place.

use crate::{Float, Simd};

// ---- reference

/// `erf(x) = 2 / sqrt(pi) * integral of exp(-t^2) from 0 to x`, to about 1e-15.
pub fn erf<T: Float>(x: T) -> T {
    let x = x.f64();
    let a = x.abs();
    let y = if a.is_nan() {
        a
    } else if a < 2.5 {
        erf_series(a)
    } else {
        1.0 - erfc_fraction(a)
    };
    T::of(y.copysign(x))
}

/// `2 / sqrt(pi) * exp(-a^2) * sum of 2^n a^(2n+1) / (1 * 3 * ... * (2n+1))`: no term is negative.
fn erf_series(a: f64) -> f64 {
    let (mut term, mut sum, mut n) = (a, a, 0.0);
    while term > sum * 1e-17 {
        n += 1.0;
        term *= 2.0 * a * a / (2.0 * n + 1.0);
        sum += term;
    }
    std::f64::consts::FRAC_2_SQRT_PI * (-a * a).exp() * sum
}

/// `exp(-a^2) / sqrt(pi) / (a + 1/2 / (a + 1 / (a + 3/2 / (a + ...))))`
fn erfc_fraction(a: f64) -> f64 {
    if a > 6.0 {
        return 0.0;
    }
    let mut tail = a;
    for n in (1..=60).rev() {
        tail = a + 0.5 * f64::from(n) / tail;
    }
    (-a * a).exp() / (std::f64::consts::PI.sqrt() * tail)
}

// ---- fast

/// Adding and taking away 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
const ROUNDER: f32 = 12_582_912.0;
/// ln 2 in two parts; products of the first with integers below 2^15 are exact.
const LN2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
/// pi / 2 in three parts, in the same manner.
const HALF_PI: [f32; 3] = [1.570_312_5, 4.837_513e-4, 7.549_79e-8];
const SIGN: u32 = 0x8000_0000;

/// The polynomial with these coefficients, highest power first.
#[inline(always)]
fn polynomial<S: Simd, const N: usize>(s: S, x: S::F32, coefficients: [f32; N]) -> S::F32 {
    let mut y = s.splat(coefficients[0]);
    for c in &coefficients[1..] {
        y = s.fma(y, x, s.splat(*c));
    }
    y
}

#[inline(always)]
fn copy_sign<S: Simd>(s: S, magnitude: S::F32, sign: S::F32) -> S::F32 {
    let sign = s.and(s.to_bits(sign), s.splat_u32(SIGN));
    s.from_bits(s.or(s.to_bits(s.abs(magnitude)), sign))
}

/// `exp(x) = 2^n exp(r)`, `|r| <= ln(2) / 2`; results below the least normal number are 0.
#[inline(always)]
pub fn exp<S: Simd>(s: S, x: S::F32) -> S::F32 {
    let rounded = s.fma(x, s.splat(std::f32::consts::LOG2_E), s.splat(ROUNDER));
    let n = s.sub(rounded, s.splat(ROUNDER));
    let r = s.fnma(n, s.splat(LN2[1]), s.fnma(n, s.splat(LN2[0]), x));
    let q = polynomial(
        s,
        r,
        [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5],
    );
    let y = s.add(s.fma(s.mul(q, r), r, r), s.splat(1.0));
    let y = s.from_bits(s.add_u32(s.to_bits(y), s.shl::<23>(s.to_bits(rounded))));
    let y = s.select(s.lt(x, s.splat(-87.336_54)), s.zero(), y);
    // The sum is infinite for a large x and NaN for NaN.
    s.select(s.le(x, s.splat(88.722_83)), y, s.add(x, s.splat(f32::INFINITY)))
}

/// `log(x) = n log(2) + log(m)`, `sqrt(1/2) <= m < sqrt(2)`.
#[inline(always)]
pub fn log<S: Simd>(s: S, x: S::F32) -> S::F32 {
    const ROOT_HALF: u32 = 0x3F35_04F3;
    let tiny = s.lt(x, s.splat(f32::MIN_POSITIVE));
    let scaled = s.select(tiny, s.mul(x, s.splat(16_777_216.0)), x);
    let bits = s.add_u32(s.to_bits(scaled), s.splat_u32(0x3F80_0000 - ROOT_HALF));
    let n = s.i32_to_f32(s.shr::<23>(bits));
    let n = s.sub(n, s.select(tiny, s.splat(127.0 + 24.0), s.splat(127.0)));
    let m = s.add_u32(s.and(bits, s.splat_u32(0x007F_FFFF)), s.splat_u32(ROOT_HALF));
    let f = s.sub(s.from_bits(m), s.splat(1.0));
    let z = s.mul(f, f);
    let p = polynomial(
        s,
        f,
        [
            7.037_683_6e-2,
            -1.151_461e-1,
            1.167_699_84e-1,
            -1.242_014_1e-1,
            1.424_932_3e-1,
            -1.666_805_7e-1,
            2.000_071_5e-1,
            -2.499_999_4e-1,
            3.333_333e-1,
        ],
    );
    let tail = s.fma(n, s.splat(LN2[1]), s.mul(s.mul(p, f), z));
    let tail = s.fnma(s.splat(0.5), z, tail);
    let y = s.fma(n, s.splat(LN2[0]), s.add(f, tail));
    let y = s.select(s.lt(x, s.splat(f32::INFINITY)), y, x);
    let y = s.select(s.eq(x, s.zero()), s.splat(f32::NEG_INFINITY), y);
    s.select(s.lt(x, s.zero()), s.splat(f32::NAN), y)
}

/// `log(1 + u)` for `0 <= u <= 1`: what rounding `1 + u` lost is put back.
#[inline(always)]
pub fn log_1p_unit<S: Simd>(s: S, u: S::F32) -> S::F32 {
    let w = s.add(u, s.splat(1.0));
    let lost = s.sub(u, s.sub(w, s.splat(1.0)));
    s.add(log(s, w), s.div(lost, w))
}

/// `1 - 2 / (exp(2 |x|) + 1)` with the sign of x; a polynomial near 0.
#[inline(always)]
pub fn tanh<S: Simd>(s: S, x: S::F32) -> S::F32 {
    let a = s.abs(x);
    let z = s.mul(x, x);
    let p = polynomial(
        s,
        z,
        [-5.704_988_7e-3, 2.063_909e-2, -5.373_971_6e-2, 1.333_144_2e-1, -3.333_328e-1],
    );
    let near = s.fma(s.mul(p, z), x, x);
    let e = exp(s, s.add(a, a));
    let far = s.sub(s.splat(1.0), s.div(s.splat(2.0), s.add(e, s.splat(1.0))));
    s.select(s.lt(a, s.splat(0.625)), near, copy_sign(s, far, x))
}

/// `1 / (1 + exp(-x))`
#[inline(always)]
pub fn sigmoid<S: Simd>(s: S, x: S::F32) -> S::F32 {
    s.div(s.splat(1.0), s.add(s.splat(1.0), exp(s, s.neg(x))))
}

/// `1 - exp(p(|x|))` with the sign of x; a polynomial near 0.
#[inline(always)]
pub fn erf_lanes<S: Simd>(s: S, x: S::F32) -> S::F32 {
    let z = s.mul(x, x);
    let p = polynomial(
        s,
        z,
        [
            -5.967_617e-4,
            4.991_194_2e-3,
            -2.676_813_5e-2,
            1.128_199_25e-1,
            -3.761_253_4e-1,
            1.283_791_7e-1,
        ],
    );
    let near = s.fma(p, x, x);
    // From 4 on the result rounds to 1.
    let a = s.min(s.abs(x), s.splat(4.0));
    let p = polynomial(
        s,
        a,
        [
            -1.728_534_7e-5,
            3.831_971_3e-4,
            -3.883_964_4e-3,
            2.425_462_2e-2,
            -1.067_778_8e-1,
            -6.348_467e-1,
            -1.287_175_1e-1,
        ],
    );
    let far = s.sub(s.splat(1.0), exp(s, s.fma(p, a, s.neg(a))));
    s.select(s.lt(s.abs(x), s.splat(0.927_734_4)), near, copy_sign(s, far, x))
}

/// Where three parts of pi / 2 still leave an accurate remainder.
const LARGEST_ANGLE: f32 = 8192.0;

/// `sin(x + turns pi / 2)`
#[inline(always)]
fn sine_of<S: Simd>(s: S, x: S::F32, turns: u32, exact: impl Fn(f32) -> f32) -> S::F32 {
    let rounded = s.fma(x, s.splat(std::f32::consts::FRAC_2_PI), s.splat(ROUNDER));
    let n = s.sub(rounded, s.splat(ROUNDER));
    let mut r = x;
    for part in HALF_PI {
        r = s.fnma(n, s.splat(part), r);
    }
    let z = s.mul(r, r);
    let p = polynomial(s, z, [-1.951_529_6e-4, 8.332_161e-3, -1.666_665_5e-1]);
    let sin = s.fma(s.mul(p, z), r, r);
    let p = polynomial(s, z, [2.443_315_7e-5, -1.388_731_6e-3, 4.166_664_6e-2]);
    let cos = s.fma(s.mul(p, z), z, s.fnma(s.splat(0.5), z, s.splat(1.0)));
    let quarter = s.add_u32(s.to_bits(rounded), s.splat_u32(turns));
    let odd = s.lt_u32(s.splat_u32(0), s.and(quarter, s.splat_u32(1)));
    let flip = s.shl::<30>(s.and(quarter, s.splat_u32(2)));
    let near = s.from_bits(s.xor(s.to_bits(s.select(odd, cos, sin)), flip));
    let largest = s.largest(s.abs(x));
    if largest <= LARGEST_ANGLE {
        return near;
    }
    // Lane by lane, so that a result never depends on its neighbours.
    let far = each_lane(s, [x], |[x]| exact(x));
    s.select(s.le(s.abs(x), s.splat(LARGEST_ANGLE)), near, far)
}

#[inline(always)]
pub fn sin<S: Simd>(s: S, x: S::F32) -> S::F32 {
    sine_of(s, x, 0, f32::sin)
}

#[inline(always)]
pub fn cos<S: Simd>(s: S, x: S::F32) -> S::F32 {
    sine_of(s, x, 1, f32::cos)
}

/// `a^b` by the platform's library: a product of lane logarithms would lose half of the digits.
#[inline(always)]
pub fn pow<S: Simd>(s: S, a: S::F32, b: S::F32) -> S::F32 {
    each_lane(s, [a, b], |[a, b]| a.powf(b))
}

/// Applies a scalar function lane by lane.
#[inline(always)]
fn each_lane<S: Simd, const N: usize>(s: S, x: [S::F32; N], f: impl Fn([f32; N]) -> f32) -> S::F32 {
    const { assert!(S::LANES <= 16) };
    let mut lanes = [[0.0; 16]; N];
    for (lanes, x) in lanes.iter_mut().zip(x) {
        // SAFETY: the array holds at least LANES floats.
        unsafe { s.store(lanes.as_mut_ptr(), x) };
    }
    let mut y = [0.0; 16];
    for i in 0..S::LANES {
        y[i] = f(std::array::from_fn(|n| lanes[n][i]));
    }
    // SAFETY: as above.
    unsafe { s.load(y.as_ptr()) }
}

#[cfg(test)]
mod tests;
