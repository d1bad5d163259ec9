//! What is there: paths → the reports that are new, those that are known, those that are none.
//!
//! No report is read here but its head and tail, unless its digest has to be known first: because a committed report has
//! the same size and may be the same, because it is compressed and no size tells that, or because the order of precedence between two reports hangs on it; or unless a report of the
//! dataset was read from its place, which it takes only if it begins and ends no later and no earlier.

mod date_orders;
mod failed;
mod locations;
mod look;
mod members;
mod summary;

pub(crate) use date_orders::OrderCounts;
pub use failed::FailedInput;
pub(super) use locations::{Locations, location, location_of_name};
pub(super) use look::{Earlier, KnownPlaces};
pub(super) use summary::SurveySummary;

use super::growth::Base;
use super::redigest::EarlierMet;
use super::{RunOptions, Settings, retry};
use crate::acquire::{self, EntryScratch, Files, Report, text_path};
use crate::error::{Error, ErrorKind, Missing, Result};
use crate::parallel::{in_parallel, locked};
use crate::plan::{Input, Inputs, Standing, ties};
use crate::progress::{Cancel, Event, Stage};
use crate::store;
use crate::text_id::{Digests, FileId, TextId};
use crate::time::Stopwatch;
use crate::warning::{EXAMPLES, Warning};
use look::{FileLook, FileLooker, SeenFile, SeenText};
use members::MembersMet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What is at the paths of a run.
#[derive(Debug, Default)]
pub struct Survey {
    /// Reports to be read.
    pub(crate) new: Inputs,
    /// Files that are committed already.
    pub(crate) known: Vec<PathBuf>,
    /// Their contents, each with a text that has it.
    pub(crate) at_hand: BTreeMap<TextId, TextLocation>,
    /// Contents that versions of earlier programs know by another digest: by that, what a file that was met is known by.
    pub(crate) redigested: BTreeMap<TextId, FileId>,
    /// Files whose content was in the dataset and was superseded or retracted since: they are passed over.
    pub(crate) withdrawn: Vec<PathBuf>,
    /// Files whose very content was rejected before.
    pub known_rejects: Vec<PathBuf>,
    /// How many files `cleaner.ignore` passes over.
    pub(crate) ignored: usize,
    /// Files that have the same text as another new one; the first is read.
    pub(crate) duplicates: Vec<Duplicate>,
    /// Files that cannot be used.
    pub(crate) failed: Vec<FailedInput>,
    /// What is no report and has not the name of one: files, and members of files.
    pub(crate) passed_over: Vec<PathBuf>,
}

/// Where a text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextLocation {
    /// Its file.
    pub(crate) path: PathBuf,
    /// Its name in the file, if it has one.
    pub(crate) member: Option<String>,
}

/// A file that is the same as another one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Duplicate {
    /// The file.
    #[serde(with = "crate::path_bytes::as_json")]
    pub(crate) path: PathBuf,
    /// The name of its text in it, if that has one.
    pub(crate) member: Option<String>,
    /// The one that is read, with the name of its text in it.
    #[serde(with = "crate::path_bytes::as_json")]
    pub(crate) of: PathBuf,
    /// What their text is known by.
    pub(crate) digest: TextId,
    /// Its size.
    pub(crate) bytes: u64,
}

/// Finds out early that a path is wrong, before anything is made on disk.
///
/// # Errors
/// [`Usage`](ErrorKind::Usage) for a path that does not exist.
pub(super) fn exist(paths: &[PathBuf]) -> Result<()> {
    for path in paths {
        if store::what_is(path)?.is_none() {
            return Err(Error::missing(Missing::Path, "no such file or folder")
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
    options: RunOptions,
    earlier: &Earlier,
    paths: &[PathBuf],
    new: Inputs,
) -> Result<Survey> {
    let since = Stopwatch::start();
    let (settings, watch) = (base.settings, base.watch);
    let pattern = settings.input_pattern.as_deref();
    let own = match pattern {
        Some(_) => Vec::new(),
        // What the program wrote is no input.
        None => settings.dirs.all(),
    };
    let mut files = acquire::discover_until(paths, pattern, &own, watch.cancel)?;
    let lost = files.take_lost();
    // What is kept can be made again without a file.
    if files.is_empty() && lost.is_empty() && !base.goes_without_new() {
        return Err(no_reports(settings, paths));
    }
    tracing::info!(
        name: "files_found",
        files = files.len(),
        unreachable = lost.len(),
        seconds = since.elapsed().as_secs_f64(),
        "the files are found"
    );
    watch.begin(Stage::Looking { files: files.len() });
    let looker = FileLooker {
        base,
        options,
        earlier,
        places: KnownPlaces::of(base.history),
        members: MembersMet::of(&settings.stated),
        met: EarlierMet::default(),
        sorting: sorting(settings, &new),
    };
    let (mut new, seen) = looker.at_all(&files, paths, new)?;
    let mut survey = Survey::default();
    for (path, error) in lost {
        if looker.passes_over(&path, paths) {
            survey.passed_over.push(path);
            continue;
        }
        if settings.stop_on_error {
            return Err(error);
        }
        survey.failed.push(FailedInput::unread(path, error));
    }
    let seen = date_orders::counted(seen, &new)?;
    for (place, seen) in seen {
        survey.add(files.get(place).unwrap_or_default(), seen, &looker, paths)?;
    }
    if survey.ignored == files.len() && base.history.version() == 0 {
        return Err(all_ignored(survey.ignored));
    }
    survey.tell_passed_over(base);
    if base.history.version() == 0 && new.is_empty() && survey.has_only_passed_over() {
        return Err(none_is_a_report(&survey.passed_over));
    }
    let unmatched = settings.stated.unmatched(files.iter(), paths);
    for source in unmatched {
        let (pattern, member) = (source.pattern.clone(), None);
        watch.warn(&Warning::UnmatchedSource { pattern, member });
    }
    for source in looker.members.unmet(&settings.stated) {
        let (pattern, member) = (source.pattern.clone(), source.member.clone());
        watch.warn(&Warning::UnmatchedSource { pattern, member });
    }
    // The names of the files would stand beside the list that is sorted now.
    drop(files);
    survey.redigested = looker.met.into_files();
    // They came in whatever order they were looked at.
    survey.settle_ties(&mut new, settings.stop_on_error, watch.cancel)?;
    survey.new = new;
    // Whatever could not be found out because there was no time left is nobody's fault.
    watch.go_on("while looking at the files")?;
    tracing::info!(
        name: "files_judged",
        new_reports = survey.new.len(),
        known = survey.known.len(),
        known_rejects = survey.known_rejects.len(),
        rejected = survey.failed.len(),
        withdrawn = survey.withdrawn.len(),
        ignored = survey.ignored,
        passed_over = survey.passed_over.len(),
        seconds = since.elapsed().as_secs_f64(),
        "the files are looked at"
    );
    Ok(survey)
}

/// Where the entries of texts are sorted that are read whole: those of as many at a time as there are threads take an eighth of the memory that
/// the run may, and where a table of one is left for the sort, for a moment twice that. Without a folder for what is spilled they are not: only a plan is made.
fn sorting(settings: &Settings, new: &Inputs) -> Option<EntryScratch> {
    /// Its time, its point and its number, its place in the order, and half of that again while they are sorted.
    const ENTRY_BYTES: u64 = 48;
    /// More are no faster: what is sorted at a time should stay in the caches.
    const MOST: usize = 1 << 18;
    let file = Arc::clone(new.entries());
    file.folder()?;
    let share = settings.memory_share() / 8 / settings.threads.max(1) as u64;
    let most = usize::try_from(share / ENTRY_BYTES).map_or(MOST, |most| most.min(MOST));
    Some(EntryScratch { file, most })
}

/// What of most files there is nothing more to say of: by their places, those that are not new.
type SeenFiles = Vec<(usize, Result<SeenFile>)>;

impl FileLooker<'_> {
    /// Looks at all files; `new` takes the new ones, in any order.
    fn at_all(&self, files: &Files, paths: &[PathBuf], new: Inputs) -> Result<(Inputs, SeenFiles)> {
        let new = Mutex::new(new);
        let seen = Mutex::new(Vec::new());
        let look_at = |place: usize, path: PathBuf| {
            let look = self.patiently(&path, paths).and_then(|look: FileLook| {
                // Most are of a form that is known: what is dropped of them is dropped when nobody waits for the list.
                let points: Vec<_> = (look.new.iter())
                    .map(|input| Arc::clone(&input.report.points))
                    .collect();
                let pushed = {
                    let mut new = locked(&new);
                    look.new.into_iter().try_for_each(|input| new.push(input))
                };
                drop(points);
                pushed.map(|()| Some(look.seen).filter(|seen| !seen.is_nothing()))
            });
            if let Some(look) = look.transpose() {
                locked(&seen).push((place, look));
            }
            self.base.watch.tell(&Event::LookedAt);
        };
        // What compressed files were known by to earlier programs may say by what others are.
        let passes = match self.earlier.digests(self.base.history) {
            Digests::Today => &[None][..],
            Digests::AndEarlier => &[Some(true), Some(false)],
        };
        for pass in passes {
            in_parallel(files.len(), self.base.settings.threads, |place| {
                let path = files.get(place).unwrap_or_default();
                if pass.is_none_or(|packed| acquire::is_packed(&path) == packed) {
                    look_at(place, path);
                }
            })?;
        }
        let new = new.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut seen: SeenFiles = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
        seen.sort_unstable_by_key(|(place, _)| *place);
        Ok((new, seen))
    }

    /// Looks at a file, again where it could not be read for a passing reason.
    fn patiently(&self, path: &Path, paths: &[PathBuf]) -> Result<FileLook> {
        let (settings, watch) = (self.base.settings, self.base.watch);
        retry::patiently(settings.max_retry_per_file, watch, || {
            watch.go_on("while looking at the files")?;
            if settings.ignore.matches(path, paths) {
                let mut ignored = FileLook::default();
                ignored.seen.ignored = true;
                return Ok(ignored);
            }
            let looked = self.at(path, paths);
            looked.map_err(|error| settings.stated.blamed(error, path, paths))
        })
    }
}

impl Survey {
    /// Adds a file that is not new, or that cannot be used.
    fn add(
        &mut self,
        path: PathBuf,
        seen: Result<SeenFile>,
        looker: &FileLooker<'_>,
        paths: &[PathBuf],
    ) -> Result<()> {
        match seen {
            Ok(seen) => self.add_seen(path, seen, looker, paths)?,
            Err(error)
                if (error.is_foreign() || error.is_forbidden())
                    && looker.passes_over(&path, paths) =>
            {
                self.passed_over.push(path);
            }
            Err(error)
                if error.kind() == ErrorKind::Stopped || looker.base.settings.stop_on_error =>
            {
                return Err(error);
            }
            // That no more files can be opened says nothing about this one, nor does what is wrong with the disk of the batch.
            Err(error) if error.is_exhaustion() => return Err(error.exhausted()),
            Err(error) if error.path().is_some_and(|other| other != path) => return Err(error),
            Err(error) => self.fail(path, error, looker, paths),
        }
        Ok(())
    }

    /// Notes that a file, or a text of it, cannot be used.
    fn fail(&mut self, path: PathBuf, error: Error, looker: &FileLooker<'_>, paths: &[PathBuf]) {
        let failed = looker.failed(path, error, paths);
        if looker.was_rejected(&failed) {
            self.known_rejects.push(failed.shown());
        } else {
            self.failed.push(failed);
        }
    }

    /// Adds what is known of the texts of a file. It counts once as what its texts are, and as known only if none is new.
    fn add_seen(
        &mut self,
        path: PathBuf,
        seen: SeenFile,
        looker: &FileLooker<'_>,
        paths: &[PathBuf],
    ) -> Result<()> {
        let (mut known, mut withdrawn, mut rejected) = (false, false, false);
        for (member, text) in seen.texts {
            match text {
                SeenText::Known(ids) => {
                    known = true;
                    for id in ids {
                        let (path, member) = (path.clone(), member.clone());
                        let here = TextLocation { path, member };
                        self.at_hand.entry(id).or_insert(here);
                    }
                }
                SeenText::Withdrawn => withdrawn = true,
                SeenText::KnownReject => rejected = true,
            }
        }
        let is_known = known && !seen.has_new;
        self.known.extend(is_known.then(|| path.clone()));
        self.withdrawn.extend(withdrawn.then(|| path.clone()));
        self.known_rejects.extend(rejected.then(|| path.clone()));
        self.ignored += usize::from(seen.ignored);
        let names = seen.passed_over.iter();
        self.passed_over
            .extend(names.map(|name| text_path(&path, Some(name))));
        for error in seen.failed {
            if looker.base.settings.stop_on_error {
                return Err(error);
            }
            self.fail(path.clone(), error, looker, paths);
        }
        Ok(())
    }

    /// Says what was passed over.
    fn tell_passed_over(&self, base: &Base<'_>) {
        let files = self.passed_over.len();
        if files > 0 {
            let examples = self.passed_over.iter().take(EXAMPLES).cloned();
            let warning = Warning::PassedOver {
                files,
                examples: examples.collect(),
            };
            base.watch.warn(&warning);
        }
    }

    /// Whether nothing was met but what is no report and has not the name of one.
    fn has_only_passed_over(&self) -> bool {
        let others = self.failed.is_empty() && self.known_rejects.is_empty();
        others && !self.passed_over.is_empty()
    }

    /// What the text of a content of the dataset is known by today, where that was found out.
    pub(super) fn current_id(&self, content: TextId) -> Option<TextId> {
        match content.is_earlier() {
            false => Some(content),
            true => self.redigested.get(&content).map(|file| file.text),
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
                    let report = &input.report;
                    let digests = input.digests();
                    match acquire::identify_text(&report.path, &report.text, digests, cancel) {
                        Ok(file) => {
                            let file = file.read_as(input.report.reading());
                            match input.known_by {
                                // One with another text by now is found out when it is read.
                                Some(known) if !file.is(known) => {}
                                known => {
                                    redigested.extend(known.map(|known| (known, file)));
                                    input.digest = Some(file.text);
                                }
                            }
                        }
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
                let report = group.remove(index).report;
                let error = report.located(error);
                let Report { path, stated, .. } = report;
                let lost = FailedInput::new(path, error, &stated, Digests::Today, cancel);
                failed.push(lost);
            }
            Ok(())
        };
        inputs.settle(learn, |group| set_duplicates_aside(group, duplicates))
    }
}

/// Of new inputs that are the same, which follow each other, the first is read. A text that is there twice is so with all its reports, and
/// is listed with the first of them.
fn set_duplicates_aside(group: &mut Vec<Input>, duplicates: &mut Vec<Duplicate>) {
    let mut first: Option<((TextId, u32), PathBuf)> = None;
    group.retain(|input| {
        let Some(digest) = input.digest else {
            return true;
        };
        let report = (digest, input.report.ordinal);
        match &first {
            Some((known, of)) if *known == report && input.standing == Standing::New => {
                if input.report.ordinal == 0 {
                    duplicates.push(Duplicate {
                        path: input.report.path.clone(),
                        member: input.report.text.member_name().map(ToOwned::to_owned),
                        of: of.clone(),
                        digest,
                        bytes: match &input.report.text.member {
                            Some(member) => member.bytes,
                            None => input.report.stamp.bytes,
                        },
                    });
                }
                false
            }
            _ => {
                first = (input.standing == Standing::New).then(|| (report, input.report.shown()));
                true
            }
        }
    });
}

fn none_is_a_report(passed_over: &[PathBuf]) -> Error {
    let names: Vec<String> = (passed_over.iter().take(EXAMPLES))
        .map(|path| path.display().to_string())
        .collect();
    let more = match passed_over.len() > EXAMPLES {
        true => ", …",
        false => "",
    };
    let names = names.join(", ");
    Error::input(format!(
        "no reports found: nothing that is there is one: {names}{more}"
    ))
    .hint("check the path; `trendgate inspect FILE` says what was looked for in one")
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
    let places = places.join(", ");
    Error::input(match &settings.input_pattern {
        Some(pattern) => format!("no reports found: no file in {places} matches {pattern:?}"),
        None => format!("no reports found: there is no file in {places}"),
    })
    .hint("check the path, or set batch.input_pattern")
}

#[cfg(test)]
mod tests;
