//! What the rules say of reports whose story is known: made up, or of a real hospital where they are at hand.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test makes its own files, panics where it fails, and says what it skips"
)]

mod frozen;
mod meter;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use testkit::Report;
use testkit::scheduler::Point;
use trendgate::internals::model::RuleCounts;
use trendgate::internals::partition::{evidence_rows, read_part};
use trendgate::internals::pipeline;
use trendgate::time::{Extent, Instant, MINUTE, Span};
use trendgate::vocabulary::Rule;
use trendgate::{
    AsOf, Config, Manifest, Overrides, Run, Settings, Site, SiteWishes, Watch, propose,
};

pub(crate) const QUARTER: Span = MINUTE.times(15);

/// When the made-up reports begin.
pub(crate) fn start() -> Instant {
    "2026-03-02T00:00:00Z".parse().unwrap()
}

/// A report of every quarter of an hour: points with their trend definitions, and a cell for each of them in every row.
pub(crate) fn report(
    points: &[(&str, &str)],
    rows: usize,
    cell: impl Fn(usize, usize) -> String,
) -> String {
    let points = points.iter();
    let points = points.map(|(name, definition)| Point::new(*name, *definition));
    let points: Vec<Point> = points.collect();
    let cells = |row| {
        (0..points.len())
            .map(|point| cell(row, point))
            .collect::<Vec<_>>()
    };
    let rows: Vec<_> = (0..rows).map(cells).collect();
    Report::of(points).every(15, "2026-03-02", rows).text()
}

/// The configuration that `init` writes for the reports in `folder`.
pub(crate) fn initial(folder: &Path, timezone: &str) -> String {
    let wishes = SiteWishes {
        site: Some("S".to_owned()),
        timezone: Some(timezone.to_owned()),
    };
    propose(&[folder.to_owned()], &wishes, Watch::unwatched())
        .unwrap()
        .yaml
}

/// Of a bin: its time, the value, and both ends of the band.
pub(crate) type Found = (Instant, [Option<f64>; 3]);

/// What a run said.
pub(crate) struct Judged {
    pub(crate) manifest: Manifest,
    /// By column and rule.
    pub(crate) evidence: BTreeMap<(String, Rule), Vec<Found>>,
}

impl Judged {
    /// The extents of what a rule says of a column: times without a bin between them.
    pub(crate) fn stretches(&self, column: &str, rule: Rule) -> Vec<Extent> {
        let found = self.evidence.get(&(column.to_owned(), rule));
        let times = found.into_iter().flatten().map(|(time, _)| *time);
        let mut stretches: Vec<Extent> = Vec::new();
        for time in times {
            match stretches.last_mut() {
                Some(last) if time - last.last <= QUARTER => last.last = time,
                _ => stretches.push(Extent::new(time, time)),
            }
        }
        stretches
    }

    /// What a rule said of a column.
    pub(crate) fn counts(&self, column: &str, rule: Rule) -> RuleCounts {
        self.manifest.statistics.points[column].rules[&rule].clone()
    }
}

/// Runs the reports at `paths` by a configuration, onto the dataset in `data`.
pub(crate) fn judged(data: &Path, yaml: &str, paths: &[PathBuf]) -> Judged {
    let overrides = Overrides {
        data_dir: Some(data.to_owned()),
        ..Overrides::default()
    };
    let settings = Settings::new(&Config::parse(yaml).unwrap(), &overrides).unwrap();
    let cleaner = pipeline::own_cleaner(&settings);
    let run = pipeline::run(&settings, paths, &cleaner, Watch::unwatched()).unwrap();
    let Run::Committed(summary) = run else {
        panic!("nothing new")
    };
    let snapshot = Site::of(&settings).snapshot(AsOf::Latest).unwrap();
    let mut evidence: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for file in &snapshot.evidence {
        for batch in read_part(file).unwrap() {
            for row in evidence_rows(&batch.unwrap()).unwrap() {
                let key = (row.column.unwrap_or_default(), row.rule);
                let numbers = [row.value, row.low, row.high];
                evidence.entry(key).or_default().push((row.time, numbers));
            }
        }
    }
    evidence
        .values_mut()
        .for_each(|rows| rows.sort_by_key(|row| row.0));
    Judged {
        manifest: summary.committed.manifest.clone(),
        evidence,
    }
}

/// Writes reports into a folder of their own.
pub(crate) fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// The real hospital's reports, where they are at hand.
pub(crate) fn hospital() -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/kmuh");
    let is_there = here.is_dir();
    if !is_there {
        eprintln!("SKIPPED: the real reports are not at {}", here.display());
    }
    is_there.then_some(here)
}
