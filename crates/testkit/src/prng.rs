//! A seed in, numbers out: SplitMix64 (Steele, Lea, Flood 2014), the same on every machine.

/// The increment: 2^64 divided by the golden ratio, made odd.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// A stream of pseudo-random numbers.
#[derive(Debug, Clone)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// The stream of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// A number from 0 to `end` - 1; the bias of the remainder is of no matter here.
    pub const fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// A number from -1 to 1.
    pub fn noise(&mut self) -> f64 {
        let steps = u32::try_from(self.next() >> 40).unwrap_or_default();
        f64::from(steps) / f64::from(1 << 23) - 1.0
    }
}

/// The finaliser: a number that looks random, from one that does not.
#[must_use]
pub const fn mix(number: u64) -> u64 {
    let mut z = number;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_that_of_the_published_algorithm() {
        let mut stream = SplitMix64::new(1_234_567);
        let first: Vec<u64> = (0..5).map(|_| stream.next()).collect();
        assert_eq!(
            first,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821
            ]
        );
    }

    #[test]
    fn noise_stays_within_one_and_has_both_signs() {
        let mut stream = SplitMix64::new(7);
        let noise: Vec<f64> = (0..1000).map(|_| stream.noise()).collect();
        assert!(noise.iter().all(|n| (-1.0..1.0).contains(n)));
        assert!(noise.iter().any(|n| *n < -0.9) && noise.iter().any(|n| *n > 0.9));
    }
}
