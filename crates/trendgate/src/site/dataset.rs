//! The folder of a dataset, and the sites in it.
//!
//! Enters: a folder, a manifest in it, or a configuration that says where it is. Leaves: the [`Site`]s of which anything is known. Refused: a
//! folder without a dataset, once it has to exist, and a name that no site can have.

use super::Site;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::model::SiteId;
use crate::pipeline::sites_that_ran;
use crate::publish::{self, Dirs};
use std::path::Path;

/// The folder of a dataset: the parts, evidence and manifests of any number of sites.
///
/// ```
/// use trendgate::{Dataset, ErrorKind};
///
/// # let folder = tempfile::tempdir().unwrap();
/// let dataset = Dataset::find(folder.path())?;
/// assert_eq!(dataset.folder(), folder.path());
/// assert!(dataset.sites()?.is_empty());
/// assert_eq!(dataset.existing().unwrap_err().kind(), ErrorKind::Usage);
/// # Ok::<(), trendgate::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    pub(crate) dirs: Dirs,
}

impl Dataset {
    /// The dataset in a folder, as its `trendgate.json` names the folders in it. It need not exist yet.
    ///
    /// # Errors
    /// [`Damaged`](crate::ErrorKind::Damaged) where that file names no folders, or one that leads out of the folder;
    /// [`Storage`](crate::ErrorKind::Storage) where it cannot be read.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let dataset = trendgate::Dataset::find(folder.path())?;
    /// assert!(dataset.sites()?.is_empty());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn find(folder: &Path) -> Result<Self> {
        Ok(Dirs::find(folder)?.into())
    }

    /// The dataset that a manifest belongs to, by where the manifest stands.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where there is no such file; otherwise as [`Dataset::find`].
    ///
    /// ```
    /// use trendgate::{Dataset, ErrorKind};
    ///
    /// let missing = Dataset::of_manifest("no/manifests/manifest.json".as_ref());
    /// assert_eq!(missing.unwrap_err().kind(), ErrorKind::Storage);
    /// ```
    pub fn of_manifest(manifest: &Path) -> Result<Self> {
        Ok(Dirs::of_manifest(manifest)?.into())
    }

    /// The dataset that the runs of a configuration write to; `data_dir` goes before what the configuration says.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) where the sites of the configuration have different ones;
    /// [`Config`](crate::ErrorKind::Config) where the folders that are stated do not share a parent, or are not called as those of the
    /// dataset are; otherwise as [`Dataset::find`].
    ///
    /// ```
    /// use trendgate::{Config, Dataset};
    ///
    /// let dataset = Dataset::of_config(&Config::default(), Some("elsewhere".as_ref()))?;
    /// assert_eq!(dataset.folder().to_str(), Some("elsewhere"));
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn of_config(config: &Config, data_dir: Option<&Path>) -> Result<Self> {
        Ok(config.dirs(data_dir)?.into())
    }

    /// This dataset, if there is anything of one in its folder: a version, or what a run left that ended before it committed one.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) where there is not, saying what is there instead; [`Storage`](crate::ErrorKind::Storage) where
    /// that cannot be found out.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let dataset = trendgate::Dataset::find(folder.path())?;
    /// let error = dataset.existing().unwrap_err();
    /// assert_eq!(error.message(), "there is no dataset in this folder");
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn existing(self) -> Result<Self> {
        Ok(self.dirs.existing()?.into())
    }

    /// Its folder.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let dataset = trendgate::Dataset::find(folder.path())?;
    /// assert_eq!(dataset.folder(), folder.path());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.dirs.root
    }

    /// The site of this id, whether or not anything of it is committed.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where no site can be called so.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let dataset = trendgate::Dataset::find(folder.path())?;
    /// assert_eq!(dataset.site("PLANT")?.id(), "PLANT");
    /// assert!(dataset.site("a/b").is_err());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn site(&self, id: &str) -> Result<Site> {
        Ok(Site {
            dataset: self.clone(),
            id: SiteId::new(id)?,
        })
    }

    /// The ids of the sites that have a version, sorted; also of those in whose log nothing is readable.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where the log cannot be listed.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let dataset = trendgate::Dataset::find(folder.path())?;
    /// assert!(dataset.sites()?.is_empty());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn sites(&self) -> Result<Vec<String>> {
        publish::sites(&self.dirs)
    }

    /// As [`Dataset::sites`], of which there has to be one.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) where there is none; otherwise as [`Dataset::sites`].
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let dataset = trendgate::Dataset::find(folder.path())?;
    /// let error = dataset.committed_sites().unwrap_err();
    /// assert_eq!(error.message(), "nothing is committed in this dataset yet");
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn committed_sites(&self) -> Result<Vec<String>> {
        let all = self.sites()?;
        match all.is_empty() {
            true => Err(Error::usage("nothing is committed in this dataset yet").at(self.folder())),
            false => Ok(all),
        }
    }

    /// The ids of the sites that have a version, and of those of which it is known how a run ended; sorted.
    ///
    /// # Errors
    /// As [`Dataset::sites`].
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let dataset = trendgate::Dataset::find(folder.path())?;
    /// assert!(dataset.known_sites()?.is_empty());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn known_sites(&self) -> Result<Vec<String>> {
        let mut sites = self.sites()?;
        sites.extend(sites_that_ran(&self.dirs)?);
        sites.sort();
        sites.dedup();
        Ok(sites)
    }

    /// The ids of the sites that have a log, be it an empty one, or something in staging; sorted.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where the folders cannot be listed.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let dataset = trendgate::Dataset::find(folder.path())?;
    /// assert!(dataset.sites_to_recover()?.is_empty());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn sites_to_recover(&self) -> Result<Vec<String>> {
        publish::sites_to_recover(&self.dirs)
    }
}

impl From<Dirs> for Dataset {
    fn from(dirs: Dirs) -> Self {
        Self { dirs }
    }
}
