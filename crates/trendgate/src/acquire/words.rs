//! What stands behind the number of a cell: its unit, and a mark.
//!
//! A mark is the last thing in the cell, and one token: `*`, letters and `*`, `-N-`, `{…}` or `(…)`. It is a status: the number stays, and the
//! status is counted, unless it says that there is no value. A unit that no table knows leaves the number as it is and is counted; what
//! may be a prefix, a word of another kind, or a known unit in the wrong case leaves none.

use super::decimal::is_grouping;
use super::{dates, states, tokens};
use crate::model::Unit;

/// The longest mark, and the longest unit that no table knows, in characters.
const LONGEST: usize = 24;

/// Statuses that say that there is no value, in lower case.
const NO_VALUE: [&str; 5] = ["null", "down", "fault", "stale", "disabled"];

/// Words that stand behind numbers and are no units: multiples, times of day, ordinals.
const NO_UNITS: [&str; 25] = [
    "da", "kilo", "mega", "giga", "tera", "milli", "micro", "nano", "mio", "mln", "mrd", "mill",
    "bn", "tsd", "thousand", "million", "billion", "百万", "百萬", "am", "pm", "st", "nd", "rd",
    "th",
];

/// The text of a cell in parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts<'t> {
    /// What may be a number.
    pub(super) number: &'t str,
    /// What stands behind it, without blanks around it.
    pub(super) unit: &'t str,
    /// The mark, if there is one.
    pub(super) mark: Option<&'t str>,
}

/// The unit of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UnitWord {
    /// The number has no unit.
    None,
    /// The number has this unit.
    Known(Unit),
    /// The number has a unit that no table knows.
    Unknown,
    /// What stands there is no unit.
    NoUnit,
}

impl<'t> Parts<'t> {
    /// The parts of `text`, which has no blanks around it.
    pub(super) fn of(text: &'t str) -> Self {
        let (text, mark) = match marked(text) {
            Some((before, mark)) => (before.trim_end(), Some(mark)),
            None => (text, None),
        };
        let end = text.char_indices().find(|(at, letter)| {
            let sign = *at == 0 && matches!(letter, '-' | '+');
            !(letter.is_ascii_digit()
                || matches!(letter, '.' | ',')
                || is_grouping(*letter)
                || sign)
        });
        let exponent = || exponent_end(text);
        let end = end.map_or(text.len(), |(at, _)| exponent().unwrap_or(at));
        let (number, unit) = text.split_at(end);
        Self {
            number: number.trim_end(),
            unit: unit.trim_start(),
            mark,
        }
    }

    /// The unit.
    pub(super) fn unit(&self) -> UnitWord {
        match self.unit {
            "" => UnitWord::None,
            unit => match Unit::parse(unit) {
                Some(Unit::One) => UnitWord::NoUnit,
                Some(unit) => UnitWord::Known(unit),
                None if is_unknown_unit(unit) && !self.number.ends_with('.') => UnitWord::Unknown,
                None => UnitWord::NoUnit,
            },
        }
    }

    /// Whether what stands behind the number leaves it one.
    pub(super) fn is_number(&self) -> bool {
        self.unit() != UnitWord::NoUnit
    }

    /// Whether the mark says that there is no value.
    pub(super) fn has_no_value(&self) -> bool {
        self.mark.is_some_and(says_no_value)
    }
}

/// Whether a word beside a number says that there is no value.
pub(super) fn says_no_value(word: &str) -> bool {
    let word = word.to_lowercase();
    let mut words = word.split(|letter: char| !letter.is_alphabetic());
    words.any(|word| NO_VALUE.contains(&word))
}

/// Where a number with an exponent ends that is all of `text`.
fn exponent_end(text: &str) -> Option<usize> {
    let at = text.find(['e', 'E'])?;
    let exponent = text[at + 1..].strip_prefix(['+', '-']);
    let exponent = exponent.unwrap_or(&text[at + 1..]);
    let is_number = !exponent.is_empty() && exponent.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(text.len())
}

/// What stands before the mark at the end of `text`, and the mark.
fn marked(text: &str) -> Option<(&str, &str)> {
    let last = text.chars().next_back()?;
    let rest = &text[..text.len() - last.len_utf8()];
    let before = match last {
        '*' => {
            let before = rest.trim_end_matches(char::is_alphabetic);
            let is_token = before.ends_with(|letter: char| {
                letter.is_ascii_digit() || letter.is_whitespace() || letter == '.'
            });
            match is_token && !is_long_unit(&rest[before.len()..]) {
                true => before,
                false => rest,
            }
        }
        '}' => &rest[..rest.rfind('{')?],
        ')' => {
            let open = rest.rfind('(')?;
            if is_long_unit(&rest[open + 1..]) {
                return None;
            }
            &rest[..open]
        }
        '-' => {
            let before = rest.trim_end_matches(char::is_alphabetic);
            before
                .strip_suffix('-')
                .filter(|_| before.len() < rest.len())?
        }
        _ => return None,
    };
    let mark = &text[before.len()..];
    (mark.chars().count() <= LONGEST).then_some((before, mark))
}

/// Whether letters that may be a mark are a unit beyond doubt: a known one of more than one letter.
fn is_long_unit(word: &str) -> bool {
    word.chars().nth(1).is_some() && Unit::parse(word).is_some()
}

/// Whether a word, which is no known unit, can be one: two letters or more, or a power of metres, and no word of another kind.
fn is_unknown_unit(word: &str) -> bool {
    let lower = word.to_lowercase();
    let count = word.chars().count();
    let begins = |letter: char| letter.is_alphabetic() || matches!(letter, '°' | 'µ' | '‰');
    let belongs = |letter: char| {
        begins(letter) || matches!(letter, '/' | '·' | '.' | '%' | '²' | '³' | '^' | '-' | '_')
    };
    // Digits are the powers of metres, feet and inches: `m3`, `W/m2`.
    let powers = ["m2", "m3", "ft2", "ft3", "in2", "in3"];
    let plain = powers.iter().fold(lower.clone(), |word, power| {
        word.replace(power, power.trim_end_matches(['2', '3']))
    });
    (2..=LONGEST).contains(&count)
        && word.starts_with(begins)
        && word.ends_with(|letter: char| letter != '-' && letter != '.')
        && plain.chars().all(belongs)
        && !NO_UNITS.contains(&lower.as_str())
        && !Unit::is_known_in_another_case(word)
        && states::common(&lower).is_none()
        && tokens::missing(&lower).is_none()
        && !dates::is_month(word)
        && !NO_VALUE.contains(&lower.as_str())
}

#[cfg(test)]
mod tests;
