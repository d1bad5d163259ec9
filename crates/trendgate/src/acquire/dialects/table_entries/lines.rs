//! The lines of a described table → entries.

use super::head::{EntryColumns, MOST_COLUMNS, fields_at};
use super::points::{RowPoint, RowPoints};
use super::values::OpenValues;
use crate::acquire::dates::DateOrder;
use crate::acquire::described::{DescribedTable, EntryTable, LongTable, TableHeader, UnitsPlace};
use crate::acquire::entries::{CUT_SHORT, Entry, EntryLine, EntryLines, EntryPoints, Status};
use crate::acquire::field_places::FieldPlaces;
use crate::acquire::fields::{fields, is_blank};
use crate::acquire::local_clock::{Resolved, RowTime};
use crate::acquire::stated::ClockOffset;
use crate::acquire::text::lossy;
use crate::acquire::time_stamp::EntryStamp;
use crate::acquire::times::NO_DATE;
use crate::acquire::wide::{HeaderRow, Misread, RowStamps, text_of};
use crate::acquire::zone_words::WallTime;
use crate::acquire::{StatedReading, TableColumns, TimeRule};
use crate::error::{Error, Result};
use crate::model::plain_name;
use jiff::civil;
use std::sync::Arc;

/// What is said of a value of a day at a time that never was.
const NO_SUCH_TIME: &[u8] = b"(no such time on this day)";
/// What is said of a value at a time that was twice, and has one column.
const FIRST_PASS: &[u8] = b"(first pass of a doubled hour)";
/// Why a line is no entry.
const OF_NO_ID: &str = "does not say which point it is of";

/// What is stated of a table: its lines are begun with that, as often as they are gone through.
pub(super) struct TableText {
    table: Arc<DescribedTable>,
    rule: TimeRule,
    clock: Option<ClockOffset>,
}

impl TableText {
    /// That of texts that are read as it is `stated`.
    pub(super) fn new(stated: &StatedReading, rule: &TimeRule) -> Result<Self> {
        let table = stated.table.as_deref();
        let table = table.ok_or_else(|| Error::bug("a described table without its description"))?;
        Ok(Self {
            table: Arc::new(table.clone()),
            rule: rule.clone(),
            clock: stated.clock,
        })
    }

    /// Begins to go through the lines of a text.
    pub(super) fn lines(&self) -> TableLines {
        TableLines {
            table: Arc::clone(&self.table),
            rule: self.rule.clone(),
            clock: self.clock,
            open: None,
            points: RowPoints::of(&self.table),
            fields: FieldPlaces::default(),
            status: StatusWords::default(),
            day: OpenDay::default(),
            values: OpenValues::of(&self.table),
        }
    }
}

/// The lines of a table, one after the other.
pub(super) struct TableLines {
    table: Arc<DescribedTable>,
    rule: TimeRule,
    clock: Option<ClockOffset>,
    /// What is known from the row of names on.
    open: Option<OpenTable>,
    points: RowPoints,
    /// Where the fields of the last line stand.
    fields: FieldPlaces,
    status: StatusWords,
    day: OpenDay,
    values: OpenValues,
}

/// A table whose row of names was met.
struct OpenTable {
    names: Vec<String>,
    head: EntryColumns,
    stamps: RowStamps,
    /// The row of units below the names, where there is one.
    units: UnitsRow,
}

/// The row of units below the names.
enum UnitsRow {
    /// There is no row of units.
    None,
    /// The row of units is the next one.
    Next,
    /// The row of units, as it is written.
    Met(Vec<u8>),
}

/// The word that stood beside the last value, and whether it says that there is none.
#[derive(Default)]
struct StatusWords {
    word: Vec<u8>,
    is_missing: bool,
}

/// The row of a day whose values are given out.
#[derive(Default)]
struct OpenDay {
    date: civil::Date,
    point: usize,
    /// The next of the columns of the day.
    next: usize,
}

impl OpenTable {
    fn of(
        table: &DescribedTable,
        header: HeaderRow,
        rule: &TimeRule,
        clock: Option<ClockOffset>,
    ) -> Result<Self> {
        table.names.of_text()?;
        let head = EntryColumns::of(table, &header)?;
        let interval = table.interval.or(head.step);
        let logged = DescribedTable {
            interval,
            ..table.clone()
        };
        let stamps = RowStamps::new(&logged, &TableColumns::default(), 0, rule, clock)?;
        Ok(Self {
            names: header.names,
            head,
            stamps,
            units: match table.units {
                Some(UnitsPlace::Below) => UnitsRow::Next,
                _ => UnitsRow::None,
            },
        })
    }

    /// Takes `line` for the row of units, if that is the next one; whether it was.
    fn takes_units(&mut self, line: &[u8]) -> bool {
        let is_next = matches!(self.units, UnitsRow::Next);
        if is_next {
            self.units = UnitsRow::Met(line.to_vec());
            for (place, unit) in fields(line).enumerate() {
                let mut columns = self.head.values.iter_mut();
                if let Some(column) = columns.find(|column| column.place == place) {
                    column.unit = text_of(unit);
                }
            }
        }
        is_next
    }
}

impl TableLines {
    /// Whether the row of names was met, or there is none.
    pub(super) fn has_head(&self) -> bool {
        self.open.is_some()
    }

    /// What stands in the fields of the time of a line, which has them.
    pub(super) fn written_time(&self, line: &[u8]) -> Option<String> {
        let (head, mut fields) = (&self.open.as_ref()?.head, FieldPlaces::default());
        head.find(line, &mut fields).ok()?;
        let texts = head.times.iter();
        let texts: Vec<_> = texts
            .map(|place| lossy(fields.field(line, *place)))
            .collect();
        Some(texts.join(" "))
    }

    fn begin(&mut self, line: &[u8]) -> Result<()> {
        let Some(header) = HeaderRow::of(line, &self.table) else {
            return Ok(());
        };
        let open = OpenTable::of(&self.table, header, &self.rule, self.clock)?;
        let interval = self.table.interval.or(open.head.step);
        self.points.log(interval, self.table.change_of_value);
        self.open = Some(open);
        Ok(())
    }

    /// What a line is that has no time as it is described.
    fn no_row<'l>(&self, line: &[u8], misread: Misread) -> EntryLine<'l> {
        if let Some(OpenTable {
            units: UnitsRow::Met(units),
            ..
        }) = &self.open
            && units == line
        {
            return EntryLine::Furniture;
        }
        let TableHeader::With(words) = &self.table.header else {
            return rejected(misread);
        };
        let Some(again) = HeaderRow::of(line, &self.table) else {
            return rejected(misread);
        };
        match &self.open {
            Some(open) if open.names == again.names => EntryLine::Furniture,
            _ if words.is_empty() => rejected(misread),
            _ => EntryLine::Refused(
                Error::input("the row of names of another table stands below the first one, with other columns")
                    .hint("files were joined, or columns were added: give every table a file of its own"),
            ),
        }
    }

    fn row<'l>(&mut self, line: &'l [u8], whole: bool) -> EntryLine<'l> {
        let Some(open) = &mut self.open else {
            return EntryLine::Head;
        };
        if let Err(reason) = open.head.find(line, &mut self.fields) {
            return match self.no_row(line, Misread::Unlike) {
                EntryLine::Rejected(_) => EntryLine::Rejected(reason),
                other => other,
            };
        }
        match self.table.entries {
            Some(EntryTable::Day(_)) => self.day_row(line, whole),
            _ => self.timed_row(line, whole),
        }
    }

    /// What a line is that has a time of its own.
    fn timed_row<'l>(&mut self, line: &'l [u8], whole: bool) -> EntryLine<'l> {
        let Some(open) = &mut self.open else {
            return EntryLine::Head;
        };
        let fields = &self.fields;
        let mut found = [&[][..]; MOST_COLUMNS];
        let times = fields_at(fields, line, &open.head.times, &mut found);
        let (at, wall) = match open.stamps.read_texts(times) {
            Ok(stamp) => stamp,
            Err(misread) => return self.no_row(line, misread),
        };
        let names = fields_at(fields, line, &open.head.points, &mut found);
        if !open.head.values.is_empty() {
            if names.iter().all(|field| field.is_empty()) {
                return EntryLine::Rejected(OF_NO_ID);
            }
            if !whole {
                return EntryLine::Rejected(CUT_SHORT);
            }
            let columns = &open.head.values;
            let stamp = (at, wall);
            self.values.open(stamp, names, columns, &mut self.points);
            return self.of_row(line).map_or(EntryLine::Head, EntryLine::Entry);
        }
        let point = match point_of(&mut self.points, names, whole) {
            Ok(point) => point,
            Err(reason) => return reason.map_or(EntryLine::Head, EntryLine::Rejected),
        };
        let field = |place: Option<usize>| place.map_or(&[][..], |place| fields.field(line, place));
        let (value, unit) = (field(open.head.value), field(open.head.unit));
        let word = field(open.head.status);
        EntryLine::Entry(Entry {
            point,
            stamp: EntryStamp::Known {
                at,
                wall: wall.map(|(date, time)| WallTime { date, time }),
            },
            value,
            unit,
            status: self.status(word),
            restarts: false,
        })
    }

    /// What a line is that has the values of a day.
    fn day_row<'l>(&mut self, line: &'l [u8], whole: bool) -> EntryLine<'l> {
        let Some(open) = &mut self.open else {
            return EntryLine::Head;
        };
        let mut found = [&[][..]; MOST_COLUMNS];
        let times = fields_at(&self.fields, line, &open.head.times, &mut found);
        let date = match open.stamps.read_day(times) {
            Ok(date) => date,
            Err(misread) => return self.no_row(line, misread),
        };
        let names = fields_at(&self.fields, line, &open.head.points, &mut found);
        let point = match point_of(&mut self.points, names, whole) {
            Ok(point) => point,
            Err(reason) => return reason.map_or(EntryLine::Head, EntryLine::Rejected),
        };
        self.day = OpenDay {
            date,
            point,
            next: 0,
        };
        // All values of a day may be of times that never were.
        self.of_day(line).map_or(EntryLine::Head, EntryLine::Entry)
    }

    /// What stands beside a value, if that makes it missing.
    fn status<'l>(&mut self, word: &'l [u8]) -> Option<Status<'l>> {
        let Some(EntryTable::Long(LongTable {
            status: Some(stated),
            ..
        })) = &self.table.entries
        else {
            return None;
        };
        let known = &mut self.status;
        if known.word != word || known.word.is_empty() {
            let plain = plain_name(&lossy(word)).to_lowercase();
            known.is_missing = !stated.good.contains(&plain);
            known.word.clear();
            known.word.extend_from_slice(word);
        }
        known.is_missing.then_some(Status {
            word,
            is_missing: true,
        })
    }

    /// The next value of the row that is open, of a table with several values a row.
    fn of_row<'l>(&mut self, line: &'l [u8]) -> Option<Entry<'l>> {
        let place = self.open.as_ref()?.head.status;
        let word = place.map_or(&[][..], |place| self.fields.field(line, place));
        let status = self.status(word);
        let head = &self.open.as_ref()?.head;
        self.values.next((line, &self.fields), status, head)
    }

    /// The next value of the day that is open.
    fn of_day<'l>(&mut self, line: &'l [u8]) -> Option<Entry<'l>> {
        let open = self.open.as_mut()?;
        let (day, fields) = (&mut self.day, &self.fields);
        let unit = open.head.unit.map(|place| fields.field(line, place));
        let unit = unit.unwrap_or_default();
        while let Some(label) = open.head.labels.get(day.next) {
            day.next += 1;
            let value = fields.field(line, label.place);
            let found = open.stamps.of_day(day.date, label.time);
            let Some(RowTime { local, utc }) = found else {
                continue;
            };
            let (utc, status) = match (utc, label.again) {
                (Resolved::Sure(at), false) => (Resolved::Sure(at), None),
                (Resolved::Doubled(doubled), true) => (Resolved::Sure(doubled.later), None),
                (Resolved::Doubled(doubled), false) => {
                    let is_only = !open.head.has_second(label.time);
                    let said = Status {
                        word: FIRST_PASS,
                        is_missing: false,
                    };
                    (Resolved::Sure(doubled.earlier), is_only.then_some(said))
                }
                // The field is there for other days.
                _ if is_blank(value) => continue,
                (utc, _) => {
                    let said = Status {
                        word: NO_SUCH_TIME,
                        is_missing: true,
                    };
                    (utc, Some(said))
                }
            };
            return Some(Entry {
                point: day.point,
                stamp: EntryStamp::Known {
                    at: RowTime { local, utc },
                    wall: None,
                },
                value,
                unit,
                status,
                restarts: false,
            });
        }
        None
    }
}

/// The point that a row names; if it is no entry, why, or nothing where its point is passed over.
#[inline]
fn point_of(
    points: &mut RowPoints,
    names: &[&[u8]],
    whole: bool,
) -> std::result::Result<usize, Option<&'static str>> {
    match points.named(names) {
        RowPoint::Skipped => Err(None),
        RowPoint::Nothing => Err(Some(OF_NO_ID)),
        RowPoint::Point(_) if !whole => Err(Some(CUT_SHORT)),
        RowPoint::Point(point) => Ok(point),
    }
}

fn rejected<'l>(misread: Misread) -> EntryLine<'l> {
    match misread {
        Misread::Blank => EntryLine::Rejected(NO_DATE),
        Misread::Unlike => EntryLine::Rejected("has a time that is not written as it is described"),
        Misread::Against(error) => EntryLine::Refused(error),
    }
}

impl EntryLines for TableLines {
    fn next<'l>(&mut self, line: &'l [u8], whole: bool) -> EntryLine<'l> {
        if is_blank(line) {
            return EntryLine::Head;
        }
        if self.open.is_none() {
            if let Err(error) = self.begin(line) {
                return EntryLine::Refused(error);
            }
            if matches!(self.table.header, TableHeader::With(_)) {
                return EntryLine::Head;
            }
        }
        if let Some(open) = &mut self.open
            && open.takes_units(line)
        {
            return EntryLine::Head;
        }
        self.row(line, whole)
    }

    fn more<'l>(&mut self, line: &'l [u8]) -> Option<Entry<'l>> {
        match self.table.entries {
            Some(EntryTable::Day(_)) => self.of_day(line),
            Some(EntryTable::Long(_)) if !self.table.values.is_empty() => self.of_row(line),
            _ => None,
        }
    }

    fn entries_of_line(&self) -> u64 {
        let entries = |open: &OpenTable| open.head.labels.len().max(open.head.values.len());
        let entries = self.open.as_ref().map_or(0, entries);
        (entries as u64).max(1)
    }

    fn known_points(&self) -> &EntryPoints {
        self.points.known()
    }

    fn date_order(&self) -> Option<DateOrder> {
        let format = self.table.format.parse();
        let order = format.map(|format: crate::acquire::dates::StampFormat| format.date_order());
        Some(order.unwrap_or(DateOrder::YearMonthDay))
    }

    fn is_told_by_ends(&self) -> bool {
        matches!(self.table.entries, Some(EntryTable::Long(_)))
    }
}
