//! The random words of consecutive elements, eight or more counters at a time.

use super::{Key, MULTIPLIERS, ROUNDS, WEYL};
use crate::lanes::Simd;

/// Elements that share eight consecutive counters.
pub const GROUP: usize = 32;

// ---- fast

/// Ten rounds on a vector of counters; the high counter word and the step are the same in all lanes.
#[inline(always)]
fn philox_lanes<S: Simd>(s: S, low: S::U32, rest: [u32; 3], key: Key) -> [S::U32; 4] {
    let [mut a, mut b] = [low, s.splat_u32(rest[0])];
    let [mut c, mut d] = [s.splat_u32(rest[1]), s.splat_u32(rest[2])];
    let (m0, m1) = (s.splat_u32(MULTIPLIERS[0]), s.splat_u32(MULTIPLIERS[1]));
    let [mut k0, mut k1] = key;
    for _ in 0..ROUNDS {
        let (p_low, p_high) = s.mul_wide(m0, a);
        let (q_low, q_high) = s.mul_wide(m1, c);
        a = s.xor(s.xor(q_high, b), s.splat_u32(k0));
        c = s.xor(s.xor(p_high, d), s.splat_u32(k1));
        (b, d) = (q_low, p_low);
        (k0, k1) = (k0.wrapping_add(WEYL[0]), k1.wrapping_add(WEYL[1]));
    }
    [a, b, c, d]
}

/// Writes the words of `words.len() / 32` groups of elements, the first of them `group`.
#[inline(always)]
pub fn fill_words<S: Simd>(s: S, key: Key, step: u64, group: u64, words: &mut [u32]) {
    const { assert!(S::LANES <= GROUP && GROUP.is_multiple_of(S::LANES)) };
    assert_eq!(words.len() % GROUP, 0);
    let groups = words.len() / GROUP;
    let per_pass = S::LANES.div_ceil(8);
    let mut done = 0;
    while done < groups {
        let counter = (group + done as u64) * 8;
        // All lanes share the high counter word: a pass ends where the low one overflows.
        let before_carry = ((1 << 32) - (counter & 0xFFFF_FFFF)) / 8;
        let count = per_pass.min(groups - done).min(before_carry as usize);
        for part in (0..8).step_by(S::LANES.min(8)) {
            let first = counter + part as u64;
            let low = s.add_u32(s.splat_u32(first as u32), s.iota());
            let rest = [(first >> 32) as u32, step as u32, (step >> 32) as u32];
            let block = philox_lanes(s, low, rest, key);
            for (w, lanes) in block.into_iter().enumerate() {
                let mut spill = [0u32; GROUP];
                // SAFETY: the array holds at least LANES words.
                unsafe { s.store_u32(spill.as_mut_ptr(), lanes) };
                for (g, eight) in spill[..S::LANES].chunks(8).enumerate().take(count) {
                    let at = (done + g) * GROUP + w * 8 + part;
                    words[at..at + eight.len()].copy_from_slice(eight);
                }
            }
        }
        done += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::word;
    use crate::{Isa, Kernel, dispatch_on};

    struct Fill<'a>(Key, u64, u64, &'a mut [u32]);

    impl Kernel for Fill<'_> {
        type Output = ();
        #[inline(always)]
        fn run<S: Simd>(self, s: S) {
            fill_words(s, self.0, self.1, self.2, self.3);
        }
    }

    #[test]
    fn lanes_draw_the_words_of_the_scalar_definition() {
        for isa in Isa::available() {
            for groups in [0, 1, 2, 3, 7] {
                // Near 2^29 groups the counter carries into its high word.
                for first in [0, 5, (1 << 29) - 2, (1 << 29) - 1, 1 << 40] {
                    let mut words = vec![0; groups * GROUP];
                    let (key, step) = ([3, 4], 5 + (6 << 32));
                    dispatch_on(isa, Fill(key, step, first, &mut words));
                    for (i, w) in words.into_iter().enumerate() {
                        let index = first * GROUP as u64 + i as u64;
                        assert_eq!(w, word(key, step, index), "{isa:?} group {first} + {i}");
                    }
                }
            }
        }
    }
}
