//! The entries of a manifest for reports that a version does not read as new: rejected files, and contents that are known from earlier versions.

use crate::path_bytes::PathBytes;
use crate::text_id::TextId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// One file that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct FailedFile {
    /// The file.
    pub file: String,
    /// The bytes of `file`, where it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_bytes: Option<PathBytes>,
    /// The name of its text that could not be used, where it names its texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// What is wrong with it: what was expected and what was found.
    pub error: String,
    /// The line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// What to do about it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What its text is known by, where it could be read. Versions of earlier programs call it `sha256`.
    #[serde(default, alias = "sha256", skip_serializing_if = "Option::is_none")]
    pub digest: Option<TextId>,
    /// Its size, where it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// When it is tried again.
    pub retry: Retry,
}

/// When a file that could not be used is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Retry {
    /// In every run: it could not be read, changed while it was read, or reaches into the future.
    Always,
    /// When its content, the configuration or the program has changed.
    WhenChanged,
}

/// One report that is known from an earlier batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct SourceRef {
    /// Where it was read.
    pub path: String,
    /// The bytes of `path`, where it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_bytes: Option<PathBytes>,
    /// The name of its text in the file, where that names its texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// What its text is known by. Versions of earlier programs call it `sha256`.
    #[serde(alias = "sha256")]
    pub digest: TextId,
}

impl SourceRef {
    /// The report of this content that was read at `path`.
    #[must_use]
    pub(crate) fn new(path: &Path, digest: TextId) -> Self {
        let (path, path_bytes) = PathBytes::split(path);
        Self {
            path,
            path_bytes,
            member: None,
            digest,
        }
    }

    /// The same, read from the text of this name.
    #[must_use]
    pub(crate) fn of_member(self, name: Option<&str>) -> Self {
        Self {
            member: name.map(ToOwned::to_owned),
            ..self
        }
    }

    /// Where it was read.
    #[must_use]
    pub(crate) fn place(&self) -> PathBuf {
        PathBytes::join(&self.path, self.path_bytes.as_ref())
    }
}

/// A content that versions of earlier programs know by another digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Redigested {
    /// The digest by which they know it.
    pub earlier: TextId,
    /// What its text is known by from now on.
    pub digest: TextId,
    /// The size of its text, where `earlier` is the digest of a compressed file as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_bytes: Option<u64>,
}
