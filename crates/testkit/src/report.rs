//! Points, and rows of cells at local times → the text of a report.
//!
//! Enters: names of points with their trend definitions, times as text (`2016-10-10 00:15`) or as [`DateTime`], cells that can be written.
//! Leaves: the text as Siemens' scheduler exports it; `forms` has the others.
//! Refused: nothing; a row may have any number of cells, so that damaged reports can be made, too.

use crate::Result;
use crate::scheduler::{self, Head, Point};
use jiff::ToSpan as _;
use jiff::civil::DateTime;
use std::fmt::Display;
use std::io;

/// A report in the making.
///
/// ```
/// use testkit::Report;
/// let report = Report::new(["CH1.T", "CH1.KW"]).row("2016-10-10 00:15", ["6.5", "No Data"]);
/// assert!(report.text().contains("\"2016/10/10\",\"00:15:00\",\"6.5\",\"No Data\"\r\n"));
/// assert_eq!(report.table(), "t,CH1.T,CH1.KW\n2016-10-10 00:15:00,6.5,No Data\n");
/// ```
#[derive(Debug, Clone)]
pub struct Report {
    head: Head,
    rows: Vec<Row>,
}

/// A time, and the cells.
pub(crate) type Row = (DateTime, Vec<String>);

/// What can be a row's time.
pub trait LocalTime {
    /// The time.
    fn at(self) -> DateTime;
}

impl LocalTime for DateTime {
    fn at(self) -> DateTime {
        self
    }
}

impl LocalTime for &str {
    #[allow(clippy::expect_used, reason = "a test states a time")]
    fn at(self) -> DateTime {
        self.parse().expect("a time as 2016-10-10 00:15")
    }
}

impl LocalTime for String {
    fn at(self) -> DateTime {
        self.as_str().at()
    }
}

impl Report {
    /// A report of these points, each logged every 15 minutes.
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        let names = names.into_iter();
        Self::of(names.map(|name| Point::new(name, "15 minutes")))
    }

    /// A report of points with their trend definitions; it states an interval of 15 minutes.
    pub fn of(points: impl IntoIterator<Item = Point>) -> Self {
        let head = Head {
            points: points.into_iter().collect(),
            interval: Some("15 Minutes".to_owned()),
            ..Head::default()
        };
        Self {
            head,
            rows: Vec::new(),
        }
    }

    /// Gives all points this trend definition.
    #[must_use]
    pub fn defined(mut self, definition: &str) -> Self {
        for point in &mut self.head.points {
            definition.clone_into(&mut point.definition);
        }
        self
    }

    /// States this interval, such as `1 Hour`; the empty text states none.
    #[must_use]
    pub fn interval(mut self, interval: &str) -> Self {
        self.head.interval = Some(interval.to_owned()).filter(|interval| !interval.is_empty());
        self
    }

    /// States the range from the first time to the last, in a preamble with all that a real one has.
    #[must_use]
    pub fn range(mut self, from: impl LocalTime, to: impl LocalTime) -> Self {
        self.head.range = Some((from.at(), to.at()));
        self
    }

    /// Has the header in these words.
    #[must_use]
    pub fn header(mut self, header: scheduler::Header) -> Self {
        self.head.header = header;
        self
    }

    /// Adds a row.
    pub fn add<C: Display>(&mut self, time: impl LocalTime, cells: impl IntoIterator<Item = C>) {
        let cells = cells.into_iter().map(|cell| cell.to_string());
        self.rows.push((time.at(), cells.collect()));
    }

    /// With one more row.
    #[must_use]
    pub fn row<C: Display>(
        mut self,
        time: impl LocalTime,
        cells: impl IntoIterator<Item = C>,
    ) -> Self {
        self.add(time, cells);
        self
    }

    /// With a row for each of these.
    #[must_use]
    pub fn rows<C: Display>(
        mut self,
        rows: impl IntoIterator<Item = (impl LocalTime, impl IntoIterator<Item = C>)>,
    ) -> Self {
        for (time, cells) in rows {
            self.add(time, cells);
        }
        self
    }

    /// With a row for each of these, so many minutes apart.
    #[must_use]
    pub fn every<C: Display>(
        self,
        minutes: i64,
        from: impl LocalTime,
        rows: impl IntoIterator<Item = impl IntoIterator<Item = C>>,
    ) -> Self {
        let first = from.at();
        let time = |place: i64| first.saturating_add((minutes * place).minutes());
        self.rows((0..).map(time).zip(rows))
    }

    /// The head, as Siemens' scheduler writes it.
    #[must_use]
    pub fn head(&self) -> String {
        written(|out| self.head.write(out))
    }

    /// Each row with its end, as Siemens' scheduler writes it.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let rows = self.rows.iter();
        rows.map(|(time, cells)| written(|out| scheduler::row(out, *time, cells)))
            .collect()
    }

    /// The last line, as Siemens' scheduler writes it.
    #[must_use]
    pub fn trailer(&self) -> String {
        written(|out| self.head.write_trailer(out))
    }

    /// The whole, as Siemens' scheduler exports it.
    #[must_use]
    pub fn text(&self) -> String {
        self.head() + &self.lines().concat() + &self.trailer()
    }

    /// The report of a table as [`Report::table`] writes it; no name and no cell may have a comma in it.
    ///
    /// # Errors
    /// With the line that is none of such a table.
    pub fn of_table(table: &str) -> Result<Self> {
        let mut lines = (1..).zip(table.lines());
        let head = lines.next().and_then(|(_, head)| head.strip_prefix("t,"));
        let head = head.ok_or("line 1: expected t, and the names of the points")?;
        let mut report = Self::new(head.split(','));
        for (number, line) in lines {
            let (time, cells) = line.split_once(',').unwrap_or((line, ""));
            let time: DateTime = time
                .parse()
                .map_err(|error| format!("line {number}: {error}"))?;
            report.add(time, cells.split(','));
        }
        Ok(report)
    }

    /// The points.
    pub(crate) fn points(&self) -> &[Point] {
        &self.head.points
    }

    /// The rows.
    pub(crate) fn each_row(&self) -> &[Row] {
        &self.rows
    }
}

/// What is written into memory, which refuses nothing.
#[allow(clippy::expect_used, reason = "memory refuses nothing")]
fn written(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).expect("written into memory");
    String::from_utf8(out).expect("made of texts")
}
