//! The bytes of one cell → a number, or why there is none.
//!
//! Most cells never come here: they are numbers written as their point's last one was, see [`super::written`], or missing tokens
//! in a usual spelling, see [`tokens::SPELLED`]. [`short_decimal`] reads numbers that are plain and written in another way, and
//! exactly: up to 2^53 in the mantissa and 22 decimals, mantissa and power of ten are exact in an `f64`, so their quotient is the
//! nearest one. Everything else goes through [`classify`], which may be slow.

use super::decimal::{Decimal, Reading, readings};
use super::words::{Parts, UnitWord};
use super::{CellRule, states, tokens};
use crate::model::{EXTREME, Unit};
use std::borrow::Cow;

/// What a cell is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell {
    /// A plain number below [`EXTREME`] in size.
    Number(f64),
    /// One that stands for more than itself.
    Said(f64, CellNote),
    /// One with a mark behind it, or a unit that no table knows; what they are its text says.
    Marked(f64),
    /// A number that is too large to be true.
    Extreme(f64),
    /// A missing token, by its place in [`tokens::NAMES`].
    Missing(u8),
    /// A number with a unit that does not fit the point's.
    UnitMismatch,
    /// A number that only the whole report decides, if anything does.
    Undecided,
    /// A number that proves another decimal sign than the one that is stated.
    OtherSign,
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
    /// It is written with a power of ten, and so large that it has lost its last digits.
    Rounded,
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

/// What the cell is whose text (without quotes) is `text`, in a column whose numbers are read as `decimal` says.
pub(super) fn classify(text: &[u8], rule: &CellRule, decimal: Decimal) -> Cell {
    let text = text.trim_ascii();
    // Nearly all cells are numbers or missing tokens. Unless a word of the point's own goes before them, these are read without a copy.
    let has_own = states::has_own(rule);
    if !has_own {
        if reads_plain(rule, decimal)
            && let Some(value) = number(text)
        {
            return plain(value, text);
        }
        if let Ok(text) = std::str::from_utf8(text)
            && let Some(kind) = tokens::missing(text)
        {
            return Cell::Missing(kind);
        }
    }
    let text = decode(text);
    let text = text.trim();
    if has_own && let Some(state) = states::own(&text.to_lowercase(), rule) {
        return Cell::Said(state, CellNote::State);
    }
    let ascii = folded(text);
    if let Some(cell) = with_words(&ascii, rule, decimal) {
        return cell;
    }
    let lower = text.to_lowercase();
    if let Some(state) = states::common(&lower) {
        return Cell::Said(state, CellNote::State);
    }
    tokens::missing(&lower).map_or(Cell::Unrecognised, Cell::Missing)
}

/// Whether a plain number is in such a column what it is by itself.
pub(super) fn reads_plain(rule: &CellRule, decimal: Decimal) -> bool {
    decimal != Decimal::Comma && rule.scale.is_none()
}

/// The text of a cell: UTF-8, or else Big5 (a stray cell in an otherwise plain report). The degree sign of Windows stands only before
/// the letter of a unit.
pub(super) fn decode(text: &[u8]) -> Cow<'_, str> {
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

/// A text with the digits, letters and signs of fullwidth forms as those of ASCII, and the minus of mathematics as its hyphen.
pub(super) fn folded(text: &str) -> Cow<'_, str> {
    let fold = |letter: char| match letter {
        // Each stands as far from its form in ASCII as all others do.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        '\u{2212}' => '-',
        letter => letter,
    };
    match text.is_ascii() || text.chars().all(|letter| fold(letter) == letter) {
        true => text.into(),
        false => text.chars().map(fold).collect(),
    }
}

fn sized(value: f64) -> Cell {
    if value.abs() < EXTREME {
        Cell::Number(value)
    } else {
        Cell::Extreme(value)
    }
}

/// A number that is all of `text`.
fn plain(value: f64, text: &[u8]) -> Cell {
    match sized(value) {
        Cell::Number(value) if is_rounded(text) => Cell::Said(value, CellNote::Rounded),
        cell => cell,
    }
}

/// Whether a number is written with a power of ten and without its last digits, as spreadsheets show long ones.
fn is_rounded(text: &[u8]) -> bool {
    const LARGE: usize = 7;
    let Some(at) = text.iter().position(|byte| matches!(byte, b'e' | b'E')) else {
        return false;
    };
    let (mantissa, exponent) = (&text[..at], &text[at + 1..]);
    let sign = mantissa.iter().position(|byte| matches!(byte, b'.' | b','));
    let decimals = sign.map_or(0, |sign| mantissa.len() - sign - 1);
    let exponent = std::str::from_utf8(exponent).map(str::parse::<i32>);
    let exponent = exponent.map_or(0, |exponent| exponent.unwrap_or(0));
    usize::try_from(exponent).is_ok_and(|exponent| exponent >= LARGE && exponent > decimals)
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

/// A number, with or without a unit and a mark behind it; `text` is in the forms of ASCII.
fn with_words(text: &str, rule: &CellRule, decimal: Decimal) -> Option<Cell> {
    let parts = Parts::of(text);
    if parts.has_no_value() {
        return Some(Cell::Missing(tokens::STATUS));
    }
    let readings = readings(parts.number)?;
    let unit = parts.unit();
    let value = match readings.by(decimal) {
        _ if unit == UnitWord::NoUnit => return None,
        Reading::Undecided => return Some(Cell::Undecided),
        Reading::Ambiguous => return Some(Cell::Unrecognised),
        Reading::OtherSign => return Some(Cell::OtherSign),
        Reading::Number(value) => value * rule.scale.unwrap_or(1.0),
    };
    let (value, note) = match unit {
        UnitWord::Known(unit) => {
            let Some(value) = unit.as_declared(value, rule.unit) else {
                return Some(Cell::UnitMismatch);
            };
            (value, Some(CellNote::Unit(unit)))
        }
        _ if is_rounded(parts.number.as_bytes()) => (value, Some(CellNote::Rounded)),
        _ => (value, None),
    };
    Some(match (sized(value), note) {
        (Cell::Number(value), _) if parts.mark.is_some() || unit == UnitWord::Unknown => {
            Cell::Marked(value)
        }
        (Cell::Number(value), Some(note)) => Cell::Said(value, note),
        (cell, _) => cell,
    })
}

#[cfg(test)]
pub(super) mod tests;
