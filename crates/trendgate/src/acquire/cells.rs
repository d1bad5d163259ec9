//! The bytes of one cell → a number, or why there is none.
//!
//! Most cells never come here: they are numbers written as their point's last one was, see [`super::written`], or missing tokens
//! in a usual spelling, see [`tokens::SPELLED`]. [`short_decimal`] reads numbers that are plain and written in another way, and
//! exactly: up to 2^53 in the mantissa and 22 decimals, mantissa and power of ten are exact in an `f64`, so their quotient is the
//! nearest one. Everything else goes through [`classify`], which may be slow.

use super::{CellRule, EXTREME, states, tokens};
use crate::units::Unit;

/// What a cell is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell {
    /// A plain number below [`EXTREME`] in size.
    Number(f64),
    /// One that stands for more than itself.
    Said(f64, Said),
    /// A number that is too large to be true.
    Extreme(f64),
    /// A missing token, by its place in [`tokens::NAMES`].
    Missing(u8),
    /// A number with a unit that does not fit the point's.
    UnitMismatch,
    /// None of these.
    Unrecognised,
}

/// What the text of a cell says beside its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// It is a two-state word.
    State,
    /// It has this unit.
    Unit(Unit),
}

/// Powers of ten that are exact.
pub(super) const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// The decimal number at the start of `text`, and its length: blanks, a minus, digits, a point, digits. `None` where it is
/// anything else, or has more digits than can be read exactly this way.
#[inline]
#[allow(clippy::cast_precision_loss, reason = "the mantissa is below 10^15")]
pub(super) fn short_decimal(text: &[u8]) -> Option<(f64, usize)> {
    let mut at = 0;
    while text.get(at) == Some(&b' ') {
        at += 1;
    }
    let negative = text.get(at) == Some(&b'-');
    at += usize::from(negative);
    let start = at;
    let mut mantissa: u64 = 0;
    while let Some(digit) = digit(text, at) {
        mantissa = mantissa.wrapping_mul(10).wrapping_add(digit);
        at += 1;
    }
    let mut digits = at - start;
    let mut decimals = 0;
    if text.get(at) == Some(&b'.') {
        let point = at + 1;
        at = point;
        while let Some(digit) = digit(text, at) {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(digit);
            at += 1;
        }
        decimals = at - point;
        digits += decimals;
    }
    if digits == 0 || digits > 15 {
        return None;
    }
    let value = mantissa as f64 / POWERS[decimals];
    Some((if negative { -value } else { value }, at))
}

#[inline]
fn digit(text: &[u8], at: usize) -> Option<u64> {
    let digit = text.get(at)?.wrapping_sub(b'0');
    (digit < 10).then_some(u64::from(digit))
}

/// What the cell is whose text (without quotes) is `text`.
pub(super) fn classify(text: &[u8], rule: &CellRule) -> Cell {
    let text = text.trim_ascii();
    if let Some(value) = number(text) {
        return sized(value);
    }
    // Nearly all that is no number is a missing token: where no word of the point's own goes before it, that comes without a copy.
    let own_words = !rule.on.is_empty() || !rule.off.is_empty();
    if !own_words
        && let Ok(text) = std::str::from_utf8(text)
        && let Some(kind) = tokens::missing(text)
    {
        return Cell::Missing(kind);
    }
    let text = decode(text);
    let text = text.trim();
    let lower = text.to_lowercase();
    if let Some(state) = states::state(&lower, rule) {
        return Cell::Said(state, Said::State);
    }
    if let Some(kind) = tokens::missing(&lower) {
        return Cell::Missing(kind);
    }
    if let Some(value) = grouped(text) {
        return sized(value);
    }
    with_unit(text, rule.unit).unwrap_or(Cell::Unrecognised)
}

/// The text of a cell: UTF-8, or else Big5 (a stray cell in an otherwise plain report).
pub(super) fn decode(text: &[u8]) -> std::borrow::Cow<'_, str> {
    std::str::from_utf8(text).map_or_else(
        |_| encoding_rs::BIG5.decode_without_bom_handling(text).0,
        Into::into,
    )
}

fn sized(value: f64) -> Cell {
    if value.abs() < EXTREME {
        Cell::Number(value)
    } else {
        Cell::Extreme(value)
    }
}

/// The number that all of `text` is. Words such as `nan` are none.
fn number(text: &[u8]) -> Option<f64> {
    let first = text.iter().find(|byte| !matches!(byte, b'+' | b'-'))?;
    if !(first.is_ascii_digit() || *first == b'.') {
        return None;
    }
    let unsigned = text.strip_prefix(b"+").unwrap_or(text);
    fast_float2::parse(unsigned).ok()
}

/// A number with its thousands set apart by commas, such as `1,234.5`: groups of exactly three, so that nothing else is
/// taken for one.
fn grouped(text: &str) -> Option<f64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let mut groups = whole.strip_prefix('-').unwrap_or(whole).split(',');
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let first = groups
        .next()
        .filter(|group| (1..=3).contains(&group.len()) && digits(group));
    let mut rest = groups.peekable();
    let good = first.is_some()
        && rest.peek().is_some()
        && rest.all(|group| group.len() == 3 && digits(group));
    (good && digits(decimals))
        .then(|| text.replace(',', "").parse().ok())
        .flatten()
}

/// A number followed by a unit.
fn with_unit(text: &str, declared: Option<Unit>) -> Option<Cell> {
    let end = text
        .char_indices()
        .find(|(at, c)| !(c.is_ascii_digit() || *c == '.' || (*at == 0 && matches!(c, '-' | '+'))))
        .map(|(at, _)| at)?;
    let value = number(&text.as_bytes()[..end])?;
    let unit = Unit::parse(text[end..].trim())?;
    let target = declared.unwrap_or_else(|| unit.base());
    let Some(value) = unit.convert(value, target) else {
        return Some(Cell::UnitMismatch);
    };
    Some(match sized(value) {
        Cell::Number(value) => Cell::Said(value, Said::Unit(unit)),
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cell(text: &str) -> Cell {
        classify(text.as_bytes(), &CellRule::default())
    }

    #[test]
    fn every_kind_of_cell_is_told_from_the_others() {
        for (text, expected) in [
            ("51.4", Cell::Number(51.4)),
            (" -0.2", Cell::Number(-0.2)),
            ("+3", Cell::Number(3.0)),
            (".5", Cell::Number(0.5)),
            ("1e3", Cell::Number(1000.0)),
            ("1,234.5", Cell::Number(1234.5)),
            ("-12,345,678", Cell::Number(-12_345_678.0)),
            ("12,34", Cell::Unrecognised),
            ("1e25", Cell::Extreme(1e25)),
            ("-1e20", Cell::Extreme(-1e20)),
            ("1e400", Cell::Extreme(f64::INFINITY)),
            ("nan", Cell::Missing(6)),
            ("-inf", Cell::Missing(7)),
            ("", Cell::Missing(0)),
            ("  ", Cell::Missing(0)),
            ("no data", Cell::Missing(1)),
            ("Data Loss", Cell::Missing(2)),
            ("TIME (-2)", Cell::Missing(3)),
            ("ON", Cell::Said(1.0, Said::State)),
            ("Off", Cell::Said(0.0, Said::State)),
            ("運轉", Cell::Said(1.0, Said::State)),
            ("25.3 C", Cell::Said(25.3, Said::Unit(Unit::Celsius))),
            ("77 F", Cell::Said(25.0, Said::Unit(Unit::Fahrenheit))),
            ("100%", Cell::Said(100.0, Said::Unit(Unit::Percent))),
            ("4000W", Cell::Said(4.0, Said::Unit(Unit::Watt))),
            ("5 parsecs", Cell::Unrecognised),
            ("hello", Cell::Unrecognised),
            ("1-2", Cell::Unrecognised),
            ("--5", Cell::Unrecognised),
        ] {
            match (cell(text), expected) {
                (Cell::Number(a), Cell::Number(b)) => {
                    assert!((a - b).abs() < 1e-12, "{text:?}: {a}")
                }
                (Cell::Said(a, said), Cell::Said(b, expected)) => {
                    assert!((a - b).abs() < 1e-12, "{text:?}: {a}");
                    assert_eq!(said, expected, "{text:?}");
                }
                (got, expected) => assert_eq!(got, expected, "{text:?}"),
            }
        }
    }

    #[test]
    fn a_unit_is_converted_to_the_declared_one_or_does_not_fit() {
        let rule = CellRule {
            unit: Some(Unit::Fahrenheit),
            ..CellRule::default()
        };
        assert_eq!(
            classify(b"77 F", &rule),
            Cell::Said(77.0, Said::Unit(Unit::Fahrenheit))
        );
        assert_eq!(classify(b"12", &rule), Cell::Number(12.0));
        assert_eq!(classify(b"5 kW", &rule), Cell::UnitMismatch);
        let Cell::Said(value, Said::Unit(Unit::Celsius)) = classify(b"25 C", &rule) else {
            panic!("not a number")
        };
        assert!((value - 77.0).abs() < 1e-9);
    }

    #[test]
    fn a_cell_in_big5_is_read_as_such() {
        let (bytes, _, _) = encoding_rs::BIG5.encode("停止");
        assert_eq!(
            classify(&bytes, &CellRule::default()),
            Cell::Said(0.0, Said::State)
        );
    }

    proptest! {
        #[test]
        fn a_short_decimal_is_the_nearest_float(
            blanks in 0..3_usize,
            negative: bool,
            whole in 0..1_000_000_000_u64,
            decimals in "[0-9]{0,6}",
        ) {
            let sign = if negative { "-" } else { "" };
            let point = if decimals.is_empty() { "" } else { "." };
            let text = format!("{sign}{whole}{point}{decimals}");
            let padded = format!("{}{text}\"", " ".repeat(blanks));
            let (value, length) = short_decimal(padded.as_bytes()).unwrap();
            prop_assert_eq!(value.to_bits(), text.parse::<f64>().unwrap().to_bits());
            prop_assert_eq!(length, padded.len() - 1);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            short_decimal(&bytes);
            classify(&bytes, &CellRule::default());
        }
    }
}
