//! Random numbers as pure functions of a key and a counter: Philox-4x32-10, dropout, noise, initial
//! values, permutations.
//!
//! Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3". Element `i` of a tensor
//! takes its word from group `g = i / 32` and place `j = i % 32`: word `j / 8` of the block whose
//! counter is `(g * 8 + j % 8, step)`, so eight counters side by side fill 32 elements in order,
//! whatever the number of lanes.

mod gamma;
mod initial;
mod noise;
mod orthogonal;
mod words;

pub use initial::{fill_normal, fill_truncated_normal, fill_uniform};
pub use noise::{GaussianNoise, noisy, normal};
pub use orthogonal::fill_orthogonal;
pub use words::{GROUP, fill_words};

use crate::Float;

/// Where in the stream of random numbers a step stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Draw {
    pub seed: u64,
    pub step: u64,
}

/// The two words that key a stream.
pub type Key = [u32; 2];

pub(crate) const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
pub(crate) const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
pub(crate) const ROUNDS: usize = 10;

// ---- reference

/// One block of Philox-4x32-10.
#[inline]
pub fn philox(counter: [u32; 4], key: Key) -> [u32; 4] {
    let ([mut a, mut b, mut c, mut d], [mut k0, mut k1]) = (counter, key);
    for _ in 0..ROUNDS {
        let p = u64::from(MULTIPLIERS[0]) * u64::from(a);
        let q = u64::from(MULTIPLIERS[1]) * u64::from(c);
        (a, b, c, d) = ((q >> 32) as u32 ^ b ^ k0, q as u32, (p >> 32) as u32 ^ d ^ k1, p as u32);
        (k0, k1) = (k0.wrapping_add(WEYL[0]), k1.wrapping_add(WEYL[1]));
    }
    [a, b, c, d]
}

/// The finalizer of SplitMix64: every bit of the result depends on every bit of `x`.
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// The key of one site (a dropout, a parameter, an epoch's order) under a seed.
#[inline]
pub fn key(seed: u64, site: u64) -> Key {
    let k = mix(mix(seed) ^ site);
    [k as u32, (k >> 32) as u32]
}

/// The key of a site within others, such as a sample of an epoch.
pub fn key_within<const SITES: usize>(seed: u64, sites: [u64; SITES]) -> Key {
    let within = |seed, site| {
        let [low, high] = key(seed, site);
        u64::from(high) << 32 | u64::from(low)
    };
    let seed = sites.into_iter().fold(seed, within);
    [seed as u32, (seed >> 32) as u32]
}

/// A site's number from its name: FNV-1a, 64 bits, the same on every platform and release.
pub fn site(name: &str) -> u64 {
    name.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

/// The random word of element `index` at `step`.
pub fn word(key: Key, step: u64, index: u64) -> u32 {
    let (group, place) = (index / 32, index % 32);
    let counter = group * 8 + place % 8;
    let block = [counter as u32, (counter >> 32) as u32, step as u32, (step >> 32) as u32];
    philox(block, key)[(place / 8) as usize]
}

/// Words below this are dropped.
pub fn drop_threshold(rate: f32) -> u32 {
    (f64::from(rate) * 4_294_967_296.0) as u32
}

/// What kept elements are multiplied by; 0 when everything is dropped.
pub fn drop_scale(rate: f32) -> f32 {
    if rate < 1.0 { (1.0 / (1.0 - f64::from(rate))) as f32 } else { 0.0 }
}

/// Dropout of one element: `x / (1 - rate)`, or 0 with probability `rate`.
pub fn dropout<T: Float>(draw: Draw, site: u64, rate: f32, index: u64, x: T) -> T {
    let kept = word(key(draw.seed, site), draw.step, index) >= drop_threshold(rate);
    if kept { x * T::of(f64::from(drop_scale(rate))) } else { T::ZERO }
}

/// Words in sequence, for draws whose number is not known before.
#[derive(Clone, Debug)]
pub struct Stream {
    key: Key,
    counter: u64,
    block: [u32; 4],
}

impl Stream {
    pub fn new(key: Key) -> Self {
        Stream { key, counter: 0, block: [0; 4] }
    }

    pub fn next_u32(&mut self) -> u32 {
        let place = (self.counter % 4) as usize;
        if place == 0 {
            let n = self.counter / 4;
            self.block = philox([n as u32, (n >> 32) as u32, 0, 0], self.key);
        }
        self.counter += 1;
        self.block[place]
    }

    /// Uniform in `0..n`, without bias. Lemire 2019, arXiv:1805.10941.
    pub fn bounded(&mut self, n: u32) -> u32 {
        let mut product = u64::from(self.next_u32()) * u64::from(n);
        if (product as u32) < n {
            let least = n.wrapping_neg() % n.max(1);
            while (product as u32) < least {
                product = u64::from(self.next_u32()) * u64::from(n);
            }
        }
        (product >> 32) as u32
    }
}

/// The order of `n` samples in an epoch: Fisher-Yates, every order equally likely.
pub fn permutation(seed: u64, epoch: u64, n: u32) -> Vec<u32> {
    let mut stream = Stream::new(key(seed, site("order") ^ mix(epoch)));
    let mut order: Vec<u32> = (0..n).collect();
    for i in (1..n).rev() {
        order.swap(i as usize, stream.bounded(i + 1) as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn philox_gives_the_published_vectors() {
        let ones = [u32::MAX; 4];
        let pi = [0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344];
        let cases = [
            ([0; 4], [0; 2], [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8]),
            (ones, [u32::MAX; 2], [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD]),
            (pi, [0xA409_3822, 0x299F_31D0], [0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1]),
        ];
        for (counter, key, wanted) in cases {
            assert_eq!(philox(counter, key), wanted);
        }
    }

    #[test]
    fn a_name_hashes_to_the_published_value() {
        assert_eq!(site(""), 0xCBF2_9CE4_8422_2325);
        assert_eq!(site("a"), 0xAF63_DC4C_8601_EC8C);
        assert_eq!(site("foobar"), 0x8594_4171_F739_67E8);
    }

    #[test]
    fn dropout_keeps_the_mean_and_drops_at_its_rate() {
        let draw = Draw { seed: 7, step: 3 };
        for rate in [0.0, 0.1, 0.5, 0.9] {
            let n = 40_000;
            let kept: Vec<f64> = (0..n).map(|i| dropout(draw, 5, rate, i, 1.0)).collect();
            let dropped = kept.iter().filter(|x| **x == 0.0).count() as f64 / n as f64;
            assert!((dropped - f64::from(rate)).abs() < 0.01, "{rate}: {dropped}");
            let mean = kept.iter().sum::<f64>() / n as f64;
            assert!((mean - 1.0).abs() < 0.05, "{rate}: mean {mean}");
        }
        assert!((0..1000).all(|i| dropout(draw, 5, 1.0, i, 1.0) == 0.0));
    }

    #[test]
    fn sites_seeds_and_steps_draw_apart() {
        let words = |seed, at, step| -> Vec<u32> {
            (0..64).map(|i| word(key(seed, at), step, i)).collect()
        };
        let base = words(1, 2, 3);
        assert_ne!(base, words(2, 2, 3));
        assert_ne!(base, words(1, 3, 3));
        assert_ne!(base, words(1, 2, 4));
        assert_ne!(words(1, 2, 3), words(2, 1, 3));
        assert_ne!(base, words(1, 2, 3 + (1 << 32)));
    }

    #[test]
    fn a_permutation_holds_every_index_once_and_differs_by_epoch() {
        for n in [0, 1, 2, 1000] {
            let mut order = permutation(4, 9, n);
            assert_eq!(order, permutation(4, 9, n));
            order.sort_unstable();
            assert!(order.into_iter().eq(0..n));
        }
        assert_ne!(permutation(4, 9, 1000), permutation(4, 10, 1000));
        assert_ne!(permutation(4, 9, 1000), permutation(5, 9, 1000));
    }

    #[test]
    fn every_order_of_three_is_equally_likely() {
        let mut counts = std::collections::HashMap::new();
        for epoch in 0..6000 {
            *counts.entry(permutation(1, epoch, 3)).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 6);
        assert!(counts.values().all(|&c: &i32| (c - 1000).abs() < 150), "{counts:?}");
    }
}
