//! What `--json` prints, all of it: a value of one type, whose JSON Schema is `schemas/answers.schema.json`.

use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use trendgate::answers::{
    DiffAnswer, ExplainAnswer, FailureAnswer, GarbageCollected, PlanAnswer, Recovered,
    RetractionAnswer, RunAnswer, SiteAnswer,
};
use trendgate::details::{CheckReport, SitePoints};
use trendgate::details::{Repaired, SourceFreshness};
use trendgate::manifest::{Occasion, StandingCondition};
use trendgate::time::{Extent, Instant};
use trendgate::vocabulary::Flag;
use trendgate::{Digest, Error, Inspection, LastRun, Manifest, Snapshot, Tag, Verified, time};

/// What a command prints where JSON is asked for.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Printed {
    /// `run` and `retract`.
    Run(RunAnswer),
    /// `run --all`.
    RunAll(SitesAnswer<RunAnswer>),
    /// `plan`.
    Plan(Box<PlanAnswer>),
    /// `plan --all`.
    PlanAll(SitesAnswer<PlanAnswer>),
    /// `inspect`.
    Inspect(InspectAnswer),
    /// `check`.
    Check(CheckAnswer),
    /// `verify`.
    Verify(VerifyAnswer),
    /// `recover`.
    Recover(SitesAnswer<Recovered>),
    /// `gc`.
    Gc(SitesAnswer<GarbageCollected>),
    /// `tag`.
    Tag(SitesAnswer<Tagged>),
    /// `log`: the batches, the oldest first.
    Log(Vec<LoggedBatch>),
    /// `show` without a batch: the datasets.
    Datasets(Vec<DatasetAnswer>),
    /// `files`.
    Files(FilesAnswer),
    /// `show` of a batch: its manifest, as it was committed.
    Manifest(Box<Manifest>),
    /// `points`.
    Points(PointsAnswer),
    /// `status`.
    Status(StatusAnswer),
    /// `show --diff`.
    Diff(Box<DiffAnswer>),
    /// `retract --dry-run`.
    Retraction(RetractionAnswer),
    /// `task plan`.
    TaskPlan(TaskPlanAnswer),
    /// `task commit`.
    TaskCommit(TaskCommitAnswer),
    /// `explain`.
    Explain(ExplainAnswer),
    /// Any command that fails.
    Failure(FailureAnswer),
}

/// The present, as answers state it.
pub(crate) fn now() -> Instant {
    time::now()
}

/// A path as text.
pub(crate) fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The tasks of a run.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TaskPlanAnswer {
    /// When they were planned.
    pub(crate) time: Instant,
    /// How many there are.
    pub(crate) tasks: usize,
    /// Whether they are of an earlier plan.
    pub(crate) resumed: bool,
    /// The files of those that have no outcome yet.
    pub(crate) pending: Vec<String>,
}

/// What came of the tasks of a folder.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TaskCommitAnswer {
    /// When they were committed.
    pub(crate) time: Instant,
    /// How each site ended.
    #[schemars(with = "Vec<SiteAnswer>")]
    pub(crate) sites: Vec<serde_json::Value>,
}

/// What is in a report. No site is known yet.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct InspectAnswer {
    /// When it was looked at.
    pub(crate) time: Instant,
    /// What is in it.
    #[serde(flatten)]
    pub(crate) inspection: Inspection,
}

/// Whether files keep the contract.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CheckAnswer {
    /// When they were looked at.
    pub(crate) time: Instant,
    /// How many rules are broken in how many places, in all files.
    pub(crate) violations: u64,
    /// The files.
    pub(crate) files: Vec<CheckedFile>,
}

/// Whether a file keeps the contract.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CheckedFile {
    /// The file.
    pub(crate) path: String,
    /// The site that it states.
    pub(crate) site_id: Option<String>,
    /// What it is, and where it breaks the contract.
    pub(crate) report: CheckReport,
}

/// Whether batches are as their manifests say.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct VerifyAnswer {
    /// When they were looked at.
    pub(crate) time: Instant,
    /// How many things are not as they were.
    pub(crate) findings: usize,
    /// The public names that were made again.
    pub(crate) repaired: Vec<Repaired>,
    /// Every site, or the manifest that was named.
    pub(crate) verified: Vec<AtSite<VerifiedSite>>,
}

/// A site, or a manifest, that was looked at.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct VerifiedSite {
    /// The site; of a manifest that cannot be read there is none.
    pub(crate) site_id: Option<String>,
    /// The site; of a manifest, its file.
    pub(crate) name: String,
    /// What was looked at, and what was found.
    pub(crate) verification: Verified,
}

/// What a command did at each site.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Sites{T}")]
pub(crate) struct SitesAnswer<T> {
    /// When it ended.
    pub(crate) time: Instant,
    /// Whether nothing was done, and only said what would be.
    pub(crate) dry_run: bool,
    /// Every site.
    pub(crate) sites: Vec<AtSite<T>>,
}

/// A site: what was done there, or why not.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "{T}OrFailed")]
pub(crate) enum AtSite<T> {
    /// What was done.
    Done(T),
    /// It failed there, which keeps nobody from the others.
    Failed(FailedSite),
}

/// A site where a command failed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FailedSite {
    /// The site.
    site_id: String,
    /// Why.
    failed: FailureAnswer,
}

impl FailedSite {
    pub(crate) fn new(site: &str, error: &Error) -> Self {
        Self {
            site_id: site.to_owned(),
            failed: FailureAnswer::new(error, Some(site)),
        }
    }
}

/// The tags of a site that were listed, given or taken away.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Tagged {
    /// The site.
    pub(crate) site_id: String,
    /// The tags, by their names.
    pub(crate) tags: Vec<Tag>,
}

/// A committed batch.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct LoggedBatch {
    /// The site.
    pub(crate) site_id: String,
    /// The version.
    pub(crate) version: u64,
    /// The batch.
    pub(crate) batch_id: String,
    /// When it was committed.
    pub(crate) created_at: Instant,
    /// What it was made for.
    pub(crate) occasion: Occasion,
    /// Reports that were withdrawn by it.
    pub(crate) retracted: usize,
    /// Known reports that were read again for it.
    pub(crate) read_again: usize,
    /// Files accepted.
    pub(crate) input_files_count: u64,
    /// Files rejected.
    pub(crate) failed_files: usize,
    /// Parts written.
    pub(crate) parts: usize,
    /// Rows written.
    pub(crate) rows: u64,
    /// From the first to the last of them.
    pub(crate) time_range: Option<Extent>,
    /// How many warnings its manifest has.
    pub(crate) warnings: usize,
    /// What lasted.
    pub(crate) standing: Vec<StandingCondition>,
    /// Since when the version cannot be read any more, if it cannot.
    pub(crate) expired: Option<Instant>,
}

/// A dataset as of a version.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DatasetAnswer {
    /// When it was looked at.
    pub(crate) time: Instant,
    /// What it consists of.
    #[serde(flatten)]
    pub(crate) snapshot: Snapshot,
}

/// The files that a reader opens.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FilesAnswer {
    /// When it was looked at.
    pub(crate) time: Instant,
    /// Site by site.
    pub(crate) sites: Vec<SiteFiles>,
}

/// The files that a reader of one site opens.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SiteFiles {
    /// The site.
    pub(crate) site_id: String,
    /// The version.
    pub(crate) version: u64,
    /// Their paths, in the order of time.
    pub(crate) files: Vec<String>,
}

/// What the points of datasets are.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PointsAnswer {
    /// When they were looked at.
    pub(crate) time: Instant,
    /// Site by site.
    pub(crate) sites: Vec<SitePoints>,
}

/// How sites are.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct StatusAnswer {
    /// When they were looked at.
    pub(crate) time: Instant,
    /// Every site.
    pub(crate) sites: Vec<AtSite<SiteStatus>>,
}

/// How a site is.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct SiteStatus {
    /// The site.
    pub(crate) site_id: String,
    /// How the last run ended; null where that is not known.
    pub(crate) last_run: Option<LastRun>,
    /// Its exit code; null where that is not known, or where a signal stopped it.
    pub(crate) exit: Option<u8>,
    /// The last version; 0 where there is none.
    pub(crate) version: u64,
    /// When it was made.
    pub(crate) created_at: Option<Instant>,
    /// The digest of the dataset's parts without the names of runs; null where there is no version.
    pub(crate) fingerprint: Option<Digest>,
    /// The rows of the dataset.
    pub(crate) rows: u64,
    /// The first and the last of them.
    pub(crate) time_range: Option<Extent>,
    /// How fresh each source is, the freshest first.
    pub(crate) sources: Vec<SourceFreshness>,
    /// Per flag, the rows of the dataset that have it; flags without rows are absent.
    pub(crate) quality_flags: BTreeMap<Flag, u64>,
    /// How many warnings the last version has.
    pub(crate) warnings: usize,
    /// What lasts.
    pub(crate) standing: Vec<StandingCondition>,
}

/// The JSON Schema of everything that is printed.
pub(crate) fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Printed).to_value()
}
