//! The head of a wide table, and its first and last rows → what the plan needs to know of the report.
//!
//! A table whose rows do not ascend, or whose head or tail lies in a doubled hour or leaps over a year, is read through once for its times; one
//! with numbers among its first that a decimal point does not decide, for its decimal signs.

use super::date_order::OrderOfDates;
use super::row_texts::RowTexts;
use super::sample::{
    SAMPLE_LINES, SAMPLE_ROWS, Sample, has_head, has_trailer, last_rows, lines, sample, undecided,
    width,
};
use super::survey::ROWS_BETWEEN_LOOKS;
use super::{Furniture, Met};
use crate::acquire::clock_faults::FAR;
use crate::acquire::dates::{self, DateOrder, OrderProof};
use crate::acquire::dialects::{DialectId, Recognised, Shown, Surveyed, TextHead};
use crate::acquire::entries::DoubledEntries;
use crate::acquire::excerpt::{first_lines, shown};
use crate::acquire::exchanged::StatedRange;
use crate::acquire::fields::{fields, first_field, is_blank, skipped};
use crate::acquire::lines::Lines;
use crate::acquire::local_clock::{LocalClock, Resolved};
use crate::acquire::open_text::{OpenText, WholeText};
use crate::acquire::snap::Snap;
use crate::acquire::sniff::{Looking, go_on};
use crate::acquire::stated::{ClockOffset, StatedReading};
use crate::acquire::text::lossy;
use crate::acquire::{
    Columns, Heading, Layout, ReadOptions, Report, ReportPoint, RowOrder, TimeRule,
};
use crate::error::{Error, Result};
use crate::time::{Extent, Instant, Span};
use std::sync::Arc;

/// What a dialect reads from the head of a wide table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::acquire) struct WideHead {
    pub(in crate::acquire) title: String,
    pub(in crate::acquire) points: Arc<[ReportPoint]>,
    pub(in crate::acquire) interval: Option<Span>,
    pub(in crate::acquire) date_range: Option<String>,
    /// The header's line, counted from 1.
    pub(in crate::acquire) header_line: u64,
    /// Which fields of a row are what.
    pub(in crate::acquire) columns: Columns,
    /// Where the rows begin in the text.
    pub(in crate::acquire) rows_at: usize,
}

/// The beginning of a wide table.
pub(in crate::acquire) struct WideStart {
    dialect: DialectId,
    head: WideHead,
    others: Box<dyn Furniture>,
    /// The first rows.
    rows: Vec<Sample>,
    /// The last rows, where the beginning is all of the text and has more.
    tail: Option<Vec<Sample>>,
    shown: Shown,
    /// Whether the trailer is among what was shown.
    trailer: bool,
    /// Whether the head of another report is.
    several: bool,
    /// Whether there are numbers among the first rows that a decimal point does not decide.
    undecided: bool,
}

impl WideStart {
    /// The beginning of a table of `dialect` that `text` is, whose head is `head`, and `others` has seen.
    ///
    /// # Errors
    /// [`Input`](crate::ErrorKind::Input) where no row stands under the head.
    pub(in crate::acquire) fn new(
        dialect: DialectId,
        text: &str,
        shown: Shown,
        mut head: WideHead,
        others: Box<dyn Furniture>,
    ) -> Result<Self> {
        let body = &text[head.rows_at..];
        let points = head.points.len();
        // Spreadsheets end rows with separators that the header does not have.
        let width = width(lines(body).take(SAMPLE_LINES), points, &head.columns);
        head.columns.padded = head.columns.padded.max(width);
        let columns = &head.columns;
        let rows = sample(lines(body).take(SAMPLE_LINES), points, columns);
        let most = match shown {
            Shown::All => usize::MAX,
            Shown::Some | Shown::Most => SAMPLE_LINES,
        };
        let several = has_head(body, most, &*others);
        if rows.is_empty() && !several {
            return Err(no_rows(&head, body, &*others));
        }
        // The rows of a short report are its head and its tail.
        let seen = rows.len() < SAMPLE_ROWS && lines(body).nth(SAMPLE_LINES).is_none();
        let tail = match shown {
            Shown::All if !seen => Some(last_rows(body, points, columns)),
            _ => None,
        };
        Ok(Self {
            trailer: has_trailer(body, &*others),
            undecided: undecided(lines(body), columns),
            dialect,
            head,
            others,
            rows,
            tail,
            shown,
            several,
        })
    }

    /// What a dialect says of a text that begins so: where something is wrong with it, more of it may put that right.
    pub(in crate::acquire) fn recognised(start: Result<Self>, shown: Shown) -> Recognised {
        match start {
            Ok(start) if shown != Shown::Some || start.is_enough() => {
                Recognised::Yes(Box::new(start))
            }
            Err(error) if shown != Shown::Some => Recognised::Refused(error),
            _ => Recognised::More,
        }
    }

    /// Two rows at least, so that their order can be seen.
    fn is_enough(&self) -> bool {
        self.rows.len() > 1 || self.trailer || self.several
    }

    /// The last rows, where they are not the first, and whether the trailer stands behind them. Whether the head of another report
    /// stands among them is noted.
    fn tail(
        &mut self,
        text: &mut OpenText<'_>,
        looking: Looking<'_>,
    ) -> Result<(Option<Vec<Sample>>, bool)> {
        if self.shown == Shown::All {
            return Ok((self.tail.take(), self.trailer));
        }
        let (rows, trailer, several) = text.last_lines(looking.cancel, |body| {
            let rows = last_rows(body, self.head.points.len(), &self.head.columns);
            let trailer = has_trailer(body, &*self.others);
            (rows, trailer, has_head(body, usize::MAX, &*self.others))
        })?;
        self.several |= several;
        Ok((Some(rows), trailer))
    }

    /// The order of the parts of the dates, if it can be proved, and the stated range: by the head and the tail, or else by all rows.
    /// `None` where the head of another report stands among these.
    fn date_order(
        &self,
        tail: Option<&[Sample]>,
        text: WholeText<'_>,
        looking: Looking<'_>,
    ) -> Result<Option<(DateOrder, Option<StatedRange>)>> {
        let range = self.head.date_range.as_deref().unwrap_or_default();
        let proof = || OrderProof::new(range, self.head.interval);
        let mut ends = proof();
        for rows in [self.rows.as_slice(), tail.unwrap_or_default()] {
            ends.pause();
            rows.iter().for_each(|(date, time)| ends.row(date, *time));
        }
        let mut order = OrderOfDates::new(ends, looking.stated.date_order);
        if !order.is_decided() {
            order = OrderOfDates::new(proof(), looking.stated.date_order);
            let give = |date: &[u8], time, line| order.row(date, time, line);
            if self.each_date(text, looking, give)? == Surveyed::Several {
                return Ok(None);
            }
        }
        if let Some(decided) = order.decided() {
            return Ok(Some(decided));
        }
        // Why not is said of all rows; it may be that they are not all of one report.
        let give = |date: &[u8], _, line| order.against(date, line);
        if self.each_date(text, looking, give)? == Surveyed::Several {
            return Ok(None);
        }
        Err(order.refusal(self.head.header_line))
    }

    /// Gives the date, the time and the line of each row that has both.
    fn each_date(
        &self,
        text: WholeText<'_>,
        looking: Looking<'_>,
        mut give: impl FnMut(&[u8], Span, u64),
    ) -> Result<Surveyed> {
        let columns = &self.head.columns;
        let mut lines = Lines::new(text.read()?, ReadOptions::default().block_bytes);
        while let Some(line) = lines.next_line(text.path())? {
            if line.number.is_multiple_of(ROWS_BETWEEN_LOOKS) {
                go_on(looking.cancel)?;
            }
            if line.number <= self.head.header_line {
                continue;
            }
            let times = || {
                let texts = RowTexts::of(lines.bytes(&line), columns)?;
                Some((texts.date, dates::time_of_day(texts.time)?))
            };
            if let Some((date, time)) = times() {
                give(date.trim_ascii(), time, line.number);
            } else if self.others.meets(lines.bytes(&line), line.whole) == Met::Head {
                return Ok(Surveyed::Several);
            }
        }
        Ok(Surveyed::One)
    }

    /// The report that the text is; `None` where the head of another one stands below.
    fn only(mut self, text: &mut OpenText<'_>, looking: Looking<'_>) -> Result<Option<Report>> {
        let whole = text.whole();
        let (tail, trailer) = match self.several {
            true => (None, false),
            false => self.tail(text, looking)?,
        };
        if self.several {
            return Ok(None);
        }
        let order = self.date_order(tail.as_deref(), whole, looking);
        let order = order.map_err(|error| error.at_if_nowhere(whole.path()))?;
        let Some((order, stated_range)) = order else {
            return Ok(None);
        };
        let rule = looking.rule;
        let snap = Snap::added(looking.stated, self.head.interval(looking.stated));
        let clock = (looking.stated.clock, snap);
        let head_times = times(&self.rows, order, rule, clock);
        let ends = match &tail {
            None => head_times.and_then(|head| ends(&head, &head, rule)),
            Some(tail) => head_times
                .zip(times(tail, order, rule, clock))
                .and_then(|(head, tail)| ends(&head, &tail, rule)),
        };
        let mut report = planned(
            self.dialect,
            whole,
            looking,
            self.head,
            (order, stated_range),
        );
        report.complete = trailer || !self.others.has_trailer();
        let decided = !self.undecided || looking.stated.decimal.is_some();
        match ends {
            Some(ends) if decided => report.range = ends,
            _ => match self.dialect.survey(&mut report, whole, looking)? {
                Surveyed::One => {}
                Surveyed::Several => return Ok(None),
            },
        }
        Ok(Some(report))
    }
}

/// A report of a text, as far as its head and the order of its dates say.
pub(super) fn planned(
    dialect: DialectId,
    text: WholeText<'_>,
    looking: Looking<'_>,
    head: WideHead,
    (date_order, stated_range): (DateOrder, Option<StatedRange>),
) -> Report {
    Report {
        path: text.path().to_owned(),
        stamp: text.stamp(),
        kept: text.kept_at().map(Into::into),
        text: text.place().clone(),
        form: text.form(),
        stated: looking.stated.clone(),
        path_name: None,
        dialect,
        ordinal: 0,
        section: None,
        layout: Layout {
            header_line: head.header_line,
            columns: head.columns,
            date_order,
            backward: false,
            stated_range,
            clock_faults: None,
            decimals: looking.stated.decimal.into(),
            doubled: DoubledEntries::default(),
            sorted: None,
            taken: None,
            table: None,
        },
        interval: head.interval(looking.stated),
        heading: Some(Box::new(Heading {
            title: head.title,
            date_range: head.date_range,
        })),
        points: head.points,
        range: Extent::from(Instant::EPOCH),
        order: RowOrder::Ascending,
        complete: false,
    }
}

impl WideHead {
    /// The interval of the rows: that of the head, else the stated one.
    fn interval(&self, stated: &StatedReading) -> Option<Span> {
        let added = stated.added.as_ref();
        self.interval.or_else(|| added?.interval)
    }
}

impl TextHead for WideStart {
    fn reports(
        self: Box<Self>,
        mut text: OpenText<'_>,
        looking: Looking<'_>,
    ) -> Result<Vec<Report>> {
        let dialect = self.dialect;
        match self.only(&mut text, looking)? {
            Some(report) => Ok(vec![report]),
            None => dialect.divide(text.whole(), looking),
        }
    }
}

fn no_rows(head: &WideHead, body: &str, others: &dyn Furniture) -> Error {
    let nothing = |line: &str| is_blank(line.as_bytes()) || others.is_trailer(line.as_bytes());
    let Some(first) = body.lines().find(|line| !nothing(line)) else {
        return Error::input("the report has a header and no rows")
            .line(head.header_line)
            .hint("the logger gave nothing for this time, or the export was cut short; remove the file");
    };
    Error::input(format!(
        "no row under the header could be read: expected a date, a time and {} cells; the first one {}",
        head.points.len(),
        fault(first.as_bytes(), head)
    ))
    .line(head.header_line + 1)
    .excerpt(first_lines(body))
    .hint("export the report again, with date and time in the first two columns")
}

/// What keeps a line from being a row.
fn fault(line: &[u8], head: &WideHead) -> String {
    let columns = &head.columns;
    let field = |at: usize| skipped(line, at).map(|rest| first_field(rest).0);
    let found = |field: &[u8]| shown(&lossy(field.trim_ascii()));
    match (field(columns.date), field(columns.time)) {
        (Some(date), _) if !dates::is_date(date) => format!("has {:?} for a date", found(date)),
        (_, Some(time)) if dates::time_of_day(time).is_none() => {
            format!("has {:?} for a time", found(time))
        }
        (None, _) | (_, None) => "ends before its time".to_owned(),
        _ => {
            let cells = skipped(line, columns.cells).map_or(0, |cells| fields(cells).count());
            format!("has {cells} cell{}", if cells == 1 { "" } else { "s" })
        }
    }
}

/// The UTC times of sampled rows, without those whose date does not exist or is too early; `None` where one lies in a doubled hour, whose passes
/// only the whole report tells apart.
fn times(
    rows: &[Sample],
    order: DateOrder,
    rule: &TimeRule,
    (clock, snap): (Option<ClockOffset>, Option<Snap>),
) -> Option<Vec<Instant>> {
    let mut clock = LocalClock::new(rule, clock);
    let mut times = Vec::with_capacity(rows.len());
    for (date, time) in rows {
        let date = dates::date(date, order);
        let time = snap.map_or(*time, |snap| snap.snapped(*time));
        match date
            .and_then(|date| clock.resolve(date, time))
            .map(|at| at.utc)
        {
            Some(Resolved::Sure(time) | Resolved::Moved(time)) if time < rule.not_before => {}
            Some(Resolved::Sure(time) | Resolved::Moved(time)) => times.push(time),
            Some(Resolved::Doubled(_)) => return None,
            None => {}
        }
    }
    Some(times)
}

/// The first and the last time, where head and tail are enough to tell: their rows ascend, none is in the future, and none may be a
/// fault of the clock.
pub(super) fn ends(head: &[Instant], tail: &[Instant], rule: &TimeRule) -> Option<Extent> {
    let (first, last) = (*head.first()?, *tail.last()?);
    let follows = |a: &Instant, b: &Instant| a <= b && *b - *a <= FAR;
    let ascend = head.is_sorted_by(follows) && tail.is_sorted_by(follows) && first <= last;
    (ascend && last <= rule.not_after).then_some(Extent::new(first, last))
}
