//! Which instruction set the kernels run on: detected once, forced lower by `ATTUNE_ISA`.
//!
//! A kernel is a struct of its operands that implements [`Kernel`]: one body over a lane type.
//! [`dispatch`] runs that body inside a function compiled for the instruction set, so everything
//! the body inlines is compiled for it too. A match on a detected constant takes the place of a
//! table of function pointers: it costs the same, and operands keep their names.

use std::sync::OnceLock;

use crate::lanes::{Portable, Simd};

/// A SIMD body written once over a lane type. `run` must be `#[inline(always)]`.
pub trait Kernel {
    type Output;
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// An instruction set that kernels are compiled for, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Isa {
    /// One lane at a time: the plain order of operations, for finding faults.
    Scalar,
    /// Fixed-size lane arrays that the compiler turns into SSE2 or NEON.
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Isa {
    /// Every instruction set this host can run, lowest first.
    pub fn available() -> Vec<Isa> {
        let all = [
            Isa::Scalar,
            Isa::Portable,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512,
        ];
        all.into_iter().filter(|&isa| isa <= Isa::highest()).collect()
    }

    /// The highest instruction set of this host, which has all lower ones too.
    pub fn highest() -> Isa {
        static HIGHEST: OnceLock<Isa> = OnceLock::new();
        *HIGHEST.get_or_init(|| {
            #[cfg(target_arch = "x86_64")]
            {
                use std::arch::is_x86_feature_detected as has;
                let avx2 = has!("avx2") && has!("fma");
                let avx512 = has!("avx512f") && has!("avx512bw");
                if avx2 && avx512 && has!("avx512dq") && has!("avx512vl") {
                    return Isa::Avx512;
                }
                if avx2 {
                    return Isa::Avx2;
                }
            }
            Isa::Portable
        })
    }

    /// The set in use: the highest available, or the one `ATTUNE_ISA` names if the host has it.
    pub fn current() -> Isa {
        static CURRENT: OnceLock<Isa> = OnceLock::new();
        *CURRENT.get_or_init(|| {
            let wanted = std::env::var("ATTUNE_ISA").ok();
            let known = |name: String| Isa::available().into_iter().find(|isa| isa.name() == name);
            wanted.and_then(known).unwrap_or(Isa::highest())
        })
    }

    /// The name that `ATTUNE_ISA` takes.
    pub fn name(self) -> &'static str {
        match self {
            Isa::Scalar => "scalar",
            Isa::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => "avx512",
        }
    }
}

/// Runs a kernel on the instruction set in use.
#[inline]
pub fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    dispatch_on(Isa::current(), kernel)
}

/// Runs a kernel on the given instruction set, which must be one of [`Isa::available`].
#[inline]
pub fn dispatch_on<K: Kernel>(isa: Isa, kernel: K) -> K::Output {
    debug_assert!(isa <= Isa::highest(), "this host lacks {}", isa.name());
    match isa {
        Isa::Scalar => kernel.run(Portable::<1>),
        Isa::Portable => kernel.run(Portable::<4>),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `isa` was detected on this host, so its features are present.
        Isa::Avx2 => unsafe { x86::on_avx2(kernel) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `isa` was detected on this host, so its features are present.
        Isa::Avx512 => unsafe { x86::on_avx512(kernel) },
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Kernel;
    use crate::lanes::{Avx2, Avx512};

    #[target_feature(enable = "avx2,fma")]
    pub unsafe fn on_avx2<K: Kernel>(kernel: K) -> K::Output {
        // SAFETY: the caller has detected AVX2 and FMA.
        kernel.run(unsafe { Avx2::new() })
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
    pub unsafe fn on_avx512<K: Kernel>(kernel: K) -> K::Output {
        // SAFETY: the caller has detected these AVX-512 features.
        kernel.run(unsafe { Avx512::new() })
    }
}
