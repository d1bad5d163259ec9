//! The text of a format → its parts.

use super::fixed::FixedPlaces;
use super::{Form, FormatPart, StampFormat};

/// What formats are made of, for messages.
const KNOWN: &str = "%Y %y %EY %m %b %B %d %H %I %p %M %S %f %z %Z %a %A %F %T %R %D, or iso, epoch_s, epoch_ms, excel, sheet";

impl std::str::FromStr for StampFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = match text.trim() {
            "iso" => Form::Iso,
            "epoch_s" => Form::EpochSeconds,
            "epoch_ms" => Form::EpochMillis,
            "excel" => Form::Excel,
            "sheet" => Form::Sheet,
            other => {
                let parts = parts(other)?;
                check(&parts)?;
                let parts = joined(parts);
                let fixed = FixedPlaces::of(&parts);
                Form::Parts(parts, fixed)
            }
        };
        Ok(Self { form })
    }
}

fn parts(text: &str) -> Result<Vec<FormatPart>, String> {
    let mut parts = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '%' => {
                // `%-d` is a day without a zero before it, and read as any other.
                letters.next_if_eq(&'-');
                match letters.next() {
                    Some('E') if letters.next_if_eq(&'Y').is_some() => {
                        parts.push(FormatPart::RepublicYear);
                    }
                    Some(word) => of_word(word, &mut parts)?,
                    None => return Err("ends in a % with nothing behind it".to_owned()),
                }
            }
            letter if letter.is_whitespace() => {
                if parts.last() != Some(&FormatPart::Blanks) {
                    parts.push(FormatPart::Blanks);
                }
            }
            letter => plain(letter, &mut parts),
        }
    }
    Ok(parts)
}

/// An hour right before a minute is one number with it, where no other digits stand beside them: 5 is five minutes past midnight.
fn joined(mut parts: Vec<FormatPart>) -> Vec<FormatPart> {
    let is_apart = |part: Option<&FormatPart>| {
        matches!(
            part,
            None | Some(FormatPart::Blanks | FormatPart::Text(_) | FormatPart::Half)
        )
    };
    let pair = [FormatPart::Hour, FormatPart::Minute];
    let at = parts.windows(2).position(|two| *two == pair);
    if let Some(at) = at
        && at > 0
        && is_apart(parts.get(at - 1))
        && is_apart(parts.get(at + 2))
    {
        parts.splice(at..at + 2, [FormatPart::HourAndMinute]);
    }
    parts
}

fn plain(letter: char, parts: &mut Vec<FormatPart>) {
    let mut bytes = [0; 4];
    let bytes = letter.encode_utf8(&mut bytes).as_bytes();
    match parts.last_mut() {
        Some(FormatPart::Text(text)) => text.extend_from_slice(bytes),
        _ => parts.push(FormatPart::Text(bytes.to_vec())),
    }
}

fn of_word(word: char, parts: &mut Vec<FormatPart>) -> Result<(), String> {
    let part = match word {
        'Y' => FormatPart::Year,
        'y' => FormatPart::ShortYear,
        'm' => FormatPart::Month,
        'b' | 'B' | 'h' => FormatPart::MonthName,
        'd' | 'e' => FormatPart::Day,
        'a' | 'A' => FormatPart::Weekday,
        'H' | 'k' => FormatPart::Hour,
        'I' | 'l' => FormatPart::HourOfHalf,
        'p' | 'P' => FormatPart::Half,
        'M' => FormatPart::Minute,
        'S' => FormatPart::Second,
        'f' => FormatPart::Fraction,
        'z' => FormatPart::Offset,
        'Z' => FormatPart::ZoneWord,
        'n' | 't' => FormatPart::Blanks,
        '%' => {
            plain('%', parts);
            return Ok(());
        }
        'F' => return several("Y-m-d", parts),
        'D' => return several("m/d/y", parts),
        'T' => return several("H:M:S", parts),
        'R' => return several("H:M", parts),
        other => {
            return Err(format!(
                "has the word %{other}, which is none; known are {KNOWN}"
            ));
        }
    };
    parts.push(part);
    Ok(())
}

/// A word that stands for several, with signs between them.
fn several(words: &str, parts: &mut Vec<FormatPart>) -> Result<(), String> {
    words.chars().try_for_each(|letter| {
        if letter.is_ascii_alphabetic() {
            of_word(letter, parts)
        } else {
            plain(letter, parts);
            Ok(())
        }
    })
}

/// What has to be said once, or may be.
const SAID: [(&str, &[FormatPart], bool); 8] = [
    (
        "a year (%Y, %y or %EY)",
        &[
            FormatPart::Year,
            FormatPart::ShortYear,
            FormatPart::RepublicYear,
        ],
        true,
    ),
    (
        "a month (%m or %b)",
        &[FormatPart::Month, FormatPart::MonthName],
        true,
    ),
    ("a day (%d)", &[FormatPart::Day], true),
    (
        "an hour (%H, or %I with %p)",
        &[FormatPart::Hour, FormatPart::HourOfHalf],
        false,
    ),
    ("a half of the day (%p)", &[FormatPart::Half], false),
    ("a minute (%M)", &[FormatPart::Minute], false),
    ("a second (%S)", &[FormatPart::Second], false),
    (
        "a zone (%z or %Z)",
        &[FormatPart::Offset, FormatPart::ZoneWord],
        false,
    ),
];

fn check(parts: &[FormatPart]) -> Result<(), String> {
    for (what, words, needed) in SAID {
        match parts.iter().filter(|part| words.contains(part)).count() {
            0 if needed => return Err(format!("has no word for {what}; known are {KNOWN}")),
            0 | 1 => {}
            _ => return Err(format!("has more than one word for {what}")),
        }
    }
    let has = |part| parts.contains(&part);
    if has(FormatPart::HourOfHalf) && !has(FormatPart::Half) {
        return Err("has %I, the hour of half a day, and no %p to say of which".to_owned());
    }
    let has_hour = has(FormatPart::Hour) || has(FormatPart::HourOfHalf);
    let needs_hour = [FormatPart::Minute, FormatPart::Half].into_iter().any(has);
    if !has_hour && needs_hour || has(FormatPart::Second) && !has(FormatPart::Minute) {
        return Err(
            "has a word for a part of the time, and none for the part before it".to_owned(),
        );
    }
    match has(FormatPart::Fraction) && !has(FormatPart::Second) {
        true => Err("has %f, a fraction of a second, and no %S".to_owned()),
        false => Ok(()),
    }
}
