//! One site of a dataset: all that is done with it.
//!
//! ```text
//! configuration ─▶ Settings ─┐
//! reports, frames ───────────┴─▶ Site::run, retract, frames ─▶ version ─▶ snapshot, history, verify, explain, …
//! ```
//!
//! Enters: the id of a site and the folder of its dataset; what makes versions takes [`Settings`], too. Leaves: versions, or what is known of
//! them. Refused: settings of another site or dataset.

mod dataset;
mod reading;
mod tags;
mod upkeep;
mod versions;

pub use dataset::Dataset;
pub use reading::AsOf;
pub use upkeep::Garbage;
pub use versions::PlannedRun;

use crate::error::{Error, Result};
use crate::model::SiteId;
use crate::pipeline::Settings;
use crate::publish::{Dirs, PublicCopy};

/// One site of a dataset.
///
/// ```
/// use trendgate::{AsOf, Run, RunOptions, Site, Watch};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let (settings, reports) = trendgate::internals::example(folder.path());
/// let site = Site::of(&settings);
/// let ended = site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
/// assert!(matches!(ended, Run::Committed(_)));
/// assert_eq!(site.snapshot(AsOf::Latest)?.rows(), 4);
/// # Ok::<(), trendgate::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    pub(crate) dataset: Dataset,
    pub(crate) id: SiteId,
}

impl Site {
    /// The site that settings are of.
    ///
    /// ```
    /// use trendgate::{Config, Overrides, Settings, Site};
    ///
    /// let config = Config::parse("cleaner: {site_id: PLANT, timezone: Asia/Taipei}")?;
    /// let settings = Settings::new(&config, &Overrides::default())?;
    /// assert_eq!(Site::of(&settings).id(), "PLANT");
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        Self {
            dataset: settings.dirs.clone().into(),
            id: settings.site.clone(),
        }
    }

    /// Whether a site can be called so.
    ///
    /// ```
    /// use trendgate::Site;
    ///
    /// assert!(Site::is_id("PLANT-2") && !Site::is_id("a/b"));
    /// ```
    #[must_use]
    pub fn is_id(text: &str) -> bool {
        SiteId::new(text).is_ok()
    }

    /// Its id.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let dataset = trendgate::Dataset::find(folder.path())?;
    /// assert_eq!(dataset.site("PLANT")?.id(), "PLANT");
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> &str {
        self.id.as_str()
    }

    /// The dataset that it is in.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let dataset = trendgate::Dataset::find(folder.path())?;
    /// assert_eq!(dataset.site("PLANT")?.dataset(), &dataset);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    fn dirs(&self) -> &Dirs {
        &self.dataset.dirs
    }

    /// Refuses settings that are another site's.
    fn own(&self, settings: &Settings) -> Result<()> {
        match settings.site == self.id && settings.dirs == *self.dirs() {
            true => Ok(()),
            false => Err(Error::usage(format!(
                "expected settings of {} in this dataset, found those of {} in {}",
                self.id,
                settings.site,
                settings.dirs.root.display()
            ))
            .at(self.dataset.folder())),
        }
    }

    /// Whether its versions have public names.
    fn public_copy(&self) -> Result<PublicCopy> {
        PublicCopy::of_site(self.dirs(), self.id())
    }
}
