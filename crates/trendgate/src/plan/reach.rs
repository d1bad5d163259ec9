//! What changed → the months that have to be made again. No I/O.
//!
//! A bin at `t` depends on rows from `t - before` to `t + after` of the cleaner's [`Look`], and on nothing else. So a row that comes or
//! goes at `r` reaches the bins from `r - after` to `r + before`; the bins between it and its neighbours, which are filled up to the
//! longest gap, are among them.

use crate::clean::Look;
use crate::time::{Extent, Month, Span, TimeRange};
use std::collections::BTreeSet;

/// The months with bins that rows in one of `extents` can change; `bin` is the length of a bin.
#[must_use]
pub(crate) fn months_around(
    extents: impl IntoIterator<Item = Extent>,
    look: Look,
    bin: Span,
) -> BTreeSet<Month> {
    let around =
        |extent: Extent| Month::between(extent.widened(look.after + bin, look.before + bin));
    extents.into_iter().flat_map(around).collect()
}

/// From when to when rows are read to make a month.
#[must_use]
pub(crate) fn read_window(month: Month, look: Look) -> TimeRange {
    month.range().widened(look.before, look.after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{DAY, Instant, MINUTE};

    /// 2016-11-05T00:00:00Z
    const NOVEMBER: Instant = Instant::from_nanos(1_478_304_000_000_000_000);

    fn months(first_day: i64, last_day: i64) -> Vec<String> {
        let extent = Extent::new(NOVEMBER + first_day * DAY, NOVEMBER + last_day * DAY);
        let look = Look {
            before: 7 * DAY,
            after: 3 * DAY,
        };
        let months = months_around([extent], look, 15 * MINUTE);
        let name = |month: &Month| month.start().to_string()[..7].to_owned();
        months.iter().map(name).collect()
    }

    #[test]
    fn a_row_reaches_as_far_ahead_as_bins_look_back_and_as_far_back_as_they_look_ahead() {
        assert_eq!(months(0, 0), ["2016-11"]);
        assert_eq!(
            months(-1, -1),
            ["2016-10", "2016-11"],
            "three days and a bin back"
        );
        assert_eq!(
            months(18, 18),
            ["2016-11"],
            "the 23rd, and seven days and a bin on"
        );
        assert_eq!(months(19, 19), ["2016-11", "2016-12"]);
        assert_eq!(
            months(-40, 30),
            ["2016-09", "2016-10", "2016-11", "2016-12"]
        );
    }
}
