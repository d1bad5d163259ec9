//! `trendgate explain`: why a row is flagged, in words.

use crate::args::ExplainArgs;
use crate::exit::Exit;
use crate::printed::Printed;
use crate::text;
use std::fmt::Write as _;
use trendgate::answers::ExplainAnswer;
use trendgate::details::{EvidenceRow, StatedFlag};
use trendgate::manifest::{EquipmentEntry, PointStatistics};
use trendgate::time::Instant;
use trendgate::vocabulary::{SchemaColumn, Term};
use trendgate::wording::shown;
use trendgate::{Error, Explanation, Result};

/// Runs the command.
pub(crate) fn explain(args: &ExplainArgs) -> Result<Exit> {
    let at = Instant::from_typed(&args.at).ok_or_else(|| {
        Error::usage(format!("--at: expected a time, found {:?}", args.at))
            .hint("such as 2016-11-12T03:00 (UTC) or 2016-11-12T11:00+08:00")
    })?;
    let site = super::only_site(&args.dataset.place)?;
    let mut row = site.explain(at)?;
    let site = site.id();
    let only = match &args.column {
        Some(name) => Some(row.column_named(name)?.name.clone()),
        None => None,
    };
    if let Some(only) = &only {
        let is_of = |column: &Option<String>| column.as_ref().is_none_or(|column| column == only);
        row.related.retain(|evidence| is_of(&evidence.column));
        row.stated.retain(|stated| is_of(&stated.column));
    }
    if args.dataset.json {
        let answer = ExplainAnswer::new(site, &row, only.as_deref());
        text::print_json(&Printed::Explain(answer));
    } else {
        text::print(&as_text(site, &row, only.as_deref()));
    }
    Ok(Exit::Good)
}

fn as_text(site: &str, row: &Explanation, only: Option<&str>) -> String {
    let flags: Vec<&str> = row.flags.iter().map(|flag| flag.name()).collect();
    let mut text = format!(
        "{site}, {} ({}), {} from then on, version {}\n{}\n",
        row.bin,
        row.bin.local(&row.timezone),
        row.interval,
        row.version,
        if flags.is_empty() {
            "clean".to_owned()
        } else {
            flags.join(", ")
        },
    );
    for evidence in row.evidence().filter(|evidence| evidence.column.is_none()) {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "\nthe row\n  {}{}",
            row.words(evidence, ""),
            known(evidence)
        );
    }
    for stated in row.stated.iter().filter(|stated| stated.column.is_none()) {
        let (words, known_at) = (stated.words(""), stated.known_at);
        let _ = writeln!(text, "\nthe row\n  {words} (known from {known_at} on)");
    }
    let wanted = |column: &SchemaColumn| only.is_none_or(|only| column.name == only);
    for (column, value) in row.values.iter().filter(|(column, _)| wanted(column)) {
        let mine: Vec<&EvidenceRow> = row
            .evidence()
            .filter(|evidence| evidence.column.as_ref() == Some(&column.name))
            .collect();
        let stated = row.stated.iter();
        let stated = stated.filter(|stated| stated.column.as_ref() == Some(&column.name));
        let stated: Vec<&StatedFlag> = stated.collect();
        if mine.is_empty() && stated.is_empty() && only.is_none() {
            continue;
        }
        let unit = column.unit.as_ref().map_or("", Term::name);
        let shown = value.map_or_else(|| "no value".to_owned(), |value| shown(value, unit));
        let point = text::safe(column.point.as_deref().unwrap_or_default());
        let _ = writeln!(text, "\n{}  {}  ({point})", column.name, shown.trim_end());
        for evidence in mine {
            let words = row.words(evidence, unit);
            let _ = writeln!(text, "  {words}{}", known(evidence));
            text.push_str(&machine(row, evidence));
        }
        for stated in stated {
            let (words, known_at) = (stated.words(unit), stated.known_at);
            let _ = writeln!(text, "  {words} (known from {known_at} on)");
        }
        if only.is_some() {
            text.push_str(&elsewhere(row, &column.name));
            if let Some(point) = row.points.get(&column.name) {
                text.push_str(&rules(point));
            }
        }
    }
    text
}

/// From when on a piece of evidence is certain, behind its sentence.
fn known(evidence: &EvidenceRow) -> String {
    let known_at = evidence.known_at;
    known_at.map_or_else(String::new, |time| format!(" (known from {time} on)"))
}

/// The checks of machines that take a column and judge another: a flag of theirs has its evidence there.
fn elsewhere(row: &Explanation, column: &str) -> String {
    let takes = |entry: &&EquipmentEntry| {
        entry.column != column && entry.inputs.values().any(|input| input == column)
    };
    let mut text = String::new();
    for entry in row.equipment.iter().filter(takes) {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "  {} is judged by it, too: rule {}, under {}",
            entry.equipment,
            entry.rule.name(),
            entry.column
        );
    }
    text
}

/// What the machine was measured to do, where the evidence is of one.
fn machine(row: &Explanation, evidence: &EvidenceRow) -> String {
    let Some(entry) = row.check_of(evidence) else {
        return String::new();
    };
    let mut text = format!("    {}:", text::safe(&entry.equipment));
    for (role, name) in &entry.inputs {
        let found = row.values.iter().find(|(column, _)| column.name == *name);
        let shown = found.and_then(|(column, value)| {
            let unit = column.unit.as_ref().map_or("", Term::name);
            value.map(|value| shown(value, unit))
        });
        let shown = shown.unwrap_or_else(|| "no value".to_owned());
        // Writing to a String cannot fail.
        let _ = write!(text, " {role} {shown} ({name}),");
    }
    text.pop();
    text.push('\n');
    text
}

/// What the rules said of the point in the whole batch.
fn rules(point: &PointStatistics) -> String {
    let mut text = String::new();
    for (rule, counts) in &point.rules {
        let counts = counts.words();
        let _ = writeln!(text, "  rule {}: in this batch {counts}", rule.name());
    }
    if point.rules.is_empty() {
        text.push_str("  no rule judges this point: the configuration gives it no physical type that has one\n");
    }
    text
}
