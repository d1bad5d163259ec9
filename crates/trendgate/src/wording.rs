//! Numbers as a person reads them: one way of writing counts, sizes, shares, ages and values, wherever the program tells of them; and texts from
//! outside, without what a terminal would obey.

pub use crate::escape::{escaped, escaped_json, escaped_lines, is_obeyed};
use crate::time::{DAY, HOUR, MINUTE, SECOND, Span};

/// A count with its thousands set apart: `827 328`.
///
/// ```
/// assert_eq!(trendgate::wording::count(827_328), "827 328");
/// ```
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// Bytes for a person: `6.8 MB`.
///
/// ```
/// assert!(trendgate::wording::bytes(12).starts_with("12"));
/// ```
#[allow(clippy::cast_precision_loss, reason = "one decimal is shown")]
#[must_use]
pub fn bytes(bytes: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 {
        format!("{bytes} B")
    } else {
        format!("{value:.1} {}", units[unit])
    }
}

/// A share of a whole for a person: `1.2%`.
///
/// ```
/// assert!(trendgate::wording::percent(0.5).starts_with("50"));
/// ```
#[must_use]
pub fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.0005 {
        return "<0.1%".to_owned();
    }
    format!("{:.1}%", share * 100.0)
}

/// How long ago something is, in the largest unit of which there are two or more: `3d`, `90m`.
///
/// ```
/// use trendgate::{time::HOUR, wording::age};
///
/// assert!(age(3 * HOUR).starts_with('3'));
/// ```
#[must_use]
pub fn age(span: Span) -> String {
    let units = [(DAY, "d"), (HOUR, "h"), (MINUTE, "m")];
    let unit = units.iter().find(|(unit, _)| span >= unit.times(2));
    let (unit, name) = unit.unwrap_or(&(SECOND, "s"));
    let number = u64::try_from(span / *unit).unwrap_or(0);
    format!("{}{name}", count(number))
}

/// "1 file", "2 files".
///
/// ```
/// use trendgate::wording::plural;
///
/// assert_eq!(plural(1, "report"), "1 report");
/// assert_eq!(plural(2, "report"), "2 reports");
/// ```
#[must_use]
pub fn plural(number: impl TryInto<u64>, noun: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    format!(
        "{} {noun}{}",
        count(number),
        if number == 1 { "" } else { "s" }
    )
}

/// A number with its unit, to seven digits, or all that stand before the point: what a conversion makes of a reading has sixteen.
///
/// ```
/// assert!(trendgate::wording::shown(7.1, "°C").starts_with("7.1"));
/// ```
#[must_use]
pub fn shown(value: f64, unit: &str) -> String {
    let rounded = match value.abs() < 1e6 {
        true => format!("{value:.6e}").parse().unwrap_or(value),
        false => value.round(),
    };
    format!("{rounded} {unit}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_set_for_reading() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(827_328), "827 328");
        assert_eq!(count(1_000_000), "1 000 000");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(6_790_578), "6.8 MB");
        assert_eq!(bytes(999_999), "1.0 MB");
        assert_eq!(plural(1_u64, "file"), "1 file");
        assert_eq!(plural(1200_u64, "row"), "1 200 rows");
        let shares = [0.0, 0.0004, 0.0005, 0.012, 1.0].map(percent);
        assert_eq!(shares, ["0.0%", "<0.1%", "0.1%", "1.2%", "100.0%"]);
        let ages = [
            SECOND.times(-3),
            MINUTE,
            MINUTE.times(90),
            HOUR.times(47),
            DAY.times(3579),
        ];
        assert_eq!(ages.map(age), ["0s", "60s", "90m", "47h", "3 579d"]);
    }
}
