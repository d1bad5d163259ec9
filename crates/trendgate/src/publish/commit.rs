//! The commit: parts to their places, then one link that makes the version visible.

use super::manifest::Manifest;
use super::stage::Attempt;
use super::{Dirs, log};
use crate::error::{Error, ErrorKind, Result};
use crate::partition::Part;
use crate::store::{self, Put, Stamp};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How a commit ended.
#[derive(Debug)]
pub enum Outcome {
    /// The version is there, and durable.
    Committed(Committed),
    /// Another run committed the same batch as this version.
    AlreadyCommitted(u64),
    /// Another run took the version's number with another batch: nothing of this one is left.
    Overtaken(u64),
}

/// Where a version stands.
#[derive(Debug, Clone)]
pub struct Committed {
    /// Its record in the log.
    pub record: PathBuf,
    /// Its public name, if it has one.
    pub public: Option<PathBuf>,
}

/// Whether manifests get a public name beside the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publicity {
    /// They do.
    Public,
    /// The log is enough.
    LogOnly,
}

impl Attempt {
    /// Publishes `parts` as the version that `manifest` describes.
    ///
    /// # Errors
    /// Before the commit point: whatever went wrong; nothing is left. After it:
    /// [`Unsettled`](ErrorKind::Unsettled), and nothing is deleted.
    pub fn commit(
        mut self,
        mut manifest: Manifest,
        parts: &[Part],
        publicity: Publicity,
    ) -> Result<Outcome> {
        let bytes = manifest.seal()?;
        let record = self.dirs.record(&self.site, self.version);
        let staged = self.dir.join("manifest.json");
        self.note_moves(parts)?;
        self.move_parts(parts)?;
        store::write_new(&staged, &bytes)?;
        if self.link_record(&staged, &record)? == Put::Taken {
            let winner = log::History::read(&self.dirs, &self.site)?;
            let same = winner
                .versions()
                .iter()
                .find(|version| version.batch_id == manifest.batch_id);
            let outcome = match same {
                Some(version) => Outcome::AlreadyCommitted(version.version),
                None => Outcome::Overtaken(self.version),
            };
            return Ok(outcome);
        }
        // The commit point is passed: nothing is taken back from here on.
        self.settled = true;
        let public = store::fsync_dir(&self.dirs.log(&self.site))
            .and_then(|()| make_public(&self.dirs, &manifest, &record, publicity))
            .map_err(|error| unsettled(&record, &error))?;
        if let Err(error) = store::remove_tree(&self.dir) {
            tracing::warn!("left behind in staging: {error}");
        }
        Ok(Outcome::Committed(Committed { record, public }))
    }

    /// Writes down which files are going to appear, for whoever has to undo it.
    fn note_moves(&self, parts: &[Part]) -> Result<()> {
        let places: Vec<&str> = parts.iter().map(|part| part.relative.as_str()).collect();
        let bytes = serde_json::to_vec_pretty(&places).map_err(|error| {
            Error::bug(format!(
                "the list of parts cannot be written as JSON: {error}"
            ))
        })?;
        store::write_new(&self.dir.join("moves.json"), &bytes)?;
        store::fsync_dir(&self.dir)
    }

    fn move_parts(&mut self, parts: &[Part]) -> Result<()> {
        let mut folders = BTreeSet::new();
        for part in parts {
            let place = self.dirs.processed.join(&part.relative);
            let folder = place.parent().unwrap_or(&self.dirs.processed).to_owned();
            let made = store::create_dirs(&folder)?;
            self.made.extend(made);
            if store::move_to(&part.staged, &place)? == Put::Taken {
                return Err(Error::new(
                    ErrorKind::Storage,
                    "a file is there already, where a new part belongs",
                )
                .at(place)
                .hint("Trendgate never replaces a file; find out who wrote it"));
            }
            self.moved.push(place);
            folders.insert(folder);
        }
        folders
            .iter()
            .try_for_each(|folder| store::fsync_dir(folder))
    }

    /// The commit itself. A link that reports an error may have happened all the same, so the place is looked at.
    fn link_record(&self, staged: &Path, record: &Path) -> Result<Put> {
        store::link(staged, record).or_else(|error| {
            let inode = |path: &Path| Stamp::of(&store::open(path)?, path).map(|stamp| stamp.ino);
            match (inode(staged), inode(record)) {
                (Ok(ours), Ok(theirs)) if ours == theirs => Ok(Put::Done),
                _ => Err(error),
            }
        })
    }
}

/// Gives a version its public name, if it is to have one and has not.
pub(super) fn make_public(
    dirs: &Dirs,
    manifest: &Manifest,
    record: &Path,
    publicity: Publicity,
) -> Result<Option<PathBuf>> {
    if publicity == Publicity::LogOnly {
        return Ok(None);
    }
    let compact: String = manifest
        .created_at
        .chars()
        .take(19)
        .filter(|c| !matches!(c, '-' | ':'))
        .collect();
    let public = dirs
        .manifests
        .join(format!("manifest-{}-{compact}Z.json", manifest.batch_id));
    if store::link(record, &public)? == Put::Done {
        store::fsync_dir(&dirs.manifests)?;
    }
    Ok(Some(public))
}

fn unsettled(record: &Path, error: &Error) -> Error {
    Error::new(
        ErrorKind::Unsettled,
        format!("the version was written, but whether it would survive a power loss is not known: {error}"),
    )
    .at(record)
    .hint("nothing was deleted; run the same command again, which finds out what is committed")
}
