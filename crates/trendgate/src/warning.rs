//! What a person should know and what stops nothing: one value for the terminal, JSON, the manifest and Python.
//!
//! Enters: what was found, as a [`Warning`]. Leaves: its kind, its subject, a sentence, and a [`WarningEntry`] with the same in a flat
//! form. A warning is told to the [`Progress`](crate::progress::Progress) where it is found. One about the data stands in the manifest,
//! too; one about the process (a lock, a read that is tried again) is only told.

use crate::model::TimestampUnit;
use crate::time::Instant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// How many examples a warning names.
pub const EXAMPLES: usize = 5;

/// Something that a person should know and that does not stop the run.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// Points that the configuration does not describe.
    UnmappedPoints {
        /// How many.
        unmapped: usize,
        /// Of how many.
        points: usize,
    },
    /// An entry of `cleaner.points` that no report has.
    UnmatchedPoint {
        /// The name or pattern.
        name: String,
    },
    /// No machine is described.
    NothingToCheck,
    /// A check of a machine for which points are missing.
    CheckOff {
        /// The machine.
        equipment: String,
        /// The points that no report has.
        missing: Vec<String>,
    },
    /// A check of a machine that judged no bin.
    MuteCheck {
        /// The rule.
        rule: &'static str,
        /// The machine.
        equipment: String,
        /// How many bins there are.
        bins: u64,
        /// How many of them were not judged for `reason`.
        because: u64,
        /// The most frequent reason, in words.
        reason: &'static str,
    },
    /// New reports without a trailer.
    CutShort {
        /// How many.
        reports: u64,
        /// The first few.
        examples: Vec<PathBuf>,
    },
    /// Known reports that cannot be read again (gone, changed, or refused by this program), and whose bins keep what is committed.
    ReportsGone {
        /// How many.
        reports: usize,
        /// One of them.
        example: String,
    },
    /// Months that a rebuild leaves as they were, because reports of theirs are gone.
    MonthsKept {
        /// How many reports are gone.
        reports: usize,
        /// One of them.
        example: String,
        /// How many months stay.
        months: usize,
    },
    /// A rule that flags more of a month than it may, over all points.
    RuleTripped {
        /// The rule.
        rule: &'static str,
        /// The UTC month: `2016-11`.
        month: String,
        /// Cells that it flagged.
        flagged: u64,
        /// Cells that it judged.
        judged: u64,
        /// The share of them that would have been accepted.
        limit: f64,
    },
    /// Cells of new reports that are numbers with a comma which may be the decimal sign or set thousands apart, of points that do not lose
    /// more cells than they may.
    AmbiguousNumbers {
        /// How many cells.
        cells: u64,
        /// The first few reports.
        files: Vec<PathBuf>,
        /// The first few points, each with some of the texts.
        examples: Vec<String>,
    },
    /// Rows of new reports that lie outside of the `Date Range:` which the report states.
    OutsideRange {
        /// How many rows.
        rows: u64,
        /// In how many reports.
        reports: u64,
        /// The first few reports, each with both ranges.
        examples: Vec<String>,
    },
    /// Points of which a rule flags more of a month than it may.
    PointsTripped {
        /// The rule.
        rule: &'static str,
        /// The UTC month: `2016-11`.
        month: String,
        /// How many points.
        points: u64,
        /// Bins of theirs that it flagged.
        flagged: u64,
        /// Bins of theirs that it judged.
        judged: u64,
        /// The share of each that would have been accepted.
        limit: f64,
        /// The first of the points.
        point: String,
        /// Its column.
        column: String,
        /// The first few points, with what was expected and what was found.
        examples: Vec<String>,
        /// The likely remedy for the first.
        remedy: String,
    },
    /// New reports that were accepted without more of their rows than may be lost.
    LostRows {
        /// How many reports.
        reports: u64,
        /// Rows of theirs that were rejected.
        rejected: u64,
        /// All their rows.
        rows: u64,
        /// The first few reports.
        files: Vec<PathBuf>,
        /// The first few rejected rows, with the reason.
        examples: Vec<String>,
    },
    /// A point of which new reports lose more cells than they may.
    LostCells {
        /// The point.
        point: String,
        /// Its column.
        column: String,
        /// The unit of its numbers.
        unit: Option<&'static str>,
        /// How many reports.
        reports: u64,
        /// Its cells in them.
        cells: u64,
        /// Those that are texts of no known kind.
        unrecognised: u64,
        /// Of those, numbers with a comma which may be the decimal sign or set thousands apart.
        ambiguous_numbers: u64,
        /// Those with a unit that does not fit the point's.
        unit_mismatch: u64,
        /// The first few reports.
        files: Vec<PathBuf>,
        /// The first few of the texts.
        examples: Vec<String>,
    },
    /// Further points of which new reports lose more cells than they may.
    MorePointsLose {
        /// How many.
        points: usize,
    },
    /// A required point that has no number in any report: a standing condition.
    DeadRequiredPoint {
        /// The point.
        point: String,
        /// Its column.
        column: String,
    },
    /// The list of what was rejected before cannot be read or written.
    RejectsUnreadable {
        /// The list.
        file: PathBuf,
        /// Why.
        why: String,
    },
    /// Cells of a caller's frame that no sensor can have measured.
    ExtremeCells {
        /// The frame.
        source: String,
        /// The column.
        column: String,
        /// How many cells.
        cells: u64,
    },
    /// Numbers of a caller's frame that differ from committed ones, which stand.
    CorrectionLost {
        /// The frame.
        source: String,
        /// How many numbers.
        cells: u64,
        /// The column of the first of them.
        column: String,
        /// Its time.
        time: Instant,
        /// The number of the frame.
        given: f64,
        /// The number that stands.
        committed: f64,
    },
    /// Numbers of a caller's frame that differ from those of frames that were added before it, which stand.
    FrameConflicts {
        /// The frame.
        source: String,
        /// How many numbers.
        cells: u64,
    },
    /// A site without a version, with points that the dataset knows as those of another site.
    PointsOfAnotherSite {
        /// The site.
        site: String,
        /// The other one.
        other: String,
        /// How many of the points are its.
        shared: usize,
        /// How many there are.
        points: usize,
    },
    /// The site is held by another run, and this one waits.
    Waiting {
        /// Who holds it.
        holder: String,
    },
    /// What an earlier run left was put in order.
    Recovered {
        /// What was done, and why.
        deed: String,
    },
    /// A read failed for a reason that may pass, and is made again.
    Retrying {
        /// The file, if it is about one.
        file: Option<PathBuf>,
        /// What failed.
        error: String,
        /// The how many-th time it is tried again.
        tries: u32,
    },
    /// Another run committed first, and this one is done again on top of it.
    Overtaken {
        /// The version that the other run committed.
        version: u64,
    },
    /// The dataset counts another unit than the settings say: every live file is written once more before anything else.
    UnitChanges {
        /// What its timestamps count.
        from: TimestampUnit,
        /// The version that it has now.
        version: u64,
    },
    /// The run takes more memory than it may.
    Memory {
        /// Bytes that it takes.
        taken: u64,
        /// Bytes that it may take.
        limit: u64,
        /// Whether it does as little at a time as it can already.
        at_least: bool,
    },
    /// The points take more memory than the run may, however little is done at a time.
    ManyPoints {
        /// How many there are.
        points: u64,
        /// Bytes that they take.
        need: u64,
        /// Bytes that the run may take.
        limit: u64,
    },
    /// The error log cannot be written.
    ErrorLog {
        /// Why.
        error: String,
    },
}

/// A warning in a flat form: an entry of a manifest's `warnings`, and of `--json`. Fields that do not apply are absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WarningEntry {
    /// What kind of warning it is: a name that stays the same from version to version of the program.
    pub kind: String,
    /// What was found, as a sentence.
    pub message: String,
    /// What to do about it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// The file in question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The point in question, as the reports or the configuration name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<String>,
    /// The column in question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The machine in question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equipment: Option<String>,
    /// The rule in question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The UTC month in question: `2016-11`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<String>,
    /// What was counted, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counts: BTreeMap<String, u64>,
    /// The first few of what was found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
}

impl Warning {
    /// The name of its kind.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::UnmappedPoints { .. } => "unmapped_points",
            Self::UnmatchedPoint { .. } => "unmatched_point",
            Self::NothingToCheck => "nothing_to_check",
            Self::CheckOff { .. } => "check_off",
            Self::MuteCheck { .. } => "mute_check",
            Self::CutShort { .. } => "cut_short",
            Self::ReportsGone { .. } => "reports_gone",
            Self::MonthsKept { .. } => "months_kept",
            Self::RuleTripped { .. } => "rule_tripped",
            Self::AmbiguousNumbers { .. } => "ambiguous_numbers",
            Self::OutsideRange { .. } => "outside_range",
            Self::PointsTripped { .. } => "points_tripped",
            Self::LostRows { .. } => "lost_rows",
            Self::LostCells { .. } => "lost_cells",
            Self::MorePointsLose { .. } => "more_points_lose",
            Self::DeadRequiredPoint { .. } => "dead_required_point",
            Self::RejectsUnreadable { .. } => "rejects_unreadable",
            Self::ExtremeCells { .. } => "extreme_cells",
            Self::PointsOfAnotherSite { .. } => "points_of_another_site",
            Self::Waiting { .. } => "waiting",
            Self::Recovered { .. } => "recovered",
            Self::Retrying { .. } => "retrying",
            Self::Overtaken { .. } => "overtaken",
            Self::UnitChanges { .. } => "unit_changes",
            Self::Memory { .. } => "memory",
            Self::CorrectionLost { .. } => "correction_lost",
            Self::FrameConflicts { .. } => "frame_conflicts",
            Self::ManyPoints { .. } => "many_points",
            Self::ErrorLog { .. } => "error_log",
        }
    }

    /// Whether reports that were accepted lose more than they may: exit code 3.
    #[must_use]
    pub fn is_loss(&self) -> bool {
        matches!(
            self,
            Self::LostRows { .. } | Self::LostCells { .. } | Self::MorePointsLose { .. }
        )
    }

    /// What was found, as a sentence without the remedy.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::UnmappedPoints { unmapped, points } => format!(
                "{unmapped} of {points} points are not described in the configuration: each is taken for a gauge (mean)"
            ),
            Self::UnmatchedPoint { name } => {
                format!("cleaner.points describes {name:?}, which no report has")
            }
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
            Self::CutShort { reports, examples } => cut_short(*reports, examples),
            Self::ReportsGone { reports, example } => format!(
                "{reports} known reports cannot be read again (gone, changed, or refused now), among them {example}: their bins keep what is committed"
            ),
            Self::MonthsKept {
                reports,
                example,
                months,
            } => format!(
                "{reports} reports are gone, among them {example}: {months} months stay as they were made before"
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
                files.iter().map(|path| shown(path)).collect::<Vec<_>>().join(", ")
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
                rows,
                files,
                examples,
            } => format!(
                "{}: {rejected} of {rows} rows are rejected; {}",
                in_files(*reports, files),
                first_of(*rejected, examples)
            ),
            Self::LostCells {
                point,
                reports,
                cells,
                unrecognised,
                ambiguous_numbers,
                unit_mismatch,
                files,
                examples,
                ..
            } => format!(
                "point {point:?}: of {cells} cells in {}, {} lost: {}",
                in_files(*reports, files),
                unrecognised + unit_mismatch,
                lost(*unrecognised, *ambiguous_numbers, *unit_mismatch, examples)
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
                "{source}: {cells} cells of {column:?} are NaN, infinite or at least 1e20 in size: they are null, and their rows OUTLIER"
            ),
            Self::PointsOfAnotherSite {
                site,
                other,
                shared,
                points,
            } => format!(
                "{site} is a new site here, and {shared} of its {points} points are known as those of {other}: is its id misspelt?"
            ),
            Self::Waiting { holder } => format!("{holder}: waiting for it"),
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
            Self::ErrorLog { error } => format!(
                "the error log cannot be written, so what went wrong is only said here: {error}"
            ),
        }
    }

    /// What to do about it, where that is known.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::PointsTripped { remedy, .. } => Some(remedy.clone()),
            Self::LostCells {
                unit,
                unrecognised,
                ambiguous_numbers,
                unit_mismatch,
                ..
            } => Some(of_lost_cells(
                *unit,
                unrecognised.saturating_sub(*ambiguous_numbers),
                *ambiguous_numbers,
                *unit_mismatch,
            )),
            _ => self.usual_remedy().map(ToOwned::to_owned),
        }
    }

    fn usual_remedy(&self) -> Option<&'static str> {
        match self {
            Self::UnmappedPoints { .. } => {
                Some("describe them under cleaner.points; `trendgate init` proposes how")
            }
            Self::UnmatchedPoint { .. } => Some("check its spelling, or remove it"),
            Self::NothingToCheck => None,
            Self::CheckOff { .. } => {
                Some("check the spelling of the points under cleaner.equipment")
            }
            Self::MuteCheck { .. } => Some("check the machine under cleaner.equipment"),
            Self::CutShort { .. } => Some("if the file was copied or sent, do that again"),
            Self::ReportsGone { .. } => {
                Some("put the files back and run --rebuild to make those bins from them")
            }
            Self::MonthsKept { .. } => Some("put the files back and run --rebuild again"),
            Self::RuleTripped { .. } => Some(
                "look at the evidence (`trendgate explain`) before the flags of that month are used",
            ),
            Self::AmbiguousNumbers { .. } => Some(EXPORT_WITH_A_POINT),
            Self::OutsideRange { .. } => Some(
                "if the logger's clock is wrong, or the files were joined by hand, export them again",
            ),
            Self::ExtremeCells { .. } => Some("a missing value is a null"),
            Self::PointsOfAnotherSite { .. } => {
                Some("if so, stop the run or retract its version, and run again with the right one")
            }
            Self::PointsTripped { .. } => None,
            Self::LostRows { .. } => Some(
                "mend the rows, or let the plant export the report again; cleaner.loss_share says how many may be lost",
            ),
            Self::MorePointsLose { .. } => {
                Some("`statistics.points` of the manifest says what each of them lost")
            }
            Self::DeadRequiredPoint { .. } => {
                Some("mend the sensor or its trend; or take `required` away")
            }
            Self::RejectsUnreadable { .. } => {
                Some("remove it: those files are then tried once more")
            }
            Self::Memory { .. } => Some("raise batch.memory_limit_mb"),
            Self::ManyPoints { .. } => {
                Some("raise batch.memory_limit_mb, or make two sites of the reports")
            }
            Self::CorrectionLost { .. } => Some(
                "what is committed stands: to correct it, commit the frames anew in another data_dir",
            ),
            Self::FrameConflicts { .. } => Some(
                "of two numbers for one cell that of the first frame stands: add the right one first",
            ),
            // Theirs hang on what was found.
            Self::LostCells { .. }
            | Self::Waiting { .. }
            | Self::Recovered { .. }
            | Self::Retrying { .. }
            | Self::Overtaken { .. }
            | Self::UnitChanges { .. }
            | Self::ErrorLog { .. } => None,
        }
    }

    /// What it is about. Of two warnings of the same kind and subject in one run, the later one takes the place of the earlier.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::UnmatchedPoint { name } => name.clone(),
            Self::CheckOff { equipment, missing } => format!("{equipment} {}", missing.join(" ")),
            Self::MuteCheck {
                rule, equipment, ..
            } => format!("{equipment} {rule}"),
            Self::RuleTripped { rule, month, .. } => format!("{rule} {month}"),
            Self::ExtremeCells { source, column, .. } => format!("{source} {column}"),
            Self::CorrectionLost { source, .. } | Self::FrameConflicts { source, .. } => {
                source.clone()
            }
            Self::PointsTripped { rule, month, .. } => format!("{rule} {month}"),
            Self::LostCells { column, .. } | Self::DeadRequiredPoint { column, .. } => {
                column.clone()
            }
            Self::Recovered { deed } => deed.clone(),
            Self::Retrying { file, .. } => file.as_deref().map_or_else(String::new, shown),
            Self::PointsOfAnotherSite { other, .. } => other.clone(),
            Self::UnmappedPoints { .. }
            | Self::NothingToCheck
            | Self::CutShort { .. }
            | Self::AmbiguousNumbers { .. }
            | Self::OutsideRange { .. }
            | Self::LostRows { .. }
            | Self::MorePointsLose { .. }
            | Self::RejectsUnreadable { .. }
            | Self::ReportsGone { .. }
            | Self::MonthsKept { .. }
            | Self::Waiting { .. }
            | Self::Overtaken { .. }
            | Self::UnitChanges { .. }
            | Self::ManyPoints { .. }
            | Self::Memory { .. }
            | Self::ErrorLog { .. } => String::new(),
        }
    }

    /// The warning in its flat form.
    #[must_use]
    pub fn entry(&self) -> WarningEntry {
        let entry = WarningEntry {
            kind: self.kind().to_owned(),
            message: self.message(),
            remedy: self.remedy(),
            ..WarningEntry::default()
        };
        self.detailed(entry)
    }

    /// Adds the fields that only some kinds have.
    fn detailed(&self, entry: WarningEntry) -> WarningEntry {
        match self {
            Self::UnmappedPoints { unmapped, points } => {
                entry.counting([("unmapped", *unmapped as u64), ("points", *points as u64)])
            }
            Self::UnmatchedPoint { name } => WarningEntry {
                point: Some(name.clone()),
                ..entry
            },
            Self::CheckOff { equipment, missing } => WarningEntry {
                equipment: Some(equipment.clone()),
                examples: missing.clone(),
                ..entry
            },
            Self::MuteCheck {
                rule,
                equipment,
                bins,
                because,
                ..
            } => WarningEntry {
                equipment: Some(equipment.clone()),
                rule: Some((*rule).to_owned()),
                ..entry.counting([("bins", *bins), ("because", *because)])
            },
            Self::CutShort { reports, examples } => WarningEntry {
                file: examples
                    .first()
                    .filter(|_| *reports == 1)
                    .map(|path| shown(path)),
                examples: examples.iter().map(|path| shown(path)).collect(),
                ..entry.counting([("reports", *reports)])
            },
            Self::ReportsGone { reports, example } => WarningEntry {
                examples: vec![example.clone()],
                ..entry.counting([("reports", *reports as u64)])
            },
            Self::MonthsKept {
                reports,
                example,
                months,
            } => WarningEntry {
                examples: vec![example.clone()],
                ..entry.counting([("reports", *reports as u64), ("months", *months as u64)])
            },
            Self::RuleTripped {
                rule,
                month,
                flagged,
                judged,
                ..
            } => WarningEntry {
                rule: Some((*rule).to_owned()),
                month: Some(month.clone()),
                ..entry.counting([("flagged", *flagged), ("judged", *judged)])
            },
            Self::PointsTripped {
                rule,
                month,
                points,
                flagged,
                judged,
                point,
                column,
                examples,
                ..
            } => WarningEntry {
                rule: Some((*rule).to_owned()),
                month: Some(month.clone()),
                point: (*points == 1).then(|| point.clone()),
                column: (*points == 1).then(|| column.clone()),
                examples: examples.clone(),
                ..entry.counting([
                    ("points", *points),
                    ("flagged", *flagged),
                    ("judged", *judged),
                ])
            },
            Self::LostRows {
                reports,
                rejected,
                rows,
                files,
                examples,
            } => WarningEntry {
                file: files.first().map(|path| shown(path)),
                examples: examples.clone(),
                ..entry.counting([
                    ("reports", *reports),
                    ("rejected", *rejected),
                    ("rows", *rows),
                ])
            },
            Self::LostCells {
                point,
                column,
                reports,
                cells,
                unrecognised,
                ambiguous_numbers,
                unit_mismatch,
                files,
                examples,
                ..
            } => WarningEntry {
                file: files.first().map(|path| shown(path)),
                point: Some(point.clone()),
                column: Some(column.clone()),
                examples: examples.clone(),
                ..entry.counting([
                    ("reports", *reports),
                    ("cells", *cells),
                    ("unrecognised", *unrecognised),
                    ("ambiguous_numbers", *ambiguous_numbers),
                    ("unit_mismatch", *unit_mismatch),
                ])
            },
            Self::MorePointsLose { points } => entry.counting([("points", *points as u64)]),
            Self::DeadRequiredPoint { point, column } => WarningEntry {
                point: Some(point.clone()),
                column: Some(column.clone()),
                ..entry
            },
            Self::RejectsUnreadable { file, .. } => WarningEntry {
                file: Some(shown(file)),
                ..entry
            },
            Self::ExtremeCells {
                source,
                column,
                cells,
            } => WarningEntry {
                file: Some(source.clone()),
                column: Some(column.clone()),
                ..entry.counting([("cells", *cells)])
            },
            Self::CorrectionLost {
                source,
                cells,
                column,
                ..
            } => WarningEntry {
                file: Some(source.clone()),
                column: Some(column.clone()),
                ..entry.counting([("cells", *cells)])
            },
            Self::FrameConflicts { source, cells } => WarningEntry {
                file: Some(source.clone()),
                ..entry.counting([("cells", *cells)])
            },
            Self::ManyPoints {
                points,
                need,
                limit,
            } => entry.counting([("points", *points), ("need", *need), ("limit", *limit)]),
            Self::AmbiguousNumbers {
                cells,
                files,
                examples,
            } => WarningEntry {
                file: files.first().map(|path| shown(path)),
                examples: examples.clone(),
                ..entry.counting([("cells", *cells)])
            },
            Self::OutsideRange {
                rows,
                reports,
                examples,
            } => WarningEntry {
                examples: examples.clone(),
                ..entry.counting([("rows", *rows), ("reports", *reports)])
            },
            Self::Retrying { file, tries, .. } => WarningEntry {
                file: file.as_deref().map(shown),
                ..entry.counting([("tries", u64::from(*tries))])
            },
            Self::PointsOfAnotherSite {
                other,
                shared,
                points,
                ..
            } => WarningEntry {
                examples: vec![other.clone()],
                ..entry.counting([("shared", *shared as u64), ("points", *points as u64)])
            },
            Self::Overtaken { version } | Self::UnitChanges { version, .. } => {
                entry.counting([("version", *version)])
            }
            Self::Memory { taken, limit, .. } => {
                entry.counting([("taken", *taken), ("limit", *limit)])
            }
            Self::NothingToCheck
            | Self::Waiting { .. }
            | Self::Recovered { .. }
            | Self::ErrorLog { .. } => entry,
        }
    }
}

impl WarningEntry {
    fn counting<const N: usize>(mut self, counts: [(&str, u64); N]) -> Self {
        self.counts = counts.map(|(name, count)| (name.to_owned(), count)).into();
        self
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn count(number: u64, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{s}")
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
            "{ambiguous} are numbers whose comma may be the decimal sign or set thousands apart ({quoted})"
        ));
    } else if unrecognised > 0 {
        let numbers = match ambiguous {
            0 => String::new(),
            some => format!(
                ", {some} of them numbers whose comma may be the decimal sign or set thousands apart"
            ),
        };
        parts.push(format!(
            "{unrecognised} are texts of no known kind{numbers} ({quoted})"
        ));
    }
    if unit_mismatch > 0 {
        parts.push(format!(
            "{unit_mismatch} have a unit that does not fit the point's"
        ));
    }
    parts.join(", ")
}

const EXPORT_WITH_A_POINT: &str =
    "export the reports with a decimal point and without a sign between thousands";

/// The remedy for what most of the lost cells are: texts, ambiguous numbers, or numbers with a unit that does not fit `unit`.
fn of_lost_cells(unit: Option<&str>, texts: u64, ambiguous: u64, unit_mismatch: u64) -> String {
    if texts >= ambiguous.max(unit_mismatch) {
        "if the texts are states, name them under `states` of the point in cleaner.points"
            .to_owned()
    } else if ambiguous >= unit_mismatch {
        EXPORT_WITH_A_POINT.to_owned()
    } else {
        let unit = unit.unwrap_or("of the point");
        format!("is the unit {unit} right? state `unit` under cleaner.points")
    }
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

/// One line: what was found, and the remedy.
impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())?;
        let remedy = self.remedy();
        remedy.map_or(Ok(()), |remedy| write!(f, " ({remedy})"))
    }
}

impl Serialize for Warning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.entry().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_one_sentence_for_a_person_and_flat_fields_for_a_program() {
        let warning = Warning::RuleTripped {
            rule: "plausible",
            month: "2016-11".to_owned(),
            flagged: 96,
            judged: 100,
            limit: 0.5,
        };
        assert_eq!(
            warning.to_string(),
            "the rule plausible flags 96 of the 100 cells that it judged in 2016-11: more than cleaner.trip_share, 0.5 \
             (look at the evidence (`trendgate explain`) before the flags of that month are used)"
        );
        let json = serde_json::to_value(&warning).unwrap();
        assert_eq!(json["kind"], "rule_tripped");
        assert_eq!(json["month"], "2016-11");
        assert_eq!(
            json["counts"],
            serde_json::json!({"flagged": 96, "judged": 100})
        );
        assert!(json.get("file").is_none(), "what does not apply is absent");
        let read: WarningEntry = serde_json::from_value(json).unwrap();
        assert_eq!(read, warning.entry());
    }

    #[test]
    fn what_most_of_the_lost_cells_are_decides_the_remedy() {
        let lost = |texts: u64, ambiguous_numbers, unit_mismatch| {
            let warning = Warning::LostCells {
                point: "A".to_owned(),
                column: "a".to_owned(),
                unit: Some("kW"),
                reports: 1,
                cells: 10,
                unrecognised: texts + ambiguous_numbers,
                ambiguous_numbers,
                unit_mismatch,
                files: vec!["a.csv".into()],
                examples: vec!["7,625".to_owned()],
            };
            warning.to_string()
        };
        insta::assert_snapshot!(lost(2, 0, 1), @r#"point "A": of 10 cells in a.csv, 3 lost: 2 are texts of no known kind ("7,625"), 1 have a unit that does not fit the point's (if the texts are states, name them under `states` of the point in cleaner.points)"#);
        insta::assert_snapshot!(lost(0, 2, 0), @r#"point "A": of 10 cells in a.csv, 2 lost: 2 are numbers whose comma may be the decimal sign or set thousands apart ("7,625") (export the reports with a decimal point and without a sign between thousands)"#);
        insta::assert_snapshot!(lost(1, 2, 0), @r#"point "A": of 10 cells in a.csv, 3 lost: 3 are texts of no known kind, 2 of them numbers whose comma may be the decimal sign or set thousands apart ("7,625") (export the reports with a decimal point and without a sign between thousands)"#);
        insta::assert_snapshot!(lost(0, 1, 2), @r#"point "A": of 10 cells in a.csv, 3 lost: 1 are numbers whose comma may be the decimal sign or set thousands apart ("7,625"), 2 have a unit that does not fit the point's (is the unit kW right? state `unit` under cleaner.points)"#);
    }

    #[test]
    fn reports_cut_short_are_one_warning_with_a_file_only_where_there_is_one() {
        let cut = |names: &[&str], reports| Warning::CutShort {
            reports,
            examples: names.iter().map(PathBuf::from).collect(),
        };
        let one = cut(&["a.csv"], 1);
        assert!(
            one.message()
                .starts_with("a.csv: the report has no trailer")
        );
        assert_eq!(one.entry().file.as_deref(), Some("a.csv"));
        let many = cut(&["a.csv", "b.csv"], 7);
        assert!(
            many.message()
                .starts_with("7 reports have no trailer, among them a.csv, b.csv;")
        );
        assert_eq!(many.entry().file, None);
        assert_eq!(many.entry().examples, ["a.csv", "b.csv"]);
    }
}
