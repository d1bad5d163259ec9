//! The time axis: each row's time against the one before it. Pure; carried across batches.

use super::violation::ViolationKind;
use crate::time::{Instant, Span};
use schemars::JsonSchema;
use serde::Serialize;

/// A stretch of the axis in which bins have no row. In JSON its ends are nanoseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(
    inline,
    description = "A stretch of the axis in which bins have no row, in nanoseconds since the epoch."
)]
pub struct Gap {
    /// The first bin without a row.
    #[serde(serialize_with = "crate::time::plain::serialize")]
    #[schemars(with = "i64")]
    pub from: Instant,
    /// The first bin after it that has one again.
    #[serde(serialize_with = "crate::time::plain::serialize")]
    #[schemars(with = "i64")]
    pub to: Instant,
}

impl Gap {
    /// The gap between two rows of which one follows the other, if bins are missing between them.
    ///
    /// ```
    /// use trendgate::contract::Gap;
    /// use trendgate::time::{Instant, MINUTE};
    /// let (at, bin) = (|bins| Instant::EPOCH + bins * MINUTE, MINUTE);
    /// assert_eq!(Gap::between(at(0), at(1), bin), None);
    /// assert_eq!(Gap::between(at(0), at(4), bin), Some(Gap { from: at(1), to: at(4) }));
    /// ```
    #[must_use]
    pub fn between(previous: Instant, next: Instant, interval: Span) -> Option<Self> {
        let from = previous + interval;
        (from < next).then_some(Self { from, to: next })
    }

    /// Its length: the missing bins times the interval. This is what `max_gap` limits.
    #[must_use]
    pub fn length(self) -> Span {
        self.to - self.from
    }
}

/// Where the stream stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Axis {
    pub(super) previous: Option<Instant>,
}

/// What the rules of the axis are.
#[derive(Debug, Clone, Copy)]
pub(super) struct AxisRules {
    pub(super) interval: Option<Span>,
    pub(super) not_after: Instant,
}

/// What a row is to the row before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The next bin, or the first row of all.
    Follows,
    /// A later bin.
    After(Gap),
    /// Against a rule.
    Breaks(ViolationKind),
}

impl Axis {
    /// Judges the row at `time` and moves on to it, also when it breaks a rule: one row out of place is then one
    /// violation, and not one for every row after it.
    pub(super) fn step(&mut self, time: Instant, rules: AxisRules) -> Step {
        let previous = self.previous.replace(time);
        if time > rules.not_after {
            return Step::Breaks(ViolationKind::Future);
        }
        let Some(previous) = previous else {
            return Step::Follows;
        };
        if time == previous {
            return Step::Breaks(ViolationKind::Duplicate);
        }
        if time < previous {
            return Step::Breaks(ViolationKind::Disorder);
        }
        rules
            .interval
            .map_or(Step::Follows, |interval| spacing(previous, time, interval))
    }
}

fn spacing(previous: Instant, time: Instant, interval: Span) -> Step {
    let distance = i128::from(time.nanos()) - i128::from(previous.nanos());
    if distance % i128::from(interval.nanos()) != 0 {
        return Step::Breaks(ViolationKind::OffGrid);
    }
    Gap::between(previous, time, interval).map_or(Step::Follows, Step::After)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(nanos: i64) -> Instant {
        Instant::from_nanos(nanos)
    }

    const RULES: AxisRules = AxisRules {
        interval: Some(Span::from_nanos(5)),
        not_after: at(1_000),
    };

    fn walk(times: &[i64], rules: AxisRules) -> Vec<Step> {
        let mut axis = Axis::default();
        times.iter().map(|t| axis.step(at(*t), rules)).collect()
    }

    #[test]
    fn each_kind_of_step_is_told_from_the_others() {
        use ViolationKind::{Disorder, Duplicate, Future, OffGrid};
        assert_eq!(
            walk(&[3, 8, 8, 3, 13, 16, 1_001], RULES),
            [
                Step::Follows,
                Step::Follows,
                Step::Breaks(Duplicate),
                Step::Breaks(Disorder),
                Step::After(Gap {
                    from: at(8),
                    to: at(13)
                }),
                Step::Breaks(OffGrid),
                Step::Breaks(Future),
            ]
        );
    }

    #[test]
    fn without_an_interval_only_order_and_future_are_judged() {
        let rules = AxisRules {
            interval: None,
            ..RULES
        };
        let last = walk(&[1, 2, 7, 6], rules);
        assert_eq!(last[..3], [Step::Follows; 3]);
        assert_eq!(last[3], Step::Breaks(ViolationKind::Disorder));
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        let rules = AxisRules {
            interval: Some(Span::from_nanos(1)),
            not_after: Instant::MAX,
        };
        let gap = Gap {
            from: at(i64::MIN + 1),
            to: Instant::MAX,
        };
        assert_eq!(walk(&[i64::MIN, i64::MAX], rules)[1], Step::After(gap));
        assert_eq!(gap.length(), Span::MAX);
    }
}
