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
use trendgate::metrics::{
    MetricSample, SiteState, exposition, samples, samples_of_failure, samples_of_unread,
};
use trendgate::time::Stopwatch;
use trendgate::{Dataset, Error, LastRun, Result, Run, Site, files};

/// Runs the command.
pub(crate) fn metrics(args: &MetricsArgs) -> Result<Exit> {
    let file = MetricsFile::of(args.metrics_file.as_deref())?;
    let sites = super::places(&args.place, Dataset::known_sites)?;
    let at = AtSites::each(sites, |_, site| Ok(site.clone()));
    let places = at.done.iter().map(|(_, site)| site);
    let (mut all, trouble) = of_sites(places, &|_| None);
    for (site, error) in &at.failed {
        all.extend(samples_of_unread(site, Exit::of(error) as u8));
    }
    let all = exposition(&all);
    trouble.iter().for_each(text::print_error);
    let end = at.end(Exit::worst(trouble.iter().map(Exit::of)));
    match file {
        Some(file) => files::replace(file.0, all.as_bytes())?,
        None => text::print_document(&all),
    }
    Ok(end)
}

/// The metrics of sites as they are now, and what of them could not be read; `stopped` is how the run of a site ended that a signal stopped, where that is known.
fn of_sites<'s>(
    sites: impl Iterator<Item = &'s Site>,
    stopped: &dyn Fn(&str) -> Option<Exit>,
) -> (Vec<MetricSample>, Vec<Error>) {
    let (mut all, mut trouble) = (Vec::new(), Vec::new());
    for site in sites {
        let (state, found) = site.state(None);
        let exit = state.last_run.as_ref();
        let exit =
            exit.and_then(|run| Exit::of_outcome(&run.outcome).or_else(|| stopped(site.id())));
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
    pub(crate) fn after_run(self, site: &Site, word: LastRun, ended: &Result<Exit>) {
        let exit = ended.as_ref().map_or_else(Exit::of, |exit| *exit);
        self.leave(Some(site.id()), Some(site), word, exit);
    }

    /// Leaves the metrics of several sites after a run of them all; `stopped` is how that of a site ended which the signal stopped.
    pub(crate) fn after_all<'s>(
        self,
        sites: impl Iterator<Item = &'s Site>,
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
        let id = site.filter(|id| Site::is_id(id));
        // What no configuration says may be another dataset's.
        let dataset = match (configured, &args.data_dir) {
            (Some(configured), data_dir) => {
                configured.dataset(id.as_deref(), data_dir.as_deref()).ok()
            }
            (None, Some(data_dir)) => Dataset::find(data_dir).ok(),
            (None, None) => None,
        };
        let id = id.as_deref();
        let site = dataset
            .zip(id)
            .and_then(|(dataset, id)| dataset.site(id).ok());
        let before = site.as_ref().and_then(last_run);
        let word = LastRun::failed(error, since, before.as_ref());
        self.leave(id, site.as_ref(), word, Exit::of(error));
    }

    fn leave(self, id: Option<&str>, site: Option<&Site>, word: LastRun, exit: Exit) {
        // The site is the other run's, and so are its metrics.
        if exit == Exit::Locked {
            return;
        }
        let exit = exit.if_unprinted() as u8;
        let (samples, trouble) = match (id, site) {
            (_, Some(site)) => {
                let (state, trouble) = site.state(Some(word));
                (samples(&state, Some(exit)), trouble)
            }
            (Some(id), None) => (
                samples(&SiteState::of_run(id, word), Some(exit)),
                Vec::new(),
            ),
            (None, None) => {
                let name = self.0.file_stem().unwrap_or_default().to_string_lossy();
                (samples_of_failure(&name, exit, &word), Vec::new())
            }
        };
        self.write(&exposition(&samples), &trouble);
    }

    fn write(self, text: &str, trouble: &[Error]) {
        let written = files::replace(self.0, text.as_bytes());
        for error in trouble.iter().chain(&written.err()) {
            text::tell(About::Warning, "warning", error);
        }
    }
}

/// How a run ended just now, for its metrics.
pub(crate) fn word(site: &Site, outcome: &Result<Run>, since: Stopwatch) -> LastRun {
    let before = last_run(site);
    LastRun::new(outcome, since, before.as_ref())
}

fn last_run(site: &Site) -> Option<LastRun> {
    site.last_run().ok().flatten()
}
