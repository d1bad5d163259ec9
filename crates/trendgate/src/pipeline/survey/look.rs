//! One file → a new report, or what is known of it.

use super::{FailedInput, Locations, location};
use crate::acquire::{self, Report, StatedReading, TextPlace, TimeRule};
use crate::error::{Error, Result};
use crate::parallel::locked;
use crate::pipeline::Options;
use crate::pipeline::growth::Base;

use crate::pipeline::redigest::EarlierMet;
use crate::pipeline::rejects::Rejects;
use crate::pipeline::stamps::Stamps;
use crate::progress::Cancel;
use crate::publish::{ContentVerdict, History};
use crate::store::Stamp;
use crate::text_id::{Digests, FileId, TextId};
use crate::workers::Input;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What earlier runs left that spares this one work.
#[derive(Debug, Default)]
pub(in crate::pipeline) struct Earlier {
    pub(in crate::pipeline) stamps: Stamps,
    pub(in crate::pipeline) rejects: Rejects,
}

impl Earlier {
    /// Which digests tell whether any file was seen before.
    pub(super) fn digests(&self, history: &History) -> Digests {
        match self.rejects.know_earlier() {
            true => Digests::AndEarlier,
            false => history.digests(),
        }
    }

    /// Which digests tell whether the file at `path`, of this size, was seen before.
    fn digests_of(&self, path: &Path, bytes: u64, history: &History) -> Digests {
        let may_be = acquire::is_gzip(path)
            || history.knows_earlier_size(bytes)
            || self.rejects.know_earlier_size(bytes);
        match may_be {
            true => self.digests(history),
            false => Digests::Today,
        }
    }
}

pub(super) enum FileLook {
    Seen(SeenFile),
    New(Vec<Input>),
}

/// What a file is whose content was seen before.
pub(super) enum SeenFile {
    /// By which identities.
    Known(Vec<TextId>),
    KnownReject,
    Withdrawn,
    Ignored,
}

/// What files are held against.
pub(super) struct FileLooker<'a> {
    pub(super) base: &'a Base<'a>,
    pub(super) options: Options,
    pub(super) earlier: &'a Earlier,
    pub(super) places: KnownPlaces<'a>,
    /// What packed files and earlier digests were found to be on the way.
    pub(super) met: EarlierMet,
}

impl FileLooker<'_> {
    /// Looks at a file, of whose reading this is stated.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub(super) fn at(&self, path: &Path, stated: StatedReading) -> Result<FileLook> {
        let (base, earlier, met) = (self.base, self.earlier, &self.met);
        let (history, rejects, cancel) = (base.history, &earlier.rejects, base.watch.cancel);
        let mut id = None;
        let stamp = (history.version() > 0 || !rejects.is_empty())
            .then(|| Stamp::at(path))
            .transpose()?;
        // The size of a compressed file says nothing of its text, which may be known from another file.
        let may_be_known = |stamp: &Stamp| {
            let bytes = stamp.bytes;
            acquire::is_gzip(path)
                || history.knows_size(bytes)
                || rejects.knows_size(bytes)
                || met.has_size(bytes)
        };
        if let Some(stamp) = stamp.filter(may_be_known) {
            let digests = earlier.digests_of(path, stamp.bytes, history);
            let bytes = (earlier.stamps).identify(path, stamp, digests, cancel)?;
            if stated.id().is_some() {
                // That a dataset of an earlier program has the bytes is known of them alone.
                met.note(bytes, bytes.each(), history);
            }
            let file = bytes.read_as(stated.id());
            let mut ids: Vec<TextId> = file.each().chain(met.packed(file.text)).collect();
            met.note(file, ids.iter().copied(), history);
            // It may be one whose point has the name of the file.
            let named = stated.reading(Some(&TextPlace::whole_file().name(path)));
            ids.push(bytes.text.read_as(named));
            let known = ids.iter().find_map(|id| history.known(id));
            if let Some(known) = known {
                match known.verdict {
                    ContentVerdict::Accepted => {
                        let accepted = ids.into_iter().filter(|id| history.is_accepted(id));
                        return Ok(FileLook::Seen(SeenFile::Known(accepted.collect())));
                    }
                    // Where the site is made anew by another configuration, it may read what the last one rejected.
                    ContentVerdict::Rejected if self.reads_alike() => {
                        return Ok(FileLook::Seen(SeenFile::KnownReject));
                    }
                    ContentVerdict::Retracted if !self.options.force => {
                        return Ok(FileLook::Seen(SeenFile::Withdrawn));
                    }
                    // A file that went back to what it was is news; a copy of what it was, somewhere else, is not.
                    ContentVerdict::Superseded if location(path) != known.path => {
                        return Ok(FileLook::Seen(SeenFile::Withdrawn));
                    }
                    _ => {}
                }
            } else if file.each().any(|id| rejects.knows_content(&id)) {
                return Ok(FileLook::Seen(SeenFile::KnownReject));
            } else if history.was_retracted(file.text) && !self.options.force {
                return Ok(FileLook::Seen(SeenFile::Withdrawn));
            }
            id = Some(file.text);
        }
        let reports = self
            .places
            .sniff(path, base.time, stated, cancel)?
            .into_iter();
        let inputs = reports.map(|report| Input::new(report, id));
        Ok(FileLook::New(inputs.collect()))
    }

    /// Notes that a file cannot be used.
    pub(super) fn failed(&self, path: PathBuf, error: Error, paths: &[PathBuf]) -> FailedInput {
        let history = self.base.history;
        let stated = self.base.settings.stated.of(&path, paths);
        let digests = self.earlier.digests(history);
        let failed = FailedInput::new(path, error, stated, digests, self.base.watch.cancel);
        if let Some(file) = failed.id {
            self.met.note(file, file.each(), history);
        }
        failed
    }

    /// Whether this very file was rejected before: of a packed one the log does not know the text's size.
    pub(super) fn was_rejected(&self, failed: &FailedInput) -> bool {
        let mut ids = failed.id.into_iter().flat_map(FileId::each);
        self.earlier.rejects.knows(failed)
            || self.reads_alike() && ids.any(|id| self.base.history.is_rejected(&id))
    }

    /// Whether the last version was made under a configuration that reads reports as this one does.
    fn reads_alike(&self) -> bool {
        let last = self.base.history.config_digest();
        last.is_some_and(|digest| self.base.settings.digests().contains(&digest))
    }
}

/// The places from which the reports of a dataset were read.
pub(in crate::pipeline) struct KnownPlaces<'a> {
    known: BTreeSet<&'a Path>,
    locations: Mutex<Locations>,
}

impl<'a> KnownPlaces<'a> {
    pub(in crate::pipeline) fn of(history: &'a History) -> Self {
        let sources = history.sources();
        Self {
            known: sources.map(|(_, source)| source.path.as_path()).collect(),
            locations: Mutex::default(),
        }
    }

    /// Looks at the reports of a file, and where one of the dataset was read from its place, at all of their rows: whether they take that
    /// one's place hangs on their first and last instants, which head and tail do not prove.
    pub(in crate::pipeline) fn sniff(
        &self,
        path: &Path,
        time: &TimeRule,
        stated: StatedReading,
        cancel: &Cancel,
    ) -> Result<Vec<Report>> {
        let reports = acquire::sniff_until(path, time, stated, cancel)?;
        let is_known = || {
            let location = locked(&self.locations).of(path);
            self.known.contains(location.as_path())
        };
        if self.known.is_empty() || !is_known() {
            return Ok(reports);
        }
        let reports = reports.into_iter();
        let surveyed = reports.map(|report| acquire::survey(report, time, cancel));
        Ok(surveyed.collect::<Result<Vec<_>>>()?.concat())
    }
}
