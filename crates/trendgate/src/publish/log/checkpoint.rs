//! A checkpoint: what the versions up to one add up to, so that a run need not read them all again.
//!
//! Enters: a [`History`]. Leaves: `manifests/.log/{site}/checkpoint-{version}.json`, whose first line is the digest of the rest; and
//! from it the history again, with the records from that version on. It is never the authority: it names the digest of the record
//! that it covers, and whatever is odd about it (torn, altered, of another program, of another record) makes it nothing, and
//! the log is read from the first record. So it is not made durable, and can be removed at any time.

use super::fold::Fold;
use super::{History, Start, folder, last_compacted, list, numbers, read_version, record_path};
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::publish::Dirs;
use crate::store;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// So many records are read one by one before a checkpoint is worth its bytes.
pub(super) const EVERY: usize = 64;

/// Larger than this, it is not ours.
const MOST_BYTES: u64 = 1 << 32;

#[derive(Deserialize)]
struct ReadCheckpoint {
    program: String,
    site_id: String,
    version: u64,
    record: Digest,
    fold: Fold,
}

#[derive(Serialize)]
struct WrittenCheckpoint<'a> {
    program: &'static str,
    site_id: &'a str,
    version: u64,
    record: Digest,
    fold: &'a Fold,
}

impl History {
    /// The site's dataset as of its last version, with the records from the last checkpoint on; all of them where there is none.
    /// Records before the checkpoint are not read, so damage to them is not noticed: that is for [`History::read`].
    ///
    /// # Errors
    /// As [`History::read`].
    pub(crate) fn resume(dirs: &Dirs, site: &str) -> Result<Self> {
        let compacted = last_compacted(dirs, site)?;
        let mut numbers = numbers(&folder(dirs, site))?;
        numbers.retain(|number| *number > compacted);
        let whole = (compacted + 1..)
            .zip(&numbers)
            .all(|(expected, found)| expected == *found);
        let last = compacted + numbers.len() as u64;
        let mut kept = checkpoints(dirs, site)?;
        kept.retain(|(version, _)| whole && *version > compacted && *version <= last);
        let found = kept
            .iter()
            .rev()
            .find_map(|(version, path)| load(dirs, site, *version, path));
        let Some(found) = found else {
            return Self::read(dirs, site);
        };
        let from = found.version;
        let tail = (from..=last).map(|version| read_version(dirs, site, version, &[]));
        // Reading everything says what is wrong.
        match tail.collect::<Result<Vec<_>>>() {
            Ok(versions) => Ok(Self::going_on(
                site,
                found.fold,
                Start::Checkpoint(from),
                versions,
            )),
            Err(_) => Self::read(dirs, site),
        }
    }

    /// Keeps a checkpoint of this history, if that would spare the next run enough; removes those before the last one.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage); nothing depends on it.
    pub(crate) fn keep_checkpoint(&self, dirs: &Dirs) -> Result<()> {
        let every = store::threshold(EVERY) as u64;
        let Some(head) = self
            .head()
            .filter(|head| head.number >= self.start.version() + every)
        else {
            return Ok(());
        };
        let kept = WrittenCheckpoint {
            program: env!("CARGO_PKG_VERSION"),
            site_id: &self.site,
            version: head.number,
            record: store::digest(&head.record)?.1,
            fold: &self.fold,
        };
        let json = serde_json::to_vec(&kept)
            .map_err(|e| Error::bug(format!("cannot write a checkpoint as JSON: {e}")))?;
        let mut bytes = format!("{}\n", Digest::of(&json)).into_bytes();
        bytes.extend(json);
        let path = path_of(dirs, &self.site, head.number);
        // If there is one already, it could not be read: otherwise it would not be written anew.
        store::remove_file(&path)?;
        store::write_all(&path, &bytes)?;
        for (version, path) in checkpoints(dirs, &self.site)? {
            if version < self.start.version() {
                store::remove_file(&path)?;
            }
        }
        Ok(())
    }
}

fn path_of(dirs: &Dirs, site: &str, version: u64) -> PathBuf {
    folder(dirs, site).join(format!("checkpoint-{version:020}.json"))
}

/// The checkpoints of a site, the last one last.
pub(in crate::publish) fn checkpoints(dirs: &Dirs, site: &str) -> Result<Vec<(u64, PathBuf)>> {
    let version = |path: PathBuf| {
        let name = path.file_name()?.to_str()?;
        let number = name.strip_prefix("checkpoint-")?.strip_suffix(".json")?;
        Some((number.parse().ok()?, path))
    };
    let files = list(&folder(dirs, site))?;
    Ok(files.into_iter().filter_map(version).collect())
}

/// The checkpoint at `path`, if it is what was written and its record is what it was.
fn load(dirs: &Dirs, site: &str, version: u64, path: &Path) -> Option<ReadCheckpoint> {
    let bytes = store::read(path, MOST_BYTES).ok()?;
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (digest, json) = (&bytes[..end], &bytes[end + 1..]);
    let digest: Digest = std::str::from_utf8(digest).ok()?.parse().ok()?;
    if digest != Digest::of(json) {
        return None;
    }
    let found: ReadCheckpoint = serde_json::from_slice(json).ok()?;
    let record = store::digest(&record_path(dirs, site, version)).ok()?.1;
    let right = found.program == env!("CARGO_PKG_VERSION")
        && found.site_id == site
        && found.version == version
        && found.record == record
        && found.fold.is_of(site);
    right.then_some(found)
}
