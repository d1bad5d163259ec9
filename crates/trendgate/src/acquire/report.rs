//! A report as it is planned: what its head and its tail say of it, and what a decoder has to know.

use super::clock_faults::ClockFaults;
use super::containers::TextPlace;
use super::dates::DateOrder;
use super::decimal::Decimals;
use super::dialects::DialectId;
use super::encoding::Encoding;
use super::entries::{DoubledEntries, SortedPlace};
use super::exchanged::StatedRange;
use super::fold::Direction;
use super::section::TextSection;
use super::stated::StatedReading;
use super::text::TextForm;
use crate::error::{Error, ErrorKind};
use crate::model::{PointId, Unit};
use crate::store::Stamp;
use crate::text_id::ReadingId;
use crate::time::{Extent, Span};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the head and the tail of a report say about it: all that the plan knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The file.
    pub(crate) path: PathBuf,
    /// Its identity and size when it was looked at.
    pub(crate) stamp: Stamp,
    /// What the dataset keeps of the file, if its bytes are read from there and not from its path.
    pub(crate) kept: Option<Box<Path>>,
    /// Which text of the file it stands in.
    pub(crate) text: TextPlace,
    /// How that text is written.
    pub(crate) form: TextForm,
    /// What is stated of how it is read.
    pub(crate) stated: StatedReading,
    /// The name of its text, where a point takes its own from that.
    pub(crate) path_name: Option<Box<str>>,
    /// What it is written in.
    pub dialect: DialectId,
    /// How many reports stand before it in its text.
    pub(crate) ordinal: u32,
    /// Where it stands in its text, if that was found to hold several.
    pub(crate) section: Option<Box<TextSection>>,
    /// Where the rows begin and how they are laid out.
    pub layout: Layout,
    /// What it says of itself for people; the plan of a batch does without.
    pub(crate) heading: Option<Box<Heading>>,
    /// The points, in the order of the columns.
    pub points: Arc<[ReportPoint]>,
    /// The stated `Time Interval:`; `None` where none is stated, or none that can be read.
    pub(crate) interval: Option<Span>,
    /// From the first to the last instant of its rows: as its head and its tail say, unless it was [surveyed](super::survey()).
    pub(crate) range: Extent,
    /// Whether the rows are in time order.
    pub(crate) order: RowOrder,
    /// Whether the trailer is there; a report without one was cut short.
    pub(crate) complete: bool,
}

impl Report {
    /// What the way is known by in which its text is read: by all that decides it beside its bytes.
    #[must_use]
    pub(crate) fn reading(&self) -> Option<ReadingId> {
        self.stated.reading(self.path_name.as_deref())
    }

    /// What the entry of the configuration is known by that describes it, if it has one value a line.
    #[must_use]
    pub(crate) fn entry(&self) -> Option<&str> {
        let table = self.stated.table.as_deref()?;
        let described = table.entries.is_some() && self.dialect.is_described();
        described.then_some(&*table.entry)
    }

    /// The line of its text with which its head begins, counted from 1.
    #[must_use]
    pub fn first_line(&self) -> u64 {
        self.section
            .as_ref()
            .map_or(1, |section| section.lines.start)
    }

    /// The path of its file, with the name of its text in it: `week.zip!north.csv`.
    #[must_use]
    pub(crate) fn shown(&self) -> PathBuf {
        text_path(&self.path, self.text.member_name())
    }

    /// The bytes of its section of a text, of its text in a file of several, or of its file.
    #[must_use]
    pub(crate) fn bytes(&self) -> u64 {
        let member = self.text.member.as_ref().map(|member| member.bytes);
        let section = self.section.as_ref().map(|section| section.size());
        section.or(member).unwrap_or(self.stamp.bytes)
    }

    /// Adds its file, and its text in that, to what is wrong with it.
    #[must_use]
    pub(crate) fn located(&self, error: Error) -> Error {
        of_text(&self.text, error).at(&self.path)
    }

    /// Which of the cells of a row, counted from 0, are of no point; in ascending order.
    pub(super) fn skipped_cells(&self) -> &[usize] {
        let table = self.layout.table.as_deref();
        table.map_or(&[], |table| &table.skipped)
    }

    /// How many cells a row has: those of the points, and those of none.
    pub(super) fn cells(&self) -> usize {
        self.points.len() + self.skipped_cells().len()
    }

    /// What is wrong with it, said with its head's line where its text has several reports.
    pub(super) fn blamed(&self, error: Error) -> Error {
        let error = of_text(&self.text, error);
        let is_of_one = matches!(error.kind(), ErrorKind::Input | ErrorKind::Future);
        match &self.section {
            Some(section) if is_of_one => error.of_report(section.lines.start),
            _ => error,
        }
    }
}

/// The path of a file, with the name of one of its texts, if it has one.
pub(crate) fn text_path(path: &Path, name: Option<&str>) -> PathBuf {
    let mut shown = path.as_os_str().to_owned();
    if let Some(name) = name {
        shown.push("!");
        shown.push(name);
    }
    shown.into()
}

/// Adds the name of a text, if it has one, to what is wrong with it.
pub(super) fn of_text(place: &TextPlace, error: Error) -> Error {
    match place.member_name() {
        Some(name) => error.of_member(name),
        None => error,
    }
}

/// What a report says of itself for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heading {
    /// The first line.
    pub(crate) title: String,
    /// The stated `Date Range:`.
    pub(crate) date_range: Option<String>,
}

/// Whether the rows of a report are in time order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowOrder {
    /// As far as is known, they are in order; the reader says so if they are not.
    Ascending,
    /// They are not in order: they are sorted before they are given out.
    Unordered,
}

/// One point as a report declares it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReportPoint {
    /// Name and suffix.
    pub id: PointId,
    /// The trend definition as written: `5 minutes`, `COV`, an error text.
    pub(crate) definition: String,
    /// What the definition says, as the report's dialect reads it.
    pub(crate) trend: Trend,
}

impl ReportPoint {
    /// A point of which nothing is said.
    #[must_use]
    pub(crate) fn plain(id: PointId) -> Self {
        Self {
            id,
            definition: String::new(),
            trend: Trend::default(),
        }
    }
}

/// How a point is logged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Trend {
    /// The time from one sample to the next, where it is said.
    pub(crate) interval: Option<Span>,
    /// Whether a sample is logged when the value changes.
    pub(crate) change_of_value: bool,
    /// Whether a sample is the total of the time since the one before it.
    pub(crate) is_total: bool,
}

impl Trend {
    /// Whether nothing but a change of value is logged, so that a value that stays says nothing.
    #[must_use]
    pub(crate) fn changes_only(self) -> bool {
        self.change_of_value && self.interval.is_none()
    }
}

/// Where the rows of a report are and how they are laid out: what a decoder needs to know beside the points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// The header's line in its text, counted from 1; the rows begin below it.
    pub header_line: u64,
    /// Which fields of a row are what.
    pub(crate) columns: Columns,
    /// The order of year, month and day.
    pub(crate) date_order: DateOrder,
    /// Whether the rows run from the latest to the earliest.
    pub(crate) backward: bool,
    /// The days that it states it is of; `None` where it states none, or it cannot be told which.
    pub(crate) stated_range: Option<StatedRange>,
    /// The rows whose time is a fault of the clock; `None` as long as the report was not [surveyed](super::survey).
    pub(crate) clock_faults: Option<ClockFaults>,
    /// The decimal signs of its numbers.
    pub(crate) decimals: Decimals,
    /// Of a text with one value a line, the passes that its entries in doubled hours are of.
    pub(crate) doubled: DoubledEntries,
    /// Where its entries stand, if they were sorted when it was planned.
    pub(crate) sorted: Option<SortedPlace>,
    /// Which columns of its table are its own, where that has columns of other reports, or of none.
    pub(crate) taken: Option<Box<TakenColumns>>,
    /// What else its columns are, where a description says it.
    pub(crate) table: Option<Box<TableColumns>>,
}

/// Which fields of a described table are what, beyond [`Columns`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TableColumns {
    /// The fields of the time, counted from 0, in the order in which they are joined.
    pub(crate) times: Vec<usize>,
    /// Which of the cells of a row, counted from 0, are of no point; in ascending order.
    pub(crate) skipped: Vec<usize>,
    /// For each point the unit of its plain numbers, as the head says it.
    pub(crate) units: Vec<HeadUnit>,
    /// For each point which of the cells, counted from 0, has words about its values; empty where none has.
    pub(crate) statuses: Vec<Option<usize>>,
}

/// What the head of a table says of the unit of a point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum HeadUnit {
    /// The head says nothing of it.
    Unsaid,
    /// The head says this unit.
    Known(Unit),
    /// The head has a word that is no unit.
    Unknown(String),
}

/// The columns of a table that are a report's. All else of a layout is that of the whole table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TakenColumns {
    /// How many cells a row of the table has.
    pub(crate) cells: usize,
    /// Which of them are those of the points, counted from 0.
    pub(crate) columns: Vec<usize>,
    /// Whether the numbers of a row are of the time before its own.
    pub(crate) is_before: bool,
    /// Whether it is the first report of its table, which counts the lines that are no rows.
    pub(crate) is_first: bool,
}

/// Which fields of a row are what, counted from 0: a date, a time of day somewhere behind it or in the same field, and from some field on
/// a cell for each point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Columns {
    /// The date.
    pub(crate) date: usize,
    /// The time of day.
    pub(crate) time: usize,
    /// The cell of the first point.
    pub(crate) cells: usize,
    /// Fields that a row may have, if those behind the cells are blank: as many as the header or the first row has.
    pub(crate) padded: usize,
}

impl Report {
    /// The encoding of its text, where nothing proves and nobody states it.
    #[must_use]
    pub(crate) fn assumed_encoding(&self) -> Option<Encoding> {
        let encoding = self.form.encoding;
        let is_assumed = matches!(encoding, Encoding::Legacy(_)) && encoding != Encoding::CP950;
        (is_assumed && self.stated.encoding.is_none()).then_some(encoding)
    }
}

impl Layout {
    /// Which way the rows run.
    pub(super) fn direction(&self) -> Direction {
        match self.backward {
            true => Direction::Backward,
            false => Direction::Forward,
        }
    }
}

impl Columns {
    /// Those of a text that is no table.
    pub(super) const NONE: Self = Self {
        date: 0,
        time: 0,
        cells: 0,
        padded: 0,
    };

    /// Whether date and time stand in one field.
    #[inline]
    pub(super) fn are_one_field(&self) -> bool {
        self.date == self.time
    }

    /// How many fields stand between the date and the time.
    #[inline]
    pub(super) fn between(&self) -> usize {
        self.time.saturating_sub(self.date + 1)
    }

    /// How many fields stand between the time and the first cell.
    #[inline]
    pub(super) fn before_cells(&self) -> usize {
        self.cells.saturating_sub(self.time + 1)
    }

    /// How many cells a row of so many points may have, if those behind the points' are blank.
    pub(super) fn most_cells(&self, points: usize) -> usize {
        self.padded.saturating_sub(self.cells).max(points)
    }
}
