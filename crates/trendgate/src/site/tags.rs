//! Names for versions of a site.
//!
//! Enters: the name of a tag, and a version. Leaves: the tag, which collections respect. Refused: what is refused of tags by
//! [`publish`](crate::publish).

use super::Site;
use crate::error::Result;
use crate::progress::Watch;
use crate::publish::{self, Tag, WhenLocked};

impl Site {
    /// Gives a version a name, durably: `version`, or the last one. What it refers to is not collected, and its record is not compacted, for as
    /// long as it has a tag. A tag that the version has already is not given anew.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) where no tag can be called so, where another version has it, and where there is no such version, or where it
    /// was compacted or has expired; [`Locked`](crate::ErrorKind::Locked) where another command holds the site; [`Damaged`](crate::ErrorKind::Damaged)
    /// where the record is; [`Storage`](crate::ErrorKind::Storage) where the file cannot be written; [`Stopped`](crate::ErrorKind::Stopped) where
    /// `watch` says so while it waits.
    ///
    /// ```
    /// use trendgate::{RunOptions, Site, Watch, WhenLocked};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let tag = site.tag("train-2026-11", None, WhenLocked::Fail, Watch::unwatched())?;
    /// assert_eq!((tag.version, site.version_of("train-2026-11")?), (1, 1));
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn tag(
        &self,
        name: &str,
        version: Option<u64>,
        when_locked: WhenLocked,
        watch: Watch<'_>,
    ) -> Result<Tag> {
        publish::tag(self.dirs(), &self.lock(when_locked, watch)?, name, version)
    }

    /// Its tags, by their names.
    ///
    /// # Errors
    /// [`Damaged`](crate::ErrorKind::Damaged) naming one that is not what was written; [`Storage`](crate::ErrorKind::Storage) where one cannot be read.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let site = trendgate::Dataset::find(folder.path())?.site("PLANT")?;
    /// assert!(site.tags()?.is_empty());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn tags(&self) -> Result<Vec<Tag>> {
        publish::tags(self.dirs(), self.id())
    }

    /// Removes a tag, durably. What only it kept goes with the next collection.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) where there is none of this name; otherwise as [`Site::tag`].
    ///
    /// ```
    /// use trendgate::{RunOptions, Site, Watch, WhenLocked};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// site.tag("train", None, WhenLocked::Fail, Watch::unwatched())?;
    /// site.untag("train", WhenLocked::Fail, Watch::unwatched())?;
    /// assert!(site.version_of("train").is_err());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn untag(&self, name: &str, when_locked: WhenLocked, watch: Watch<'_>) -> Result<()> {
        publish::untag(self.dirs(), &self.lock(when_locked, watch)?, name)
    }

    /// The version that a number or the name of a tag means. A number need not be that of a version that is there.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) where there is no such tag; [`Damaged`](crate::ErrorKind::Damaged) where it is not what was written, or where
    /// its version is another one now; [`Storage`](crate::ErrorKind::Storage) where it cannot be read.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let site = trendgate::Dataset::find(folder.path())?.site("PLANT")?;
    /// assert_eq!(site.version_of("12")?, 12);
    /// assert_eq!(site.version_of("train").unwrap_err().message(), "PLANT has no tag \"train\"");
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn version_of(&self, text: &str) -> Result<u64> {
        publish::version_of(self.dirs(), self.id(), text)
    }
}
