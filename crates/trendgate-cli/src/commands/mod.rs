//! One file a command: what was meant → a call of the library → what a person (or a program) reads.

mod all;
pub(crate) mod check;
mod configured;
mod diff;
pub(crate) mod explain;
pub(crate) mod files;
pub(crate) mod gc;
pub(crate) mod init;
pub(crate) mod inspect;
pub(crate) mod log;
pub(crate) mod manual;
pub(crate) mod metrics;
pub(crate) mod plan;
pub(crate) mod points;
pub(crate) mod recover;
pub(crate) mod report;
pub(crate) mod retract;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod status;
pub(crate) mod task;
pub(crate) mod verify;

use crate::args::{Command, PlaceArgs, PlanArgs, RunArgs, SettingsArgs};
use crate::exit::Exit;
use crate::logging::{self, About};
use crate::printed::{AtSite, FailedSite, SitesAnswer, now};
use crate::progress::Terminal;
use crate::{signals, text};
use configured::Sites;
use trendgate::config::{Overrides, Settings};
use trendgate::pipeline::{Share, at_sites, sites_that_ran};
use trendgate::progress::Watch;
use trendgate::publish::{Dirs, SiteLock, WhenLocked};
use trendgate::store::What;
use trendgate::time::Instant;
use trendgate::verify::Snapshot;
use trendgate::{Error, Result};

/// The settings that the options and the configuration file together mean.
fn settings(args: &SettingsArgs) -> Result<Settings> {
    configured::config(args.config.as_deref())?.settings(&overrides(args))
}

/// What the options say that goes before the configuration.
fn overrides(args: &SettingsArgs) -> Overrides {
    Overrides {
        site: args.site.clone(),
        timezone: args.timezone.clone(),
        resample: args.resample.clone(),
        data_dir: args.data_dir.clone(),
        threads: args.threads,
    }
}

/// The site that a command is about, as far as the options or the configuration name one.
pub(crate) fn site_asked_for(command: &Command) -> Option<String> {
    let of_settings = |args: &SettingsArgs| {
        let of_config = || Some(settings(args).ok()?.site.as_str().to_owned());
        args.site.clone().or_else(of_config)
    };
    match command {
        Command::Run(RunArgs { input, .. }) | Command::Plan(PlanArgs { input, .. }) => Some(input)
            .filter(|input| !input.all)
            .and_then(|input| of_settings(&input.settings)),
        Command::Retract(args) => of_settings(&args.settings),
        Command::Verify(args) => args.dataset.place.site.clone(),
        Command::Recover(args) => args.dataset.place.site.clone(),
        Command::Gc(args) => args.dataset.place.site.clone(),
        Command::Log(args) => args.dataset.place.site.clone(),
        Command::Show(args) => args.dataset.place.site.clone(),
        Command::Files(args) => args.dataset.place.site.clone(),
        Command::Points(args) => args.dataset.place.site.clone(),
        Command::Status(args) => args.dataset.place.site.clone(),
        Command::Metrics(args) => args.place.site.clone(),
        Command::Explain(args) => args.dataset.place.site.clone(),
        Command::Report(args) => args.place.site.clone(),
        Command::Inspect(_)
        | Command::Check(_)
        | Command::Init(_)
        | Command::Task(_)
        | Command::Completions { .. }
        | Command::Man(_)
        | Command::Schema(_) => None,
    }
}

/// Takes the lock of a site, waiting for it where that is wanted.
fn lock(dirs: &Dirs, site: &str, when_locked: WhenLocked) -> Result<SiteLock> {
    if when_locked == WhenLocked::Fail {
        return SiteLock::hold(dirs, site);
    }
    // Who does not wait is ended by a signal at once, as ever.
    let (terminal, signals) = (Terminal::new(), signals::listen());
    let watch = Watch::new(&terminal, signals.cancel());
    signals.cancel().check("before the site was locked")?;
    SiteLock::queue(dirs, site, when_locked, watch)
}

/// The directories of the dataset that is meant, if there is one.
fn dirs(args: &PlaceArgs) -> Result<Dirs> {
    let configured = configured::config_of_dataset(args)?;
    there(configured.dirs(args.site.as_deref(), args.data_dir.as_deref())?)
}

/// The directories, if there is a dataset.
fn there(dirs: Dirs) -> Result<Dirs> {
    let hint = "name the folder of a dataset with --data-dir, or the configuration of its runs with --config";
    dirs.existing().map_err(|error| error.hint(hint))
}

/// The sites that a command about all of them looks at, each with the directories of its dataset: those of the folder that is named, or of all
/// folders of a configuration of several sites. `known` lists the sites of one folder.
fn places(args: &PlaceArgs, known: impl Fn(&Dirs) -> Result<Vec<String>>) -> Result<Sites<Dirs>> {
    let configured = configured::config_of_dataset(args)?;
    if args.site.is_none() && args.data_dir.is_none() && configured.is_of_several() {
        return configured.known_places(known);
    }
    let dirs = there(configured.dirs(args.site.as_deref(), args.data_dir.as_deref())?)?;
    let sites = one_or_all(args, &dirs, known(&dirs)?)?;
    Ok(all_in(&dirs, sites))
}

/// These sites, all in one dataset.
fn all_in(dirs: &Dirs, sites: Vec<String>) -> Sites<Dirs> {
    let sites = sites.into_iter();
    sites.map(|site| (site, Ok(dirs.clone()))).collect()
}

/// The site that was asked for, or all that have a version.
fn sites(args: &PlaceArgs, dirs: &Dirs) -> Result<Vec<String>> {
    one_or_all(args, dirs, committed_sites(dirs)?)
}

/// The sites that have a version, of which there has to be one.
fn committed_sites(dirs: &Dirs) -> Result<Vec<String>> {
    let all = trendgate::publish::sites(dirs)?;
    match all.is_empty() {
        true => Err(Error::usage("nothing is committed in this dataset yet").at(&dirs.root)),
        false => Ok(all),
    }
}

/// The sites that have a version, and those of which it is known how a run ended.
fn known_sites(dirs: &Dirs) -> Result<Vec<String>> {
    let mut sites = trendgate::publish::sites(dirs)?;
    sites.extend(sites_that_ran(dirs)?);
    sites.sort();
    sites.dedup();
    Ok(sites)
}

/// The error of a command that is about one site.
fn several_sites<S: std::borrow::Borrow<str>>(sites: &[S]) -> Error {
    Error::usage(format!("the dataset has {} sites", sites.len()))
        .hint(format!("name one with --site: {}", sites.join(", ")))
}

/// The site that was asked for, or `all`.
fn one_or_all(args: &PlaceArgs, dirs: &Dirs, all: Vec<String>) -> Result<Vec<String>> {
    match &args.site {
        None => Ok(all),
        Some(site) if all.contains(site) => Ok(vec![site.clone()]),
        Some(site) => {
            let error = Error::usage(format!("the dataset has no site {site:?}")).at(&dirs.root);
            Err(match all.is_empty() {
                true => error,
                false => error.hint(format!("it has {}", all.join(", "))),
            })
        }
    }
}

/// What a command did at each of several sites. A site that is locked, damaged or on a failing disk does not keep the command from the others.
struct AtSites<T> {
    done: Vec<(String, T)>,
    failed: Vec<(String, Error)>,
}

impl<T> AtSites<T> {
    /// Does `one` at every site; those of which it is an error what is known of them failed.
    fn each<P>(sites: Sites<P>, one: impl Fn(&str, &P) -> Result<T>) -> Self {
        let (mut done, mut failed) = (Vec::new(), Vec::new());
        for (site, place) in sites {
            let _of_site = logging::of_site(Some(&site));
            match place.and_then(|place| one(&site, &place)) {
                Ok(result) => done.push((site, result)),
                Err(error) => failed.push((site, error)),
            }
        }
        Self { done, failed }
    }

    /// Does `one` at every site, several of them at a time, with what is known of each; those of which that is an error failed.
    fn at_once<P: Sync>(
        sites: Sites<P>,
        budget: configured::Budget,
        one: impl Fn(&str, &P, Share) -> Result<T> + Sync,
    ) -> Self
    where
        T: Send,
    {
        let (mut done, mut failed, mut known) = (Vec::new(), Vec::new(), Vec::new());
        for (site, place) in sites {
            match place {
                Ok(place) => known.push((site, place)),
                Err(error) => failed.push((site, error)),
            }
        }
        let ended = at_sites(known.len(), budget.threads, budget.memory, |nth, share| {
            let (site, place) = &known[nth];
            let _of_site = logging::of_site(Some(site));
            one(site, place, share)
        });
        for ((site, _), ended) in known.into_iter().zip(ended) {
            match ended {
                Ok(result) => done.push((site, result)),
                Err(error) => failed.push((site, error)),
            }
        }
        failed.sort_by(|a, b| a.0.cmp(&b.0));
        Self { done, failed }
    }

    /// Takes out the sites that failed so.
    fn take_failed(&mut self, is_so: impl Fn(&str, &Error) -> bool) -> Vec<String> {
        let (taken, left) = std::mem::take(&mut self.failed)
            .into_iter()
            .partition(|(site, error)| is_so(site, error));
        self.failed = left;
        let taken: Vec<(String, Error)> = taken;
        taken.into_iter().map(|(site, _)| site).collect()
    }

    /// Adds what was done at others.
    fn add(&mut self, others: Self) {
        self.done.extend(others.done);
        self.failed.extend(others.failed);
        self.done.sort_by(|a, b| a.0.cmp(&b.0));
        self.failed.sort_by(|a, b| a.0.cmp(&b.0));
    }

    /// Each site: what was done, or why not.
    fn each_site<A>(&self, one: impl Fn(&str, &T) -> A) -> Vec<AtSite<A>> {
        let done = self.done.iter();
        let done = done.map(|(site, done)| AtSite::Done(one(site, done)));
        let failed = self.failed.iter();
        let failed = failed.map(|(site, error)| AtSite::Failed(FailedSite::new(site, error)));
        done.chain(failed).collect()
    }

    /// All sites, as JSON has them.
    fn answer<A>(&self, dry_run: bool, one: impl Fn(&str, &T) -> A) -> SitesAnswer<A> {
        SitesAnswer {
            time: now(),
            dry_run,
            sites: self.each_site(one),
        }
    }

    /// Tells of the sites where it failed; the exit code: the worst of theirs and `good`, which is that of all others together.
    fn end(&self, good: Exit) -> Exit {
        for (site, error) in &self.failed {
            let _of_site = logging::of_site(Some(site));
            text::tell(About::Error, &format!("error: {site}"), error);
        }
        let exits = self.failed.iter().map(|(_, error)| Exit::of(error));
        Exit::worst(exits.chain([good]))
    }
}

/// The dataset of each site that was asked for: as of a version or a time, if one is given.
fn snapshots(
    args: &PlaceArgs,
    at_version: Option<u64>,
    as_of: Option<&str>,
) -> Result<Vec<Snapshot>> {
    let dirs = dirs(args)?;
    let time = as_of.map(|text| {
        Instant::from_typed(text).ok_or_else(|| {
            Error::usage(format!("--as-of: expected a time, found {text:?}"))
                .hint("such as 2016-11-12T03:00 (UTC) or 2016-11-12T11:00+08:00")
        })
    });
    let time = time.transpose()?;
    let sites = sites(args, &dirs)?.into_iter();
    let snapshots = sites.map(|site| match (at_version, time) {
        (Some(version), _) => Snapshot::of_version(&dirs, &site, version),
        (None, Some(time)) => Snapshot::as_of(&dirs, &site, time),
        (None, None) => Snapshot::of_site(&dirs, &site),
    });
    snapshots.collect()
}

/// Refuses what is no file as the usage error that it is.
fn exists(path: &std::path::Path) -> Result<()> {
    match trendgate::store::what_is(path)? {
        Some(What::File) => Ok(()),
        Some(What::Folder) => Err(Error::usage("expected a file, found a folder")
            .at(path)
            .hint("name a file in it; `--help` says what the command takes")),
        None => Err(Error::usage("no such file")
            .at(path)
            .hint("check the spelling")),
    }
}
