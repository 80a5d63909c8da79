//! Flush-to-zero for the threads that compute: denormal numbers cost a hundred times as much.

/// Makes this thread treat denormal inputs and results as zero, for good.
pub fn flush_to_zero() {
    #[cfg(target_arch = "x86_64")]
    {
        /// Flush-to-zero and denormals-are-zero in MXCSR.
        const FLUSH: u32 = 0x8040;
        let mut control = 0u32;
        // SAFETY: SSE is part of x86-64; only rounding of denormals changes, on this thread.
        unsafe {
            std::arch::asm!("stmxcsr [{}]", in(reg) &raw mut control, options(nostack));
            control |= FLUSH;
            std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const control, options(nostack));
        }
    }
    #[cfg(target_arch = "aarch64")]
    {
        /// Flush-to-zero in FPCR.
        const FLUSH: u64 = 1 << 24;
        let mut control: u64;
        // SAFETY: FPCR belongs to this thread; only rounding of denormals changes.
        unsafe {
            std::arch::asm!("mrs {}, fpcr", out(reg) control, options(nomem, nostack));
            control |= FLUSH;
            std::arch::asm!("msr fpcr, {}", in(reg) control, options(nomem, nostack));
        }
    }
}

#[cfg(all(test, any(target_arch = "x86_64", target_arch = "aarch64")))]
mod tests {
    #[test]
    fn a_flushed_thread_computes_zero_instead_of_a_denormal() {
        let half = |x: f32| std::hint::black_box(x) * std::hint::black_box(0.5);
        assert!(half(f32::MIN_POSITIVE) > 0.0);
        let flushed = std::thread::spawn(move || {
            super::flush_to_zero();
            half(f32::MIN_POSITIVE)
        });
        assert_eq!(flushed.join().unwrap(), 0.0);
    }
}
