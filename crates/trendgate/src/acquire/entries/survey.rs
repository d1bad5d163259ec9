//! All lines of a text with one value a line → its reports.

use super::date_order::date_order;
use super::each_line::{each_line, each_line_of, id_of};
use super::ends::report_of_ends;
use super::point_times::{Found, PointTimes};
use super::sorted::{EntrySorter, IsPlain};
use super::{BeginLines, Entry, EntryLine, EntryLines, EntryPoint};
use crate::acquire::clock_faults::TimedRow;
use crate::acquire::dates::DateOrder;
use crate::acquire::decimal::DecimalProofs;
use crate::acquire::dialects::{DialectId, Surveyed};
use crate::acquire::exchanged::{MEND, StatedRange};
use crate::acquire::local_clock::{Resolved, RowTime};
use crate::acquire::open_text::{OpenText, WholeText};
use crate::acquire::sniff::Looking;
use crate::acquire::text::lossy;
use crate::acquire::time_stamp::{EntryClock, NoStamp, StampTime};
use crate::acquire::wide::{MendedSteps, mend_of_no_sheet};
use crate::acquire::{Columns, Decimals, Heading, Layout, Report, ReportPoint, RowOrder, Trend};
use crate::error::{Error, ErrorKind, Result};
use crate::model::PointId;
use crate::text_id::FileId;
use crate::time::{Extent, Instant};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// Points that are logged in more ways than these are not of one text: each way is a report, for which the text is read.
const MOST_GROUPS: usize = 64;

/// The reports of a text of `dialect`.
///
/// # Errors
/// [`Input`](ErrorKind::Input) where it has no value, where its dates can be read in several ways, where a word for a zone says no clock, or
/// where day and month have changed places; [`Future`](ErrorKind::Future) where it reaches into the future;
/// [`Storage`](ErrorKind::Storage) where it cannot be read; [`Stopped`](ErrorKind::Stopped).
pub(in crate::acquire) fn reports(
    dialect: DialectId,
    begin: BeginLines<'_>,
    mut text: OpenText<'_>,
    looking: Looking<'_>,
) -> Result<Vec<Report>> {
    if let Some(report) = report_of_ends(dialect, begin, &mut text, looking)? {
        return Ok(vec![report]);
    }
    read(dialect, begin, text.whole(), looking)
}

/// As [`reports`], of one of them, by all lines.
///
/// # Errors
/// As [`reports`]; [`Changing`](ErrorKind::Changing) where it is not there any more.
pub(in crate::acquire) fn survey(
    begin: BeginLines<'_>,
    report: &mut Report,
    text: WholeText<'_>,
    looking: Looking<'_>,
) -> Result<Surveyed> {
    let found = read(report.dialect, begin, text, looking)?;
    if report.layout.clock_faults.is_none() && found.len() > 1 {
        return Err(
            Error::bug("the ends of a text with several reports told of one").at(&report.path),
        );
    }
    let mut found = found.into_iter();
    let again = found.find(|found| found.ordinal == report.ordinal);
    *report = again.ok_or_else(|| changing(report))?;
    Ok(Surveyed::One)
}

/// The reports of a text, by all its lines.
fn read(
    dialect: DialectId,
    begin: BeginLines<'_>,
    text: WholeText<'_>,
    looking: Looking<'_>,
) -> Result<Vec<Report>> {
    if mends(looking) && !text.place().is_sheet() {
        return Err(mend_of_no_sheet().at(text.path()));
    }
    let found = stated_days(begin, text, looking).and_then(|range| {
        let (date_order, stated_range) = date_order(begin, text, looking, range.as_deref())?;
        let mut seen = Seen::new(looking, date_order, stated_range)?;
        let bytes = text.stamp().bytes;
        seen.sorter = (looking.sorting).map(|scratch| EntrySorter::new(scratch, bytes));
        let mut lines = begin(&text.name());
        let read = match seen.sorter {
            Some(_) => text.read()?,
            None => text.read()?.without_digest(),
        };
        let read = each_line_of(read, text, looking, |line, bytes| {
            seen.take_line(&mut *lines, bytes, line.whole, line.number)?;
            Ok(ControlFlow::Continue(()))
        })?;
        let id = match seen.sorter {
            Some(_) => id_of(read, text)?,
            None => None,
        };
        seen.finish(&Planned {
            dialect,
            text,
            lines: &*lines,
            date_order,
            id,
        })
    });
    found.map_err(|error| error.at_if_nowhere(text.path()))
}

/// Whether real dates were exchanged, as it is stated.
pub(super) fn mends(looking: Looking<'_>) -> bool {
    let added = looking.stated.added.as_ref();
    added.is_some_and(|added| added.mend.is_some())
}

/// The days that the text states that it is of, if it states the same everywhere.
fn stated_days(
    begin: BeginLines<'_>,
    text: WholeText<'_>,
    looking: Looking<'_>,
) -> Result<Option<String>> {
    let mut lines = begin(&text.name());
    if !lines.states_ranges() {
        return Ok(None);
    }
    each_line(text, looking, |line, bytes| {
        lines.next(bytes, line.whole);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(lines.date_range().map(str::to_owned))
}

/// What was seen of the entries of a text.
pub(super) struct Seen<'a> {
    looking: Looking<'a>,
    clock: EntryClock,
    stated_range: Option<StatedRange>,
    /// For each point of the text which one of the series it is, which may be written in several ways, and the unit that its head says.
    series_of: Vec<(usize, String)>,
    series: Vec<PointSeries>,
    known: BTreeMap<(PointId, Trend), usize>,
    groups: Vec<Group>,
    decimals: DecimalProofs,
    /// What sorts them, if they are to be, and as long as they are plain.
    sorter: Option<EntrySorter>,
}

/// The entries of a point.
struct PointSeries {
    point: ReportPoint,
    group: usize,
    times: PointTimes,
    /// What its times have to follow whose day and month are exchanged back.
    mended: Option<MendedSteps>,
    entries: u64,
}

/// Points that are logged alike: one report.
struct Group {
    trend: Trend,
    previous: Instant,
    disorder: bool,
}

impl<'a> Seen<'a> {
    /// Nothing yet of a text whose dates are in this order, and which states this range.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) for a word that is stated to mean no zone.
    pub(super) fn new(
        looking: Looking<'a>,
        order: DateOrder,
        stated_range: Option<StatedRange>,
    ) -> Result<Self> {
        Ok(Self {
            looking,
            clock: EntryClock::new(looking.rule, looking.stated, order)?,
            stated_range,
            series_of: Vec::new(),
            series: Vec::new(),
            known: BTreeMap::new(),
            groups: Vec::new(),
            decimals: DecimalProofs::default(),
            sorter: None,
        })
    }

    /// Takes the next line.
    ///
    /// # Errors
    /// Why the text cannot be read.
    pub(super) fn take_line(
        &mut self,
        lines: &mut dyn EntryLines,
        bytes: &[u8],
        whole: bool,
        number: u64,
    ) -> Result<()> {
        let line = lines.next(bytes, whole);
        if let EntryLine::Entry(entry) = &line {
            self.take(entry, number, lines.points())?;
            while let Some(entry) = lines.more(bytes) {
                self.take(&entry, number, lines.points())?;
            }
            if let Some(name) = lines.undecoded_name() {
                return Err(undecoded(name).line(number));
            }
        }
        match line {
            EntryLine::Refused(error) => return Err(error.line(number)),
            EntryLine::Furniture | EntryLine::Rejected(_) => self.sorter = None,
            EntryLine::Head | EntryLine::Entry(_) => {}
        }
        Ok(())
    }

    /// How many entries each series has so far.
    pub(super) fn counts(&self) -> Vec<u64> {
        self.series.iter().map(|series| series.entries).collect()
    }

    /// Adds points that were not met before.
    ///
    /// # Errors
    /// [`Input`](ErrorKind::Input) where they are logged in more ways than reports are made of one text.
    fn know(&mut self, points: &[EntryPoint]) -> Result<()> {
        for point in &points[self.series_of.len()..] {
            let added = self.looking.stated.added.as_deref();
            let point = &added.map_or_else(|| point.clone(), |added| added.point(point));
            let next = self.series.len();
            let key = (point.id.clone(), point.trend);
            let series = *self.known.entry(key).or_insert(next);
            self.series_of.push((series, point.unit.clone()));
            if series < next {
                continue;
            }
            let alike = |group: &Group| group.trend == point.trend;
            let group = self.groups.iter().position(alike);
            if group.is_none() && self.groups.len() == MOST_GROUPS {
                return Err(too_many_groups());
            }
            let group = group.unwrap_or_else(|| {
                self.groups.push(Group {
                    trend: point.trend,
                    previous: Instant::MIN,
                    disorder: false,
                });
                self.groups.len() - 1
            });
            let (rule, interval) = (self.looking.rule, point.trend.interval);
            self.series.push(PointSeries {
                point: ReportPoint {
                    id: point.id.clone(),
                    definition: point.definition.clone(),
                    trend: point.trend,
                },
                group,
                times: PointTimes::new(rule, self.stated_range, interval),
                mended: mends(self.looking).then(|| MendedSteps::new(rule)),
                entries: 0,
            });
        }
        Ok(())
    }

    fn take(&mut self, entry: &Entry<'_>, line: u64, points: &[EntryPoint]) -> Result<()> {
        self.know(points)?;
        let (place, _) = self.series_of[entry.point];
        let interval = self.series[place].point.trend.interval;
        let mut read = None;
        let StampTime { at, wall, mended } =
            match self.clock.resolve(&entry.stamp, interval, &mut read) {
                Ok(resolved) => resolved,
                Err(NoStamp::Unread(_)) => {
                    self.sorter = None;
                    return Ok(());
                }
                Err(NoStamp::Zone(word)) => return Err(unknown_zone(&word, line)),
            };
        let is_sorted = self.sorter.is_some() && !mended && self.is_sorted(entry, at);
        if !is_sorted {
            self.sorter = None;
        }
        // What is sorted has no comma.
        if !(is_sorted && self.decimals.has_proved_point(place)) {
            self.decimals.cell(place, entry.value);
        }
        let series = &mut self.series[place];
        series.entries += 1;
        let row = TimedRow {
            at: *at,
            line,
            accepted: true,
        };
        if let Some(error) = series.mended.as_mut().and_then(|steps| steps.row(*at)) {
            return Err(error.line(line));
        }
        series.times.take(row, *wall);
        let group = &mut self.groups[series.group];
        let time = at.utc.earliest();
        // Entries of a doubled hour are put in order when they are read.
        group.disorder |= time < group.previous || matches!(at.utc, Resolved::Doubled(_));
        group.previous = time;
        Ok(())
    }

    /// Whether an entry was taken to be sorted. Where there is no room for that, it is read again, as any other.
    fn is_sorted(&mut self, entry: &Entry<'_>, at: &RowTime) -> bool {
        let Some(sorter) = &mut self.sorter else {
            return false;
        };
        let (series, unit) = &self.series_of[entry.point];
        let mut taken = || sorter.take(*series, at, entry, unit);
        at.utc.earliest() >= self.looking.rule.not_before
            && taken().is_ok_and(|is_plain| is_plain == IsPlain::Yes)
    }

    /// The reports.
    ///
    /// # Errors
    /// Why the text cannot be read.
    pub(super) fn finish(mut self, of: &Planned<'_>) -> Result<Vec<Report>> {
        self.know(of.lines.points())?;
        for series in &mut self.series {
            series.times.dates.end();
            if let Some(sign) = series.times.dates.sign() {
                let refusal = sign.refusal(self.looking.stated.date_order);
                return Err(match of.text.place().is_sheet() {
                    true => refusal.hint(MEND),
                    false => refusal,
                });
            }
        }
        let has_entries = |group: &usize| {
            let mut series = self.series.iter();
            series.any(|series| series.group == *group && series.entries > 0)
        };
        let groups: Vec<usize> = (0..self.groups.len()).filter(has_entries).collect();
        let first = *groups.first().ok_or_else(no_entries)?;
        // A point that is there, too, logged in another way and without an entry, is no other point.
        let with_entries = self.series.iter().filter(|series| series.entries > 0);
        let mut met: BTreeSet<PointId> =
            with_entries.map(|series| series.point.id.clone()).collect();
        let mut of_groups: BTreeMap<usize, Vec<(usize, PointSeries)>> = BTreeMap::new();
        for (place, series) in self.series.into_iter().enumerate() {
            if series.entries == 0 && !met.insert(series.point.id.clone()) {
                continue;
            }
            // A point without an entry is one of whatever report there is.
            let group = Some(series.group).filter(|group| groups.contains(group));
            let own = of_groups.entry(group.unwrap_or(first)).or_default();
            own.push((place, series));
        }
        let mut reports = Vec::new();
        for (ordinal, group) in (0..).zip(groups) {
            let own = of_groups.remove(&group).unwrap_or_default();
            let group = &self.groups[group];
            let places: Vec<usize> = own.iter().map(|(place, _)| *place).collect();
            let mut report = of.report(&own, &self.looking);
            report.ordinal = ordinal;
            report.interval = group.trend.interval;
            if report.layout.decimals == Decimals::Assumed {
                report.layout.decimals = self.decimals.of_columns(places.iter().copied());
            }
            let mut found = Found::default();
            for (_, series) in own {
                series.times.finish(&report, &mut found)?;
            }
            let doubled = found.settle(&mut report, self.looking.rule)?;
            report.order = match group.disorder || doubled {
                true => RowOrder::Unordered,
                false => RowOrder::Ascending,
            };
            reports.push((report, places));
        }
        if let (Some(sorter), Some(id)) = (self.sorter, of.id) {
            // As there: what could not be kept is read again.
            let _ = sorter.finish(&mut reports, id);
        }
        Ok(reports.into_iter().map(|(report, _)| report).collect())
    }
}

/// What the reports of a text have in common.
pub(super) struct Planned<'a> {
    pub(super) dialect: DialectId,
    pub(super) text: WholeText<'a>,
    pub(super) lines: &'a dyn EntryLines,
    pub(super) date_order: DateOrder,
    /// What the text is known by, where it was read for that.
    pub(super) id: Option<FileId>,
}

impl Planned<'_> {
    /// A report of these of the points, as far as it is known without its times.
    fn report(&self, series: &[(usize, PointSeries)], looking: &Looking<'_>) -> Report {
        let points = series.iter().map(|(_, series)| series.point.clone());
        Report {
            path: self.text.path().to_owned(),
            stamp: self.text.stamp(),
            kept: self.text.kept_at().map(Into::into),
            text: self.text.place().clone(),
            form: self.text.form(),
            stated: looking.stated.clone(),
            path_name: (self.lines.is_named_by_path()).then(|| self.text.known_name().into()),
            dialect: self.dialect,
            ordinal: 0,
            section: None,
            layout: Layout {
                header_line: 0,
                columns: Columns::NONE,
                date_order: self.date_order,
                backward: false,
                stated_range: None,
                clock_faults: None,
                decimals: looking.stated.decimal.into(),
                doubled: super::DoubledEntries::default(),
                sorted: None,
                taken: None,
                table: None,
            },
            heading: Some(Box::new(Heading {
                title: self.lines.title().to_owned(),
                date_range: self.lines.date_range().map(str::to_owned),
            })),
            points: points.collect(),
            interval: None,
            range: Extent::from(Instant::EPOCH),
            order: RowOrder::Ascending,
            complete: self.lines.is_complete(),
        }
    }
}

pub(super) fn changing(report: &Report) -> Error {
    Error::new(ErrorKind::Changing, "the report changed while it was read")
        .at(&report.path)
        .hint("run again when its writer has finished")
}

fn too_many_groups() -> Error {
    Error::input(format!(
        "the points of the text are logged at more than {MOST_GROUPS} different intervals"
    ))
    .hint("export fewer points into one file")
}

pub(super) fn no_entries() -> Error {
    Error::input("no line of the text has a value with a date and a time that can be read")
        .hint("the logger gave nothing for this time, or the export was cut short; remove the file")
}

pub(super) fn unknown_zone(word: &str, line: u64) -> Error {
    Error::input(format!(
        "the time has the zone word {word:?}, which is none of the site's time zone at that time"
    ))
    .line(line)
    .hint(format!(
        "the times are of another time zone: state that one as cleaner.timezone (--timezone), or in an entry of cleaner.sources what the word means: `abbreviations: {{{word}: \"+08:00\"}}`"
    ))
}

#[cold]
fn undecoded(name: &[u8]) -> Error {
    Error::input(format!(
        "the name of a point has bytes that are no characters of UTF-8, in which the text begins: {:?}",
        lossy(name)
    ))
    .hint("state the encoding in an entry of cleaner.sources: `encoding: windows-1252` (or big5, gbk, shift_jis, …)")
}
