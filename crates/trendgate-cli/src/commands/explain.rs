//! `trendgate explain`: why a row is flagged, in words.

use crate::args::ExplainArgs;
use crate::exit::Exit;
use crate::printed::{ExplainAnswer, ExplainedFlag, Printed, now, shown as shown_path};
use crate::text::{self, count};
use std::fmt::Write as _;
use trendgate::model::SchemaColumn;
use trendgate::model::{Rule, Term};
use trendgate::partition::EvidenceRow;
use trendgate::publish::{EquipmentEntry, PointStatistics};
use trendgate::time::Instant;
use trendgate::verify::{Explanation, explain as look};
use trendgate::{Error, Result};

/// Runs the command.
pub(crate) fn explain(args: &ExplainArgs) -> Result<Exit> {
    let at = Instant::from_typed(&args.at).ok_or_else(|| {
        Error::usage(format!("--at: expected a time, found {:?}", args.at))
            .hint("such as 2016-11-12T03:00 (UTC) or 2016-11-12T11:00+08:00")
    })?;
    let dirs = super::dirs(&args.dataset)?;
    let sites = super::sites(&args.dataset, &dirs)?;
    let [site] = sites.as_slice() else {
        return Err(super::several_sites(&sites));
    };
    let mut row = look(&dirs, site, at)?;
    let only = match &args.column {
        Some(name) => Some(column_named(site, &row, name)?),
        None => None,
    };
    if let Some(only) = &only {
        row.related
            .retain(|evidence| evidence.column.as_ref().is_none_or(|column| column == only));
    }
    if args.dataset.json {
        text::print_json(&Printed::Explain(answer(site, &row, only.as_deref())));
    } else {
        text::print(&as_text(site, &row, only.as_deref()));
    }
    Ok(Exit::Good)
}

/// The column that goes by `name`, its own or that of its point.
fn column_named(site: &str, row: &Explanation, name: &str) -> Result<String> {
    let is_it =
        |column: &&SchemaColumn| column.name == name || column.point.as_deref() == Some(name);
    let mut columns = row.values.iter().map(|(column, _)| column);
    let found = columns.find(is_it).map(|column| column.name.clone());
    found.ok_or_else(|| {
        Error::usage(format!("{site} has no column {name:?}"))
            .hint("`trendgate points` lists the columns")
    })
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
            words(row, evidence, ""),
            known(evidence)
        );
    }
    let wanted = |column: &SchemaColumn| only.is_none_or(|only| column.name == only);
    for (column, value) in row.values.iter().filter(|(column, _)| wanted(column)) {
        let mine: Vec<&EvidenceRow> = row
            .evidence()
            .filter(|evidence| evidence.column.as_ref() == Some(&column.name))
            .collect();
        if mine.is_empty() && only.is_none() {
            continue;
        }
        let unit = column.unit.as_ref().map_or("", Term::name);
        let shown = value.map_or_else(|| "no value".to_owned(), |value| shown(value, unit));
        let point = text::safe(column.point.as_deref().unwrap_or_default());
        let _ = writeln!(text, "\n{}  {}  ({point})", column.name, shown.trim_end());
        for evidence in mine {
            let words = words(row, evidence, unit);
            let _ = writeln!(text, "  {words}{}", known(evidence));
            text.push_str(&machine(row, evidence));
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

/// A number with its unit, to seven digits: what a conversion makes of a reading has sixteen.
pub(super) fn shown(value: f64, unit: &str) -> String {
    let rounded: f64 = format!("{value:.6e}").parse().unwrap_or(value);
    format!("{rounded} {unit}").trim_end().to_owned()
}

/// A piece of evidence as a sentence.
fn words(row: &Explanation, evidence: &EvidenceRow, unit: &str) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| "?".to_owned(), |v| shown(v, unit));
    let flag = evidence.rule.flag().map_or("recorded", |flag| flag.name());
    let why = match evidence.rule {
        Rule::Plausible => format!(
            "{} is outside the plausible range, {} to {}",
            number(evidence.value),
            number(evidence.low),
            number(evidence.high)
        ),
        Rule::Hampel => format!(
            "{} is far from the values around it, which suggest {} to {}",
            number(evidence.value),
            number(evidence.low),
            number(evidence.high)
        ),
        Rule::Frozen => frozen_words(row, evidence, number),
        Rule::HeatLoad => format!(
            "the load is {}, and the heat of the water suggests {} to {}",
            number(evidence.value),
            number(evidence.low),
            number(evidence.high)
        ),
        Rule::HeatBalance => format!(
            "the power is {}, and the heats of both waters leave {} to {} for it",
            number(evidence.value),
            number(evidence.low),
            number(evidence.high)
        ),
        Rule::Affinity => format!(
            "the power is {}, and the speed asks for {} to {}",
            number(evidence.value),
            number(evidence.low),
            number(evidence.high)
        ),
        Rule::Needs => format!(
            "it runs, and {} of the {} things that it needs do",
            evidence.value.unwrap_or(f64::NAN),
            evidence.low.unwrap_or(f64::NAN)
        ),
        Rule::Meter => format!(
            "since the day before the counter went on by {}, and the power of the same meter says {} to {}",
            number(evidence.value),
            number(evidence.low),
            number(evidence.high)
        ),
        Rule::NotFinite => format!(
            "the reports had {}, which no sensor measures: it was removed",
            evidence.value.unwrap_or(f64::NAN)
        ),
        Rule::NoSample => "no report has a number for this time".to_owned(),
        Rule::Coverage => format!(
            "a kind of report that was running covers less than {} of the bin",
            number(evidence.low)
        ),
        Rule::PartialSum => format!(
            "the numbers that are there do not cover the bin whole (together they are {}), so it has no sum",
            number(evidence.value)
        ),
        Rule::Required => "the point is required, and has no value".to_owned(),
    };
    format!("{flag}: {why}")
}

fn frozen_words(
    row: &Explanation,
    evidence: &EvidenceRow,
    number: impl Fn(Option<f64>) -> String,
) -> String {
    let flagged = row.stretch(evidence);
    let (high, value) = (evidence.high, evidence.value);
    let tolerance = high.zip(value).map(|(high, value)| high - value);
    let within = match tolerance {
        Some(0.0) => String::new(),
        tolerance => format!(" (within {})", number(tolerance)),
    };
    format!(
        "it stands still{within} for longer than it should: flagged from {} to {}",
        flagged.first, flagged.last
    )
}

/// From when on a piece of evidence is certain, behind its sentence.
fn known(evidence: &EvidenceRow) -> String {
    let known_at = evidence.known_at;
    known_at.map_or_else(String::new, |time| format!(" (known from {time} on)"))
}

/// The unit of the column that a piece of evidence is of.
fn unit_of<'a>(row: &'a Explanation, evidence: &EvidenceRow) -> &'a str {
    let mut columns = row.values.iter().map(|(column, _)| column);
    let column = columns.find(|column| Some(&column.name) == evidence.column.as_ref());
    column
        .and_then(|column| column.unit.as_ref().map(Term::name))
        .unwrap_or_default()
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

/// The check that a piece of evidence is of, where it is one of a machine.
fn check<'a>(row: &'a Explanation, evidence: &EvidenceRow) -> Option<&'a EquipmentEntry> {
    row.equipment.iter().find(|entry| {
        entry.rule == evidence.rule && Some(&entry.column) == evidence.column.as_ref()
    })
}

/// What the machine was measured to do, where the evidence is of one.
fn machine(row: &Explanation, evidence: &EvidenceRow) -> String {
    let Some(entry) = check(row, evidence) else {
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
        let reasons: Vec<String> = counts
            .not_judged
            .iter()
            .map(|(reason, bins)| format!("{} because {}", count(*bins), reason.words()))
            .collect();
        let _ = writeln!(
            text,
            "  rule {}: in this batch {} flagged, {} good{}",
            rule.name(),
            count(counts.flagged),
            count(counts.good),
            if reasons.is_empty() {
                String::new()
            } else {
                format!("; not judged: {}", reasons.join(", "))
            },
        );
    }
    if point.rules.is_empty() {
        text.push_str("  no rule judges this point: the configuration gives it no physical type that has one\n");
    }
    text
}

fn answer(site: &str, row: &Explanation, only: Option<&str>) -> ExplainAnswer {
    let evidence = row.evidence().map(|evidence| ExplainedFlag {
        column: evidence.column.clone(),
        flag: evidence.rule.flag(),
        rule: evidence.rule,
        value: evidence.value,
        limit_low: evidence.low,
        limit_high: evidence.high,
        known_at: evidence.known_at,
        words: words(row, evidence, unit_of(row, evidence)),
        equipment: check(row, evidence).map(|entry| entry.equipment.clone()),
        inputs: check(row, evidence).map(|entry| entry.inputs.clone()),
    });
    let wanted = |column: &SchemaColumn| only.is_none_or(|only| column.name == only);
    let values = row
        .values
        .iter()
        .filter(|(column, _)| wanted(column))
        .map(|(column, value)| (column.name.clone(), *value));
    ExplainAnswer {
        time: now(),
        site_id: site.to_owned(),
        timestamp: row.bin,
        version: row.version,
        part: shown_path(&row.part),
        quality_flags: row.flags.clone(),
        values: values.collect(),
        evidence: evidence.collect(),
    }
}
