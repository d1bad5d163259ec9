//! The entries of a manifest for what was read: files, their texts, their reports.

use super::KeptSource;
use crate::acquire::{DialectId, StatedReading};
use crate::path_bytes::PathBytes;
use crate::text_id::TextId;
use crate::time::Extent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One file that reports stand in. A file holds texts (itself, or what it unpacks to; members, sheets), and a text one or more reports.
/// Most files are one text of one report: then all that is known of these stands here. Else the numbers here are sums and
/// `time_range` is around all, and `texts` has the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct InputEntry {
    /// Where it was read.
    pub path: String,
    /// The bytes of `path`, where it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_bytes: Option<PathBytes>,
    /// What its text is known by: the digest of the very bytes that were decoded, of a compressed file those that it unpacks to. Versions
    /// of earlier programs call it `sha256`, and the earliest have the digest of the compressed bytes there. Of a file with `texts`, the
    /// digest of its own bytes; if they have names, that of the names and digests of those that are listed, one a line.
    #[serde(alias = "sha256")]
    pub digest: TextId,
    /// What was stated of how it is read; absent where nothing was, or something else of each of its texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<StatedReading>,
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
    /// Lines that are furniture, not rows: the header once more, or what stands on a printed page beside them.
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
    /// What is kept of its bytes; absent where nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<KeptSource>,
    /// Of a frame that was accepted: its place among all frames that the dataset was given, from 1. Absent in versions of earlier programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordinal: Option<u64>,
    /// Whether it is a frame that replaces what frames of lower ordinals have in its rows and columns; absent where it does not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replaces: bool,
}

/// What a report is to its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum InputStatus {
    /// Its rows are in the dataset.
    Accepted,
    /// Its content is that of another input of the batch; it was read once.
    Duplicate,
}

/// One text of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct InputText {
    /// The name of the member or the sheet; absent where it is what the whole file unpacks to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// What it is known by.
    pub digest: TextId,
    /// What was stated of how it is read, where that differs from one text of the file to the next: then the file itself has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<StatedReading>,
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
#[non_exhaustive]
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
#[non_exhaustive]
pub struct ReportKind {
    /// The interval that its reports state, such as `15m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<String>,
    /// The dialect of its texts; absent for siemens-scheduler. Of one with one value a line all points with this interval are one kind,
    /// whichever of them a text has.
    #[serde(default, skip_serializing_if = "DialectId::is_unnamed")]
    #[schemars(with = "Option<String>")]
    pub dialect: DialectId,
    /// What the entry of `cleaner.sources` is known by that describes its texts, of tables with one value or one day a row: the points of
    /// each are kinds of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// Its points, in the order of the report's columns.
    pub points: Vec<KindPoint>,
}

/// One point as a report declares it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
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
    pub(crate) fn new(
        path: impl AsRef<Path>,
        digest: TextId,
        bytes: u64,
        status: InputStatus,
    ) -> Self {
        let (path, path_bytes) = PathBytes::split(path.as_ref());
        Self {
            path,
            path_bytes,
            digest,
            reading: None,
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
            kept: None,
            ordinal: None,
            replaces: false,
        }
    }

    /// Says where its file is, where that is not what its path says.
    #[must_use]
    pub(crate) fn located(mut self, location: Option<&Path>) -> Self {
        let split = location.map(PathBytes::split);
        let (location, bytes) = split.map_or((None, None), |(text, bytes)| (Some(text), bytes));
        (self.location, self.location_bytes) = (location, bytes);
        self
    }

    /// Where its file is.
    #[must_use]
    pub(crate) fn place(&self) -> PathBuf {
        match &self.location {
            Some(location) => PathBytes::join(location, self.location_bytes.as_ref()),
            None => PathBytes::join(&self.path, self.path_bytes.as_ref()),
        }
    }

    /// Adds the counts of one of its reports.
    pub(crate) fn add(&mut self, report: &InputReport) {
        self.rows += report.rows;
        self.time_range = Extent::around(self.time_range.into_iter().chain(report.time_range));
        self.points += report.points;
        self.cells += report.cells;
        self.rejected_rows += report.rejected_rows;
        self.rejected_cells += report.rejected_cells;
        self.furniture_lines += report.furniture_lines;
        self.ambiguous_resolved += report.ambiguous_resolved;
        self.ambiguous_by_rule += report.ambiguous_by_rule;
        self.nonexistent += report.nonexistent;
        self.unrecognised += report.unrecognised;
        self.unit_mismatch += report.unit_mismatch;
        self.not_finite += report.not_finite;
        for (token, cells) in &report.missing {
            *self.missing.entry(token.clone()).or_default() += cells;
        }
    }
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands references to it"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}
