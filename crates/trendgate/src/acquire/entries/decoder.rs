//! The lines of a report with one value a line → entries.

use super::block::{Entries, EntryNote, entries_of};
use super::cell_reading::{CellReading, UnitBeside, number_of};
use super::statuses::StatusCounts;
use super::survey::{changing, unknown_zone};
use super::{BeginLines, Entry, EntryLine, EntryLines};
use crate::acquire::ask::Ask;
use crate::acquire::cells::{self, Cell};
use crate::acquire::clock_faults::fault_reason;
use crate::acquire::dialects::{Decode, DecodeStep, Decoded};
use crate::acquire::fields::plain;
use crate::acquire::fold::ToldBy;
use crate::acquire::lines::{Lines, is_cut};
use crate::acquire::local_clock::{Resolved, RowTime};
use crate::acquire::missing_words::MissingWords;
use crate::acquire::text::Text;
use crate::acquire::time_stamp::{EntryClock, NoStamp, StampTime};
use crate::acquire::times::{NO_DATE, future};
use crate::acquire::{
    PointTally, Report, RowOrder, Tally, TimeRule, Trend, Window, decimal, tokens,
};
use crate::error::Result;
use crate::model::{EXTREME, PointId};
use crate::time::{HOUR, Instant, Span};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Reads the entries of one report of a text once, from its first line to the last.
struct EntryDecoder {
    lines: Lines,
    reading: EntryReading,
    /// How many entries are given at a time.
    most: usize,
    ended: bool,
}

/// What is done with the lines.
struct EntryReading {
    form: Box<dyn EntryLines>,
    report: Arc<Report>,
    /// The points of the report: one that is logged in several ways is of several.
    places: BTreeMap<(PointId, Trend), u32>,
    /// For each point of the text met so far, which one of the report it is, and in which unit; `None` for one of another report.
    columns: Vec<Option<(u32, UnitBeside)>>,
    cells: Vec<CellReading>,
    missing: MissingWords,
    clock: EntryClock,
    time: TimeRule,
    window: Window,
    tally: Tally,
    statuses: StatusCounts,
    /// The last unit that stood beside a value.
    unit: (Vec<u8>, UnitBeside),
    rows_seen: u64,
    previous: Instant,
    /// Of each point the last time by the wall clock, where only the ends of the text were looked at.
    steady: Option<Vec<Option<Span>>>,
    /// The time that lines without one are counted under.
    owner: Instant,
}

/// Room for more entries than these is made when there are so many.
const MOST_ROOM: usize = 1 << 16;

/// Entries of a point that are no further apart are of one day or of two that follow each other.
const NEAR: Span = HOUR.times(12);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EntryOrder {
    Kept,
    /// The report has to be read whole first.
    Broken,
}

/// Begins to read `report`; `text` is its text.
///
/// # Errors
/// [`Config`](crate::ErrorKind::Config) for a word that is stated to mean no zone.
pub(in crate::acquire) fn decoder(
    begin: BeginLines<'_>,
    text: Text,
    report: &Arc<Report>,
    ask: Ask<'_>,
) -> Result<Box<dyn Decode<Entries>>> {
    let points = report.points.len();
    let places = (0..).zip(report.points.iter());
    let missing = report.stated.missing(report.dialect);
    Ok(Box::new(EntryDecoder {
        lines: Lines::new(text, ask.block_bytes),
        reading: EntryReading {
            form: begin(&report.text.name(&report.path)),
            places: places
                .map(|(at, point)| ((point.id.clone(), point.trend), at))
                .collect(),
            columns: Vec::new(),
            cells: CellReading::of_points(report, ask.cells),
            clock: EntryClock::new(ask.time, &report.stated, report.layout.date_order)?,
            missing: MissingWords::of(missing),
            time: ask.time.clone(),
            window: ask.window,
            tally: Tally {
                points: vec![PointTally::default(); points],
                ..Tally::default()
            },
            statuses: StatusCounts::of(points),
            unit: (Vec::new(), UnitBeside::None),
            rows_seen: 0,
            previous: Instant::MIN,
            steady: (report.layout.clock_faults.is_none()).then(|| vec![None; points]),
            owner: report.range.first,
            report: Arc::clone(report),
        },
        most: entries_of(ask.chunk_cells),
        ended: false,
    }))
}

impl Decode<Entries> for EntryDecoder {
    fn next_chunk(&mut self) -> Result<DecodeStep<Entries>> {
        let mut entries = Entries::with_room(self.most.min(MOST_ROOM));
        while !self.ended && entries.len() < self.most {
            let Some(line) = self.lines.next_line(&self.reading.report.path)? else {
                self.ended = true;
                break;
            };
            let bytes = self.lines.bytes(&line);
            let text = LineText {
                bytes: plain(bytes),
                number: line.number,
                whole: !is_cut(bytes, line.whole),
            };
            if self.reading.take(text, &mut entries)? == EntryOrder::Broken {
                return Ok(DecodeStep::NeedsWhole);
            }
        }
        Ok(match entries.len() {
            0 => DecodeStep::End,
            _ => DecodeStep::Rows(entries),
        })
    }

    fn hold_at_most(&mut self, cells: usize) {
        self.most = entries_of(cells);
    }

    fn bytes_read(&self) -> u64 {
        self.lines.file_bytes()
    }

    fn finish(self: Box<Self>) -> Decoded {
        let EntryReading {
            mut tally,
            statuses,
            rows_seen,
            form,
            ..
        } = self.reading;
        statuses.add_to(&mut tally.points);
        Decoded {
            tally,
            rows_seen,
            lines: 0,
            undecided: false,
            complete: form.is_complete(),
            text: self.lines.into_text().into(),
        }
    }
}

/// A line of the text.
#[derive(Clone, Copy)]
struct LineText<'l> {
    bytes: &'l [u8],
    number: u64,
    /// Whether the text does not end in it.
    whole: bool,
}

impl EntryReading {
    fn take(&mut self, line: LineText<'_>, entries: &mut Entries) -> Result<EntryOrder> {
        let found = self.form.next(line.bytes, line.whole);
        if let EntryLine::Entry(entry) = &found {
            let mut order = self.take_entry(line, entry, entries)?;
            while order == EntryOrder::Kept
                && let Some(entry) = self.form.more(line.bytes)
            {
                order = self.take_entry(line, &entry, entries)?;
            }
            return Ok(order);
        }
        match found {
            EntryLine::Head | EntryLine::Entry(_) => {}
            EntryLine::Furniture => {
                if self.is_first() && self.is_own() {
                    self.tally.furniture += 1;
                }
            }
            EntryLine::Refused(_) if self.steady.is_some() => return Ok(EntryOrder::Broken),
            EntryLine::Refused(error) => {
                return Err(error.at(&self.report.path).line(line.number));
            }
            EntryLine::Rejected(reason) => {
                if self.is_first() {
                    self.reject(line, self.form.entries_of_line(), reason);
                }
            }
        }
        Ok(EntryOrder::Kept)
    }

    fn take_entry(
        &mut self,
        line: LineText<'_>,
        entry: &Entry<'_>,
        entries: &mut Entries,
    ) -> Result<EntryOrder> {
        let Some((column, own_unit)) = self.column(entry.point) else {
            return Ok(match self.steady {
                Some(_) => EntryOrder::Broken,
                None => EntryOrder::Kept,
            });
        };
        let mut read = None;
        let interval = self.report.interval;
        let StampTime { at, mended, .. } =
            match self.clock.resolve(&entry.stamp, interval, &mut read) {
                Ok(resolved) => resolved,
                Err(NoStamp::Zone(_)) if self.steady.is_some() => return Ok(EntryOrder::Broken),
                Err(NoStamp::Zone(word)) => {
                    let error = unknown_zone(&word, line.number);
                    return Err(error.at(&self.report.path));
                }
                Err(NoStamp::Unread(reason)) => {
                    self.tally.without_date += u64::from(reason == NO_DATE && self.is_own());
                    self.reject(line, 1, reason);
                    return Ok(EntryOrder::Kept);
                }
            };
        let earliest = at.utc.earliest();
        let faults = self.report.layout.clock_faults.as_ref();
        if earliest < self.time.not_before
            || faults.is_some_and(|faults| faults.contains(line.number))
        {
            let reason = fault_reason(*at, &self.time);
            if self.is_own() {
                self.tally.clock.fault(line.number, &reason);
            }
            self.reject(line, 1, &reason);
            return Ok(EntryOrder::Kept);
        }
        if !self.is_steady(column, at) {
            return Ok(EntryOrder::Broken);
        }
        let (time, by) = match at.utc {
            Resolved::Sure(time) | Resolved::Moved(time) => (time, None),
            Resolved::Doubled(doubled) => {
                let passes = &self.report.layout.doubled;
                let (by, time) = passes.instant(line.number, doubled, self.time.ambiguous);
                (time, Some(by))
            }
        };
        if time > self.time.not_after {
            return Err(future(&self.report, line.number, time, false));
        }
        let is_back = time < self.previous && self.report.order == RowOrder::Ascending;
        if is_back || !self.report.range.contains(time) {
            return match self.report.order {
                RowOrder::Ascending => Ok(EntryOrder::Broken),
                RowOrder::Unordered => Err(changing(&self.report)),
            };
        }
        (self.previous, self.owner) = (time, time);
        self.rows_seen += 1;
        if !self.window.read.contains(time) {
            return Ok(EntryOrder::Kept);
        }
        let is_moved = matches!(at.utc, Resolved::Moved(_));
        let cell = self.cell(column, entry, line.number)?;
        if cell == Cell::Undecided && self.steady.is_some() {
            return Ok(EntryOrder::Broken);
        }
        let unit = match entry.unit {
            [] => own_unit,
            unit => self.unit(unit),
        };
        let is_marked = matches!(cell, Cell::Marked(_));
        let cell = match unit {
            UnitBeside::Known(unit) => self.cells[column as usize].converted(cell, unit),
            UnitBeside::None | UnitBeside::Unknown => cell,
        };
        let (value, is_extreme) = number_of(cell);
        let note = EntryNote {
            is_extreme,
            is_moved,
            restarts: entry.restarts,
        };
        entries.push(time, column, value, note);
        if self.is_own() {
            let tally = &mut self.tally;
            tally.rows += 1;
            tally.cells += 1;
            tally.extend_range(time);
            tally.nonexistent += u64::from(is_moved);
            tally.mended += u64::from(mended);
            match by {
                Some(ToldBy::Order) => tally.ambiguous_resolved += 1,
                Some(ToldBy::Rule) => tally.ambiguous_by_rule += 1,
                None => {}
            }
            if is_moved {
                let offset = self.time.offset_before_gap(at.local, time);
                tally.clock.see(time, offset);
            }
            let place = column as usize;
            if let Some(status) = entry.status {
                self.statuses.count(place, status.word);
            }
            let point = &mut tally.points[place];
            point.add_cell(cell, line.number, entry.value);
            if is_marked && !matches!(cell, Cell::Marked(_)) {
                point.add_words(&cells::decode(entry.value));
            }
            if unit == UnitBeside::Unknown && !value.is_nan() {
                let unit = match entry.unit {
                    [] => self.form.points()[entry.point].unit.as_str().into(),
                    unit => cells::decode(unit),
                };
                point.add_unknown_unit(&unit);
            }
        }
        Ok(EntryOrder::Kept)
    }

    /// Whether an entry at this time tells nothing that only all of the text does, where its ends alone were looked at: it is in no doubled hour
    /// and not in the future, and so near to the one before it of its point that neither its clock nor its date can be wrong.
    fn is_steady(&mut self, column: u32, at: &RowTime) -> bool {
        let Some(last) = &mut self.steady else {
            return true;
        };
        let last = last[column as usize].replace(at.local);
        !matches!(at.utc, Resolved::Doubled(_))
            && at.utc.earliest() <= self.time.not_after
            && last.is_none_or(|last| (at.local - last).abs() <= NEAR)
    }

    /// What the value of an entry is.
    fn cell(&self, column: u32, entry: &Entry<'_>, line: u64) -> Result<Cell> {
        if entry.status.is_some_and(|status| status.is_missing) {
            return Ok(Cell::Missing(tokens::STATUS));
        }
        let reading = &self.cells[column as usize];
        if reading.is_plain
            && !self.missing.has_numbers()
            && let Some((value, end)) = cells::short_decimal(entry.value)
            && end == entry.value.len()
            && value.abs() < EXTREME
            && !self.missing.has_number(value)
        {
            return Ok(Cell::Number(value));
        }
        let cell = cells::classify(entry.value, &reading.rule, reading.decimal);
        if self.missing.have(entry.value, cell) {
            return Ok(Cell::Missing(tokens::STATED));
        }
        match cell {
            Cell::OtherSign => Err(decimal::against_stated(
                &self.report,
                column as usize,
                entry.value,
                line,
            )),
            cell => Ok(cell),
        }
    }

    /// The unit that stands beside a value.
    fn unit(&mut self, text: &[u8]) -> UnitBeside {
        let (known, unit) = &mut self.unit;
        if known != text {
            known.clear();
            known.extend_from_slice(text);
            *unit = UnitBeside::of(&cells::decode(text));
        }
        *unit
    }

    /// Which point of the report a point of the text is.
    fn column(&mut self, point: usize) -> Option<(u32, UnitBeside)> {
        let known = self.columns.len();
        if point >= known {
            let new = self.form.points().get(known..).unwrap_or_default();
            let added = self.report.stated.added.as_deref();
            let new = new.iter().map(|point| {
                let point = Cow::Borrowed(point);
                added.map_or(point.clone(), |added| Cow::Owned(added.point(&point)))
            });
            let places = new.map(|point| {
                let place = self.places.get(&(point.id.clone(), point.trend)).copied()?;
                Some((place, UnitBeside::of(&point.unit)))
            });
            self.columns.extend(places);
        }
        self.columns.get(point).copied().flatten()
    }

    /// Whether the last time that was met is of the rows to count.
    fn is_own(&self) -> bool {
        self.window.own.contains(self.owner)
    }

    /// Whether lines of no point are counted here.
    fn is_first(&self) -> bool {
        self.report.ordinal == 0
    }

    fn reject(&mut self, line: LineText<'_>, entries: u64, reason: &str) {
        self.rows_seen += 1;
        if self.is_own() {
            self.tally.reject(line.number, entries, reason.to_owned());
        }
    }
}
