//! The law of growth: reports that arrive one by one, in any order and grouping, with edits among them, leave the dataset that one
//! run over all of them makes: rows, cells, flags, evidence, gaps.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test makes its own files, and panics where it fails"
)]

mod apart;
mod arrivals;
mod clocks;
mod containers;
mod earlier;
mod evidence;
mod files;
mod held;
mod joined;
mod killed;
mod model;
mod nights;
mod numbers;
mod packed;
mod plants;
mod rebuilt;
mod retracted;
mod sources;
mod stated;
mod stopped;
mod summed;
mod units;

use plants::{File, Plant, Reading, config, overwrite, read, run, settings};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use trendgate::details::{Collection, Gone, Records};
use trendgate::files::read_manifest;
use trendgate::internals::pipeline::{error_log_path, own_cleaner, retract, run_with};
use trendgate::internals::publish::HistoryQueries as _;
use trendgate::manifest::KeepSources;
use trendgate::time::{Instant, MINUTE, Span};
use trendgate::vocabulary::Rule;
use trendgate::{
    AsOf, Cancel, ErrorKind, Event, Garbage, History, Manifest, Progress, Retracted, Retraction,
    Run, RunOptions, Scope, Settings, Site, Stage, Trust, Watch, WhenLocked,
};

/// The dataset of one run over `files`.
fn at_once(base: &Path, files: &[&File]) -> (Reading, Settings) {
    let folder = base.join("at-once");
    fs::create_dir(&folder).unwrap();
    for (index, file) in files.iter().enumerate() {
        fs::write(folder.join(format!("{index}.csv")), file.text()).unwrap();
    }
    let settings = settings(&base.join("at-once-data"), config());
    run(&settings, &[folder]).unwrap();
    (read(&settings), settings)
}

/// A site that grows in an inbox.
struct Inbox {
    base: tempfile::TempDir,
    settings: Settings,
}

impl Inbox {
    fn new() -> Self {
        let base = tempfile::tempdir().unwrap();
        let settings = settings(&base.path().join("data"), config());
        fs::create_dir(base.path().join("in")).unwrap();
        Self { base, settings }
    }

    /// One whose files are not kept: with a file the rows are gone.
    fn without_sources() -> Self {
        let mut inbox = Self::new();
        inbox.settings.set_keep_sources(KeepSources::None);
        inbox
    }

    fn folder(&self) -> PathBuf {
        self.base.path().join("in")
    }

    fn put(&self, name: &str, file: &File) -> PathBuf {
        let path = self.folder().join(name);
        overwrite(&path, &file.text());
        path
    }

    fn run_with(&self, options: RunOptions) -> trendgate::Result<Run> {
        let cleaner = own_cleaner(&self.settings);
        run_with(
            &self.settings,
            &[self.folder()],
            options,
            &cleaner,
            Watch::unwatched(),
        )
    }

    /// A run that commits.
    fn night(&self) -> Manifest {
        let Run::Committed(summary) = self.run_with(RunOptions::default()).unwrap() else {
            panic!("nothing new")
        };
        summary.committed.manifest
    }

    fn retract(&self, what: &Retraction, options: RunOptions) -> trendgate::Result<Manifest> {
        let cleaner = own_cleaner(&self.settings);
        match retract(&self.settings, what, options, &cleaner, Watch::unwatched())? {
            Run::Committed(summary) => read_manifest(&summary.committed.record),
            other => panic!("nothing was retracted: {other:?}"),
        }
    }

    /// The dataset of one run over `files` is this one, and all that verification looks at is in order.
    fn is_that_of(&self, files: &[&File]) {
        self.reads_as(files);
        let verified = Site::of(&self.settings).verify(Watch::unwatched());
        assert_eq!(verified.unwrap().findings, []);
    }

    /// Readers find the dataset of one run over `files`.
    fn reads_as(&self, files: &[&File]) {
        let base = tempfile::tempdir().unwrap();
        let (expected, _) = at_once(base.path(), files);
        let reading = read(&self.settings);
        assert_eq!(reading.rows, expected.rows);
        assert_eq!(reading.evidence, expected.evidence);
        assert_eq!(reading.gaps, expected.gaps);
        assert_eq!(reading.columns, expected.columns);
    }
}

/// Takes reports again that were retracted.
const TAKE_RETRACTED: RunOptions = RunOptions {
    retracted: Retracted::Take,
    ..PLAIN
};

const FORCE: RunOptions = RunOptions {
    gone: Gone::Accept,
    ..PLAIN
};

const REBUILD: RunOptions = RunOptions {
    scope: Scope::Everything,
    ..PLAIN
};

/// Those of a run that nobody wants anything of.
const PLAIN: RunOptions = RunOptions {
    scope: Scope::Changed,
    retracted: Retracted::PassOver,
    gone: Gone::Refuse,
    trust: Trust::Stamps,
};

/// That of all that may go.
fn collection() -> Collection {
    Collection {
        now: trendgate::time::now() + Span::from_nanos(1),
        grace: Span::ZERO,
        retention: Span::ZERO,
        records: Records::Keep,
    }
}

/// Collects all that may go.
fn collect(settings: &Settings) {
    collected(settings, &collection());
}

/// As [`collect`], and then one base record takes the place of all records but the last one.
fn compact(settings: &Settings) {
    let compaction = Collection {
        records: Records::Compact,
        ..collection()
    };
    collected(settings, &compaction);
}

/// What a collection does.
fn collected(settings: &Settings, collection: &Collection) -> Garbage {
    let site = Site::of(settings);
    let collected = site.collect_garbage(collection, WhenLocked::Fail, Watch::unwatched());
    collected.unwrap()
}

/// Nothing but the dataset is left on disk.
fn nothing_loose(inbox: &Inbox) {
    let dirs = inbox.settings.dirs();
    let history = Site::of(&inbox.settings).history().unwrap();
    let parts = history.live_parts();
    let evidence = history.live_evidence();
    let parts: u64 = parts.iter().map(|part| part.entry.bytes).sum();
    let evidence: u64 = evidence.iter().map(|file| file.entry.bytes).sum();
    assert_eq!(bytes_below(&dirs.processed), parts);
    assert_eq!(bytes_below(&dirs.evidence), evidence);
    assert_eq!(bytes_below(&dirs.staging), 0);
}

/// The bytes of all files below a folder.
fn bytes_below(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    let sizes = entries.map(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            bytes_below(&path)
        } else {
            fs::metadata(&path).unwrap().len()
        }
    });
    sizes.sum()
}
