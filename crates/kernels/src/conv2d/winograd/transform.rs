//! The transforms along one axis, each a few sums, in the letters of the paper.

use crate::Simd;

/// `Bᵀ d`: six pixels of x.
#[inline(always)]
pub fn input<S: Simd>(simd: S, d: [S::F32; 6]) -> [S::F32; 6] {
    let [two, four, five] = [2.0, 4.0, 5.0].map(|x| simd.splat(x));
    let a = simd.fnma(four, d[2], d[4]);
    let b = simd.fnma(four, d[1], d[3]);
    let e = simd.sub(d[4], d[2]);
    let f = simd.mul(two, simd.sub(d[3], d[1]));
    [
        simd.fma(four, d[0], simd.fnma(five, d[2], d[4])),
        simd.add(a, b),
        simd.sub(a, b),
        simd.add(e, f),
        simd.sub(e, f),
        simd.fma(four, d[1], simd.fnma(five, d[3], d[5])),
    ]
}

/// `G g`: three taps of a weight.
#[inline(always)]
pub fn weight<S: Simd>(simd: S, g: [S::F32; 3]) -> [S::F32; 6] {
    let [quarter, sixth, twelfth, part] =
        [1.0 / 4.0, -1.0 / 6.0, 1.0 / 12.0, 1.0 / 24.0].map(|x| simd.splat(x));
    let ends = simd.add(g[0], g[2]);
    let far = simd.fnma(simd.splat(-1.0 / 6.0), g[2], simd.mul(part, g[0]));
    [
        simd.mul(quarter, g[0]),
        simd.mul(sixth, simd.add(ends, g[1])),
        simd.mul(sixth, simd.sub(ends, g[1])),
        simd.fma(twelfth, g[1], far),
        simd.fnma(twelfth, g[1], far),
        g[2],
    ]
}

/// `Aᵀ m`: four pixels of y.
#[inline(always)]
pub fn output<S: Simd>(simd: S, m: [S::F32; 6]) -> [S::F32; 4] {
    let [two, four, eight] = [2.0, 4.0, 8.0].map(|x| simd.splat(x));
    let (near, apart) = (simd.add(m[1], m[2]), simd.sub(m[1], m[2]));
    let (far, wide) = (simd.add(m[3], m[4]), simd.sub(m[3], m[4]));
    [
        simd.add(m[0], simd.add(near, far)),
        simd.fma(two, wide, apart),
        simd.fma(four, far, near),
        simd.add(m[5], simd.fma(eight, wide, apart)),
    ]
}

/// `G' d`: four pixels of dy.
#[inline(always)]
pub fn output_gradient<S: Simd>(simd: S, d: [S::F32; 4]) -> [S::F32; 6] {
    let [quarter, sixth, part] = [1.0 / 4.0, -1.0 / 6.0, 1.0 / 24.0].map(|x| simd.splat(x));
    let [two, four, eight] = [2.0, 4.0, 8.0].map(|x| simd.splat(x));
    let (even, odd) = (simd.add(d[0], d[2]), simd.add(d[1], d[3]));
    let even_far = simd.fma(four, d[2], d[0]);
    let odd_far = simd.fma(eight, d[3], simd.mul(two, d[1]));
    [
        simd.mul(quarter, d[0]),
        simd.mul(sixth, simd.add(even, odd)),
        simd.mul(sixth, simd.sub(even, odd)),
        simd.mul(part, simd.add(even_far, odd_far)),
        simd.mul(part, simd.sub(even_far, odd_far)),
        d[3],
    ]
}

/// `A'ᵀ m`: three taps of dw.
#[inline(always)]
pub fn weight_gradient<S: Simd>(simd: S, m: [S::F32; 6]) -> [S::F32; 3] {
    let [two, four] = [2.0, 4.0].map(|x| simd.splat(x));
    let (near, apart) = (simd.add(m[1], m[2]), simd.sub(m[1], m[2]));
    let (far, wide) = (simd.add(m[3], m[4]), simd.sub(m[3], m[4]));
    [
        simd.add(m[0], simd.add(near, far)),
        simd.fma(two, wide, apart),
        simd.add(m[5], simd.fma(four, far, near)),
    ]
}
