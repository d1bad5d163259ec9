//! How a site ended whose tasks were done apart.

use super::run::{CommittedAnswer, NothingNewAnswer};
use crate::error::{Error, ErrorKind};
use crate::path_bytes::PathBytes;
use crate::time::Instant;
use schemars::JsonSchema;
use serde::Serialize;

/// How a site ended whose tasks were done apart. What is overtaken, or failed with `again`, is to be planned again.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SiteAnswer {
    /// A version was committed.
    Committed(Box<CommittedAnswer>),
    /// There was nothing new.
    NothingNew(NothingNewAnswer),
    /// The same reports are committed as this version already.
    AlreadyCommitted(AlreadyAnswer),
    /// Another run committed something else in the meantime.
    Overtaken(OvertakenAnswer),
    /// Nothing was committed.
    Failed(FailedAnswer),
}

/// A version that was there already.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct AlreadyAnswer {
    /// When that was found.
    pub time: Instant,
    /// The site.
    pub site_id: String,
    /// The version.
    pub version: u64,
    /// Its record in the log.
    pub manifest: String,
}

/// A site at which another run was faster.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct OvertakenAnswer {
    /// When that was found.
    pub time: Instant,
    /// The site.
    pub site_id: String,
    /// Its last version; null where there is none: then the attempt was undone.
    pub version: Option<u64>,
}

/// A site at which nothing was committed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct FailedAnswer {
    /// When that was found.
    pub time: Instant,
    /// The site.
    pub site_id: String,
    /// Whose move it is.
    pub kind: ErrorKind,
    /// What was expected and what was found.
    pub error: String,
    /// The file in question.
    pub file: Option<String>,
    /// The bytes of `file`, where it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_bytes: Option<PathBytes>,
    /// The line in question.
    pub line: Option<u64>,
    /// What to do about it.
    pub hint: Option<String>,
    /// Whether the next plan knows what was found, and goes on without it: the site is to be planned again.
    pub again: bool,
}

impl FailedAnswer {
    /// That of a site at which `error` was found at this time.
    #[must_use]
    pub(crate) fn new(time: Instant, site: &str, error: &Error, again: bool) -> Self {
        let path = error.path().map(PathBytes::split);
        let (file, file_bytes) = path.map_or((None, None), |(text, bytes)| (Some(text), bytes));
        Self {
            time,
            site_id: site.to_owned(),
            kind: error.kind(),
            error: error.message().to_owned(),
            file,
            file_bytes,
            line: error.line_number(),
            hint: error.hint_text().map(str::to_owned),
            again,
        }
    }
}

impl SiteAnswer {
    /// Whether the site is to be planned again: what is new there is not committed, and nothing has to be mended first.
    #[must_use]
    pub(crate) fn is_to_plan_again(&self) -> bool {
        match self {
            Self::Overtaken(_) => true,
            Self::Failed(failed) => failed.again,
            Self::Committed(_) | Self::NothingNew(_) | Self::AlreadyCommitted(_) => false,
        }
    }
}
