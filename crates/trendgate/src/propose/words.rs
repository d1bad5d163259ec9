//! A point's name → words.
//!
//! ```text
//! CH5.CHST            CH 5 | CHST                 fields are what stands between separators
//! AH0101_T            AH 0101 | T                 letters and digits part
//! ChwSupplyTemp       CHW SUPPLY TEMP             a small letter and a capital part (but kW does not)
//! 冰水主管溫度 (°C)      冰水主管溫度                  scripts part; a unit in brackets at the end is taken off and kept
//! ZN3-CO2             ZN 3 | CO2                  digits that are part of a word stay in it
//! CH1.FLOW M3/H       CH 1 | FLOW                 so is one with a slash; a unit by anything else, and a share, is a ratio: KW/TON, %KW
//! ```
//!
//! A hint is compared with a whole word, never with a piece of one: `KW` is not in `KWH`, `RAT` not in `GENERATOR`, `A` not in
//! `MMCB.VA`. Chinese has no spaces: there the last characters of a word say what it measures (`冰水主管溫度` is a temperature,
//! `電壓縮機` is no voltage), and see [`names`](super::names).

use crate::model::Unit;

/// The words of a name.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct PointWords {
    /// The words, in upper case.
    pub(super) words: Vec<Word>,
    /// The unit at the end, in brackets or with a slash.
    pub(super) unit: Option<Unit>,
    /// Whether its end is one quantity by another, or a share of one: then no word of it says what is measured.
    pub(super) ratio: bool,
}

/// One word of a name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Word {
    /// The word, in upper case.
    pub(super) text: String,
    /// Whether it stands alone between separators.
    pub(super) whole: bool,
}

impl PointWords {
    /// Cuts `name` into words.
    pub(super) fn cut(name: &str) -> Self {
        let (name, unit) = without_unit(name);
        let end = name.trim_end().rsplit([' ', '.', '_', ':']).next();
        let ratio = end.is_some_and(|end| is_ratio(end) || end.trim_matches('%') != end);
        let mut words = Vec::new();
        for field in name.split(|c: char| !c.is_alphanumeric()) {
            let pieces = joined(field, &pieces(field));
            let whole = pieces.len() == 1;
            words.extend(pieces.into_iter().map(|piece| Word {
                text: piece.to_uppercase(),
                whole,
            }));
        }
        Self { words, unit, ratio }
    }
}

/// Whether a text is a unit by something: a slash behind anything else parts names, as in `2/energy`.
fn is_ratio(text: &str) -> bool {
    let of = text.rsplit_once('/').map(|(of, _)| of);
    of.is_some_and(|of| Unit::parse(of.trim_start_matches('%')).is_some())
}

/// The name without a unit at its end, and the unit.
fn without_unit(name: &str) -> (&str, Option<Unit>) {
    let closed = name.trim_end().strip_suffix([')', ']', '）']);
    let bracketed = closed.and_then(|open| open.rsplit_once(['(', '[', '（']));
    let slashed = name.trim_end().rsplit_once([' ', '_', '.']);
    let slashed = slashed.filter(|(_, end)| end.contains('/'));
    let spaced = name.trim_end().rsplit_once(' ');
    let spaced = spaced.filter(|(_, end)| end.starts_with(['°', '℃', '℉', '%']));
    let parted = bracketed.or(slashed).or(spaced);
    let known = |(rest, inner): (&'_ str, &'_ str)| Some((rest.len(), Unit::parse(inner.trim())?));
    // Temp, °F (logger 123)
    let behind_comma = || {
        let plain = bracketed.map_or(name, |(rest, _)| rest);
        plain.rsplit_once(',').and_then(known)
    };
    match parted.and_then(known).or_else(behind_comma) {
        Some((rest, unit)) => (&name[..rest], Some(unit)),
        None => (name, None),
    }
}

/// Words with digits in them, which are cut before those.
const WITH_DIGITS: [(&str, &str); 1] = [("CO", "2")];

/// The pieces of a field, with those joined that are one word.
fn joined<'t>(field: &'t str, pieces: &[&'t str]) -> Vec<&'t str> {
    let mut words: Vec<&str> = Vec::with_capacity(pieces.len());
    let mut end = 0;
    for piece in pieces {
        end += piece.len();
        let is_one = |last: &&mut &str| {
            let is = |(first, second): &(&str, &str)| {
                last.eq_ignore_ascii_case(first) && piece == second
            };
            WITH_DIGITS.iter().any(is)
        };
        match words.last_mut().filter(is_one) {
            Some(last) => *last = &field[end - piece.len() - last.len()..end],
            None => words.push(piece),
        }
    }
    words
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum WordKind {
    Digit,
    Lower,
    Upper,
    Other,
}

fn kind(c: char) -> WordKind {
    if c.is_numeric() {
        WordKind::Digit
    } else if c.is_lowercase() {
        WordKind::Lower
    } else if c.is_uppercase() {
        WordKind::Upper
    } else {
        WordKind::Other
    }
}

/// A field cut where digits, letters and scripts meet, and where a capital follows a small letter.
fn pieces(field: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut previous: Option<WordKind> = None;
    for (at, c) in field.char_indices() {
        let here = kind(c);
        let joined = match (previous, here) {
            (None, _) | (Some(WordKind::Upper), WordKind::Lower) => true,
            // kW, kWh, kPa.
            (Some(WordKind::Lower), WordKind::Upper) => at - start == 1,
            (Some(before), here) => before == here,
        };
        if !joined {
            pieces.push(&field[start..at]);
            start = at;
        }
        previous = Some(here);
    }
    if start < field.len() {
        pieces.push(&field[start..]);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_where_separators_digits_capitals_and_scripts_are() {
        for (name, words) in [
            ("CH5.CHST", "CH 5 CHST*"),
            ("AH0101_T", "AH 0101 T*"),
            ("AH0101T", "AH 0101 T"),
            ("MMCB.VA", "MMCB* VA*"),
            ("ZWP-1.F", "ZWP* 1* F*"),
            ("ChwSupplyTemp", "CHW SUPPLY TEMP"),
            ("CHWSupply", "CHWSUPPLY*"),
            ("P1.kWh", "P 1 KWH*"),
            ("冰水主管溫度 (°C)", "冰水主管溫度*"),
            ("CH1冰水出水溫度2", "CH 1 冰水出水溫度 2"),
            ("it's \"a\": #1", "IT* S* A* 1*"),
            ("...", ""),
        ] {
            let cut = PointWords::cut(name).words;
            let shown = cut
                .iter()
                .map(|word| word.text.clone() + if word.whole { "*" } else { "" });
            assert_eq!(shown.collect::<Vec<_>>().join(" "), words, "{name}");
        }
    }

    #[test]
    fn a_unit_in_brackets_at_the_end_is_kept_and_anything_else_there_is_not() {
        for (name, unit) in [
            ("冰水溫度 (°C)", Some(Unit::Celsius)),
            ("FLOW [GPM]", Some(Unit::UsGallonPerMinute)),
            ("流量（LPM）", Some(Unit::LitrePerMinute)),
            ("Humidity %", Some(Unit::Percent)),
            ("Temperature °C", Some(Unit::Celsius)),
            ("TEMP (east)", None),
            ("Temp, °F (LGR S/N: 1, SEN S/N: 2)", Some(Unit::Fahrenheit)),
            ("(°C) TEMP", None),
            ("CH5.CHST", None),
        ] {
            assert_eq!(PointWords::cut(name).unit, unit, "{name}");
        }
    }
}
