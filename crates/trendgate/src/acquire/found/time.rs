//! The formats that read the times of a table → the one that is right, by what proves it, or the likeliest, with what speaks for each.

use super::super::Edge;
use super::super::dates::StampFormat;
use super::column::{Steps, wall, zone_word};
use super::day::labels_are_ends;
use super::layout::joined;
use super::stamp::{FormatCandidate, Holds};
use super::words::said_edge;
use super::zone::{StatedZone, stated};
use super::{FoundDay, FoundFact, FoundForm, FoundTime, FoundWhy, SeenTable};
use crate::time::{DAY, HOUR, Span};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// Words for zones that are kept.
const MOST_WORDS: usize = 8;

/// The time of the rows of a table of this form.
pub(super) fn time(
    seen: &SeenTable<'_>,
    form: &FoundForm,
    zone: Option<&TimeZone>,
) -> Option<FoundTime> {
    let (formats, why) = ordered(seen, zone)?;
    let (layout, sample) = (seen.layout, seen.sample);
    let chosen = formats.first()?;
    let reader = chosen.reader()?;
    let texts: Vec<String> = layout
        .rows
        .iter()
        .map(|row| joined(&sample.lines[*row], &layout.time))
        .collect();
    let mut zone_words = BTreeMap::new();
    for text in &texts {
        if zone_words.len() < MOST_WORDS
            && let Some(word) = zone_word(&reader, text)
            && let Some(at) = wall(&reader, text)
        {
            zone_words.entry(word).or_insert(at);
        }
    }
    let columns: Vec<String> = layout
        .time
        .iter()
        .map(|place| seen.name(*place).to_owned())
        .collect();
    let edge = match form {
        FoundForm::Day(day) => edge_of_day(seen, day),
        FoundForm::Wide | FoundForm::Long(_) => {
            edge(&columns, &texts, chosen).or_else(|| edge_by_days(seen, chosen))
        }
    };
    let is_end = edge.as_ref().is_some_and(|edge| edge.what == Edge::End);
    // The columns of a day say how far they are apart.
    let interval = (is_end && !matches!(form, FoundForm::Day(_))).then(|| {
        let (step, count, all) = seen.steps.usual()?;
        Some(FoundFact::proved(
            step,
            format!("{count} of {all} steps from row to row are {step}"),
        ))
    });
    let interval = interval.flatten();
    let says_zone = chosen.is_number() && chosen.format != "excel"
        || chosen.format.contains("%z")
        || !zone_words.is_empty();
    let has_offset = texts.iter().any(|text| has_offset(text));
    let mut notes: Vec<String> = [dates_alone(seen, chosen), half_days(seen, chosen)]
        .into_iter()
        .flatten()
        .collect();
    let clock = match says_zone || has_offset {
        true => None,
        false => stated(seen, &columns, zone).and_then(|stated| match stated {
            StatedZone::Clock(clock) => Some(clock),
            StatedZone::Doubt(doubt) => {
                notes.push(doubt);
                None
            }
        }),
    };
    Some(FoundTime {
        shown: texts.first()?.clone(),
        exchanged: None,
        columns,
        formats: formats
            .into_iter()
            .map(|candidate| candidate.format)
            .collect(),
        why,
        edge,
        clock,
        interval,
        zone_words: zone_words.into_iter().collect(),
        notes,
    })
}

/// That the clock has twelve hours and nothing says which half of the day it is, where that shows.
fn half_days(seen: &SeenTable<'_>, chosen: &FormatCandidate) -> Option<String> {
    if chosen.is_number() || chosen.format.contains("%p") {
        return None;
    }
    let hour = |time: &Span| time.nanos().rem_euclid(DAY.nanos()) / HOUR.nanos();
    let (head, tail) = seen.layout.walls(seen.sample, chosen);
    let are_halves = head
        .iter()
        .chain(&tail)
        .all(|time| (1..=12).contains(&hour(time)));
    let mut steps = head.windows(2).chain(tail.windows(2));
    let begins_anew = |step: &[Span]| {
        let (from, to) = (step[0].min(step[1]), step[0].max(step[1]));
        hour(&from) == 1 && hour(&to) == 12 && to - from < 12 * HOUR
    };
    (are_halves && steps.any(begins_anew)).then(|| {
        "no hour is 0 or beyond 12, and 12 is beside 1: a clock of twelve hours without AM or PM, so that half of the times are twelve hours off; export them with these, or with 24 hours".to_owned()
    })
}

/// That rows have a date and no time of day, where there are such.
fn dates_alone(seen: &SeenTable<'_>, chosen: &FormatCandidate) -> Option<String> {
    let [place] = seen.layout.time[..] else {
        return None;
    };
    let time = ["%H", "%I", "%p"].map(|word| chosen.format.find(word));
    let date = chosen.format[..time.into_iter().flatten().min()?].trim_end();
    let reader: StampFormat = date.parse().ok()?;
    let below = seen.layout.header.map(|header| header + 1);
    let first = below.or_else(|| seen.layout.rows.first().copied())?;
    let lines = seen.sample.lines[first..].iter();
    let alone: Vec<&str> = lines
        .map(|line| line.field(place))
        .filter(|text| reader.read(text.as_bytes()).is_some())
        .collect();
    let shown = alone.first()?;
    Some(format!(
        "a time of day lacks in some rows of the sample ({}), such as {shown:?}, and a run rejects them; where they are midnights, let the plant write them",
        alone.len()
    ))
}

/// Whether the text of a time in `iso` says how far from UTC the clock is.
fn has_offset(text: &str) -> bool {
    let Some((_, behind)) = text.split_once([':', 'T']) else {
        return false;
    };
    behind.contains(['+', '-', 'Z', 'z'])
}

/// The formats, the right or likeliest first, and why.
fn ordered(
    seen: &SeenTable<'_>,
    zone: Option<&TimeZone>,
) -> Option<(Vec<FormatCandidate>, FoundWhy)> {
    let found = &seen.layout.formats;
    let rows = seen.layout.rows.len();
    let first = found.formats.first()?;
    if let [only] = &found.formats[..] {
        let why = match found
            .refuted
            .iter()
            .filter(|(other, _)| other.holds == only.holds)
            .min_by_key(|(_, unread)| *unread)
        {
            Some((other, unread)) if !only.is_number() => {
                format!(
                    "{rows} rows are read so; {unread} of them are no time in {:?}",
                    other.format
                )
            }
            _ => exchanged(seen, only).unwrap_or_else(|| by_itself(&only.format).to_owned()),
        };
        if only.format == "excel" {
            return Some((vec![only.clone()], serial(seen, only)));
        }
        return Some((vec![only.clone()], FoundWhy::Proved(why)));
    }
    let steps: Vec<(FormatCandidate, Steps)> = found
        .formats
        .iter()
        .map(|candidate| (candidate.clone(), seen.layout.steps(seen.sample, candidate)))
        .collect();
    let proved: Vec<&FormatCandidate> = steps
        .iter()
        .filter(|(_, steps)| steps.prove())
        .map(|(candidate, _)| candidate)
        .collect();
    let others_refuted = steps
        .iter()
        .all(|(candidate, steps)| steps.refute() || proved.contains(&candidate));
    if let ([one], true) = (&proved[..], others_refuted) {
        let one = (*one).clone();
        return Some((vec![one], FoundWhy::Proved("read so, rows go on from day to day over midnight; read in another order of day and month they leap".to_owned())));
    }
    if let Some((candidate, name)) = said_order(seen) {
        let why = format!("the name {name:?} says how it is written");
        return Some((vec![candidate], FoundWhy::Proved(why)));
    }
    let mut formats = found.formats.clone();
    let (month_first, why) = month_first(zone, first);
    formats.sort_by_key(|candidate| {
        let month = candidate.format.find("%m") < candidate.format.find("%d");
        (candidate.format.starts_with("%y"), month != month_first)
    });
    let others: Vec<String> = formats[1..]
        .iter()
        .map(|candidate| format!("{:?}", candidate.format))
        .collect();
    let why = format!(
        "no row proves the order of day and month: {why}; it may be {}",
        others.join(" or ")
    );
    Some((formats, FoundWhy::Check(why)))
}

/// That with day and month exchanged some of the rows are no times.
fn exchanged(seen: &SeenTable<'_>, only: &FormatCandidate) -> Option<String> {
    let format = only
        .format
        .replace("%m", "%#")
        .replace("%d", "%m")
        .replace("%#", "%d");
    let other = FormatCandidate {
        format,
        ..only.clone()
    };
    let is_other = other.format.contains("%m")
        && !only.format.starts_with("%Y")
        && !only.format.contains("%EY");
    let reader = other.reader().filter(|_| is_other)?;
    let texts = seen
        .layout
        .rows
        .iter()
        .map(|row| joined(&seen.sample.lines[*row], &seen.layout.time));
    let unread = texts
        .filter(|text| reader.read(text.as_bytes()).is_none())
        .count();
    let rows = seen.layout.rows.len();
    (unread > 0).then(|| {
        format!(
            "{rows} rows are read so; {unread} of them are no time in {:?}",
            other.format
        )
    })
}

/// The format whose order of day and month the name of the column says: `DATE (MM/DD/YYYY)`.
fn said_order(seen: &SeenTable<'_>) -> Option<(FormatCandidate, String)> {
    let mut names = seen.layout.time.iter().map(|place| seen.name(*place));
    names.find_map(|name| {
        let plain: String = name.to_lowercase().replace(['.', '-'], "/");
        let is_month_first = match (
            plain.contains("mm/dd/y") || plain.contains("m/d/y"),
            plain.contains("dd/mm/y") || plain.contains("d/m/y"),
        ) {
            (true, false) => true,
            (false, true) => false,
            _ => return None,
        };
        let mut formats = seen.layout.formats.formats.iter();
        let found = formats.find(|candidate| {
            let [year, month, day] =
                ["%y", "%m", "%d"].map(|word| candidate.format.to_lowercase().find(word));
            (month < day) == is_month_first && year > month
        });
        Some((found?.clone(), name.to_owned()))
    })
}

/// What proves a format that can be no other.
fn by_itself(format: &str) -> &'static str {
    match format {
        "iso" => "the year comes first",
        "epoch_s" => "the numbers are those of seconds since 1970, of these years",
        "epoch_ms" => "the numbers are those of milliseconds since 1970, of these years",
        format if format.contains("%EY") => "years of three digits are those of the Republic",
        format if format.contains("%b") => "the month has its name",
        format if format.contains("%y") && format.contains("%d.%m.") => {
            "two dots and a year of two digits: the day comes first"
        }
        format
            if format
                .find("%Y")
                .is_some_and(|year| Some(year) < format.find("%m")) =>
        {
            "the year comes first"
        }
        _ => "all rows are read so",
    }
}

/// Whether numbers are those by which spreadsheets know times: they are whole minutes.
fn serial(seen: &SeenTable<'_>, candidate: &FormatCandidate) -> FoundWhy {
    const MINUTES: f64 = 1440.0;
    let texts = seen
        .layout
        .rows
        .iter()
        .map(|row| joined(&seen.sample.lines[*row], &seen.layout.time));
    let are_minutes = texts
        .filter_map(|text| text.replace(',', ".").parse::<f64>().ok())
        .all(|days| {
            let minutes = days * MINUTES;
            (minutes - minutes.round()).abs() < 0.02
        });
    match are_minutes && candidate.holds == Holds::Both && seen.steps.back == 0 {
        true => FoundWhy::Proved("the numbers are whole minutes as days since the end of 1899, as spreadsheets have them".to_owned()),
        false => FoundWhy::Check("numbers that may be days since the end of 1899, as spreadsheets have them".to_owned()),
    }
}

/// Whether dates of a site are likely to have the month first.
fn month_first(zone: Option<&TimeZone>, candidate: &FormatCandidate) -> (bool, String) {
    if let Some((is_so, name)) = country_has_month_first(zone) {
        let first = if is_so { "month" } else { "day" };
        return (
            is_so,
            format!("in the country of {name} the {first} comes first"),
        );
    }
    let is_so = candidate.format.contains("%p") || candidate.format.contains('/');
    let why = match is_so {
        true => "dates with a slash, or times of twelve hours, often have the month first",
        false => "dates with a dot or a hyphen often have the day first",
    };
    (is_so, why.to_owned())
}

/// Whether people in the country of a zone write the month before the day, and the name of the zone; `None` where it is of no country.
pub(crate) fn country_has_month_first(zone: Option<&TimeZone>) -> Option<(bool, &str)> {
    const MONTH_FIRST: [&str; 22] = [
        "America/New_York",
        "America/Chicago",
        "America/Denver",
        "America/Los_Angeles",
        "America/Phoenix",
        "America/Anchorage",
        "America/Detroit",
        "America/Boise",
        "America/Juneau",
        "America/Sitka",
        "America/Nome",
        "America/Adak",
        "America/Indiana/",
        "America/Kentucky/",
        "America/North_Dakota/",
        "America/Menominee",
        "Pacific/Honolulu",
        "Pacific/Guam",
        "US/",
        "Asia/Manila",
        "America/Puerto_Rico",
        "EST5EDT",
    ];
    let name = zone?.iana_name()?;
    let is_of_country = !name.contains("UTC") && !name.starts_with("Etc/");
    is_of_country.then(|| {
        (
            MONTH_FIRST.iter().any(|known| name.starts_with(known)),
            name,
        )
    })
}

/// Which end of its interval the time of a row is, where something says it.
fn edge(columns: &[String], texts: &[String], chosen: &FormatCandidate) -> Option<FoundFact<Edge>> {
    let is_end_of_day = |text: &String| {
        text.contains(" 24:00") || text.contains("T24:00") || text.starts_with("24:00")
    };
    if let Some(text) = texts.iter().find(|text| is_end_of_day(text)) {
        return Some(FoundFact::proved(
            Edge::End,
            format!("{text:?} is the end of a day, so that times are the ends of their intervals"),
        ));
    }
    if chosen.format.ends_with("%H") {
        let hours = || {
            texts
                .iter()
                .filter_map(|text| text.rsplit(' ').next()?.parse::<u32>().ok())
        };
        if hours().any(|hour| hour == 24) && !hours().any(|hour| hour == 0) {
            return Some(FoundFact::proved(
                Edge::End,
                "hours go from 1 to 24: each is named by its end",
            ));
        }
    }
    let named = columns
        .iter()
        .find_map(|name| Some((name, said_edge(name)?)));
    match named {
        Some((name, true)) => Some(FoundFact::proved(
            Edge::End,
            format!("the name {name:?} says so"),
        )),
        _ => None,
    }
}

/// The end, where rows begin one step behind midnight and end with a midnight, as those of intervals do that are named by their ends.
fn edge_by_days(seen: &SeenTable<'_>, chosen: &FormatCandidate) -> Option<FoundFact<Edge>> {
    let (step, ..) = seen.steps.usual()?;
    if chosen.is_number() && chosen.format != "excel" || chosen.holds == Holds::Date {
        return None;
    }
    let (head, tail) = seen.layout.walls(seen.sample, chosen);
    let times = || head.iter().chain(&tail).copied();
    let (first, last) = (times().min()?, times().max()?);
    let since = |time: Span| time.nanos().rem_euclid(DAY.nanos());
    let is_so = step < DAY
        && DAY.nanos() % step.nanos() == 0
        && since(first) == step.nanos()
        && since(last) == 0
        && last - first + step >= DAY;
    is_so.then(|| {
        FoundFact::check(
            Edge::End,
            format!("the first row is {step} behind midnight, and the last one at a midnight: whole days, if each time is the end of its interval, as meters write it; where times are those of readings, remove `edge: end`"),
        )
    })
}

/// Which end of its interval a column of a day is named by.
fn edge_of_day(seen: &SeenTable<'_>, day: &FoundDay) -> Option<FoundFact<Edge>> {
    let is_end = labels_are_ends(&day.labels.what, &seen.layout.names);
    is_end.then(|| {
        FoundFact::proved(
            Edge::End,
            "the columns begin behind midnight and end with it",
        )
    })
}

/// The length that columns of a day are for, by how many there are.
pub(super) fn step_of_day(columns: usize) -> Option<Span> {
    match columns {
        24 | 25 => Some(HOUR),
        48..=50 => Some(Span::from_nanos(HOUR.nanos() / 2)),
        96..=100 => Some(Span::from_nanos(HOUR.nanos() / 4)),
        288..=300 => Some(Span::from_nanos(HOUR.nanos() / 12)),
        _ => None,
    }
}
