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
mod processes;
pub(crate) mod recover;
pub(crate) mod report;
pub(crate) mod retract;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod status;
pub(crate) mod tag;
pub(crate) mod task;
pub(crate) mod verify;

use crate::args::{Command, PlaceArgs, PlanArgs, RunArgs, SettingsArgs};
use crate::exit::Exit;
use crate::logging::{self, About};
use crate::printed::{AtSite, FailedSite, SitesAnswer, now};
use crate::progress::Terminal;
use crate::{signals, text};
use configured::Sites;
use trendgate::details::Share;
use trendgate::files::{What, what_is};
use trendgate::time::Instant;
use trendgate::{
    AsOf, Dataset, Error, Missing, Overrides, Result, Settings, Site, Snapshot, Watch, WhenLocked,
    at_sites,
};

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
        let of_config = || Some(Site::of(&settings(args).ok()?).id().to_owned());
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
        Command::Tag(args) => args.dataset.place.site.clone(),
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

/// Does `work` at a site that is waited for where that is wanted.
fn once_free<T>(when_locked: WhenLocked, work: impl FnOnce(Watch<'_>) -> Result<T>) -> Result<T> {
    if when_locked == WhenLocked::Fail {
        return work(Watch::unwatched());
    }
    // Who does not wait is ended by a signal at once, as ever.
    let (terminal, signals) = (Terminal::new(), signals::listen());
    signals.cancel().check("before the site was locked")?;
    work(Watch::new(&terminal, signals.cancel()))
}

/// The dataset that is meant, if there is one.
fn dataset(args: &PlaceArgs) -> Result<Dataset> {
    let configured = configured::config_of_dataset(args)?;
    there(configured.dataset(args.site.as_deref(), args.data_dir.as_deref())?)
}

/// The dataset, if there is one.
fn there(dataset: Dataset) -> Result<Dataset> {
    let hint = "name the folder of a dataset with --data-dir, or the configuration of its runs with --config";
    dataset.existing().map_err(|error| error.hint(hint))
}

/// The sites that a command about all of them looks at: those of the folder that is named, or of all folders of a configuration of several
/// sites. `known` lists the sites of one folder.
fn places(
    args: &PlaceArgs,
    known: impl Fn(&Dataset) -> Result<Vec<String>>,
) -> Result<Sites<Site>> {
    let configured = configured::config_of_dataset(args)?;
    if args.site.is_none() && args.data_dir.is_none() && configured.is_of_several() {
        return configured.known_places(known);
    }
    let dataset = there(configured.dataset(args.site.as_deref(), args.data_dir.as_deref())?)?;
    let sites = one_or_all(args, &dataset, known(&dataset)?)?;
    Ok(all_in(&dataset, sites))
}

/// These sites, all in one dataset.
fn all_in(dataset: &Dataset, sites: Vec<String>) -> Sites<Site> {
    let sites = sites.into_iter().map(|id| {
        let site = dataset.site(&id);
        (id, site)
    });
    sites.collect()
}

/// The site that was asked for, or all that have a version.
fn sites(args: &PlaceArgs, dataset: &Dataset) -> Result<Vec<String>> {
    one_or_all(args, dataset, dataset.committed_sites()?)
}

/// The site that was asked for, or the only one that has a version.
fn only_site(args: &PlaceArgs) -> Result<Site> {
    let dataset = dataset(args)?;
    let sites = sites(args, &dataset)?;
    match sites.as_slice() {
        [site] => dataset.site(site),
        _ => Err(several_sites(&sites)),
    }
}

/// The error of a command that is about one site.
fn several_sites<S: std::borrow::Borrow<str>>(sites: &[S]) -> Error {
    Error::usage(format!("the dataset has {} sites", sites.len()))
        .hint(format!("name one with --site: {}", sites.join(", ")))
}

/// The site that was asked for, or `all`.
fn one_or_all(args: &PlaceArgs, dataset: &Dataset, all: Vec<String>) -> Result<Vec<String>> {
    match &args.site {
        None => Ok(all),
        Some(site) if all.contains(site) => Ok(vec![site.clone()]),
        Some(site) => {
            let message = format!("the dataset has no site {site:?}");
            let error = Error::missing(Missing::Site, message).at(dataset.folder());
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
    at_version: Option<&str>,
    as_of: Option<&str>,
) -> Result<Vec<Snapshot>> {
    let dataset = dataset(args)?;
    let time = as_of.map(|text| {
        Instant::from_typed(text).ok_or_else(|| {
            Error::usage(format!("--as-of: expected a time, found {text:?}"))
                .hint("such as 2016-11-12T03:00 (UTC) or 2016-11-12T11:00+08:00")
        })
    });
    let time = time.transpose()?;
    let sites = sites(args, &dataset)?.into_iter();
    let snapshots = sites.map(|site| {
        let site = dataset.site(&site)?;
        site.snapshot(match (at_version, time) {
            (Some(version), _) => AsOf::Version(site.version_of(version)?),
            (None, Some(time)) => AsOf::Time(time),
            (None, None) => AsOf::Latest,
        })
    });
    snapshots.collect()
}

/// Refuses what is no file as the usage error that it is.
fn exists(path: &std::path::Path) -> Result<()> {
    match what_is(path)? {
        Some(What::File) => Ok(()),
        Some(What::Folder) => Err(Error::usage("expected a file, found a folder")
            .at(path)
            .hint("name a file in it; `--help` says what the command takes")),
        None => Err(Error::missing(Missing::Path, "no such file")
            .at(path)
            .hint("check the spelling")),
    }
}
