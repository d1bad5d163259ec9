//! `trendgate metrics`: what is known of every site, for Prometheus; and the same after a run.
//!
//! Enters: a dataset, or how a run ended. Leaves: the text of the metrics, on standard output or in a file, which is replaced whole. Refused: a
//! file that a textfile collector would not read. A run that cannot write the file says so, and ends as it would have ended: its
//! exit code is about the dataset.

use super::{AtSites, configured};
use crate::args::{MetricsArgs, SettingsArgs};
use crate::exit::Exit;
use crate::logging::About;
use crate::text;
use std::path::Path;
use trendgate::config::Settings;
use trendgate::metrics::{
    MetricSample, SiteState, exposition, samples, samples_of_failure, samples_of_unread,
};
use trendgate::model::SiteId;
use trendgate::pipeline::{LastRun, Run};
use trendgate::publish::Dirs;
use trendgate::time::Stopwatch;
use trendgate::{Error, Result, store};

/// Runs the command.
pub(crate) fn metrics(args: &MetricsArgs) -> Result<Exit> {
    let file = MetricsFile::of(args.metrics_file.as_deref())?;
    let sites = super::places(&args.place, super::known_sites)?;
    let at = AtSites::each(sites, |_, dirs| Ok(dirs.clone()));
    let places = at.done.iter().map(|(site, dirs)| (&**site, dirs));
    let (mut all, trouble) = of_sites(places, &|_| None);
    for (site, error) in &at.failed {
        all.extend(samples_of_unread(site, Exit::of(error) as u8));
    }
    let all = exposition(&all);
    trouble.iter().for_each(text::print_error);
    let end = at.end(Exit::worst(trouble.iter().map(Exit::of)));
    match file {
        Some(file) => store::replace(file.0, all.as_bytes())?,
        None => text::print_document(&all),
    }
    Ok(end)
}

/// The metrics of sites as they are now, and what of them could not be read; `stopped` is how the run of a site ended that a signal stopped, where that is known.
fn of_sites<'s>(
    sites: impl Iterator<Item = (&'s str, &'s Dirs)>,
    stopped: &dyn Fn(&str) -> Option<Exit>,
) -> (Vec<MetricSample>, Vec<Error>) {
    let (mut all, mut trouble) = (Vec::new(), Vec::new());
    for (site, dirs) in sites {
        let (state, found) = SiteState::read(dirs, site, None);
        let exit = state.last_run.as_ref();
        let exit = exit.and_then(|run| Exit::of_outcome(&run.outcome).or_else(|| stopped(site)));
        all.extend(samples(&state, exit.map(|exit| exit as u8)));
        trouble.extend(found);
    }
    (all, trouble)
}

/// A file that a textfile collector reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MetricsFile<'a>(&'a Path);

impl<'a> MetricsFile<'a> {
    /// The one of this path, if one is given.
    ///
    /// # Errors
    /// [`Usage`](trendgate::ErrorKind::Usage) where its name does not end in `.prom`.
    pub(crate) fn of(path: Option<&'a Path>) -> Result<Option<Self>> {
        let Some(path) = path else {
            return Ok(None);
        };
        if path.extension().is_some_and(|end| end == "prom") {
            return Ok(Some(Self(path)));
        }
        let error = Error::usage("--metrics-file: expected a name that ends in .prom").at(path);
        Err(error.hint("the node exporter's textfile collector reads no other files"))
    }

    /// Leaves the metrics after a run that ended so: `word` is how the run itself ended, `ended` how the program will.
    pub(crate) fn after_run(self, settings: &Settings, word: LastRun, ended: &Result<Exit>) {
        let exit = ended.as_ref().map_or_else(Exit::of, |exit| *exit);
        let site = Some(settings.site.as_str());
        self.leave(site, Some(&settings.dirs), word, exit);
    }

    /// Leaves the metrics of several sites after a run of them all; `stopped` is how that of a site ended which the signal stopped.
    pub(crate) fn after_all<'s>(
        self,
        sites: impl Iterator<Item = (&'s str, &'s Dirs)>,
        stopped: &dyn Fn(&str) -> Option<Exit>,
    ) {
        let (all, trouble) = of_sites(sites, stopped);
        self.write(&exposition(&all), &trouble);
    }

    /// Leaves the metrics after a run of which not even the settings are known: those of its site, as far as options and configuration
    /// name one.
    pub(crate) fn after_refusal(self, args: &SettingsArgs, error: &Error, since: Stopwatch) {
        let configured = configured::config(args.config.as_deref()).ok();
        let of_config = configured.as_ref();
        let of_config = of_config.and_then(|configured| configured.site_id());
        let site = args.site.clone().or(of_config);
        let site = site.filter(|site| SiteId::new(site).is_ok());
        // What no configuration says may be another dataset's.
        let dirs = match (configured, &args.data_dir) {
            (Some(configured), data_dir) => {
                configured.dirs(site.as_deref(), data_dir.as_deref()).ok()
            }
            (None, Some(data_dir)) => Dirs::find(data_dir).ok(),
            (None, None) => None,
        };
        let (site, dirs) = (site.as_deref(), dirs.as_ref());
        let before = dirs.zip(site).and_then(|(dirs, site)| last_run(dirs, site));
        let word = LastRun::failed(error, since, before.as_ref());
        self.leave(site, dirs, word, Exit::of(error));
    }

    fn leave(self, site: Option<&str>, dirs: Option<&Dirs>, word: LastRun, exit: Exit) {
        // The site is the other run's, and so are its metrics.
        if exit == Exit::Locked {
            return;
        }
        let exit = exit.if_unprinted() as u8;
        let (samples, trouble) = match (site, dirs) {
            (Some(site), Some(dirs)) => {
                let (state, trouble) = SiteState::read(dirs, site, Some(word));
                (samples(&state, Some(exit)), trouble)
            }
            (Some(site), None) => (
                samples(&SiteState::of_run(site, word), Some(exit)),
                Vec::new(),
            ),
            (None, _) => {
                let name = self.0.file_stem().unwrap_or_default().to_string_lossy();
                (samples_of_failure(&name, exit, &word), Vec::new())
            }
        };
        self.write(&exposition(&samples), &trouble);
    }

    fn write(self, text: &str, trouble: &[Error]) {
        let written = store::replace(self.0, text.as_bytes());
        for error in trouble.iter().chain(&written.err()) {
            text::tell(About::Warning, "warning", error);
        }
    }
}

/// How a run ended just now, for its metrics.
pub(crate) fn word(settings: &Settings, outcome: &Result<Run>, since: Stopwatch) -> LastRun {
    let before = last_run(&settings.dirs, settings.site.as_str());
    LastRun::new(outcome, since, before.as_ref())
}

fn last_run(dirs: &Dirs, site: &str) -> Option<LastRun> {
    LastRun::read(dirs, site).ok().flatten()
}
