//! The reports that a dataset was made of, from its manifests: which stay, which are needed, which are gone.
//!
//! Enters: a history, and what leaves. Leaves: sources with their kinds in the terms of the plan. Only [`find`] touches the disk.
//! What is refused: a kind that cannot be read, and a dataset whose manifests do not say what its reports were.

use super::growth::Looked;
use super::survey::TextLocation;
use crate::acquire::{
    self, DialectId, Report, ReportPoint, StatedReading, StatedReadings, TextFile, TimeRule,
};
use crate::clean::Look;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{KnownKindId, PointId};
use crate::plan::{DatasetPoints, Months, Shape, read_window};
use crate::progress::Cancel;
use crate::publish::{History, KindPoint, KnownReport, KnownSource, ReportKind};
use crate::store::{self, Stamp, What};
use crate::text_id::TextId;
use crate::time::{Extent, Month, Span, TimeRange};
use std::collections::BTreeSet;
use std::path::Path;

/// A kind of report as the manifests have it, in the terms of the plan.
struct KnownKind {
    points: Vec<ReportPoint>,
    interval: Option<Span>,
    dialect: DialectId,
    entry: Option<String>,
}

impl KnownKind {
    fn of(kind: &ReportKind, stated: &StatedReadings) -> Result<Self> {
        let interval = kind.interval.as_deref().map(str::parse::<Span>).transpose();
        let points = kind.points.iter().map(|point| ReportPoint {
            id: id(point, kind.dialect),
            definition: point.trend.clone(),
            trend: kind.dialect.trend(&point.trend),
        });
        Ok(Self {
            points: points.collect(),
            interval: interval.map_err(Error::damaged)?,
            dialect: kind.dialect,
            entry: (kind.entry.as_deref()).map(|entry| stated.entry(entry).to_owned()),
        })
    }

    fn shape(&self) -> Shape<'_> {
        Shape {
            points: &self.points,
            interval: self.interval,
            dialect: self.dialect,
            entry: self.entry.as_deref(),
        }
    }
}

/// A point of a manifest, which an earlier program may have written another way than its report is read today.
fn id(point: &KindPoint, dialect: DialectId) -> PointId {
    dialect.point_id(&point.name, &point.suffix)
}

/// A committed report: its text, and which of the text's reports it is.
pub(super) type ReportKey = (TextId, u32);

/// A committed report.
#[derive(Clone, Copy)]
pub(super) struct SourceReport<'a> {
    pub(super) text: TextId,
    pub(super) ordinal: u32,
    pub(super) source: &'a KnownSource,
    pub(super) report: &'a KnownReport,
    pub(super) kind: KnownKindId,
}

impl SourceReport<'_> {
    pub(super) fn key(&self) -> ReportKey {
        (self.text, self.ordinal)
    }
}

/// The committed reports, sorted by whether they stay.
pub(super) struct Sources<'a> {
    kinds: Vec<KnownKind>,
    /// By text, then in their order.
    pub(super) all: Vec<SourceReport<'a>>,
    /// The texts that leave, with all their reports.
    pub(super) leaving: BTreeSet<TextId>,
}

impl<'a> Sources<'a> {
    /// The reports of the dataset, of which those in `leaving` leave, and of whose reading this is `stated` today.
    pub(super) fn of(
        history: &'a History,
        leaving: BTreeSet<TextId>,
        stated: &StatedReadings,
    ) -> Result<Self> {
        let kinds = (history.kinds().iter()).map(|kind| KnownKind::of(kind, stated));
        let reports = history.sources().flat_map(|(text, source)| {
            (0..)
                .zip(&source.reports)
                .map(move |(ordinal, report)| (text, ordinal, source, report))
        });
        let all = reports.map(|(text, ordinal, source, report)| {
            let kind = report.kind.ok_or_else(|| {
                Error::usage("the manifests do not say which points this report has: an earlier program wrote them")
                    .at(&source.path)
                    .hint("run over all reports, the old and the new, into another --data-dir")
            })?;
            Ok(SourceReport {
                text,
                ordinal,
                source,
                report,
                kind,
            })
        });
        Ok(Self {
            kinds: kinds.collect::<Result<_>>()?,
            all: all.collect::<Result<_>>()?,
            leaving,
        })
    }

    /// The shape of the reports of a kind.
    pub(super) fn shape(&self, kind: KnownKindId) -> Shape<'_> {
        self.kinds[kind].shape()
    }

    /// The reports that stay.
    pub(super) fn staying(&self) -> impl Iterator<Item = &SourceReport<'a>> {
        let stays = |known: &&SourceReport<'a>| !self.leaving.contains(&known.text);
        self.all.iter().filter(stays)
    }

    /// The shapes of some of them, each once.
    pub(super) fn shapes<'s>(
        &'s self,
        of: impl Iterator<Item = &'s SourceReport<'a>>,
    ) -> Vec<Shape<'s>> {
        let used: BTreeSet<KnownKindId> = of.map(|known| known.kind).collect();
        let shapes = used.into_iter().map(|kind| self.kinds[kind].shape());
        shapes.collect()
    }

    /// The columns among `required` that have a number in one of the reports `of`.
    pub(super) fn alive<'s>(
        &'s self,
        of: impl Iterator<Item = &'s SourceReport<'a>>,
        points: &DatasetPoints,
        required: &BTreeSet<String>,
    ) -> BTreeSet<String> {
        let mut alive = BTreeSet::new();
        if required.is_empty() {
            return alive;
        }
        let columns: Vec<Vec<&str>> = self
            .kinds
            .iter()
            .map(|kind| points.required_of(kind.shape(), required))
            .collect();
        for known in of {
            let silent = &known.report.silent;
            let heard = |column: &&&str| silent.iter().all(|silent| silent != **column);
            let columns = columns[known.kind].iter().filter(heard);
            alive.extend(columns.map(|column| (*column).to_owned()));
        }
        alive
    }
}

/// The reports that stay and have rows where the months look.
pub(super) fn needed<'a>(
    sources: &Sources<'a>,
    months: &Months,
    look: Look,
) -> Vec<SourceReport<'a>> {
    let Months::Only(months) = months else {
        return Vec::new();
    };
    let windows = windows(months, look);
    let there = |known: &&SourceReport<'a>| is_in(&windows, known.report);
    sources.staying().filter(there).copied().collect()
}

pub(super) fn gone<'a>(needed: &[SourceReport<'a>], looked: &Looked) -> Vec<SourceReport<'a>> {
    let is_gone = |known: &&SourceReport<'a>| matches!(looked.get(&known.key()), Some(None) | None);
    needed.iter().filter(is_gone).copied().collect()
}

/// Those of the reports that are needed that are there.
pub(super) fn present<'s>(
    needed: &'s [SourceReport<'_>],
    looked: &'s Looked,
) -> impl Iterator<Item = (TextId, &'s Report)> {
    let there = |known: &SourceReport<'_>| Some((known.text, looked.get(&known.key())?.as_ref()?));
    needed.iter().filter_map(there)
}

/// Where a file of the dataset is looked for.
#[derive(Clone, Copy)]
pub(super) enum SourcePlace<'a> {
    /// At its path; it is of this size, where that is known.
    Path(Option<u64>),
    /// Here it is kept; it is of this size.
    Kept(&'a Path, u64),
}

/// The reports of the text of this name in the file at `path`, if there are as many as `count`, of a file of the size that is known, read as stated;
/// whether they are the right ones is known when they have been read.
///
/// # Errors
/// [`Storage`](ErrorKind::Storage) where there is a file and it cannot be read: that is no reason to take it for gone.
pub(super) fn find(
    at: &TextLocation,
    place: SourcePlace<'_>,
    count: usize,
    time: &TimeRule,
    stated: &StatedReading,
    cancel: &Cancel,
) -> Result<Option<Vec<Report>>> {
    let path = at.path.as_path();
    if let SourcePlace::Path(bytes) = place {
        if store::what_is(path)? != Some(What::File) {
            return Ok(None);
        }
        match store::open(path).and_then(|file| Stamp::of(&file, path)) {
            Ok(stamp) if bytes.is_none_or(|bytes| stamp.bytes == bytes) => {}
            // Another file has its name now, or something that is no file.
            Ok(_) => return Ok(None),
            Err(error) if error.kind() == ErrorKind::Input => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    let sniffed = || {
        let mut file = match place {
            SourcePlace::Path(_) => TextFile::open(path)?,
            SourcePlace::Kept(kept, bytes) => TextFile::open_kept(path, kept, bytes)?,
        };
        let place = file.text(at.member.as_deref())?;
        file.sniff(&place, time, stated, cancel)
    };
    let found = sniffed().and_then(|mut found| {
        // Not every text of several shows that at its ends.
        match found.pop() {
            Some(only) if found.is_empty() && count > 1 => acquire::survey(only, time, cancel),
            last => {
                found.extend(last);
                Ok(found)
            }
        }
    });
    match found {
        Ok(found) => Ok(Some(found).filter(|found| found.len() == count)),
        Err(error) if matches!(error.kind(), ErrorKind::Storage | ErrorKind::Stopped) => Err(error),
        Err(_) => Ok(None),
    }
}

/// Whether a new content, all of whose rows were looked at, has the time and the points of a known report.
pub(super) fn covers(new: &Report, old: &KnownReport, kind: &ReportKind) -> bool {
    let points: BTreeSet<&PointId> = new.points.iter().map(|point| &point.id).collect();
    let has = |point: &KindPoint| points.contains(&id(point, kind.dialect));
    let in_time = |old: Extent| new.range.and(old) == new.range;
    old.time_range.is_none_or(in_time) && kind.points.iter().all(has)
}

/// From when to when rows are read, as stretches that do not touch.
pub(super) fn windows(months: &BTreeSet<Month>, look: Look) -> Vec<TimeRange> {
    let mut windows: Vec<TimeRange> = Vec::new();
    for month in months {
        let window = read_window(*month, look);
        match windows.last_mut() {
            Some(last) if window.start <= last.end => last.end = window.end,
            _ => windows.push(window),
        }
    }
    windows
}

/// Whether a known report has rows in one of these windows, which do not touch.
pub(super) fn is_in(windows: &[TimeRange], report: &KnownReport) -> bool {
    report.time_range.is_some_and(|extent| {
        let place = windows.partition_point(|window| window.end <= extent.first);
        windows
            .get(place)
            .is_some_and(|window| window.meets(extent))
    })
}
