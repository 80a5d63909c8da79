//! One sweep over windows, or over the pixels that windows cover, vectorised over channels.

use std::ops::Range;

use crate::lanes::Portable;
use crate::pool2d::Pool2d;
use crate::{Kernel, Shared, Simd};

/// Vectors of channels that share the walk over a window.
const WIDE: usize = 4;
/// Elements of a tile: its input and output stay in L2.
const TILE: usize = 16 << 10;

pub const MAX: u8 = 0;
pub const SELECT: u8 = 1;
pub const AVERAGE: u8 = 2;

/// Cuts `rows` rows of `len` elements into tiles.
pub fn rows_per_tile(len: usize) -> usize {
    (TILE / len.max(1)).max(1)
}

/// The first `n` lanes.
///
/// # Safety
/// `p` is valid for reading `n` floats.
#[inline(always)]
unsafe fn load<S: Simd>(simd: S, p: *const f32, n: usize) -> S::F32 {
    // SAFETY: as the caller vouches.
    unsafe { if n == S::LANES { simd.load(p) } else { simd.load_partial(p, n) } }
}

/// # Safety
/// `p` is valid for writing `n` floats.
#[inline(always)]
unsafe fn store<S: Simd>(simd: S, p: *mut f32, x: S::F32, n: usize) {
    // SAFETY: as the caller vouches.
    unsafe { if n == S::LANES { simd.store(p, x) } else { simd.store_partial(p, x, n) } }
}

/// `yes` where `x` comes after `best` and is larger or NaN.
#[inline(always)]
fn larger<S: Simd>(simd: S, x: S::F32, best: S::F32, yes: S::F32, no: S::F32) -> S::F32 {
    simd.select(simd.eq(x, x), simd.select(simd.lt(best, x), yes, no), yes)
}

/// A window inside the image, and what it holds.
struct Window {
    /// First element of its first pixel.
    at: usize,
    rows: usize,
    columns: usize,
}

/// Rows of windows, counted over all images, to rows of y.
pub struct Gather<'a, const HOW: u8> {
    pub pool: &'a Pool2d,
    pub rows: Range<usize>,
    pub x: &'a [f32],
    /// What `SELECT` takes its results from.
    pub values: &'a [f32],
    pub y: Shared<'a, f32>,
}

impl<const HOW: u8> Kernel for Gather<'_, HOW> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        assert!(self.x.len() >= self.pool.input_len() && self.y.len() >= self.pool.output_len());
        assert!(HOW != SELECT || self.values.len() >= self.pool.input_len());
        if self.pool.channels < S::LANES { self.sweep(Portable::<1>) } else { self.sweep(simd) }
    }
}

impl<const HOW: u8> Gather<'_, HOW> {
    #[inline(always)]
    fn sweep<S: Simd>(&self, simd: S) {
        let (pool, channels) = (self.pool, self.pool.channels);
        let (out_height, out_width) = (pool.out_height(), pool.out_width());
        for row in self.rows.clone() {
            let (image, r) = (row / out_height, row % out_height);
            let rows = pool.rows(r);
            for q in 0..out_width {
                let columns = pool.columns(q);
                let first = (image * pool.height + rows.start) * pool.width + columns.start;
                let window =
                    Window { at: first * channels, rows: rows.len(), columns: columns.len() };
                let count = pool.count(r, q) as f32;
                let to = (row * out_width + q) * channels;
                let mut c = 0;
                // SAFETY: the window is inside the image, and `n` channels are left from `c` on.
                unsafe {
                    while c + WIDE * S::LANES <= channels {
                        self.window::<S, WIDE>(simd, &window, count, to, c, S::LANES);
                        c += WIDE * S::LANES;
                    }
                    while c < channels {
                        let n = S::LANES.min(channels - c);
                        self.window::<S, 1>(simd, &window, count, to, c, n);
                        c += n;
                    }
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn window<S: Simd, const V: usize>(
        &self,
        simd: S,
        window: &Window,
        count: f32,
        to: usize,
        c: usize,
        n: usize,
    ) {
        let (width, channels) = (self.pool.width, self.pool.channels);
        let start = if HOW == AVERAGE { 0.0 } else { f32::NEG_INFINITY };
        let mut best = [simd.splat(start); V];
        let mut chosen = [simd.zero(); V];
        // SAFETY: as the caller vouches.
        unsafe {
            for h in 0..window.rows {
                for w in 0..window.columns {
                    let at = window.at + (h * width + w) * channels + c;
                    for v in 0..V {
                        let x = load(simd, self.x.as_ptr().add(at + v * S::LANES), n);
                        if HOW == AVERAGE {
                            best[v] = simd.add(best[v], x);
                        } else if HOW == MAX {
                            best[v] = simd.max(best[v], x);
                        } else {
                            let value = load(simd, self.values.as_ptr().add(at + v * S::LANES), n);
                            let first = h + w == 0;
                            let old = if first { value } else { chosen[v] };
                            chosen[v] = larger(simd, x, best[v], value, old);
                            best[v] = larger(simd, x, best[v], x, best[v]);
                        }
                    }
                }
            }
            for v in 0..V {
                let y = match HOW {
                    AVERAGE => simd.div(best[v], simd.splat(count)),
                    MAX => best[v],
                    _ => chosen[v],
                };
                store(simd, self.y.pointer().add(to + c + v * S::LANES), y, n);
            }
        }
    }
}

/// Rows of x, counted over all images: each window that covers one adds its share of dy.
pub struct Scatter<'a, const HOW: u8> {
    pub pool: &'a Pool2d,
    pub rows: Range<usize>,
    /// What `MAX` finds the place of the maximum in.
    pub x: &'a [f32],
    pub dy: &'a [f32],
    pub dx: Shared<'a, f32>,
}

impl<const HOW: u8> Kernel for Scatter<'_, HOW> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        assert!(self.dy.len() >= self.pool.output_len() && self.dx.len() >= self.pool.input_len());
        assert!(HOW != MAX || self.x.len() >= self.pool.input_len());
        if self.pool.channels < S::LANES { self.sweep(Portable::<1>) } else { self.sweep(simd) }
    }
}

impl<const HOW: u8> Scatter<'_, HOW> {
    #[inline(always)]
    fn sweep<S: Simd>(&self, simd: S) {
        let pool = self.pool;
        let apart = (0..2).all(|a| pool.stride[a] >= pool.window[a]);
        let whole = apart
            && pool.stride == pool.window
            && pool.padding == [[0; 2]; 2]
            && pool.height.is_multiple_of(pool.window[0])
            && pool.width.is_multiple_of(pool.window[1]);
        let row = pool.width * pool.channels;
        if !whole {
            // SAFETY: these rows of dx are this tile's own.
            unsafe { self.dx.range(self.rows.start * row, self.rows.len() * row) }.fill(0.0);
        }
        if apart { self.windows::<S, false>(simd) } else { self.windows::<S, true>(simd) }
    }

    #[inline(always)]
    fn windows<S: Simd, const ADD: bool>(&self, simd: S) {
        let (pool, channels) = (self.pool, self.pool.channels);
        let (out_height, out_width) = (pool.out_height(), pool.out_width());
        let (first, end) = (self.rows.start / pool.height, self.rows.end.div_ceil(pool.height));
        for image in first..end {
            let top = image * pool.height;
            let mine = self.rows.start.max(top) - top..self.rows.end.min(top + pool.height) - top;
            for r in 0..out_height {
                let rows = pool.rows(r);
                let own = rows.start.max(mine.start)..rows.end.min(mine.end);
                if own.is_empty() {
                    continue;
                }
                let own = own.start - rows.start..own.end - rows.start;
                for q in 0..out_width {
                    let columns = pool.columns(q);
                    if columns.is_empty() {
                        continue;
                    }
                    let at = ((top + rows.start) * pool.width + columns.start) * channels;
                    let window = Window { at, rows: rows.len(), columns: columns.len() };
                    let count = pool.count(r, q) as f32;
                    let from = ((image * out_height + r) * out_width + q) * channels;
                    let mut c = 0;
                    // SAFETY: the window is inside the image, its own rows are this tile's, and `n`
                    // channels are left from `c` on.
                    unsafe {
                        while c + WIDE * S::LANES <= channels {
                            let own = own.clone();
                            self.window::<S, WIDE, ADD>(
                                simd,
                                &window,
                                own,
                                count,
                                from,
                                c,
                                S::LANES,
                            );
                            c += WIDE * S::LANES;
                        }
                        while c < channels {
                            let n = S::LANES.min(channels - c);
                            self.window::<S, 1, ADD>(simd, &window, own.clone(), count, from, c, n);
                            c += n;
                        }
                    }
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn window<S: Simd, const V: usize, const ADD: bool>(
        &self,
        simd: S,
        window: &Window,
        own: Range<usize>,
        count: f32,
        from: usize,
        c: usize,
        n: usize,
    ) {
        let (width, channels) = (self.pool.width, self.pool.channels);
        let mut share = [simd.zero(); V];
        // SAFETY: as the caller vouches.
        unsafe {
            for v in 0..V {
                share[v] = load(simd, self.dy.as_ptr().add(from + c + v * S::LANES), n);
                if HOW == AVERAGE {
                    share[v] = simd.div(share[v], simd.splat(count));
                }
            }
            let mut best = share;
            if HOW == MAX {
                best = self.maximum::<S, V>(simd, window, c, n);
                for v in 0..V {
                    if !simd.all(simd.eq(best[v], best[v])) {
                        let channels = c..c + (V - 1) * S::LANES + n;
                        return self.window_with_nan::<ADD>(window, own, from, channels);
                    }
                }
            }
            for h in if HOW == MAX { 0 } else { own.start }..own.end {
                for w in 0..window.columns {
                    let at = window.at + (h * width + w) * channels + c;
                    for v in 0..V {
                        let mut part = share[v];
                        if HOW == MAX {
                            // The first at the maximum takes all, and leaves nothing.
                            let x = load(simd, self.x.as_ptr().add(at + v * S::LANES), n);
                            let here = simd.eq(x, best[v]);
                            part = simd.select(here, share[v], simd.zero());
                            share[v] = simd.select(here, simd.zero(), share[v]);
                        }
                        if h < own.start {
                            continue;
                        }
                        let dx = self.dx.pointer().add(at + v * S::LANES);
                        if ADD {
                            part = simd.add(load(simd, dx, n), part);
                        }
                        store(simd, dx, part, n);
                    }
                }
            }
        }
    }

    /// # Safety
    /// As for `window`.
    #[inline(always)]
    unsafe fn maximum<S: Simd, const V: usize>(
        &self,
        simd: S,
        window: &Window,
        c: usize,
        n: usize,
    ) -> [S::F32; V] {
        let (width, channels) = (self.pool.width, self.pool.channels);
        let mut best = [simd.splat(f32::NEG_INFINITY); V];
        for h in 0..window.rows {
            for w in 0..window.columns {
                let at = window.at + (h * width + w) * channels + c;
                for v in 0..V {
                    // SAFETY: as the caller vouches.
                    let x = unsafe { load(simd, self.x.as_ptr().add(at + v * S::LANES), n) };
                    best[v] = simd.max(best[v], x);
                }
            }
        }
        best
    }

    /// A channel at a time: no number equals the maximum where a NaN is one.
    ///
    /// # Safety
    /// As for `window`.
    #[cold]
    #[inline(never)]
    unsafe fn window_with_nan<const ADD: bool>(
        &self,
        window: &Window,
        own: Range<usize>,
        from: usize,
        channels: Range<usize>,
    ) {
        let pixel = |h, w| window.at + (h * self.pool.width + w) * self.pool.channels;
        for c in channels {
            let mut place = (0, 0);
            let mut best = f32::NEG_INFINITY;
            for h in 0..window.rows {
                for w in 0..window.columns {
                    let x = self.x[pixel(h, w) + c];
                    if x > best || x.is_nan() {
                        (place, best) = ((h, w), x);
                    }
                }
            }
            for h in own.clone() {
                for w in 0..window.columns {
                    let part = if (h, w) == place { self.dy[from + c] } else { 0.0 };
                    // SAFETY: as the caller vouches.
                    let dx = unsafe { &mut *self.dx.pointer().add(pixel(h, w) + c) };
                    *dx = if ADD { *dx + part } else { part };
                }
            }
        }
    }
}
