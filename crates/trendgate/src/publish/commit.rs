//! The one step that makes anything visible.
//!
//! ```text
//! list of targets ▸ parts moved ▸ directories durable ▸ manifest written ▸ LINK ▸ log durable ▸ public name ▸ cleaned up
//! ╰──────────────── any error: everything is undone ──────────────────╯     ╰── any error: Unsettled ──╯   ╰ a warning ╯
//! ```

use super::lock::sync_up;
use super::log::{self, record_path};
use super::public::{self, PublicCopy};
use super::stage::{Attempt, Folder, List, Target};
use super::{FileEntry, Manifest, PartEntry};
use crate::error::{Error, ErrorKind, Result};
use crate::partition::{EvidenceFile, Part};
use crate::store::{self, Put};
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// How a commit ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The batch is the site's next version, durably.
    Committed(Box<Committed>),
    /// Another run committed the same inputs under the same configuration as this version; ours was undone.
    AlreadyCommitted(Box<Committed>),
    /// Another run committed something else as this version; ours was undone, and has to be merged on top of it.
    Overtaken {
        /// The version that it took.
        version: u64,
    },
}

/// A version that is visible and durable.
#[derive(Debug, Clone, PartialEq)]
pub struct Committed {
    /// Its number.
    pub version: u64,
    /// Its record in the log.
    pub record: PathBuf,
    /// Its public name, unless suppressed.
    pub public: Option<PathBuf>,
    /// The manifest as it stands there, checksum and version filled in.
    pub manifest: Manifest,
}

/// Everything that a commit writes, decided before it writes anything.
struct Prepared {
    manifest: Manifest,
    bytes: Vec<u8>,
    inputs: Option<Vec<u8>>,
    moves: Vec<(PathBuf, Target)>,
}

impl Attempt {
    /// Makes `parts`, with their `evidence`, the site's next version, as `manifest` describes it. Its `version`, `files`,
    /// `output_files`, `evidence_files` and `checksum` are filled in here. The files have to be durable, in [`Attempt::dir`],
    /// in the order of time.
    ///
    /// # Errors
    /// [`Bug`](ErrorKind::Bug) where the manifest contradicts itself or a part would go where it does not belong;
    /// [`Storage`](ErrorKind::Storage): in both cases nothing is visible and everything is undone.
    /// [`Unsettled`](ErrorKind::Unsettled) for whatever fails at or after the commit point: nothing is deleted then.
    pub fn commit(
        mut self,
        manifest: Manifest,
        parts: &[Part],
        evidence: &[EvidenceFile],
        copy: PublicCopy,
    ) -> Result<Outcome> {
        let prepared = self.prepare(manifest, parts, evidence)?;
        self.place_all(&prepared, copy)?;
        match self.put_record(&prepared.bytes)? {
            Put::Done => self
                .finish(prepared.manifest, copy)
                .map(|done| Outcome::Committed(Box::new(done))),
            Put::Exists => self.yield_to_winner(&prepared.manifest, copy),
        }
    }

    fn version(&self) -> u64 {
        self.base + 1
    }

    fn record_of_version(&self) -> PathBuf {
        record_path(&self.dirs, &self.site, self.version())
    }

    fn prepare(
        &self,
        mut manifest: Manifest,
        parts: &[Part],
        evidence: &[EvidenceFile],
    ) -> Result<Prepared> {
        manifest.version = self.version();
        manifest.files = parts.iter().map(PartEntry::from).collect();
        manifest.output_files = parts.iter().map(|part| part.relative.clone()).collect();
        manifest.evidence_files = evidence.iter().map(FileEntry::from).collect();
        if manifest.site_id != self.site {
            return Err(Error::bug(format!(
                "a manifest of {} in an attempt at {}",
                manifest.site_id, self.site
            )));
        }
        manifest.consistent()?;
        let parts = parts
            .iter()
            .map(|part| (&part.staged, &part.relative, Folder::Processed));
        let evidence = evidence
            .iter()
            .map(|file| (&file.staged, &file.relative, Folder::Evidence));
        let mut moves = parts
            .chain(evidence)
            .map(|(staged, relative, folder)| self.move_of(staged, relative, folder))
            .collect::<Result<Vec<_>>>()?;
        let name = format!(
            "inputs-{}-{}-{}.jsonl",
            self.site,
            manifest.batch_id,
            self.id()
        );
        let inputs = manifest.split_inputs(self.most_inputs, name.clone())?;
        if inputs.is_some() {
            let target = Target {
                folder: Folder::Manifests,
                path: name,
            };
            moves.push((self.dir().join("inputs.jsonl"), target));
        }
        let bytes = manifest.to_bytes()?;
        // What readers will do, before it is too late: a number that JSON cannot hold would show here.
        let mut manifest = Manifest::from_bytes(&bytes).map_err(|e| Error::bug(e.message()))?;
        inputs
            .as_ref()
            .map_or(Ok(()), |lines| manifest.join_inputs(lines))?;
        Ok(Prepared {
            manifest,
            bytes,
            inputs,
            moves,
        })
    }

    fn move_of(&self, staged: &Path, relative: &str, folder: Folder) -> Result<(PathBuf, Target)> {
        let path = Path::new(relative);
        let plain = path.components().all(|c| matches!(c, Component::Normal(_)));
        if !plain || !path.starts_with(&self.site) || !relative.contains(self.id()) {
            let message = format!(
                "expected a part of {} that names attempt {}",
                self.site,
                self.id()
            );
            return Err(Error::bug(message).at(path));
        }
        if !staged.starts_with(self.dir()) {
            let message = format!("expected a part in {}", self.dir().display());
            return Err(Error::bug(message).at(staged));
        }
        Ok((
            staged.to_owned(),
            Target {
                folder,
                path: relative.to_owned(),
            },
        ))
    }

    /// Moves every file to where it belongs, where nothing refers to it yet, and makes that durable.
    fn place_all(&mut self, prepared: &Prepared, copy: PublicCopy) -> Result<()> {
        if let Some(lines) = &prepared.inputs {
            store::write_all_synced(&self.dir().join("inputs.jsonl"), lines)?;
        }
        let moves = prepared.moves.iter();
        self.announce(&List {
            copy,
            targets: moves.map(|(_, target)| target.clone()).collect(),
        })?;
        let mut touched = BTreeSet::new();
        for (staged, target) in &prepared.moves {
            let target = target.resolve(&self.dirs);
            self.place(staged, &target)?;
            touched.extend(target.parent().map(Path::to_owned));
        }
        sync_up(&self.dirs, touched.iter().map(PathBuf::as_path))
    }

    /// The commit point.
    fn put_record(&mut self, bytes: &[u8]) -> Result<Put> {
        let staged = self.dir().join("manifest.json");
        store::write_all_synced(&staged, bytes)?;
        let record = self.record_of_version();
        if let Some(folder) = record.parent() {
            store::create_dir_all(folder)?;
            sync_up(&self.dirs, [folder])?;
        }
        match store::hard_link(&staged, &record) {
            Ok(Put::Done) => Ok(Put::Done),
            // A network file system repeats a request whose answer was lost, so even "exists" and "failed" can mean that
            // it was done: what is under the name decides.
            Ok(Put::Exists) => self.whose(&record, bytes, None),
            Err(error) => self.whose(&record, bytes, Some(error)),
        }
    }

    fn whose(&mut self, record: &Path, bytes: &[u8], failed: Option<Error>) -> Result<Put> {
        let found = match (store::what_is(record), failed) {
            (Ok(None), Some(error)) => return Err(error),
            (Ok(Some(_)), _) => store::digest(record),
            (Ok(None), None) => {
                Err(Error::new(ErrorKind::Storage, "a name that existed is gone").at(record))
            }
            (Err(error), _) => Err(error),
        };
        match found {
            Ok((_, digest)) if digest == crate::Digest::of(bytes) => Ok(Put::Done),
            Ok(_) => Ok(Put::Exists),
            Err(error) => {
                self.settle();
                Err(unsettled(&error, record))
            }
        }
    }

    /// Past the commit point: nothing is undone any more.
    fn finish(&mut self, manifest: Manifest, copy: PublicCopy) -> Result<Committed> {
        self.settle();
        let record = self.record_of_version();
        let done = self
            .acknowledge(record.clone(), manifest, copy)
            .map_err(|error| unsettled(&error, &record))?;
        if let Err(error) = self.clean_up() {
            tracing::warn!(%error, "staging could not be cleaned up");
        }
        Ok(done)
    }

    fn acknowledge(
        &self,
        record: PathBuf,
        manifest: Manifest,
        copy: PublicCopy,
    ) -> Result<Committed> {
        store::fsync_dir(&log::folder(&self.dirs, &self.site))?;
        let public = match copy {
            PublicCopy::Write => Some(public::publish(&self.dirs, &record, &manifest)?),
            PublicCopy::Suppress => None,
        };
        Ok(Committed {
            version: self.version(),
            record,
            public,
            manifest,
        })
    }

    fn yield_to_winner(&mut self, ours: &Manifest, copy: PublicCopy) -> Result<Outcome> {
        self.undo()?;
        let record = self.record_of_version();
        let winner = log::read_record(&self.dirs, &record)?;
        if winner.batch_id != ours.batch_id {
            return Ok(Outcome::Overtaken {
                version: self.version(),
            });
        }
        // The winner may have died before it made its own record durable.
        store::fsync_file(&record)?;
        let done = self.acknowledge(record, winner, copy)?;
        Ok(Outcome::AlreadyCommitted(Box::new(done)))
    }
}

fn unsettled(error: &Error, record: &Path) -> Error {
    let message = format!("the batch may be committed: {error}");
    Error::new(ErrorKind::Unsettled, message)
        .at(record)
        .hint("nothing was deleted; run the same command again, and it will say what is committed")
}

#[cfg(test)]
mod tests;
