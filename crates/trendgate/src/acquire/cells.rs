//! The bytes of one cell → a number, or why there is none.
//!
//! Most cells never come here: they are numbers written as their point's last one was, see [`super::written`], or missing tokens
//! in a usual spelling, see [`tokens::SPELLED`]. [`short_decimal`] reads numbers that are plain and written in another way, and
//! exactly: up to 2^53 in the mantissa and 22 decimals, mantissa and power of ten are exact in an `f64`, so their quotient is the
//! nearest one. Everything else goes through [`classify`], which may be slow.

use super::{CellRule, states, tokens};
use crate::model::{EXTREME, Unit};

/// What a cell is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell {
    /// A plain number below [`EXTREME`] in size.
    Number(f64),
    /// One that stands for more than itself.
    Said(f64, CellNote),
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
pub(super) enum CellNote {
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
    // Nearly all is a number or a missing token: where no word of the point's own goes before them, those come without a copy.
    if !states::has_own(rule) {
        if let Some(value) = number(text) {
            return sized(value);
        }
        if let Ok(text) = std::str::from_utf8(text)
            && let Some(kind) = tokens::missing(text)
        {
            return Cell::Missing(kind);
        }
    }
    let text = decode(text);
    let text = text.trim();
    let lower = text.to_lowercase();
    if let Some(state) = states::own(&lower, rule) {
        return Cell::Said(state, CellNote::State);
    }
    if let Some(value) = number(text.as_bytes()) {
        return sized(value);
    }
    if let Some(state) = states::common(&lower) {
        return Cell::Said(state, CellNote::State);
    }
    if let Some(kind) = tokens::missing(&lower) {
        return Cell::Missing(kind);
    }
    with_unit(text, rule.unit).unwrap_or(Cell::Unrecognised)
}

/// Whether an unrecognised text is a number but for one comma, which may be its decimal sign or set its thousands apart: nothing in
/// the cell tells `7,625` from 7625.
pub(crate) fn is_ambiguous_number(text: &[u8]) -> bool {
    let text = decode(text);
    let text = text.trim_matches('"').trim();
    let mut parts = text.split(',');
    let (Some(before), Some(after), None) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let joined = || format!("{before}.{after}");
    digit(before.as_bytes().last())
        && digit(after.as_bytes().first())
        && (number(joined().as_bytes()).is_some() || with_unit(&joined(), None).is_some())
}

/// The text of a cell: UTF-8, or else Big5 (a stray cell in an otherwise plain report). The degree sign of Windows stands only before
/// the letter of a unit.
pub(super) fn decode(text: &[u8]) -> std::borrow::Cow<'_, str> {
    if let [number @ .., 0xB0, unit @ (b'C' | b'F')] = text
        && let Ok(number) = std::str::from_utf8(number)
    {
        return format!("{number}°{}", char::from(*unit)).into();
    }
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

/// The number that all of `text` is: one sign at most, digits with or without a point, an exponent or none. Words such as `nan`
/// are none.
pub(super) fn number(text: &[u8]) -> Option<f64> {
    let unsigned = text.strip_prefix(b"+").unwrap_or(text);
    let digits = match unsigned.strip_prefix(b"-") {
        Some(digits) if unsigned.len() == text.len() => digits,
        _ => unsigned,
    };
    let begins = digits
        .first()
        .is_some_and(|first| first.is_ascii_digit() || *first == b'.');
    begins.then(|| fast_float2::parse(unsigned).ok()).flatten()
}

/// A number with its thousands set apart by commas, where the cell itself proves it: two groups of three behind commas
/// (`1,234,000`), or one before a decimal point (`1,234.5`). One group alone may as well be decimals.
fn grouped(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, decimals) = match unsigned.split_once('.') {
        Some((whole, decimals)) => (whole, Some(decimals)),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let groups: Vec<&str> = groups.collect();
    let proved = match decimals {
        Some(decimals) => !groups.is_empty() && !decimals.is_empty() && digits(decimals),
        None => groups.len() > 1,
    };
    let well_formed = (1..=3).contains(&first.len())
        && digits(first)
        && !first.starts_with('0')
        && groups.iter().all(|group| group.len() == 3 && digits(group));
    (proved && well_formed)
        .then(|| number(text.replace(',', "").as_bytes()))
        .flatten()
}

/// A number with its thousands set apart, or one followed by a unit, or both.
fn with_unit(text: &str, declared: Option<Unit>) -> Option<Cell> {
    let end = text
        .char_indices()
        .find(|(at, c)| {
            let sign = *at == 0 && matches!(c, '-' | '+');
            !(c.is_ascii_digit() || matches!(c, '.' | ',') || sign)
        })
        .map_or(text.len(), |(at, _)| at);
    let (digits, unit) = text.split_at(end);
    let value = number(digits.as_bytes()).or_else(|| grouped(digits))?;
    if unit.is_empty() {
        return Some(sized(value));
    }
    let unit = Unit::parse(unit.trim()).filter(|unit| *unit != Unit::One)?;
    let target = declared.unwrap_or_else(|| unit.base());
    let Some(value) = unit.convert(value, target) else {
        return Some(Cell::UnitMismatch);
    };
    Some(match sized(value) {
        Cell::Number(value) => Cell::Said(value, CellNote::Unit(unit)),
        other => other,
    })
}

#[cfg(test)]
pub(super) mod tests;
