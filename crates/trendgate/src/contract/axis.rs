//! The time axis: each row's time against the one before it. Pure; carried across batches.

use super::violation::ViolationKind;
use crate::time::{Instant, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A stretch of the axis in which bins have no row. In JSON its ends are nanoseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(
    inline,
    description = "A stretch of the axis in which bins have no row, in nanoseconds since the epoch."
)]
pub struct Gap {
    /// The first bin without a row.
    #[serde(with = "crate::time::plain")]
    #[schemars(with = "i64")]
    pub from: Instant,
    /// The first bin after it that has one again.
    #[serde(with = "crate::time::plain")]
    #[schemars(with = "i64")]
    pub to: Instant,
}

impl Gap {
    /// The gap between two rows of which one follows the other, if bins are missing between them.
    #[must_use]
    pub(crate) fn between(previous: Instant, next: Instant, interval: Span) -> Option<Self> {
        let from = previous + interval;
        (from < next).then_some(Self { from, to: next })
    }

    /// Its length: the missing bins times the interval. This is what `max_gap` limits.
    #[must_use]
    pub(crate) fn length(self) -> Span {
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
pub(super) enum AxisStep {
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
    pub(super) fn step(&mut self, time: Instant, rules: AxisRules) -> AxisStep {
        let previous = self.previous.replace(time);
        if time > rules.not_after {
            return AxisStep::Breaks(ViolationKind::Future);
        }
        let Some(previous) = previous else {
            return AxisStep::Follows;
        };
        if time == previous {
            return AxisStep::Breaks(ViolationKind::Duplicate);
        }
        if time < previous {
            return AxisStep::Breaks(ViolationKind::Disorder);
        }
        rules.interval.map_or(AxisStep::Follows, |interval| {
            spacing(previous, time, interval)
        })
    }
}

fn spacing(previous: Instant, time: Instant, interval: Span) -> AxisStep {
    let distance = i128::from(time.nanos()) - i128::from(previous.nanos());
    if distance % i128::from(interval.nanos()) != 0 {
        return AxisStep::Breaks(ViolationKind::OffGrid);
    }
    Gap::between(previous, time, interval).map_or(AxisStep::Follows, AxisStep::After)
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

    fn walk(times: &[i64], rules: AxisRules) -> Vec<AxisStep> {
        let mut axis = Axis::default();
        times.iter().map(|t| axis.step(at(*t), rules)).collect()
    }

    #[test]
    fn each_kind_of_step_is_told_from_the_others() {
        use ViolationKind::{Disorder, Duplicate, Future, OffGrid};
        assert_eq!(
            walk(&[3, 8, 8, 3, 13, 16, 1_001], RULES),
            [
                AxisStep::Follows,
                AxisStep::Follows,
                AxisStep::Breaks(Duplicate),
                AxisStep::Breaks(Disorder),
                AxisStep::After(Gap {
                    from: at(8),
                    to: at(13)
                }),
                AxisStep::Breaks(OffGrid),
                AxisStep::Breaks(Future),
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
        assert_eq!(last[..3], [AxisStep::Follows; 3]);
        assert_eq!(last[3], AxisStep::Breaks(ViolationKind::Disorder));
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
        assert_eq!(walk(&[i64::MIN, i64::MAX], rules)[1], AxisStep::After(gap));
        assert_eq!(gap.length(), Span::MAX);
    }
}
