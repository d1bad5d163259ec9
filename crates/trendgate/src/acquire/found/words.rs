//! What the name of a column says of it: one table of words, in the languages of the exports that are met.

use super::super::dates::is_month;
use super::stamp::is_weekday;

mod lists;

use lists::{POINT, RECORD, REMARK, STATUS, TIME, UNIT, VALUE};

/// What a column is by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ColumnRole {
    Time,
    Value,
    Point,
    Unit,
    Status,
    /// A status that says how good a value is, and never what a machine does.
    Quality,
    /// A number of the row.
    Record,
    /// A number of something else.
    Id,
    /// A remark, an event, a person or money: of the row, and never what is measured.
    Remark,
}

/// Letters and digits of a name alone, in small letters; and whatever stands in brackets at its end not.
pub(super) fn plain_word(name: &str) -> String {
    let name = match name.find(['(', '[', '{']) {
        Some(at) if at > 0 => &name[..at],
        _ => name,
    };
    let word: String = name
        .chars()
        .filter(|letter| letter.is_alphanumeric() || *letter == '#')
        .collect();
    word.to_lowercase()
}

/// Whether the name of a column says that it is so.
pub(super) fn says(role: ColumnRole, name: &str) -> bool {
    let word = plain_word(name);
    match role {
        ColumnRole::Time => {
            let of_utc = word
                .strip_prefix("utc")
                .or_else(|| word.strip_suffix("utc"));
            TIME.contains(&&*word)
                || of_utc.is_some_and(|word| TIME.contains(&word))
                || has_time_word(name)
        }
        ColumnRole::Value => {
            VALUE.contains(&&*word)
                || ["value", "reading", "wert", "數值", "数值"]
                    .iter()
                    .any(|end| word.ends_with(end))
        }
        ColumnRole::Point => POINT.contains(&&*word),
        ColumnRole::Unit => UNIT.contains(&&*word),
        ColumnRole::Status => {
            STATUS.contains(&&*word)
                || ["status", "quality", "reliability"]
                    .iter()
                    .any(|end| word.ends_with(end))
        }
        ColumnRole::Quality => [
            "quality", "reliab", "valid", "qc", "qualit", "品質", "质量", "gültig",
        ]
        .iter()
        .any(|part| word.contains(part)),
        ColumnRole::Remark => REMARK.contains(&&*word),
        ColumnRole::Record => word.is_empty() || RECORD.contains(&&*word),
        ColumnRole::Id => {
            let parts = name.to_lowercase();
            let mut parts = parts.split(|letter: char| !letter.is_alphanumeric());
            word == "adr"
                || word == "address"
                || word == "adresse"
                || parts.any(|part| part == "id")
                || name.ends_with("ID")
                || name.ends_with("Id")
        }
    }
}

/// Whether a name is a word for a time, and no other.
pub(super) fn is_time_alone(name: &str) -> bool {
    TIME.contains(&&*plain_word(name))
}

/// Whether a column has this name in lists of alarms, or of what people changed.
pub(super) fn is_of_events(name: &str) -> bool {
    const EVENTS: [&str; 24] = [
        "ackstate",
        "acked",
        "acknowledged",
        "acktime",
        "ackuser",
        "alarmclass",
        "alarmstate",
        "alarmtype",
        "eventtype",
        "eventid",
        "eventstate",
        "message",
        "messagetext",
        "sourcestate",
        "fromstate",
        "tostate",
        "priority",
        "operation",
        "target",
        "slotname",
        "oldvalue",
        "newvalue",
        "user",
        "username",
    ];
    EVENTS.contains(&&*plain_word(name))
}

/// Whether one of the words of a name is that of a time.
fn has_time_word(name: &str) -> bool {
    const WORDS: [&str; 12] = [
        "time",
        "date",
        "datetime",
        "timestamp",
        "zeit",
        "datum",
        "epoch",
        "hora",
        "fecha",
        "heure",
        "zeitstempel",
        "unix",
    ];
    let name = name.to_lowercase();
    let mut words = name.split(|letter: char| !letter.is_alphabetic());
    words.any(|word| WORDS.contains(&word))
        || name.contains("時間")
        || name.contains("日期")
        || name.contains("时间")
}

/// Whether a name says nothing of what is measured, so that the name of the file has to.
pub(crate) fn is_generic(name: &str) -> bool {
    let word = plain_word(name);
    let word = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
    word.is_empty()
        || VALUE.contains(&word)
        || ["data", "y", "x", "column", "sensor", "point", "trend"].contains(&word)
}

/// Whether a word is the name of a weekday or a month.
pub(crate) fn is_calendar_word(word: &str) -> bool {
    is_weekday(word)
        || is_month(word)
        || ["weekday", "weekend", "holiday"].contains(&&*word.to_lowercase())
}

/// Whether a name says that its column is what was found out by hand, and no reading.
pub(super) fn is_truth(name: &str) -> bool {
    plain_word(name).contains("groundtruth")
}

/// What the words of a name say of the end of an interval at which its time is: `true` for the end.
pub(super) fn said_edge(name: &str) -> Option<bool> {
    let name = name.to_lowercase();
    let mut words = name
        .split(|letter: char| !letter.is_alphabetic())
        .filter(|word| !word.is_empty());
    let says_end = [
        "end", "ending", "ende", "bis", "to", "until", "fin", "fine", "till", "til", "stop",
    ];
    let says_start = [
        "start",
        "begin",
        "beginning",
        "from",
        "von",
        "beginn",
        "début",
        "debut",
        "inizio",
        "since",
        "fra",
        "från",
    ];
    words.find_map(|word| {
        if says_end.contains(&word) {
            Some(true)
        } else if says_start.contains(&word) {
            Some(false)
        } else {
            None
        }
    })
}

/// The part of a date or time that a column has by its name: 0 for the year, then month, day, hour, minute, second.
pub(super) fn part_of_time(name: &str) -> Option<usize> {
    const PARTS: [&[&str]; 6] = [
        &[
            "year", "yyyy", "jahr", "année", "annee", "año", "anno", "jaar", "yr", "年",
        ],
        &[
            "month", "mm", "mon", "monat", "mois", "mes", "mese", "maand", "月",
        ],
        &[
            "day", "dd", "tag", "jour", "dia", "día", "giorno", "dag", "日",
        ],
        &[
            "hour",
            "hr",
            "hh",
            "he",
            "stunde",
            "heure",
            "hora",
            "ora",
            "uur",
            "hourending",
            "hourend",
            "hrend",
            "hrending",
            "hourbeginning",
            "hourbegin",
            "時",
            "小時",
        ],
        &["minute", "min", "mi", "minuten", "minuto", "分"],
        &["second", "sec", "ss", "sekunde", "seconde", "segundo", "秒"],
    ];
    let word = plain_word(name);
    PARTS.iter().position(|part| part.contains(&&*word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns_say_what_they_are_in_several_languages() {
        for (role, name) in [
            (ColumnRole::Time, "Time Stamp"),
            (ColumnRole::Time, "Zeitstempel"),
            (ColumnRole::Time, "save_time"),
            (ColumnRole::Time, "日期"),
            (ColumnRole::Value, "Wert"),
            (ColumnRole::Value, "Present Value"),
            (ColumnRole::Point, "Tag-Name"),
            (ColumnRole::Unit, "單位"),
            (ColumnRole::Status, "Quality"),
            (ColumnRole::Record, ""),
            (ColumnRole::Record, "RECORD"),
            (ColumnRole::Id, "building_id"),
            (ColumnRole::Id, "MeterID"),
        ] {
            assert!(says(role, name), "{role:?} {name}");
        }
        assert!(
            !says(ColumnRole::Time, "Runtime")
                && !says(ColumnRole::Value, "CO2-val")
                && !says(ColumnRole::Id, "Humid")
        );
        assert!(is_generic("Value (°C)") && is_generic("value[2]") && !is_generic("CO2-val"));
        assert!(is_truth("Fault Detection Ground Truth") && !is_truth("truth-val"));
        assert_eq!(
            [
                said_edge("Hour Ending"),
                said_edge("Start Time"),
                said_edge("Time")
            ],
            [Some(true), Some(false), None]
        );
        assert_eq!(
            [
                part_of_time("Year"),
                part_of_time("Stunde"),
                part_of_time("Room")
            ],
            [Some(0), Some(3), None]
        );
    }
}
