//! What is there: paths → the reports that are new, those that are known, those that are none.
//!
//! No report is read here but its head and tail, unless its digest has to be known first: because a committed report has
//! the same size and may be the same, because it is compressed and no size tells that, or because the order of precedence between two reports hangs on it; or unless a report of the
//! dataset was read from its place, which it takes only if it begins and ends no later and no earlier.

use super::Options;
use super::growth::Base;
use super::parallel::{in_parallel, locked};
use super::redigest::EarlierMet;
use super::rejects::Rejects;
use super::retry;
use super::stamps::Stamps;
use crate::acquire::{self, Report, TimeRule};
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::Settings;
use crate::progress::{Cancel, Event, Stage};
use crate::publish::{ContentVerdict, History};
use crate::store::{self, Named, Stamp};
use crate::text_id::{Digests, FileId, TextId};
use crate::workers::{Input, Inputs, Standing, ties};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What is at the paths of a run.
#[derive(Debug, Default)]
pub struct Survey {
    /// Reports to be read.
    pub new: Inputs,
    /// Files that are committed already.
    pub known: Vec<PathBuf>,
    /// Their contents, each with a file that has it.
    pub at_hand: BTreeMap<TextId, PathBuf>,
    /// Contents that versions of earlier programs know by another digest: by that, what a file that was met is known by.
    pub redigested: BTreeMap<TextId, FileId>,
    /// Files whose content was in the dataset and was superseded or retracted since: they are passed over.
    pub withdrawn: Vec<PathBuf>,
    /// Files whose very content was rejected before.
    pub known_rejects: Vec<PathBuf>,
    /// How many files `cleaner.ignore` passes over.
    pub ignored: usize,
    /// Files that have the same text as another new one; the first is read.
    pub duplicates: Vec<Duplicate>,
    /// Files that cannot be used.
    pub failed: Vec<FailedInput>,
}

/// A file that is the same as another one.
#[derive(Debug, Clone)]
pub struct Duplicate {
    /// The file.
    pub path: PathBuf,
    /// The one that is read.
    pub of: PathBuf,
    /// What their text is known by.
    pub digest: TextId,
    /// Its size.
    pub bytes: u64,
}

/// A larger file that cannot be used is not read through to be known again: it may be terabytes of nothing.
const MOST_DIGESTED: u64 = 16 << 30;

/// A file that cannot be used, and why.
#[derive(Debug)]
pub struct FailedInput {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub error: Error,
    /// What its text is known by, where it could be read.
    pub id: Option<FileId>,
    /// Its size, where it could be looked at.
    pub bytes: Option<u64>,
}

impl FailedInput {
    /// Notes that what is called `path` failed with `error`, and that it is no file.
    pub(super) fn unread(path: PathBuf, error: Error) -> Self {
        Self {
            path,
            error,
            id: None,
            bytes: None,
        }
    }

    /// Notes that `path` failed with `error`, and by which content, unless there is no time to find that out.
    #[must_use]
    pub fn new(path: PathBuf, error: Error, digests: Digests, cancel: &Cancel) -> Self {
        let stamp = store::open(&path).and_then(|file| Stamp::of(&file, &path));
        let bytes = stamp.ok().map(|stamp| stamp.bytes);
        let known = bytes.is_some_and(|bytes| bytes <= MOST_DIGESTED);
        let id = known.then(|| acquire::identify_until(&path, digests, cancel).ok());
        Self {
            path,
            error,
            id: id.flatten(),
            bytes,
        }
    }
}

/// Finds out early that a path is wrong, before anything is made on disk.
///
/// # Errors
/// [`Usage`](ErrorKind::Usage) for a path that does not exist.
pub(super) fn exist(paths: &[PathBuf]) -> Result<()> {
    for path in paths {
        if store::what_is(path)?.is_none() {
            return Err(Error::usage("no such file or folder")
                .at(path)
                .hint("check the spelling; relative paths start at the working directory"));
        }
    }
    Ok(())
}

/// Looks at everything that `paths` lead to; `new` takes what is new.
///
/// # Errors
/// [`Usage`](ErrorKind::Usage) for a path that does not exist, [`Input`](ErrorKind::Input) where there is no report at all; with
/// `batch.stop_on_error`, the first file that cannot be used.
pub(super) fn survey(
    base: &Base<'_>,
    options: Options,
    earlier: &Earlier,
    paths: &[PathBuf],
    new: Inputs,
) -> Result<Survey> {
    let (settings, watch) = (base.settings, base.watch);
    let cancel = watch.cancel;
    let mut files = acquire::discover_until(paths, &settings.input_pattern, cancel)?;
    let lost = files.take_lost();
    if files.is_empty() && lost.is_empty() {
        return Err(no_reports(settings, paths));
    }
    watch.begin(Stage::Looking { files: files.len() });
    let new = Mutex::new(new);
    let places = KnownPlaces::of(base.history);
    let seen: Mutex<Vec<(usize, Result<SeenFile>)>> = Mutex::default();
    let met = EarlierMet::default();
    let look_at = |place: usize, path: PathBuf| {
        let look = retry::patiently(settings.max_retry_per_file, watch, || {
            watch.go_on("while looking at the files")?;
            if settings.ignore.matches(&path, paths) {
                return Ok(FileLook::Seen(SeenFile::Ignored));
            }
            look(&path, base, options, (earlier, &places, &met), cancel)
        });
        let look = look.and_then(|look| match look {
            FileLook::New(input) => {
                // Most are of a form that is known: what is dropped of them is dropped when nobody waits for the list.
                let points = Arc::clone(&input.report.points);
                let pushed = locked(&new).push(*input);
                drop(points);
                pushed.map(|()| None)
            }
            FileLook::Seen(seen) => Ok(Some(seen)),
        });
        // Of most there is nothing more to say.
        if let Some(look) = look.transpose() {
            locked(&seen).push((place, look));
        }
        watch.tell(&Event::LookedAt);
    };
    // What compressed files are known by may say by what others are.
    for compressed in [true, false] {
        in_parallel(files.len(), settings.threads, |place| {
            let path = files.get(place).unwrap_or_default();
            if acquire::is_gzip(&path) == compressed {
                look_at(place, path);
            }
        });
    }
    let mut new = new.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut seen = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    seen.sort_unstable_by_key(|(place, _)| *place);
    let mut survey = Survey::default();
    for (path, error) in lost {
        if settings.stop_on_error {
            return Err(error);
        }
        survey.failed.push(FailedInput::unread(path, error));
    }
    for (place, look) in seen {
        let path = files.get(place).unwrap_or_default();
        match look {
            Ok(SeenFile::Known(ids)) => {
                for id in ids {
                    survey.at_hand.entry(id).or_insert(path.clone());
                }
                survey.known.push(path);
            }
            Ok(SeenFile::Withdrawn) => survey.withdrawn.push(path),
            Ok(SeenFile::Ignored) => survey.ignored += 1,
            Ok(SeenFile::KnownReject) => survey.known_rejects.push(path),
            Err(error) if error.kind() == ErrorKind::Stopped || settings.stop_on_error => {
                return Err(error);
            }
            // That no more files can be opened says nothing about this one, nor does what is wrong with the disk of the batch.
            Err(error) if error.is_exhaustion() => return Err(error.exhausted()),
            Err(error) if error.path().is_some_and(|other| other != path) => return Err(error),
            Err(error) => {
                let digests = earlier.digests(base.history);
                let failed = FailedInput::new(path, error, digests, cancel);
                if let Some(file) = failed.id {
                    met.note(file, file.each(), base.history);
                }
                if earlier.rejects.knows(&failed) || was_rejected(base, &failed) {
                    survey.known_rejects.push(failed.path);
                } else {
                    survey.failed.push(failed);
                }
            }
        }
    }
    if survey.ignored == files.len() && base.history.version() == 0 {
        return Err(all_ignored(survey.ignored));
    }
    // The names of the files would stand beside the list that is sorted now.
    drop(files);
    survey.redigested = met.into_files();
    // They came in whatever order they were looked at.
    survey.settle_ties(&mut new, settings.stop_on_error, cancel)?;
    survey.new = new;
    // Whatever could not be found out because there was no time left is nobody's fault.
    watch.go_on("while looking at the files")?;
    Ok(survey)
}

/// What earlier runs left that spares this one work.
#[derive(Debug, Default)]
pub(super) struct Earlier {
    pub(super) stamps: Stamps,
    pub(super) rejects: Rejects,
}

impl Earlier {
    /// Which digests tell whether any file was seen before.
    fn digests(&self, history: &History) -> Digests {
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

enum FileLook {
    Seen(SeenFile),
    New(Box<Input>),
}

/// What a file is whose content was seen before.
enum SeenFile {
    /// By which identities.
    Known(Vec<TextId>),
    KnownReject,
    Withdrawn,
    Ignored,
}

fn look(
    path: &Path,
    base: &Base<'_>,
    options: Options,
    (earlier, places, met): (&Earlier, &KnownPlaces<'_>, &EarlierMet),
    cancel: &Cancel,
) -> Result<FileLook> {
    let (history, rejects) = (base.history, &earlier.rejects);
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
        let file = (earlier.stamps).identify(path, stamp, digests, cancel)?;
        let ids: Vec<TextId> = file.each().chain(met.packed(file.text)).collect();
        met.note(file, ids.iter().copied(), history);
        let known = ids.iter().find_map(|id| history.known(id));
        if let Some(known) = known {
            match known.verdict {
                ContentVerdict::Accepted => {
                    let accepted = ids.into_iter().filter(|id| history.is_accepted(id));
                    return Ok(FileLook::Seen(SeenFile::Known(accepted.collect())));
                }
                // Where the site is made anew by another configuration, it may read what the last one rejected.
                ContentVerdict::Rejected if reads_alike(base) => {
                    return Ok(FileLook::Seen(SeenFile::KnownReject));
                }
                ContentVerdict::Retracted if !options.force => {
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
        }
        id = Some(file.text);
    }
    let report = places.sniff(path, base.time, cancel)?;
    Ok(FileLook::New(Box::new(Input {
        report,
        digest: id,
        known_by: None,
        standing: Standing::New,
    })))
}

/// Whether the last version was made under a configuration that reads reports as this one does.
fn reads_alike(base: &Base<'_>) -> bool {
    let last = base.history.config_digest();
    last.is_some_and(|digest| base.settings.digests().contains(&digest))
}

/// Whether the log knows the content of a file as rejected by this configuration: of a packed file it does not know the text's size.
fn was_rejected(base: &Base<'_>, failed: &FailedInput) -> bool {
    let history = base.history;
    let holds = reads_alike(base);
    let mut ids = failed.id.into_iter().flat_map(FileId::each);
    holds && ids.any(|id| history.is_rejected(&id))
}

/// The places from which the reports of a dataset were read.
pub(super) struct KnownPlaces<'a> {
    known: BTreeSet<&'a Path>,
    locations: Mutex<Locations>,
}

impl<'a> KnownPlaces<'a> {
    pub(super) fn of(history: &'a History) -> Self {
        let sources = history.sources();
        Self {
            known: sources.map(|(_, source)| source.path.as_path()).collect(),
            locations: Mutex::default(),
        }
    }

    /// Looks at a report, and where one of the dataset was read from its place, at all of its rows: whether it takes that one's place
    /// hangs on its first and last instant, which head and tail do not prove.
    pub(super) fn sniff(&self, path: &Path, time: &TimeRule, cancel: &Cancel) -> Result<Report> {
        let mut report = acquire::sniff_until(path, time, cancel)?;
        let is_known = || {
            let location = locked(&self.locations).of(path);
            self.known.contains(location.as_path())
        };
        if !self.known.is_empty() && is_known() {
            acquire::survey(&mut report, time, cancel)?;
        }
        Ok(report)
    }
}

/// Where files are: their absolute paths, links resolved, as manifests have them. Folders are resolved once.
#[derive(Debug, Default)]
pub(super) struct Locations(BTreeMap<PathBuf, Option<PathBuf>>);

impl Locations {
    /// As [`location`].
    pub(super) fn of(&mut self, path: &Path) -> PathBuf {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return location(path);
        };
        if !matches!(store::named(path), Ok(Some(Named::File(_)))) {
            return location(path);
        }
        if !self.0.contains_key(parent) {
            let here = if parent.as_os_str().is_empty() {
                Path::new(".")
            } else {
                parent
            };
            self.0
                .insert(parent.to_owned(), store::canonical(here).ok());
        }
        match self.0.get(parent) {
            Some(Some(folder)) => folder.join(name),
            _ => location(path),
        }
    }
}

/// The absolute path of what is called `path`, where it may be a link itself.
pub(super) fn location_of_name(path: &Path) -> PathBuf {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return location(path);
    };
    let parent = match parent.as_os_str().is_empty() {
        true => Path::new("."),
        false => parent,
    };
    location(parent).join(name)
}

/// The absolute path of a file, links resolved, as manifests have it.
pub(super) fn location(path: &Path) -> PathBuf {
    store::canonical(path).unwrap_or_else(|_| path.to_owned())
}

impl Survey {
    /// What the text of a content of the dataset is known by today, where that was found out.
    pub(super) fn current_id(&self, content: TextId) -> Option<TextId> {
        match content {
            TextId::Blake3(_) => Some(content),
            TextId::Sha256(_) => self.redigested.get(&content).map(|file| file.text),
        }
    }

    /// Puts inputs into the order of precedence, learns the digests on which that hangs, and sets reports aside that are there twice. To
    /// be called before every plan: what is known of a report may change on the way.
    pub(super) fn settle_ties(
        &mut self,
        inputs: &mut Inputs,
        stop_on_error: bool,
        cancel: &Cancel,
    ) -> Result<()> {
        let (failed, duplicates) = (&mut self.failed, &mut self.duplicates);
        let redigested = &mut self.redigested;
        let learn = |group: &mut Vec<Input>| {
            let mut lost = Vec::new();
            for index in ties(group) {
                let input = &mut group[index];
                if input.digest.is_none() {
                    match acquire::identify_until(&input.report.path, input.digests(), cancel) {
                        Ok(file) => match input.known_by {
                            // One with another text by now is found out when it is read.
                            Some(known) if !file.is(known) => {}
                            known => {
                                redigested.extend(known.map(|known| (known, file)));
                                input.digest = Some(file.text);
                            }
                        },
                        Err(error) if error.kind() == ErrorKind::Stopped => return Err(error),
                        Err(error) if error.is_exhaustion() => return Err(error.exhausted()),
                        // So is that a report of the dataset cannot be read.
                        Err(_) if input.known_by.is_some() => {}
                        Err(error) if stop_on_error => return Err(error),
                        Err(error) => lost.push((index, error)),
                    }
                }
            }
            for (index, error) in lost.into_iter().rev() {
                let path = group.remove(index).report.path;
                failed.push(FailedInput::new(path, error, Digests::Today, cancel));
            }
            Ok(())
        };
        inputs.settle(learn, |group| set_duplicates_aside(group, duplicates))
    }
}

/// Of new inputs that are the same, which follow each other, the first is read.
fn set_duplicates_aside(group: &mut Vec<Input>, duplicates: &mut Vec<Duplicate>) {
    let mut first: Option<(TextId, PathBuf)> = None;
    group.retain(|input| {
        let (Some(digest), path) = (input.digest, &input.report.path) else {
            return true;
        };
        match &first {
            Some((known, of)) if *known == digest && input.standing == Standing::New => {
                duplicates.push(Duplicate {
                    path: path.clone(),
                    of: of.clone(),
                    digest,
                    bytes: input.report.stamp.bytes,
                });
                false
            }
            _ => {
                first = (input.standing == Standing::New).then(|| (digest, path.clone()));
                true
            }
        }
    });
}

fn all_ignored(files: usize) -> Error {
    Error::input(format!(
        "no reports found: cleaner.ignore passes over all {files} files"
    ))
    .hint("check the patterns of cleaner.ignore")
}

fn no_reports(settings: &Settings, paths: &[PathBuf]) -> Error {
    let places: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    Error::input(format!(
        "no reports found: no file in {} matches {:?}",
        places.join(", "),
        settings.input_pattern
    ))
    .hint("check the path, or set batch.input_pattern")
}

#[cfg(test)]
mod tests;
