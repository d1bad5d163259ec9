//! A run or a retraction, from the lock to the end: as often as it takes until no other run commits in the meantime.

use super::batch::{Ended, ReportBatch};
use super::growth::Base;
use super::rejects::Rejects;
use super::stamps::Stamps;
use super::survey::{self, Earlier};
use super::{
    FailedInput, NothingNew, Retraction, Run, RunOptions, Scope, Settings, Summary, Survey,
    reencode, same_config, time_rule, turn, upkeep,
};
use crate::acquire::TimeRule;
use crate::clean::Cleaner;
use crate::error::{Error, ErrorKind, Result};
use crate::execute::Workers;
use crate::plan::Inputs;
use crate::progress::Watch;
use crate::publish::{Committed, History, KeptSum, Origin};
use crate::time::{self, Stopwatch};
use crate::warning::Warning;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// How often a batch is done on top of another run's version. Where locks work, never.
pub(super) const MOST_TRIES: u32 = 20;

/// As [`run_with`](super::run_with), but for the error log and the telling of the end.
pub(super) fn run(
    settings: &Settings,
    paths: &[PathBuf],
    options: RunOptions,
    (cleaner, workers): (&dyn Cleaner, Workers<'_>),
    watch: Watch<'_>,
) -> Result<Run> {
    let now = time::now();
    let time = time_rule(settings, now);
    let lock = turn::take(settings, watch)?;
    let reencoded = RefCell::new(None);
    let run = on_top(watch, || {
        let since = Stopwatch::start();
        let history = History::resume(&settings.dirs, settings.site.as_str())?;
        tracing::debug!(
            name: "log_read",
            version = history.version(),
            seconds = since.elapsed().as_secs_f64(),
            "the log is read"
        );
        // What is refused is refused before anything is written.
        base(settings, cleaner, &time, &history, options, watch)?;
        let (history, done) = reencode::in_the_unit(settings, history, now, watch)?;
        let of_another_run = done.is_none();
        reencoded.replace_with(|before| done.or(before.take()));
        let base = base(settings, cleaner, &time, &history, options, watch)?;
        let earlier = earlier(settings, options, watch);
        let new = Inputs::new(Some(&settings.dirs.staging));
        let survey = survey::survey(&base, options, &earlier, paths, new)?;
        keep_for_next_run(settings, &history, &earlier.stamps);
        let batch = ReportBatch {
            base,
            baseline: now,
            of_another_run,
            workers,
        };
        let ended = batch.run(survey)?;
        let remember = |failed: &[FailedInput], committed| {
            let rejects = &earlier.rejects;
            rejects.remember(settings, failed, committed, watch);
        };
        match ended {
            Ended::Committed(ref summary) | Ended::Already(ref summary) => {
                remember(&summary.failed, true);
            }
            Ended::NothingNew(nothing) if nothing.version == 0 => {
                remember(&nothing.failed, false);
                return Err(all_rejected(nothing.failed, nothing.known_rejects));
            }
            Ended::NothingNew(ref nothing) => remember(&nothing.failed, false),
            Ended::Overtaken(_) | Ended::Again(_) => {}
        }
        Ok(ended)
    });
    upkeep::after_run(settings, &lock, &run, watch);
    let reencoded = reencoded.into_inner();
    let run = run.map_err(|error| match &reencoded {
        Some(committed) => said_beside(error, committed.version),
        None => error,
    })?;
    Ok(match (run, reencoded) {
        (Run::NothingNew(nothing), Some(committed)) => {
            Run::Committed(Box::new(nothing.with_version(*committed)))
        }
        (run, _) => run,
    })
}

impl NothingNew {
    /// A run that found nothing new, but committed this.
    fn with_version(self, committed: Committed) -> Summary {
        Summary {
            committed,
            failed: self.failed,
            known: self.known,
            known_rejects: self.known_rejects,
            withdrawn: self.withdrawn,
            ignored: self.ignored,
            warnings: Vec::new(),
            bytes: 0,
            kept: KeptSum::default(),
        }
    }
}

/// As [`retract`](super::retract()), but for the same.
pub(super) fn retract(
    settings: &Settings,
    what: &Retraction,
    options: RunOptions,
    cleaner: &dyn Cleaner,
    watch: Watch<'_>,
) -> Result<Run> {
    let now = time::now();
    let time = time_rule(settings, now);
    let lock = turn::take(settings, watch)?;
    let reencoded = Cell::new(None);
    let run = on_top(watch, || {
        let history = History::read(&settings.dirs, settings.site.as_str())?;
        // What is refused is refused before anything is written.
        what.of(&history, watch.cancel)?;
        base(settings, cleaner, &time, &history, options, watch)?;
        let history = match reencode::in_the_unit(settings, history, now, watch)? {
            (history, None) => history,
            (_, Some(committed)) => {
                reencoded.set(Some(committed.version));
                History::read(&settings.dirs, settings.site.as_str())?
            }
        };
        let base = Base {
            retracted: what.of(&history, watch.cancel)?,
            ..base(settings, cleaner, &time, &history, options, watch)?
        };
        let batch = ReportBatch {
            base,
            baseline: now,
            of_another_run: true,
            workers: Workers::Threads,
        };
        batch.run(Survey {
            new: Inputs::new(Some(&settings.dirs.staging)),
            ..Survey::default()
        })
    });
    upkeep::after_run(settings, &lock, &run, watch);
    run.map_err(|error| match reencoded.get() {
        Some(version) => said_beside(error, version),
        None => error,
    })
}

/// What earlier runs left.
pub(super) fn earlier(settings: &Settings, options: RunOptions, watch: Watch<'_>) -> Earlier {
    Earlier {
        stamps: Stamps::read(&settings.dirs, settings.site.as_str(), options.trust),
        rejects: Rejects::read(settings, watch),
    }
}

/// Keeps what spares the next run reading the log and the known files again. Nothing depends on it.
pub(super) fn keep_for_next_run(settings: &Settings, history: &History, stamps: &Stamps) {
    let checkpoint = history.keep_checkpoint(&settings.dirs);
    let stamps = stamps.keep(&settings.dirs, settings.site.as_str());
    for error in [checkpoint.err(), stamps.err()].into_iter().flatten() {
        tracing::warn!(name: "checkpoint_not_kept", %error, "the next run will have to read more than it needs");
    }
}

/// Does `batch` until no other run commits in the meantime.
fn on_top(watch: Watch<'_>, batch: impl Fn() -> Result<Ended>) -> Result<Run> {
    for _ in 0..MOST_TRIES {
        match batch()? {
            Ended::Committed(summary) | Ended::Already(summary) => {
                return Ok(Run::Committed(summary));
            }
            Ended::NothingNew(nothing) => return Ok(Run::NothingNew(nothing)),
            Ended::Overtaken(version) => watch.warn(&Warning::Overtaken { version }),
            Ended::Again(error) => return Err(error),
        }
    }
    Err(others_came_first())
}

/// The error of a run that had committed the dataset in another unit before.
fn said_beside(error: Error, version: u64) -> Error {
    let hint = error.hint_text().map(|hint| format!("; {hint}"));
    let hint = format!(
        "version {version}, with timestamps of another unit, was committed before that and stays{}",
        hint.unwrap_or_default()
    );
    error.hint(hint)
}

/// The error of a run that is not done once more.
pub(super) fn others_came_first() -> Error {
    let message = format!("{MOST_TRIES} times another run committed first");
    Error::new(ErrorKind::Locked, message).hint("run again")
}

/// The dataset that is built upon.
///
/// # Errors
/// [`Usage`](ErrorKind::Usage) and [`Config`](ErrorKind::Config) where these settings are not for it.
pub(super) fn base<'a>(
    settings: &'a Settings,
    cleaner: &'a dyn Cleaner,
    time: &'a TimeRule,
    history: &'a History,
    options: RunOptions,
    watch: Watch<'a>,
) -> Result<Base<'a>> {
    if history.origin() == Some(Origin::Frames) {
        return Err(Error::usage(format!(
            "the dataset of {} is made of frames of a cleaner of its own",
            settings.site
        ))
        .hint("add frames to it, or take reports into a site (or --data-dir) of their own: reports can be read again, frames cannot, and a month of both could never be made again"));
    }
    let rebuild = options.scope == Scope::Everything && history.version() > 0;
    if !rebuild {
        let remedy = "use the configuration of the earlier runs; or make the dataset again by this one, with --rebuild";
        same_config(settings, history, remedy)?;
    }
    Ok(Base {
        settings,
        cleaner,
        time,
        history,
        watch,
        retracted: BTreeSet::new(),
        scope: if rebuild {
            Scope::Everything
        } else {
            Scope::Changed
        },
        gone: options.gone,
    })
}

/// No report to take.
pub(super) fn nothing_new(history: &History, survey: Survey) -> Box<NothingNew> {
    let Survey {
        known,
        known_rejects,
        failed,
        withdrawn,
        ignored,
        ..
    } = survey;
    Box::new(NothingNew {
        version: history.version(),
        known: known.len(),
        known_rejects: known_rejects.len(),
        withdrawn: withdrawn.len(),
        ignored,
        warnings: Vec::new(),
        failed,
    })
}

/// So many rejected files are named where all are rejected.
const NAMED_REJECTS: usize = 10;

/// The error where no file can be used: that of the only file, or one that counts them.
pub(super) fn all_rejected(mut failed: Vec<FailedInput>, known_rejects: usize) -> Error {
    if failed.len() == 1
        && known_rejects == 0
        && let Some(only) = failed.pop()
    {
        return only.error;
    }
    let mut lines: Vec<String> = (failed.iter().take(NAMED_REJECTS))
        .map(|failed| failed.error.to_string())
        .collect();
    if failed.len() > NAMED_REJECTS {
        lines.push(format!("and {} more", failed.len() - NAMED_REJECTS));
    }
    let known = match known_rejects {
        0 => String::new(),
        some => format!("; {some} of them were rejected before, and have not changed since"),
    };
    Error::input(format!(
        "none of the {} files can be used{known}",
        failed.len() + known_rejects
    ))
    .excerpt(lines)
    .hint("run `trendgate inspect FILE` on one of them")
}
