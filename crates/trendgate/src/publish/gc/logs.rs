//! The logs for people beside the manifests → without what is older than the retention.
//!
//! Enters: a site whose lock is held. Two files have lines that nobody needs for ever:
//!
//! - `errors-{site}.jsonl`: once its first line is older than the retention it is moved to `errors-{site}.jsonl.old`, and that one is removed when it
//!   was last changed longer ago than the retention. Runs add to the file without the lock, so no line is ever rewritten: one that is being
//!   added goes on into the moved file, and every line stays for at least the retention.
//! - `rejects-{site}.jsonl`: a line goes that is older than the retention and of no use: of another version of the program, or of a file that is gone.
//!   The list without it takes the place of the list; only holders of the lock write this one.
//!
//! Leaves: what was done, or would be. Refused: symbolic links, which are left alone. A crash in between costs at most another try of
//! files that were rejected.

use super::{Collection, Reason, Removal};
use crate::error::{Error, Result};
use crate::path_bytes::{as_json, as_text};
use crate::publish::Dirs;
use crate::store::{self, Named};
use crate::time::Instant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Larger than this, a list of rejects is left alone.
const MOST_BYTES: u64 = 64 << 20;
/// So much of an error log is read for its first line.
const HEAD: u64 = 1 << 20;

/// A log for people of which something went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct TrimmedLog {
    /// The file.
    #[serde(serialize_with = "as_text")]
    pub path: PathBuf,
    /// What is done with it.
    #[serde(flatten)]
    pub trim: Trim,
}

/// What is done with a log for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "trim")]
pub enum Trim {
    /// It is moved aside: its first line is older than the retention.
    MovedAside {
        /// The time of that line.
        since: Instant,
    },
    /// So many lines go that are older than the retention and of no use.
    Shortened {
        /// How many.
        lines: usize,
    },
}

impl fmt::Display for TrimmedLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let name = crate::escape::escaped(&name);
        match self.trim {
            Trim::MovedAside { since } => {
                write!(f, "{name}: begins at {since}, moved to {name}{OLD}")
            }
            Trim::Shortened { lines: 1 } => write!(f, "{name}: 1 line of no use"),
            Trim::Shortened { lines } => write!(f, "{name}: {lines} lines of no use"),
        }
    }
}

const OLD: &str = ".old";

/// What both kinds of lines have.
#[derive(Deserialize)]
struct Dated {
    time: Instant,
}

/// What of a line of rejects says whether it is of use.
#[derive(Deserialize)]
struct Reject {
    time: Instant,
    #[serde(with = "as_json")]
    file: PathBuf,
    program: String,
}

/// What there is to do.
#[derive(Debug, Default)]
pub(super) struct LogWork {
    pub(super) trimmed: Vec<TrimmedLog>,
    /// Files that go.
    pub(super) removed: Vec<Removal>,
}

impl Collection {
    /// What there is to do with the logs of a site; nothing is written.
    pub(super) fn logs(&self, dirs: &Dirs, site: &str) -> Result<LogWork> {
        let errors = dirs.error_log(site);
        let mut work = LogWork::default();
        let old = with_end(&errors, OLD);
        let mut is_free = store::named(&old)?.is_none();
        if let Some(Named::File(stamp)) = store::named(&old)?
            && self.is_past(stamp.mtime)
        {
            let reason = Reason::LogPastRetention { since: stamp.mtime };
            work.removed.push(super::removal(&old, stamp, reason));
            is_free = true;
        }
        if let Some(since) = first_line(&errors)?
            && self.is_past(since)
            && is_free
        {
            let trim = Trim::MovedAside { since };
            work.trimmed.push(TrimmedLog { path: errors, trim });
        }
        let path = dirs.rejects(site);
        let (_, lines) = self.of_use(&path)?;
        if lines > 0 {
            let trim = Trim::Shortened { lines };
            work.trimmed.push(TrimmedLog { path, trim });
        }
        Ok(work)
    }

    fn is_past(&self, time: Instant) -> bool {
        self.now.since(time) >= self.retention
    }

    /// The lines of a list of rejects that stay, and how many do not.
    fn of_use(&self, path: &Path) -> Result<(Vec<u8>, usize)> {
        let Some(Named::File(stamp)) = store::named(path)? else {
            return Ok((Vec::new(), 0));
        };
        if stamp.bytes > MOST_BYTES {
            return Ok((Vec::new(), 0));
        }
        let bytes = store::read(path, MOST_BYTES)?;
        let is_of_use = |line: &&[u8]| match serde_json::from_slice::<Reject>(line) {
            Ok(reject) if self.is_past(reject.time) => {
                reject.program == env!("CARGO_PKG_VERSION")
                    && !matches!(store::what_is(&reject.file), Ok(None))
            }
            _ => true,
        };
        let lines = || bytes.split_inclusive(|byte| *byte == b'\n');
        let kept: Vec<&[u8]> = lines().filter(is_of_use).collect();
        Ok((kept.concat(), lines().count() - kept.len()))
    }

    /// Does it. The files that go are the caller's to remove, before this.
    pub(super) fn trim(&self, trimmed: &[TrimmedLog]) -> Result<()> {
        for log in trimmed {
            match log.trim {
                Trim::MovedAside { .. } => {
                    // Where someone has put a file in its way, the next collection finds out.
                    store::rename_new(&log.path, &with_end(&log.path, OLD))?;
                }
                Trim::Shortened { .. } => self.shorten(&log.path)?,
            }
        }
        Ok(())
    }

    fn shorten(&self, path: &Path) -> Result<()> {
        let (kept, _) = self.of_use(path)?;
        store::replace(path, &kept)
    }
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// The time of the first line of a log that can be read, else when it was last written; `None` where there is no file.
fn first_line(path: &Path) -> Result<Option<Instant>> {
    let Some(Named::File(stamp)) = store::named(path)? else {
        return Ok(None);
    };
    let mut head = Vec::new();
    let file = store::open(path)?;
    file.take(HEAD)
        .read_to_end(&mut head)
        .map_err(|e| Error::storage("cannot read", path, e))?;
    // A full disk tears lines.
    let mut lines = head.split(|byte| *byte == b'\n');
    let first = lines.find_map(|line| serde_json::from_slice::<Dated>(line).ok());
    Ok(Some(first.map_or(stamp.mtime, |line| line.time)))
}
