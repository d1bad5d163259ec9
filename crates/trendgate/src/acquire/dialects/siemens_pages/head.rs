//! The head of a report that was printed in pages: its header, whose columns are the names of the points.
//!
//! ```text
//! <>Date,Time,PNL1.22:AUX,PNL1.22:OCC
//! 9/14/2023,0:00:00,68,YES
//! ```
//!
//! Anybody may head a table with *Date* and *Time*. It is taken for such a report where the first word has the mark of these reports, `<>`, or
//! where a page ends below it. A header all of whose columns are keys of one word (`Point_1`, `Point_2`) is that of another form, whose lines
//! above the header were lost.

use super::furniture::ends_page;
use crate::acquire::dialects::siemens_scheduler::furniture::is_trailer;
use crate::acquire::dialects::siemens_scheduler::head::{
    Preamble, begins_with_words, declares_point, header_keys, is_point_key, is_row,
};
use crate::acquire::dialects::siemens_scheduler::point_id;
use crate::acquire::fields::{field_texts, fields, is_blank, plain};
use crate::acquire::wide::WideHead;
use crate::acquire::{Columns, ReportPoint, Trend};
use crate::error::{Error, Result};
use encoding_rs::{BIG5, GBK};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The header stands among the first lines.
pub(super) const MOST_LINES: usize = 64;

/// What the first word of a header begins with.
const MARK: &str = "<>";

/// The head of the report that `text` begins with, if it is believed.
///
/// # Errors
/// As [`head`].
pub(super) fn believed(text: &str) -> Result<Option<WideHead>> {
    let Some(header) = header_line(text) else {
        return Ok(None);
    };
    let is_page_end = |line: &str| {
        let line = plain(line.as_bytes());
        !is_blank(line) && ends_page(&field_texts(line))
    };
    match header.trim_start_matches('"').starts_with(MARK) || text.lines().any(is_page_end) {
        true => head(text),
        false => Ok(None),
    }
}

/// The header's line.
fn header_line(text: &str) -> Option<&str> {
    let mut lines = text.lines().take(MOST_LINES);
    let line = lines.find(|line| names_points(&field_texts(plain(line.as_bytes()))))?;
    Some(line.trim_start_matches(['\u{feff}', ' ']))
}

/// The head of the report that `text` begins with; `None` where nothing of one is there, or it is of another form.
///
/// # Errors
/// [`Input`](crate::ErrorKind::Input) where a point has no name, or is there twice.
pub(super) fn head(text: &str) -> Result<Option<WideHead>> {
    let mut preamble = Preamble::default();
    let mut rows_at = 0;
    for (line, number) in text.split_inclusive('\n').take(MOST_LINES).zip(1..) {
        rows_at += line.len();
        let line = plain(line.as_bytes());
        let texts = field_texts(line);
        if declares_point(&texts) || is_row(&texts) || is_trailer(line) {
            break;
        }
        if !names_points(&texts) {
            preamble.take(&texts);
            continue;
        }
        let points = points(header_keys(&texts)).map_err(|error| error.line(number))?;
        return Ok(Some(WideHead {
            points: points.into(),
            title: preamble.title.unwrap_or_default().into_owned(),
            interval: preamble.interval,
            date_range: preamble.date_range,
            header_line: number,
            columns: Columns {
                date: 0,
                time: 1,
                cells: 2,
                padded: texts.len(),
            },
            rows_at,
        }));
    }
    Ok(None)
}

/// Whether a line is a header whose columns are names of points.
pub(super) fn names_points(texts: &[Cow<'_, str>]) -> bool {
    let names = header_keys(texts);
    begins_with_words(texts) && !names.is_empty() && !are_keys(names)
}

/// Whether these are keys, such as other lines say the points of: all of one word.
fn are_keys(names: &[Cow<'_, str>]) -> bool {
    let word = |name: &str| name.rsplit_once('_').map(|(word, _)| word.to_owned());
    let first = names.first().and_then(|name| word(name));
    let mut names = names.iter();
    names.all(|name| is_point_key(name) && word(name) == first)
}

/// Whether a line of a text whose encoding is not known yet is a header that names points. Its words may be in one of two encodings.
pub(super) fn is_header_in_bytes(line: &[u8]) -> bool {
    let names = fields(line).skip(2).any(|name| !name.is_empty());
    let words: Vec<&[u8]> = fields(line).take(2).collect();
    let begins = |encoding: &'static encoding_rs::Encoding| {
        let decoded = words.iter();
        let decoded: Vec<Cow<'_, str>> = decoded
            .map(|word| encoding.decode_without_bom_handling(word).0)
            .map(|word| Cow::Owned(word.trim().to_owned()))
            .collect();
        begins_with_words(&decoded)
    };
    names && [encoding_rs::UTF_8, BIG5, GBK].into_iter().any(begins)
}

/// The points of the header's columns.
fn points(names: &[Cow<'_, str>]) -> Result<Vec<ReportPoint>> {
    let mut columns = BTreeMap::new();
    let mut points = Vec::with_capacity(names.len());
    for (name, column) in names.iter().zip(3..) {
        let id = point_id(name, "");
        if id.name.is_empty() {
            return Err(
                Error::input(format!("column {column} of the header has no name")).hint(
                    "export the report again with a name for each point, or without this one",
                ),
            );
        }
        if let Some(other) = columns.insert(id.clone(), column) {
            return Err(Error::input(format!(
                "the report has one point twice: columns {other} and {column} of the header are both {:?}",
                id.to_string()
            ))
            .hint("export the report again with each point once"));
        }
        points.push(ReportPoint {
            id,
            definition: String::new(),
            trend: Trend::default(),
        });
    }
    Ok(points)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_names_its_points_whatever_its_quotes_and_language() {
        for header in [
            "<>Date,Time,PNL1.22:AUX,PNL1.22",
            "\"<>Date\",\"Time\",\"PNL1.22:AUX\",\"PNL1.22\",,",
            "\u{feff}<>日期,時間,PNL1.22:AUX,PNL1.22",
            "\n\nSome title\n<>DATE,TIME,PNL1.22:AUX,PNL1.22",
        ] {
            let head = believed(header).unwrap().unwrap();
            let names: Vec<_> = head.points.iter().map(|point| &point.id).collect();
            assert_eq!((&*names[0].name, &*names[0].suffix), ("PNL1.22", "AUX"));
            assert_eq!((&*names[1].name, &*names[1].suffix), ("PNL1.22", ""));
        }
        let page = "Date,Time,A,B\n1/14/2026,0:00,1,2\n,,- 1 -\n";
        assert_eq!(believed(page).unwrap().unwrap().points.len(), 2);
    }

    #[test]
    fn what_is_of_another_form_is_not_taken_for_one() {
        for text in [
            "",
            "a,b,c\n1,2,3\n",
            "Date,Time,A,B\n1/14/2026,0:00,1,2\n",
            "<>Date,Time\n",
            "<>Date,Time,,\n",
            "<>Date,Time,Point_1,Point_2\n",
            "<>Date,Time,AHU_3\n",
            "\"Point_1:\",\"A\"\n<>Date,Time,A.B\n",
            "1/14/2026,0:00,1,2\n<>Date,Time,A.B,C\n",
        ] {
            assert!(believed(text).unwrap().is_none(), "{text}");
        }
        // These are no keys of one word.
        assert!(believed("<>Date,Time,AHU_1,PUMP_1\n").unwrap().is_some());
        assert!(believed("<>Date,Time,AHU_1,CH5.T\n").unwrap().is_some());
    }

    #[test]
    fn a_point_without_a_name_and_one_that_is_there_twice_are_refused() {
        let message = |text: &str| believed(text).unwrap_err().to_string();
        insta::assert_snapshot!(message("<>Date,Time,A,,B\n"), @"column 4 of the header has no name");
        insta::assert_snapshot!(message("<>Date,Time,A:x,B,A:x\n"), @r#"the report has one point twice: columns 3 and 5 of the header are both "A:x""#);
    }
}
