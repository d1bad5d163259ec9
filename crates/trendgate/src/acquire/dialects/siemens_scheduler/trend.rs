//! How often points are logged, in words.

use crate::acquire::Trend;
use crate::time::{DAY, HOUR, MINUTE, SECOND, Span};

/// What a trend definition such as `5 minutes`, `COV` or `COV         15 minutes` says.
pub(in crate::acquire::dialects) fn trend(definition: &str) -> Trend {
    let text = definition.trim();
    let changes = text
        .get(..3)
        .is_some_and(|start| start.eq_ignore_ascii_case("cov"));
    Trend {
        interval: interval(if changes { &text[3..] } else { text }),
        change_of_value: changes,
        is_total: false,
    }
}

/// `15 Minutes` and the like.
pub(super) fn interval(text: &str) -> Option<Span> {
    let text = text.trim().to_lowercase();
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let number: i64 = text[..end].parse().ok()?;
    let unit = text[end..].trim();
    let units = [
        (SECOND, ["sec", "秒"]),
        (MINUTE, ["min", "分"]),
        (HOUR, ["hour", "小時"]),
        (HOUR, ["hr", "时"]),
        (DAY, ["day", "天"]),
    ];
    let known = units
        .iter()
        .find(|(_, words)| words.iter().any(|word| unit.starts_with(word)));
    known
        .map(|(unit, _)| number * *unit)
        .filter(|interval| Span::ZERO < *interval && *interval <= 366 * DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_read_in_words() {
        assert_eq!(interval("15 Minutes"), Some(15 * MINUTE));
        assert_eq!(interval("1 Hour"), Some(HOUR));
        assert_eq!(interval("30 Seconds"), Some(30 * SECOND));
        assert_eq!(interval("1 Day"), Some(DAY));
        assert_eq!(interval("5 分鐘"), Some(5 * MINUTE));
        assert_eq!(interval("COV"), None);
        assert_eq!(interval("0 Minutes"), None);
        let trend = |text: &str| {
            let Trend {
                interval,
                change_of_value,
                ..
            } = trend(text);
            (interval, change_of_value)
        };
        assert_eq!(trend("1 hour"), (Some(HOUR), false));
        assert_eq!(trend("COV"), (None, true));
        assert_eq!(trend("COV         15 minutes"), (Some(15 * MINUTE), true));
        assert_eq!(trend("Error:  No trend definitions found."), (None, false));
    }
}
