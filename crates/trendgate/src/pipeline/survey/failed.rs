//! Files that cannot be used.

use crate::acquire::{self, StatedReading};
use crate::error::{Error, ErrorKind};
use crate::progress::Cancel;
use crate::publish::Retry;
use crate::store::{self, Stamp};
use crate::text_id::{Digests, FileId};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A larger file that cannot be used is not read through to be known again: it may be terabytes of nothing.
const MOST_DIGESTED: u64 = 16 << 30;

/// A file that cannot be used, and why.
#[derive(Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FailedInput {
    /// The file.
    #[serde(with = "crate::path_bytes::as_json")]
    pub path: PathBuf,
    /// Why it cannot be used.
    pub error: Error,
    /// What its text is known by, where it could be read.
    pub(crate) id: Option<FileId>,
    /// Its size, where it could be looked at.
    pub(crate) bytes: Option<u64>,
}

impl FailedInput {
    /// Notes that what is called `path` failed with `error`, and that it is no file.
    pub(in crate::pipeline) fn unread(path: PathBuf, error: Error) -> Self {
        Self {
            path,
            error,
            id: None,
            bytes: None,
        }
    }

    /// Notes that `path`, whose reading was stated so, failed with `error`, and by which content, unless there is no time to find that out.
    #[must_use]
    pub(crate) fn new(
        path: PathBuf,
        error: Error,
        stated: &StatedReading,
        digests: Digests,
        cancel: &Cancel,
    ) -> Self {
        let stamp = store::open(&path).and_then(|file| Stamp::of(&file, &path));
        let bytes = stamp.ok().map(|stamp| stamp.bytes);
        let known = bytes.is_some_and(|bytes| bytes <= MOST_DIGESTED);
        let id = known.then(|| match error.member() {
            Some(name) => acquire::identify_named(&path, name, digests, cancel).ok(),
            None => acquire::identify_until(&path, digests, cancel).ok(),
        });
        let id = id.flatten().map(|file| file.read_as(stated.id()));
        Self {
            path,
            error,
            id,
            bytes,
        }
    }

    /// The path of the file, with the name of the text in it that cannot be used, if it is one of several.
    #[must_use]
    pub(crate) fn shown(&self) -> PathBuf {
        acquire::text_path(&self.path, self.error.member())
    }

    /// When the file is tried again. What a report is does not change with time; whether it can be read, and whether it is
    /// in the future, does.
    #[must_use]
    pub(crate) fn retry(&self) -> Retry {
        if self.error.kind() == ErrorKind::Input {
            Retry::WhenChanged
        } else {
            Retry::Always
        }
    }
}
