//! What a person should know and what stops nothing: one value for the terminal, JSON, the manifest and Python.
//!
//! Enters: what was found, as a [`Warning`]. Leaves: its kind, its subject, a sentence with a remedy (`message`, `remedy`), and a
//! [`WarningEntry`] with the same in a flat form (`entry`). A warning is told to the [`Progress`](crate::progress::Progress) where it is
//! found. One about the data stands in the manifest, too; one about the process (a lock, a read that is tried again) is only told.

mod entry;
mod kind;
mod message;
mod remedy;
mod states;

pub use entry::WarningEntry;
pub(crate) use message::reports_are_gone;
pub(crate) use states::{is_word, states_line};

use crate::model::TimestampUnit;
use crate::time::{Instant, Span};
use std::path::PathBuf;

/// How many examples a warning names.
pub(crate) const EXAMPLES: usize = 5;
/// Something that a person should know and that does not stop the run.
///
/// ```
/// use trendgate::Warning;
///
/// let warning = Warning::UnmatchedPoint { name: "CH9.CHWS".to_owned() };
/// assert_eq!(warning.kind(), "unmatched_point");
/// assert_eq!(warning.message(), "cleaner.points describes \"CH9.CHWS\", which no report has");
/// let entry = warning.entry();
/// assert_eq!((entry.message, entry.remedy), (warning.message(), warning.remedy()));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// Points that the configuration does not describe, of those that have numbers.
    UnmappedPoints {
        /// How many.
        unmapped: usize,
        /// Of how many.
        points: usize,
        /// The first few.
        examples: Vec<String>,
    },
    /// An entry of `cleaner.points` that no report has.
    UnmatchedPoint {
        /// The name or pattern.
        name: String,
    },
    /// An entry of `cleaner.sources` that matches no file of the run, or no member of those that it matches.
    UnmatchedSource {
        /// Its pattern.
        pattern: String,
        /// Its pattern of members, where none matches that.
        member: Option<String>,
    },
    /// What is no report and has not the name of one: files that were found in folders, and members of files.
    PassedOver {
        /// How many.
        files: usize,
        /// The first few.
        examples: Vec<PathBuf>,
    },
    /// Known reports of which something else is stated than when they were read, and that are not read in this run.
    ReadAsBefore {
        /// How many.
        reports: usize,
        /// One of them.
        example: String,
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
    /// A meter whose counter does not count what its power says.
    MeterDisagrees {
        /// The meter.
        meter: String,
        /// The point of its power.
        power: String,
        /// The point of its counter.
        energy: String,
        /// The column of the counter.
        column: String,
        /// On how many days.
        days: u64,
        /// How many times as much as the counter the power says: the median of these days.
        ratio: f64,
    },
    /// New reports without a trailer.
    CutShort {
        /// How many.
        reports: u64,
        /// The first few.
        examples: Vec<PathBuf>,
    },
    /// New reports whose head has letters in an encoding that nothing proves.
    AssumedEncoding {
        /// How many.
        reports: u64,
        /// The first few, each with the encoding that it is taken to have.
        examples: Vec<(PathBuf, String)>,
    },
    /// Known reports that cannot be read again (gone, changed, or refused by this program), and whose bins keep what is committed.
    ReportsGone {
        /// How many.
        reports: usize,
        /// How many of them are there, with another content or one that is refused now.
        changed: usize,
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
    /// New files of which nothing is kept, because they changed or went while the run was at work.
    NotKept {
        /// How many.
        files: usize,
        /// One of them.
        example: String,
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
    /// Cells of new reports that are numbers whose comma may be the decimal sign or set thousands apart, of points that do not lose
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
    /// Rows of new reports of which a spreadsheet had exchanged day and month, and that were read with both exchanged back, as is stated.
    MendedDates {
        /// How many rows.
        rows: u64,
        /// In how many reports.
        reports: u64,
        /// The first few reports.
        files: Vec<PathBuf>,
    },
    /// Columns of new reports that are totals over a time that nothing says, and not read.
    ColumnsLeftOut {
        /// How many columns.
        columns: u64,
        /// In how many reports.
        reports: u64,
        /// The first few reports, each with its columns.
        examples: Vec<String>,
    },
    /// Rejected rows of new reports that have a time which a logger's clock cannot have meant.
    ClockFaults {
        /// How many rows.
        rows: u64,
        /// In how many reports.
        reports: u64,
        /// The first few reports.
        files: Vec<PathBuf>,
        /// The first few rows, with the reason.
        examples: Vec<String>,
    },
    /// New reports whose logger does not keep daylight saving time.
    UnchangedClock {
        /// The offset that its clock has, as the configuration states it.
        offset: String,
        /// The zone that they are read in.
        zone: String,
        /// Rows in hours that never happened there.
        never: u64,
        /// Rows that run evenly, in a single pass, through hours that happened twice.
        single_pass: u64,
        /// How many reports.
        reports: u64,
        /// The first few.
        files: Vec<PathBuf>,
    },
    /// New reports whose rows are early and late: some bins have two, others none.
    UnevenRows {
        /// The length of a bin, which is the stated interval.
        interval: Span,
        /// Bins with two rows.
        with_two: u64,
        /// Bins between two rows without any.
        with_none: u64,
        /// How many reports.
        reports: u64,
        /// The first few.
        files: Vec<PathBuf>,
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
        /// Of those, rows without a date.
        without_date: u64,
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
        /// Those of times of which the same report has another number.
        repeated: u64,
        /// The first few reports.
        files: Vec<PathBuf>,
        /// The first few of the texts.
        examples: Vec<String>,
    },
    /// Points of which more numbers than may be lost stand in no row, as reports give different ones for one time.
    ConflictingPoints {
        /// How many points.
        points: u64,
        /// Numbers of theirs that lost.
        cells: u64,
        /// The reports that have the first of them at the time of its example.
        files: Vec<PathBuf>,
        /// The first few points, each with how many of its numbers lost, and one of them.
        examples: Vec<String>,
    },
    /// A point whose numbers have units that no table knows: they were taken as they are.
    UnknownUnits {
        /// The point.
        point: String,
        /// Its column.
        column: String,
        /// How many numbers.
        cells: u64,
        /// The first few of the units.
        words: Vec<String>,
        /// The first few reports.
        files: Vec<PathBuf>,
    },
    /// A point without a stated unit whose numbers have the unit K, which may be kelvin or a difference: they were taken as they are.
    UndeclaredKelvin {
        /// The point.
        point: String,
        /// Its column.
        column: String,
        /// How many numbers.
        cells: u64,
        /// The first few reports.
        files: Vec<PathBuf>,
    },
    /// A point without a stated unit, of whose numbers some have a unit and others none.
    MixedUnits {
        /// The point.
        point: String,
        /// Its column.
        column: String,
        /// Numbers with a unit.
        with_unit: u64,
        /// Numbers without one.
        without: u64,
        /// The units.
        units: Vec<String>,
        /// A report with units, and one without.
        files: Vec<PathBuf>,
    },
    /// A point all of whose numbers are one, which is written with a power of ten and without its last digits.
    RoundedNumbers {
        /// The point.
        point: String,
        /// Its column.
        column: String,
        /// The number.
        value: f64,
        /// How many numbers.
        cells: u64,
        /// The first few reports.
        files: Vec<PathBuf>,
    },
    /// Words in new reports that are neither on nor off, of points that do not lose more cells than they may.
    UnknownStates {
        /// How many points.
        points: u64,
        /// The first few reports.
        files: Vec<PathBuf>,
        /// The first few points, each with some of the words.
        examples: Vec<String>,
        /// The line of configuration for the first of them.
        line: String,
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
        /// Why it cannot be read or written.
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
        /// For how long it waits, where it does not wait for ever.
        at_most: Option<Span>,
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
    /// What is past the retention could not be removed after the run.
    NotCollected {
        /// Why nothing was removed.
        error: String,
    },
    /// The error log cannot be written.
    ErrorLog {
        /// Why it cannot be written.
        error: String,
    },
}

#[cfg(test)]
mod tests;
