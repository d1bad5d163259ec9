//! Proposals → the text of a configuration, commented line by line.

mod entry;

use super::clues::ClueLine;
use super::judge::PointVerdict;
use super::reading::{ReadKind, SiteReading};
use super::{ProposalCounts, SiteWishes};
use crate::config::CleanerConfig;
use crate::escape::is_obeyed;
use crate::model::PointId;
use crate::time::{DAY, MINUTE, SECOND, Span};
use entry::entry;
pub(super) use entry::has_known_states;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The verdict on each point, and the column of those that cannot have the one that follows from their name.
pub(super) struct ProposedPoints {
    /// The verdicts.
    pub(super) of: BTreeMap<PointId, PointVerdict>,
    /// New columns, and why.
    pub(super) renamed: BTreeMap<PointId, (String, String)>,
    /// Points that no line can describe, and why.
    pub(super) unwritable: BTreeMap<PointId, &'static str>,
    /// The words of points whose cells are a few words.
    pub(super) words: BTreeMap<String, BTreeSet<String>>,
}

/// A configuration file: what is proposed stands as it is, everything else is a comment.
pub(super) fn write(
    site: &SiteReading,
    verdicts: &ProposedPoints,
    wanted: &SiteWishes,
    counts: &ProposalCounts,
) -> String {
    let mut text = YamlText::default();
    head(&mut text, site, counts);
    text.line("cleaner:");
    required(
        &mut text,
        "site_id",
        wanted.site.as_deref(),
        "PLANT01",
        "give it here, or as --site",
    );
    required(
        &mut text,
        "timezone",
        wanted.timezone.as_deref(),
        "Asia/Taipei",
        "the IANA zone of their clock, here or as --timezone",
    );
    sources(&mut text, site);
    for clue in site.clues.clock() {
        match clue {
            ClueLine::Comment(comment) => text.comment("  ", &comment),
            ClueLine::Field(field) => text.line(&format!("  {field}")),
        }
    }
    interval(&mut text, site);
    text.line("  points:");
    let mut done = BTreeSet::new();
    for kind in &site.kinds {
        points(&mut text, kind, site, verdicts, &mut done);
    }
    meters(&mut text, verdicts);
    text.line("");
    text.line("# Chillers, pumps and fans: init does not know which points belong together. Describe them under cleaner.equipment.");
    text.line("# A point that stands still while its machine is at rest is FROZEN, unless running: names the point that says so.");
    text.0
}

#[derive(Default)]
struct YamlText(String);

impl YamlText {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn comment(&mut self, indent: &str, comment: &str) {
        self.line(&commented(indent, comment));
    }
}

/// A comment: whatever ends a line in it ends it no more.
pub(super) fn commented(indent: &str, comment: &str) -> String {
    let clean: String = comment
        .chars()
        .map(|c| if is_printable(c) { c } else { '·' })
        .collect();
    format!("{indent}# {clean}").trim_end().to_owned()
}

fn head(text: &mut YamlText, site: &SiteReading, counts: &ProposalCounts) {
    let ProposalCounts {
        proposed,
        check,
        renamed,
        unmapped,
        dead,
        ..
    } = counts;
    text.comment("", &format!(
        "A starter configuration, written by trendgate init from {} with {}. A run takes it as it stands and guesses nothing.",
        plural(site.reports as u64, "report"), plural(site.rows, "row")
    ));
    text.comment("", &format!(
        "Of {} points {proposed} are proposed ({check} of them marked CHECK), {unmapped} are not, and {dead} are dead. Read the comment over each",
        proposed + unmapped + dead
    ));
    text.comment(
        "",
        "line: it says why. docs/types.md and schemas/config.schema.json say what can stand here.",
    );
    if *renamed > 0 {
        text.comment(
            "",
            &format!("{renamed} points get a column of another name: look for \"column\"."),
        );
    }
    for (path, error) in &site.failed {
        text.comment(
            "",
            &format!("Left out: {} ({})", path.display(), error.message()),
        );
    }
}

fn required(text: &mut YamlText, field: &str, value: Option<&str>, example: &str, hint: &str) {
    match value {
        Some(value) => text.line(&format!("  {field}: {}", quoted(value))),
        None => text.comment(
            "  ",
            &format!("{field}: {example}   # required, and no report says it; {hint}"),
        ),
    }
}

/// The entries that describe tables.
fn sources(text: &mut YamlText, site: &SiteReading) {
    let entries = &site.sources.entries;
    if entries.is_empty() {
        return;
    }
    let are_written = entries.iter().any(|entry| entry.is_written());
    text.comment(
        "  ",
        "How files are read that need it said. `proved` says what in them proves a line; what nothing proves is marked CHECK.",
    );
    match are_written {
        true => text.line("  sources:"),
        false => text.comment("  ", "sources:"),
    }
    let lines = entries.iter().flat_map(|entry| &entry.lines);
    lines.for_each(|line| text.line(line));
}

/// The finest stated interval: a run refuses a finer one. Where none is stated, the finest that rows have.
fn interval(text: &mut YamlText, site: &SiteReading) {
    let kinds = &site.kinds;
    let Some(finest) = kinds.iter().filter_map(|kind| kind.interval).min() else {
        let observed = kinds.iter().filter_map(|kind| kind.steps.usual());
        let even = observed.filter_map(|seen| Some((dividing(seen.step)?, seen)));
        if let Some((length, seen)) = even.min_by_key(|(length, _)| *length) {
            text.comment(
                "  ",
                &format!(
                    "No report states its interval; {} of {} steps from row to row are {}.",
                    seen.count, seen.of, seen.step
                ),
            );
            text.line(&format!("  resample_interval: {length}"));
            return;
        }
        text.comment(
            "  ",
            "No report states its interval; without this line bins are 5m long.",
        );
        text.comment("  ", "resample_interval: 15m");
        return;
    };
    match dividing(finest) {
        Some(length) if length == finest => {
            text.comment("  ", &format!("The finest interval that a report states is {finest}; a run refuses a finer one."));
            text.line(&format!("  resample_interval: {finest}"));
        }
        Some(length) => {
            text.comment("  ", &format!(
                "CHECK: the finest interval that a report states is {finest}, which does not divide 24 h; {length} is the next that does."
            ));
            text.line(&format!("  resample_interval: {length}"));
        }
        None => {
            text.comment("  ", &format!("CHECK: the finest interval that a report states is {finest}; a bin is a day at most."));
            text.line("  resample_interval: 1d");
            text.line("  allow_upsample: true");
        }
    }
}

/// The length of bins that a run will make of reports of these kinds as they are proposed.
pub(super) fn resample_interval(kinds: &[ReadKind]) -> Span {
    if let Some(finest) = kinds.iter().filter_map(|kind| kind.interval).min() {
        return dividing(finest).unwrap_or(DAY);
    }
    let observed = kinds.iter().filter_map(|kind| kind.steps.usual());
    let even = observed.filter_map(|seen| dividing(seen.step)).min();
    even.unwrap_or(CleanerConfig::default().resample_interval)
}

/// The shortest length of whole seconds that is at least `least` and divides a day.
fn dividing(least: Span) -> Option<Span> {
    if least > Span::ZERO && least <= DAY && DAY % least == Span::ZERO {
        return Some(least);
    }
    let step = if least >= MINUTE { MINUTE } else { SECOND };
    let first = (least + step - Span::from_nanos(1)) / step;
    (first..=DAY / step)
        .map(|steps| steps * step)
        .find(|length| DAY % *length == Span::ZERO)
}

fn points<'a>(
    text: &mut YamlText,
    kind: &'a ReadKind,
    site: &SiteReading,
    verdicts: &ProposedPoints,
    done: &mut BTreeSet<&'a PointId>,
) {
    let new: Vec<&PointId> = kind.points.iter().filter(|id| done.insert(*id)).collect();
    if new.is_empty() {
        return;
    }
    text.line("");
    text.comment("    ", &format!("--- {}", title(kind)));
    for section in [Section::Proposed, Section::Open, Section::Dead] {
        let here: Vec<&PointId> = new
            .iter()
            .copied()
            .filter(|id| section_of(id, site, verdicts) == Some(section))
            .collect();
        if here.is_empty() {
            continue;
        }
        if let Some(title) = section.title() {
            text.line("");
            text.comment("    ", title);
        }
        for id in here {
            if let (Some(point), Some(verdict)) = (site.points.get(id), verdicts.of.get(id)) {
                entry(text, id, point, verdict, verdicts);
            }
        }
    }
}

/// The part that a point is listed in: one whose cells are words for known states has numbers by what is proposed.
fn section_of(id: &PointId, site: &SiteReading, verdicts: &ProposedPoints) -> Option<Section> {
    let known = |point| has_known_states(id, point, verdicts);
    match site.points.get(id).is_some_and(known) {
        true => Some(Section::Proposed),
        false => verdicts.of.get(id).map(Section::of),
    }
}

/// The meters that both have a power and a counter.
fn meters(text: &mut YamlText, verdicts: &ProposedPoints) {
    let written = |(id, _): &(&PointId, &PointVerdict)| !verdicts.unwritable.contains_key(*id);
    let meters = super::meters::meters(verdicts.of.iter().filter(written));
    if meters.is_empty() {
        return;
    }
    text.line("");
    text.comment("  ", "guess: a power and a counter of one meter, by their names. Day by day a run holds the one against the other and warns where they do not agree.");
    text.line("  meters:");
    for meter in meters {
        text.line(&format!(
            "    {}: {{power: {}, energy: {}}}",
            quoted(&meter.name),
            quoted(&meter.power),
            quoted(&meter.energy)
        ));
    }
}

/// The parts that the points of a kind are listed in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Proposed,
    Open,
    Dead,
}

impl Section {
    fn of(verdict: &PointVerdict) -> Self {
        match verdict {
            PointVerdict::Proposed(_) => Self::Proposed,
            PointVerdict::Unmapped(_) | PointVerdict::WithoutUnit(..) => Self::Open,
            PointVerdict::Dead(_) => Self::Dead,
        }
    }

    fn title(self) -> Option<&'static str> {
        match self {
            Self::Proposed => None,
            Self::Open => Some(
                "Not mapped: averaged as they are, without a unit and without rules, until somebody says what they are.",
            ),
            Self::Dead => Some("Dead: no number in any report."),
        }
    }
}

fn title(kind: &ReadKind) -> String {
    let every = kind.interval.map_or_else(
        || "Reports that state no interval".to_owned(),
        |interval| format!("Reports of every {interval}"),
    );
    let first = kind
        .files
        .first()
        .and_then(|path| path.file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let more = match kind.files.len() {
        0 | 1 => String::new(),
        files => format!(" and {} more", files - 1),
    };
    format!(
        "{every} with {}: {first}{more}",
        plural(kind.points.len() as u64, "point")
    )
}

/// "1 value", "2 values".
pub(super) fn plural(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// `text` as a double-quoted YAML scalar.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if is_printable(c) => quoted.push(c),
            // Writing to a String cannot fail.
            c => drop(write!(quoted, "\\U{:08X}", u32::from(c))),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether a text is longer than YAML lets a key on one line be: 1024 characters, as it is written (YAML 1.2, 7.4.2).
pub(super) fn is_too_long_a_key(text: &str) -> bool {
    quoted(text).chars().count() > 1000
}

/// Whether YAML lets a character stand as it is, on one line and without another meaning, and a terminal shows it.
fn is_printable(c: char) -> bool {
    !is_obeyed(c) && !matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests;
