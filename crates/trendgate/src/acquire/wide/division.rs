//! A text with more than one head → its reports.
//!
//! ```text
//! title, Point_n:, …, header │ rows, trailer │ title, Point_n:, …, header │ rows, trailer │ …
//! └────────────── one report ──────────────┘ └───────────── the next ──────────────────┘
//! ```
//!
//! Enters: a text that was found to hold the head of another report below its first one. Leaves: its reports, each from the first line of its head to
//! the line before the next one. A head begins with the line that [shows it to be one](Met::Head), or with the title above that; a report that was
//! cut short may have it in one line with its last row, which then is rejected.
//!
//! What is refused, for the whole text: a head from which it cannot be known what its columns are, a report without rows, one that is
//! encoded in another way than the first, and whatever refuses a report that stands alone.

use super::row_texts::RowTexts;
use super::{Furniture, Met, OrderOfDates, WideHead, WideSection, has_head, width};
use crate::acquire::charset;
use crate::acquire::dates::{self, OrderProof};
use crate::acquire::dialects::DialectId;
use crate::acquire::encoding::Encoding;
use crate::acquire::fields::{are_cells, field_texts, is_blank, plain, without_end};
use crate::acquire::lines::{Lines, read_error};
use crate::acquire::open_text::WholeText;
use crate::acquire::section::LinePlace;
use crate::acquire::sniff::{Looking, go_on};
use crate::acquire::text::lossy;
use crate::acquire::{ReadOptions, Report};
use crate::error::{Error, Result};
use crate::time::Span;
use std::borrow::Cow;

/// A head with more bytes than these is none.
const LARGEST_HEAD: usize = 4 << 20;
/// More bytes of lines that are no rows are no title.
const LARGEST_TITLE: usize = 64 << 10;
/// So many lines are gone through between two looks at whether to stop.
const LINES_BETWEEN_LOOKS: u64 = 1024;

/// What a dialect knows of its heads, wherever one stands in a text.
pub(in crate::acquire) trait Heads: Furniture + Default + 'static {
    /// The dialect.
    const DIALECT: DialectId;

    /// The head of the report that `text` begins with; `None` where nothing of one is there.
    ///
    /// # Errors
    /// [`Input`](crate::ErrorKind::Input) where it cannot be read.
    fn head(text: &str) -> Result<Option<WideHead>>;

    /// Whether a line of these fields is a row, of whatever report.
    fn is_row(texts: &[Cow<'_, str>]) -> bool;

    /// Whether a row ends with the first line of another report, which was put behind it where it was cut.
    fn is_cut(&self, row: &[u8]) -> bool;

    /// What has seen the head that `text` is, up to its header and with it.
    fn of(text: &str) -> Self {
        let mut own = Self::default();
        for line in text.lines() {
            own.see(line.as_bytes());
        }
        own
    }
}

/// The reports of `text`, whose dialect knows its heads as `H` does.
///
/// # Errors
/// [`Input`](crate::ErrorKind::Input) where one of them cannot be read, and as [`survey`](crate::acquire::survey()).
pub(in crate::acquire) fn divide<H: Heads>(
    text: WholeText<'_>,
    looking: Looking<'_>,
) -> Result<Vec<Report>> {
    let path = text.path();
    let mut lines = Lines::new(text.read()?, ReadOptions::default().block_bytes);
    let mut division = Division::<H> {
        encoding: text.form().encoding,
        looking,
        done: Vec::new(),
        state: State::Head(HeadLines::default()),
    };
    loop {
        let place = lines.next_place();
        let Some(line) = lines.next_line(path)? else {
            break;
        };
        if line.number.is_multiple_of(LINES_BETWEEN_LOOKS) {
            go_on(looking.cancel)?;
        }
        let taken = division.take(place, lines.bytes(&line), line.whole);
        taken.map_err(|error| error.at(path))?;
    }
    let sections = division.finish().map_err(|error| error.at(path))?;
    let finished = lines.into_text().finish();
    let known = finished.map_err(|error| read_error(path, error))?.id;
    let others = || -> Box<dyn Furniture> { Box::<H>::default() };
    super::sections(H::DIALECT, text, sections, known, looking, others)
}

/// A text that is being divided.
struct Division<'a, H> {
    encoding: Encoding,
    looking: Looking<'a>,
    done: Vec<WideSection>,
    state: State<H>,
}

/// Where the next line stands.
enum State<H> {
    /// In a head.
    Head(HeadLines),
    /// Below one.
    Body(Box<Body<H>>),
}

/// Lines that are a head, or may be the beginning of one.
#[derive(Default)]
struct HeadLines {
    begin: Option<LinePlace>,
    text: Vec<u8>,
}

/// What stands below a head.
struct Body<H> {
    section: WideSection,
    own: H,
    /// Whether a row has told how many fields rows have.
    measured: bool,
    /// Lines below the last row or the trailer that may be the title of the next head.
    title: HeadLines,
    /// Whether the line above is a row with the title of the next report behind it.
    joined: bool,
}

impl HeadLines {
    fn push(&mut self, place: LinePlace, line: &[u8]) {
        self.begin.get_or_insert(place);
        self.text.extend_from_slice(plain(line));
        self.text.push(b'\n');
    }

    fn clear(&mut self) {
        self.begin = None;
        self.text.clear();
    }
}

impl<H: Heads> Division<'_, H> {
    fn take(&mut self, place: LinePlace, line: &[u8], whole: bool) -> Result<()> {
        match &mut self.state {
            State::Head(head) => {
                head.push(place, line);
                let ends = H::is_row(&field_texts(plain(line)))
                    || H::default().is_trailer(line)
                    || head.text.len() > LARGEST_HEAD;
                if !ends {
                    return Ok(());
                }
                let head = std::mem::take(head);
                self.state = State::Body(Box::new(self.body(&head)?));
                self.take(place, line, whole)
            }
            State::Body(body) => {
                let Some(head) = body.take(place, line, whole) else {
                    return Ok(());
                };
                let body = std::mem::replace(&mut self.state, State::Head(head));
                if let State::Body(body) = body {
                    self.done.push(body.section);
                }
                Ok(())
            }
        }
    }

    fn finish(mut self) -> Result<Vec<WideSection>> {
        let body = match self.state {
            State::Head(ref head) => self.body(head)?,
            State::Body(body) => *body,
        };
        self.done.push(body.section);
        Ok(self.done)
    }

    /// What stands below the head that is the beginning of these lines; the last of them is no more of it.
    fn body(&self, lines: &HeadLines) -> Result<Body<H>> {
        let is_first = self.done.is_empty();
        let Some(begin) = lines.begin else {
            return Err(headless());
        };
        let text = lossy(&lines.text);
        let found = self.section(&text, begin, lines);
        found.map_err(|error| {
            let line = error.line_number().unwrap_or(1) + begin.line - 1;
            let error = error.line(line);
            match is_first {
                true => error,
                false => error.of_report(begin.line),
            }
        })
    }

    /// As [`body`](Self::body), with lines counted from the beginning of the head.
    fn section(&self, text: &str, begin: LinePlace, lines: &HeadLines) -> Result<Body<H>> {
        if !self.done.is_empty() && !is_written_as(self.encoding, &lines.text, self.looking) {
            return Err(Error::input(format!(
                "the head of this report is not encoded as the beginning of its text is, in {}",
                self.encoding
            ))
            .hint("give the report a file of its own"));
        }
        let mut head = H::head(text)?.ok_or_else(headless)?;
        let (above, below) = text.split_at(head.rows_at);
        let own = H::of(above);
        let last = below.lines().last();
        let has_rows = last.is_some_and(|line| H::is_row(&field_texts(line.as_bytes())));
        if !has_rows || has_head(below, usize::MAX, &own) {
            return Err(Error::input("the report has a header and no rows")
                .line(head.header_line)
                .hint("the logger gave nothing for this time, or the export was cut short; take this report out of the file"));
        }
        head.header_line += begin.line - 1;
        let range = head.date_range.as_deref().unwrap_or_default();
        Ok(Body {
            section: WideSection {
                begin,
                order: OrderOfDates::new(
                    OrderProof::new(range, head.interval),
                    self.looking.stated.date_order,
                ),
                head,
                cut: false,
            },
            own,
            measured: false,
            title: HeadLines::default(),
            joined: false,
        })
    }
}

impl<H: Heads> Body<H> {
    /// Takes a line; the beginning of the next head, if it is of that.
    fn take(&mut self, place: LinePlace, line: &[u8], whole: bool) -> Option<HeadLines> {
        let joined = std::mem::take(&mut self.joined);
        if let Some((date, time)) = self.row(line) {
            let order = &mut self.section.order;
            order.row(date.trim_ascii(), time, place.line);
            self.joined = self.own.is_cut(line);
            self.title.clear();
            return None;
        }
        let is_of_title = self.title.begin.is_some();
        if is_blank(line) {
            if is_of_title {
                self.title.push(place, line);
            }
            return None;
        }
        let met = match self.own.is_trailer(line) {
            true => Met::Furniture,
            false => self.own.meets(line, whole),
        };
        match met {
            Met::Head => return Some(self.next_head(place, line, joined)),
            Met::Nothing | Met::PageText
                if may_be_title(line) && self.title.text.len() < LARGEST_TITLE =>
            {
                self.title.push(place, line);
            }
            Met::Nothing | Met::Furniture | Met::PageBreak | Met::PageText => self.title.clear(),
        }
        None
    }

    /// The next head, which `line` shows to be there.
    fn next_head(&mut self, place: LinePlace, line: &[u8], joined: bool) -> HeadLines {
        let mut head = std::mem::take(&mut self.title);
        if line.iter().take(2).any(u8::is_ascii_digit) {
            // It begins as a row: what else of the head is whole stands below.
            self.section.cut = true;
            head.clear();
            return head;
        }
        self.section.cut = joined;
        head.push(place, line);
        head
    }

    /// The date and the time of a row with a cell for each point.
    fn row<'l>(&mut self, line: &'l [u8]) -> Option<(&'l [u8], Span)> {
        let head = &mut self.section.head;
        let points = head.points.len();
        if !self.measured {
            let text = lossy(line);
            let fields = width(std::iter::once(&*text), points, &head.columns);
            head.columns.padded = head.columns.padded.max(fields);
            self.measured = fields > 0;
        }
        let columns = &head.columns;
        let RowTexts { date, time, cells } = RowTexts::of(line, columns)?;
        dates::is_date(date).then_some(())?;
        let most = columns.most_cells(points);
        are_cells(cells, (points, most)).then_some(())?;
        Some((date, dates::time_of_day(time)?))
    }
}

/// Whether a line that is neither a row nor a known part of a head may be the title of one. What has a time or a cell where rows have it is
/// a row that cannot be read.
fn may_be_title(line: &[u8]) -> bool {
    let texts = field_texts(without_end(plain(line)));
    let has_time = (texts.get(1)).is_some_and(|text| dates::time_of_day(text.as_bytes()).is_some());
    let begins = texts.first().is_some_and(|text| !text.is_empty());
    let written = texts.iter().filter(|text| !text.is_empty()).count();
    let is_row = plain(line).iter().take(2).any(u8::is_ascii_digit);
    begins && written <= 2 && !has_time && !is_row
}

/// Whether a head, whose bytes are those of a text that is decoded as `encoding`, is encoded so, as far as its own bytes tell.
fn is_written_as(encoding: Encoding, head: &[u8], looking: Looking<'_>) -> bool {
    if head.is_ascii() {
        return true;
    }
    let (stated, zone) = (looking.stated, &looking.rule.zone);
    let proves = |bytes: &[u8]| {
        let found = charset::detect(bytes, stated, zone);
        found.is_ok_and(|found| found.is_like(encoding))
    };
    match encoding {
        Encoding::Utf8 | Encoding::Utf8Bom => proves(head),
        Encoding::Legacy(legacy) => {
            let head = lossy(head);
            legacy.bytes(&head).is_some_and(|bytes| proves(&bytes))
        }
        Encoding::Utf16Le | Encoding::Utf16Be => !lossy(head).contains(char::REPLACEMENT_CHARACTER),
    }
}

fn headless() -> Error {
    Error::input("the head of another report begins here, and no header follows that says what its columns are")
        .hint("files were joined, or an export was appended to another and cut short: give every report a file of its own, from its first line to its trailer")
}
