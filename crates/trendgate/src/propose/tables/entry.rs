//! A group of tables of one form → the lines of the entry that describes them, with the reason over each.

use super::super::yaml::{commented, plural, quoted};
use super::groups::TableGroup;
use super::naming::PointNaming;
use super::zones::meanings;
use crate::acquire::{
    DayLabels, Edge, FieldSeparator, FoundBeside, FoundFact, FoundForm, FoundHeader, FoundUnits,
    FoundValues, FoundWhy,
};
use jiff::tz::TimeZone;

/// The lines of an entry.
struct WrittenEntry(Vec<String>);

impl WrittenEntry {
    fn field(&mut self, line: &str) {
        self.0.push(format!("      {line}"));
    }

    fn comment(&mut self, comment: &str) {
        self.0.push(commented("      ", comment));
    }

    fn because(&mut self, why: &FoundWhy) {
        match why {
            FoundWhy::Proved(why) => self.comment(&format!("proved: {why}")),
            FoundWhy::Check(why) => self.comment(&format!("CHECK: {why}")),
        }
    }

    fn said<T>(&mut self, said: &FoundFact<T>, line: &str) {
        self.because(&said.why);
        self.field(line);
    }
}

/// The lines of the entry for `group`, whose files `pattern` matches; of their members, where that is said, `member` those that it is of.
pub(super) fn lines(
    group: &TableGroup,
    (pattern, member): (&str, Option<String>),
    zone: Option<&TimeZone>,
) -> Vec<String> {
    let mut lines = WrittenEntry(vec![
        commented("    ", &title(group)),
        format!("    - match: {}", quoted(pattern)),
    ]);
    let table = &group.first().table;
    if let Some(member) = member {
        lines.comment("others in the same file are of another form");
        lines.field(&format!("member: {}", quoted(&member)));
    }
    lines.field(&format!("table: {}", form_word(&table.form)));
    if let Some(separator) = table.separator {
        lines.comment("proved: with this one more of the rows are alike");
        lines.field(&format!("separator: {}", separator_word(separator)));
    }
    if let Some(said) = &table.encoding
        && matches!(said.why, FoundWhy::Proved(_))
    {
        lines.said(said, &format!("encoding: {}", said.what.name()));
    }
    match &table.header {
        FoundHeader::With { words, .. } if words.is_empty() => {}
        FoundHeader::With { line, words } => {
            lines.comment(&format!(
                "proved: the names stand in line {line}, and these tell that line from all above it"
            ));
            lines.field(&format!("header: {}", list(words)));
        }
        FoundHeader::Absent(names) => {
            lines.comment("proved: no line above the first row has a name for each column; names that stand nowhere are made up");
            lines.field(&format!("header: {{none: {}}}", list(names)));
        }
    }
    time(&mut lines, group, zone);
    form(&mut lines, group);
    if let Some(said) = &table.units {
        let units = match &said.what {
            FoundUnits::Below => "units: below".to_owned(),
            FoundUnits::Brackets => "units: brackets".to_owned(),
            FoundUnits::Column(column) => format!("units: {{column: {}}}", quoted(column)),
        };
        lines.said(said, &units);
    }
    match &group.naming.what {
        PointNaming::Columns => {}
        PointNaming::Path(pattern) => lines.said(
            &group.naming,
            &format!("point: {{path: {}}}", quoted(pattern)),
        ),
        PointNaming::Prefix(prefix) => {
            lines.said(&group.naming, &format!("prefix: {}", quoted(prefix)))
        }
        PointNaming::Sheet => lines.said(&group.naming, "point: sheet"),
    }
    skip(&mut lines, &group.skip);
    missing(&mut lines, group);
    lines.0
}

fn title(group: &TableGroup) -> String {
    let first = group.first();
    let name = first.path.file_name().unwrap_or_default().to_string_lossy();
    let member = first
        .member
        .as_ref()
        .map_or_else(String::new, |member| format!("!{member}"));
    let more = match group.texts.len() {
        1 => String::new(),
        texts => format!(" and {} more", texts - 1),
    };
    let what = match &first.table.form {
        FoundForm::Wide => "a row a time, a column a point",
        FoundForm::Long(long) => match &long.value.what {
            FoundValues::Column(_) => "a row a value",
            FoundValues::Columns(_) => "several values a row",
        },
        FoundForm::Day(_) => "a row a day, a column a time of day",
    };
    let points = plural(first.table.points.len() as u64, "point");
    format!("{name}{member}{more}: a table with {what}; {points} in the first one")
}

fn form_word(form: &FoundForm) -> &'static str {
    match form {
        FoundForm::Wide => "wide",
        FoundForm::Long(_) => "long",
        FoundForm::Day(_) => "day",
    }
}

fn separator_word(separator: FieldSeparator) -> &'static str {
    match separator {
        FieldSeparator::Comma => "\",\"",
        FieldSeparator::Semicolon => "\";\"",
        FieldSeparator::Tab => "tab",
        FieldSeparator::Bar => "\"|\"",
    }
}

fn time(lines: &mut WrittenEntry, group: &TableGroup, zone: Option<&TimeZone>) {
    let time = &group.first().table.time;
    lines.because(&group.format.why);
    let columns = match &time.columns[..] {
        [only] => quoted(only),
        several => list(several),
    };
    let (said_edge, interval) = group.edge();
    let is_end = said_edge.is_some_and(|edge| edge.what == Edge::End);
    if let Some(edge) = said_edge {
        lines.because(&edge.why);
    }
    let edge = if is_end { ", edge: end" } else { "" };
    lines.field(&format!(
        "time: {{columns: {columns}, format: {}{edge}}}",
        quoted_format(&group.format.what)
    ));
    let mut noted: Vec<&String> = Vec::new();
    for note in group.texts.iter().flat_map(|text| &text.table.time.notes) {
        if !noted.contains(&note) {
            noted.push(note);
            lines.comment(&format!("CHECK: {note}"));
        }
    }
    if let Some(why) = &time.exchanged {
        lines.comment(&format!(
            "CHECK: {why}; a run refuses them until a person decides. Where it is so:"
        ));
        lines.comment("mend: exchanged_day_month");
    }
    if let Some(interval) = interval {
        lines.said(interval, &format!("interval: {}", interval.what));
    }
    if let Some(clock) = &time.clock {
        lines.said(clock, &format!("clock: {}", quoted(&clock.what)));
    }
    let words = group
        .texts
        .iter()
        .flat_map(|text| &text.table.time.zone_words);
    let found = meanings(words, zone);
    if !found.said.is_empty() {
        found
            .said
            .iter()
            .for_each(|(_, said)| lines.because(&said.why));
        let words: Vec<String> = found
            .said
            .iter()
            .map(|(word, said)| format!("{}: {}", quoted(word), quoted(&said.what)))
            .collect();
        lines.field(&format!("abbreviations: {{{}}}", words.join(", ")));
    }
    for word in found.unknown {
        lines.comment(&format!("CHECK: nothing is known of the word {word} beside times: say how far its clock is from UTC, or its IANA zone"));
        lines.comment(&format!("abbreviations: {{{}: \"+00:00\"}}", quoted(&word)));
    }
}

/// The words for all of a format stand without quotes.
fn quoted_format(format: &str) -> String {
    match format.contains('%') {
        true => quoted(format),
        false => format.to_owned(),
    }
}

fn form(lines: &mut WrittenEntry, group: &TableGroup) {
    let beside = group.statuses();
    match &group.first().table.form {
        FoundForm::Wide => {
            if let Some(beside) = beside {
                let status = statuses(&beside.what);
                lines.said(&beside, &format!("value: {{status: {status}}}"));
            }
        }
        FoundForm::Long(long) => {
            if !long.point.what.is_empty() {
                lines.said(
                    &long.point,
                    &format!("point: {}", point_columns(&long.point.what)),
                );
            }
            if !long.left.is_empty() {
                let left: Vec<String> = long.left.iter().map(|name| quoted(name)).collect();
                lines.comment(&format!(
                    "CHECK: there are numbers in {}, too, which are not read",
                    left.join(", ")
                ));
            }
            lines.because(&long.value.why);
            let value = match &long.value.what {
                FoundValues::Column(name) => format!("column: {}", quoted(name)),
                FoundValues::Columns(_) => "columns: \"*\"".to_owned(),
            };
            let column = long.status.as_ref().map(|status| {
                let (column, good) = (quoted(&status.what.column), list(&status.what.good));
                (&status.why, format!("{{column: {column}, good: {good}}}"))
            });
            let beside = beside
                .as_ref()
                .map(|said| (&said.why, statuses(&said.what)));
            match column.or(beside) {
                None => lines.field(&format!("value: {{{value}}}")),
                Some((why, status)) => {
                    lines.because(why);
                    lines.field(&format!("value: {{{value}, status: {status}}}"));
                }
            }
        }
        FoundForm::Day(day) => {
            lines.said(
                &day.labels,
                &match &day.labels.what {
                    DayLabels::Times(format) => format!("day: {{columns: {}}}", quoted(format)),
                    DayLabels::Steps { first, step } => {
                        format!("day: {{first: {}, step: {step}}}", quoted(first))
                    }
                },
            );
            if !day.point.is_empty() {
                lines.comment("proved: its cells are the names of points");
                lines.field(&format!("point: {}", point_columns(&day.point)));
            }
        }
    }
}

fn statuses(found: &FoundBeside) -> String {
    let (beside, good) = (quoted(&found.beside), list(&found.good));
    match found.without.is_empty() {
        true => format!("{{beside: {beside}, good: {good}}}"),
        false => format!(
            "{{beside: {beside}, good: {good}, without: {}}}",
            list(&found.without)
        ),
    }
}

fn point_columns(columns: &[String]) -> String {
    match columns.len() {
        1 => format!("{{columns: {}}}", list(columns)),
        _ => format!("{{columns: {}, join: \"/\"}}", list(columns)),
    }
}

fn skip(lines: &mut WrittenEntry, skip: &[FoundFact<String>]) {
    if skip.is_empty() {
        return;
    }
    let mut reasons: Vec<(&FoundWhy, Vec<&str>)> = Vec::new();
    for said in skip {
        match reasons.iter_mut().find(|(why, _)| **why == said.why) {
            Some((_, names)) => names.push(&said.what),
            None => reasons.push((&said.why, vec![&said.what])),
        }
    }
    for (why, names) in reasons {
        let names = names.into_iter().map(quoted).collect::<Vec<_>>().join(", ");
        match why {
            FoundWhy::Proved(why) => lines.comment(&format!("proved: no point is {names}: {why}")),
            FoundWhy::Check(why) => lines.comment(&format!("CHECK: {names}: {why}")),
        }
    }
    let names: Vec<String> = skip.iter().map(|said| said.what.clone()).collect();
    lines.field(&format!("skip: {}", list(&names)));
}

/// Numbers and words that seem to mean that there is no value in any of the texts.
fn missing(lines: &mut WrittenEntry, group: &TableGroup) {
    let mut found: Vec<&FoundFact<String>> = Vec::new();
    for said in group.texts.iter().flat_map(|text| &text.table.missing) {
        if !found.iter().any(|known| known.what == said.what) {
            found.push(said);
        }
    }
    if !found.is_empty() {
        found.iter().for_each(|said| lines.because(&said.why));
        let written = |said: &&FoundFact<String>| match said.what.parse::<f64>() {
            Ok(_) => said.what.clone(),
            Err(_) => quoted(&said.what),
        };
        let words: Vec<String> = found.iter().map(written).collect();
        lines.field(&format!("missing: [{}]", words.join(", ")));
    }
}

fn list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}
