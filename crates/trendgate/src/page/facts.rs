//! Everything that a page says, as a value.
//!
//! Enters: a site, a range of time, the present. Leaves: [`PageFacts`], gathered from the log, the manifests and the rows. Figures are those of
//! the code that makes manifests, `points`, `status`, `show --diff` and `explain`; nothing is counted here in another way. Refused: a
//! site without a version, and a range without a row.

use super::beginnings::{Flagged, beginnings};
use super::clock::{Days, SiteClock};
use super::findings::RowFindings;
use super::limits::PointLimits;
use super::losses::DatasetLosses;
use super::machines::MachineChecks;
use super::maps::DayMap;
use super::series::{Plot, plots};
use super::state::StateInWords;
use super::stretches::{Anomaly, AnomalyStretch};
use super::walk::points;
use crate::answer::DiffAnswer;
use crate::error::{Error, ErrorKind, Result};
use crate::model::SchemaColumn;
use crate::pipeline::LastRun;
use crate::publish::{Dirs, History, Manifest, Occasion, Trip, join_details};
use crate::time::{Extent, Instant, Span, TimeRange};
use crate::verify::{PointSummary, Snapshot, SourceFreshness, freshness};
use std::collections::{BTreeMap, BTreeSet};

/// Of how many groups of points that failed together plots are drawn, and of how many points of each.
const DRAWN_TOGETHER: [usize; 2] = [4, 8];

/// Everything that a page says of a site.
#[derive(Debug)]
#[non_exhaustive]
pub struct PageFacts {
    /// When it was gathered.
    pub(crate) now: Instant,
    /// The site's clock.
    pub(crate) clock: SiteClock,
    /// The length of a bin.
    pub(crate) interval: Span,
    /// The rows that it is about, where that was asked for.
    pub(crate) range: Option<TimeRange>,
    /// How the last run ended; nothing where that is not known.
    pub(crate) last_run: Option<LastRun>,
    /// How the site is.
    pub(crate) state: StateInWords,
    /// How fresh its sources are, the freshest first.
    pub(crate) sources: Vec<SourceFreshness>,
    /// The limits of the rules.
    pub(crate) limits: PointLimits,
    /// What is committed.
    pub(crate) snapshot: Snapshot,
    /// The columns of the points.
    pub(crate) columns: Vec<SchemaColumn>,
    /// What the rows say.
    pub(crate) findings: RowFindings,
    /// When stretches that the range cuts off began, where that was before it.
    began: BTreeMap<Flagged, Instant>,
    /// The maps.
    pub(crate) maps: Vec<DayMap>,
    /// The plots.
    pub(crate) plots: Vec<Plot>,
    /// The checks of machines and meters.
    pub(crate) machines: MachineChecks,
    /// What was lost.
    pub(crate) losses: DatasetLosses,
    /// What changed since the version before; nothing where there is none.
    pub(crate) changed: Option<DiffAnswer>,
    /// The last of the versions that were compacted, whose records are gone; 0 where none was.
    pub(crate) compacted: u64,
    /// The last version.
    pub(crate) head: Manifest,
    /// All versions, the newest first.
    pub(crate) versions: Vec<VersionLine>,
}

/// A version, as the lineage lists it.
#[derive(Debug, Clone)]
pub(crate) struct VersionLine {
    /// Its number.
    pub(crate) number: u64,
    /// When it was made.
    pub(crate) created_at: Instant,
    /// What it was made for.
    pub(crate) occasion: Occasion,
    /// The files that it took, and those that it could not use.
    pub(crate) files: [usize; 2],
    /// The rows that it wrote.
    pub(crate) rows: u64,
    /// From the first to the last of them.
    pub(crate) time_range: Option<Extent>,
    /// How many months of the dataset are still as it wrote them.
    pub(crate) live_months: usize,
}

impl PageFacts {
    /// Gathers what is to be said of `site` at `now`: of all its rows, or of those in `range`.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) where nothing is committed, or no row is in the range; [`Damaged`](crate::ErrorKind::Damaged) and
    /// [`Storage`](crate::ErrorKind::Storage) where log, manifests, parts or evidence cannot be read.
    pub(crate) fn gather(
        dirs: &Dirs,
        site: &str,
        range: Option<TimeRange>,
        now: Instant,
    ) -> Result<Self> {
        let mut history = History::read(dirs, site)?;
        loop {
            let error = match Self::of(dirs, &history, range, now) {
                Err(error) if error.kind() == ErrorKind::Storage => error,
                gathered => return gathered,
            };
            // A file may have been replaced, and collected, while this came to it: then there is another version.
            let later = History::read(dirs, site)?;
            if later.version() == history.version() {
                return Err(error);
            }
            history = later;
        }
    }

    fn of(dirs: &Dirs, history: &History, range: Option<TimeRange>, now: Instant) -> Result<Self> {
        let site = history.site();
        let nothing = || Error::usage(format!("nothing is committed of {site} yet"));
        let mut head = history.head().ok_or_else(nothing)?.manifest.clone();
        join_details(dirs, &mut head)?;
        let snapshot = Snapshot::of_history(dirs, history);
        let interval: Span = head.resample_interval.parse().map_err(Error::damaged)?;
        let clock = SiteClock::of(&head.timezone);
        let wanted = range.unwrap_or(TimeRange::ALL);
        let extent = extent(&snapshot, wanted, interval)?;
        let days = Days::of(&clock, extent);
        let findings = RowFindings::read(&snapshot, wanted, interval, days)?;
        if findings.points.rows == 0 {
            return Err(no_row(&snapshot));
        }
        let began = began(&snapshot, &findings, range, interval)?;
        let drawn = drawn(&findings);
        let plots = plots(&snapshot, wanted, interval, drawn.into_iter())?;
        let live = live_versions(dirs, history)?;
        let columns: Vec<SchemaColumn> = points(&snapshot).cloned().collect();
        let places = columns.iter().enumerate();
        let places = places
            .map(|(place, column)| (column.name.as_str(), place))
            .collect();
        let sources = freshness(history);
        let last_run = LastRun::read(dirs, site)?;
        let standing = &snapshot.standing;
        let compacted = history.compacted();
        let changed = match history.version() {
            0 | 1 => None,
            version if version - 1 <= compacted => None,
            version => Some(DiffAnswer::new(dirs, site, version - 1, version)?),
        };
        Ok(Self {
            now,
            interval,
            range,
            state: StateInWords::of(
                now,
                last_run.as_ref(),
                &sources,
                standing,
                &live_trips(history, &live),
            ),
            maps: DayMap::all(&findings.days),
            machines: MachineChecks::of(&live, &findings.days, &places),
            losses: DatasetLosses::of(history, &live),
            versions: lines(history),
            limits: PointLimits::of(&head.config, &columns),
            columns,
            clock,
            last_run,
            sources,
            snapshot,
            findings,
            began,
            plots,
            changed,
            compacted,
            head,
        })
    }

    /// The points that anything is flagged of.
    pub(crate) fn flagged_points(&self) -> impl Iterator<Item = (usize, &PointSummary)> {
        let points = self.findings.points.points.iter().enumerate();
        points.filter(|(_, point)| !point.flagged.is_empty())
    }

    /// The stretch of a point and anomaly that is the longest.
    #[must_use]
    pub(crate) fn longest(
        &self,
        point: Option<usize>,
        anomaly: Anomaly,
    ) -> Option<&AnomalyStretch> {
        self.findings
            .stretches
            .get(&(point, anomaly))?
            .longest
            .first()
    }

    /// When a stretch began that the range cuts off.
    #[must_use]
    pub(crate) fn began_before(&self, stretch: &AnomalyStretch) -> Option<Instant> {
        let range = self.range?;
        let Anomaly::Found(rule) = stretch.anomaly else {
            return None;
        };
        let began = self.began.get(&(stretch.point, rule)).copied();
        began.filter(|_| is_at_start(range, self.interval, stretch))
    }

    /// The place of the plot of a stretch, if it is drawn.
    #[must_use]
    pub(crate) fn plot_of(&self, stretch: &AnomalyStretch) -> Option<usize> {
        self.plots.iter().position(|plot| {
            plot.stretch.point == stretch.point
                && plot.stretch.anomaly == stretch.anomaly
                && plot.stretch.extent == stretch.extent
        })
    }

    /// The symbol of a point's unit; empty where it is not known.
    #[must_use]
    pub(crate) fn unit(&self, point: usize) -> &str {
        let unit = self
            .columns
            .get(point)
            .and_then(|column| column.unit.as_ref());
        unit.map_or("", |unit| unit.name())
    }

    /// The name of a point, as the reports have it.
    #[must_use]
    pub(crate) fn name(&self, point: usize) -> &str {
        let column = self.columns.get(point);
        column.map_or("", |column| column.point.as_deref().unwrap_or(&column.name))
    }

    /// The last bin that the page is about.
    #[must_use]
    pub(crate) fn last_bin(&self) -> Option<Instant> {
        self.findings.points.time_range.map(|range| range.last)
    }
}

/// When the stretches began that go on in the first bin of `range`, where that was before it.
fn began(
    snapshot: &Snapshot,
    findings: &RowFindings,
    range: Option<TimeRange>,
    interval: Span,
) -> Result<BTreeMap<Flagged, Instant>> {
    let Some(range) = range else {
        return Ok(BTreeMap::new());
    };
    let first = bins_in(range, interval).first;
    let stretches = findings.stretches.values();
    let stretches = stretches.flat_map(|of_one| &of_one.longest);
    let cut = stretches.filter(|stretch| is_at_start(range, interval, stretch));
    let cut = cut.filter_map(|stretch| match stretch.anomaly {
        Anomaly::Found(rule) => Some((stretch.point, rule)),
        Anomaly::Silent => None,
    });
    let mut began = beginnings(snapshot, interval, first, cut)?;
    began.retain(|_, began| *began < first);
    Ok(began)
}

/// Whether a stretch begins with the first bin of the range.
fn is_at_start(range: TimeRange, interval: Span, stretch: &AnomalyStretch) -> bool {
    stretch.extent.first - interval < range.start
}

/// From the first bin that begins in `range` to the last one.
pub(super) fn bins_in(range: TimeRange, interval: Span) -> Extent {
    let less = Span::from_nanos(1);
    Extent {
        first: (range.start + interval - less).floor(interval),
        last: (range.end - less).floor(interval),
    }
}

/// From the first to the last row that may be in `range`, as far as the log says it.
fn extent(snapshot: &Snapshot, range: TimeRange, interval: Span) -> Result<Extent> {
    let all = snapshot.time_range().filter(|all| range.meets(*all));
    all.map(|all| {
        let wanted = bins_in(range, interval);
        Extent::new(all.first.max(wanted.first), all.last.min(wanted.last))
    })
    .ok_or_else(|| no_row(snapshot))
}

fn no_row(snapshot: &Snapshot) -> Error {
    let error = Error::usage(format!(
        "{} has no row in the range that was asked for",
        snapshot.site
    ));
    match snapshot.time_range() {
        Some(all) => error.hint(format!(
            "the dataset goes from {} to {} (UTC)",
            all.first, all.last
        )),
        None => error,
    }
}

/// The stretches that are drawn: those of points that failed together, then the longest of each point and rule, by flagged share.
fn drawn(findings: &RowFindings) -> Vec<AnomalyStretch> {
    let mut chosen = Vec::new();
    let [groups, points] = DRAWN_TOGETHER;
    let together = findings.together.iter();
    let together = together.filter(|group| group.anomaly != Anomaly::Silent);
    for group in together.take(groups) {
        chosen.extend(group.stretches.iter().take(points).cloned());
    }
    let mut by_share: Vec<(f64, &AnomalyStretch)> = Vec::new();
    for (place, point) in findings.points.points.iter().enumerate() {
        for (rule, flagged) in &point.flagged {
            let stretches = findings
                .stretches
                .get(&(Some(place), Anomaly::Found(*rule)));
            let longest = stretches.and_then(|stretches| stretches.longest.first());
            by_share.extend(longest.map(|longest| (flagged.share, longest)));
        }
    }
    by_share.sort_by(|a, b| b.0.total_cmp(&a.0));
    chosen.extend(by_share.into_iter().map(|(_, stretch)| stretch.clone()));
    let mut seen = BTreeSet::new();
    chosen.retain(|stretch| seen.insert((stretch.point, stretch.anomaly, stretch.extent)));
    chosen
}

/// The manifests of the versions that live months are of, the newest last, with their details.
fn live_versions(dirs: &Dirs, history: &History) -> Result<Vec<Manifest>> {
    let live: BTreeSet<u64> = history
        .live_parts()
        .iter()
        .map(|part| part.version)
        .collect();
    let versions = live
        .iter()
        .filter_map(|version| history.manifest_of(*version));
    let with_details = versions.map(|manifest| {
        let mut manifest = manifest.clone();
        join_details(dirs, &mut manifest)?;
        Ok(manifest)
    });
    with_details.collect()
}

/// The circuit breakers that are tripped in months that stand as they were when they tripped.
fn live_trips(history: &History, live: &[Manifest]) -> Vec<Trip> {
    let parts = history.live_parts();
    let is_live = |version: u64, trip: &Trip| {
        let mut of_version = parts.iter().filter(|part| part.version == version);
        of_version.any(|part| {
            let first = part.entry.time_range.first.to_string();
            first.starts_with(&trip.month)
        })
    };
    let trips = live.iter().flat_map(|manifest| {
        let own = manifest.trips.iter();
        own.filter(|trip| is_live(manifest.version, trip))
    });
    trips.cloned().collect()
}

/// The versions, the newest first.
fn lines(history: &History) -> Vec<VersionLine> {
    let mut months: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
    for part in history.live_parts() {
        let of_version = months.entry(part.version).or_default();
        of_version.insert(part.entry.path.folder().to_owned());
    }
    let mut before = None;
    let mut lines = Vec::new();
    for version in history.versions() {
        let manifest = &version.manifest;
        lines.push(VersionLine {
            number: version.number,
            created_at: manifest.created_at,
            occasion: manifest.occasion(before),
            files: [manifest.files_taken(), manifest.failed_files.len()],
            rows: manifest.statistics.total_rows,
            time_range: manifest.statistics.time_range,
            live_months: months.get(&version.number).map_or(0, BTreeSet::len),
        });
        before = Some(manifest);
    }
    lines.reverse();
    lines
}
