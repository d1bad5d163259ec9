//! The files of new reports → what the dataset keeps of them.
//!
//! Enters: the plan of a batch, and its accounts when all reports were read. Leaves: their files, packed in the attempt's folder, and for each
//! input what is kept of its file. A thread that has no task left packs files while others still read. Nothing of it is visible before the
//! commit. A file that changed after it was read is passed over, and said: its rows are those that were read, and what is at its path is
//! something else. Refused: what cannot be written.

use super::Settings;
use super::growth::Base;
use super::report_accounts::ReportAccounts;
use crate::acquire::TextPlace;
use crate::error::Result;
use crate::kept_source::{self, Durable, PackedFile, Packer};
use crate::parallel::{self, locked};
use crate::plan::{Plan, Standing};
use crate::publish::{Attempt, KeepSources, KeptSource, KeptSum};
use crate::scratch::SpillFile;
use crate::store::{self, FileSystem, Stamp};
use crate::text_id::TextId;
use crate::warning::Warning;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// So many files are packed before it is noted what became of them.
const AT_A_TIME: usize = 256;
/// So many files may be packed before all were read: what became of them is held in memory.
const MOST_AHEAD: usize = 1024;
/// More files than this are made durable all at once: that takes as long as some, and one by one they would take longer than to read them.
pub(super) const MOST_ONE_BY_ONE: usize = 64;

/// What is kept of the files of a batch.
#[derive(Default)]
pub(super) struct KeptSources {
    /// Of each new input that is its file's only one, in their order.
    alone: SpillFile,
    /// Of those that are listed with their texts, by path.
    listed: BTreeMap<PathBuf, Option<KeptSource>>,
    pub(super) sum: KeptSum,
    /// How many are passed over, and the first of them.
    passed: Option<(usize, PathBuf)>,
}

/// What packs the files of a batch, with what was packed while they were read.
pub(super) struct Packing {
    packer: Packer,
    /// Whether they are made durable all at once.
    is_together: bool,
    /// The first that are to be kept, in their order, and what became of each.
    ahead: Vec<(ToKeep, Mutex<Ahead>)>,
}

impl Packing {
    /// Of the files of the new inputs of `plan`.
    ///
    /// # Errors
    /// Where the plan cannot be read.
    pub(super) fn of(base: &Base<'_>, plan: &Plan) -> Result<Self> {
        let is_together = plan.inputs.len() > MOST_ONE_BY_ONE;
        let mut ahead = Vec::new();
        let mut listed = BTreeSet::new();
        let inputs = plan.inputs.each(plan.inputs.ids());
        let is_kept = base.settings.keep_sources != KeepSources::None;
        for input in inputs.take_while(|_| is_kept) {
            let input = input?;
            if ahead.len() == MOST_AHEAD {
                break;
            }
            if input.standing() != Standing::New {
                continue;
            }
            let report = plan.inputs.of(&input)?.report;
            if input.is_listed() && !listed.insert(report.path.clone()) {
                continue;
            }
            let file = ToKeep {
                path: report.path,
                stamp: report.stamp,
                text: None,
                listed: input.is_listed(),
                number: ahead.len(),
                ahead: Ahead::No,
            };
            ahead.push((file, Mutex::new(Ahead::No)));
        }
        Ok(Self {
            packer: Packer::new(match is_together {
                true => Durable::Together,
                false => Durable::Each,
            }),
            is_together,
            ahead,
        })
    }

    /// How many files may be packed before all were read.
    pub(super) fn len(&self) -> usize {
        self.ahead.len()
    }

    /// Packs the file with this number, as long as that is `wanted`. Where that fails, it is tried again when all were read, and what is wrong is
    /// said then.
    pub(super) fn pack(&self, number: usize, attempt: &Attempt, wanted: &dyn Fn() -> bool) {
        let Some((file, became)) = self.ahead.get(number) else {
            return;
        };
        let draft = attempt.source_draft(number);
        let packed = file.packed(&self.packer, &draft, wanted);
        *locked(became) = match packed {
            Ok(Ok(packed)) => Ahead::Packed(packed),
            _ if store::remove_file(&draft).is_err() => Ahead::No,
            Ok(Err(_)) if wanted() => Ahead::Changed,
            Ok(Err(_)) | Err(_) => Ahead::No,
        };
    }

    /// What became of the file with this number, which is the one at `path`.
    fn became(&self, number: usize, path: &Path) -> Ahead {
        let ahead = self.ahead.get(number);
        let ahead = ahead.filter(|(file, _)| file.path == path);
        ahead.map_or(Ahead::No, |(_, became)| *locked(became))
    }
}

/// What became of a file while it was read.
#[derive(Debug, Clone, Copy)]
enum Ahead {
    /// It was not packed.
    No,
    Packed(PackedFile),
    /// The file was not what was planned any more.
    Changed,
}

/// A file that is to be kept.
struct ToKeep {
    path: PathBuf,
    stamp: Stamp,
    /// What its text is known by, where it is one and was read.
    text: Option<TextId>,
    ahead: Ahead,
    /// Whether it is listed with its texts.
    listed: bool,
    number: usize,
}

impl KeptSources {
    /// Keeps the files of the new inputs of `plan`, as far as the settings say so.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where they cannot be written, [`Stopped`](crate::ErrorKind::Stopped), and those of the accounts.
    pub(super) fn of(
        base: &Base<'_>,
        plan: &Plan,
        accounts: &ReportAccounts,
        attempt: &Attempt,
        packing: &Packing,
    ) -> Result<Self> {
        let mut kept = Self {
            alone: SpillFile::new(Some(&base.settings.dirs.staging)),
            ..Self::default()
        };
        if base.settings.keep_sources == KeepSources::None {
            return Ok(kept);
        }
        let together = packing
            .is_together
            .then(|| FileSystem::of(attempt.dir()))
            .transpose()?;
        let mut next = Vec::with_capacity(AT_A_TIME);
        let mut number = 0;
        for read in accounts.inputs(plan) {
            let (input, read) = read?;
            if input.standing() != Standing::New {
                continue;
            }
            let listed = input.is_listed();
            let report = plan.inputs.of(&input)?.report;
            if listed && kept.listed.contains_key(&report.path) {
                continue;
            }
            if listed {
                kept.listed.insert(report.path.clone(), None);
            }
            let is_text = !listed && report.text == TextPlace::whole_file();
            next.push(ToKeep {
                ahead: packing.became(number, &report.path),
                path: report.path,
                stamp: report.stamp,
                text: is_text.then_some(read.digest()?.read_as(None)),
                listed,
                number,
            });
            number += 1;
            if next.len() == AT_A_TIME {
                kept.keep(std::mem::take(&mut next), base, &packing.packer, attempt)?;
            }
        }
        kept.keep(next, base, &packing.packer, attempt)?;
        if let Some(file_system) = together {
            file_system.fsync()?;
        }
        Ok(kept)
    }

    fn keep(
        &mut self,
        files: Vec<ToKeep>,
        base: &Base<'_>,
        packer: &Packer,
        attempt: &Attempt,
    ) -> Result<()> {
        let threads = base.settings.threads;
        let packed = parallel::map(files, threads, |file| {
            base.watch.go_on("while keeping what was read")?;
            let kept = file.kept(base, packer, attempt)?;
            Ok((file, kept))
        })?;
        for (file, kept) in packed {
            match kept {
                Some(kept) => self.sum.add(kept.bytes),
                None => self.passed.get_or_insert((0, file.path.clone())).0 += 1,
            }
            match file.listed {
                true => _ = self.listed.insert(file.path, kept),
                false => _ = self.alone.put(&kept)?,
            }
        }
        Ok(())
    }

    /// What is kept of the files of the new inputs that are alone in theirs, in the order of the inputs.
    pub(super) fn alone(&self) -> impl Iterator<Item = Result<Option<KeptSource>>> + '_ {
        self.alone.iter()
    }

    /// What is kept of a file that is listed with its texts.
    pub(super) fn listed(&self, path: &Path) -> Option<KeptSource> {
        self.listed.get(path).copied().flatten()
    }

    /// What a person should know of it.
    pub(super) fn warning(&self) -> Option<Warning> {
        let (files, example) = self.passed.as_ref()?;
        Some(Warning::NotKept {
            files: *files,
            example: example.display().to_string(),
        })
    }
}

impl ToKeep {
    /// What is kept of it; `None` where it is not what was read any more.
    fn kept(
        &self,
        base: &Base<'_>,
        packer: &Packer,
        attempt: &Attempt,
    ) -> Result<Option<KeptSource>> {
        let draft = attempt.source_draft(self.number);
        let packed = match self.ahead {
            Ahead::No => self.packed(packer, &draft, &|| true)?,
            Ahead::Packed(packed) => self.is_what_was_read(packed),
            Ahead::Changed => Err(io::ErrorKind::InvalidData.into()),
        };
        let Ok(packed) = packed else {
            // It may not have been begun.
            store::remove_file(&draft)?;
            return Ok(None);
        };
        place(base.settings, attempt, &draft, packed).map(Some)
    }

    /// The file, packed as `draft`; the error within says why it is not what was read.
    fn packed(
        &self,
        packer: &Packer,
        draft: &Path,
        wanted: &dyn Fn() -> bool,
    ) -> Result<io::Result<PackedFile>> {
        let changed = || Ok(Err(io::ErrorKind::InvalidData.into()));
        let Ok(file) = store::open(&self.path) else {
            return changed();
        };
        if !Stamp::of(&file, &self.path)?.is_still(&self.stamp) {
            return changed();
        }
        let mut file = WantedBytes { file, wanted };
        let packed = packer.pack(&mut file, Some(self.stamp.bytes), draft)?;
        Ok(packed.and_then(|packed| self.is_what_was_read(packed)))
    }

    /// The same, if it is what was read, and its file still is that.
    fn is_what_was_read(&self, packed: PackedFile) -> io::Result<PackedFile> {
        let stamp = Stamp::at(&self.path);
        let is_text = self.text.is_none_or(|text| packed.id.text() == text);
        match is_text && stamp.is_ok_and(|stamp| stamp == self.stamp) {
            true => Ok(packed),
            false => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

/// Puts what was packed as `draft` where the attempt will publish it from, unless it is kept already.
///
/// # Errors
/// [`Damaged`](crate::ErrorKind::Damaged) where what is kept already is something else; [`Storage`](crate::ErrorKind::Storage).
pub(super) fn place(
    settings: &Settings,
    attempt: &Attempt,
    draft: &Path,
    packed: PackedFile,
) -> Result<KeptSource> {
    let PackedFile { id, bytes } = packed;
    let place = settings.dirs.source(settings.site.as_str(), id);
    let bytes = match store::named(&place)? {
        // An earlier version keeps it, or one that was never committed: that is whole, or there is something wrong with the disk.
        Some(_) => {
            store::remove_file(draft)?;
            kept_source::prove(&place, id)
                .map_err(|error| error.hint("restore it from a copy, or remove it"))?;
            Stamp::at(&place)?.bytes
        }
        None => {
            attempt.keep(draft, id)?;
            bytes
        }
    };
    Ok(KeptSource { digest: id, bytes })
}

/// The bytes of a file, as long as they are wanted.
struct WantedBytes<'a> {
    file: File,
    wanted: &'a dyn Fn() -> bool,
}

impl io::Read for WantedBytes<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match (self.wanted)() {
            true => self.file.read(buffer),
            false => Err(io::Error::other("the file is not wanted any more")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_packed_only_if_it_is_what_was_read() {
        let folder = store::test_folder();
        let path = folder.path().join("a.csv");
        store::write_all_synced(&path, b"rows").unwrap();
        let stamp = Stamp::at(&path).unwrap();
        let packer = Packer::new(Durable::Each);
        let pack = |stamp: Stamp, text: Option<&[u8]>| {
            let file = ToKeep {
                path: path.clone(),
                stamp,
                text: text.map(TextId::of),
                listed: false,
                number: 0,
                ahead: Ahead::No,
            };
            let draft = folder.path().join("draft");
            let packed = file.packed(&packer, &draft, &|| true).unwrap();
            store::remove_file(&draft).unwrap();
            packed.ok().map(|packed| packed.id)
        };
        let id = kept_source::identify(&path).unwrap().0;
        let draft = folder.path().join("unwanted");
        let unwanted = ToKeep {
            path: path.clone(),
            stamp,
            text: None,
            listed: false,
            number: 0,
            ahead: Ahead::No,
        };
        let packed = unwanted.packed(&packer, &draft, &|| false);
        assert!(packed.unwrap().is_err(), "nobody wants it any more");
        assert_eq!(pack(stamp, None), Some(id));
        assert_eq!(pack(stamp, Some(b"rows")), Some(id));
        assert_eq!(pack(stamp, Some(b"other")), None);
        // What was packed ahead is held against what was read.
        let ahead = |text: &[u8]| {
            let file = ToKeep {
                path: path.clone(),
                stamp,
                text: Some(TextId::of(text)),
                listed: false,
                number: 0,
                ahead: Ahead::No,
            };
            file.is_what_was_read(PackedFile { id, bytes: 1 }).is_ok()
        };
        assert!(ahead(b"rows") && !ahead(b"other"));
        let longer = Stamp { bytes: 5, ..stamp };
        assert_eq!(pack(longer, None), None);
        store::remove_file(&path).unwrap();
        assert_eq!(pack(stamp, None), None);
        store::write_all_synced(&path, b"rows").unwrap();
        assert_eq!(pack(stamp, None), None, "it was written anew");
    }
}
