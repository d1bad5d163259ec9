//! What a version is, as a file: pure, no I/O.
//!
//! Enters: what a batch has done, or the bytes of a manifest. Leaves: the bytes, sealed with their own checksum, or a
//! [`Manifest`] that is proven to be what was sealed. Refuses: bytes that are torn, altered or of another format, and a
//! manifest that contradicts itself.

mod cells;
mod files;
mod identity;
mod inputs;
mod kept;
mod listing;
mod machines;
mod occasion;
mod seal;
mod side;
mod sources;
mod statistics;

use crate::time::{Extent, Instant};
pub use cells::{CellFate, Cells, Conflict, Conflicts};
pub use files::{FileEntry, PartEntry};
pub(crate) use identity::{Identity, encoding_id};
pub(crate) use identity::{batch_id, rebuild_id, retraction_id};
pub use inputs::{InputEntry, InputReport, InputStatus, InputText, KindPoint, ReportKind};
pub use kept::{KeepSources, KeptSource};
pub(super) use listing::Listed;
pub(crate) use listing::Listing;
pub use machines::{EquipmentEntry, EquipmentOff, WeekEntry};
pub use occasion::Occasion;
pub(crate) use seal::MANIFEST_VERSION;
pub(super) use seal::unwritable;
pub(super) use side::{
    DETAILS_END, Details, INPUTS_END, MOST_TEXT, SourceLists, no_memory, unpack,
};
pub use sources::{FailedFile, Redigested, Retry, SourceRef};
pub use statistics::{
    Conversion, CounterReset, GapEntry, PointStatistics, StandingCondition, Statistics, Trip,
};

use super::public::PublicCopy;
use crate::dataset_path::{DatasetPath, FileKind};
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::model::{Rule, SchemaColumn, SiteId, schema_hash};
use crate::warning::WarningEntry;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// One committed batch: what was read, what became of it, and which parts hold it.
///
/// Written as JSON with the fields in this order. A reader of 1.x ignores fields that it does not know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Trendgate manifest")]
#[non_exhaustive]
pub struct Manifest {
    /// The version of this format; another first number is another format.
    #[schemars(extend("pattern" = "^1\\."))]
    pub manifest_version: String,
    /// The batch's identity, derived from site, configuration and inputs: the same reports under the same configuration
    /// are the same batch.
    #[schemars(with = "String", extend("format" = "uuid"))]
    pub batch_id: Uuid,
    /// The site.
    #[schemars(extend("pattern" = "^[A-Za-z0-9][A-Za-z0-9._-]*$"))]
    pub site_id: String,
    /// When the manifest was written.
    pub created_at: Instant,
    /// How many of `inputs` were accepted.
    pub input_files_count: u64,
    /// The paths of the parts, relative to the folder `processed` beside that of the manifests.
    pub output_files: Vec<DatasetPath>,
    /// What the rows of the parts are.
    pub statistics: Statistics,
    /// The digest of `schema`: of the JSON array, without blanks, of one `[name, type, unit or null, physical type or null]` a
    /// column, with the aggregation as a fifth item where the column has one, sorted by name.
    pub schema_hash: Digest,
    /// The digest of the file's own bytes with the 64 hex digits of this field set to `0`.
    pub checksum: Digest,
    /// The parts that this version adds.
    pub files: Vec<PartEntry>,
    /// The files that stand behind the batch; empty in a record whose `inputs_file` has them.
    #[serde(default)]
    pub inputs: Vec<InputEntry>,
    /// The file that has `config`, `kinds`, `rebuilt_from`, `superseded`, `retracted` and `redigested` in its first line, and one of the `inputs` in each
    /// other; its path is relative to the folder of the manifests. Absent where there is none of these, and in versions of earlier programs,
    /// whose records have them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs_file: Option<FileEntry>,
    /// The file that has `statistics.points` and `conflicts.examples`, as `points` and `conflicts`, with its path as that of `inputs_file`. Absent
    /// where there are none, and in versions of earlier programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details_file: Option<FileEntry>,
    /// The kinds of report among the `inputs`.
    #[serde(default)]
    pub kinds: Vec<ReportKind>,
    /// The files that could not be used.
    pub failed_files: Vec<FailedFile>,
    /// The evidence files, with paths relative to the folder `evidence` beside that of the manifests.
    pub evidence_files: Vec<FileEntry>,
    /// The stretches longer than the longest gap that is filled, within `changed_range` or at its ends.
    pub gaps: Vec<GapEntry>,
    /// The rules whose circuit breaker tripped: they flag more of a month than `cleaner.trip_share`.
    #[serde(default)]
    pub trips: Vec<Trip>,
    /// What a person should know of the data and of the configuration that it was read by; about the process there is nothing here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<WarningEntry>,
    /// What lasts until the configuration or the data end it; found anew for every version.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub standing: Vec<StandingCondition>,
    /// What was checked of the equipment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equipment: Vec<EquipmentEntry>,
    /// What was not, because no report has its points.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equipment_off: Vec<EquipmentOff>,
    /// Cells that two rows gave.
    pub conflicts: Conflicts,
    /// What became of every cell of the inputs.
    pub cells: Cells,
    /// The digest of everything in the configuration that decides the result, and of the version of the rules.
    pub config_digest: Digest,
    /// Everything that `config_digest` is the digest of, as JSON; null in versions of earlier programs.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub config: serde_json::Value,
    /// The one reading of the clock that rows were judged against: the start of the batch.
    pub time_baseline: Instant,
    /// The program that wrote this.
    pub trendgate_version: String,
    /// The number of this version in the site's log, from 1.
    pub version: u64,
    /// The parts of earlier versions that this one replaces.
    pub replaces: Vec<DatasetPath>,
    /// The evidence files of earlier versions that this one replaces.
    #[serde(default)]
    pub replaces_evidence: Vec<DatasetPath>,
    /// From the first to the last bin that this version adds, changes or takes away; absent where it changes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_range: Option<Extent>,
    /// The known reports of earlier batches that were read again for this one.
    #[serde(default)]
    pub rebuilt_from: Vec<SourceRef>,
    /// The known reports whose file has a new content that covers theirs: they are no longer part of the dataset.
    #[serde(default)]
    pub superseded: Vec<SourceRef>,
    /// The known reports that a person withdrew: they are no longer part of the dataset, and are not taken again by themselves.
    #[serde(default)]
    pub retracted: Vec<SourceRef>,
    /// Contents that versions of earlier programs know by another digest, of which the files were met: from this version on they are
    /// known by the digest of today. Absent where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redigested: Vec<Redigested>,
    /// For each rule that judged anything, how many seconds after the end of a bin its evidence is known at the latest (`known_at`): of all points,
    /// as they were configured, the most. In a dataset of frames that is of rules that judged raw ones, of this version or of one before; absent
    /// where there is none, and in versions of earlier programs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub known_after: BTreeMap<Rule, f64>,
    /// Bins that kept committed cells because a report behind them is gone.
    #[serde(default)]
    pub approximate_bins: u64,
    /// The IANA name of the zone of the reports' clock.
    pub timezone: String,
    /// The length of a bin, such as `15m`.
    pub resample_interval: String,
    /// The columns, sorted by name.
    pub schema: Vec<SchemaColumn>,
    /// What the rows were made of; absent where that is reports.
    #[serde(default, skip_serializing_if = "Origin::is_reports")]
    pub origin: Origin,
    /// Whether the version has a public name beside its record in the log; absent where it has.
    #[serde(default, skip_serializing_if = "PublicCopy::is_written")]
    pub public_copy: PublicCopy,
    /// What is kept of the files that were read, as this version was configured: a collection goes by the last one. Absent where that is
    /// `auto`.
    #[serde(default, skip_serializing_if = "KeepSources::is_auto")]
    pub keep_sources: KeepSources,
}

/// What the rows of a dataset are made of. A dataset is of one origin: months of reports can be made again from their files, those of
/// frames only from themselves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Origin {
    /// Trend reports.
    #[default]
    Reports,
    /// Frames of a cleaner of the caller's own.
    Frames,
}

impl Origin {
    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde hands over a reference"
    )]
    fn is_reports(&self) -> bool {
        *self == Self::Reports
    }
}

impl Manifest {
    /// The JSON Schema of a manifest.
    ///
    /// ```
    /// let schema = trendgate::Manifest::json_schema();
    /// assert!(schema["properties"]["version"].is_object());
    /// ```
    #[must_use]
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Self).into()
    }

    /// Shows that every path in it is that of a file of its site, of its kind: what follows the paths of a manifest reaches nothing else.
    pub(super) fn within_its_site(&self) -> Result<()> {
        let site = SiteId::new(&self.site_id).map_err(|error| Error::damaged(error.message()))?;
        let site = site.as_str();
        let parts = self.files.iter().map(|part| &part.path);
        for path in parts.chain(&self.output_files).chain(&self.replaces) {
            path.must_be_of(FileKind::Part, site)?;
        }
        let evidence = self.evidence_files.iter().map(|file| &file.path);
        for path in evidence.chain(&self.replaces_evidence) {
            path.must_be_of(FileKind::Evidence, site)?;
        }
        self.side_files()
            .try_for_each(|file| file.path.must_be_of(FileKind::Side, site))
    }

    /// The files that stand beside its record.
    ///
    /// ```
    /// use trendgate::{RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let history = site.history()?;
    /// let mut beside = history.versions()[0].manifest.side_files();
    /// assert!(beside.all(|file| file.bytes > 0));
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn side_files(&self) -> impl Iterator<Item = &FileEntry> {
        self.inputs_file.iter().chain(&self.details_file)
    }

    /// Shows that the manifest does not contradict itself: paths, rows, counts, cells, order and schema.
    ///
    /// # Errors
    /// [`Bug`](crate::ErrorKind::Bug), naming the fact that is stated in two ways.
    pub(crate) fn consistent(&self) -> Result<()> {
        let accepted = |input: &&InputEntry| input.status == InputStatus::Accepted;
        match &self.inputs_file {
            Some(file) => self.lists(file.rows, None)?,
            None => {
                let accepted = self.inputs.iter().filter(accepted).count() as u64;
                self.lists(self.inputs.len() as u64, Some(accepted))?;
            }
        }
        self.consistent_beside_inputs()
    }

    /// Shows that the manifest counts as many inputs as are listed, and as many of them as accepted as there are, where that is known.
    pub(super) fn lists(&self, inputs: u64, accepted: Option<u64>) -> Result<()> {
        if let Some(accepted) = accepted {
            agree("accepted inputs", &self.input_files_count, &accepted)?;
        }
        if self.input_files_count > inputs {
            return agree("inputs", &self.input_files_count, &inputs);
        }
        Ok(())
    }

    /// As [`consistent`](Self::consistent), but for what hangs on the list of inputs.
    pub(super) fn consistent_beside_inputs(&self) -> Result<()> {
        let paths: Vec<&DatasetPath> = self.files.iter().map(|file| &file.path).collect();
        let rows: u64 = self.files.iter().map(|file| file.rows).sum();
        agree(
            "paths of the parts",
            &self.output_files.iter().collect::<Vec<_>>(),
            &paths,
        )?;
        agree("rows", &self.statistics.total_rows, &rows)?;
        agree(
            "time range",
            &self.statistics.time_range,
            &Extent::around(self.files.iter().map(|f| f.time_range)),
        )?;
        agree(
            "schema hash",
            &self.schema_hash,
            &schema_hash(&self.schema)?,
        )?;
        agree(
            "input cells and their fates",
            &self.cells.input,
            &self.cells.accounted(),
        )?;
        self.ordered()
    }

    fn ordered(&self) -> Result<()> {
        let overlap = self
            .files
            .windows(2)
            .find(|pair| pair[0].time_range.last >= pair[1].time_range.first);
        overlap.map_or(Ok(()), |pair| {
            let message = format!(
                "parts overlap or are out of order: {} and {}",
                pair[0].path, pair[1].path
            );
            Err(Error::bug(message))
        })
    }
}

fn agree<T: PartialEq + std::fmt::Debug>(what: &str, stated: &T, found: &T) -> Result<()> {
    if stated == found {
        return Ok(());
    }
    Err(Error::bug(format!(
        "the manifest contradicts itself about its {what}: {stated:?} and {found:?}"
    ))
    .hint("nothing was committed; please report this"))
}

#[cfg(test)]
mod tests;
