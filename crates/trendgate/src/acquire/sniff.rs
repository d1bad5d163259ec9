//! The head and the tail of a file → what the plan needs to know of a report.
//!
//! The head grows until the header and some rows are in it. A file that cannot be read from its end, whose rows do not ascend, or
//! whose head or tail lies in a doubled hour, is read through once for its times ([`survey`]).

use super::charset;
use super::dates::{self, DateOrder, OrderProof};
use super::discover::is_gzip;
use super::exchanged::StatedRange;
use super::fields::{are_cells, fields, first_field, is_blank, is_trailer, without_end};
use super::heads::{Met, OwnHead};
use super::lines::{Lines, read_error};
use super::local_clock::{LocalClock, Resolved};
use super::reader::ReadOptions;
use super::rows::{Layout, Rows};
use super::siemens::{self, Head};
use super::text::{Bytes, Encoding, Text};
use super::times::Times;
use super::{Heading, Report, RowOrder, TimeRule};
use crate::error::{Error, ErrorKind, Result};
use crate::progress::Cancel;
use crate::store::{self, Stamp};
use crate::text_id::Digests;
use crate::time::{Extent, Instant, Span};
use jiff::tz::TimeZone;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes of the head that are looked at first, and of the tail.
const SAMPLE: u64 = 64 << 10;
/// A head larger than this has no header.
const LARGEST_HEAD: u64 = 4 << 20;
/// Most small reports are read at once into this.
const FIRST_READ: usize = 16 << 10;
/// Rows of the head and of the tail that are looked at.
const SAMPLE_ROWS: usize = 64;
/// Lines under the header that are looked at for them.
const SAMPLE_LINES: usize = 8 * SAMPLE_ROWS;
/// So many lines are gone through between two looks at whether to stop.
const ROWS_BETWEEN_LOOKS: u64 = 1024;

pub(super) fn go_on(cancel: &Cancel) -> Result<()> {
    cancel.check("while looking at the files")
}

/// A row of the head or the tail: its date as written, and its time after midnight.
type Sample = (Vec<u8>, Span);

/// As [`sniff_until`], with nobody to stop it.
///
/// # Errors
/// As [`sniff_until`].
pub fn sniff(path: &Path, rule: &TimeRule) -> Result<Report> {
    sniff_until(path, rule, &Cancel::default())
}

/// Looks at the head and the tail of a report.
///
/// # Errors
/// [`Stopped`](ErrorKind::Stopped) where `cancel` says so;
/// [`Input`](ErrorKind::Input) for a file that is no report, or more than one, that has a point twice, whose dates can be read in two
/// ways, or that has no rows; [`Future`](ErrorKind::Future) for one that reaches into the future;
/// [`Storage`](ErrorKind::Storage) where it cannot be read.
pub fn sniff_until(path: &Path, rule: &TimeRule, cancel: &Cancel) -> Result<Report> {
    let mut file = store::open(path)?;
    let stamp = Stamp::of(&file, path)?;
    let gzip = is_gzip(path);
    // What the kernel makes up as it is read says that it has no bytes. It is no report, whatever its head is; whether it can be
    // read at all is found out from that.
    let bytes = if stamp.bytes == 0 {
        LARGEST_HEAD
    } else {
        stamp.bytes
    };
    let mut first = true;
    let start = Start::read(path, &rule.zone, |size| {
        if !std::mem::take(&mut first) {
            file.seek(SeekFrom::Start(0))
                .map_err(|error| Error::storage("cannot read", path, error))?;
        }
        read_start(path, gzip, (&mut file).take(bytes), size)
    })?;
    let tail = match (start.whole, gzip) {
        (true, _) => None,
        (false, true) => {
            let bytes = store::open(path)?.take(bytes);
            Some(unpack_tail(bytes, path, &start, cancel)?)
        }
        (false, false) => Some(read_tail(file, path, stamp.bytes, &start)?),
    };
    let open = || -> Result<Bytes> { Ok(Box::new(store::open(path)?.take(stamp.bytes))) };
    settle(path, stamp, start, tail, (rule, cancel), open)
}

/// As [`sniff`], but of bytes in memory; `name` stands for the path in messages.
pub(super) fn sniff_bytes(bytes: &[u8], name: &Path, rule: &TimeRule) -> Result<Report> {
    let open = || -> Result<Bytes> { Ok(Box::new(io::Cursor::new(bytes.to_vec()))) };
    let stamp = Stamp {
        dev: 0,
        ino: 0,
        bytes: bytes.len() as u64,
        mtime: Instant::EPOCH,
        ctime: Instant::EPOCH,
    };
    let gzip = is_gzip(name);
    let start = Start::read(name, &rule.zone, |size| read_start(name, gzip, bytes, size))?;
    let tail = match start.whole || !gzip {
        true => None,
        false => Some(unpack_tail(bytes, name, &start, &Cancel::default())?),
    };
    settle(name, stamp, start, tail, (rule, &Cancel::default()), open)
}

/// The head of a file, as far as it had to be read.
struct Start {
    encoding: Encoding,
    head: Head,
    rows: Vec<Sample>,
    /// The last rows, where the head is the whole file and has more.
    tail: Option<Vec<Sample>>,
    /// Whether the head is the whole file.
    whole: bool,
    complete: bool,
}

impl Start {
    /// The head of the file at `path`, of a site in `zone`; `start` gives so many bytes of it, and whether that is all.
    fn read(
        path: &Path,
        zone: &TimeZone,
        mut start: impl FnMut(u64) -> Result<(Vec<u8>, bool)>,
    ) -> Result<Self> {
        let mut size = SAMPLE;
        loop {
            let (raw, whole) = start(size)?;
            match Self::of(&raw, whole, zone) {
                Err(error) if whole || size >= LARGEST_HEAD => {
                    return Err(error.at_if_nowhere(path));
                }
                // Two rows at least, so that their order can be seen.
                Ok(start)
                    if whole || start.rows.len() > 1 || start.complete || size >= LARGEST_HEAD =>
                {
                    return Ok(start);
                }
                _ => size *= 4,
            }
        }
    }

    fn of(raw: &[u8], whole: bool, zone: &TimeZone) -> Result<Self> {
        let encoding = charset::detect(raw, zone)?;
        let text = encoding.decode(raw);
        // The last line may be cut.
        let end = match text.rfind('\n') {
            Some(end) if !whole => end + 1,
            _ => text.len(),
        };
        let head = siemens::head(&text[..end])?;
        let body = &text[head.rows_at..end];
        refuse_other_heads(&text[..end], &head)?;
        let rows = sample(body.lines().take(SAMPLE_LINES), &head);
        if rows.is_empty() {
            return Err(no_rows(&head, body));
        }
        // The rows of a short report are its head and its tail.
        let seen = rows.len() < SAMPLE_ROWS && body.lines().nth(SAMPLE_LINES).is_none();
        let tail = match whole {
            true if !seen => Some(last_rows(body, &head)),
            _ => None,
        };
        let complete = has_trailer(body);
        Ok(Self {
            encoding,
            head,
            rows,
            tail,
            whole,
            complete,
        })
    }
}

impl Start {
    /// The rows in `raw`, the last bytes of the file, and whether the trailer stands behind them.
    fn tail_in(&self, raw: &[u8]) -> (Vec<Sample>, bool) {
        let text = self.encoding.decode(raw);
        // The first line may be cut.
        let body = text.split_once('\n').map_or("", |(_, rest)| rest);
        (last_rows(body, &self.head), has_trailer(body))
    }
}

/// The first `size` bytes of a file, unpacked, and whether that is all of it.
fn read_start(path: &Path, gzip: bool, bytes: impl Read, size: u64) -> Result<(Vec<u8>, bool)> {
    // One byte more tells whether there is more.
    let limit = size + 1;
    let mut raw = Vec::with_capacity(FIRST_READ);
    let read = if gzip {
        flate2::read::MultiGzDecoder::new(bytes)
            .take(limit)
            .read_to_end(&mut raw)
    } else {
        bytes.take(limit).read_to_end(&mut raw)
    };
    read.map_err(|error| read_error(path, error))?;
    let whole = raw.len() as u64 <= size;
    raw.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    Ok((raw, whole))
}

/// The rows among `lines`, the first few of them.
fn sample<'a>(lines: impl Iterator<Item = &'a str>, head: &Head) -> Vec<Sample> {
    let points = head.points.len();
    let most = head.padded.saturating_sub(2).max(points);
    let row = |line: &str| {
        let (date, rest) = first_field(without_end(line.as_bytes()));
        let (time, cells) = first_field(rest?);
        dates::parts(date)?;
        are_cells(cells, (points, most)).then_some(())?;
        Some((date.trim_ascii().to_vec(), dates::time_of_day(time)?))
    };
    lines.filter_map(row).take(SAMPLE_ROWS).collect()
}

/// Where the first report has no rows, those of the next one must not be taken for its.
fn refuse_other_heads(text: &str, head: &Head) -> Result<()> {
    let (above, body) = text.split_at(head.rows_at);
    let own = OwnHead::of(above);
    let lines = body.split_inclusive('\n').take(SAMPLE_LINES);
    for (number, line) in (head.header_line + 1..).zip(lines) {
        let (line, whole) = (line.as_bytes(), line.ends_with('\n'));
        let is_row = line.iter().take(2).any(u8::is_ascii_digit);
        if !is_row && own.meets(line, whole) == Met::Head {
            return Err(own.refuse(line, number));
        }
    }
    Ok(())
}

fn no_rows(head: &Head, body: &str) -> Error {
    let width = head.points.len() + 2;
    if body
        .lines()
        .all(|line| is_blank(line.as_bytes()) || is_trailer(line.as_bytes()))
    {
        return Error::input("the report has a header and no rows")
            .line(head.header_line)
            .hint("the logger gave nothing for this time, or the export was cut short; remove the file");
    }
    Error::input(format!(
        "no row under the header could be read: expected a date, a time and {} cells",
        width - 2
    ))
    .line(head.header_line + 1)
    .excerpt(siemens::first_lines(body))
    .hint("export the report again, with date and time in the first two columns")
}

/// The last rows of a text.
fn last_rows(body: &str, head: &Head) -> Vec<Sample> {
    let lines: Vec<&str> = body.lines().collect();
    let mut rows = sample(lines.iter().rev().copied(), head);
    rows.reverse();
    rows
}

/// Whether the trailer stands in a text.
fn has_trailer(body: &str) -> bool {
    body.lines().any(|line| is_trailer(line.as_bytes()))
}

/// The rows at the end of the file, and whether the trailer stands behind them.
fn read_tail(
    mut file: File,
    path: &Path,
    bytes: u64,
    start: &Start,
) -> Result<(Vec<Sample>, bool)> {
    // UTF-16 comes in pairs of bytes.
    let from = bytes.saturating_sub(SAMPLE) & !1;
    let mut raw = Vec::new();
    file.seek(SeekFrom::Start(from))
        .and_then(|_| file.take(SAMPLE + 2).read_to_end(&mut raw))
        .map_err(|error| Error::storage("cannot read", path, error))?;
    Ok(start.tail_in(&raw))
}

/// As [`read_tail`], of a compressed file: its end is known when it has been unpacked to its end.
fn unpack_tail(
    bytes: impl Read,
    path: &Path,
    start: &Start,
    cancel: &Cancel,
) -> Result<(Vec<Sample>, bool)> {
    let mut text = flate2::read::MultiGzDecoder::new(bytes);
    let sample = usize::try_from(SAMPLE).unwrap_or(usize::MAX);
    let mut raw: Vec<u8> = Vec::with_capacity(2 * sample);
    loop {
        go_on(cancel)?;
        // Always whole samples: UTF-16 comes in pairs of bytes.
        let read = (&mut text).take(SAMPLE).read_to_end(&mut raw);
        if read.map_err(|error| read_error(path, error))? == 0 {
            return Ok(start.tail_in(&raw));
        }
        raw.drain(..(raw.len().saturating_sub(sample) / sample) * sample);
    }
}

/// The order of the parts of the dates, if it can be proved, and the stated range: by the head and the tail, or else by all rows, which
/// `open` gives.
fn date_order(
    path: &Path,
    start: &Start,
    tail: Option<&[Sample]>,
    cancel: &Cancel,
    open: impl FnOnce() -> Result<Bytes>,
) -> Result<(DateOrder, Option<StatedRange>)> {
    let range = start.head.date_range.as_deref().unwrap_or_default();
    let proof = || OrderProof::new(range, start.head.interval);
    let mut ends = proof();
    for rows in [start.rows.as_slice(), tail.unwrap_or_default()] {
        ends.pause();
        rows.iter().for_each(|(date, time)| ends.row(date, *time));
    }
    if let Some(order) = ends.order() {
        return Ok((order, ends.stated(order)));
    }
    let mut whole = proof();
    let text = Text::new(open()?, is_gzip(path), start.encoding, Digests::Today);
    let mut lines = Lines::new(text, ReadOptions::default().block_bytes);
    while let Some(line) = lines.next_line(path)? {
        if line.number.is_multiple_of(ROWS_BETWEEN_LOOKS) {
            go_on(cancel)?;
        }
        let mut row = fields(lines.bytes(&line));
        if line.number > start.head.header_line
            && let (Some(date), Some(time)) = (row.next(), row.next())
            && let Some(time) = dates::time_of_day(time)
        {
            whole.row(date.trim_ascii(), time);
        }
    }
    let order = whole.order().ok_or_else(|| {
        let example = start.rows.first().map(|(date, _)| String::from_utf8_lossy(date));
        Error::input(format!(
            "the dates can be read as month/day/year and as day/month/year: {:?} and all others fit both, or neither",
            example.unwrap_or_default()
        ))
        .line(start.head.header_line + 1)
        .hint("export the report with dates as year/month/day, or over a month's end")
    })?;
    Ok((order, whole.stated(order)))
}

/// The UTC times of sampled rows, without those whose date does not exist; `None` where one lies in a doubled hour, whose passes
/// only the whole report tells apart.
fn times(rows: &[Sample], order: DateOrder, rule: &TimeRule) -> Option<Vec<Instant>> {
    let mut clock = LocalClock::new(rule);
    let mut times = Vec::with_capacity(rows.len());
    for (date, time) in rows {
        let date = dates::date(date, order);
        match date
            .and_then(|date| clock.resolve(date, *time))
            .map(|at| at.utc)
        {
            Some(Resolved::Sure(time) | Resolved::Moved(time)) => times.push(time),
            Some(Resolved::Doubled(_)) => return None,
            None => {}
        }
    }
    Some(times)
}

/// The first and the last time, where head and tail are enough to tell: their rows ascend, and none is in the future.
fn ends(head: &[Instant], tail: &[Instant], rule: &TimeRule) -> Option<Extent> {
    let (first, last) = (*head.first()?, *tail.last()?);
    let ascend = head.is_sorted() && tail.is_sorted() && first <= last;
    (ascend && last <= rule.not_after).then_some(Extent::new(first, last))
}

fn settle(
    path: &Path,
    stamp: Stamp,
    mut start: Start,
    tail: Option<(Vec<Sample>, bool)>,
    (rule, cancel): (&TimeRule, &Cancel),
    open: impl Fn() -> Result<Bytes>,
) -> Result<Report> {
    let (tail, complete) = match tail {
        Some((tail, complete)) => (Some(tail), complete),
        None => (start.tail.take(), start.complete),
    };
    let (order, stated_range) = date_order(path, &start, tail.as_deref(), cancel, &open)
        .map_err(|error| error.at_if_nowhere(path))?;
    let head_times = times(&start.rows, order, rule);
    let ends = match &tail {
        None => head_times.and_then(|head| ends(&head, &head, rule)),
        Some(tail) => head_times
            .zip(times(tail, order, rule))
            .and_then(|(head, tail)| ends(&head, &tail, rule)),
    };
    let mut report = Report {
        path: path.to_owned(),
        stamp,
        encoding: start.encoding,
        gzip: is_gzip(path),
        layout: Layout {
            header_line: start.head.header_line,
            padded: start.head.padded,
            date_order: order,
            backward: false,
            stated_range,
        },
        heading: Some(Box::new(Heading {
            title: start.head.title,
            date_range: start.head.date_range,
        })),
        points: start.head.points.into(),
        interval: start.head.interval,
        range: Extent::from(Instant::EPOCH),
        order: RowOrder::Ascending,
        complete,
    };
    match ends {
        Some(ends) => report.range = ends,
        None => survey_from(&mut report, open()?, rule, cancel)?,
    }
    Ok(report)
}

/// Reads the times of all rows: sets from when to when the report has accepted rows, whether they are in order and which way the file
/// runs, and whether it is complete. Called where head and tail do not tell, where the reader found the rows out of order, or beyond
/// the times that head and tail showed, and where these have to be beyond doubt.
///
/// # Errors
/// [`Stopped`](ErrorKind::Stopped) where `cancel` says so; [`Future`](ErrorKind::Future) for rows in the future;
/// [`Input`](ErrorKind::Input) for a file without any readable row;
/// [`Storage`](ErrorKind::Storage) where it cannot be read.
pub fn survey(report: &mut Report, rule: &TimeRule, cancel: &Cancel) -> Result<()> {
    let bytes = store::open(&report.path)?.take(report.stamp.bytes);
    survey_from(report, Box::new(bytes), rule, cancel)
}

/// As [`survey`], of a report whose rows a reader found out of order: if there is nothing in it that was not known, only sorting is
/// left to try.
///
/// # Errors
/// As [`survey`].
pub fn survey_disordered(report: &mut Report, rule: &TimeRule, cancel: &Cancel) -> Result<()> {
    let known = report.clone();
    survey(report, rule, cancel)?;
    sort_if_known(report, &known);
    Ok(())
}

/// As [`survey_disordered`], but of bytes in memory.
pub(super) fn survey_bytes(report: &mut Report, bytes: &[u8], rule: &TimeRule) -> Result<()> {
    let known = report.clone();
    let bytes = Box::new(io::Cursor::new(bytes.to_vec()));
    survey_from(report, bytes, rule, &Cancel::default())?;
    sort_if_known(report, &known);
    Ok(())
}

fn sort_if_known(report: &mut Report, known: &Report) {
    if report == known {
        report.order = RowOrder::Unordered;
    }
}

fn survey_from(report: &mut Report, bytes: Bytes, rule: &TimeRule, cancel: &Cancel) -> Result<()> {
    let text = Text::new(bytes, report.gzip, report.encoding, Digests::Today);
    let lines = Lines::new(text, ReadOptions::default().block_bytes);
    let mut rows = Rows::new(report, lines, rule)?;
    let mut times = Times::new(rule);
    while let Some(row) = rows.next_row()? {
        if row.line.number.is_multiple_of(ROWS_BETWEEN_LOOKS) {
            go_on(cancel)?;
        }
        if let Ok(timed) = row.time {
            let accepted = rows.is_accepted(&row.line, timed);
            times.take(timed.at, row.line.number, accepted);
        }
    }
    // Before rows in the future: they may be there for it.
    if let Some(error) = rows.exchanged() {
        return Err(error);
    }
    report.complete = rows.trailer;
    times.settle(report)
}

/// The error for a row that is later than now.
pub(super) fn future(report: &Report, line: u64, time: Instant, all: bool) -> Error {
    let message = format!("the row's time {time} is in the future");
    let error = Error::new(ErrorKind::Future, message)
        .at(&report.path)
        .line(line);
    error.hint(if all {
        "all rows of the report are in the future: the time zone is probably wrong (--timezone)"
    } else {
        "check the logger's clock and the time zone (--timezone)"
    })
}
