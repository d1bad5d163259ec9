//! How the last run of a site ended: `manifests/.runs/{site}/{time}.json`, a small file for each of the last two.
//!
//! Enters: how a run or a retraction ended. Leaves: a new file, its name the time in nanoseconds, and the one before it; earlier ones go.
//! Whoever asks gets the newest that is whole. It is for people and for alarms, not part of the dataset: it is written after the commit
//! and without fsync, and a run that cannot write it is as good without. A run that finds the site locked writes nothing (the other
//! run's word stands), and one that is stopped none where nothing is; what a kill ends leaves the word of the run before.

use super::{Run, Settings};
use crate::error::{Error, ErrorKind, Result};
use crate::escape::escaped_json;
use crate::model::SiteId;
use crate::path_bytes::PathBytes;
use crate::publish::{self, Dirs};
use crate::store::{self, Named};
use crate::time::{self, Instant, Stopwatch};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A larger file is not ours.
const MOST_BYTES: u64 = 1 << 20;

/// How the last run or retraction of a site ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LastRun {
    /// When it ended.
    pub ended: Instant,
    /// How long it took.
    pub seconds: f64,
    /// The version of the program.
    pub program: String,
    /// How.
    #[serde(flatten)]
    pub outcome: RunOutcome,
}

/// How a run or a retraction ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum RunOutcome {
    /// A version was committed.
    Committed(RunCounts),
    /// There was nothing new.
    NothingNew(RunCounts),
    /// It failed, and nothing was committed, unless the kind is `Unsettled`.
    Failed(RunFailure),
}

/// A run that did not fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunCounts {
    /// The last version then.
    pub version: u64,
    /// Files that could not be used, and were not known for it.
    pub rejected: usize,
    /// Whether files were rejected that were not known for it, or lost more than they may.
    pub partly: bool,
    /// How many warnings were given.
    pub warnings: usize,
}

/// Why a run failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunFailure {
    /// Whose move it is.
    pub kind: ErrorKind,
    /// What was expected and what was found.
    pub error: String,
    /// The file in question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What to do about it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl LastRun {
    /// That of a site; `None` where none is known.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where the folder cannot be listed.
    pub fn read(dirs: &Dirs, site: &str) -> Result<Option<Self>> {
        let mut files = files(&dirs.runs().join(site))?;
        files.reverse();
        let whole = |(_, path): &(i64, PathBuf)| {
            let bytes = store::read(path, MOST_BYTES).ok()?;
            serde_json::from_slice(&bytes).ok()
        };
        Ok(files.iter().find_map(whole))
    }
}

impl RunOutcome {
    fn of(result: &Result<Run>) -> Self {
        let counts = |run: &Run, version, rejected: usize, warnings| RunCounts {
            version,
            rejected,
            partly: run.is_partly(),
            warnings,
        };
        match result {
            Ok(run @ Run::Committed(summary)) => {
                let (rejected, warnings) = (summary.failed.len(), summary.warnings.len());
                Self::Committed(counts(run, summary.committed.version, rejected, warnings))
            }
            Ok(run @ Run::NothingNew(nothing)) => {
                let (rejected, warnings) = (nothing.failed.len(), nothing.warnings.len());
                Self::NothingNew(counts(run, nothing.version, rejected, warnings))
            }
            Err(error) => Self::Failed(RunFailure::of(error)),
        }
    }
}

impl RunFailure {
    fn of(error: &Error) -> Self {
        Self {
            kind: error.kind(),
            error: error.message().to_owned(),
            file: error.path().map(|path| PathBytes::split(path).0),
            hint: error.hint_text().map(ToOwned::to_owned),
        }
    }
}

/// The sites of which it is known how the last run ended, sorted.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where the folder cannot be listed.
pub fn sites_that_ran(dirs: &Dirs) -> Result<Vec<String>> {
    let mut sites = Vec::new();
    for folder in publish::list(&dirs.runs())? {
        let name = folder.file_name().and_then(|name| name.to_str());
        let name = name.filter(|name| SiteId::new(name).is_ok());
        if let Some(name) = name
            && store::named(&folder)? == Some(Named::Folder)
        {
            sites.push(name.to_owned());
        }
    }
    sites.sort();
    Ok(sites)
}

/// Keeps how a run ended.
pub(super) fn keep(settings: &Settings, result: &Result<Run>, since: Stopwatch) {
    let kind = result.as_ref().err().map(Error::kind);
    let is_new_place = || !is_there(&settings.dirs.manifests);
    if kind == Some(ErrorKind::Locked) || (kind == Some(ErrorKind::Stopped) && is_new_place()) {
        return;
    }
    keep_outcome(settings, RunOutcome::of(result), since);
}

/// Keeps that a run was refused before it began, at a site that is known: at any other it may be no more than a word that is mistyped.
pub(super) fn keep_of_known(settings: &Settings, error: &Error, since: Stopwatch) {
    let site = settings.site.as_str();
    let dirs = &settings.dirs;
    if is_there(&publish::log_folder(dirs, site)) || is_there(&dirs.runs().join(site)) {
        keep_outcome(settings, RunOutcome::Failed(RunFailure::of(error)), since);
    }
}

fn keep_outcome(settings: &Settings, outcome: RunOutcome, since: Stopwatch) {
    let last = LastRun {
        ended: time::this_millisecond(),
        seconds: since.elapsed().as_secs_f64(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        outcome,
    };
    if let Err(error) = write(settings, &last) {
        tracing::warn!(%error, "how the run ended cannot be kept");
    }
}

fn is_there(folder: &Path) -> bool {
    matches!(store::what_is(folder), Ok(Some(_)))
}

fn write(settings: &Settings, last: &LastRun) -> Result<()> {
    // Nothing is written into folders that are not those of the dataset.
    if settings.dirs.agree().is_err() {
        return Ok(());
    }
    let runs = settings.dirs.runs();
    let folder = runs.join(settings.site.as_str());
    for folder in [&runs, &folder] {
        store::create_dir_all(folder)?;
        if store::named(folder)? != Some(Named::Folder) {
            return Err(Error::input("expected a folder, found something else").at(folder));
        }
    }
    let json = serde_json::to_string(last)
        .map_err(|e| Error::bug(format!("cannot write the end of a run as JSON: {e}")))?;
    let before = files(&folder)?;
    let path = folder.join(format!("{:020}.json", time::now().nanos()));
    if let Err(error) = store::write_all(&path, escaped_json(&json).as_bytes()) {
        // What is there of it is no word.
        let _ = store::remove_file(&path);
        return Err(error);
    }
    let earlier = before.split_last().map_or(&[][..], |(_, earlier)| earlier);
    earlier
        .iter()
        .try_for_each(|(_, path)| store::remove_file(path))
}

/// The files of a site, by their times, the newest last.
fn files(folder: &Path) -> Result<Vec<(i64, PathBuf)>> {
    let time = |path: PathBuf| {
        let name = path.file_name()?.to_str()?.strip_suffix(".json")?;
        (name.len() == 20).then_some(())?;
        Some((name.parse().ok()?, path))
    };
    let listed = publish::list(folder)?.into_iter();
    let mut files: Vec<_> = listed.filter_map(time).collect();
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_word_that_is_whole_counts() {
        let folder = store::test_folder();
        let dirs = Dirs::under(folder.path());
        assert_eq!(LastRun::read(&dirs, "S").unwrap(), None);
        assert_eq!(sites_that_ran(&dirs).unwrap(), Vec::<String>::new());
        let runs = dirs.runs().join("S");
        store::create_dir_all(&runs).unwrap();
        let failure = RunFailure {
            kind: ErrorKind::Input,
            error: "no report".to_owned(),
            file: None,
            hint: None,
        };
        let last = LastRun {
            ended: Instant::EPOCH,
            seconds: 0.5,
            program: "0.1.0".to_owned(),
            outcome: RunOutcome::Failed(failure),
        };
        let json = serde_json::to_vec(&last).unwrap();
        let put = |time: i64, bytes: &[u8]| {
            store::write_all(&runs.join(format!("{time:020}.json")), bytes).unwrap();
        };
        put(7, &json);
        put(8, &json[..json.len() / 2]);
        assert_eq!(LastRun::read(&dirs, "S").unwrap(), Some(last));
        assert_eq!(sites_that_ran(&dirs).unwrap(), ["S"]);
        assert_eq!(
            String::from_utf8(json).unwrap(),
            "{\"ended\":\"1970-01-01T00:00:00Z\",\"seconds\":0.5,\"program\":\"0.1.0\",\"outcome\":\"failed\",\"kind\":\"Input\",\"error\":\"no report\"}"
        );
    }
}
