//! Reports in the Siemens scheduler dialect, as they are exported.

use jiff::civil::DateTime;
use std::io::{self, Write};

/// A point as the preamble declares it.
pub(crate) struct Point {
    pub(crate) name: String,
    pub(crate) definition: &'static str,
}

impl Point {
    pub(crate) fn new(name: impl Into<String>, definition: &'static str) -> Self {
        Self {
            name: name.into(),
            definition,
        }
    }
}

pub(crate) const TRAILER: &str =
    "\" ******************************** End of Report *********************************\"\r\n\r\n";

/// Writes title, points, interval and header.
pub(crate) fn write_head(
    to: &mut impl Write,
    points: &[Point],
    interval: &str,
    from: DateTime,
    until: DateTime,
    date: &str,
    time: &str,
) -> io::Result<()> {
    write!(
        to,
        "\"Key            Name:Suffix                                Trend Definitions Used\"\r\n"
    )?;
    for (index, point) in points.iter().enumerate() {
        write!(
            to,
            "\"Point_{}:\",\"{}\",\"\",\"{}\"\r\n",
            index + 1,
            point.name,
            point.definition
        )?;
    }
    write!(to, "\"Time Interval:\",\"{interval}\"\r\n")?;
    let show = |at: DateTime| {
        format!(
            "{}/{}/{} {}",
            at.year(),
            at.month(),
            at.day(),
            at.strftime("%H:%M:%S")
        )
    };
    write!(
        to,
        "\"Date Range:\",\"{} - {}\"\r\n",
        show(from),
        show(until)
    )?;
    write!(
        to,
        "\"Report Timings:\",\"All Hours\"\r\n\"\"\r\n\"{date}\",\"{time}\""
    )?;
    for index in 0..points.len() {
        write!(to, ",\"Point_{}\"", index + 1)?;
    }
    write!(to, "\r\n")
}

/// Writes the beginning of a row: the cells follow with [`write_cell`], then a line end.
pub(crate) fn write_time(to: &mut impl Write, at: DateTime) -> io::Result<()> {
    write!(
        to,
        "\"{}/{:02}/{:02}\",\"{:02}:{:02}:{:02}\"",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

pub(crate) fn write_cell(to: &mut impl Write, cell: &str) -> io::Result<()> {
    write!(to, ",\"{cell}\"")
}

/// A number with one decimal, as the exports have it: negative ones with a blank before them.
pub(crate) fn tenths(value: f64) -> String {
    let text = format!("{value:.1}");
    match text.as_str() {
        "-0.0" => "0.0".to_owned(),
        negative if negative.starts_with('-') => format!(" {negative}"),
        _ => text,
    }
}
