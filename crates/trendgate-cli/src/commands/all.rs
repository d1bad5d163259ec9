//! `run --all` and `plan --all`: every site of the configuration, several at a time, and one summary of them.
//!
//! Enters: what was typed. Leaves: a table with a line for each site, then what was rejected and what failed, with what to do; or JSON with
//! an object for each. A site that is broken, locked or on a full disk keeps nobody from the others; where a signal stops them, what is
//! committed stays, and those that were not begun are named with the others that failed.
//!
//! Proof: `checks/test_many_sites.py` holds what `--all` leaves against a run of each site, with one broken, one locked and one on a full disk.

use super::AtSites;
use super::configured::{AllSites, Asked, Sites, all_sites};
use super::metrics::MetricsFile;
use super::run::tell_rejected;
use crate::args::{SettingsArgs, WaitArgs};
use crate::exit::Exit;
use crate::logging;
use crate::printed::Printed;
use crate::progress::SitesProgress;
use crate::signals;
use crate::table;
use crate::text::{self, count, plural};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use trendgate::answers::RunAnswer;
use trendgate::details::FailedInput;
use trendgate::time::{SECOND, Stopwatch};
use trendgate::{Error, ErrorKind, Result, Run, RunOptions, Site, Watch, WhenLocked};

/// A run that did not fail.
struct Ran {
    outcome: Run,
    answer: RunAnswer,
}

/// How long each site took, and where its dataset is.
#[derive(Default)]
struct Notes(Mutex<BTreeMap<String, (f64, Site)>>);

/// Runs every site.
pub(super) fn run(
    args: &SettingsArgs,
    options: RunOptions,
    wait: &WaitArgs,
    metrics: Option<MetricsFile<'_>>,
) -> Result<Exit> {
    let begun = Stopwatch::start();
    let all = all_sites(args);
    if let (Some(file), Err(error)) = (metrics, &all) {
        file.after_refusal(args, error, begun);
    }
    let AllSites {
        sites,
        places,
        budget,
    } = all?;
    let waits = waiting(&sites, wait)?;
    let (since, signals, notes) = (Stopwatch::start(), signals::listen(), Notes::default());
    let progress = SitesProgress::new(sites.len());
    let run_one = |site: &str, asked: &Asked, when_locked, share| {
        signals.cancel().check("before its run began")?;
        let since = Stopwatch::start();
        let settings = asked.settings.clone().in_share(share).waiting(when_locked);
        let one = progress.of(site);
        let watch = Watch::new(&one, signals.cancel());
        let site = Site::of(&settings);
        let ended = site.run(&settings, &asked.paths, options, watch);
        let seconds = since.elapsed().as_secs_f64();
        let ended = ended.map(|outcome| Ran {
            answer: site.answer(&outcome, seconds),
            outcome,
        });
        notes.take(seconds, site);
        ended
    };
    let mut at = AtSites::at_once(sites, budget, |site, asked: &Asked, share| {
        run_one(site, asked, WhenLocked::Fail, share)
    });
    // A site is waited for when there is nothing else to do.
    let locked =
        at.take_failed(|site, error| error.kind() == ErrorKind::Locked && waits.contains_key(site));
    let locked = locked.into_iter().filter_map(|site| {
        let wait = waits.get(&site)?.clone();
        Some((site, Ok(wait)))
    });
    at.add(AtSites::at_once(
        locked.collect(),
        budget,
        |site, (asked, wait), share| run_one(site, asked, *wait, share),
    ));
    drop(progress);
    if let Some(file) = metrics {
        let is_stopped = |site: &str| {
            let mut failed = at.failed.iter();
            failed.any(|(other, error)| other == site && error.kind() == ErrorKind::Stopped)
        };
        let stopped = |site: &str| signals.exit_if_caught().filter(|_| is_stopped(site));
        file.after_all(places.iter(), &stopped);
    }
    if args.json {
        let answer = at.answer(false, |_, ran| ran.answer.clone());
        text::print_json(&Printed::RunAll(answer));
    } else {
        text::print(&summary(&at, &notes.into_map(), since));
    }
    for (site, ran) in &at.done {
        let _of_site = logging::of_site(Some(site));
        tell_rejected(&format!("rejected: {site}"), ran.rejected());
        if text::unprinted().is_some()
            && let Run::Committed(summary) = &ran.outcome
        {
            let version = summary.committed.version;
            text::note(&format!("version {version} of {site} is committed"));
        }
    }
    let exits = at
        .done
        .iter()
        .map(|(_, ran)| super::run::exit(&ran.outcome));
    let good = Exit::worst(exits);
    Ok(at.end(good))
}

/// The sites whose lock is waited for where another run has it, with what is known of them.
fn waiting(sites: &Sites<Asked>, wait: &WaitArgs) -> Result<BTreeMap<String, (Asked, WhenLocked)>> {
    let mut waiting = BTreeMap::new();
    for (site, asked) in sites {
        if let Ok(asked) = asked {
            let when_locked = wait.or(asked.settings.when_locked())?;
            if when_locked != WhenLocked::Fail {
                waiting.insert(site.clone(), (asked.clone(), when_locked));
            }
        }
    }
    Ok(waiting)
}

/// Plans every site.
pub(super) fn plan(args: &SettingsArgs, options: RunOptions) -> Result<Exit> {
    let AllSites { sites, budget, .. } = all_sites(args)?;
    let progress = SitesProgress::new(sites.len());
    let signals = signals::listen();
    let at = AtSites::at_once(sites, budget, |site, asked: &Asked, share| {
        let settings = asked.settings.clone().in_share(share);
        let one = progress.of(site);
        let watch = Watch::new(&one, signals.cancel());
        Site::of(&settings).plan(&settings, &asked.paths, options, watch)
    });
    drop(progress);
    if args.json {
        let answer = at.answer(true, |_, planned| planned.answer.clone());
        text::print_json(&Printed::PlanAll(answer));
    } else {
        let texts = at.done.iter();
        let texts = texts
            .map(|(site, planned)| format!("{site}: {}", super::plan::as_text(&planned.answer)));
        text::print(&texts.collect::<Vec<_>>().join("\n"));
    }
    for (site, planned) in &at.done {
        let _of_site = logging::of_site(Some(site));
        tell_rejected(&format!("rejected: {site}"), &planned.failed);
    }
    let good = Exit::worst(
        at.done
            .iter()
            .map(|(_, planned)| super::plan::exit(planned)),
    );
    Ok(at.end(good))
}

impl Ran {
    fn rejected(&self) -> &[FailedInput] {
        self.outcome.failed()
    }

    fn warnings(&self) -> usize {
        self.outcome.warnings().len()
    }

    /// What happened, in words.
    fn what(&self) -> String {
        let what = match self.outcome {
            Run::Committed(_) => "committed",
            _ => "nothing new",
        };
        match self.rejected().len() {
            0 => what.to_owned(),
            rejected => format!("{what}, {} rejected", count(rejected as u64)),
        }
    }
}

impl Notes {
    fn take(&self, seconds: f64, site: Site) {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        notes.insert(site.id().to_owned(), (seconds, site));
    }

    fn into_map(self) -> BTreeMap<String, (f64, Site)> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A line for each site, below one for all of them.
fn summary(at: &AtSites<Ran>, notes: &BTreeMap<String, (f64, Site)>, since: Stopwatch) -> String {
    let done = at.done.iter();
    let done = done.map(|(site, ran)| (site, ran.what(), ran.warnings().to_string()));
    let failed = at.failed.iter();
    let failed = failed.map(|(site, error)| (site, failed_how(error).to_owned(), String::new()));
    let mut sites: Vec<_> = done.chain(failed).collect();
    sites.sort();
    let head = [
        "site", "what", "version", "rows", "newest", "warnings", "seconds",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    for (site, what, warnings) in sites {
        let note = notes.get(site);
        let [version, total, newest] = note.map_or_else(Default::default, |(_, site)| known(site));
        let seconds = note.map_or_else(String::new, |(seconds, _)| format!("{seconds:.2}"));
        rows.push([
            site.clone(),
            what,
            version,
            total,
            newest,
            warnings,
            seconds,
        ]);
    }
    let lines = table::lines(rows);
    format!("{}\n{}\n", in_all(at, since), lines.join("\n"))
}

/// The version, the rows and the newest sample of the dataset of a site, as it is now.
fn known(site: &Site) -> [String; 3] {
    let Some(history) = site
        .recent_history()
        .ok()
        .filter(|history| history.version() > 0)
    else {
        return Default::default();
    };
    let newest = (history.freshness())
        .first()
        .map(|source| source.last.floor(SECOND));
    [
        history.version().to_string(),
        count(site.snapshot_of(&history).rows()),
        newest.map_or_else(String::new, |newest| newest.to_string()),
    ]
}

/// How many sites ended in which way.
fn in_all(at: &AtSites<Ran>, since: Stopwatch) -> String {
    let of = |is: fn(&Run) -> bool| at.done.iter().filter(|(_, ran)| is(&ran.outcome)).count();
    let mut counts = vec![
        (of(|run| matches!(run, Run::Committed(_))), "committed"),
        (of(|run| matches!(run, Run::NothingNew(_))), "nothing new"),
    ];
    for how in ["locked", "stopped", "FAILED"] {
        let failed = at
            .failed
            .iter()
            .filter(|(_, error)| failed_how(error) == how);
        counts.push((failed.count(), how));
    }
    let said = counts.into_iter().filter(|(sites, _)| *sites > 0);
    let said = said.map(|(sites, how)| format!("{sites} {how}"));
    format!(
        "{}: {}; {:.2} s",
        plural(at.done.len() + at.failed.len(), "site"),
        said.collect::<Vec<_>>().join(", "),
        since.elapsed().as_secs_f64()
    )
}

fn failed_how(error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::Locked => "locked",
        ErrorKind::Stopped => "stopped",
        _ => "FAILED",
    }
}
