//! Proposals → the text of a configuration, commented line by line.

use super::judge::{PointVerdict, Proposed};
use super::reading::{Point, ReadKind, SiteReading};
use super::{ProposalCounts, SiteWishes};
use crate::escape::is_obeyed;
use crate::model::{PhysicalType, PointId};
use crate::time::{DAY, MINUTE, SECOND, Span};
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
    interval(&mut text, &site.kinds);
    text.line("  points:");
    let mut done = BTreeSet::new();
    for kind in &site.kinds {
        points(&mut text, kind, site, verdicts, &mut done);
    }
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

    /// A comment: whatever ends a line in it ends it no more.
    fn comment(&mut self, indent: &str, comment: &str) {
        let clean: String = comment
            .chars()
            .map(|c| if is_printable(c) { c } else { '·' })
            .collect();
        self.line(format!("{indent}# {clean}").trim_end());
    }
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

/// The finest stated interval: a run refuses a finer one.
fn interval(text: &mut YamlText, kinds: &[ReadKind]) {
    let Some(finest) = kinds.iter().filter_map(|kind| kind.interval).min() else {
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
            .filter(|id| verdicts.of.get(id).map(Section::of) == Some(section))
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

fn entry(
    text: &mut YamlText,
    id: &PointId,
    point: &Point,
    verdict: &PointVerdict,
    verdicts: &ProposedPoints,
) {
    let name = id.to_string();
    let rename = verdicts.renamed.get(id);
    if let Some((column, why)) = rename {
        let then = if verdicts.unwritable.contains_key(id) {
            "no line here can change that, and a run will refuse it".to_owned()
        } else {
            format!("the column is called {column} instead")
        };
        text.comment("    ", &format!("CHECK: {why}; {then}"));
    }
    let mut fields: Vec<String> = rename
        .iter()
        .map(|(column, _)| format!("name: {}", quoted(column)))
        .collect();
    match verdict {
        PointVerdict::Proposed(proposed) => {
            let check = proposed
                .check
                .as_ref()
                .map_or_else(String::new, |check| format!("CHECK {check}; "));
            let mut parts = vec![proposed.why.clone(), facts(point)];
            parts.extend(proposed.notes.iter().cloned());
            text.comment("    ", &format!("guess: {check}{}", parts.join("; ")));
            fields.extend(proposed_fields(proposed));
        }
        PointVerdict::WithoutUnit(_, why) | PointVerdict::Unmapped(why) => {
            text.comment("    ", &format!("{why}; {}", facts(point)));
        }
        PointVerdict::Dead(_) => {}
    }
    let written = format!("{}: {{{}}}", quoted(&name), fields.join(", "));
    let open = open_fields(verdict, point);
    if let Some(why) = verdicts.unwritable.get(id) {
        text.comment("    ", &format!("{written}   # {why}"));
    } else if !fields.is_empty() || hides_behind_its_name(id, verdicts) {
        text.line(&format!("    {written}"));
    } else {
        let note = if matches!(verdict, PointVerdict::Dead(_)) {
            format!("   # {}", missing(point))
        } else {
            String::new()
        };
        text.comment("    ", &format!("{}: {{{open}}}{note}", quoted(&name)));
    }
}

/// Whether a line of this point's name without the suffix would describe it too, were it not there itself.
fn hides_behind_its_name(id: &PointId, verdicts: &ProposedPoints) -> bool {
    let bare = PointId {
        name: id.name.clone(),
        suffix: String::new(),
    };
    !id.suffix.is_empty()
        && (matches!(verdicts.of.get(&bare), Some(PointVerdict::Proposed(_)))
            || verdicts.renamed.contains_key(&bare))
}

fn proposed_fields(proposed: &Proposed) -> Vec<String> {
    let mut fields = Vec::new();
    match proposed.physical_type {
        Some(physical) => fields.push(format!("physical_type: {}", physical.name())),
        None => fields.push("agg: last".to_owned()),
    }
    fields.extend(
        proposed
            .unit
            .map(|unit| format!("unit: {}", quoted_unit(unit.symbol()))),
    );
    fields.extend(
        proposed
            .tolerance
            .map(|tolerance| format!("frozen: {{tolerance: {tolerance}}}")),
    );
    fields
}

/// What a person has to fill in.
fn open_fields(verdict: &PointVerdict, point: &Point) -> String {
    let of = |physical: &PhysicalType| format!("physical_type: {}", physical.name());
    match verdict {
        PointVerdict::WithoutUnit(physical, _) => format!("{}, unit: ?", of(physical)),
        PointVerdict::Dead(_) if point.tally.unrecognised > 0 => {
            "states: {on: [?], off: [?]}".to_owned()
        }
        PointVerdict::Dead(Some(physical)) => of(physical),
        _ => "physical_type: ?".to_owned(),
    }
}

/// "1 value", "2 values".
fn plural(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// What was seen of a point, in words.
fn facts(point: &Point) -> String {
    let (values, tally) = (&point.values, &point.tally);
    let (low, high) = values.range();
    let (low, high) = (rounded(low), rounded(high));
    let count = values.count;
    let values_are = plural(count, "value");
    let mut text = match (values.constant(), values.only_zero_and_one()) {
        (Some(value), _) => format!("{values_are}, always {}", rounded(value)),
        (None, true) => format!("{values_are}, only 0 and 1"),
        (None, false) => format!("{values_are} from {low} to {high}"),
    };
    // Writing to a String cannot fail.
    match values.step() {
        Some(step) if step.or_finer => text.push_str(" with more than 4 decimals"),
        Some(step) => drop(write!(text, " in steps of {}", step.size)),
        None => {}
    }
    let others = tally.unrecognised + tally.unit_mismatch;
    if others > 0 {
        let _ = write!(
            text,
            "; {others} texts that are no number ({})",
            tally.unrecognised_examples.join(", ")
        );
    }
    if tally.not_finite > 0 {
        let _ = write!(text, "; {} numbers beyond all measure", tally.not_finite);
    }
    text
}

/// With four decimals at most: what a unit conversion adds is no fact.
fn rounded(value: f64) -> f64 {
    if value.abs() < 1e11 {
        (value * 1e4).round() / 1e4 + 0.0
    } else {
        value
    }
}

/// Why there is no number.
fn missing(point: &Point) -> String {
    let tokens = point
        .tally
        .missing
        .iter()
        .map(|(token, cells)| format!("{token} {cells}"));
    let texts = (point.tally.unrecognised > 0).then(|| {
        format!(
            "other texts {} ({})",
            point.tally.unrecognised,
            point.tally.unrecognised_examples.join(", ")
        )
    });
    let definitions: Vec<&str> = point.definitions.iter().map(String::as_str).collect();
    format!(
        "{}; defined {}",
        tokens.chain(texts).collect::<Vec<_>>().join(", "),
        definitions.join(" and ")
    )
}

fn quoted_unit(symbol: &str) -> String {
    let plain = symbol.chars().all(char::is_alphabetic);
    if plain || symbol == "°C" || symbol == "°F" {
        symbol.to_owned()
    } else {
        quoted(symbol)
    }
}

/// `text` as a double-quoted YAML scalar.
fn quoted(text: &str) -> String {
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

/// Whether YAML lets a character stand as it is, on one line and without another meaning, and a terminal shows it.
fn is_printable(c: char) -> bool {
    !is_obeyed(c) && !matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::HOUR;

    #[test]
    fn an_interval_is_lengthened_to_the_next_that_divides_a_day() {
        for (stated, length) in [
            (15 * MINUTE, Some(15 * MINUTE)),
            (7 * MINUTE, Some(8 * MINUTE)),
            (50 * MINUTE, Some(HOUR)),
            (7 * SECOND, Some(8 * SECOND)),
            (DAY, Some(DAY)),
            (7 * DAY, None),
        ] {
            assert_eq!(dividing(stated), length, "{stated}");
        }
    }
}
