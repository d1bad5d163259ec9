//! Points and cells in, a report in the Siemens dialect out: quoted, CRLF, preamble, header, rows, trailer.
//!
//! It is written as it is made, so that memory does not grow with it; [`crate::Report`] is the builder for small ones.

use jiff::civil::DateTime;
use std::fmt::{self, Display};
use std::io::{self, Write};

/// One point as the preamble declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// The name.
    pub name: String,
    /// What tells points of one name apart; mostly empty.
    pub suffix: String,
    /// How often it is logged, or what is wrong with it.
    pub definition: String,
}

impl Point {
    /// A point of this name and trend definition.
    pub fn new(name: impl Into<String>, definition: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            suffix: String::new(),
            definition: definition.into(),
        }
    }
}

/// The words of the header.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Header {
    /// `Date` and `Time`.
    #[default]
    English,
    /// `日期` and `時間`.
    Chinese,
}

/// One cell as the report writes it; negative numbers stand behind a blank, as in real reports.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A number in tenths.
    Tenths(i64),
    /// A number in hundredths.
    Hundredths(i64),
    /// A whole number.
    Whole(i64),
    /// Any text.
    Text(&'static str),
}

impl Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = |number: i64| if number < 0 { " -" } else { "" };
        match *self {
            Self::Tenths(n) => {
                let size = n.unsigned_abs();
                write!(f, "{}{}.{}", sign(n), size / 10, size % 10)
            }
            Self::Hundredths(n) => {
                let size = n.unsigned_abs();
                write!(f, "{}{}.{:02}", sign(n), size / 100, size % 100)
            }
            Self::Whole(n) => write!(f, "{}{}", sign(n), n.unsigned_abs()),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// What stands above the rows.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// The points, in the order of the columns.
    pub points: Vec<Point>,
    /// The stated interval, such as `15 Minutes`.
    pub interval: Option<String>,
    /// The stated range; with one, preamble and trailer have all that real ones have, else only what makes a report of them.
    pub range: Option<(DateTime, DateTime)>,
    /// The words of the header.
    pub header: Header,
}

impl Head {
    /// The bytes before the first row.
    ///
    /// # Errors
    /// Where `out` refuses.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(match self.range {
            Some(_) => b"\"Key            Name:Suffix                                Trend Definitions Used\"\r\n".as_slice(),
            None => b"\"Key  Name:Suffix\"\r\n",
        })?;
        for (number, point) in (1..).zip(&self.points) {
            let Point {
                name,
                suffix,
                definition,
            } = point;
            write!(
                out,
                "\"Point_{number}:\",\"{name}\",\"{suffix}\",\"{definition}\"\r\n"
            )?;
        }
        if let Some(interval) = &self.interval {
            write!(out, "\"Time Interval:\",\"{interval}\"\r\n")?;
        }
        if let Some((from, to)) = self.range {
            let [from, to] = [from, to].map(|time| time.strftime("%Y/%-m/%-d %H:%M:%S"));
            write!(out, "\"Date Range:\",\"{from} - {to}\"\r\n")?;
            out.write_all(b"\"Report Timings:\",\"All Hours\"\r\n")?;
        }
        out.write_all(match self.header {
            Header::English => b"\"\"\r\n\"<>Date\",\"Time\"".as_slice(),
            Header::Chinese => "\"\"\r\n\"<>日期\",\"時間\"".as_bytes(),
        })?;
        for number in 1..=self.points.len() {
            write!(out, ",\"Point_{number}\"")?;
        }
        out.write_all(b"\r\n")
    }

    /// The last line.
    ///
    /// # Errors
    /// Where `out` refuses.
    pub fn write_trailer(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(match self.range {
            Some(_) => b"\" ******************************** End of Report *********************************\"\r\n".as_slice(),
            None => b"\" **** End of Report ****\"\r\n",
        })
    }
}

/// One row, with its end.
///
/// # Errors
/// Where `out` refuses.
pub fn row<C: Display>(
    out: &mut impl Write,
    time: DateTime,
    cells: impl IntoIterator<Item = C>,
) -> io::Result<()> {
    write!(
        out,
        "\"{}/{}/{}\",\"{:02}:{:02}:{:02}\"",
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    )?;
    for cell in cells {
        write!(out, ",\"{cell}\"")?;
    }
    out.write_all(b"\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Report;
    use jiff::civil::datetime;

    #[test]
    fn a_report_reads_as_the_real_ones_do() {
        let from = datetime(2026, 2, 1, 0, 15, 0, 0);
        let cells = [
            Cell::Tenths(514),
            Cell::Tenths(-2),
            Cell::Hundredths(-1205),
            Cell::Text("No Data"),
        ];
        let points = ["ZWP-1.F", "ZWP-8.F"].map(|name| Point::new(name, "5 minutes"));
        let report = Report::of(points).range(from, from).row(from, cells);
        assert_eq!(
            report.text(),
            concat!(
                "\"Key            Name:Suffix                                Trend Definitions Used\"\r\n",
                "\"Point_1:\",\"ZWP-1.F\",\"\",\"5 minutes\"\r\n",
                "\"Point_2:\",\"ZWP-8.F\",\"\",\"5 minutes\"\r\n",
                "\"Time Interval:\",\"15 Minutes\"\r\n",
                "\"Date Range:\",\"2026/2/1 00:15:00 - 2026/2/1 00:15:00\"\r\n",
                "\"Report Timings:\",\"All Hours\"\r\n",
                "\"\"\r\n",
                "\"<>Date\",\"Time\",\"Point_1\",\"Point_2\"\r\n",
                "\"2026/2/1\",\"00:15:00\",\"51.4\",\" -0.2\",\" -12.05\",\"No Data\"\r\n",
                "\" ******************************** End of Report *********************************\"\r\n",
            )
        );
    }

    #[test]
    fn a_report_without_a_range_has_what_makes_one_and_no_more() {
        let report = Report::new(["A"]).interval("").row("2026-02-01", [1]);
        assert_eq!(
            report.text(),
            concat!(
                "\"Key  Name:Suffix\"\r\n",
                "\"Point_1:\",\"A\",\"\",\"15 minutes\"\r\n",
                "\"\"\r\n",
                "\"<>Date\",\"Time\",\"Point_1\"\r\n",
                "\"2026/2/1\",\"00:00:00\",\"1\"\r\n",
                "\" **** End of Report ****\"\r\n",
            )
        );
    }
}
