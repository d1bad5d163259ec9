//! Sites, by their ids.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The id of a site: `[A-Za-z0-9][A-Za-z0-9._-]*`, so that it can be the name of a folder anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SiteId(String);

impl TryFrom<String> for SiteId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Self::new(&text)
    }
}

impl From<SiteId> for String {
    fn from(id: SiteId) -> Self {
        id.0
    }
}

impl SiteId {
    /// It is part of the names of files, which have 255 bytes at most.
    const LONGEST: usize = 128;

    /// The id that `text` is.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where it is none.
    pub(crate) fn new(text: &str) -> Result<Self> {
        let first = text
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_alphanumeric());
        let rest = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        if text.len() > Self::LONGEST {
            return Err(Error::config(format!(
                "a site id has at most {} characters, found {}",
                Self::LONGEST,
                text.len()
            )));
        }
        if first && rest {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::config(format!(
            "{text:?} is not a site id: expected letters, digits, '.', '_' and '-', beginning with a letter or digit"
        )))
    }

    /// The id.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SiteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
