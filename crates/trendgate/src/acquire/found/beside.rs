//! The columns of a time → those with what stands of it in columns of their own: the half of the day, the zone, or the time of dates at midnight.

use super::super::dates::is_half_of_day;
use super::column::TimeFormats;
use super::layout::{ChosenTime, TIME_COLUMNS, TimeColumn, confirmed, joined, name_of};
use super::sample::{Sample, SampleLine};
use super::stamp::{FormatCandidate, Holds};
use super::zone::is_zone_word;

/// A time whose date stands with a midnight in one column, as real dates of a spreadsheet do, and whose time of day in another.
pub(super) fn at_midnight(sample: &Sample, columns: &[TimeColumn]) -> Option<ChosenTime> {
    let of_day = columns
        .iter()
        .find(|column| column.formats.holds == Holds::Time)?;
    let cells = |place: usize| {
        let lines = sample.lines.iter().map(move |line| line.field(place));
        lines.filter(|cell| cell.bytes().any(|byte| byte.is_ascii_digit()))
    };
    let date = columns.iter().find(|column| {
        let are_midnights = || {
            cells(column.place)
                .filter(|cell| cell.contains(':'))
                .all(is_midnight)
        };
        column.formats.holds == Holds::Both
            && !column
                .formats
                .formats
                .iter()
                .any(FormatCandidate::is_number)
            && are_midnights()
    })?;
    let shown = cells(date.place).find(|cell| is_midnight(cell))?;
    let mut formats = Vec::new();
    for candidate in &date.formats.formats {
        let Some(dated) = with_midnight(&candidate.format, shown) else {
            continue;
        };
        formats.extend(of_day.formats.formats.iter().map(|time| FormatCandidate {
            holds: Holds::Both,
            format: format!("{dated} {}", time.format),
        }));
    }
    confirmed(sample, &[date.place, of_day.place], formats)
}

/// Whether a text ends in a midnight.
fn is_midnight(text: &str) -> bool {
    let Some((_, time)) = text.split_once([' ', 'T']) else {
        return false;
    };
    let time = time.trim();
    let digits = time.trim_start_matches("12").trim_end_matches("AM").trim();
    time.contains(':')
        && (digits.len() < time.len() && time.starts_with("12") && time.ends_with("AM")
            || !time.starts_with("12"))
        && digits
            .bytes()
            .all(|byte| matches!(byte, b'0' | b':' | b'.'))
}

/// A format with the midnight that is `shown` in the place of the words of the time of day.
fn with_midnight(format: &str, shown: &str) -> Option<String> {
    let time = &shown[shown.find([' ', 'T'])?..];
    let dated = match format {
        "iso" => "%Y-%m-%d",
        other => {
            let end = other.find(" %H").or_else(|| other.find(" %I"));
            &other[..end.or_else(|| other.find("T%H"))?]
        }
    };
    Some(format!("{dated}{time}"))
}

/// The time with the columns beside it that say which half of the day it is in, or how far its clock is from UTC.
pub(super) fn with_columns_beside(sample: &Sample, chosen: ChosenTime) -> ChosenTime {
    if chosen.formats.holds != Holds::Both
        || chosen
            .formats
            .formats
            .iter()
            .any(FormatCandidate::is_number)
    {
        return chosen;
    }
    let chosen = with(sample, chosen, is_of_half, &in_halves);
    let says_zone = |candidate: &FormatCandidate| {
        candidate.format.contains("%z") || candidate.format.contains("%Z")
    };
    if chosen.formats.formats.iter().any(says_zone) {
        return chosen;
    }
    let chosen = with(sample, chosen, is_of_offset, &|format| match format {
        "iso" => vec!["iso".to_owned()],
        other => vec![format!("{other} %z")],
    });
    with(sample, chosen, is_of_zone, &|format| match format {
        "iso" => [
            "%Y-%m-%d %H:%M:%S %Z",
            "%Y-%m-%d %H:%M %Z",
            "%Y-%m-%dT%H:%M:%S %Z",
        ]
        .map(ToOwned::to_owned)
        .to_vec(),
        other if other.contains("%z") || other.contains("%Z") => Vec::new(),
        other => vec![format!("{other} %Z")],
    })
}

/// The formats of a time of twelve hours with the half of the day behind it.
fn in_halves(format: &str) -> Vec<String> {
    match format {
        "iso" => ["%Y-%m-%d %I:%M:%S %p", "%Y-%m-%d %I:%M %p"]
            .map(ToOwned::to_owned)
            .to_vec(),
        other if other.contains("%H") && !other.contains("%p") => {
            vec![format!("{} %p", other.replace("%H", "%I"))]
        }
        _ => Vec::new(),
    }
}

/// The time with the first column all of whose cells are so, if all rows are read with it.
fn with(
    sample: &Sample,
    chosen: ChosenTime,
    is_so: fn(&str, &[&str]) -> bool,
    formats: &dyn Fn(&str) -> Vec<String>,
) -> ChosenTime {
    let Some(reader) = chosen
        .formats
        .formats
        .first()
        .and_then(FormatCandidate::reader)
    else {
        return chosen;
    };
    let is_row = |line: &&SampleLine| {
        reader
            .read(joined(line, &chosen.columns).as_bytes())
            .is_some()
    };
    let rows: Vec<&SampleLine> = sample.lines.iter().filter(is_row).collect();
    let widest = rows.iter().map(|line| line.width()).max().unwrap_or(0);
    let found = (0..widest.min(TIME_COLUMNS))
        .filter(|place| !chosen.columns.contains(place))
        .find(|place| {
            let cells: Vec<&str> = rows.iter().map(|line| line.field(*place)).collect();
            is_so(&name_of(sample, *place), &cells)
        });
    let Some(place) = found.filter(|_| chosen.columns.len() < super::layout::MOST_COLUMNS) else {
        return chosen;
    };
    let columns = [&chosen.columns[..], &[place]].concat();
    let candidates = chosen.formats.formats.iter().flat_map(|candidate| {
        formats(&candidate.format)
            .into_iter()
            .map(|format| FormatCandidate {
                holds: Holds::Both,
                format,
            })
    });
    let Some(joint) = confirmed(sample, &columns, candidates.collect()) else {
        return chosen;
    };
    let reads_all = |formats: &TimeFormats| {
        let reader = formats.formats.first().and_then(FormatCandidate::reader);
        reader.is_some_and(|reader| {
            rows.iter()
                .all(|line| reader.read(joined(line, &columns).as_bytes()).is_some())
        })
    };
    match reads_all(&joint.formats) {
        true => joint,
        false => chosen,
    }
}

fn is_of_half(_: &str, cells: &[&str]) -> bool {
    // A letter alone is a status as often.
    let is_half = |cell: &&str| cell.chars().count() > 1 && is_half_of_day(cell.as_bytes());
    !cells.is_empty() && cells.iter().all(is_half)
}

fn is_of_offset(name: &str, cells: &[&str]) -> bool {
    let name = name.to_lowercase();
    let is_named = ["offset", "utc", "gmt", "zone", "tz"]
        .iter()
        .any(|word| name.contains(word));
    let is_offset = |cell: &&str| {
        let Some(digits) = cell.strip_prefix(['+', '-']) else {
            return false;
        };
        let plain = digits.replace(':', "");
        matches!(digits.len(), 2 | 4 | 5)
            && matches!(plain.len(), 2 | 4)
            && plain.bytes().all(|byte| byte.is_ascii_digit())
    };
    is_named && !cells.is_empty() && cells.iter().all(is_offset)
}

fn is_of_zone(_: &str, cells: &[&str]) -> bool {
    !cells.is_empty() && cells.iter().all(|cell| is_zone_word(cell))
}
