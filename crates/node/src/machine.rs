//! What the machine is and what it reaches.

use attune_kernels::isa::Isa;
use attune_kernels::peak;
use napi::bindgen_prelude::AsyncTask;
use napi::{Env, Task};
use napi_derive::napi;

use crate::failure::{Failure, guard, whole};

/// The instruction set in use, of `scalar`, `portable`, `avx2` and `avx512`; `ATTUNE_ISA` forces a
/// lower one.
#[napi]
pub fn isa() -> Result<String, Failure> {
    guard(|| Ok(Isa::current().name().to_owned()))
}

/// What arithmetic and memory reach at best: the roof over every kernel.
#[napi(object, object_from_js = false)]
pub struct Peaks {
    /// Billions of float32 operations a second on registers, a multiply-add counted as two.
    pub gigaflops: f64,
    /// Billions of bytes a second through memory, as the STREAM benchmark counts them.
    pub gigabytes: f64,
}

/// Measures the peaks on so many threads, beside the event loop, in about a second.
#[napi(ts_return_type = "Promise<Peaks>")]
pub fn measure_peaks(threads: f64) -> Result<AsyncTask<Measurement>, Failure> {
    guard(|| {
        Ok(AsyncTask::new(Measurement { threads: whole("threads", threads)?.max(1) as usize }))
    })
}

/// A measurement under way.
pub struct Measurement {
    threads: usize,
}

impl Task for Measurement {
    type Output = Peaks;
    type JsValue = Peaks;

    fn compute(&mut self) -> napi::Result<Peaks> {
        let measured = guard(|| {
            Ok(Peaks {
                gigaflops: peak::fma_peak(self.threads),
                gigabytes: peak::memory_bandwidth(self.threads),
            })
        });
        measured.map_err(|failure| napi::Error::from_reason(failure.reason.clone()))
    }

    fn resolve(&mut self, _: Env, peaks: Peaks) -> napi::Result<Peaks> {
        Ok(peaks)
    }
}
