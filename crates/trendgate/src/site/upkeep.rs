//! What keeps the dataset of a site in order.
//!
//! Enters: what is to be done, and whether the site is waited for. Leaves: what was done, or would be. Refused: a site that another command holds.

use super::Site;
use crate::answer::GarbageCollected;
use crate::error::Result;
use crate::progress::Watch;
use crate::publish::{
    AttemptNames, Collected, Collection, Compacted, Deed, Others, PublicCopy, Records, Recovery,
    SiteLock, WhenLocked,
};
use crate::verify::{self, Repaired};

/// What a collection of garbage did, or would do.
#[derive(Debug)]
#[non_exhaustive]
pub struct Garbage {
    /// What went.
    pub collected: Collected,
    /// What became of the records of versions past the retention; `None` where nothing did.
    pub compacted: Option<Compacted>,
}

impl Garbage {
    /// What became of the garbage of a site, as `--json` prints it.
    ///
    /// ```
    /// use trendgate::details::Collection;
    /// use trendgate::{RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let garbage = site.plan_collection(&Collection::default())?;
    /// assert_eq!(garbage.answer(site.id()).bytes, 0);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn answer(&self, site: &str) -> GarbageCollected {
        GarbageCollected {
            site_id: site.to_owned(),
            bytes: self.collected.bytes(),
            collected: self.collected.clone(),
            compacted: self.compacted.clone(),
        }
    }
}

impl Site {
    /// Says what [`Site::recover`] would do.
    ///
    /// # Errors
    /// As [`Site::recover`], but for the lock.
    ///
    /// ```
    /// use trendgate::details::Others;
    /// use trendgate::Site;
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, _) = trendgate::internals::example(folder.path());
    /// assert!(Site::of(&settings).plan_recovery(Others::Spare)?.is_empty());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn plan_recovery(&self, others: Others) -> Result<Vec<Deed>> {
        self.recovery(others)?.look(self.dirs(), self.id())
    }

    /// Finishes or undoes what a crash left. Every run does this at its start.
    ///
    /// # Errors
    /// [`Locked`](crate::ErrorKind::Locked) where another command holds the site; [`Storage`](crate::ErrorKind::Storage) where something
    /// cannot be read or removed; [`Stopped`](crate::ErrorKind::Stopped) where `watch` says so while it waits.
    ///
    /// ```
    /// use trendgate::details::Others;
    /// use trendgate::{Site, Watch, WhenLocked};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, _) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// let deeds = site.recover(Others::Spare, WhenLocked::Fail, Watch::unwatched())?;
    /// assert!(deeds.is_empty());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn recover(
        &self,
        others: Others,
        when_locked: WhenLocked,
        watch: Watch<'_>,
    ) -> Result<Vec<Deed>> {
        let recovery = self.recovery(others)?;
        recovery.run(self.dirs(), &self.lock(when_locked, watch)?)
    }

    fn recovery(&self, others: Others) -> Result<Recovery> {
        Ok(Recovery {
            copy: self.public_copy()?,
            names: AttemptNames::All,
            others,
        })
    }

    /// Says what [`Site::collect_garbage`] would do.
    ///
    /// # Errors
    /// As [`Site::collect_garbage`], but for the lock.
    ///
    /// ```
    /// use trendgate::details::Collection;
    /// use trendgate::{RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let garbage = site.plan_collection(&Collection::default())?;
    /// assert!(garbage.collected.removed.is_empty());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn plan_collection(&self, collection: &Collection) -> Result<Garbage> {
        let (dirs, site) = (self.dirs(), self.id());
        Ok(Garbage {
            collected: collection.look(dirs, site)?,
            compacted: match collection.records {
                Records::Keep => None,
                Records::Compact => collection.look_compaction(dirs, site)?,
            },
        })
    }

    /// Removes what no version refers to, and the replaced parts of versions that are past their retention.
    ///
    /// # Errors
    /// [`Locked`](crate::ErrorKind::Locked) where another command holds the site; [`Damaged`](crate::ErrorKind::Damaged) where the log is;
    /// [`Storage`](crate::ErrorKind::Storage) where something cannot be read, marked or removed; [`Stopped`](crate::ErrorKind::Stopped)
    /// where `watch` says so while it waits.
    ///
    /// ```
    /// use trendgate::details::Collection;
    /// use trendgate::{RunOptions, Site, Watch, WhenLocked};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let collection = Collection::default();
    /// let garbage = site.collect_garbage(&collection, WhenLocked::Fail, Watch::unwatched())?;
    /// assert_eq!(garbage.collected.bytes(), 0);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn collect_garbage(
        &self,
        collection: &Collection,
        when_locked: WhenLocked,
        watch: Watch<'_>,
    ) -> Result<Garbage> {
        let (dirs, lock) = (self.dirs(), self.lock(when_locked, watch)?);
        Ok(Garbage {
            collected: collection.run(dirs, &lock)?,
            compacted: match collection.records {
                Records::Keep => None,
                Records::Compact => collection.compact(dirs, &lock)?,
            },
        })
    }

    /// Makes the public names of the manifests anew from the log, and nothing else; what stands in their way is moved aside. Nothing is done
    /// where the dataset has no public names.
    ///
    /// # Errors
    /// [`Locked`](crate::ErrorKind::Locked) where another command holds the site; [`Damaged`](crate::ErrorKind::Damaged) where what has such
    /// a name is no file; [`Storage`](crate::ErrorKind::Storage) where one cannot be moved or made.
    ///
    /// ```
    /// use trendgate::{Run, RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// let ended = site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// # let Run::Committed(summary) = ended else { panic!() };
    /// std::fs::remove_file(summary.committed.public.unwrap()).unwrap();
    /// assert_eq!(site.repair()?.len(), 1);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn repair(&self) -> Result<Vec<Repaired>> {
        match self.public_copy()? {
            PublicCopy::Suppress => Ok(Vec::new()),
            PublicCopy::Write => {
                let dirs = self.dirs();
                verify::repair_site(dirs, &SiteLock::hold(dirs, self.id())?)
            }
        }
    }

    pub(super) fn lock(&self, when_locked: WhenLocked, watch: Watch<'_>) -> Result<SiteLock> {
        match when_locked {
            WhenLocked::Fail => SiteLock::hold(self.dirs(), self.id()),
            _ => SiteLock::queue(self.dirs(), self.id(), when_locked, watch),
        }
    }
}
