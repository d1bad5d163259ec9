//! How the last run of a site ended: `manifests/.runs/{site}/{time}.json`, a small file for each of the last two.
//!
//! Enters: how a run or a retraction ended. Leaves: its note, as `end_notes` keeps it. It is written after the commit and without fsync, and a run
//! that cannot write it is as good without. A run that finds the site locked writes nothing (the other run's note stands), and one that is stopped
//! none where nothing is; a run that is killed leaves the note of the run before.

use super::{Run, Settings, end_notes};
use crate::error::{Error, ErrorKind, Result};
use crate::model::SiteId;
use crate::path_bytes::PathBytes;
use crate::publish::{self, Dirs};
use crate::store::{self, Named};
use crate::time::{self, Instant, Stopwatch};
use crate::wording::plural;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What its files are called: their time alone.
const PREFIX: &str = "";

/// How the last run or retraction of a site ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct LastRun {
    /// When it ended.
    pub ended: Instant,
    /// How long it took.
    pub seconds: f64,
    /// The version of the program.
    pub program: String,
    /// When one last ended that did not fail; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_success: Option<Instant>,
    /// The most memory that the process had resident; absent where the system does not say, and of earlier programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_resident_bytes: Option<u64>,
    /// Bytes of the reports that were read; absent where it failed, and of earlier programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_bytes: Option<u64>,
    /// How the run ended.
    #[serde(flatten)]
    pub outcome: RunOutcome,
}

/// How a run or a retraction ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[non_exhaustive]
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
#[non_exhaustive]
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
#[non_exhaustive]
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
    /// How the last run of a site ended; `None` where that is not known.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where the folder cannot be listed.
    pub(crate) fn read(dirs: &Dirs, site: &str) -> Result<Option<Self>> {
        end_notes::newest(dirs, site, PREFIX)
    }

    /// How one ended just now that began with `since`; `before` is the note of the one before it.
    ///
    /// ```
    /// use trendgate::time::Stopwatch;
    /// use trendgate::{Error, LastRun, RunOutcome};
    ///
    /// let since = Stopwatch::start();
    /// let word = LastRun::new(&Err(Error::usage("no such folder")), since, None);
    /// assert!(matches!(word.outcome, RunOutcome::Failed(_)));
    /// ```
    #[must_use]
    pub fn new(result: &Result<Run>, since: Stopwatch, before: Option<&Self>) -> Self {
        let read_bytes = match result {
            Ok(Run::Committed(summary)) => Some(summary.bytes),
            Ok(Run::NothingNew(_)) => Some(0),
            Err(_) => None,
        };
        Self {
            read_bytes,
            ..Self::of(RunOutcome::of(result), since, before)
        }
    }

    /// How one ended just now that failed, maybe before it began.
    ///
    /// ```
    /// use trendgate::{Error, LastRun, RunOutcome, time::Stopwatch};
    ///
    /// let word = LastRun::failed(&Error::usage("no such file"), Stopwatch::start(), None);
    /// assert!(matches!(word.outcome, RunOutcome::Failed(_)));
    /// ```
    #[must_use]
    pub fn failed(error: &Error, since: Stopwatch, before: Option<&Self>) -> Self {
        Self::of(RunOutcome::Failed(RunFailure::of(error)), since, before)
    }

    /// How one ended just now.
    fn of(outcome: RunOutcome, since: Stopwatch, before: Option<&Self>) -> Self {
        let ended = time::this_millisecond();
        let last_success = match &outcome {
            RunOutcome::Failed(_) => before.and_then(Self::success),
            RunOutcome::Committed(_) | RunOutcome::NothingNew(_) => Some(ended),
        };
        Self {
            ended,
            seconds: since.elapsed().as_secs_f64(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            last_success,
            peak_resident_bytes: store::peak_resident(),
            read_bytes: None,
            outcome,
        }
    }

    /// When one last ended that did not fail, as far as this one says it.
    #[must_use]
    pub(crate) fn success(&self) -> Option<Instant> {
        match &self.outcome {
            RunOutcome::Failed(_) => self.last_success,
            RunOutcome::Committed(_) | RunOutcome::NothingNew(_) => Some(self.ended),
        }
    }
}

impl RunOutcome {
    /// How it ended, in words: `committed version 3, 1 file rejected`.
    ///
    /// ```
    /// use trendgate::{RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let word = site.last_run()?.unwrap();
    /// assert!(!word.outcome.words().is_empty());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn words(&self) -> String {
        let rejected = |counts: &RunCounts| match counts.rejected {
            0 => String::new(),
            rejected => format!(", {} rejected", plural(rejected as u64, "file")),
        };
        match self {
            Self::Committed(counts) => {
                format!("committed version {}{}", counts.version, rejected(counts))
            }
            Self::NothingNew(counts) => format!("nothing new{}", rejected(counts)),
            Self::Failed(failure) if failure.kind == ErrorKind::Stopped => {
                "stopped by a signal".to_owned()
            }
            Self::Failed(_) => "FAILED".to_owned(),
        }
    }

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
pub(crate) fn sites_that_ran(dirs: &Dirs) -> Result<Vec<String>> {
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
    let (dirs, site) = (&settings.dirs, settings.site.as_str());
    keep_word(dirs, site, |before| LastRun::new(result, since, before));
}

/// Keeps that a run was refused before it began, at a site that is known: at any other it may be no more than a word that is mistyped.
///
/// `since` is when it was asked for.
pub(crate) fn keep_refusal(dirs: &Dirs, site: &str, error: &Error, since: Stopwatch) {
    if is_there(&publish::log_folder(dirs, site)) || is_there(&dirs.runs().join(site)) {
        keep_word(dirs, site, |before| LastRun::failed(error, since, before));
    }
}

fn keep_word(dirs: &Dirs, site: &str, word: impl FnOnce(Option<&LastRun>) -> LastRun) {
    let before = LastRun::read(dirs, site).ok().flatten();
    if let Err(error) = end_notes::keep(dirs, site, PREFIX, &word(before.as_ref())) {
        tracing::warn!(name: "last_run_not_kept", %error, "how the run ended cannot be kept");
    }
}

fn is_there(folder: &Path) -> bool {
    matches!(store::what_is(folder), Ok(Some(_)))
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
            last_success: None,
            peak_resident_bytes: None,
            read_bytes: None,
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
