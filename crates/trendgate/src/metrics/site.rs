//! A site of a dataset → what is known of it.
//!
//! Enters: the folders of a dataset and a site. Leaves: a [`SiteState`], with what could not be read beside it. The log is resumed from its
//! last checkpoint; of the parts only the last ones are opened ([`RecentRows`]).

use super::window::RecentRows;
use crate::error::{Error, Result};
use crate::model::Rule;
use crate::pipeline::{LastRun, LastVerify};
use crate::publish::{Cells, Dirs, History, KeptSource, KnownSource, Manifest, Version};
use crate::store;
use crate::time::{Extent, Instant};
use crate::verify::{Snapshot, SourceFreshness, freshness};
use std::collections::BTreeMap;

/// What is known of a site.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SiteState {
    /// The site.
    pub(crate) site: String,
    /// How its last run ended.
    pub last_run: Option<LastRun>,
    /// How its last verification ended.
    pub(crate) last_verify: Option<LastVerify>,
    /// What is committed; `None` where nothing is, or where the log cannot be read.
    pub(crate) dataset: Option<DatasetState>,
}

/// What is committed of a site.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DatasetState {
    /// The last version.
    pub(crate) version: u64,
    /// When it was made.
    pub(crate) created_at: Instant,
    /// Rows of all parts.
    pub(crate) rows: u64,
    /// The first and the last of them.
    pub(crate) time_range: Option<Extent>,
    /// Bytes of the live parts.
    pub(crate) parts_bytes: u64,
    /// Bytes of the live evidence.
    pub(crate) evidence_bytes: u64,
    /// Bytes of what is kept of the files of the reports that are part of the dataset.
    pub(crate) sources_bytes: u64,
    /// What the file system has left; `None` where it does not say.
    pub(crate) available_bytes: Option<u64>,
    /// How fresh each source is.
    pub(crate) sources: Vec<SourceFreshness>,
    /// What the last days have; `None` where they cannot be read.
    pub(crate) recent: Option<RecentRows>,
    /// The last batch.
    pub(crate) batch: BatchState,
}

/// What the last batch says of itself.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BatchState {
    /// Rows that it wrote.
    pub(crate) rows: u64,
    /// Bytes of the parts and the evidence that it wrote.
    pub(crate) bytes: u64,
    /// What became of its cells.
    pub(crate) cells: Cells,
    /// Its files that are accepted.
    pub(crate) accepted: u64,
    /// The files whose content another one has, too.
    pub(crate) duplicates: u64,
    /// The files that could not be used.
    pub(crate) rejected: u64,
    /// Its warnings, by kind.
    pub(crate) warnings: BTreeMap<String, u64>,
    /// The circuit breakers that tripped, by rule.
    pub(crate) trips: BTreeMap<Rule, u64>,
    /// Bins that it left as they were.
    pub(crate) approximate_bins: u64,
}

impl SiteState {
    /// A site of which no more is known than how its last run ended.
    ///
    /// ```
    /// use trendgate::{Error, LastRun, metrics::SiteState, time::Stopwatch};
    ///
    /// let run = LastRun::failed(&Error::usage("no such folder"), Stopwatch::start(), None);
    /// let state = SiteState::of_run("PLANT", run.clone());
    /// assert_eq!(state.last_run, Some(run));
    /// ```
    #[must_use]
    pub fn of_run(site: &str, last_run: LastRun) -> Self {
        Self {
            site: site.to_owned(),
            last_run: Some(last_run),
            last_verify: None,
            dataset: None,
        }
    }

    /// What is known of a site, and what could not be read of it. `last_run` is how its last run ended where the caller knows; else its
    /// word is read.
    #[must_use]
    pub(crate) fn read(dirs: &Dirs, site: &str, last_run: Option<LastRun>) -> (Self, Vec<Error>) {
        let mut trouble = Vec::new();
        let mut found = |error| trouble.push(error);
        let last_run =
            last_run.or_else(|| LastRun::read(dirs, site).map_err(&mut found).ok().flatten());
        let last_verify = LastVerify::read(dirs, site).map_err(&mut found);
        let dataset = DatasetState::read(dirs, site, &mut found).map_err(&mut found);
        let state = Self {
            site: site.to_owned(),
            last_run,
            last_verify: last_verify.ok().flatten(),
            dataset: dataset.ok().flatten(),
        };
        (state, trouble)
    }
}

impl DatasetState {
    fn read(dirs: &Dirs, site: &str, found: &mut impl FnMut(Error)) -> Result<Option<Self>> {
        let history = History::resume(dirs, site)?;
        let Some(Version { manifest, .. }) = history.head() else {
            return Ok(None);
        };
        let snapshot = Snapshot::of_history(dirs, &history);
        let evidence = history.live_evidence().into_iter();
        let recent = RecentRows::read(&snapshot);
        Ok(Some(Self {
            version: history.version(),
            created_at: manifest.created_at,
            rows: snapshot.rows(),
            time_range: snapshot.time_range(),
            parts_bytes: snapshot.parts.iter().map(|part| part.entry.bytes).sum(),
            evidence_bytes: evidence.map(|file| file.entry.bytes).sum(),
            sources_bytes: kept_bytes(history.sources().map(|(_, source)| source)),
            available_bytes: store::room(&dirs.processed).ok().map(|room| room.bytes),
            sources: freshness(&history),
            recent: recent.map_err(found).ok(),
            batch: BatchState::of(manifest),
        }))
    }
}

/// Bytes of what is kept of the files of texts; texts of one file are kept once.
fn kept_bytes<'a>(sources: impl Iterator<Item = &'a KnownSource>) -> u64 {
    let kept = sources.filter_map(|source| source.kept);
    let files: BTreeMap<_, u64> = kept
        .map(|KeptSource { digest, bytes }| (digest, bytes))
        .collect();
    files.values().sum()
}

impl BatchState {
    fn of(manifest: &Manifest) -> Self {
        let parts = manifest.files.iter().map(|part| part.bytes);
        let evidence = manifest.evidence_files.iter().map(|file| file.bytes);
        let inputs = manifest.inputs.len() as u64;
        let mut warnings = BTreeMap::new();
        for warning in &manifest.warnings {
            *warnings.entry(warning.kind.clone()).or_default() += 1;
        }
        let mut trips = BTreeMap::new();
        for trip in &manifest.trips {
            *trips.entry(trip.rule).or_default() += 1;
        }
        Self {
            rows: manifest.statistics.total_rows,
            bytes: parts.chain(evidence).sum(),
            cells: manifest.cells,
            accepted: manifest.input_files_count,
            duplicates: inputs.saturating_sub(manifest.input_files_count),
            rejected: manifest.failed_files.len() as u64,
            warnings,
            trips,
            approximate_bins: manifest.approximate_bins,
        }
    }
}
