//! What the machine is and can do.

use attune_kernels::isa::Isa;
use napi_derive::napi;

/// The instruction set in use, of `portable`, `avx2` and `avx512`; `ATTUNE_ISA` forces a lower one.
#[napi]
pub fn isa() -> String {
    format!("{:?}", Isa::current()).to_lowercase()
}
