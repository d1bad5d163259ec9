//! What is known of what is committed of a site. Nothing is written but the word of a verification.
//!
//! Enters: a version, a time or a row that is asked for. Leaves: what is committed of it. Refused: what is not there, or has expired.

use super::Site;
use crate::answer::DiffAnswer;
use crate::error::{Error, Result};
use crate::metrics::SiteState;
use crate::page::{PageFacts, SiteLine};
use crate::pipeline::{LastRun, LastVerify};
use crate::progress::Watch;
use crate::publish::{self, History, Manifest};
use crate::store;
use crate::time::{Instant, TimeRange};
use crate::verify::{self, ChangesSince, Explanation, Snapshot, Verified, same_as_stated};
use std::path::PathBuf;

/// As of when a dataset is looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AsOf {
    /// As of its last version.
    #[default]
    Latest,
    /// As of this version.
    Version(u64),
    /// As it was at this time: up to the last version that was made by then.
    Time(Instant),
}

impl Site {
    /// Every version that was not compacted, oldest first.
    ///
    /// # Errors
    /// [`Damaged`](crate::ErrorKind::Damaged) naming the first record that is not what was committed, or that is missing;
    /// [`Storage`](crate::ErrorKind::Storage) where the log cannot be read.
    ///
    /// ```
    /// use trendgate::{RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// assert_eq!(site.history()?.version(), 0);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// assert_eq!(site.history()?.versions().len(), 1);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn history(&self) -> Result<History> {
        History::read(self.dirs(), self.id())
    }

    /// The last version, and those before it that have to be read to know what the dataset consists of: damage to others is not noticed.
    ///
    /// # Errors
    /// As [`Site::history`].
    ///
    /// ```
    /// use trendgate::{RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// assert_eq!(site.recent_history()?.version(), 1);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn recent_history(&self) -> Result<History> {
        History::resume(self.dirs(), self.id())
    }

    /// The versions before the first damage, and that damage.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where the log cannot even be listed.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let site = trendgate::Dataset::find(folder.path())?.site("PLANT")?;
    /// let (history, damage) = site.salvaged_history()?;
    /// assert!(history.versions().is_empty() && damage.is_none());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn salvaged_history(&self) -> Result<(History, Option<Error>)> {
        History::salvage(self.dirs(), self.id())
    }

    /// The record of a version, without what stands beside it; `None` where it is not there or cannot be read.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where it cannot be found out whether it is there.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let site = trendgate::Dataset::find(folder.path())?.site("PLANT")?;
    /// assert!(site.record(1)?.is_none());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn record(&self, version: u64) -> Result<Option<Manifest>> {
        let record = publish::record_path(self.dirs(), self.id(), version);
        match store::what_is(&record)? {
            Some(_) => Ok(publish::read_record(&record).ok()),
            None => Ok(None),
        }
    }

    /// Adds what stands beside the record of a version to its manifest: inputs and details, where they were not removed as older than the
    /// retention.
    ///
    /// # Errors
    /// [`Damaged`](crate::ErrorKind::Damaged) where it is not what was committed; [`Storage`](crate::ErrorKind::Storage) where it cannot be
    /// read.
    ///
    /// ```
    /// use trendgate::{RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let manifest = site.with_details(site.record(1)?.unwrap())?;
    /// assert_eq!(manifest.statistics.points.len(), 1);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn with_details(&self, mut manifest: Manifest) -> Result<Manifest> {
        publish::join_details(self.dirs(), &mut manifest)?;
        Ok(manifest)
    }

    /// What a reader has to open.
    ///
    /// # Errors
    /// [`Damaged`](crate::ErrorKind::Damaged) where the log is; [`Storage`](crate::ErrorKind::Storage) where it cannot be read;
    /// [`Usage`](crate::ErrorKind::Usage) where there is, or was, no such version, or where it has expired.
    ///
    /// ```
    /// use trendgate::{AsOf, RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let snapshot = site.snapshot(AsOf::Version(1))?;
    /// assert_eq!((snapshot.version, snapshot.parts.len()), (1, 1));
    /// assert!(snapshot.parts[0].file.exists());
    /// // There is no such version yet.
    /// assert!(site.snapshot(AsOf::Version(2)).is_err());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn snapshot(&self, as_of: AsOf) -> Result<Snapshot> {
        let (dirs, site) = (self.dirs(), self.id());
        match as_of {
            AsOf::Latest => Snapshot::of_site(dirs, site),
            AsOf::Version(version) => Snapshot::of_version(dirs, site, version),
            AsOf::Time(time) => Snapshot::as_of(dirs, site, time),
        }
    }

    /// What a reader has to open as of the last version of a history.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let site = trendgate::Dataset::find(folder.path())?.site("PLANT")?;
    /// assert!(site.snapshot_of(&site.history()?).parts.is_empty());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn snapshot_of(&self, history: &History) -> Snapshot {
        Snapshot::of_history(self.dirs(), history)
    }

    /// What changed since a version, as of the last one, and what a reader opens now; since 0 it is all that there is.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) where there is no such version, or where some that came after it were compacted; otherwise as
    /// [`Site::snapshot`].
    ///
    /// ```
    /// use trendgate::{RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let changes = site.changes(0)?;
    /// assert_eq!(changes.changed[0].end.to_string(), "2026-02-01T01:00:00Z");
    /// assert!(site.changes(changes.snapshot.version)?.changed.is_empty());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn changes(&self, since: u64) -> Result<ChangesSince> {
        ChangesSince::read(self.dirs(), self.id(), since)
    }

    /// The records of the versions after `version`, oldest first. They are not opened.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) where one of them was compacted; otherwise as [`Site::history`].
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let site = trendgate::Dataset::find(folder.path())?.site("PLANT")?;
    /// assert!(site.records_after(0)?.is_empty());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn records_after(&self, version: u64) -> Result<Vec<PathBuf>> {
        publish::records_after(self.dirs(), self.id(), version)
    }

    /// Since when a version cannot be read any more, if it cannot.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where that cannot be found out.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let site = trendgate::Dataset::find(folder.path())?.site("PLANT")?;
    /// assert_eq!(site.expired_since(1)?, None);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn expired_since(&self, version: u64) -> Result<Option<Instant>> {
        publish::expired_since(self.dirs(), self.id(), version)
    }

    /// Refuses a version that has expired.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) with the version to read instead; [`Storage`](crate::ErrorKind::Storage) as
    /// [`Site::expired_since`].
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let site = trendgate::Dataset::find(folder.path())?.site("PLANT")?;
    /// assert!(site.refuse_expired(1).is_ok());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn refuse_expired(&self, version: u64) -> Result<()> {
        publish::refuse_expired(self.dirs(), self.id(), version)
    }

    /// Holds everything that is committed against the manifests: checksums, schemas, rows, order.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where the log cannot be read, [`Stopped`](crate::ErrorKind::Stopped) where `watch` says so; what is
    /// wrong with a dataset is no error but a finding.
    ///
    /// ```
    /// use trendgate::{RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let verified = site.verify(Watch::unwatched())?;
    /// // A manifest is verified in the log, and under its public name.
    /// assert_eq!((verified.manifests, verified.parts, verified.rows), (2, 1, 4));
    /// assert!(verified.findings.is_empty());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn verify(&self, watch: Watch<'_>) -> Result<Verified> {
        let copy = self.public_copy()?;
        verify::verify_site(self.dirs(), self.id(), copy, &same_as_stated, watch)
    }

    /// Keeps what was found of the site beside the word of its last run, for its metrics.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let site = trendgate::Dataset::find(folder.path())?.site("PLANT")?;
    /// site.keep_verified(&site.verify(trendgate::Watch::unwatched())?);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn keep_verified(&self, verified: &Verified) {
        LastVerify::keep(self.dirs(), self.id(), verified);
    }

    /// Explains the row that a time falls into: its values, its flags and their evidence.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) where there is no such row; [`Damaged`](crate::ErrorKind::Damaged) and
    /// [`Storage`](crate::ErrorKind::Storage) where log, part or evidence cannot be read.
    ///
    /// ```
    /// use trendgate::time::Instant;
    /// use trendgate::{RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let at = Instant::from_typed("2026-02-01T00:20").unwrap();
    /// let row = site.explain(at)?;
    /// assert_eq!(row.bin.to_string(), "2026-02-01T00:15:00Z");
    /// assert_eq!(row.values[0].1, Some(7.2));
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn explain(&self, at: Instant) -> Result<Explanation> {
        verify::explain(self.dirs(), self.id(), at)
    }

    /// Says what changed from version `from` to version `to`.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) where there is no such version or `from` is not the earlier one;
    /// [`Damaged`](crate::ErrorKind::Damaged) and [`Storage`](crate::ErrorKind::Storage) where log or parts cannot be read.
    ///
    /// ```
    /// use trendgate::{Retraction, RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let (site, options) = (Site::of(&settings), RunOptions::default());
    /// site.run(&settings, &[reports], options, Watch::unwatched())?;
    /// site.retract(&settings, &Retraction::Version(1), options, Watch::unwatched())?;
    /// assert_eq!(site.diff(1, 2)?.rows, [4, 0]);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn diff(&self, from: u64, to: u64) -> Result<DiffAnswer> {
        DiffAnswer::new(self.dirs(), self.id(), from, to)
    }

    /// How the last run ended; `None` where that is not known.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where the folder of such words cannot be listed.
    ///
    /// ```
    /// use trendgate::{LastRun, RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// assert_eq!(site.last_run()?, None);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// assert!(site.last_run()?.is_some());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn last_run(&self) -> Result<Option<LastRun>> {
        LastRun::read(self.dirs(), self.id())
    }

    /// What an alarm watches of the site, and what of it cannot be read; `last_run` goes before the word that the last run left.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let site = trendgate::Dataset::find(folder.path())?.site("PLANT")?;
    /// let (state, trouble) = site.state(None);
    /// assert!(state.last_run.is_none() && trouble.is_empty());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn state(&self, last_run: Option<LastRun>) -> (SiteState, Vec<Error>) {
        SiteState::read(self.dirs(), self.id(), last_run)
    }

    /// What the page of the site shows: of a range, or of all that there is.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) where there are no rows; [`Damaged`](crate::ErrorKind::Damaged) and
    /// [`Storage`](crate::ErrorKind::Storage) where log or parts cannot be read.
    ///
    /// ```
    /// use trendgate::{RunOptions, Site, Watch, page, time};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let facts = site.page(None, time::now())?;
    /// assert!(page::render(&facts, None)?.starts_with("<!DOCTYPE html>"));
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn page(&self, range: Option<TimeRange>, now: Instant) -> Result<PageFacts> {
        PageFacts::gather(self.dirs(), self.id(), range, now)
    }

    /// The line that the page of all sites has of this one where it has no row in the range that was asked for, which `why` says.
    ///
    /// # Errors
    /// As [`Site::recent_history`].
    ///
    /// ```
    /// use trendgate::{Error, time};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// let site = trendgate::Dataset::find(folder.path())?.site("PLANT")?;
    /// let line = site.line_outside(&Error::usage("no rows in May"), time::now())?;
    /// assert!(trendgate::page::index(&[line], time::now()).contains("no rows in May"));
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn line_outside(&self, why: &Error, now: Instant) -> Result<SiteLine> {
        SiteLine::outside(self.dirs(), self.id(), why, now)
    }
}
