//! A checkpoint: what the versions up to one add up to, so that nobody need read them all again.
//!
//! Enters: a [`History`], or its files alone. Leaves: `manifests/.log/{site}/checkpoint-{version}.json` with everything, for runs, and
//! `files-{version}.json` with the files, for readers; the first line of both is the digest of the rest. From the one follows the history
//! again, with the records from that version on, from the other what a reader opens ([`FilesAsOf`]). It is never the authority: it names the
//! digest of the record that it covers, and whatever is odd about it (torn, altered, of another program, of another record) makes it
//! nothing, and the log is read from an earlier one or from the first record. So it is not made durable, and can be removed at any time.

use super::fold::{FileFold, Fold};
use super::{
    FilesAsOf, History, Start, folder, last_compacted, list, numbers, read_version, record_path,
};
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::publish::Dirs;
use crate::store;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// So many records are read one by one before a checkpoint of everything is worth its bytes.
pub(super) const EVERY: usize = 64;

/// So many before one of the files is: it is small, and stays for those who read earlier versions.
pub(super) const FILES_EVERY: usize = 8;

/// Larger than this, it is not ours.
const MOST_BYTES: u64 = 1 << 32;

/// What a checkpoint has the sum of.
pub(super) trait Sum: Serialize + DeserializeOwned {
    /// What the names of such checkpoints begin with.
    const PREFIX: &'static str;

    /// Whether all its files are those of `site`.
    fn is_of(&self, site: &str) -> bool;
}

impl Sum for Fold {
    const PREFIX: &'static str = "checkpoint-";

    fn is_of(&self, site: &str) -> bool {
        self.files.is_of(site)
    }
}

impl Sum for FileFold {
    const PREFIX: &'static str = "files-";

    fn is_of(&self, site: &str) -> bool {
        self.is_of(site)
    }
}

#[derive(Deserialize)]
pub(super) struct ReadCheckpoint<S> {
    program: String,
    site_id: String,
    pub(super) version: u64,
    record: Digest,
    pub(super) fold: S,
}

#[derive(Serialize)]
struct WrittenCheckpoint<'a, S> {
    program: &'static str,
    site_id: &'a str,
    version: u64,
    record: Digest,
    fold: &'a S,
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
        let found = match whole {
            true => last_within::<Fold>(dirs, site, compacted + 1, last)?,
            false => None,
        };
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
        write(dirs, &self.site, head.number, &self.fold)?;
        for (version, path) in of_sum::<Fold>(dirs, &self.site)? {
            if version < self.start.version() {
                store::remove_file(&path)?;
            }
        }
        Ok(())
    }
}

impl FilesAsOf {
    /// Keeps a checkpoint of the files of the last version, if that would spare readers enough.
    ///
    /// # Errors
    /// Those of reading the log, and [`Storage`](crate::ErrorKind::Storage); nothing depends on it.
    pub(in crate::publish) fn keep_checkpoint(dirs: &Dirs, site: &str) -> Result<()> {
        let every = store::threshold(FILES_EVERY) as u64;
        let last = numbers(&folder(dirs, site))?.last().copied().unwrap_or(0);
        let kept = of_sum::<FileFold>(dirs, site)?.into_iter();
        let kept = kept.map(|(version, _)| version);
        let before = kept.filter(|version| *version <= last).max().unwrap_or(0);
        if last < before.max(last_compacted(dirs, site)?) + every {
            return Ok(());
        }
        let now = Self::latest(dirs, site)?;
        write(dirs, site, now.version(), now.files())
    }
}

fn write<S: Sum>(dirs: &Dirs, site: &str, version: u64, fold: &S) -> Result<()> {
    let kept = WrittenCheckpoint {
        program: env!("CARGO_PKG_VERSION"),
        site_id: site,
        version,
        record: store::digest(&record_path(dirs, site, version))?.1,
        fold,
    };
    let json = serde_json::to_vec(&kept)
        .map_err(|e| Error::bug(format!("cannot write a checkpoint as JSON: {e}")))?;
    let mut bytes = format!("{}\n", Digest::of(&json)).into_bytes();
    bytes.extend(json);
    let name = format!("{}{version:020}.json", S::PREFIX);
    let path = folder(dirs, site).join(name);
    // If there is one already, it could not be read: otherwise it would not be written anew.
    store::remove_file(&path)?;
    store::write_all(&path, &bytes)?;
    Ok(())
}

/// The checkpoints of a site with their versions, of both kinds.
pub(in crate::publish) fn checkpoints(dirs: &Dirs, site: &str) -> Result<Vec<(u64, PathBuf)>> {
    let mut all = of_sum::<Fold>(dirs, site)?;
    all.extend(of_sum::<FileFold>(dirs, site)?);
    Ok(all)
}

/// The checkpoints of this sum of a site, the last one last.
fn of_sum<S: Sum>(dirs: &Dirs, site: &str) -> Result<Vec<(u64, PathBuf)>> {
    let version = |path: PathBuf| {
        let name = path.file_name()?.to_str()?;
        let number = name.strip_prefix(S::PREFIX)?.strip_suffix(".json")?;
        Some((number.parse().ok()?, path))
    };
    let files = list(&folder(dirs, site))?;
    Ok(files.into_iter().filter_map(version).collect())
}

/// The last checkpoint of a version from `first` to `last` that is what was written and whose record is what it was.
pub(super) fn last_within<S: Sum>(
    dirs: &Dirs,
    site: &str,
    first: u64,
    last: u64,
) -> Result<Option<ReadCheckpoint<S>>> {
    let kept = of_sum::<S>(dirs, site)?;
    let mut within = kept
        .iter()
        .rev()
        .filter(|(version, _)| (first..=last).contains(version));
    Ok(within.find_map(|(version, path)| load(dirs, site, *version, path)))
}

/// The checkpoint at `path`, if it is what was written and its record is what it was.
fn load<S: Sum>(dirs: &Dirs, site: &str, version: u64, path: &Path) -> Option<ReadCheckpoint<S>> {
    let bytes = store::read(path, MOST_BYTES).ok()?;
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (digest, json) = (&bytes[..end], &bytes[end + 1..]);
    let digest: Digest = std::str::from_utf8(digest).ok()?.parse().ok()?;
    if digest != Digest::of(json) {
        return None;
    }
    let found: ReadCheckpoint<S> = serde_json::from_slice(json).ok()?;
    let record = store::digest(&record_path(dirs, site, version)).ok()?.1;
    let right = found.program == env!("CARGO_PKG_VERSION")
        && found.site_id == site
        && found.version == version
        && found.record == record
        && found.fold.is_of(site);
    right.then_some(found)
}
