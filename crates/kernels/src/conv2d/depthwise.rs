//! Convolution in which every channel has its own filter, vectorised over channels.
//!
//! `y[p, c] = Σ x[p stride + tap dilation - pad, c] w[tap, c]`; the input gradient is the same sum
//! over the places whose window holds a pixel.

use std::ops::Range;

use crate::conv2d::Conv2d;
use crate::conv2d::gathered::Run;
use crate::conv2d::strip::{segments, with_scratch};
use crate::isa::dispatch_on;
use crate::{Isa, Kernel, Shared, Simd};

/// Neighbouring pixels that share the loads of a weight.
const PIXELS: usize = 4;

/// The first `n` lanes.
///
/// # Safety
/// `p` is valid for reading `n` floats.
#[inline(always)]
unsafe fn load<S: Simd>(simd: S, p: *const f32, n: usize) -> S::F32 {
    // SAFETY: as the caller vouches.
    unsafe { if n == S::LANES { simd.load(p) } else { simd.load_partial(p, n) } }
}

/// One direction along one axis: which source position each tap of an output position reads.
#[derive(Clone, Copy)]
struct Axis {
    taps: usize,
    /// Position = (output * scale + padding ± tap * dilation) / divisor, where it divides.
    scale: isize,
    offset: isize,
    dilation: isize,
    divisor: isize,
    size: usize,
}

impl Axis {
    fn forward(conv: &Conv2d, a: usize) -> Self {
        Axis {
            taps: conv.kernel[a],
            scale: conv.stride[a] as isize,
            offset: -(conv.padding[a][0] as isize),
            dilation: conv.dilation[a] as isize,
            divisor: 1,
            size: if a == 0 { conv.height } else { conv.width },
        }
    }

    fn backward(conv: &Conv2d, a: usize) -> Self {
        Axis {
            taps: conv.kernel[a],
            scale: 1,
            offset: conv.padding[a][0] as isize,
            dilation: -(conv.dilation[a] as isize),
            divisor: conv.stride[a] as isize,
            size: if a == 0 { conv.out_height() } else { conv.out_width() },
        }
    }

    /// The source position that `tap` of `output` reads, if there is one.
    #[inline(always)]
    fn read(&self, output: usize, tap: usize) -> Option<usize> {
        let at = output as isize * self.scale + self.offset + tap as isize * self.dilation;
        let inside = at >= 0 && at % self.divisor == 0 && at / self.divisor < self.size as isize;
        inside.then(|| (at / self.divisor) as usize)
    }

    /// Whether both outputs read the same taps.
    #[inline(always)]
    fn alike(&self, a: usize, b: usize) -> bool {
        (0..self.taps).all(|tap| self.read(a, tap).is_some() == self.read(b, tap).is_some())
    }

    /// Outputs from one to the next that reads the same taps, and the source positions between.
    fn step(&self) -> (usize, usize) {
        (self.divisor as usize, self.scale as usize)
    }
}

/// Output pixels of a forward or an input gradient.
struct Depthwise<'a> {
    axes: [Axis; 2],
    /// Rows and columns of the output.
    out: [usize; 2],
    channels: usize,
    pixels: Range<usize>,
    source: &'a [f32],
    weight: &'a [f32],
    runs: &'a mut Vec<Run>,
    output: Shared<'a, f32>,
}

impl Kernel for Depthwise<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let [rows, columns] = self.axes;
        let (step, shift) = columns.step();
        for segment in segments(self.pixels.clone(), self.out) {
            for h in segment.rows() {
                let across = segment.columns(h);
                let source = segment.image * rows.size * columns.size;
                let output = (segment.image * self.out[0] + h) * self.out[1];
                for phase in across.start..(across.start + step).min(across.end) {
                    let mut w = phase;
                    while w < across.end {
                        let last = w + (PIXELS - 1) * step;
                        let alike = |p: usize| columns.alike(w, w + p * step);
                        let many = last < across.end && (1..PIXELS).all(alike);
                        self.taps([h, w], source);
                        // SAFETY: every tap of these pixels is inside the source.
                        unsafe {
                            if many {
                                self.pixels::<S, PIXELS>(simd, output + w, step, shift);
                            } else {
                                self.pixels::<S, 1>(simd, output + w, step, shift);
                            }
                        }
                        w += if many { PIXELS * step } else { step };
                    }
                }
            }
        }
    }
}

impl Depthwise<'_> {
    /// Notes what an output pixel reads.
    #[inline(always)]
    fn taps(&mut self, [h, w]: [usize; 2], source: usize) {
        let [rows, columns] = self.axes;
        self.runs.clear();
        for i in 0..rows.taps {
            let Some(r) = rows.read(h, i) else { continue };
            for j in 0..columns.taps {
                let Some(q) = columns.read(w, j) else { continue };
                let from = (source + r * columns.size + q) * self.channels;
                self.runs.push(Run { from, row: (i * columns.taps + j) * self.channels });
            }
        }
    }

    #[inline(always)]
    unsafe fn pixels<S: Simd, const N: usize>(
        &self,
        simd: S,
        output: usize,
        step: usize,
        shift: usize,
    ) {
        let whole = self.channels / S::LANES * S::LANES;
        // SAFETY: the caller vouches for the pixels; the channels are theirs.
        unsafe {
            for c in (0..whole).step_by(S::LANES) {
                self.channels::<S, N>(simd, output, step, shift, c, S::LANES);
            }
            if whole < self.channels {
                let n = self.channels - whole;
                self.channels::<S, N>(simd, output, step, shift, whole, n);
            }
        }
    }

    /// The `n` channels from `c` on.
    #[inline(always)]
    unsafe fn channels<S: Simd, const N: usize>(
        &self,
        simd: S,
        output: usize,
        step: usize,
        shift: usize,
        c: usize,
        n: usize,
    ) {
        let mut sums = [simd.zero(); N];
        // SAFETY: as the caller vouches.
        unsafe {
            for run in self.runs.iter() {
                let at = self.source.as_ptr().add(run.from + c);
                let w = load(simd, self.weight.as_ptr().add(run.row + c), n);
                for i in 0..N {
                    let x = load(simd, at.add(i * shift * self.channels), n);
                    sums[i] = simd.fma(x, w, sums[i]);
                }
            }
            for i in 0..N {
                let to = (output + i * step) * self.channels + c;
                let to = self.output.pointer().add(to);
                if n == S::LANES {
                    simd.store(to, sums[i]);
                } else {
                    simd.store_partial(to, sums[i], n);
                }
            }
        }
    }
}

/// Rows of y whose products with x are summed into the weight gradient.
struct DepthwiseWeight<'a> {
    conv: &'a Conv2d,
    axes: [Axis; 2],
    rows: Range<usize>,
    x: &'a [f32],
    dy: &'a [f32],
    dweight: &'a mut [f32],
}

impl Kernel for DepthwiseWeight<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let (conv, c) = (self.conv, self.conv.channels);
        let (out_height, out_width) = (conv.out_height(), conv.out_width());
        let [down, across] = self.axes;
        let step = conv.stride[1] * c;
        self.dweight.fill(0.0);
        for row in self.rows.clone() {
            let (n, r) = (row / out_height, row % out_height);
            for tap in 0..conv.taps() {
                let (i, j) = (tap / conv.kernel[1], tap % conv.kernel[1]);
                let Some(h) = down.read(r, i) else { continue };
                let mut inside = (0..out_width).filter(|q| across.read(*q, j).is_some());
                let Some(first) = inside.next() else { continue };
                let last = inside.next_back().unwrap_or(first);
                let w = across.read(first, j).unwrap_or(0);
                let x = &self.x[((n * conv.height + h) * conv.width + w) * c..];
                let dy = &self.dy[(row * out_width + first) * c..];
                let pixels = last - first + 1;
                assert!((pixels - 1) * step + c <= x.len() && pixels * c <= dy.len());
                for at in (0..c).step_by(S::LANES) {
                    let len = S::LANES.min(c - at);
                    // Four sums hide the latency of the multiply-add.
                    let mut sums = [simd.zero(); 4];
                    let whole = pixels / 4 * 4;
                    // SAFETY: `len` channels are left of pixels that were measured above.
                    unsafe {
                        let (x, dy) = (x.as_ptr().add(at), dy.as_ptr().add(at));
                        for q in (0..whole).step_by(4) {
                            for (k, sum) in sums.iter_mut().enumerate() {
                                let a = load(simd, x.add((q + k) * step), len);
                                let b = load(simd, dy.add((q + k) * c), len);
                                *sum = simd.fma(a, b, *sum);
                            }
                        }
                        for q in whole..pixels {
                            let a = load(simd, x.add(q * step), len);
                            sums[0] = simd.fma(a, load(simd, dy.add(q * c), len), sums[0]);
                        }
                    }
                    let [first, second, third, fourth] = sums;
                    let sum = simd.add(simd.add(first, second), simd.add(third, fourth));
                    let to = &mut self.dweight[tap * c + at..];
                    // SAFETY: `len` channels of this tap are left.
                    unsafe {
                        let sum = simd.add(sum, load(simd, to.as_ptr(), len));
                        simd.store_partial(to.as_mut_ptr(), sum, len);
                    }
                }
            }
        }
    }
}

// ---- dispatch

/// Output pixels of y, counted over all images.
pub fn forward(
    conv: &Conv2d,
    isa: Isa,
    pixels: Range<usize>,
    x: &[f32],
    weight: &[f32],
    y: Shared<f32>,
) {
    let axes = [Axis::forward(conv, 0), Axis::forward(conv, 1)];
    let out = [conv.out_height(), conv.out_width()];
    run(conv, isa, axes, out, pixels, x, weight, y)
}

/// Input pixels of dx, counted over all images.
pub fn input_gradient(
    conv: &Conv2d,
    isa: Isa,
    pixels: Range<usize>,
    dy: &[f32],
    weight: &[f32],
    dx: Shared<f32>,
) {
    let axes = [Axis::backward(conv, 0), Axis::backward(conv, 1)];
    run(conv, isa, axes, [conv.height, conv.width], pixels, dy, weight, dx)
}

fn run(
    conv: &Conv2d,
    isa: Isa,
    axes: [Axis; 2],
    out: [usize; 2],
    pixels: Range<usize>,
    source: &[f32],
    weight: &[f32],
    output: Shared<f32>,
) {
    let channels = conv.channels;
    assert!(weight.len() >= conv.weight_len());
    assert!(pixels.end * channels <= output.len());
    with_scratch(|scratch| {
        let runs = &mut scratch.runs;
        dispatch_on(isa, Depthwise { axes, out, channels, pixels, source, weight, runs, output })
    })
}

/// The weight gradient `[taps, channels]` over the given rows of y, counted over all images.
pub fn weight_gradient(
    conv: &Conv2d,
    isa: Isa,
    rows: Range<usize>,
    x: &[f32],
    dy: &[f32],
    dweight: Shared<f32>,
) {
    let axes = [Axis::forward(conv, 0), Axis::forward(conv, 1)];
    // SAFETY: the caller hands each split a gradient of its own.
    let dweight = unsafe { dweight.range(0, conv.weight_len()) };
    dispatch_on(isa, DepthwiseWeight { conv, axes, rows, x, dy, dweight })
}
