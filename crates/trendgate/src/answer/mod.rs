//! What `--json` prints and Python gets: one type for each result that both give, with the names and the JSON Schema of its fields.
//!
//! Enters: how something ended. Leaves: values that `serde_json` writes. What only the program prints is defined beside its commands.

mod diff;
mod explanation;
mod plan;
mod retraction;
mod run;
mod tasks;
mod upkeep;

pub use diff::{DiffAnswer, PointChange};
pub use explanation::{ExplainAnswer, ExplainedFlag};
pub use plan::{
    PlanAnswer, PlannedColumn, PlannedInput, PlannedKind, PlannedOverlap, PlannedTask, Twice,
};
pub use retraction::{LeavingReport, RetractionAnswer};
pub(crate) use run::committed;
pub use run::{CommittedAnswer, CommittedFiles, NothingNewAnswer, NothingNewFiles, RunAnswer};

pub use tasks::{AlreadyAnswer, FailedAnswer, OvertakenAnswer, SiteAnswer};
pub use upkeep::{GarbageCollected, Recovered};

use crate::error::{Error, ErrorKind};
use crate::path_bytes::PathBytes;
use crate::pipeline::FailedInput;
use crate::publish::FailedFile;
use crate::time::{self, Instant};
use schemars::JsonSchema;
use serde::Serialize;
use std::path::Path;

/// A path, with its bytes where it is not UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PathAnswer {
    /// The path as text; what is no UTF-8 in it is replaced.
    pub path: String,
    /// Its bytes, where it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_bytes: Option<PathBytes>,
}

impl From<&Path> for PathAnswer {
    fn from(path: &Path) -> Self {
        let (path, path_bytes) = PathBytes::split(path);
        Self { path, path_bytes }
    }
}

/// A file that could not be used.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct FailedFileAnswer {
    /// What the manifest says of it, too.
    #[serde(flatten)]
    pub entry: FailedFile,
    /// Whose move it is.
    pub kind: ErrorKind,
}

impl From<&FailedInput> for FailedFileAnswer {
    fn from(failed: &FailedInput) -> Self {
        Self {
            entry: failed.into(),
            kind: failed.error.kind(),
        }
    }
}

/// What is printed where a command fails.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct FailureAnswer {
    /// Always `failed`.
    pub status: Failed,
    /// When it was printed.
    pub time: Instant,
    /// The site that was asked for, where one was.
    pub site_id: Option<String>,
    /// Whose move it is.
    pub kind: ErrorKind,
    /// What was expected and what was found.
    pub error: String,
    /// The file in question.
    pub file: Option<String>,
    /// Its bytes, where it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_bytes: Option<PathBytes>,
    /// The text in question, by the name that it has in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// The line in question, from 1.
    pub line: Option<u64>,
    /// What to do about it, where that is known.
    pub hint: Option<String>,
}

/// The status of what failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Failed {
    /// Nothing was committed, or nothing was found out.
    Failed,
}

impl FailureAnswer {
    /// Says how it failed with `error`, at the site that was asked for.
    ///
    /// ```
    /// use trendgate::{Error, answers::FailureAnswer};
    ///
    /// let answer = FailureAnswer::new(&Error::usage("no such file"), Some("PLANT"));
    /// assert_eq!(answer.error, "no such file");
    /// ```
    #[must_use]
    pub fn new(error: &Error, site: Option<&str>) -> Self {
        let (file, file_bytes) = error.path().map(PathBytes::split).unzip();
        Self {
            status: Failed::Failed,
            time: time::now(),
            site_id: site.map(ToOwned::to_owned),
            kind: error.kind(),
            error: error.message().to_owned(),
            file,
            file_bytes: file_bytes.flatten(),
            member: error.member().map(ToOwned::to_owned),
            line: error.line_number(),
            hint: error.hint_text().map(ToOwned::to_owned),
        }
    }
}
