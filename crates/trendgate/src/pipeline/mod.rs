//! The whole way on one screen: paths → a committed version.
//!
//! ```text
//! survey ─ plan ─ attempt ─┬─ tasks ─ seal ─ account ─ read back ─ commit ─▶ Run
//!              ▲           └─ trouble with a report: throw the attempt away, plan without it (or sorted) ─┐
//!              └──────────────────────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! What enters is settings and paths; what leaves is a version that readers see whole, or nothing at all. One bad report
//! never stops a batch (unless `stop_on_error`): it is listed in the manifest.

mod account;
mod batch;
mod observe;
mod record;
mod survey;

pub use observe::{Observer, Stage, Unwatched};
pub(crate) use record::problems;
pub use survey::{Duplicate, FailedInput, Survey};

use crate::acquire::TimeRule;
use crate::clean::{Cleaner, EvenRules, EvenSeries};
use crate::clock;
use crate::config::Settings;
use crate::contract::FUTURE_TOLERANCE;
use crate::error::{Error, ErrorKind, Result};
use crate::publish::{Committed, History, PublicCopy, SiteLock};
use crate::workers::{self, Input, Plan, Task};
use std::path::PathBuf;

/// How a run ended.
#[derive(Debug)]
pub enum Run {
    /// A version was committed.
    Committed(Box<Summary>),
    /// Every file is known already; the last version was found to be durable.
    NothingNew(Box<NothingNew>),
}

/// A run that committed.
#[derive(Debug)]
pub struct Summary {
    /// The version: its manifest, and where that stands.
    pub committed: Committed,
    /// The files that could not be used, and why.
    pub failed: Vec<FailedInput>,
    /// How many files were known already.
    pub known: usize,
    /// How many files were known to be rejected.
    pub known_rejects: usize,
    /// Bytes of the reports.
    pub bytes: u64,
}

/// A run without a new report.
#[derive(Debug)]
pub struct NothingNew {
    /// The site's last version.
    pub version: u64,
    /// How many files were known already.
    pub known: usize,
    /// How many files were known to be rejected.
    pub known_rejects: usize,
    /// New files that cannot be used, and why.
    pub failed: Vec<FailedInput>,
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
    pub fn stretch(&self, task: &Task) -> (i64, i64) {
        let reports = task
            .inputs
            .iter()
            .map(|input| &self.plan.inputs[*input].report);
        let first = reports
            .clone()
            .map(|report| report.first)
            .min()
            .unwrap_or(0);
        let last = reports.map(|report| report.last).max().unwrap_or(0);
        (
            first.max(task.window.own.start),
            last.min(task.window.own.end),
        )
    }
}

/// Our cleaner, as the settings want it.
#[must_use]
pub fn own_cleaner(settings: &Settings) -> EvenSeries {
    EvenSeries::new(EvenRules {
        interval: settings.resample_interval.nanos(),
        max_gap: settings.max_gap.nanos(),
        min_coverage: settings.min_coverage,
    })
}

/// Finds out what [`run`] would do, without writing anything.
///
/// # Errors
/// As [`run`], but for what concerns writing.
pub fn prospect(
    settings: &Settings,
    paths: &[PathBuf],
    observer: &dyn Observer,
) -> Result<Prospect> {
    let time = time_rule(settings, clock::now());
    let history = History::read(&settings.dirs, settings.site.as_str())?;
    same_config(settings, &history)?;
    let mut survey = survey::survey(settings, paths, &history, &time, observer)?;
    let inputs = std::mem::take(&mut survey.new);
    if !inputs.is_empty() {
        refuse_growth(&history)?;
    }
    let plan = plan(settings, inputs, &own_cleaner(settings))?;
    Ok(Prospect { survey, plan })
}

/// Reads what is new at `paths`, cleans it and commits it as one version of the site's dataset.
///
/// # Errors
/// By [`ErrorKind`]: `Usage` and `Config` before anything is read; `Input` where no report can be used; `Contract`
/// where the cleaner's rows break it; `Storage`, `Locked` and `Damaged` as they say. Nothing is committed then.
/// `Unsettled` after the commit point: something may be committed, and nothing is deleted.
pub fn run(
    settings: &Settings,
    paths: &[PathBuf],
    cleaner: &dyn Cleaner,
    observer: &dyn Observer,
) -> Result<Run> {
    let now = clock::now();
    let time = time_rule(settings, now);
    let site = settings.site.as_str();
    // Without the lock at first, so that a wrong path makes no folders.
    survey::exist(paths)?;
    let _lock = SiteLock::take(&settings.dirs, site)?;
    let history = History::read(&settings.dirs, site)?;
    same_config(settings, &history)?;
    let survey = survey::survey(settings, paths, &history, &time, observer)?;
    if survey.new.is_empty() {
        return nothing_new(settings, &history, survey);
    }
    refuse_growth(&history)?;
    batch::Batch {
        settings,
        cleaner,
        observer,
        time: &time,
        baseline: now,
        base: history.version(),
    }
    .run(survey)
}

fn public_copy(settings: &Settings) -> PublicCopy {
    if settings.manifest_enabled {
        PublicCopy::Write
    } else {
        PublicCopy::Suppress
    }
}

/// No new report: what is committed is made sure of, or, if nothing is, what is wrong with the files is said.
fn nothing_new(settings: &Settings, history: &History, survey: Survey) -> Result<Run> {
    let Survey {
        known,
        known_rejects,
        failed,
        ..
    } = survey;
    if history.head().is_none() || known.is_empty() {
        return Err(all_rejected(failed, known_rejects.len()));
    }
    history.acknowledge(&settings.dirs, public_copy(settings))?;
    Ok(Run::NothingNew(Box::new(NothingNew {
        version: history.version(),
        known: known.len(),
        known_rejects: known_rejects.len(),
        failed,
    })))
}

/// The error where no file can be used: that of the only file, or one that counts them.
fn all_rejected(mut failed: Vec<FailedInput>, known_rejects: usize) -> Error {
    if failed.len() == 1
        && known_rejects == 0
        && let Some(only) = failed.pop()
    {
        return only.error;
    }
    let lines = failed.iter().map(|failed| failed.error.to_string());
    Error::input(format!(
        "none of the {} files can be used",
        failed.len() + known_rejects
    ))
    .excerpt(lines.take(10).collect::<Vec<_>>())
    .hint("run `trendgate inspect FILE` on one of them")
}

/// Merging new reports into months that are committed needs their old reports, too: that is not built yet, and without it the
/// dataset would depend on the order of arrival.
fn refuse_growth(history: &History) -> Result<()> {
    match history.version() {
        0 => Ok(()),
        version => Err(Error::new(
            ErrorKind::Usage,
            format!("the site has a committed dataset (version {version}), and adding reports to it is not built yet"),
        )
        .hint("run over all reports, the old and the new, into another --data-dir")),
    }
}

fn time_rule(settings: &Settings, now: i64) -> TimeRule {
    TimeRule {
        zone: settings.zone.clone(),
        ambiguous: settings.ambiguous_time,
        nonexistent: settings.nonexistent_time,
        not_after: now + FUTURE_TOLERANCE,
    }
}

fn plan(settings: &Settings, inputs: Vec<Input>, cleaner: &dyn Cleaner) -> Result<Plan> {
    workers::plan(
        inputs,
        settings,
        settings.threads,
        |kinds, points, equipment| cleaner.look(kinds, points, equipment),
    )
}

fn same_config(settings: &Settings, history: &History) -> Result<()> {
    match history.config_digest() {
        Some(digest) if digest != settings.digest() => Err(Error::config(format!(
            "the configuration differs from that of the site's committed dataset in a field that changes results (digest {} \
             instead of {digest})",
            settings.digest()
        ))
        .hint("use the configuration of the earlier runs, or another --data-dir")),
        _ => Ok(()),
    }
}
