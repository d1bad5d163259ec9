//! What changed → the months that have to be made again. No I/O.
//!
//! A bin at `t` depends on rows from `t - before` to `t + after` of the cleaner's [`Look`], and on nothing else. So a row that comes or
//! goes at `r` reaches the bins from `r - after` to `r + before`; the bins between it and its neighbours, which are filled up to the
//! longest gap, are among them.

use crate::clean::Look;
use crate::time::Month;
use std::collections::BTreeSet;

/// The months with bins that rows in one of `spans` can change; `bin` is the length of a bin.
#[must_use]
pub fn months_around(
    spans: impl IntoIterator<Item = (i64, i64)>,
    look: Look,
    bin: i64,
) -> BTreeSet<Month> {
    let around = |(first, last): (i64, i64)| {
        let from = first.saturating_sub(look.after).saturating_sub(bin);
        let to = last.saturating_add(look.before).saturating_add(bin);
        Month::between(from, to)
    };
    spans.into_iter().flat_map(around).collect()
}

/// From when to when rows are read to make a month.
#[must_use]
pub fn read_window(month: Month, look: Look) -> (i64, i64) {
    let from = month.start().saturating_sub(look.before);
    (from, month.end().saturating_add(look.after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{DAY, MINUTE, rfc3339};

    /// 2016-11-05T00:00:00Z
    const NOVEMBER: i64 = 1_478_304_000_000_000_000;

    fn months(first_day: i64, last_day: i64) -> Vec<String> {
        let span = (NOVEMBER + first_day * DAY, NOVEMBER + last_day * DAY);
        let look = Look {
            before: 7 * DAY,
            after: 3 * DAY,
        };
        let months = months_around([span], look, 15 * MINUTE);
        let name = |month: &Month| rfc3339(month.start())[..7].to_owned();
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
