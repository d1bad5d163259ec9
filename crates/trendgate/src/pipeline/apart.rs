//! A run in three steps that different processes may take: the plan, the tasks, the commit.
//!
//! Enters: settings and paths; later the outcomes of all tasks of an attempt. Leaves: tasks; later a version, or why there is none. Between the two
//! the attempt waits in staging ([`Attempt::leave_waiting`]), and nobody holds the site's lock: whoever commits first wins, and the others are
//! told so. Refused: what a run refuses.

use super::attempts::{earlier, nothing_new};
use super::batch::{Ended, PlannedBatch, ReportBatch, abandon};
use super::growth::Base;
use super::said::Keeping;
use super::survey::exist;
use super::{
    NothingNew, Run, RunOptions, Scope, Settings, Summary, attempts, keep_refusal, last_run,
    own_cleaner, public_copy, reencode, span, survey, tell_end, time_rule, turn, upkeep, version,
};
use crate::error::{Error, ErrorKind, Result};
use crate::execute::{TaskEnd, TaskReturn, TaskSpec, Workers, Workload};
use crate::plan::Inputs;
use crate::progress::Watch;
use crate::publish::{self, Attempt, Dirs, History, Manifest, PublicCopy, SiteLock};
use crate::time::{self, Stopwatch};
use crate::warning::{Warning, WarningEntry};
use std::path::PathBuf;

/// What came of planning a site.
pub(crate) enum PlannedApart {
    /// The tasks that are to be done.
    Tasks(Vec<TaskSpec>),
    /// There is nothing to do.
    NothingNew(Box<NothingNew>),
}

/// What came of committing the outcomes of an attempt.
pub(crate) enum CommittedApart {
    /// A version was committed; with what was said while it was planned.
    Committed(Box<Summary>, Vec<WarningEntry>),
    /// The version that another run committed of the same reports.
    Already(Box<Manifest>),
    /// Another run committed something else; which version, where that is known. The site is to be planned again.
    Overtaken(Option<u64>),
    /// Tasks had trouble with a report, which the next plan knows. The site is to be planned again.
    Again(Error),
}

/// Plans what is new at `paths`; `saved` is what the settings are made from again.
///
/// # Errors
/// As [`run_with`](super::run_with), as far as it plans.
pub(crate) fn plan(
    settings: &Settings,
    saved: serde_json::Value,
    paths: &[PathBuf],
    options: RunOptions,
    watch: Watch<'_>,
) -> Result<PlannedApart> {
    let since = Stopwatch::start();
    if let Err(error) = exist(paths) {
        keep_refusal(&settings.dirs, settings.site.as_str(), &error, since);
        return Err(error);
    }
    let _of_site = span(settings).entered();
    let keeping = Keeping::new(watch.progress);
    let planned = planned(settings, paths, options, Watch::new(&keeping, watch.cancel));
    let said = keeping.into_list();
    match planned {
        Ok(Ok((mut lock, attempt, mut batch, tasks))) => {
            batch.settings = saved;
            batch.scope = options.scope;
            batch.gone = options.gone;
            batch.said = said.iter().map(Warning::entry).collect();
            batch.save(&attempt)?;
            attempt.leave_waiting()?;
            lock.leave_traces();
            Ok(PlannedApart::Tasks(tasks))
        }
        Ok(Err(nothing)) => {
            let nothing = NothingNew {
                warnings: said,
                ..*nothing
            };
            let run = Ok(Run::NothingNew(Box::new(nothing)));
            ended(settings, &run, since, watch);
            match run? {
                Run::NothingNew(nothing) => Ok(PlannedApart::NothingNew(nothing)),
                Run::Committed(_) => Err(Error::bug("a plan committed a version")),
            }
        }
        Err(error) => {
            let run = Err(error);
            ended(settings, &run, since, watch);
            Err(run
                .err()
                .unwrap_or_else(|| Error::bug("a plan failed with no error")))
        }
    }
}

/// The lock goes when the attempt waits: until then its folders are this run's.
type Planned = (SiteLock, Attempt, PlannedBatch, Vec<TaskSpec>);

fn planned(
    settings: &Settings,
    paths: &[PathBuf],
    options: RunOptions,
    watch: Watch<'_>,
) -> Result<std::result::Result<Planned, Box<NothingNew>>> {
    let now = time::now();
    let time = time_rule(settings, now);
    let cleaner = own_cleaner(settings);
    let lock = turn::take(settings, watch)?;
    let history = History::resume(&settings.dirs, settings.site.as_str())?;
    attempts::base(settings, &cleaner, &time, &history, options, watch)?;
    let (history, done) = reencode::in_the_unit(settings, history, now, watch)?;
    let base = attempts::base(settings, &cleaner, &time, &history, options, watch)?;
    let earlier = earlier(settings, options, watch);
    let new = Inputs::new(Some(&settings.dirs.staging));
    let mut survey = survey::survey(&base, options, &earlier, paths, new)?;
    attempts::keep_for_next_run(settings, &history, &earlier.stamps);
    let batch = ReportBatch {
        base,
        baseline: now,
        of_another_run: done.is_none(),
        workers: Workers::Threads,
    };
    if let Some((attempt, planned, tasks)) = batch.plan_apart(&mut survey)? {
        return Ok(Ok((lock, attempt, planned, tasks)));
    }
    batch.acknowledge()?;
    let nothing = nothing_new(&history, survey);
    (earlier.rejects).remember(settings, &nothing.failed, false, watch);
    match nothing.version {
        0 => Err(attempts::all_rejected(
            nothing.failed,
            nothing.known_rejects,
        )),
        _ => Ok(Err(nothing)),
    }
}

/// What the settings of an attempt are made from again; `None` where it is over.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where its folder cannot be read, [`Damaged`](crate::ErrorKind::Damaged) where its plan cannot.
pub(crate) fn saved_settings(
    dirs: &Dirs,
    site: &str,
    attempt: &str,
) -> Result<Option<serde_json::Value>> {
    let planned = PlannedBatch::load(&Attempt::folder_of(dirs, site, attempt))?;
    Ok(planned.map(|planned| planned.settings))
}

/// What became of an attempt that is over: the version that has its files, or that another one took its place.
///
/// # Errors
/// Those of reading the log.
pub(crate) fn over(dirs: &Dirs, site: &str, attempt: &str) -> Result<CommittedApart> {
    let history = History::read(dirs, site)?;
    for (_, record) in publish::records(dirs, site)?.into_iter().rev() {
        let manifest = publish::read_record(&record)?;
        let evidence = manifest.evidence_files.iter().map(|file| &file.path);
        let beside = manifest.side_files().map(|file| &file.path);
        let files = manifest.output_files.iter().chain(evidence).chain(beside);
        let is_ours = { files }.any(|file| file.as_str().contains(attempt));
        if is_ours {
            // Whoever committed it made its public name, or recovery does.
            history.acknowledge(dirs, PublicCopy::Suppress)?;
            return Ok(CommittedApart::Already(Box::new(manifest)));
        }
    }
    let last = history.version();
    Ok(CommittedApart::Overtaken((last > 0).then_some(last)))
}

/// Commits what tasks of `attempt` made, all of which came to an end.
///
/// # Errors
/// As [`run_with`](super::run_with), as far as it commits.
pub(crate) fn commit(
    settings: &Settings,
    attempt: &str,
    returns: Vec<TaskReturn>,
    watch: Watch<'_>,
) -> Result<CommittedApart> {
    let since = Stopwatch::start();
    let of_site = span(settings);
    let _of_site = of_site.entered();
    let keeping = Keeping::new(watch.progress);
    let kept = Watch::new(&keeping, watch.cancel);
    let mut result = committed(settings, attempt, returns, kept);
    if let Ok(CommittedApart::Committed(summary, _)) = &mut result {
        summary.warnings = keeping.into_list();
    }
    let result = match result {
        Err(error) => {
            if !is_passing(&error) {
                undone(settings, attempt)?;
            }
            let run = Err(error);
            ended(settings, &run, since, watch);
            return Err(run
                .err()
                .unwrap_or_else(|| Error::bug("a commit failed with no error")));
        }
        Ok(result) => result,
    };
    Ok(match result {
        CommittedApart::Committed(summary, said) => {
            let run = Ok(Run::Committed(summary));
            ended(settings, &run, since, watch);
            match run? {
                Run::Committed(summary) => CommittedApart::Committed(summary, said),
                Run::NothingNew(_) => return Err(Error::bug("a commit found nothing new")),
            }
        }
        other => other,
    })
}

/// Whether the same outcomes may be committed once whatever stood against it is mended: then the attempt waits for that.
fn is_passing(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Storage
            | ErrorKind::Stopped
            | ErrorKind::Memory
            | ErrorKind::Locked
            | ErrorKind::Unsettled
            | ErrorKind::Usage
    )
}

/// Undoes an attempt that waits again.
fn undone(settings: &Settings, attempt: &str) -> Result<()> {
    let site = settings.site.as_str();
    if let Some(attempt) = Attempt::resume(&settings.dirs, site, attempt)? {
        abandon(attempt);
    }
    Ok(())
}

/// Keeps how it ended, and tells it.
fn ended(settings: &Settings, run: &Result<Run>, since: Stopwatch, watch: Watch<'_>) {
    version::keep_errors(settings, run, watch);
    last_run::keep(settings, run, since);
    tell_end(run, since, watch);
}

fn committed(
    settings: &Settings,
    attempt: &str,
    returns: Vec<TaskReturn>,
    watch: Watch<'_>,
) -> Result<CommittedApart> {
    let site = settings.site.as_str();
    let folder = Attempt::folder_of(&settings.dirs, site, attempt);
    let lock = turn::take_for(settings, Some(attempt), watch)?;
    let Some(planned) = PlannedBatch::load(&folder)? else {
        return over(&settings.dirs, site, attempt);
    };
    let Some(attempt) = Attempt::resume(&settings.dirs, site, attempt)? else {
        // Whoever went on with it may have died, behind the commit or in front of it.
        turn::recover(settings, &lock, None, watch)?;
        return over(&settings.dirs, site, attempt);
    };
    let workload = Workload::load(&folder, planned.workload)?;
    if returns.len() != workload.plan.tasks.len() {
        return Err(Error::usage("expected an outcome of each task"));
    }
    let outcomes: Vec<TaskEnd> = returns.into_iter().map(|back| back.ended).collect();
    let history = History::resume(&settings.dirs, site)?;
    let time = time_rule(settings, planned.baseline);
    let cleaner = own_cleaner(settings);
    let options = RunOptions {
        // Of a site without a version nothing can be made again.
        scope: match attempt.base() {
            0 => Scope::Changed,
            _ => planned.scope,
        },
        gone: planned.gone,
        ..RunOptions::default()
    };
    if history.version() > attempt.base() {
        // Another configuration may have come in between: then it is overtaken.
        let base = attempts::base(settings, &cleaner, &time, &history, options, watch);
        let ours = match base {
            Ok(base) => identity(&batch_of(base, &planned), &workload, outcomes)?,
            Err(_) => None,
        };
        let planned_on = attempt.base();
        abandon(attempt);
        for (number, record) in publish::records(&settings.dirs, site)? {
            let is_later = number > planned_on;
            let manifest = is_later
                .then(|| publish::read_record(&record))
                .transpose()?;
            if let Some(manifest) = manifest.filter(|it| Some(it.batch_id) == ours) {
                history.acknowledge(&settings.dirs, public_copy(settings))?;
                return Ok(CommittedApart::Already(Box::new(manifest)));
            }
        }
        return Ok(CommittedApart::Overtaken(Some(history.version())));
    }
    let base = attempts::base(settings, &cleaner, &time, &history, options, watch)?;
    let said = planned.said.clone();
    let batch = batch_of(base, &planned);
    let ended = batch.commit_apart(attempt, planned, workload, outcomes)?;
    Ok(match ended {
        Ended::Committed(summary) => {
            let rejects = earlier(settings, options, watch).rejects;
            rejects.remember(settings, &summary.failed, true, watch);
            upkeep::after_run(settings, &lock, &Ok(()), watch);
            CommittedApart::Committed(summary, said)
        }
        Ended::Already(summary) => CommittedApart::Already(Box::new(summary.committed.manifest)),
        Ended::Overtaken(version) => CommittedApart::Overtaken(Some(version)),
        Ended::Again(error) => CommittedApart::Again(error),
        Ended::NothingNew(_) => return Err(Error::bug("the tasks of an attempt were nothing new")),
    })
}

fn batch_of<'a>(base: Base<'a>, planned: &PlannedBatch) -> ReportBatch<'a> {
    ReportBatch {
        base: Base {
            retracted: planned.retracted().clone(),
            ..base
        },
        baseline: planned.baseline,
        of_another_run: true,
        workers: Workers::Threads,
    }
}

/// The id of the batch that these outcomes make; nothing where a task had trouble.
fn identity(
    batch: &ReportBatch<'_>,
    workload: &Workload,
    outcomes: Vec<TaskEnd>,
) -> Result<Option<uuid::Uuid>> {
    let results: std::result::Result<Vec<_>, _> = outcomes.into_iter().collect();
    let Ok(mut results) = results else {
        return Ok(None);
    };
    batch.identity_apart(&workload.plan, &mut results)
}

/// Undoes attempts that wait, whose tasks nobody will do.
pub(crate) fn release(tasks: &[TaskSpec]) {
    for task in tasks.iter().filter(|task| task.number == 0) {
        let site = task.site.as_str();
        if let Ok(Some(attempt)) = Attempt::resume(&task.dirs, site, &task.attempt) {
            abandon(attempt);
        }
    }
}
