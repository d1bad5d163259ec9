//! The one step that makes anything visible.
//!
//! ```text
//! list of targets ▸ parts moved, sources kept ▸ directories durable ▸ manifest written ▸ LINK ▸ log durable ▸ public name ▸ cleaned up
//! ╰──────────────── any error: everything is undone ──────────────────╯     ╰── any error: Unsettled ──╯   ╰ a warning ╯
//! ```

use super::lock::sync_up;
use super::log::{self, FilesAsOf, record_path};
use super::manifest::{DETAILS_END, Details, INPUTS_END, SourceLists};
use super::public::{self, PublicCopy};
use super::stage::{Attempt, FinalPlace, Folder, List};
use super::write::{write_details, write_inputs, write_record};
use super::{FileEntry, Listing, Manifest, PartEntry};
use crate::dataset_path::DatasetPath;
use crate::error::{Error, ErrorKind, Result};
use crate::partition::{EvidenceFile, Part};
use crate::store::{self, Put};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How a commit ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
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
#[non_exhaustive]
pub struct Committed {
    /// Its number.
    pub version: u64,
    /// Its record in the log.
    pub record: PathBuf,
    /// Its public name, unless suppressed.
    pub public: Option<PathBuf>,
    /// The manifest as it stands there, checksum and version filled in; of a run over reports it is without its `inputs`.
    pub manifest: Manifest,
    /// How many inputs it lists.
    pub inputs: u64,
}

/// Everything that a commit makes visible, decided before it moves anything.
struct Prepared {
    /// The manifest as its readers will have it, but for its inputs.
    manifest: Manifest,
    /// Its record.
    record: Vec<u8>,
    /// How many inputs there are.
    inputs: u64,
    moves: Vec<(PathBuf, FinalPlace)>,
}

/// The names of an attempt's files in its folder.
const RECORD: &str = "manifest.json";
const INPUTS: &str = "inputs.jsonl.zst";
const DETAILS: &str = "details.json.zst";
/// The check that an outcome is of the attempt that is committed.
const OF_ATTEMPT: &str = "check:attempt";
/// What stands in its folder before anything is moved, beside what tasks have made.
pub(super) const SIDE_FILES: [&str; 2] = [INPUTS, DETAILS];

impl Attempt {
    /// Makes `parts`, with their `evidence`, the site's next version, as `manifest` describes it. Its `version`, `files`,
    /// `output_files`, `evidence_files` and `checksum` are filled in here. The files have to be durable, in [`Attempt::dir`],
    /// in the order of time.
    ///
    /// # Errors
    /// [`Bug`](ErrorKind::Bug) where the manifest contradicts itself or a part would go where it does not belong;
    /// [`Storage`](ErrorKind::Storage): in both cases nothing is visible and everything is undone.
    /// [`Unsettled`](ErrorKind::Unsettled) for whatever fails at or after the commit point: nothing is deleted then.
    pub(crate) fn commit(
        self,
        mut manifest: Manifest,
        parts: &[Part],
        evidence: &[EvidenceFile],
        copy: PublicCopy,
    ) -> Result<Outcome> {
        let inputs = std::mem::take(&mut manifest.inputs);
        let listing = Listing::of(&inputs);
        let mut outcome = self.commit_listing(manifest, listing, parts, evidence, copy)?;
        if let Outcome::Committed(done) = &mut outcome {
            done.manifest.inputs = inputs;
        }
        Ok(outcome)
    }

    /// As [`commit`](Self::commit), with the inputs one by one: `manifest.inputs` is empty, and so it is in what comes back.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub(crate) fn commit_listing(
        mut self,
        manifest: Manifest,
        inputs: Listing<'_>,
        parts: &[Part],
        evidence: &[EvidenceFile],
        copy: PublicCopy,
    ) -> Result<Outcome> {
        self.require_own_process()?;
        let prepared = self.prepare(manifest, inputs, parts, evidence)?;
        self.place_all(&prepared.moves, copy)?;
        let Prepared {
            manifest,
            record,
            inputs,
            ..
        } = prepared;
        write_record(&self.dir().join(RECORD), &record)?;
        match self.put_record()? {
            Put::Done if self.is_compacted()? => self.yield_to_base(),
            Put::Done => self
                .finish(manifest, inputs, copy)
                .map(|done| Outcome::Committed(Box::new(done))),
            Put::Exists => self.yield_to_winner(&manifest, copy),
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
        inputs: Listing<'_>,
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
        manifest.consistent_beside_inputs()?;
        let count = inputs.count() as u64;
        manifest.lists(count, None)?;
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
        let lists = SourceLists::take(&mut manifest);
        let details = Details::take(&mut manifest);
        if count > 0 || lists != SourceLists::default() {
            let (staged, name) = self.side_file(INPUTS, "inputs", INPUTS_END, &manifest)?;
            let (file, listed) = write_inputs(&staged, name, &lists, inputs)?;
            manifest.lists(listed.inputs, Some(listed.accepted))?;
            moves.push((staged, beside_the_record(&file)));
            manifest.inputs_file = Some(file);
        }
        if details != Details::default() {
            let (staged, name) = self.side_file(DETAILS, "details", DETAILS_END, &manifest)?;
            let file = write_details(&staged, name, &details)?;
            moves.push((staged, beside_the_record(&file)));
            manifest.details_file = Some(file);
        }
        let record = manifest.to_bytes()?;
        // A number that JSON cannot hold would show here.
        let mut manifest = Manifest::from_bytes(&record)
            .map_err(|e| Error::bug(format!("a manifest cannot be read again: {e}")))?;
        lists.put_into(&mut manifest);
        details.put_into(&mut manifest);
        Ok(Prepared {
            manifest,
            record,
            inputs: count,
            moves,
        })
    }

    /// Where a file that belongs beside the record is staged, and what it will be called.
    fn side_file(
        &self,
        staged: &str,
        what: &str,
        end: &str,
        manifest: &Manifest,
    ) -> Result<(PathBuf, DatasetPath)> {
        let (site, batch, attempt) = (&self.site, manifest.batch_id, self.id());
        let name = DatasetPath::new(format!("{what}-{site}-{batch}-{attempt}{end}"))?;
        Ok((self.dir().join(staged), name))
    }

    fn move_of(
        &self,
        staged: &Path,
        relative: &DatasetPath,
        folder: Folder,
    ) -> Result<(PathBuf, FinalPlace)> {
        let is_ours =
            |path: &DatasetPath| path.as_str().contains(self.id()) || store::skipped(OF_ATTEMPT);
        if !relative.is_of(folder.holds(), &self.site) || !is_ours(relative) {
            let message = format!(
                "expected a part of {} that names attempt {}",
                self.site,
                self.id()
            );
            return Err(Error::bug(message).at(relative.as_str()));
        }
        if !staged.starts_with(self.dir()) && !store::skipped(OF_ATTEMPT) {
            let message = format!("expected a part in {}", self.dir().display());
            return Err(Error::bug(message).at(staged));
        }
        Ok((
            staged.to_owned(),
            FinalPlace {
                folder,
                path: relative.clone(),
            },
        ))
    }

    /// Moves every file to where it belongs, where nothing refers to it yet, and makes that durable.
    fn place_all(&mut self, moves: &[(PathBuf, FinalPlace)], copy: PublicCopy) -> Result<()> {
        self.announce(&List {
            copy,
            targets: moves.iter().map(|(_, target)| target.clone()).collect(),
        })?;
        let mut touched = BTreeSet::new();
        for (staged, target) in moves {
            let target = target.resolve(&self.dirs);
            self.place(staged, &target)?;
            touched.extend(target.parent().map(Path::to_owned));
        }
        for (staged, target) in self.sources()? {
            self.place_source(&staged, &target)?;
            touched.extend(target.parent().map(Path::to_owned));
        }
        sync_up(&self.dirs, touched.iter().map(PathBuf::as_path))
    }

    /// The commit point.
    fn put_record(&mut self) -> Result<Put> {
        let staged = self.dir().join(RECORD);
        let record = self.record_of_version();
        if let Some(folder) = record.parent() {
            store::create_dir_all(folder)?;
            sync_up(&self.dirs, [folder])?;
        }
        match store::hard_link(&staged, &record) {
            Ok(Put::Done) => Ok(Put::Done),
            // A network file system repeats a request whose answer was lost, so even "exists" and "failed" can mean that
            // it was done: what is under the name decides.
            Ok(Put::Exists) => self.whose(&record, &staged, None),
            Err(error) => self.whose(&record, &staged, Some(error)),
        }
    }

    /// Whether other runs have come so much further that the version was compacted meanwhile: then its name was free, and nobody reads the record.
    /// Only where locks do not work.
    fn is_compacted(&mut self) -> Result<bool> {
        match log::last_compacted(&self.dirs, &self.site) {
            Ok(last) => Ok(last >= self.version()),
            Err(error) => {
                self.settle();
                Err(unsettled(&error, &self.record_of_version()))
            }
        }
    }

    fn yield_to_base(&mut self) -> Result<Outcome> {
        store::remove_file(&self.record_of_version())?;
        self.undo()?;
        Ok(Outcome::Overtaken {
            version: self.version(),
        })
    }

    fn whose(&mut self, record: &Path, staged: &Path, failed: Option<Error>) -> Result<Put> {
        let found = match (store::what_is(record), failed) {
            (Ok(None), Some(error)) => return Err(error),
            (Ok(Some(_)), _) => same_bytes(record, staged),
            (Ok(None), None) => {
                Err(Error::new(ErrorKind::Storage, "a name that existed is gone").at(record))
            }
            (Err(error), _) => Err(error),
        };
        match found {
            Ok(true) => Ok(Put::Done),
            Ok(false) => Ok(Put::Exists),
            Err(error) => {
                self.settle();
                Err(unsettled(&error, record))
            }
        }
    }

    /// Past the commit point: nothing is undone any more.
    fn finish(&mut self, manifest: Manifest, inputs: u64, copy: PublicCopy) -> Result<Committed> {
        self.settle();
        let record = self.record_of_version();
        let done = self
            .acknowledge(record.clone(), manifest, inputs, copy)
            .map_err(|error| unsettled(&error, &record))?;
        let files = &done.manifest.files;
        tracing::info!(
            name: "committed",
            version = done.version,
            batch = %done.manifest.batch_id,
            parts = files.len(),
            rows = done.manifest.statistics.total_rows,
            bytes = files.iter().map(|part| part.bytes).sum::<u64>(),
            inputs,
            "a version is committed"
        );
        if let Err(error) = self.clean_up() {
            tracing::warn!(name: "staging_not_cleaned", %error, "staging could not be cleaned up");
        }
        if let Err(error) = FilesAsOf::keep_checkpoint(&self.dirs, &self.site) {
            tracing::warn!(name: "checkpoint_not_kept", %error, "readers will have to read more than they need");
        }
        Ok(done)
    }

    fn acknowledge(
        &self,
        record: PathBuf,
        manifest: Manifest,
        inputs: u64,
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
            inputs,
        })
    }

    fn yield_to_winner(&mut self, ours: &Manifest, copy: PublicCopy) -> Result<Outcome> {
        self.undo()?;
        tracing::info!(
            name: "overtaken",
            version = self.version(),
            "another run committed this version"
        );
        let record = self.record_of_version();
        let mut winner = log::with_inputs(&self.dirs, &record)?;
        log::join_details(&self.dirs, &mut winner)?;
        if winner.batch_id != ours.batch_id {
            return Ok(Outcome::Overtaken {
                version: self.version(),
            });
        }
        // The winner may have been killed before it made its own record durable.
        store::fsync_file(&record)?;
        let inputs = winner.inputs.len() as u64;
        let done = self.acknowledge(record, winner, inputs, copy)?;
        Ok(Outcome::AlreadyCommitted(Box::new(done)))
    }
}

fn beside_the_record(file: &FileEntry) -> FinalPlace {
    FinalPlace {
        folder: Folder::Manifests,
        path: file.path.clone(),
    }
}

fn same_bytes(one: &Path, other: &Path) -> Result<bool> {
    Ok(store::digest(one)? == store::digest(other)?)
}

fn unsettled(error: &Error, record: &Path) -> Error {
    let message = format!("the batch may be committed: {error}");
    Error::new(ErrorKind::Unsettled, message)
        .at(record)
        .hint("nothing was deleted; run the same command again, and it will say what is committed")
}

#[cfg(test)]
mod tests;
