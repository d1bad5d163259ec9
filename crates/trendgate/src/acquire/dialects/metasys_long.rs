//! Trend samples of a Metasys server, one a line.
//!
//! ```text
//! Value,Units,TimeStamp,IsReliable,PointName,…,ItemReference
//! 70.0,degF,02/10/2024 00:00:00,True,ZN-T,…,DEMO:NAE1/FC-1.AHU2.ZN-T
//! ```
//!
//! The columns stand in any order. A point is its `ItemReference`: the same `PointName` stands for many. A value that is not reliable is
//! missing by that word. The file is appended to, with the header once; where it stands again, it counts from there.

use super::of_entries::{Begins, EntryDialect};
use super::{DialectGuide, DialectId, HeadTexts, Shown};
use crate::acquire::Trend;
use crate::acquire::entries::{
    CUT_SHORT, Entry, EntryLine, EntryLines, EntryPoint, EntryPoints, OF_NO_POINT, Status,
};
use crate::acquire::fields::{fields, is_blank};
use crate::acquire::text::lossy;
use crate::acquire::time_stamp::TimeStamp;
use crate::model::PointId;

pub(super) struct MetasysLong;

/// Which fields of a row are what.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SampleColumns {
    name: usize,
    stamp: usize,
    value: usize,
    reliable: usize,
    unit: Option<usize>,
    count: usize,
}

/// The column that no other form of export has.
const RELIABLE: &str = "IsReliable";

/// Words of a header that are no value of a row.
const HEADER_WORDS: [&str; 3] = ["ItemReference", "TimeStamp", RELIABLE];

fn is_word(field: &[u8], word: &str) -> bool {
    field.trim_ascii().eq_ignore_ascii_case(word.as_bytes())
}

impl SampleColumns {
    fn of_header(line: &[u8]) -> Option<Self> {
        let place = |word: &str| fields(line).position(|field| is_word(field, word));
        Some(Self {
            name: place("ItemReference")?,
            stamp: place("TimeStamp")?,
            value: place("Value")?,
            reliable: place(RELIABLE)?,
            unit: place("Units"),
            count: fields(line).count(),
        })
    }
}

impl EntryDialect for MetasysLong {
    const DIALECT: DialectId = DialectId::of(&MetasysLong);
    const ID: &'static str = "metasys-long";
    const TITLE: &'static str = "trend samples of a Metasys server";
    const GUIDE: DialectGuide = DialectGuide {
        known_by: "a header with `ItemReference`, `TimeStamp`, `Value` and `IsReliable`",
        special: "one value a line, of any point; a point is its `ItemReference`. A value that is not reliable is missing; numbers have the unit of `Units`",
    };

    fn begins(head: &str, shown: Shown) -> Begins {
        let mut lines = head.lines().filter(|line| !is_blank(line.as_bytes()));
        match lines.next() {
            Some(first) if SampleColumns::of_header(first.as_bytes()).is_some() => Begins::Yes,
            None if shown == Shown::Some => Begins::More,
            _ => Begins::No,
        }
    }

    fn head_texts(bytes: &[u8]) -> Option<HeadTexts<'_>> {
        let mut lines = bytes.split(|byte| *byte == b'\n').zip(1..);
        let columns = lines.find_map(|(line, _)| match is_blank(line) {
            true => None,
            false => Some(SampleColumns::of_header(line.trim_ascii_end())),
        })??;
        let mut texts = HeadTexts::default();
        for (line, number) in lines {
            if let Some(name) = fields(line).nth(columns.name)
                && !name.is_ascii()
            {
                if texts.names.is_empty() {
                    texts.first_name = number;
                }
                texts.names.push(name);
            }
        }
        Some(texts)
    }

    fn lines(_: &str) -> Box<dyn EntryLines> {
        Box::<SampleLines>::default()
    }
}

/// The lines of a text.
#[derive(Default)]
struct SampleLines {
    columns: Option<SampleColumns>,
    /// Whether a header stands above that does not say which columns there are.
    is_lost: bool,
    points: EntryPoints,
}

impl EntryLines for SampleLines {
    fn next<'l>(&mut self, line: &'l [u8], whole: bool) -> EntryLine<'l> {
        if is_blank(line) {
            return EntryLine::Head;
        }
        let Some(columns) = &self.columns else {
            self.columns = SampleColumns::of_header(line);
            return match self.columns {
                None if self.is_lost => EntryLine::Rejected(OF_NO_POINT),
                _ => EntryLine::Head,
            };
        };
        let (mut name, mut stamp, mut value, mut reliable, mut unit) =
            (&[][..], &[][..], &[][..], &[][..], &[][..]);
        let mut count = 0;
        for (place, field) in fields(line).enumerate() {
            let field = field.trim_ascii();
            if place >= columns.count && !field.is_empty() {
                // A row that was cut where another file begins: nobody knows which columns the rows below it have.
                if memchr::memmem::find(line, RELIABLE.as_bytes()).is_some() {
                    (self.columns, self.is_lost) = (None, true);
                }
                return EntryLine::Rejected("has more fields than the header");
            }
            count = place + 1;
            match place {
                _ if place == columns.name => name = field,
                _ if place == columns.stamp => stamp = field,
                _ if place == columns.value => value = field,
                _ if place == columns.reliable => reliable = field,
                _ if Some(place) == columns.unit => unit = field,
                _ => {}
            }
        }
        if !stamp.first().is_some_and(u8::is_ascii_digit) {
            if let Some(again) = SampleColumns::of_header(line) {
                self.columns = Some(again);
                return EntryLine::Furniture;
            }
            let mut fields = fields(line);
            if fields.any(|field| HEADER_WORDS.iter().any(|word| is_word(field, word))) {
                (self.columns, self.is_lost) = (None, true);
                return EntryLine::Rejected("is a header that lacks a column");
            }
        }
        if count < columns.count {
            return EntryLine::Rejected("has fewer fields than the header");
        }
        if name.is_empty() {
            return EntryLine::Rejected("does not say which point it is of");
        }
        if !whole {
            return EntryLine::Rejected(CUT_SHORT);
        }
        let is_missing = match reliable {
            word if word.eq_ignore_ascii_case(b"true") || word == b"1" => false,
            word if word.eq_ignore_ascii_case(b"false") || word == b"0" => true,
            _ => return EntryLine::Rejected("does not say whether it is reliable"),
        };
        let point = self.points.named(name, || EntryPoint {
            id: PointId::new(&lossy(name), ""),
            definition: String::new(),
            trend: Trend::default(),
            unit: String::new(),
        });
        EntryLine::Entry(Entry {
            point,
            stamp: TimeStamp::in_line(stamp, line, columns.stamp).into(),
            value,
            unit,
            status: is_missing.then_some(Status {
                word: reliable,
                is_missing,
            }),
            restarts: false,
        })
    }

    fn known_points(&self) -> &EntryPoints {
        &self.points
    }

    fn is_told_by_ends(&self) -> bool {
        true
    }
}
