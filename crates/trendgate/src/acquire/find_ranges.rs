//! A report and the windows of the tasks that read it → which of its lines each of them reads.
//!
//! Enters: a report whose rows go by time, as its head and tail say. Leaves: a range of lines for each window, found by looking at some rows.
//! What a range has to prove its reading proves, row by row, or the report is read whole: so nothing here is taken on trust. No ranges are found
//! where a line can be read only with those before it, or where the text is no file of UTF-8 with commas and line feeds, and was not made such in
//! scratch.

use super::containers::TextPlace;
use super::file_bytes::FileBytes;
use super::lines::{Lines, read_error};
use super::report::{Report, RowOrder};
use super::text::{Text, TextForm};
use super::text_range::TextRange;
use super::unpacked::UnpackedText;
use super::{ClockFaults, TimeRule};
use crate::error::{Error, Result};
use crate::text_id::Digests;
use crate::time::{DAY, Instant, Span, TimeRange};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::Range;

/// Reading a report of fewer bytes whole costs no more.
pub(crate) const LEAST_BYTES: u64 = 1 << 20;
/// A row is looked for among so many bytes and no fewer.
const NEAR: u64 = 16 << 10;
/// Bytes read at a time.
const BLOCK: usize = 16 << 10;
/// A range begins so long before its window: what a row of the window is told by lies within.
const BEFORE: Span = DAY;
/// A range ends so long behind its window, and behind the begin of the next one: a sign that dates are exchanged takes three of them.
const BEHIND: Span = DAY.times(3);

/// A row that tells its time alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RowPlace {
    /// Its time.
    pub(super) at: Instant,
    /// Its line, with the line end.
    pub(super) bytes: Range<u64>,
}

/// The lines that readings of `report` take whose rows lie in these windows, which ascend; `None` where each has to read it whole. Its text is
/// the file, unless it is `unpacked`.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where it cannot be read.
pub(crate) fn find_ranges(
    report: &Report,
    unpacked: Option<&UnpackedText>,
    windows: &[TimeRange],
    time: &TimeRule,
) -> Result<Option<Vec<TextRange>>> {
    match has_places(report) && (unpacked.is_some() || is_plain(report)) {
        true => RowSearch::of(report, unpacked, time)?.ranges(windows),
        false => Ok(None),
    }
}

/// Whether rows of a report are found by their times.
fn has_places(report: &Report) -> bool {
    let layout = &report.layout;
    let faults = layout.clock_faults.as_ref();
    report.order == RowOrder::Ascending
        && report.section.is_none()
        && layout.taken.is_none()
        && faults.is_none_or(ClockFaults::is_empty)
}

/// Whether the text of a report is its file, byte by byte as dialects are given it.
fn is_plain(report: &Report) -> bool {
    report.text == TextPlace::whole_file() && report.form.is_plain() && report.kept.is_none()
}

/// What looks for rows.
struct RowSearch<'a> {
    report: &'a Report,
    time: &'a TimeRule,
    unpacked: Option<&'a UnpackedText>,
    /// The size of the text.
    size: u64,
    /// Where the rows begin.
    head_end: u64,
}

impl<'a> RowSearch<'a> {
    fn of(
        report: &'a Report,
        unpacked: Option<&'a UnpackedText>,
        time: &'a TimeRule,
    ) -> Result<Self> {
        let size = unpacked.map_or(report.stamp.bytes, UnpackedText::bytes);
        let mut search = Self {
            report,
            time,
            unpacked,
            size,
            head_end: 0,
        };
        let mut lines = search.lines(0..size)?;
        while lines.number() < report.layout.header_line {
            if lines.next_line(&report.path)?.is_none() {
                break;
            }
        }
        search.head_end = lines.next_place().byte;
        Ok(search)
    }

    fn ranges(&self, windows: &[TimeRange]) -> Result<Option<Vec<TextRange>>> {
        let size = self.size;
        let mut starts: Vec<Option<RowPlace>> = vec![None];
        for window in windows.iter().skip(1) {
            starts.push(self.around(window.start - BEFORE)?.0);
        }
        let mut lines = Vec::with_capacity(windows.len());
        for (place, window) in windows.iter().enumerate() {
            let start = starts[place].as_ref().map_or(0, |row| row.bytes.start);
            let end = match starts.get(place + 1) {
                None => size,
                Some(next) => {
                    let next = next.as_ref().map_or(Instant::MIN, |row| row.at);
                    let last = self.around(window.end.max(next) + BEHIND)?.1;
                    last.map_or(size, |row| row.bytes.end)
                }
            };
            lines.push(start..end);
        }
        let is_whole = |bytes: &Range<u64>| *bytes == (0..size);
        if lines.iter().all(is_whole) {
            return Ok(None);
        }
        let ranges = TextRange::each(&lines, self.head_end, size);
        Ok(match self.unpacked {
            Some(_) => ranges.map(TextRange::undigested),
            None => ranges,
        })
    }

    /// A row before `time` and one that is not, if there are such, close to each other.
    fn around(&self, time: Instant) -> Result<(Option<RowPlace>, Option<RowPlace>)> {
        let mut between = self.head_end..self.size;
        let (mut before, mut behind) = (None, None);
        while between.end.saturating_sub(between.start) > NEAR {
            let middle = between.start.midpoint(between.end);
            match self.row_in(middle..between.end)? {
                Some(row) if row.at < time => {
                    between.start = row.bytes.start;
                    before = Some(row);
                }
                Some(row) => {
                    between.end = middle;
                    behind = Some(row);
                }
                None => between.end = middle,
            }
        }
        Ok((before, behind))
    }

    /// The first row whose line begins in these bytes, but for the one that may begin with them.
    fn row_in(&self, bytes: Range<u64>) -> Result<Option<RowPlace>> {
        let start = bytes.start;
        // No line of the head is met, nor the first one of the text.
        let number = self.report.layout.header_line + 2;
        let mut lines = self.lines(bytes)?.starting_at(number);
        if lines.next_line(&self.report.path)?.is_none() {
            return Ok(None);
        }
        let dialect = self.report.dialect;
        let found = dialect.find_row(lines, self.report, self.time)?;
        Ok(found.map(|row| RowPlace {
            bytes: row.bytes.start + start..row.bytes.end + start,
            ..row
        }))
    }

    /// The lines of these bytes, of which the first may be cut.
    fn lines(&self, bytes: Range<u64>) -> Result<Lines> {
        let path = &self.report.path;
        let mut file = match self.unpacked {
            Some(unpacked) => unpacked.open(),
            None => FileBytes::of(self.report).open()?,
        };
        file.seek(SeekFrom::Start(bytes.start))
            .map_err(|error| Error::storage("cannot read", path, error))?;
        let file = file.take(bytes.end - bytes.start);
        let text = Text::new(
            file,
            &TextPlace::whole_file(),
            TextForm::PLAIN,
            Digests::Today,
        );
        let text = text.map_err(|error| read_error(path, error))?;
        Ok(Lines::new(text.without_digest(), BLOCK))
    }
}
