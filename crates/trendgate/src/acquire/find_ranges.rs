//! A report and the windows of the tasks that read it → which of its lines each of them reads.
//!
//! Enters: a report whose rows go by time, as its head and tail say. Leaves: a range of lines for each window, found by looking at some rows.
//! What a range has to prove its reading proves, row by row, or the report is read whole: so nothing here is taken on trust. No ranges are found
//! where a line can be read only with those before it, or the text is no file of UTF-8 with commas and line feeds.

use super::containers::TextPlace;
use super::file_bytes::FileBytes;
use super::lines::{Lines, read_error};
use super::report::{Report, RowOrder};
use super::text::{Text, TextForm};
use super::text_range::TextRange;
use super::{ClockFaults, TimeRule};
use crate::error::{Error, Result};
use crate::text_id::Digests;
use crate::time::{DAY, Instant, Span, TimeRange};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::Range;

/// A report of fewer bytes is as soon read whole.
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

/// The lines that readings of `report` take whose rows lie in these windows, which ascend; `None` where each has to read it whole.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where it cannot be read.
pub(crate) fn find_ranges(
    report: &Report,
    windows: &[TimeRange],
    time: &TimeRule,
) -> Result<Option<Vec<TextRange>>> {
    match can_have_ranges(report) {
        true => Search::of(report, time)?.ranges(windows),
        false => Ok(None),
    }
}

fn can_have_ranges(report: &Report) -> bool {
    let layout = &report.layout;
    report.order == RowOrder::Ascending
        && report.text == TextPlace::whole_file()
        && report.form.encoding.decoder().is_none()
        && report.form.separators.rewriter().is_none()
        && report.kept.is_none()
        && report.section.is_none()
        && layout.taken.is_none()
        && layout
            .clock_faults
            .as_ref()
            .is_none_or(ClockFaults::is_empty)
}

/// What looks for rows.
struct Search<'a> {
    report: &'a Report,
    time: &'a TimeRule,
    file: FileBytes,
    /// Where the rows begin.
    head_end: u64,
}

impl<'a> Search<'a> {
    fn of(report: &'a Report, time: &'a TimeRule) -> Result<Self> {
        let file = FileBytes::of(report);
        let mut search = Self {
            report,
            time,
            file,
            head_end: 0,
        };
        let mut lines = search.lines(0..report.stamp.bytes)?;
        while lines.number() < report.layout.header_line {
            if lines.next_line(&report.path)?.is_none() {
                break;
            }
        }
        search.head_end = lines.next_place().byte;
        Ok(search)
    }

    fn ranges(&self, windows: &[TimeRange]) -> Result<Option<Vec<TextRange>>> {
        let size = self.report.stamp.bytes;
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
        Ok(TextRange::each(&lines, self.head_end, size))
    }

    /// A row before `time` and one that is not, if there are such, close to each other.
    fn around(&self, time: Instant) -> Result<(Option<RowPlace>, Option<RowPlace>)> {
        let mut between = self.head_end..self.report.stamp.bytes;
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
        let mut file = self.file.open()?;
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
