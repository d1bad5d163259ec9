//! One thing that recovery does or leaves, and why.

use crate::escape::escaped;
use crate::path_bytes::as_text;
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// One thing that recovery does, or leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Act {
    /// A committed version gets its public name.
    NameVersion,
    /// What an attempt made is removed.
    Undo,
    /// The folder of an attempt whose version is committed is removed.
    CleanUp,
    /// A probe file is removed.
    RemoveProbe,
    /// Nothing is done.
    Leave,
    /// Nothing is done: tasks of the attempt may be at work elsewhere.
    Wait,
}

/// What recovery did, or would do, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Deed {
    /// What is done.
    pub act: Act,
    /// The file or folder that it is done to.
    #[serde(serialize_with = "as_text")]
    pub path: PathBuf,
    /// Why it is done.
    pub why: String,
}

impl Deed {
    pub(super) fn new(act: Act, path: &Path, why: impl Into<String>) -> Self {
        Self {
            act,
            path: path.to_owned(),
            why: why.into(),
        }
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let act = match self.act {
            Act::NameVersion => "public name made",
            Act::Undo => "attempt undone",
            Act::CleanUp => "staging cleaned up",
            Act::RemoveProbe => "probe file removed",
            Act::Leave => "left alone",
            Act::Wait => "waits",
        };
        let path = self.path.to_string_lossy();
        write!(f, "{act}: {}: {}", escaped(&path), escaped(&self.why))
    }
}
