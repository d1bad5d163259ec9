//! One file → a new report, or what is known of it.

use super::members::MembersMet;
use super::{FailedInput, Locations, location};
use crate::acquire::{
    self, EntryScratch, FileTexts, NamedId, Report, StatedFile, StatedReading, StatedTexts as _,
    TextFile, TextName, TextPlace, TimeRule, is_export_name,
};
use crate::error::{Error, ErrorKind, Result};
use crate::parallel::locked;
use crate::pipeline::growth::Base;
use crate::pipeline::{Retracted, RunOptions};

use crate::pipeline::redigest::EarlierMet;
use crate::pipeline::rejects::Rejects;
use crate::pipeline::stamps::Stamps;
use crate::plan::Input;
use crate::progress::Cancel;
use crate::publish::{ContentVerdict, History};
use crate::store::Stamp;
use crate::text_id::{Digests, FileId, TextId};
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

    /// Which digests tell whether a file of this size, compressed or not, was seen before.
    fn digests_of(&self, is_packed: bool, bytes: u64, history: &History) -> Digests {
        let may_be =
            is_packed || history.knows_earlier_size(bytes) || self.rejects.know_earlier_size(bytes);
        match may_be {
            true => self.digests(history),
            false => Digests::Today,
        }
    }
}

/// What a file is found to be.
#[derive(Default)]
pub(super) struct FileLook {
    /// Its reports that are new.
    pub(super) new: Vec<Input>,
    /// What else there is to say of it.
    pub(super) seen: SeenFile,
}

/// What there is to say of a file beside its new reports.
#[derive(Default)]
pub(super) struct SeenFile {
    /// Its texts that were seen before, each with its name.
    pub(super) texts: Vec<(Option<String>, SeenText)>,
    /// The names of what of it is no report.
    pub(super) passed_over: Vec<String>,
    /// Why the first of its texts is no report that is none.
    pub(super) none: Option<Error>,
    /// Why some of its texts cannot be used.
    pub(super) failed: Vec<Error>,
    /// Whether some of its reports are new.
    pub(super) has_new: bool,
    /// Whether the configuration passes over it.
    pub(super) ignored: bool,
}

impl SeenFile {
    /// Notes why the text of this name cannot be used, or that it is none and has not the name of one.
    ///
    /// # Errors
    /// `error`, where it is not about the text.
    fn fail(&mut self, name: &str, error: Error) -> Result<()> {
        use ErrorKind::{Changing, Future, Input};
        match error.kind() {
            Input if error.is_foreign() && !is_export_name(name.as_ref()) => {
                self.passed_over.push(name.to_owned());
                self.none.get_or_insert(error);
            }
            Input | Future | Changing => self.failed.push(error),
            _ => return Err(error),
        }
        Ok(())
    }

    /// Whether all there is to say of it is that its reports are new.
    pub(super) fn is_nothing(&self) -> bool {
        let nothing = self.texts.is_empty() && self.passed_over.is_empty();
        nothing && self.failed.is_empty() && !self.ignored
    }
}

/// What a text is whose content was seen before.
pub(super) enum SeenText {
    /// It is in the dataset, under these identities.
    Known(Vec<TextId>),
    KnownReject,
    Withdrawn,
}

/// What files are held against.
pub(super) struct FileLooker<'a> {
    pub(super) base: &'a Base<'a>,
    pub(super) options: RunOptions,
    pub(super) earlier: &'a Earlier,
    pub(super) places: KnownPlaces<'a>,
    /// Which entries of the configuration met a member.
    pub(super) members: MembersMet,
    /// What packed files and earlier digests were found to be on the way.
    pub(super) met: EarlierMet,
    /// Where the entries of texts are sorted that are read whole; nowhere where nothing is to be read after this.
    pub(super) sorting: Option<EntryScratch>,
}

impl FileLooker<'_> {
    /// Looks at a file, which was found in a search of `paths`.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub(super) fn at(&self, path: &Path, paths: &[PathBuf]) -> Result<FileLook> {
        let stated = &self.base.settings.stated.file(path, paths);
        let (base, earlier) = (self.base, self.earlier);
        let (history, cancel) = (base.history, base.watch.cancel);
        let mut look = FileLook::default();
        let stamp = (history.version() > 0 || !earlier.rejects.is_empty())
            .then(|| Stamp::at(path))
            .transpose()?;
        let digests = |stamp: Stamp, packed| earlier.digests_of(packed, stamp.bytes, history);
        let mut known = stamp.and_then(|stamp| {
            let digests = |packed| digests(stamp, packed);
            (earlier.stamps).known(stamp, digests)
        });
        if let Some(ids) = &known
            && self.are_seen(path, ids, stated, &mut look.seen)
        {
            let names = ids.iter().filter_map(|(name, _)| name.as_deref());
            let sources = &self.base.settings.stated.sources;
            self.members.meet(sources, (path, paths), names);
            return Ok(look);
        }
        let mut file = TextFile::open(path)?.sorting_in(self.sorting.as_ref());
        self.refuse_large_sheets(path, &file.texts().texts)?;
        if let (Some(stamp), None) = (stamp, &known) {
            let texts = &file.texts().texts;
            let is_packed = texts.iter().any(TextPlace::is_packed);
            if is_packed || self.may_be_known(stamp.bytes) {
                let digests = digests(stamp, is_packed);
                known = Some((earlier.stamps).identify(path, stamp, digests, cancel)?);
            }
        }
        let FileTexts {
            texts,
            passed_over,
            refused,
        } = file.texts().clone();
        let names = texts.iter().filter_map(TextPlace::member_name);
        let others = refused.iter().map(|member| &member.name);
        let others = others.chain(&passed_over).map(String::as_str);
        let sources = &self.base.settings.stated.sources;
        (self.members).meet(sources, (path, paths), names.chain(others));
        look.seen.passed_over = passed_over;
        if let (true, Some(first)) = (texts.is_empty(), refused.first()) {
            return Err(first.error().at(path));
        }
        for member in refused {
            look.seen.fail(&member.name, member.error().at(path))?;
        }
        let blamed = |error| self.base.settings.stated.blamed(error, path, paths);
        let known = known.unwrap_or_default();
        for place in texts {
            let of_place = known
                .iter()
                .find(|(name, _)| name.as_deref() == place.member_name());
            let id = of_place.map(|(_, id)| *id);
            let stated = stated.of_text(place.text_name());
            match (
                self.text(path, &mut file, &place, id, &stated, &mut look),
                place.member_name(),
            ) {
                (Err(error), Some(name)) => look.seen.fail(name, blamed(error))?,
                (looked, _) => looked?,
            }
        }
        look.seen.has_new = !look.new.is_empty();
        if look.new.is_empty() && look.seen.texts.is_empty() && look.seen.failed.is_empty() {
            let none = look.seen.none.take();
            return Err(none.unwrap_or_else(acquire::no_texts).at(path));
        }
        Ok(look)
    }

    /// Looks at one text of a file, which is known by this where that was found out.
    fn text(
        &self,
        path: &Path,
        file: &mut TextFile,
        place: &TextPlace,
        id: Option<FileId>,
        stated: &StatedReading,
        look: &mut FileLook,
    ) -> Result<()> {
        let name = || place.member_name().map(ToOwned::to_owned);
        if let Some(seen) = id.and_then(|id| self.seen(path, place.member_name(), id, stated)) {
            look.seen.texts.push((name(), seen));
            return Ok(());
        }
        let (time, cancel) = (self.base.time, self.base.watch.cancel);
        let reports = file.sniff(place, time, stated, cancel);
        let reports = self.places.surveyed(path, reports?, time, cancel)?;
        let id = id.map(|id| id.read_as(stated.id()).text);
        let reports = reports.into_iter();
        look.new
            .extend(reports.map(|report| Input::new(report, id)));
        Ok(())
    }

    /// A sheet is held in memory, whatever is done at a time.
    ///
    /// # Errors
    /// [`Memory`](ErrorKind::Memory) where one takes more than the run may.
    fn refuse_large_sheets(&self, path: &Path, texts: &[TextPlace]) -> Result<()> {
        let limit = self.base.settings.memory_limit;
        let sheets = texts.iter().filter(|place| place.is_sheet());
        let largest = sheets
            .filter_map(|place| place.member.as_ref())
            .max_by_key(|sheet| sheet.bytes);
        match largest.filter(|sheet| sheet.bytes > limit) {
            Some(sheet) => Err(Error::new(
                ErrorKind::Memory,
                format!(
                    "a sheet of the workbook is held in memory, and takes {} MB, more than batch.memory_limit_mb: {}",
                    sheet.bytes / 1_000_000,
                    limit / 1_000_000
                ),
            )
            .at(path)
            .hint("raise batch.memory_limit_mb; or save each of its sheets as CSV, and give those")),
            None => Ok(()),
        }
    }

    /// Notes of all texts of a file what they are, if all were seen before.
    fn are_seen(
        &self,
        path: &Path,
        ids: &[NamedId],
        stated: &StatedFile<'_, PathBuf>,
        file: &mut SeenFile,
    ) -> bool {
        let mut is_workbook = None;
        let seen = ids.iter().map(|(name, id)| {
            let own = name.as_deref();
            let stated = stated_of(path, own, stated, &mut is_workbook);
            Some((name.clone(), self.seen(path, own, *id, &stated)?))
        });
        let seen: Option<Vec<_>> = seen.collect();
        let are_seen = seen.is_some();
        file.texts = seen.unwrap_or_default();
        are_seen
    }

    /// Whether the size of a file says that its text may be known. That of a compressed file says nothing: its text may be known from
    /// another file.
    fn may_be_known(&self, bytes: u64) -> bool {
        let (history, rejects) = (self.base.history, &self.earlier.rejects);
        history.knows_size(bytes) || rejects.knows_size(bytes) || self.met.has_size(bytes)
    }

    /// What a text is that is known by `bytes`; `None` where it is new.
    fn seen(
        &self,
        path: &Path,
        name: Option<&str>,
        bytes: FileId,
        stated: &StatedReading,
    ) -> Option<SeenText> {
        let (base, met) = (self.base, &self.met);
        let (history, rejects) = (base.history, &self.earlier.rejects);
        if stated.id().is_some() {
            // That a dataset of an earlier program has the bytes is known of them alone.
            met.note(bytes, bytes.each(), history);
        }
        let file = bytes.read_as(stated.id());
        let mut ids: Vec<TextId> = file.each().chain(met.packed(file.text)).collect();
        met.note(file, ids.iter().copied(), history);
        // It may be one whose point has the name of the file, or of the member or sheet.
        let stem = TextPlace::whole_file().name(name.map_or(path, Path::new));
        let names = [Some(stem), name.map(acquire::sheet_name)];
        let named = names.into_iter().flatten();
        ids.extend(named.map(|name| bytes.text.read_as(stated.reading(Some(&name)))));
        let known = ids.iter().find_map(|id| history.known(id));
        if let Some(known) = known {
            return match known.verdict {
                ContentVerdict::Accepted => {
                    let accepted = ids.into_iter().filter(|id| history.is_accepted(id));
                    Some(SeenText::Known(accepted.collect()))
                }
                // Where the site is made anew by another configuration, it may read what the last one rejected.
                ContentVerdict::Rejected if self.reads_alike() => Some(SeenText::KnownReject),
                ContentVerdict::Retracted if !self.takes_retracted() => Some(SeenText::Withdrawn),
                // A text that went back to what it was is news; a copy of what it was, somewhere else, is not.
                ContentVerdict::Superseded
                    if location(path) != known.path || name != known.member.as_deref() =>
                {
                    Some(SeenText::Withdrawn)
                }
                _ => None,
            };
        }
        if file.each().any(|id| rejects.knows_content(&id)) {
            return Some(SeenText::KnownReject);
        }
        let is_retracted = history.was_retracted(file.text) && !self.takes_retracted();
        is_retracted.then_some(SeenText::Withdrawn)
    }

    fn takes_retracted(&self) -> bool {
        self.options.retracted == Retracted::Take
    }

    /// Whether a file that is no report is passed over: nobody said that it is one.
    pub(super) fn passes_over(&self, path: &Path, paths: &[PathBuf]) -> bool {
        let is_open = self.base.settings.input_pattern.is_none();
        is_open && !is_export_name(path) && !paths.iter().any(|given| given == path)
    }

    /// Notes that a file cannot be used.
    pub(super) fn failed(&self, path: PathBuf, error: Error, paths: &[PathBuf]) -> FailedInput {
        let history = self.base.history;
        let stated = self.base.settings.stated.file(&path, paths);
        let stated = stated_of(&path, error.member(), &stated, &mut None);
        let digests = self.earlier.digests(history);
        let failed = FailedInput::new(path, error, &stated, digests, self.base.watch.cancel);
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

/// What is stated of the text that has this name in the file at `path`.
fn stated_of(
    path: &Path,
    name: Option<&str>,
    stated: &StatedFile<'_, PathBuf>,
    is_workbook: &mut Option<bool>,
) -> StatedReading {
    let mut is_sheet = || {
        stated.hangs_on_names() && *is_workbook.get_or_insert_with(|| acquire::is_workbook(path))
    };
    stated.of_text(match name {
        None => TextName::Whole,
        Some(name) if is_sheet() => TextName::Sheet(name),
        Some(name) => TextName::Member(name),
    })
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

    /// The reports of a file at `path`; where one of the dataset was read from its place, after a look at all of their rows: whether they take
    /// that one's place hangs on their first and last instants, which head and tail do not prove.
    pub(in crate::pipeline) fn surveyed(
        &self,
        path: &Path,
        reports: Vec<Report>,
        time: &TimeRule,
        cancel: &Cancel,
    ) -> Result<Vec<Report>> {
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
