//! What was asked for and is not there, as a name that stays the same.

use serde::{Deserialize, Serialize};

/// What was asked for and is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Missing {
    /// A file or a folder.
    Path,
    /// A site of the dataset, or of the configuration.
    Site,
    /// A version of a site.
    Version,
    /// A column of a dataset.
    Column,
}

impl Missing {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Path, Self::Site, Self::Version, Self::Column];

    /// Its name.
    ///
    /// ```
    /// use trendgate::{Error, Missing};
    ///
    /// let error = Error::missing(Missing::Site, "no site PLANT9");
    /// assert_eq!(error.what_is_missing().map(Missing::name), Some("site"));
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Site => "site",
            Self::Version => "version",
            Self::Column => "column",
        }
    }
}
