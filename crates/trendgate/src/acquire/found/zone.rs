//! The name of the time, and the lines above the table → how far from UTC the clock of the times is, where they say it.

use super::words::plain_word;
use super::{FoundFact, FoundWhy, SeenTable};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What is said of the clock of the times.
pub(super) enum StatedZone {
    /// It is so far from UTC, always.
    Clock(FoundFact<String>),
    /// Something that no description can say, or that may mean several things.
    Doubt(String),
}

/// The words for a standard time and for the daylight saving time of the same place, and how far from UTC the first is.
const STANDARD: [(&str, &str, &str); 15] = [
    ("EST", "EDT", "-05:00"),
    ("MST", "MDT", "-07:00"),
    ("PST", "PDT", "-08:00"),
    ("AKST", "AKDT", "-09:00"),
    ("HST", "HDT", "-10:00"),
    ("CET", "CEST", "+01:00"),
    ("MEZ", "MESZ", "+01:00"),
    ("EET", "EEST", "+02:00"),
    ("SGT", "", "+08:00"),
    ("HKT", "", "+08:00"),
    ("JST", "", "+09:00"),
    ("KST", "", "+09:00"),
    ("AEST", "AEDT", "+10:00"),
    ("AWST", "", "+08:00"),
    ("NZST", "NZDT", "+12:00"),
];

/// Whether a word is that of a zone, and hardly any other.
pub(super) fn is_zone_word(word: &str) -> bool {
    const OTHERS: [&str; 5] = ["UTC", "GMT", "CST", "CDT", "BST"];
    OTHERS.contains(&word)
        || STANDARD
            .iter()
            .any(|(standard, summer, _)| *standard == word || !word.is_empty() && *summer == word)
}

/// What is said of the clock of times in columns of these names, of a site in `zone`.
pub(super) fn stated(
    seen: &SeenTable<'_>,
    columns: &[String],
    zone: Option<&TimeZone>,
) -> Option<StatedZone> {
    let by_name = columns.iter().find_map(|name| of_name(name, zone));
    by_name
        .or_else(|| in_lines_above(seen, zone))
        .or_else(|| in_columns(seen))
}

fn of_name(name: &str, zone: Option<&TimeZone>) -> Option<StatedZone> {
    let place = format!("the name {name:?} of the time");
    let words: Vec<&str> = name
        .split(|letter: char| !letter.is_ascii_alphabetic())
        .collect();
    if let Some(clock) = by_utc(name, &words) {
        return Some(StatedZone::Clock(FoundFact::proved(
            clock,
            format!("{place} says it"),
        )));
    }
    if let Some((word, clock)) = by_standard_time(&words) {
        return Some(of_standard((word, clock), &place, name == word, zone));
    }
    let parts = name.split(|letter: char| letter.is_whitespace() || "()[]{},;".contains(letter));
    let region = parts
        .filter(|part| part.contains('/'))
        .find_map(|part| Some((part, crate::time::zone(part)?)));
    let (region, of_name) = region?;
    of_region((region, &of_name), &place, zone)
}

/// The clock by a word for UTC and what stands behind it: `Time (UTC)`, `UTCDateTime`, `Date Time, GMT-05:00`.
fn by_utc(name: &str, words: &[&str]) -> Option<String> {
    const TIMES: [&str; 8] = [
        "",
        "time",
        "date",
        "datetime",
        "timestamp",
        "stamp",
        "ts",
        "t",
    ];
    if plain_word(name).contains("offset") {
        return None;
    }
    let is_utc = |word: &&&str| {
        let word = word.to_lowercase();
        word == "zulu"
            || ["utc", "gmt"].iter().any(|known| {
                let rest = word
                    .strip_prefix(known)
                    .or_else(|| word.strip_suffix(known));
                rest.is_some_and(|rest| TIMES.contains(&rest))
            })
    };
    let word = words.iter().find(is_utc)?;
    let rest = &name[name.find(*word)? + word.len()..];
    match rest.chars().next() {
        Some('+' | '-') => offset(rest),
        _ => Some("+00:00".to_owned()),
    }
}

/// A sign, hours and, it may be, minutes at the beginning of a text: `-05:00`, `+8`.
fn offset(text: &str) -> Option<String> {
    let sign = text
        .chars()
        .next()
        .filter(|sign| matches!(sign, '+' | '-'))?;
    let end = text[1..].find(|letter: char| !letter.is_ascii_digit() && letter != ':');
    let digits = &text[1..end.map_or(text.len(), |end| end + 1)];
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) => (hours, minutes),
        None if digits.len() == 4 => digits.split_at(2),
        None => (digits, "0"),
    };
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 14 && minutes < 60).then(|| format!("{sign}{hours:02}:{minutes:02}"))
}

/// The word for a standard time among others, and its clock; where that for the daylight saving time stands beside it, it is the clock of the site.
fn by_standard_time<'w>(words: &[&'w str]) -> Option<(&'w str, String)> {
    let (word, summer, offset) = STANDARD.iter().find(|(word, ..)| words.contains(word))?;
    let word = words.iter().find(|known| *known == word)?;
    let has_summer = !summer.is_empty() && words.contains(summer);
    (!has_summer).then(|| (*word, (*offset).to_owned()))
}

/// A word for standard time is often said of the whole year where the site keeps daylight saving time.
fn of_standard(
    (word, clock): (&str, String),
    place: &str,
    is_alone: bool,
    zone: Option<&TimeZone>,
) -> StatedZone {
    let is_of_site = zone.is_some_and(|zone| {
        let offsets = offsets(zone);
        offsets[0] != offsets[1] && names(zone).iter().any(|name| name == word)
    });
    StatedZone::Clock(match is_of_site && !is_alone {
        true => FoundFact::check(
            clock,
            format!(
                "{place} says {word}, a clock without daylight saving time; where only the site's zone is meant by it, remove the next line"
            ),
        ),
        false => FoundFact::proved(clock, format!("{place} says it")),
    })
}

/// The times in the middle of January and of July.
const MIDDLES: [i64; 2] = [1_705_320_000, 1_721_044_800];

/// How far from UTC a zone is in winter and in summer, in seconds.
fn offsets(zone: &TimeZone) -> [i32; 2] {
    MIDDLES.map(|at| Timestamp::from_second(at).map_or(0, |at| zone.to_offset(at).seconds()))
}

/// What a zone is called in winter and in summer.
fn names(zone: &TimeZone) -> Vec<String> {
    let at = MIDDLES
        .iter()
        .filter_map(|at| Timestamp::from_second(*at).ok());
    at.map(|at| zone.to_offset_info(at).abbreviation().to_owned())
        .collect()
}

/// A zone of the tz database: its clock, if it keeps no daylight saving time; nothing, if it is that of the site.
fn of_region(
    (region, said): (&str, &TimeZone),
    place: &str,
    zone: Option<&TimeZone>,
) -> Option<StatedZone> {
    let own = offsets(said);
    if zone.is_some_and(|zone| offsets(zone) == own) {
        return None;
    }
    if own[0] == own[1] {
        let minutes = own[0] / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        let clock = format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60);
        return Some(StatedZone::Clock(FoundFact::proved(
            clock,
            format!("{place} says {region}"),
        )));
    }
    Some(StatedZone::Doubt(format!(
        "{place} says {region}, which keeps daylight saving time and is not the site's zone; times are read in the site's: run these files as a site with `timezone: {region}`"
    )))
}

/// Words for a zone in the lines above a table, without blanks.
const KEYS: [&str; 18] = [
    "timezone",
    "timezoneid",
    "tz",
    "zeitzone",
    "utcoffset",
    "utcoffsetseconds",
    "gmtoffset",
    "offsetfromutc",
    "timeoffset",
    "fuseauhoraire",
    "zonahoraria",
    "fusoorario",
    "fusohorario",
    "tijdzone",
    "时区",
    "時區",
    "タイムゾーン",
    "시간대",
];

fn in_lines_above(seen: &SeenTable<'_>, zone: Option<&TimeZone>) -> Option<StatedZone> {
    let stated = by_key(seen, zone)?;
    let StatedZone::Clock(said) = &stated else {
        return Some(stated);
    };
    // An offset beside the name of a region may be that of a day.
    let first = seen.layout.rows.first().copied().unwrap_or(0);
    let fields = seen.sample.lines[..first]
        .iter()
        .flat_map(|line| &line.fields);
    let mut regions = fields.filter(|field| field.contains('/'));
    let region = regions.find(|field| {
        crate::time::zone(field).is_some_and(|zone| offsets(&zone)[0] != offsets(&zone)[1])
    });
    match (region, &said.why) {
        (Some(region), FoundWhy::Proved(why)) => Some(StatedZone::Clock(FoundFact::check(
            said.what.clone(),
            format!(
                "{why}, but {region} stands there, too, which keeps daylight saving time; where times are of it, remove the next line"
            ),
        ))),
        _ => Some(stated),
    }
}

fn by_key(seen: &SeenTable<'_>, zone: Option<&TimeZone>) -> Option<StatedZone> {
    let first = seen
        .layout
        .header
        .or_else(|| seen.layout.rows.first().copied())?;
    let lines = &seen.sample.lines[..first];
    let key = |text: &str| {
        let word: String = text
            .chars()
            .filter(|letter| letter.is_alphanumeric())
            .collect();
        let word = word.to_lowercase();
        KEYS.contains(&&*word).then_some(word)
    };
    lines.iter().enumerate().find_map(|(at, line)| {
        (0..line.fields.len()).find_map(|place| {
            let field = line.field(place).trim_start_matches(['#', '/', ';', ' ']);
            let cut = field.find([':', '=']);
            let (word, behind) = match cut {
                Some(cut) => (key(&field[..cut])?, field[cut + 1..].trim()),
                None => (key(field)?, ""),
            };
            let below = lines.get(at + 1).map_or("", |line| line.field(place));
            let texts = [behind, line.field(place + 1), below];
            let texts = texts.into_iter().filter(|text| !text.is_empty());
            let place = format!(
                "{:?} in line {} above the table",
                cut.map_or(field, |cut| &field[..cut]),
                at + 1
            );
            texts
                .filter_map(|text| of_text((&word, text), &place, zone))
                .next()
        })
    })
}

/// What the text behind a key says.
fn of_text((key, text): (&str, &str), place: &str, zone: Option<&TimeZone>) -> Option<StatedZone> {
    let proved = |clock: String| {
        StatedZone::Clock(FoundFact::proved(clock, format!("{place} says {text:?}")))
    };
    if let Ok(number) = text.parse::<f64>() {
        let hours = if key.contains("seconds") {
            number / 3600.0
        } else {
            number
        };
        let minutes = (hours * 60.0).round();
        let is_offset = hours.abs() <= 14.0 && (minutes - hours * 60.0).abs() < 1e-6;
        let sign = if minutes < 0.0 { '-' } else { '+' };
        let (hour, minute) = ((minutes.abs() / 60.0).floor(), minutes.abs() % 60.0);
        return is_offset.then(|| proved(format!("{sign}{hour:02.0}:{minute:02.0}")));
    }
    if let Some(clock) = offset(text).filter(|_| text.len() <= 6) {
        return Some(proved(clock));
    }
    let words: Vec<&str> = text
        .split(|letter: char| !letter.is_ascii_alphabetic())
        .filter(|word| !word.is_empty())
        .collect();
    // The name of a region behind an offset is of a clock that may keep daylight saving time.
    if let ["UTC" | "GMT" | "Z"] = words[..] {
        return by_utc(text, &words)
            .or_else(|| Some("+00:00".to_owned()))
            .map(proved);
    }
    if let [word] = words[..]
        && let Some(found) = by_standard_time(&[word])
    {
        return Some(of_standard(found, place, false, zone));
    }
    if let Some(found) = crate::time::zone(text) {
        return of_region((text, &found), place, zone);
    }
    let is_said = text.contains("UTC") || text.contains("GMT");
    is_said.then(|| {
        StatedZone::Doubt(format!(
            "{place} says {text:?} of the zone; times are read in the site's"
        ))
    })
}

/// A column that has the same offset in all rows, and is no part of the time.
fn in_columns(seen: &SeenTable<'_>) -> Option<StatedZone> {
    let mut others = seen.others();
    others.find_map(|place| {
        let name = seen.name(place);
        let word = plain_word(name);
        let is_named = KEYS.contains(&&*word) || ["utcoffset", "tzoffset"].contains(&&*word);
        let counts = &seen.counts[place];
        if !is_named {
            return None;
        }
        let place = format!("the column {name:?}");
        match counts.different.iter().next().filter(|_| counts.is_constant()) {
            Some(text) => of_text((&word, text), &place, None),
            None => Some(StatedZone::Doubt(format!(
                "{place} says something of the zone, other things in other rows, and is not read; times are read in the site's zone"
            ))),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_lines_say_how_far_a_clock_is_from_utc() {
        let site = crate::time::zone("America/New_York");
        let shown = |stated: Option<StatedZone>| match stated {
            None => "nothing".to_owned(),
            Some(StatedZone::Doubt(_)) => "doubt".to_owned(),
            Some(StatedZone::Clock(said)) => match said.why {
                FoundWhy::Proved(_) => said.what,
                FoundWhy::Check(_) => format!("{}?", said.what),
            },
        };
        for (name, expected) in [
            ("UTCDateTime", "+00:00"),
            ("DateTimeUTC", "+00:00"),
            ("timestamp_utc", "+00:00"),
            ("Time (UTC)", "+00:00"),
            ("time (UTC-5)", "-05:00"),
            ("Date Time, GMT+05:30", "+05:30"),
            ("Timestamp (EST)", "-05:00?"),
            ("EST", "-05:00"),
            ("Zeit (MEZ)", "+01:00"),
            ("Time (CET/CEST)", "nothing"),
            ("Time (America/Los_Angeles)", "doubt"),
            ("Time (America/Detroit)", "nothing"),
            ("Time (Asia/Tokyo)", "+09:00"),
            ("UTC Offset", "nothing"),
            ("Outcome", "nothing"),
            ("Time", "nothing"),
        ] {
            assert_eq!(shown(of_name(name, site.as_ref())), expected, "{name}");
        }
        for (key, text, expected) in [
            ("timezone", "UTC", "+00:00"),
            ("timezone", "0", "+00:00"),
            ("timezone", "-7", "-07:00"),
            ("timezone", "5.5", "+05:30"),
            ("utcoffsetseconds", "-14400", "-04:00"),
            ("timezone", "UTC+8", "+08:00"),
            ("timezone", "+08:00", "+08:00"),
            ("timezone", "America/New_York", "nothing"),
            ("timezone", "Europe/Berlin", "doubt"),
            ("timezone", "(UTC+01:00) Amsterdam, Berlin", "doubt"),
            ("timezone", "Elevation", "nothing"),
        ] {
            let stated = of_text((key, text), "line 1", site.as_ref());
            assert_eq!(shown(stated), expected, "{text}");
        }
    }
}
