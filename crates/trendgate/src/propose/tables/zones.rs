//! Words for zones → what they mean, by the tz database: offsets of words that stand for one zone alone, and the choices of those that do not.

use crate::acquire::{FoundFact, FoundWhy};
use crate::time::{DAY, Span};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Words that mean one offset wherever they are used.
const UNAMBIGUOUS: [(&str, &str); 40] = [
    ("SGT", "+08:00"),
    ("HKT", "+08:00"),
    ("JST", "+09:00"),
    ("KST", "+09:00"),
    ("AWST", "+08:00"),
    ("AEST", "+10:00"),
    ("AEDT", "+11:00"),
    ("ACST", "+09:30"),
    ("ACDT", "+10:30"),
    ("NZST", "+12:00"),
    ("NZDT", "+13:00"),
    ("WET", "+00:00"),
    ("WEST", "+01:00"),
    ("CET", "+01:00"),
    ("CEST", "+02:00"),
    ("MEZ", "+01:00"),
    ("MESZ", "+02:00"),
    ("EET", "+02:00"),
    ("EEST", "+03:00"),
    ("MSK", "+03:00"),
    ("EST", "-05:00"),
    ("EDT", "-04:00"),
    ("CDT", "-05:00"),
    ("MDT", "-06:00"),
    ("MST", "-07:00"),
    ("PST", "-08:00"),
    ("PDT", "-07:00"),
    ("AKST", "-09:00"),
    ("AKDT", "-08:00"),
    ("HST", "-10:00"),
    ("ADT", "-03:00"),
    ("NST", "-03:30"),
    ("NDT", "-02:30"),
    ("BRT", "-03:00"),
    ("ART", "-03:00"),
    ("WIB", "+07:00"),
    ("WITA", "+08:00"),
    ("WIT", "+09:00"),
    ("ICT", "+07:00"),
    ("SAST", "+02:00"),
];

/// Words that mean several: what each may be, the most frequent first.
const AMBIGUOUS: [(&str, &[(&str, &str)]); 5] = [
    (
        "CST",
        &[
            ("-06:00", "Central Standard Time of North America"),
            ("+08:00", "China Standard Time"),
        ],
    ),
    (
        "IST",
        &[
            ("+05:30", "India Standard Time"),
            ("+02:00", "Israel Standard Time"),
            ("+01:00", "Irish Standard Time"),
        ],
    ),
    (
        "BST",
        &[
            ("+01:00", "British Summer Time"),
            ("+06:00", "Bangladesh Standard Time"),
        ],
    ),
    (
        "AST",
        &[
            ("-04:00", "Atlantic Standard Time"),
            ("+03:00", "Arabia Standard Time"),
        ],
    ),
    ("PHT", &[("+08:00", "Philippine Time")]),
];

/// What has to be said of the words in the times of a table.
#[derive(Debug, Default)]
pub(super) struct ZoneMeanings {
    /// Words with what they mean.
    pub(super) said: Vec<(String, FoundFact<String>)>,
    /// Words of which nothing is known.
    pub(super) unknown: Vec<String>,
}

/// What has to be said of these words, each with a wall time beside which it stands.
pub(super) fn meanings<'w>(
    words: impl Iterator<Item = &'w (String, Span)>,
    zone: Option<&TimeZone>,
) -> ZoneMeanings {
    let mut found = ZoneMeanings::default();
    for (word, wall) in words {
        let is_utc = ["Z", "UTC", "GMT"]
            .iter()
            .any(|utc| word.eq_ignore_ascii_case(utc));
        let is_known =
            found.said.iter().any(|(known, _)| known == word) || found.unknown.contains(word);
        if is_utc || is_known || zone.is_some_and(|zone| is_of(zone, word, *wall)) {
            continue;
        }
        match meaning(word) {
            Some(said) => found.said.push((word.clone(), said)),
            None => found.unknown.push(word.clone()),
        }
    }
    found
}

fn meaning(word: &str) -> Option<FoundFact<String>> {
    if let Some((_, offset)) = UNAMBIGUOUS.iter().find(|(known, _)| *known == word) {
        return Some(FoundFact {
            what: (*offset).to_owned(),
            why: FoundWhy::Proved(format!("{word} is {offset} wherever it is used")),
        });
    }
    if let Some(offset) = by_number(word) {
        return Some(FoundFact {
            what: offset,
            why: FoundWhy::Proved(format!("{word} says it")),
        });
    }
    let (_, all) = AMBIGUOUS.iter().find(|(known, _)| *known == word)?;
    let (offset, name) = all.first()?;
    let others: Vec<String> = all[1..]
        .iter()
        .map(|(offset, name)| format!("\"{offset}\" ({name})"))
        .collect();
    let why = format!(
        "{word} is taken for {name}; it may be {}",
        others.join(" or ")
    );
    Some(FoundFact {
        what: (*offset).to_owned(),
        why: FoundWhy::Check(why),
    })
}

/// `GMT+8`, `UTC-3`.
fn by_number(word: &str) -> Option<String> {
    let rest = word
        .strip_prefix("GMT")
        .or_else(|| word.strip_prefix("UTC"))?;
    let hours: i32 = rest.parse().ok()?;
    (hours.abs() <= 14)
        .then(|| format!("{}{:02}:00", if hours < 0 { '-' } else { '+' }, hours.abs()))
}

/// Whether the tz database has this word for the time of the zone about then.
fn is_of(zone: &TimeZone, word: &str, wall: Span) -> bool {
    [Span::ZERO - DAY, Span::ZERO, DAY].into_iter().any(|off| {
        let at = Timestamp::from_nanosecond(i128::from((wall + off).nanos()));
        at.is_ok_and(|at| zone.to_offset_info(at).abbreviation() == word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_mean_one_offset_are_said_and_others_are_to_be_checked() {
        let of = |word: &str, zone: Option<&str>| {
            let zone = zone.and_then(crate::time::zone);
            let found = meanings([(word.to_owned(), 19_750 * DAY)].iter(), zone.as_ref());
            let said = found
                .said
                .first()
                .map(|(_, said)| (said.what.clone(), matches!(said.why, FoundWhy::Check(_))));
            (said, found.unknown.len())
        };
        assert_eq!(
            of("SGT", Some("Asia/Singapore")),
            (Some(("+08:00".to_owned(), false)), 0)
        );
        assert_eq!(of("CST", Some("America/Chicago")), (None, 0));
        assert_eq!(of("CST", Some("Asia/Taipei")), (None, 0));
        assert_eq!(of("CST", None), (Some(("-06:00".to_owned(), true)), 0));
        assert_eq!(of("GMT+8", None), (Some(("+08:00".to_owned(), false)), 0));
        assert_eq!(of("UTC", None), (None, 0));
        assert_eq!(of("XYZ", None), (None, 1));
    }
}
