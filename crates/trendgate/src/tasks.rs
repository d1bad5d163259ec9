//! Runs whose tasks others do: processes, machines, engines that carry bytes.
//!
//! ```text
//! configuration, paths ─ plan ─▶ task, task, … ─ execute, anywhere ─▶ outcome, outcome, … ─ commit ─▶ one answer a site
//! ```
//!
//! Enters: what a run is given. Leaves: tasks as bytes, one list of all sites; for each task an outcome as bytes; and for each site how it ended. A
//! task may be done twice, at once or one time after the other, by workers that know nothing of each other: of each one outcome counts, and files
//! of the others go with the attempt. All of them see the dataset and the reports under the same paths. Between plan and commit nothing has to
//! live: outcomes are kept beside the attempt, so that a driver that died goes on with what is missing ([`pending`]). Refused: tasks and outcomes
//! of another version of the program.
//!
//! Proof: tasks in their own processes, in any order, each twice, leave the parts of one run on threads (`crates/trendgate-cli/tests/processes.rs`).
//!
//! ```
//! use trendgate::{RunOptions, Watch, tasks};
//!
//! # let folder = tempfile::tempdir().unwrap();
//! # let (config, overrides, reports) = trendgate::internals::example_config(folder.path());
//! let (paths, options) = ([reports], RunOptions::default());
//! let planned = tasks::plan(&config, &overrides, None, &paths, options, Watch::unwatched())?;
//! assert_eq!(tasks::site_of(&planned[0])?, "PLANT");
//! assert!(tasks::name_of(&planned[0])?.ends_with(".00000.task"));
//! // None has an outcome yet: all of them are to be handed out.
//! assert_eq!(tasks::pending(planned.clone())?, planned);
//!
//! // Here, or wherever there is room for them.
//! let outcomes = planned.iter().map(|task| tasks::execute(task, Watch::unwatched()));
//! let outcomes = outcomes.collect::<trendgate::Result<Vec<_>>>()?;
//!
//! for end in tasks::commit(outcomes, Watch::unwatched())? {
//!     assert_eq!((end.site_id(), end.status(), end.again), ("PLANT", "committed", false));
//! }
//! # Ok::<(), trendgate::Error>(())
//! ```

pub use crate::execute::Carry;

use crate::answer::{AlreadyAnswer, FailedAnswer, OvertakenAnswer, RunAnswer, SiteAnswer};
use crate::config::{Config, Overrides, Settings, absolute};
use crate::error::{Error, ErrorKind, Result};
use crate::execute::{Returned, Sent, TaskReturn, execute as do_task, first_good};
use crate::model::SiteId;
use crate::pipeline::{
    CommittedApart, Cut, NothingNew, PlannedApart, Run, RunOptions, at_sites, commit_apart, over,
    plan_apart, release, saved_settings,
};
use crate::progress::Watch;
use crate::publish::{Attempt, Dirs, record_path};
use crate::time::{self, Stopwatch};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

pub mod folder;
mod site_end;

pub use site_end::SiteEnd;

/// Plans what is new at `paths`; without any, at those of the configuration. The tasks of all its sites, of those in `sites`, or of the one that
/// `overrides` names. A site with nothing to do has a task that says so; and of several sites, one that cannot be planned has one that says why,
/// and keeps nobody from the others.
///
/// # Errors
/// As [`Site::run`](crate::Site::run), as far as it plans; [`Usage`](crate::ErrorKind::Usage) for a site that the configuration does not
/// have.
pub fn plan(
    config: &Config,
    overrides: &Overrides,
    sites: Option<&[String]>,
    paths: &[PathBuf],
    options: RunOptions,
    watch: Watch<'_>,
) -> Result<Vec<Vec<u8>>> {
    if config.sites.is_empty() || overrides.site.is_some() {
        let settings = Settings::new(config, overrides)?;
        return plan_site(config, overrides, settings, paths, options, watch);
    }
    let (threads, memory) = config.budget(overrides)?;
    let sites = chosen(config, sites)?;
    let planned = at_sites(sites.len(), threads, memory, |nth, share| {
        watch.go_on("before a site was planned")?;
        let overrides = Overrides {
            site: Some(sites[nth].to_owned()),
            ..overrides.clone()
        };
        let mut settings = Settings::new(config, &overrides)?;
        settings.threads = share.threads;
        settings.sites_at_once = share.sites_at_once;
        plan_site(config, &overrides, settings, paths, options, watch)
    });
    let is_stopped =
        |planned: &Result<_>| matches!(planned, Err(error) if error.kind() == ErrorKind::Stopped);
    let stopped = planned.iter().any(is_stopped);
    let mut tasks = Vec::new();
    for (site, planned) in sites.into_iter().zip(planned) {
        match planned {
            // Nobody will do these.
            Ok(planned) if stopped => abandon(&planned)?,
            Ok(planned) => tasks.extend(planned),
            Err(_) if stopped => {}
            Err(error) => {
                let answer =
                    SiteAnswer::Failed(FailedAnswer::new(time::now(), site, &error, false));
                tasks.push(over_task(site, &answer)?);
            }
        }
    }
    if stopped {
        return Err(Error::stopped("while sites were planned"));
    }
    Ok(tasks)
}

/// Undoes the attempts of tasks that nobody will do.
///
/// # Errors
/// As [`execute`].
///
/// ```
/// use trendgate::{RunOptions, Watch, tasks};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let (config, overrides, reports) = trendgate::internals::example_config(folder.path());
/// let (paths, options) = ([reports], RunOptions::default());
/// let planned = tasks::plan(&config, &overrides, None, &paths, options, Watch::unwatched())?;
/// tasks::abandon(&planned)?;
/// # Ok::<(), trendgate::Error>(())
/// ```
pub fn abandon(tasks: &[Vec<u8>]) -> Result<()> {
    for task in tasks {
        if let Sent::Task(task) = Sent::from_bytes(task)? {
            release(std::slice::from_ref(&*task));
        }
    }
    Ok(())
}

/// The sites of the configuration, or those of them that are named.
fn chosen<'a>(config: &'a Config, named: Option<&'a [String]>) -> Result<Vec<&'a str>> {
    let Some(named) = named else {
        return Ok(config.site_ids().collect());
    };
    let named: BTreeSet<&str> = named.iter().map(String::as_str).collect();
    for site in &named {
        if !config.sites.contains_key(*site) {
            config.of_site(site)?;
        }
    }
    Ok(named.into_iter().collect())
}

fn plan_site(
    config: &Config,
    overrides: &Overrides,
    settings: Settings,
    paths: &[PathBuf],
    options: RunOptions,
    watch: Watch<'_>,
) -> Result<Vec<Vec<u8>>> {
    let since = Stopwatch::start();
    let mut settings = settings.wherever_it_runs()?;
    // Whoever does the tasks is not known here, so the threads that plan say nothing of how many there should be, unless they are stated.
    settings.cut = Cut::BySize {
        at_least: overrides.threads.unwrap_or(1),
    };
    let saved = settings.saved(config, overrides)?;
    // What whoever commits will go by is proven to be the same now.
    Settings::of_saved(saved.clone())?;
    let own = match (paths.is_empty(), config.sites.is_empty()) {
        (false, _) => Vec::new(),
        (true, true) => config.paths.clone(),
        (true, false) => config.of_site(settings.site.as_str())?.paths,
    };
    let paths = paths.iter().chain(&own).map(|path| absolute(path));
    let paths = paths.collect::<Result<Vec<_>>>()?;
    if paths.is_empty() {
        return Err(Error::usage("no reports are named")
            .hint("name report files, or folders that are searched for them; or state `paths` in the configuration"));
    }
    match plan_apart(&settings, saved, &paths, options, watch)? {
        PlannedApart::Tasks(tasks) => {
            let tasks = tasks.into_iter();
            tasks
                .map(|task| Sent::Task(Box::new(task)).to_bytes())
                .collect()
        }
        PlannedApart::NothingNew(nothing) => Ok(vec![nothing_to_do(&settings, nothing, since)?]),
    }
}

fn nothing_to_do(
    settings: &Settings,
    nothing: Box<NothingNew>,
    since: Stopwatch,
) -> Result<Vec<u8>> {
    let seconds = since.elapsed().as_secs_f64();
    let answer = match RunAnswer::new(
        &settings.dirs,
        settings.site.as_str(),
        &Run::NothingNew(nothing),
        seconds,
    ) {
        RunAnswer::NothingNew(nothing) => SiteAnswer::NothingNew(nothing),
        RunAnswer::Committed(committed) => SiteAnswer::Committed(committed),
    };
    over_task(settings.site.as_str(), &answer)
}

fn over_task(site: &str, answer: &SiteAnswer) -> Result<Vec<u8>> {
    let answer = serde_json::to_string(answer)
        .map_err(|e| Error::bug(format!("cannot write an answer as JSON: {e}")))?;
    let site = site.to_owned();
    Sent::Over { site, answer }.to_bytes()
}

/// Carries out one task, on one thread; its outcome. What is wrong with reports is part of it; whoever commits says so. Where the task was done
/// already, and ended well, what was kept of that is its outcome: an engine that does finished tasks again loses no time.
///
/// # Errors
/// [`Usage`](crate::ErrorKind::Usage) for bytes that are no task of this version of the program, [`Stopped`](crate::ErrorKind::Stopped),
/// [`Storage`](crate::ErrorKind::Storage) where the outcome cannot be kept beside the attempt. The task may be done again then.
pub fn execute(task: &[u8], watch: Watch<'_>) -> Result<Vec<u8>> {
    match Sent::from_bytes(task)? {
        Sent::Task(spec) => {
            let back = do_task(&spec, watch)?;
            watch.go_on("while a task was done")?;
            Returned::Task(Box::new(back)).to_bytes()
        }
        Sent::Over { site, answer } => Returned::Over { site, answer }.to_bytes(),
    }
}

/// Those of `tasks` that have no outcome that ended well yet: what a driver has to hand out that goes on where another one died. Of an attempt whose
/// tasks all have one the first is among them, so that whoever commits hears of it. Tasks of attempts that are over are among them: they answer
/// so at once.
///
/// # Errors
/// As [`execute`], and those of reading the folders of attempts.
pub fn pending(tasks: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>> {
    let mut done: BTreeMap<PathBuf, BTreeSet<usize>> = BTreeMap::new();
    let mut pending = Vec::new();
    for task in tasks {
        if let Sent::Task(spec) = Sent::from_bytes(&task)? {
            let folder = spec.folder();
            if !done.contains_key(&folder) {
                let kept = TaskReturn::kept_in(&folder)?.into_iter();
                let good = kept.filter(|back| back.ended.is_ok());
                done.insert(folder.clone(), good.map(|back| back.number).collect());
            }
            let done = &done[&folder];
            let speaks_for_all = spec.number == 0 && done.len() == spec.count;
            if done.contains(&spec.number) && !speaks_for_all {
                continue;
            }
        }
        pending.push(task);
    }
    Ok(pending)
}

/// The task, and the file of it, for a folder of tasks: its name says site, attempt and number.
///
/// # Errors
/// As [`execute`].
pub fn name_of(task: &[u8]) -> Result<String> {
    Ok(match Sent::from_bytes(task)? {
        Sent::Task(task) => {
            let (site, attempt, number) = (task.site, task.attempt, task.number);
            format!("{site}.{attempt}.{number:05}.task")
        }
        Sent::Over { site, .. } => format!("{site}.over.task"),
    })
}

/// The site of a task, or of an outcome.
///
/// # Errors
/// As [`execute`].
pub fn site_of(bytes: &[u8]) -> Result<String> {
    if let Ok(back) = Returned::from_bytes(bytes) {
        return Ok(match back {
            Returned::Task(back) => back.site.to_string(),
            Returned::Over { site, .. } => site,
        });
    }
    Ok(match Sent::from_bytes(bytes)? {
        Sent::Task(spec) => spec.site.to_string(),
        Sent::Over { site, .. } => site,
    })
}

/// All outcomes of one attempt.
struct OfAttempt {
    attempt: String,
    site: SiteId,
    dirs: Dirs,
    count: usize,
    returns: Vec<TaskReturn>,
}

/// Commits what tasks made, site by site: one answer a site, in the order of their names. Outcomes that are not given are looked for beside the attempt. A
/// site that fails keeps nobody from the others.
///
/// # Errors
/// [`Usage`](crate::ErrorKind::Usage) for bytes that are no outcome of this version of the program: nothing is committed then;
/// [`Stopped`](crate::ErrorKind::Stopped): what is committed by then stays.
pub fn commit(
    outcomes: impl IntoIterator<Item = Vec<u8>>,
    watch: Watch<'_>,
) -> Result<Vec<SiteEnd>> {
    let mut attempts: BTreeMap<(String, String), OfAttempt> = BTreeMap::new();
    let mut ends = BTreeMap::new();
    for outcome in outcomes {
        match Returned::from_bytes(&outcome)? {
            Returned::Over { site, answer } => {
                let answer: serde_json::Value = serde_json::from_str(&answer)
                    .map_err(|e| Error::usage(format!("expected the outcome of a task: {e}")))?;
                ends.insert(site, SiteEnd::of_json(answer));
            }
            Returned::Task(back) => {
                let attempt = match crate::store::skipped("check:attempt") {
                    true => String::new(),
                    false => back.attempt.clone(),
                };
                let key = (back.site.to_string(), attempt);
                let of = attempts.entry(key).or_insert_with(|| OfAttempt {
                    attempt: back.attempt.clone(),
                    site: back.site.clone(),
                    dirs: back.dirs.clone(),
                    count: back.count,
                    returns: Vec::new(),
                });
                of.returns.push(*back);
            }
        }
    }
    for ((site, _), of) in attempts {
        let answer = match commit_one(of, watch) {
            Ok(answer) => answer,
            Err(error) if error.kind() == ErrorKind::Stopped => return Err(error),
            Err(error) => SiteAnswer::Failed(FailedAnswer::new(time::now(), &site, &error, false)),
        };
        let end = SiteEnd::of(&answer)?;
        if !ends
            .get(&site)
            .is_some_and(|told: &SiteEnd| told.outweighs(&end))
        {
            ends.insert(site, end);
        }
    }
    Ok(ends.into_values().collect())
}

fn commit_one(of: OfAttempt, watch: Watch<'_>) -> Result<SiteAnswer> {
    let OfAttempt {
        attempt,
        site,
        dirs,
        count,
        mut returns,
    } = of;
    let since = Stopwatch::start();
    let Some(saved) = saved_settings(&dirs, site.as_str(), &attempt)? else {
        return Ok(answered(
            over(&dirs, site.as_str(), &attempt)?,
            &dirs,
            site.as_str(),
            since,
        ));
    };
    let settings = Settings::of_saved(saved)?;
    returns = first_good(returns);
    let good = returns.iter().filter(|back| back.ended.is_ok()).count();
    if good < count {
        let folder = Attempt::folder_of(&dirs, site.as_str(), &attempt);
        returns.extend(TaskReturn::kept_in(&folder)?);
        returns = first_good(returns);
    }
    // What is missing of one that is being undone is missing for good.
    let waits = Attempt::waiting(&dirs, site.as_str(), &attempt)?.is_some();
    if returns.len() < count && waits {
        return Err(Error::usage(format!(
            "expected the outcomes of {count} tasks, found {}",
            returns.len()
        ))
        .hint("do the tasks that have none, and commit again; the others are kept"));
    }
    let committed = match commit_apart(&settings, &attempt, returns, watch) {
        // What is read of an attempt may be gone because recovery undoes it meanwhile.
        Err(error)
            if error.kind() == ErrorKind::Storage
                && Attempt::waiting(&dirs, site.as_str(), &attempt)?.is_none() =>
        {
            over(&dirs, site.as_str(), &attempt)?
        }
        ended => ended?,
    };
    Ok(answered(committed, &dirs, site.as_str(), since))
}

fn answered(committed: CommittedApart, dirs: &Dirs, site: &str, since: Stopwatch) -> SiteAnswer {
    let time = time::now();
    match committed {
        CommittedApart::Committed(summary, said) => {
            let seconds = since.elapsed().as_secs_f64();
            let mut answer = crate::answer::committed(&summary, seconds);
            let news = said
                .into_iter()
                .filter(|told| !answer.warnings.contains(told));
            answer.warnings = news
                .collect::<Vec<_>>()
                .into_iter()
                .chain(answer.warnings.clone())
                .collect();
            SiteAnswer::Committed(Box::new(answer))
        }
        CommittedApart::Already(manifest) => {
            let record = record_path(dirs, site, manifest.version);
            SiteAnswer::AlreadyCommitted(AlreadyAnswer {
                time,
                site_id: site.to_owned(),
                version: manifest.version,
                manifest: record.display().to_string(),
            })
        }
        CommittedApart::Overtaken(version) => SiteAnswer::Overtaken(OvertakenAnswer {
            time,
            site_id: site.to_owned(),
            version,
        }),
        CommittedApart::Again(error) => {
            SiteAnswer::Failed(FailedAnswer::new(time, site, &error, true))
        }
    }
}
