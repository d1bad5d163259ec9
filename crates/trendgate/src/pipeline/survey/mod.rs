//! What is there: paths → the reports that are new, those that are known, those that are none.
//!
//! Enters: the paths of a run, and what is committed. Leaves: a [`Survey`], in which every file is counted once. Refuses: a path that does not
//! exist, and paths without any report.
//!
//! No report is read here but its head and tail, unless its digest has to be known first: because a committed report has
//! the same size and may be the same, because it is compressed and no size tells that, or because the order of precedence between two reports hangs on it; or unless a report of the
//! dataset was read from its place, which it takes only if it begins and ends no later and no earlier.

mod date_orders;
mod duplicates;
mod failed;
mod locations;
mod look;
mod looking;
mod members;
mod refusals;
mod summary;

pub(crate) use date_orders::OrderCounts;
pub(crate) use duplicates::Duplicate;
pub use failed::FailedInput;
pub(super) use locations::{Locations, location, location_of_name};
pub(super) use look::{Earlier, KnownPlaces};
pub(super) use refusals::exist;
pub(super) use summary::SurveySummary;

use super::RunOptions;
use super::growth::Base;
use super::redigest::EarlierMet;
use crate::acquire::{self, text_path};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::Inputs;
use crate::progress::Stage;
use crate::text_id::{FileId, TextId};
use crate::time::Stopwatch;
use crate::warning::{EXAMPLES, Warning};
use look::{FileLooker, SeenFile, SeenText};
use looking::sorting;
use members::MembersMet;
use refusals::{all_ignored, no_reports, none_is_a_report};
use std::collections::BTreeMap;
use std::path::PathBuf;

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
    // Frees the names of the files before the list of reports is sorted, so that memory does not hold both.
    drop(files);
    survey.redigested = looker.met.into_files();
    // Threads have added them in any order.
    survey.settle_ties(&mut new, settings.stop_on_error, watch.cancel)?;
    survey.new = new;
    // A run that is to stop leaves files undecided, which is no error of theirs.
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

    /// What the text of a content of the dataset is known by today, where that was found out.
    pub(super) fn current_id(&self, content: TextId) -> Option<TextId> {
        match content.is_earlier() {
            false => Some(content),
            true => self.redigested.get(&content).map(|file| file.text),
        }
    }

    /// Whether nothing was met but what is no report and has not the name of one.
    fn has_only_passed_over(&self) -> bool {
        let others = self.failed.is_empty() && self.known_rejects.is_empty();
        others && !self.passed_over.is_empty()
    }
}

#[cfg(test)]
mod tests;
