//! The lists of a manifest.

use crate::dataset_path::DatasetPath;
use crate::digest::Digest;
use crate::model::{Flag, Rule, RuleCounts};
use crate::partition::{EvidenceFile, Part};
use crate::path_bytes::PathBytes;
use crate::text_id::TextId;
use crate::time::{Extent, Instant};
use crate::workers::Read;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What the rows of the parts are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Statistics {
    /// Rows in all parts of this version.
    pub total_rows: u64,
    /// The first and the last row; null where there is none.
    pub time_range: Option<Extent>,
    /// For every flag, the rows that have it, be there any or not.
    pub quality_flags_distribution: BTreeMap<Flag, u64>,
    /// Per column, what the reports had for it.
    pub points: BTreeMap<String, PointStatistics>,
}

/// What the reports had for one column.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PointStatistics {
    /// The point, as the reports name it.
    pub point: String,
    /// Its cells in accepted rows.
    pub cells: u64,
    /// Those that were numbers or states.
    pub numbers: u64,
    /// Those that were missing tokens, by token.
    pub missing: BTreeMap<String, u64>,
    /// Those that were texts of no known kind.
    pub unrecognised: u64,
    /// The first few of those texts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unrecognised_examples: Vec<String>,
    /// Those whose unit does not fit the point's.
    pub unit_mismatch: u64,
    /// Those that were removed for their size.
    pub not_finite: u64,
    /// Bins that have a value.
    pub values: u64,
    /// The smallest of those values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The largest of those values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// The mean of those values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// Whether not one of its cells was a number.
    pub dead: bool,
    /// Of a counter: how often its value is below the one before it. Consumption over such a step is not the difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resets: Option<u64>,
    /// The first few of those times.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reset_examples: Vec<CounterReset>,
    /// The conversion that its values went through; absent where the reports have the dataset's unit, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub converted: Option<Conversion>,
    /// What each rule said of its bins: flagged, good, or not judged and why. Rules that the point does not have are absent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rules: BTreeMap<Rule, RuleCounts>,
}

/// A rule that flags so much of a month that the rule, its settings or the plant is to be looked at before the data is used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Trip {
    /// The rule.
    pub rule: Rule,
    /// The UTC month: `2016-11`.
    pub month: String,
    /// The column of the point whose bins are counted; absent where they are those of all points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Bins that it judged in the month.
    pub judged: u64,
    /// Those that it flagged.
    pub flagged: u64,
    /// The share of them that would have been accepted.
    pub limit: f64,
}

/// What lasts: a fact of the dataset that a person should mend, or know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StandingCondition {
    /// What kind of fact: the kind of the warning that was given when it was found.
    pub kind: String,
    /// What it is about: a column.
    pub subject: String,
    /// The version that found it.
    pub version: u64,
    /// What was found, as a sentence.
    pub message: String,
}

/// A counter that fell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CounterReset {
    /// The bin of the lower value.
    pub timestamp: Instant,
    /// The value before it, the last one that there is.
    pub before: f64,
    /// The lower value.
    pub after: f64,
    /// Whether the counter seems to have run over its last digit: from the last tenth below a power of ten to the first tenth.
    pub roll_over: bool,
}

/// How values were converted: `value × factor + offset`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Conversion {
    /// The unit in the reports, by its symbol.
    pub from: String,
    /// The unit in the dataset, by its symbol.
    pub to: String,
    /// What a value was multiplied with.
    pub factor: f64,
    /// What was added then.
    pub offset: f64,
}

/// One part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PartEntry {
    /// `{site}/year=2026/month=02/{name}`, relative to the folder `processed` beside that of the manifests.
    pub path: DatasetPath,
    /// The digest of its bytes.
    pub sha256: Digest,
    /// Its size.
    pub bytes: u64,
    /// Its rows.
    pub rows: u64,
    /// Its first and last row.
    pub time_range: Extent,
    /// Per flag, the rows that have it; flags without rows are absent.
    pub quality_flags: BTreeMap<Flag, u64>,
}

impl From<&Part> for PartEntry {
    fn from(part: &Part) -> Self {
        Self {
            path: part.relative.clone(),
            sha256: part.sha256,
            bytes: part.bytes,
            rows: part.rows,
            time_range: part.range,
            quality_flags: part.flags.clone(),
        }
    }
}

/// One file that is not a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileEntry {
    /// Where it is.
    pub path: DatasetPath,
    /// The digest of its bytes.
    pub sha256: Digest,
    /// Its size.
    pub bytes: u64,
    /// Its rows or lines.
    pub rows: u64,
}

impl From<&EvidenceFile> for FileEntry {
    fn from(file: &EvidenceFile) -> Self {
        Self {
            path: file.relative.clone(),
            sha256: file.sha256,
            bytes: file.bytes,
            rows: file.rows,
        }
    }
}

/// One file that reports stand in. A file holds texts (itself, or what it unpacks to; members, sheets), and a text one or more reports.
/// Most files are one text of one report: then all that is known of these stands here. Else the numbers here are sums and
/// `time_range` is around all, and `texts` has the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InputEntry {
    /// Where it was read.
    pub path: String,
    /// The bytes of `path`, where it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_bytes: Option<PathBytes>,
    /// What its text is known by: the digest of the very bytes that were decoded, of a compressed file those that it unpacks to. Versions
    /// of earlier programs call it `sha256`, and the earliest have the digest of the compressed bytes there. Of a file with `texts`, the
    /// digest of its own bytes.
    #[serde(alias = "sha256")]
    pub digest: TextId,
    /// Its size.
    pub bytes: u64,
    /// The size of its text, where it is compressed and was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_bytes: Option<u64>,
    /// Rows accepted.
    pub rows: u64,
    /// What it is to the batch: accepted if one of its texts is.
    pub status: InputStatus,
    /// First and last time of the rows accepted.
    pub time_range: Option<Extent>,
    /// The interval that it states, such as `15m`; null where it states none, or none that can be read.
    pub interval: Option<String>,
    /// How many points it declares.
    pub points: u64,
    /// Whether it has its trailer, that is: was not cut short.
    pub complete: bool,
    /// Cells met, those of rejected rows among them.
    pub cells: u64,
    /// Cells that were missing tokens, by token.
    pub missing: BTreeMap<String, u64>,
    /// Cells that were texts of no known kind.
    pub unrecognised: u64,
    /// Cells whose unit does not fit their point's.
    pub unit_mismatch: u64,
    /// Cells whose number was removed for its size.
    pub not_finite: u64,
    /// Rows rejected.
    pub rejected_rows: u64,
    /// Cells in rejected rows.
    pub rejected_cells: u64,
    /// Lines that are furniture, not rows: the header once more.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub furniture_lines: u64,
    /// Rows whose local time happens twice and whose order told which one it is.
    pub ambiguous_resolved: u64,
    /// Rows whose local time happens twice and that the configured rule decided.
    pub ambiguous_by_rule: u64,
    /// Rows whose local time never happens and that the configured rule moved.
    pub nonexistent: u64,
    /// What is odd about it, in words.
    pub problems: Vec<String>,
    /// Where its file is, as an absolute path; absent where `path` is that already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The bytes of `location`, where it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_bytes: Option<PathBytes>,
    /// The place of its kind in the manifest's `kinds`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<u64>,
    /// The columns of its `required` points that have not one number in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silent: Vec<String>,
    /// Its texts, in their order; absent where it is one text of one report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<InputText>,
}

/// One text of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InputText {
    /// The name of the member or the sheet; absent where it is what the whole file unpacks to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// What it is known by.
    pub digest: TextId,
    /// Its size.
    pub bytes: u64,
    /// What it is to the batch.
    pub status: InputStatus,
    /// Its reports, in their order; none where it is no more than a duplicate.
    pub reports: Vec<InputReport>,
}

/// One report of a text. It has the counts of [`InputEntry`] by the same names: an entry of a file that is one report has them in itself, and a
/// reader of many entries should not pay for a struct within it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct InputReport {
    /// The line of its head, from 1.
    pub line: u64,
    /// Rows accepted.
    pub rows: u64,
    /// First and last time of the rows accepted.
    pub time_range: Option<Extent>,
    /// The interval that it states, such as `15m`.
    pub interval: Option<String>,
    /// How many points it declares.
    pub points: u64,
    /// Whether it was not cut short.
    pub complete: bool,
    /// Cells met, those of rejected rows among them.
    pub cells: u64,
    /// Cells that were missing tokens, by token.
    pub missing: BTreeMap<String, u64>,
    /// Cells that were texts of no known kind.
    pub unrecognised: u64,
    /// Cells whose unit does not fit their point's.
    pub unit_mismatch: u64,
    /// Cells whose number was removed for its size.
    pub not_finite: u64,
    /// Rows rejected.
    pub rejected_rows: u64,
    /// Cells in rejected rows.
    pub rejected_cells: u64,
    /// Lines that are furniture, not rows.
    pub furniture_lines: u64,
    /// Rows whose local time happens twice and whose order told which one it is.
    pub ambiguous_resolved: u64,
    /// Rows whose local time happens twice and that the configured rule decided.
    pub ambiguous_by_rule: u64,
    /// Rows whose local time never happens and that the configured rule moved.
    pub nonexistent: u64,
    /// What is odd about it, in words.
    pub problems: Vec<String>,
    /// The place of its kind in the manifest's `kinds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<u64>,
    /// The columns of its `required` points that have not one number in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub silent: Vec<String>,
}

/// One kind of report: a set of points with a stated interval. What the rules of a point follow from is here, so that a later batch
/// need not open the report again to know it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ReportKind {
    /// The interval that its reports state, such as `15m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<String>,
    /// Its points, in the order of the report's columns.
    pub points: Vec<KindPoint>,
}

/// One point as a report declares it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct KindPoint {
    /// The point's name.
    pub name: String,
    /// Its suffix, if it has one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub suffix: String,
    /// Its trend definition, as written.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub trend: String,
}

impl InputEntry {
    /// The entry of a report of which nothing but its content is stated: all counts 0.
    #[must_use]
    pub fn new(path: impl AsRef<Path>, digest: TextId, bytes: u64, status: InputStatus) -> Self {
        let (path, path_bytes) = PathBytes::split(path.as_ref());
        Self {
            path,
            path_bytes,
            digest,
            bytes,
            text_bytes: None,
            rows: 0,
            status,
            time_range: None,
            interval: None,
            points: 0,
            complete: false,
            cells: 0,
            missing: BTreeMap::new(),
            unrecognised: 0,
            unit_mismatch: 0,
            not_finite: 0,
            rejected_rows: 0,
            rejected_cells: 0,
            furniture_lines: 0,
            ambiguous_resolved: 0,
            ambiguous_by_rule: 0,
            nonexistent: 0,
            problems: Vec::new(),
            location: None,
            location_bytes: None,
            kind: None,
            silent: Vec::new(),
            texts: Vec::new(),
        }
    }

    /// Says where its file is, where that is not what its path says.
    #[must_use]
    pub fn located(mut self, location: Option<&Path>) -> Self {
        let split = location.map(PathBytes::split);
        let (location, bytes) = split.map_or((None, None), |(text, bytes)| (Some(text), bytes));
        (self.location, self.location_bytes) = (location, bytes);
        self
    }

    /// Where its file is.
    #[must_use]
    pub fn place(&self) -> PathBuf {
        match &self.location {
            Some(location) => PathBytes::join(location, self.location_bytes.as_ref()),
            None => PathBytes::join(&self.path, self.path_bytes.as_ref()),
        }
    }

    /// States what became of its rows and cells.
    #[must_use]
    pub fn counted(mut self, read: &Read) -> Self {
        let (tally, cells) = (&read.tally, &read.cells);
        self.rows = tally.rows;
        self.time_range = tally.time_range;
        self.points = read.points as u64;
        self.cells = tally.cells;
        self.rejected_rows = tally.rejected_rows;
        self.rejected_cells = tally.rejected_cells;
        self.furniture_lines = tally.furniture;
        self.ambiguous_resolved = tally.ambiguous_resolved;
        self.ambiguous_by_rule = tally.ambiguous_by_rule;
        self.nonexistent = tally.nonexistent;
        self.unrecognised = cells.unrecognised;
        self.unit_mismatch = cells.unit_mismatch;
        self.not_finite = cells.not_finite;
        let missing = cells.missing.iter();
        self.missing = missing
            .map(|(token, cells)| ((*token).to_owned(), *cells))
            .collect();
        self
    }
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands references to it"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// What a report is to its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InputStatus {
    /// Its rows are in the dataset.
    Accepted,
    /// Its content is that of another input of the batch; it was read once.
    Duplicate,
}

/// One file that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FailedFile {
    /// The file.
    pub file: String,
    /// The bytes of `file`, where it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_bytes: Option<PathBytes>,
    /// What is wrong with it: what was expected and what was found.
    pub error: String,
    /// The line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// What to do about it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What its text is known by, where it could be read. Versions of earlier programs call it `sha256`.
    #[serde(default, alias = "sha256", skip_serializing_if = "Option::is_none")]
    pub digest: Option<TextId>,
    /// Its size, where it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// When it is tried again.
    pub retry: Retry,
}

/// When a file that could not be used is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// In every run: it could not be read, changed while it was read, or reaches into the future.
    Always,
    /// When its content, the configuration or the program has changed.
    WhenChanged,
}

/// One stretch that no report covers and that is too long to be filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Gap")]
pub struct GapEntry {
    /// The first bin that is missing.
    pub from: Instant,
    /// The first bin after it that is there.
    pub to: Instant,
    /// How many bins are missing.
    pub bins: u64,
}

/// Cells that two rows gave.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Conflicts {
    /// Cells that lost against a different value of the same point and time.
    pub cells: u64,
    /// Cells that had the same value as another of the same point and time.
    pub equal_duplicates: u64,
    /// The first few conflicts.
    pub examples: Vec<Conflict>,
}

/// One cell that two rows gave differently.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Conflict {
    /// The time of the rows.
    pub timestamp: Instant,
    /// The column.
    pub column: String,
    /// The value that stayed.
    pub kept: f64,
    /// The value that lost.
    pub lost: f64,
}

/// What became of every cell that the reports have in the months that the batch read: `input` is the sum of the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cells {
    /// Cells met in all reports, those that were read again among them; a committed cell that stands in for a report that is gone
    /// counts as one.
    pub input: u64,
    /// Those whose value went into the dataset.
    pub used: u64,
    /// Those that had the same value as another of the same point and time.
    pub equal_duplicates: u64,
    /// Those that lost against a different value of the same point and time.
    pub conflict_losers: u64,
    /// Those that were missing tokens.
    pub missing: u64,
    /// Those that were texts of no known kind.
    pub unrecognised: u64,
    /// Those whose unit does not fit their point's.
    pub unit_mismatch: u64,
    /// Those whose number was removed for its size.
    pub not_finite: u64,
    /// Those in rejected rows.
    pub rejected: u64,
    /// Those that gave way to a committed bin, because a report behind it is gone.
    #[serde(default)]
    pub gave_way: u64,
    /// Those of rows that were moved out of an hour that never happened, where another row gave the same point and time.
    #[serde(default)]
    pub moved_lost: u64,
}

impl Cells {
    /// The sum of what became of them.
    #[must_use]
    pub fn accounted(&self) -> u64 {
        self.fates().iter().map(|(cells, _)| cells).sum()
    }

    /// What became of them, in words.
    #[must_use]
    pub fn fates(&self) -> [(u64, &'static str); 10] {
        // By name, so that a count that is new does not compile until it stands here.
        let Self {
            input: _,
            used,
            equal_duplicates,
            conflict_losers,
            missing,
            unrecognised,
            unit_mismatch,
            not_finite,
            rejected,
            gave_way,
            moved_lost,
        } = *self;
        [
            (used, "used"),
            (missing, "missing"),
            (equal_duplicates, "equal"),
            (conflict_losers, "lost in conflicts"),
            (unrecognised, "unrecognised"),
            (unit_mismatch, "unit mismatch"),
            (not_finite, "not finite"),
            (rejected, "in rejected rows"),
            (gave_way, "gave way to kept bins"),
            (moved_lost, "of moved rows"),
        ]
    }
}

/// One report that is known from an earlier batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceRef {
    /// Where it was read.
    pub path: String,
    /// The bytes of `path`, where it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_bytes: Option<PathBytes>,
    /// What its text is known by. Versions of earlier programs call it `sha256`.
    #[serde(alias = "sha256")]
    pub digest: TextId,
}

impl SourceRef {
    /// The report of this content that was read at `path`.
    #[must_use]
    pub fn new(path: &Path, digest: TextId) -> Self {
        let (path, path_bytes) = PathBytes::split(path);
        Self {
            path,
            path_bytes,
            digest,
        }
    }

    /// Where it was read.
    #[must_use]
    pub fn place(&self) -> PathBuf {
        PathBytes::join(&self.path, self.path_bytes.as_ref())
    }
}

/// A content that versions of earlier programs know by another digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Redigested {
    /// The digest by which they know it.
    pub earlier: TextId,
    /// What its text is known by from now on.
    pub digest: TextId,
    /// The size of its text, where `earlier` is the digest of a compressed file as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_bytes: Option<u64>,
}
