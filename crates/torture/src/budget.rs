//! Seconds and a seed → which points are tried, and for how long.

use std::time::{Duration, Instant};
use testkit::prng::SplitMix64;

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    end: Option<Instant>,
}

impl Clock {
    /// Never.
    pub(super) const fn endless() -> Self {
        Self { end: None }
    }

    /// After some time.
    pub(super) fn for_time(time: Duration) -> Self {
        Self {
            end: Instant::now().checked_add(time),
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.end.is_some_and(|end| Instant::now() >= end)
    }

    fn left(&self) -> Option<Duration> {
        self.end
            .map(|end| end.saturating_duration_since(Instant::now()))
    }

    /// The clock of one of `shares` equal shares of the time that is left; what one does not need is the others'.
    pub(super) fn share(&self, shares: u32) -> Self {
        self.part(1, shares)
    }

    /// The clock of `weight` parts of `total` of the time that is left.
    pub(super) fn part(&self, weight: u32, total: u32) -> Self {
        let part = |left: Duration| Self::for_time(left * weight / total.max(1));
        self.left().map_or(Self::endless(), part)
    }
}

/// Points in the order of the seed, so that whatever the time allows is a fair sample.
pub(super) fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut random = SplitMix64::new(seed);
    for last in (1..items.len()).rev() {
        let place = usize::try_from(random.below(last as u64 + 1)).unwrap_or_default();
        items.swap(last, place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_keeps_everything_and_depends_on_the_seed_alone() {
        let order = |seed| {
            let mut items: Vec<u32> = (0..50).collect();
            shuffle(&mut items, seed);
            items
        };
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
        let mut sorted = order(1);
        sorted.sort_unstable();
        assert_eq!(sorted, (0..50).collect::<Vec<u32>>());
    }

    #[test]
    fn a_share_of_an_endless_clock_is_endless_and_one_of_no_time_is_over() {
        assert!(!Clock::endless().share(4).is_over());
        assert!(Clock::for_time(Duration::ZERO).share(4).is_over());
        assert!(!Clock::for_time(Duration::from_secs(100)).share(4).is_over());
    }
}
