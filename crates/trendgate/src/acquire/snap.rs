//! Times near a grid → times on it.
//!
//! Enters: the interval of a report, and how far from a multiple of it a time may be that is meant to be one (`snap`). Leaves: the time, or the
//! multiple. On the wall clock the grid begins at midnight, and where the clock is known otherwise it is that of UTC.

use super::stated::StatedReading;
use crate::time::Span;

/// A grid, and how far from it a time may be that is on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Snap {
    grid: Span,
    near: Span,
}

impl Snap {
    /// That of an interval, where both are stated.
    pub(super) fn of(interval: Option<Span>, near: Option<Span>) -> Option<Self> {
        let (grid, near) = interval.zip(near)?;
        Some(Self { grid, near })
    }

    /// What is stated beside a dialect of points with this interval.
    pub(super) fn added(stated: &StatedReading, interval: Option<Span>) -> Option<Self> {
        Self::of(interval, stated.added.as_ref()?.snap)
    }

    /// A time, since a midnight or since 1970, on the grid if it is near it.
    #[inline]
    pub(super) fn snapped(self, time: Span) -> Span {
        let Self { grid, near } = self;
        let over = Span::from_nanos(time.nanos().rem_euclid(grid.nanos()));
        let step = match over + over > grid {
            true => grid - over,
            false => Span::ZERO - over,
        };
        match step.abs() <= near {
            true => time + step,
            false => time,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{DAY, MINUTE, SECOND};

    #[test]
    fn what_is_near_a_multiple_is_that_and_the_last_one_of_a_day_is_its_end() {
        let snap = Snap::of(Some(15 * MINUTE), Some(5 * SECOND)).unwrap();
        for (seconds, expected) in [(0, 0), (5, 0), (6, 6), (894, 894), (895, 900), (904, 900)] {
            assert_eq!(snap.snapped(seconds * SECOND), expected * SECOND);
        }
        assert_eq!(snap.snapped(DAY - SECOND), DAY);
        assert_eq!(Snap::of(None, Some(SECOND)), None);
    }
}
