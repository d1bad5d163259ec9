//! Points and cells in, a report in the Siemens dialect out: quoted, CRLF, preamble, header, rows, trailer.

use jiff::civil::DateTime;
use std::io::{self, Write};

/// One point as the preamble declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// Name and suffix.
    pub name: String,
    /// How often it is logged, or what is wrong with it.
    pub definition: String,
}

impl Point {
    /// A point of this name and trend definition.
    pub fn new(name: impl Into<String>, definition: impl Into<String>) -> Self {
        Self {
            name: name.into(),
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

/// One cell as the report writes it.
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

/// The bytes before the first row.
///
/// # Errors
/// Where `out` refuses.
pub fn head(
    out: &mut impl Write,
    points: &[Point],
    minutes: u32,
    range: (DateTime, DateTime),
    header: Header,
) -> io::Result<()> {
    out.write_all(
        b"\"Key            Name:Suffix                                Trend Definitions Used\"\r\n",
    )?;
    for (place, point) in points.iter().enumerate() {
        let number = place + 1;
        write!(
            out,
            "\"Point_{number}:\",\"{}\",\"\",\"{}\"\r\n",
            point.name, point.definition
        )?;
    }
    write!(out, "\"Time Interval:\",\"{minutes} Minutes\"\r\n")?;
    let (from, to) = range;
    write!(
        out,
        "\"Date Range:\",\"{} - {}\"\r\n",
        stamp(from),
        stamp(to)
    )?;
    out.write_all(b"\"Report Timings:\",\"All Hours\"\r\n\"\"\r\n")?;
    out.write_all(match header {
        Header::English => b"\"<>Date\",\"Time\"".as_slice(),
        Header::Chinese => "\"<>日期\",\"時間\"".as_bytes(),
    })?;
    for number in 1..=points.len() {
        write!(out, ",\"Point_{number}\"")?;
    }
    out.write_all(b"\r\n")
}

/// One row, with its end.
///
/// # Errors
/// Where `out` refuses.
pub fn row(
    out: &mut impl Write,
    time: DateTime,
    cells: impl IntoIterator<Item = Cell>,
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
        out.write_all(b",\"")?;
        write_cell(out, &cell)?;
        out.write_all(b"\"")?;
    }
    out.write_all(b"\r\n")
}

/// The last line.
///
/// # Errors
/// Where `out` refuses.
pub fn trailer(out: &mut impl Write) -> io::Result<()> {
    out.write_all(
        b"\" ******************************** End of Report *********************************\"\r\n",
    )
}

/// Negative numbers stand behind a blank, as in real reports.
///
/// # Errors
/// Where `out` refuses.
pub fn write_cell(out: &mut impl Write, cell: &Cell) -> io::Result<()> {
    let sign = |number: i64| if number < 0 { " -" } else { "" };
    match *cell {
        Cell::Tenths(n) => {
            let size = n.unsigned_abs();
            write!(out, "{}{}.{}", sign(n), size / 10, size % 10)
        }
        Cell::Hundredths(n) => {
            let size = n.unsigned_abs();
            write!(out, "{}{}.{:02}", sign(n), size / 100, size % 100)
        }
        Cell::Whole(n) => write!(out, "{}{}", sign(n), n.unsigned_abs()),
        Cell::Text(text) => out.write_all(text.as_bytes()),
    }
}

fn stamp(time: DateTime) -> String {
    format!(
        "{}/{}/{} {:02}:{:02}:{:02}",
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::datetime;

    #[test]
    fn a_report_reads_as_the_real_ones_do() {
        let mut out = Vec::new();
        let from = datetime(2026, 2, 1, 0, 15, 0, 0);
        let points = [
            Point::new("ZWP-1.F", "5 minutes"),
            Point::new("ZWP-8.F", "5 minutes"),
            Point::new("A", "5 minutes"),
        ];
        head(&mut out, &points[..2], 15, (from, from), Header::English).unwrap();
        row(
            &mut out,
            from,
            [
                Cell::Tenths(514),
                Cell::Tenths(-2),
                Cell::Hundredths(-1205),
                Cell::Text("No Data"),
            ],
        )
        .unwrap();
        trailer(&mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
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
}
