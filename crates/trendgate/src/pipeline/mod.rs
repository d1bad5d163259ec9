//! Paths → a committed version.
//!
//! ```text
//! survey ─ lay out ─ attempt ─ tasks ─┬─ accounts ─ changes ─ circuit breaker ─ findings ─ manifest ─ commit ─▶ Run
//!             ▲                       │  └──────────────── `version`, frames, too ───────────────────────┘
//!             └───────────────────────┘ trouble with a report: the attempt is thrown away, and it is left out, or sorted
//! ```
//!
//! What enters is settings and paths; what leaves is a version that readers see whole, or nothing at all. One bad report
//! never stops a batch (unless `stop_on_error`): it is listed in the manifest.

mod apart;
mod attempts;
mod batch;
mod config_change;
mod counted;
mod end_notes;
mod file_entries;
mod findings;
pub(crate) mod frames;
mod growth;
mod keep;
mod last_run;
mod last_verify;
mod namesake;
mod options;
mod record;
mod redigest;
mod reencode;
mod rejects;
mod report_accounts;
mod retract;
mod retry;
mod said;
mod settings;
mod sites;
mod sources;
mod stamps;
mod survey;
mod turn;
mod upkeep;
mod version;

pub(crate) use apart::{
    CommittedApart, PlannedApart, commit as commit_apart, over, plan as plan_apart, release,
    saved_settings,
};
pub(crate) use config_change::differences;
pub(crate) use findings::loses;
pub use last_run::{LastRun, RunCounts, RunFailure, RunOutcome};
pub(crate) use last_run::{keep_refusal, sites_that_ran};
pub(crate) use last_verify::LastVerify;
pub use options::{Gone, Retracted, RunOptions, Scope, Trust};
pub(crate) use record::problems;
pub use retract::Retraction;
pub(crate) use retract::{RetractionProspect, prospect_retraction};
pub use settings::Settings;
pub(crate) use settings::{Cut, NOT_BEFORE};
pub(crate) use sites::LEAST_MEMORY;
pub use sites::{Share, at_sites};
pub use survey::FailedInput;
pub(crate) use survey::OrderCounts;
pub(crate) use survey::Survey;
pub(crate) use version::OnTrip;
pub use version::error_log_path;

use crate::acquire::TimeRule;
use crate::clean::{Cleaner, EvenRules, EvenSeries};
use crate::contract::FUTURE_TOLERANCE;
use crate::error::{ErrorKind, Result};
use crate::execute::{Carry, Workers};
use crate::plan::{self, DatasetPoints, Inputs, Months, Plan, Task};
use crate::progress::{Event, Watch};
use crate::publish::{Committed, History, KeptSum, Origin, PublicCopy};
use crate::time::{self, Extent, Instant, Stopwatch};
use crate::warning::Warning;
use config_change::same_config;
use growth::Looked;
use said::Keeping;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// How a run ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum Run {
    /// A version was committed.
    Committed(Box<Summary>),
    /// Every file is known already; the last version was found to be durable.
    NothingNew(Box<NothingNew>),
}

/// A run that committed.
#[derive(Debug)]
#[non_exhaustive]
pub struct Summary {
    /// The version: its manifest, and where that stands.
    pub committed: Committed,
    /// The files that could not be used, and why.
    pub failed: Vec<FailedInput>,
    /// How many files were known already.
    pub known: usize,
    /// How many files were known to be rejected.
    pub known_rejects: usize,
    /// How many files have a content that was superseded or retracted, and were passed over.
    pub withdrawn: usize,
    /// How many files the configuration passes over.
    pub ignored: usize,
    /// What was said, of the data and of the process.
    pub warnings: Vec<Warning>,
    /// Bytes of the reports.
    pub bytes: u64,
    /// What is kept of the new files.
    pub kept: KeptSum,
}

/// A run without a new report.
#[derive(Debug)]
#[non_exhaustive]
pub struct NothingNew {
    /// The site's last version.
    pub version: u64,
    /// How many files were known already.
    pub known: usize,
    /// How many files were known to be rejected.
    pub known_rejects: usize,
    /// How many files have a content that was superseded or retracted, and were passed over.
    pub withdrawn: usize,
    /// How many files the configuration passes over.
    pub ignored: usize,
    /// What was said, of the data and of the process.
    pub warnings: Vec<Warning>,
    /// New files that cannot be used, and why.
    pub failed: Vec<FailedInput>,
}

/// ```
/// use trendgate::{RunOptions, Site, Watch};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let (settings, reports) = trendgate::internals::example(folder.path());
/// let site = Site::of(&settings);
/// let ended = site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
/// assert!(!ended.is_partly() && ended.failed().is_empty());
/// for warning in ended.warnings() {
///     println!("{warning}");
/// }
/// # Ok::<(), trendgate::Error>(())
/// ```
impl Run {
    /// Whether files were rejected that are not known to be of no use, or lost more than they may: all else is committed.
    #[must_use]
    pub fn is_partly(&self) -> bool {
        !self.failed().is_empty() || self.warnings().iter().any(Warning::is_loss)
    }

    /// The new files that cannot be used, and why.
    #[must_use]
    pub fn failed(&self) -> &[FailedInput] {
        match self {
            Self::Committed(summary) => &summary.failed,
            Self::NothingNew(nothing) => &nothing.failed,
        }
    }

    /// What was said, of the data and of the process.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        match self {
            Self::Committed(summary) => &summary.warnings,
            Self::NothingNew(nothing) => &nothing.warnings,
        }
    }
}

/// What a run would do.
#[derive(Debug)]
pub struct Prospect {
    /// What is at the paths.
    pub survey: Survey,
    /// How it would be read.
    pub plan: Plan,
}

impl Prospect {
    /// From when to when a task writes, as far as there are rows.
    #[must_use]
    pub(crate) fn stretch(&self, task: &Task) -> Extent {
        let around = self.plan.around(task);
        let around = around.unwrap_or(Instant::EPOCH.into());
        let own = task.window.own;
        Extent::new(around.first.max(own.start), around.last.min(own.end))
    }
}

/// Our cleaner, as the settings want it.
#[must_use]
pub fn own_cleaner(settings: &Settings) -> EvenSeries {
    EvenSeries::new(even_rules(settings))
}

fn even_rules(settings: &Settings) -> EvenRules {
    EvenRules {
        interval: settings.resample_interval,
        max_gap: settings.max_gap,
        min_coverage: settings.min_coverage,
    }
}

/// Finds out what [`run`] would do, without writing anything.
///
/// # Errors
/// As [`run`], but for what concerns writing.
pub fn prospect(
    settings: &Settings,
    paths: &[PathBuf],
    options: RunOptions,
    watch: Watch<'_>,
) -> Result<Prospect> {
    let _of_site = span(settings).entered();
    let time = time_rule(settings, time::now());
    let history = History::resume(&settings.dirs, settings.site.as_str())?;
    let cleaner = own_cleaner(settings);
    let base = attempts::base(settings, &cleaner, &time, &history, options, watch)?;
    if let Some(warning) = reencode::change(settings, &history)? {
        watch.warn(&warning);
    }
    let earlier = attempts::earlier(settings, options, watch);
    // What would be written to disk stays in memory: a prospect writes nothing.
    let new = Inputs::new(None);
    let mut survey = survey::survey(&base, options, &earlier, paths, new)?;
    let mut new = std::mem::take(&mut survey.new);
    if new.is_empty() && !base.goes_without_new() {
        let points = DatasetPoints::new(&[], settings.description(), &BTreeSet::new())?;
        let look = points.look(&cleaner);
        let plan = plan::plan(new, points, look, &Months::All, settings.threads)?;
        return Ok(Prospect { survey, plan });
    }
    let mut looked = Looked::new();
    let layout = base.lay_out(&mut new, &mut survey, &mut looked, None)?;
    if let Some(warning) = base.namesake(&layout.plan)? {
        watch.warn(&warning);
    }
    Ok(Prospect {
        survey,
        plan: layout.plan,
    })
}

/// Reads what is new at `paths`, cleans it and commits it as one version of the site's dataset: [`run_with`] the default options.
///
/// # Errors
/// As [`run_with`].
pub fn run(
    settings: &Settings,
    paths: &[PathBuf],
    cleaner: &dyn Cleaner,
    watch: Watch<'_>,
) -> Result<Run> {
    run_with(settings, paths, RunOptions::default(), cleaner, watch)
}

/// Reads what is new at `paths`, cleans it and commits it as one version of the site's dataset. Months that it reaches are made again
/// from the reports of both, so that the dataset is what one run over all of them would make.
///
/// # Errors
/// By [`ErrorKind`]: `Usage` and `Config` before anything is read; `Input` where no report can be used; `Contract`
/// where the cleaner's rows break it; `Storage`, `Locked` and `Damaged` as they say. Nothing is committed then.
/// `Stopped` where the watch said so in time. `Unsettled` after the commit point: something may be committed, and nothing is
/// deleted.
pub fn run_with(
    settings: &Settings,
    paths: &[PathBuf],
    options: RunOptions,
    cleaner: &dyn Cleaner,
    watch: Watch<'_>,
) -> Result<Run> {
    run_by(settings, paths, options, (cleaner, Workers::Threads), watch)
}

/// As [`run_with`] our own cleaner, with every task done by whoever `carry` brings its bytes to, so many at once: for a task as bytes it gives the
/// outcome, as [`tasks::execute`](crate::tasks::execute) does in another process.
///
/// # Errors
/// As [`run_with`], and those of `carry`.
pub(crate) fn run_carried(
    settings: &Settings,
    paths: &[PathBuf],
    options: RunOptions,
    (at_once, carry): (usize, Carry<'_>),
    watch: Watch<'_>,
) -> Result<Run> {
    let cleaner = own_cleaner(settings);
    let workers = Workers::Carried(at_once, carry);
    run_by(settings, paths, options, (&cleaner, workers), watch)
}

fn run_by(
    settings: &Settings,
    paths: &[PathBuf],
    options: RunOptions,
    (cleaner, workers): (&dyn Cleaner, Workers<'_>),
    watch: Watch<'_>,
) -> Result<Run> {
    // A wrong path is answered on the spot: it makes no folders, and is not in the error log.
    let since = Stopwatch::start();
    if let Err(error) = survey::exist(paths) {
        keep_refusal(&settings.dirs, settings.site.as_str(), &error, since);
        return Err(error);
    }
    told(settings, "run", watch, |watch| {
        attempts::run(settings, paths, options, (cleaner, workers), watch)
    })
}

/// Does `work`, keeps what went wrong in the error log and how it ended beside it, and adds to the outcome what was said on the way.
fn told(
    settings: &Settings,
    operation: &'static str,
    watch: Watch<'_>,
    work: impl FnOnce(Watch<'_>) -> Result<Run>,
) -> Result<Run> {
    let since = Stopwatch::start();
    let _of_site = span(settings).entered();
    tracing::info!(
        name: "run_began",
        operation,
        threads = settings.threads,
        memory_limit = settings.memory_share(),
        "begins"
    );
    let keeping = Keeping::new(watch.progress);
    let kept = Watch::new(&keeping, watch.cancel);
    let mut result = work(kept);
    version::keep_errors(settings, &result, kept);
    match &mut result {
        Ok(Run::Committed(summary)) => summary.warnings = keeping.into_list(),
        Ok(Run::NothingNew(nothing)) => nothing.warnings = keeping.into_list(),
        Err(_) => {}
    }
    last_run::keep(settings, &result, since);
    tell_end(&result, since, watch);
    result
}

/// What the library's own events are said of, on every thread: the site, and the attempt once there is one.
fn span(settings: &Settings) -> tracing::Span {
    tracing::error_span!(
        "site",
        site = settings.site.as_str(),
        attempt = tracing::field::Empty
    )
}

/// Tells how a run ended.
fn tell_end(result: &Result<Run>, since: Stopwatch, watch: Watch<'_>) {
    let elapsed = since.elapsed();
    let seconds = elapsed.as_secs_f64();
    match result {
        Ok(Run::Committed(summary)) => {
            let manifest = &summary.committed.manifest;
            tracing::info!(
                name: "run_ended",
                outcome = "committed",
                version = manifest.version,
                rows = manifest.statistics.total_rows,
                cells = manifest.cells.input,
                files = manifest.input_files_count,
                rejected = summary.failed.len(),
                warnings = summary.warnings.len(),
                bytes = summary.bytes,
                seconds,
                "ended with a version"
            );
            watch.tell(&Event::Committed {
                site: &manifest.site_id,
                version: manifest.version,
                rows: manifest.statistics.total_rows,
                elapsed,
            });
        }
        Ok(Run::NothingNew(nothing)) => tracing::info!(
            name: "run_ended",
            outcome = "nothing_new",
            version = nothing.version,
            rejected = nothing.failed.len(),
            warnings = nothing.warnings.len(),
            seconds,
            "ended with nothing new"
        ),
        Err(error) => {
            let kind = error.kind();
            tracing::info!(
                name: "run_ended",
                outcome = "failed",
                kind = kind.name(),
                seconds,
                "failed"
            );
            watch.tell(&Event::Failed { kind, elapsed });
        }
    }
}

/// Takes reports, or frames, out of the dataset: a version in which their months are made again without them. Their contents are
/// remembered, and later runs and batches pass them over.
///
/// # Errors
/// [`Usage`](ErrorKind::Usage) where `what` is no report of the dataset, or shares months with one that is gone (unless
/// forced), or with a frame of which nothing is kept; otherwise as [`run`].
pub fn retract(
    settings: &Settings,
    what: &Retraction,
    options: RunOptions,
    cleaner: &dyn Cleaner,
    watch: Watch<'_>,
) -> Result<Run> {
    // So is a wrong name.
    let known = History::read(&settings.dirs, settings.site.as_str());
    match known.and_then(|history| what.of(&history, watch.cancel)) {
        Err(error) if error.kind() == ErrorKind::Usage => return Err(error),
        _ => {}
    }
    told(settings, "retract", watch, |watch| {
        match known_origin(settings)? {
            Some(Origin::Frames) => frames::retract(settings, what, watch),
            _ => attempts::retract(settings, what, options, cleaner, watch),
        }
    })
}

/// Makes all months of a dataset of frames again from what is kept of them, by these settings.
///
/// # Errors
/// [`Usage`](ErrorKind::Usage) where the dataset is made of reports, where there is none, or where nothing is kept of one of its frames;
/// otherwise as [`run`].
pub(crate) fn rebuild_frames(settings: &Settings, watch: Watch<'_>) -> Result<Run> {
    told(settings, "rebuild", watch, |watch| {
        frames::rebuild(settings, watch)
    })
}

/// What the last version of the site is made of; `None` where there is none.
fn known_origin(settings: &Settings) -> Result<Option<Origin>> {
    let history = History::resume(&settings.dirs, settings.site.as_str())?;
    Ok(history.origin())
}

fn public_copy(settings: &Settings) -> PublicCopy {
    if settings.manifest_enabled {
        PublicCopy::Write
    } else {
        PublicCopy::Suppress
    }
}

fn time_rule(settings: &Settings, now: Instant) -> TimeRule {
    TimeRule {
        zone: settings.zone.clone(),
        ambiguous: settings.ambiguous_time,
        nonexistent: settings.nonexistent_time,
        not_after: now + FUTURE_TOLERANCE,
        not_before: settings.not_before.begin(&settings.zone),
        max_gap: settings.max_gap,
    }
}
