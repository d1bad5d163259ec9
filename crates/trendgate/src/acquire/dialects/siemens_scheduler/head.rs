//! The head of a Siemens APOGEE/Insight scheduler report: preamble and header, found by content.
//!
//! ```text
//! "Key            Name:Suffix                                Trend Definitions Used"     title
//! "Point_1:","CH5.CHST","","5 minutes"                                                   key, name, suffix, definition
//! "Time Interval:","15 Minutes"
//! "Date Range:","2016/10/10 00:00:00 - 2016/12/10 23:59:59"
//! ""
//! "<>Date","Time","Point_1"                                                              header: keys as columns
//! ```
//!
//! No line number counts. A header is a line with two fields and then nothing but keys that the preamble declared, whatever
//! words the first two are in any language; and it is believed only when rows stand under it.

use super::furniture::is_trailer;
use super::known_heads::{self, Above};
use super::trend::{interval, trend};
use crate::acquire::excerpt::{first_lines, shown};
use crate::acquire::fields::{field_text, field_texts, fields, without_end};
use crate::acquire::wide::WideHead;
use crate::acquire::{Columns, ReportPoint, dates};
use crate::error::{Error, Result};
use crate::model::PointId;
use crate::time::Span;
use std::borrow::Cow;
use std::collections::BTreeMap;

const INTERVAL_KEYS: [&str; 3] = ["time interval", "時間間隔", "时间间隔"];
const RANGE_KEYS: [&str; 3] = ["date range", "日期範圍", "日期范围"];
/// What keys begin with, where nobody has renamed them.
const USUAL_KEY: &str = "point_";
const TIMINGS_KEY: &str = "report timings";

/// The head of the report that `text` begins with; `None` where nothing of one is there.
///
/// # Errors
/// [`Input`](crate::ErrorKind::Input) where its header is missing, where lines of two heads stand above one header, and where a point has
/// no name, no column, or more than one.
pub(super) fn head(text: &str) -> Result<Option<WideHead>> {
    if let Some(head) = known_heads::head(text) {
        return Ok(Some(head));
    }
    let head = read(text)?;
    Ok(head.map(|(head, above)| known_heads::remember(text, above, head)))
}

/// As [`head`], whatever was read before; with the lines down to the last one that says which point a key is.
pub(super) fn read(text: &str) -> Result<Option<(WideHead, Above<'_>)>> {
    let mut preamble = Preamble::default();
    let mut above = Above::default();
    let mut texts: Vec<Cow<'_, str>> = Vec::new();
    let mut at = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        at += line.len();
        let line = without_end(line.as_bytes());
        if is_trailer(line) {
            break;
        }
        texts.clear();
        texts.extend(fields(line).map(field_text));
        let number = index as u64 + 1;
        // Nearly every line says which point a key is, and can be nothing else.
        if declares_point(&texts) {
            let declared = preamble.declare(&texts);
            declared.map_err(|error| error.line(number))?;
            above = Above {
                bytes: at,
                lines: number,
                title: preamble.title.clone(),
                says_more: preamble.interval.is_some() || preamble.date_range.is_some(),
            };
            continue;
        }
        if preamble.is_header(&texts) {
            let head = preamble.into_head(&texts, number, at)?;
            return Ok(Some((head, above)));
        }
        if looks_like_header(&texts) && preamble.is_of_reports(&texts) {
            return Err(preamble.unknown_key(&texts, number));
        }
        if is_row(&texts) {
            return match text.lines().any(|line| says_point(line.as_bytes())) {
                true => Err(row_above(line, number)),
                // Rows of some other table.
                false => Ok(None),
            };
        }
        preamble.take(&texts);
    }
    match preamble.points.len() {
        0 => Ok(None),
        points => Err(without_header(text, points)),
    }
}

/// Whether the last line of `text` is one that stands above a header.
pub(super) fn ends_in_preamble(text: &str) -> bool {
    let last = text.lines().next_back();
    let texts = last.map_or_else(Vec::new, |line| field_texts(line.as_bytes()));
    is_of_preamble(&texts) || header_keys(&texts).iter().any(|key| is_point_key(key))
}

/// The key that a line of the preamble begins with.
pub(in crate::acquire::dialects) fn key_of(text: &str) -> &str {
    text.trim_end_matches([':', '：']).trim()
}

/// What stands above a header.
#[derive(Debug, Default)]
pub(in crate::acquire::dialects) struct Preamble<'a> {
    pub(in crate::acquire::dialects) title: Option<Cow<'a, str>>,
    /// By key: name, suffix and definition.
    points: BTreeMap<Cow<'a, str>, [Cow<'a, str>; 3]>,
    pub(in crate::acquire::dialects) interval: Option<Span>,
    pub(in crate::acquire::dialects) date_range: Option<String>,
}

impl<'a> Preamble<'a> {
    /// Takes a line that is about no point.
    pub(in crate::acquire::dialects) fn take(&mut self, texts: &[Cow<'a, str>]) {
        let key = key_of(&texts[0]);
        let value = || texts.get(1).cloned().unwrap_or_default();
        let lower = key.to_lowercase();
        if INTERVAL_KEYS.contains(&lower.as_str()) {
            self.interval = interval(&value());
        } else if RANGE_KEYS.contains(&lower.as_str()) {
            self.date_range = Some(value().into_owned());
        } else if self.title.is_none() && !key.is_empty() {
            self.title = Some(texts[0].clone());
        }
    }

    /// Takes the line that says which point a key is. Two lines of one key are of two heads, the first of which lost its header.
    fn declare(&mut self, texts: &[Cow<'a, str>]) -> Result<()> {
        let key: Cow<'a, str> = match &texts[0] {
            Cow::Borrowed(text) => key_of(text).into(),
            Cow::Owned(text) => key_of(text).to_owned().into(),
        };
        let value = |place: usize| texts.get(place).cloned().unwrap_or_default();
        let point = [value(1), value(2), value(3)];
        if let Some(other) = self.points.get(&key) {
            let [first, second] = [other, &point].map(|[name, suffix, _]| point_id(name, suffix));
            return Err(Error::input(format!(
                "two lines above the header say what {key} is: {:?}, and here {:?}",
                first.to_string(),
                second.to_string()
            ))
            .hint("files were joined, or the report was cut short and exported again behind its own beginning: give every report a file of its own"));
        }
        self.points.insert(key, point);
        Ok(())
    }

    fn is_header(&self, texts: &[Cow<'_, str>]) -> bool {
        let keys = header_keys(texts);
        // Most lines are none, and their last field tells.
        let mut keys = keys.iter().rev().peekable();
        keys.peek().is_some() && keys.all(|key| self.points.contains_key(&**key))
    }

    /// Whether a header with keys is of these reports: lines above it declare points, or its own words are those of such a report. Many a table
    /// has a `Date`, a `Time` and columns such as `Meter_1`.
    fn is_of_reports(&self, texts: &[Cow<'_, str>]) -> bool {
        let is_marked = texts.first().is_some_and(|text| text.starts_with("<>"));
        let is_own =
            |key: &Cow<'_, str>| is_point_key(key) && key.to_lowercase().starts_with(USUAL_KEY);
        is_marked || !self.points.is_empty() || header_keys(texts).iter().all(is_own)
    }

    fn into_head(
        self,
        texts: &[Cow<'_, str>],
        header_line: u64,
        rows_at: usize,
    ) -> Result<WideHead> {
        let points = self.columns(header_keys(texts));
        Ok(WideHead {
            points: points.map_err(|error| error.line(header_line))?.into(),
            title: self.title.unwrap_or_default().into_owned(),
            interval: self.interval,
            date_range: self.date_range,
            header_line,
            columns: Columns {
                date: 0,
                time: 1,
                cells: 2,
                padded: texts.len(),
            },
            rows_at,
        })
    }

    /// The points of the header's columns.
    fn columns(&self, keys: &[Cow<'_, str>]) -> Result<Vec<ReportPoint>> {
        let mut points: Vec<ReportPoint> = Vec::with_capacity(keys.len());
        let mut places = BTreeMap::new();
        for key in keys {
            let [name, suffix, definition] = &self.points[key];
            let id = point_id(name, suffix);
            if id.name.is_empty() {
                return Err(Error::input(format!("the point {key} has no name")).hint(
                    "export the report again with a name for each point, or without this one",
                ));
            }
            if let Some(other) = places.insert(id.clone(), key) {
                return Err(Error::input(format!(
                    "the report has one point twice: {other} and {key} are both {:?}",
                    id.to_string()
                ))
                .hint("export the report again with each point once"));
            }
            // Most points are defined as the one before.
            let before = points.last().filter(|last| last.definition == *definition);
            points.push(ReportPoint {
                id,
                trend: before.map_or_else(|| trend(definition), |last| last.trend),
                definition: definition.clone().into_owned(),
            });
        }
        // Each key of the header is one of these, and none is there twice.
        if keys.len() < self.points.len() {
            return Err(self.without_column(keys));
        }
        Ok(points)
    }

    fn without_column(&self, keys: &[Cow<'_, str>]) -> Error {
        let has = |key: &str| keys.iter().any(|known| known == key);
        let mut lost = self.points.iter().filter(|(key, _)| !has(key));
        let (key, name) = lost
            .next()
            .map_or(("", ""), |(key, [name, ..])| (key, name));
        Error::input(format!(
            "the lines above the header say that {key} is {name:?}, and the header has no such column"
        ))
        .hint("files were joined, or columns were taken out: export the report again, every report into a file of its own")
    }

    fn unknown_key(&self, texts: &[Cow<'_, str>], line: u64) -> Error {
        let keys = header_keys(texts);
        let unknown = keys
            .iter()
            .find(|key| !self.points.contains_key(*key))
            .map_or("", |key| key);
        Error::input(format!(
            "the header has a column {unknown:?}, but the lines above it have no \"{unknown}:\" that says which point that is"
        ))
        .line(line)
        .hint("export the report again; lines seem to be missing")
    }
}

/// The header's columns after date and time, without empty ones at the end.
pub(in crate::acquire::dialects) fn header_keys<'t, 'a>(
    texts: &'t [Cow<'a, str>],
) -> &'t [Cow<'a, str>] {
    let keys = texts.get(2..).unwrap_or_default();
    let end = keys.iter().rposition(|key| !key.is_empty());
    &keys[..end.map_or(0, |last| last + 1)]
}

/// Whether a line that is no header by its keys is one by its first words.
fn looks_like_header(texts: &[Cow<'_, str>]) -> bool {
    header_keys(texts).iter().any(|key| is_point_key(key)) && begins_with_words(texts)
}

/// Whether the first two fields are the header's words for date and time.
pub(in crate::acquire::dialects) fn begins_with_words(texts: &[Cow<'_, str>]) -> bool {
    let word = |place: usize, words: &[&str]| {
        let text = texts
            .get(place)
            .map(|text| text.to_lowercase())
            .unwrap_or_default();
        words
            .iter()
            .any(|word| text.trim_start_matches("<>") == *word)
    };
    word(0, &["date", "日期"]) && word(1, &["time", "時間", "时间"])
}

/// Whether a line below the header has the form of one: of keys, or with the first words of one that we know.
pub(super) fn is_header_like(texts: &[Cow<'_, str>]) -> bool {
    let keys = header_keys(texts);
    !keys.is_empty() && (keys.iter().all(|key| is_point_key(key)) || begins_with_words(texts))
}

/// Whether a line is one of those that stand above a header.
pub(super) fn is_of_preamble(texts: &[Cow<'_, str>]) -> bool {
    let key = texts.first().map(|text| key_of(text).to_lowercase());
    let key = key.unwrap_or_default();
    let keys = INTERVAL_KEYS.into_iter().chain(RANGE_KEYS);
    declares_point(texts) || keys.chain([TIMINGS_KEY]).any(|known| known == key)
}

/// Whether a line says which point a key is.
pub(in crate::acquire::dialects) fn declares_point(texts: &[Cow<'_, str>]) -> bool {
    let text = texts.first().map_or("", |text| text);
    let key = key_of(text);
    is_point_key(key) && key.len() < text.len()
}

/// Whether a line is a row: a date, a time, cells.
pub(in crate::acquire::dialects) fn is_row(texts: &[Cow<'_, str>]) -> bool {
    let [date, time, _, ..] = texts else {
        return false;
    };
    // Nearly every line names a point, and a name is sooner seen to be no time than no date.
    dates::time_of_day(time.as_bytes()).is_some() && dates::is_date(date.as_bytes())
}

fn says_point(line: &[u8]) -> bool {
    declares_point(&fields(line).take(1).map(field_text).collect::<Vec<_>>())
}

fn row_above(line: &[u8], number: u64) -> Error {
    let line = String::from_utf8_lossy(line);
    Error::input(format!("a row stands above the header: {}", shown(&line)))
        .line(number)
        .hint("the rest of another file stands before the report, or lost its head: give every report a file of its own, from its first line to its trailer")
}

/// The point of a name and a suffix as a report writes them: a suffix may stand in the field of the name, behind its last colon.
#[must_use]
pub(crate) fn point_id(name: &str, suffix: &str) -> PointId {
    match name.rsplit_once(':') {
        Some((name, behind)) if suffix.is_empty() && !name.is_empty() && !behind.is_empty() => {
            PointId::new(name, behind)
        }
        _ => PointId::new(name, suffix),
    }
}

/// `Point_7`, or any other word, an underscore and a number.
pub(in crate::acquire::dialects) fn is_point_key(key: &str) -> bool {
    key.rsplit_once('_').is_some_and(|(word, number)| {
        !word.is_empty() && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn without_header(text: &str, points: usize) -> Error {
    Error::input(format!(
        "a trend report without its header: {points} \"Point_n:\" lines, but no line \"<>Date\",\"Time\",\"Point_1\",… after them in the first {} MB",
        text.len().div_ceil(1 << 20)
    ))
    .excerpt(first_lines(text))
    .hint("remove the file, or set batch.input_pattern so that it is not taken for a report")
}

#[cfg(test)]
mod tests {
    use super::super::super::of_no_dialect;
    use super::*;
    use crate::time::MINUTE;

    /// The head of a text that has one.
    fn head(text: &str) -> Result<WideHead> {
        super::head(text)?.ok_or_else(|| of_no_dialect(text))
    }

    const PLAIN: &str = "\"Key  Name:Suffix\"\r\n\"Point_1:\",\"A.B\",\"\",\"5 minutes\"\r\n\"Point_2:\",\"C D\",\"x\",\"COV         10 minutes\"\r\n\"Time Interval:\",\"15 Minutes\"\r\n\"Date Range:\",\"2016/10/10 00:00:00 - 2016/12/10 23:59:59\"\r\n\"\"\r\n\"<>Date\",\"Time\",\"Point_1\",\"Point_2\"\r\n\"2016/10/10\",\"00:00:00\",\"1\",\"2\"\r\n";

    #[test]
    fn a_head_is_read_whatever_its_quoting_and_language() {
        let expected = head(PLAIN).unwrap();
        assert_eq!(expected.header_line, 7);
        assert_eq!(expected.interval, Some(15 * MINUTE));
        assert_eq!(expected.points[1].id.to_string(), "C D:x");
        assert_eq!(expected.points[1].definition, "COV         10 minutes");
        assert!(PLAIN[expected.rows_at..].starts_with("\"2016/10/10\""));
        let plain = head(&PLAIN.replace('"', "")).unwrap();
        assert_eq!(plain.points, expected.points);
        let chinese = PLAIN
            .replace("<>Date", "日期")
            .replace("\"Time\"", "\"時間\"")
            .replace("Time Interval", "時間間隔");
        let chinese = head(&chinese).unwrap();
        assert_eq!(
            (chinese.points, chinese.interval),
            (expected.points.clone(), expected.interval)
        );
        let excel = "Point_1:,A.B,,5 minutes,,,,\nPoint_2:,C D,x,COV         10 minutes,,,,\n,,,,\nDATUM,UHRZEIT,Point_2,Point_1,,\n";
        let excel = head(excel).unwrap();
        assert_eq!(excel.points[0], expected.points[1]);
        assert_eq!(excel.columns.padded, 6);
    }

    #[test]
    fn a_table_with_date_and_time_and_numbered_columns_is_none() {
        for text in [
            "Date,Time,Power,Voltage,Sub_metering_1\n16/12/2006,17:24:00,4.2,234,0\n",
            "Date,Time,Meter_1,Meter_2\n16/12/2006,17:24:00,4.2,234\n",
        ] {
            assert!(super::head(text).unwrap().is_none(), "{text}");
        }
        let lost = "Date,Time,Point_1,Point_2\n16/12/2006,17:24:00,4.2,234\n";
        assert!(super::head(lost).is_err(), "its lines above are lost");
    }

    #[test]
    fn what_is_no_report_is_refused_with_what_was_looked_for() {
        let error = |text: &str| {
            let error = head(text).unwrap_err();
            format!("{error}\n{}", error.excerpt_lines().join("\n"))
        };
        insta::assert_snapshot!(error(""), @"the file is empty\n");
        insta::assert_snapshot!(error("a,b,c\n1,2,3\n"), @r#"
        not a trend report: looked for what texts of siemens-scheduler, siemens-points, niagara-history, metasys-long, zinc, siemens-pages, toa5, long-fixture have, and found none of it
        a,b,c
        1,2,3
        "#);
        insta::assert_snapshot!(error("\"Point_1:\",\"A\"\n***\n"), @r#"
        a trend report without its header: 1 "Point_n:" lines, but no line "<>Date","Time","Point_1",… after them in the first 1 MB
        "Point_1:","A"
        ***
        "#);
        insta::assert_snapshot!(error("\"Point_1:\",\"A\"\nDate,Time,Point_1,Point_2\n"), @r#"the header has a column "Point_2", but the lines above it have no "Point_2:" that says which point that is"#);
        insta::assert_snapshot!(error("\"Point_1:\",\"A\"\n\"Point_2:\",\"A\"\nDate,Time,Point_1,Point_2\n"), @r#"the report has one point twice: Point_1 and Point_2 are both "A""#);
    }
}
