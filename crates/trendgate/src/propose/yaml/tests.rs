//! Intervals that a configuration can have.

use super::*;
use crate::time::HOUR;

#[test]
fn an_interval_is_lengthened_to_the_next_that_divides_a_day() {
    for (stated, length) in [
        (15 * MINUTE, Some(15 * MINUTE)),
        (7 * MINUTE, Some(8 * MINUTE)),
        (50 * MINUTE, Some(HOUR)),
        (7 * SECOND, Some(8 * SECOND)),
        (DAY, Some(DAY)),
        (7 * DAY, None),
    ] {
        assert_eq!(dividing(stated), length, "{stated}");
    }
}
