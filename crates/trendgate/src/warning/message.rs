//! A warning as a sentence.
//!
//! Enters: a [`Warning`]. Leaves: what was found, in words, without the remedy.

use super::entry::shown;
use super::{Warning, is_word};
use std::path::{Path, PathBuf};

impl Warning {
    /// What was found, as a sentence without the remedy.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::UnmappedPoints {
                unmapped,
                points,
                examples,
            } => format!(
                "{unmapped} of {points} points with numbers are not described in the configuration, each is taken for a gauge (mean): {}{}",
                examples.join(", "),
                if examples.len() < *unmapped { ", …" } else { "" }
            ),
            Self::UnmatchedPoint { name } => {
                format!("cleaner.points describes {name:?}, which no report has")
            }
            Self::UnmatchedSource { pattern, member } => match member {
                Some(member) => format!(
                    "cleaner.sources has an entry for {member:?} in {pattern:?}, and none of these files has a member or a sheet of such a name"
                ),
                None => {
                    format!("cleaner.sources has an entry for {pattern:?}, which matches no file")
                }
            },
            Self::PassedOver { files, examples } => {
                let names: Vec<String> = examples.iter().map(|path| shown(path)).collect();
                let more = if examples.len() < *files { ", …" } else { "" };
                let what = match files {
                    1 => "1 file, or member of a file, is no report and is".to_owned(),
                    files => format!("{files} files, or members of files, are no reports and are"),
                };
                format!("{what} passed over: {}{more}", names.join(", "))
            }
            Self::ReadAsBefore { reports, example } => format!(
                "{reports} known reports are as they were read when something else was stated of how to read them, among them {example}"
            ),
            Self::NothingToCheck => {
                "cleaner.equipment describes nothing to check: HEAT_IMBALANCE and AFFINITY_VIOLATION are off".to_owned()
            }
            Self::CheckOff { equipment, missing } => {
                format!("a check of {equipment:?} is off: no report has {}", missing.join(", "))
            }
            Self::MuteCheck {
                rule,
                equipment,
                bins,
                because,
                reason,
            } => format!("the check {rule} of {equipment:?} judged none of {bins} bins, {because} of them because {reason}"),
            Self::MeterDisagrees {
                meter,
                power,
                energy,
                days,
                ratio,
                ..
            } => format!(
                "the meter {meter:?} does not agree with itself on {days} days: {power} says {} times what {energy} counts (median)",
                three_digits(*ratio)
            ),
            Self::CutShort { reports, examples } => cut_short(*reports, examples),
            Self::AssumedEncoding { reports, examples } => {
                let examples = examples.iter().map(|(path, encoding)| assumed(path, encoding));
                format!(
                    "{reports} reports have letters in an encoding that nothing proves; it is taken to be that of the names, or of the country: {}",
                    examples.collect::<Vec<_>>().join(", ")
                )
            }
            Self::ReportsGone {
                reports,
                changed,
                example,
            } => format!(
                "{reports} known reports cannot be read again ({}), among them {example}: their bins keep what is committed",
                match (reports - changed, *changed) {
                    (gone, 0) => format!("{gone} are gone"),
                    (0, changed) => format!("{changed} have another content now, or one that is refused"),
                    (gone, changed) => format!("{gone} are gone, {changed} have another content now, or one that is refused"),
                }
            ),
            Self::MonthsKept {
                reports,
                example,
                months,
            } => format!(
                "{}, among them {example}: {months} month{} made before",
                reports_are_gone(*reports),
                if *months == 1 { " stays as it was" } else { "s stay as they were" },
            ),
            Self::NotKept { files, example } => format!(
                "{files} files changed or went after they were read, among them {example}: their rows are taken, and their bytes are not kept"
            ),
            Self::RuleTripped {
                rule,
                month,
                flagged,
                judged,
                limit,
            } => format!(
                "the rule {rule} flags {flagged} of the {judged} cells that it judged in {month}: more than cleaner.trip_share, {limit}"
            ),
            Self::AmbiguousNumbers {
                cells,
                files,
                examples,
            } => format!(
                "ambiguous numbers are null, their comma may be the decimal sign or set thousands apart: {cells} cells ({}) in {}",
                examples.join(", "),
                names(files)
            ),
            Self::MendedDates {
                rows,
                reports,
                files,
            } => format!(
                "day and month were exchanged back in {} of {}, as `mend` says",
                count(*rows, "row"),
                in_files(*reports, files)
            ),
            Self::ColumnsLeftOut {
                columns, examples, ..
            } => format!(
                "columns of totals are not read, as nothing says over which time they are sums: {} ({columns} in all)",
                examples.join("; ")
            ),
            Self::OutsideRange { rows, examples, .. } => format!(
                "rows lie outside of the Date Range that their report states: {} ({rows} rows in all)",
                examples.join(", ")
            ),
            Self::PointsTripped {
                rule,
                month,
                points,
                limit,
                examples,
                ..
            } => format!(
                "the rule {rule} flags more of {} in {month} than cleaner.trip_share, {limit}: {}",
                count(*points, "point"),
                first_of(*points, examples)
            ),
            Self::LostRows {
                reports,
                rejected,
                without_date,
                rows,
                files,
                examples,
            } => format!(
                "{}: {}; {}",
                in_files(*reports, files),
                rejected_rows(*rejected, *without_date, *rows),
                first_of(*rejected, examples)
            ),
            Self::ClockFaults {
                rows,
                reports,
                files,
                examples,
            } => format!(
                "{}: {} rejected, as the logger's clock was wrong there; {}",
                in_files(*reports, files),
                are(*rows, "row"),
                first_of(*rows, examples)
            ),
            Self::UnchangedClock {
                zone,
                never,
                single_pass,
                reports,
                files,
                ..
            } => format!(
                "{}: the logger does not keep daylight saving time: in {zone}, {}",
                in_files(*reports, files),
                unchanged(*never, *single_pass)
            ),
            Self::UnevenRows {
                interval,
                with_two,
                with_none,
                reports,
                files,
            } => format!(
                "{}: the rows are early or late: {} of {interval} with two rows, beside {} with none",
                in_files(*reports, files),
                count(*with_two, "bin"),
                with_none
            ),
            Self::LostCells {
                point,
                reports,
                cells,
                unrecognised,
                ambiguous_numbers,
                unit_mismatch,
                repeated,
                files,
                examples,
                ..
            } => {
                let texts = lost(*unrecognised, *ambiguous_numbers, *unit_mismatch, examples);
                let again = (*repeated > 0).then(|| {
                    format!("{repeated} are other numbers of times that the same report has already")
                });
                let parts = [texts, again.unwrap_or_default()];
                let parts: Vec<String> =
                    parts.into_iter().filter(|part| !part.is_empty()).collect();
                format!(
                    "point {point:?}: of {cells} cells in {}, {} lost: {}",
                    in_files(*reports, files),
                    unrecognised + unit_mismatch + repeated,
                    parts.join(", ")
                )
            }
            Self::ConflictingPoints {
                points,
                files,
                examples,
                ..
            } => format!(
                "of {} more than 5 % of the numbers are lost, as reports have different ones for one time: {} (of the first, {})",
                count(*points, "point"),
                first_of(*points, examples),
                names(files)
            ),
            Self::UnknownUnits {
                point,
                cells,
                words,
                files,
                ..
            } => format!(
                "point {point:?}: {} with a unit that no table knows ({}) stand as they are, in {}",
                count(*cells, "number"),
                words.join(", "),
                names(files)
            ),
            Self::UndeclaredKelvin {
                point,
                cells,
                files,
                ..
            } => format!(
                "point {point:?}: {} with the unit K, which may be kelvin or a difference, stand as they are, in {}",
                count(*cells, "number"),
                names(files)
            ),
            Self::MixedUnits {
                point,
                with_unit,
                without,
                units,
                files,
                ..
            } => format!(
                "point {point:?}: {} with a unit ({}) and {without} without one, and no unit is stated for it: {}",
                count(*with_unit, "number"),
                units.join(", "),
                names(files)
            ),
            Self::RoundedNumbers {
                point,
                value,
                cells,
                files,
                ..
            } => format!(
                "point {point:?}: all of its {cells} numbers are {value:e}, rounded: a spreadsheet has taken the last digits, in {}",
                names(files)
            ),
            Self::UnknownStates {
                points,
                files,
                examples,
                ..
            } => format!(
                "words that are neither on nor off are null: {} in {}",
                first_of(*points, examples),
                names(files)
            ),
            Self::MorePointsLose { points } => format!("so do {points} more points"),
            Self::DeadRequiredPoint { point, .. } => format!(
                "the required point {point:?} has no number in any report: no row is flagged for it"
            ),
            Self::RejectsUnreadable { file, why } => {
                format!("{}: what was rejected before cannot be kept: {why}", shown(file))
            }
            Self::ExtremeCells {
                source,
                column,
                cells,
            } => format!(
                "{source}: {cells} cells of {column:?} are infinite or at least 1e20 in size: they are null, and their rows OUTLIER"
            ),
            Self::PointsOfAnotherSite {
                site,
                other,
                shared,
                points,
            } => format!(
                "{site} is a new site here, and {shared} of its {points} points are known as those of {other}: is its id misspelt?"
            ),
            Self::Waiting { holder, at_most } => match at_most {
                Some(at_most) => format!("{holder}: waiting for it, for {at_most} at the most"),
                None => format!("{holder}: waiting for it"),
            },
            Self::Recovered { deed } => deed.clone(),
            Self::Retrying { error, tries, .. } => format!("{error}: trying again ({tries})"),
            Self::Overtaken { version } => format!(
                "another run committed version {version} in the meantime: doing it again on top of that"
            ),
            Self::UnitChanges { from, version } => format!(
                "timestamps of the dataset change from {} to {}: all files of version {version} are written once more, as a version of its own",
                from.name(),
                from.other().name()
            ),
            Self::Memory {
                taken,
                limit,
                at_least,
            } => memory(*taken, *limit, *at_least),
            Self::CorrectionLost {
                source,
                cells,
                column,
                time,
                given,
                committed,
            } => format!(
                "{source}: {cells} of its numbers differ from committed ones and change nothing (the first is {given} in {column:?} at {}, where {committed} is committed)",
                time
            ),
            Self::FrameConflicts { source, cells } => format!(
                "{source}: {cells} of its numbers differ from those of frames that were added before it and change nothing"
            ),
            Self::ManyPoints {
                points,
                need,
                limit,
            } => format!(
                "{points} points take at least {} MB of memory, more than batch.memory_limit_mb: {}",
                need.div_ceil(1_000_000),
                limit / 1_000_000
            ),
            Self::NotCollected { error } => format!(
                "what is past the retention could not be removed, and stays until a collection can: {error}"
            ),
            Self::ErrorLog { error } => format!(
                "the error log cannot be written, so what went wrong is only said here: {error}"
            ),
        }
    }
}

fn count(number: u64, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{s}")
}

/// "1 row is", "2 rows are".
fn are(number: u64, noun: &str) -> String {
    let are = if number == 1 { "is" } else { "are" };
    format!("{} {are}", count(number, noun))
}

/// How many rows are rejected, and how many of them for want of a date.
fn rejected_rows(rejected: u64, without_date: u64, rows: u64) -> String {
    let rejected = format!("{rejected} of {rows} rows are rejected");
    match without_date {
        0 => rejected,
        some => format!("{rejected}; {some} of {rows} rows have no date"),
    }
}

/// What shows that a clock is never changed.
fn unchanged(never: u64, single_pass: u64) -> String {
    let never =
        (never > 0).then(|| format!("{} in an hour that never happened", are(never, "row")));
    let single = (single_pass > 0).then(|| {
        let rows = count(single_pass, "row");
        format!("{rows} in a single pass through an hour that happened twice")
    });
    never
        .into_iter()
        .chain(single)
        .collect::<Vec<_>>()
        .join(", and ")
}

/// Examples, and how many there are beside them.
fn first_of(all: u64, examples: &[String]) -> String {
    let more = all.saturating_sub(examples.len() as u64);
    let examples = examples.join(", ");
    match more {
        0 => examples,
        more => format!("{examples} and {more} more"),
    }
}

/// Files by their names.
fn names(files: &[PathBuf]) -> String {
    let names: Vec<String> = files.iter().map(|path| shown(path)).collect();
    names.join(", ")
}

/// The only file, or how many there are and the first few.
fn in_files(reports: u64, files: &[PathBuf]) -> String {
    let names: Vec<String> = files.iter().map(|path| shown(path)).collect();
    match reports {
        1 => names.concat(),
        _ => format!("{reports} reports ({})", first_of(reports, &names)),
    }
}

/// What became of the cells that were lost; `ambiguous` of those that were not recognised are numbers.
fn lost(unrecognised: u64, ambiguous: u64, unit_mismatch: u64, examples: &[String]) -> String {
    let quoted: Vec<String> = examples.iter().map(|text| format!("{text:?}")).collect();
    let quoted = quoted.join(", ");
    let mut parts = Vec::new();
    if ambiguous > 0 && ambiguous == unrecognised {
        parts.push(format!(
            "{ambiguous} are ambiguous numbers, whose comma may be the decimal sign or set thousands apart ({quoted})"
        ));
    } else if unrecognised > 0 {
        let numbers = match ambiguous {
            0 => String::new(),
            some => format!(
                ", {some} of them ambiguous numbers, whose comma may be the decimal sign or set thousands apart"
            ),
        };
        let words = !examples.is_empty() && examples.iter().all(|text| is_word(text));
        let what = match words {
            true => "words that are neither on nor off",
            false => "texts of no known kind",
        };
        parts.push(format!("{unrecognised} are {what}{numbers} ({quoted})"));
    }
    if unit_mismatch > 0 {
        parts.push(format!(
            "{unit_mismatch} have a unit that does not fit the point's"
        ));
    }
    parts.join(", ")
}

/// A report whose encoding is assumed.
pub(super) fn assumed(path: &Path, encoding: &str) -> String {
    format!("{} ({encoding})", shown(path))
}

fn cut_short(reports: u64, examples: &[PathBuf]) -> String {
    let names: Vec<String> = examples.iter().map(|path| shown(path)).collect();
    match reports {
        1 => format!(
            "{}: the report has no trailer; it was cut short, and its whole rows are taken",
            names.concat()
        ),
        _ => format!(
            "{reports} reports have no trailer, among them {}; they were cut short, and their whole rows are taken",
            names.join(", ")
        ),
    }
}

fn memory(taken: u64, limit: u64, at_least: bool) -> String {
    let although = match at_least {
        true => ", although it does as little at a time as it can",
        false => "",
    };
    format!(
        "the run takes {} MB of memory, more than batch.memory_limit_mb: {}{although}",
        taken / 1_000_000,
        limit / 1_000_000
    )
}

/// A number to three digits: 10.5, 0.00952.
fn three_digits(number: f64) -> f64 {
    format!("{number:.2e}").parse().unwrap_or(number)
}

/// "1 report is gone", "2 reports are gone".
pub(crate) fn reports_are_gone(reports: usize) -> String {
    match reports {
        1 => "1 report is gone".to_owned(),
        reports => format!("{reports} reports are gone"),
    }
}
