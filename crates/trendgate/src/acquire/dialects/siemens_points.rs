//! Siemens APOGEE/Insight trend reports of one point after the other.
//!
//! ```text
//! Point Name:,WING.2.TEC:ROOM TEMP,,
//! Trend Location (Local):,PNL04,,
//! Trend Every:,15 minutes,,                    or COV
//! Date Range:,2/10/2025 00:00:00 - 2/13/2025 23:59:59,,
//! Report Timings:,All Hours,,
//! 2/12/2025,23:00:00,70.25, -N-                date, time, value, state of the point
//! ,,,
//! ***…
//! End of Report
//! ```
//!
//! The state is a word beside the value: a point in alarm has a value all the same. Blocks may be without a row. Rows are of the point whose
//! name stands above them: behind a line that looks like one of a head and names no point, they are of none.

use super::of_entries::{Begins, EntryDialect};
use super::siemens_scheduler::{key_of, point_id, trend};
use super::{DialectGuide, DialectId, HeadTexts, Shown};
use crate::acquire::entries::{
    CUT_SHORT, Entry, EntryLine, EntryLines, EntryPoint, EntryPoints, OF_NO_POINT, Status,
};
use crate::acquire::fields::{Fields, field_text, fields, is_blank};
use crate::acquire::text::lossy;
use crate::acquire::time_stamp::{EntryStamp, TimeStamp};
use crate::acquire::words::says_no_value;
use crate::acquire::{Trend, dates};
use crate::error::Error;
use crate::model::PointId;

pub(super) struct SiemensPoints;

/// What a key of a head is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Name,
    Every,
    Range,
    Other,
}

impl Key {
    /// The key that a field is, if it is one.
    fn of(field: &[u8]) -> Option<Self> {
        const BEGINNING: &[u8] = b"trend location";
        let text = field_text(field);
        let key = key_of(&text);
        if key.len() == text.len() {
            return None;
        }
        let key = key.to_ascii_lowercase();
        match key.as_str() {
            "point name" => Some(Self::Name),
            "trend every" => Some(Self::Every),
            "date range" => Some(Self::Range),
            "report timings" => Some(Self::Other),
            key if key.as_bytes().starts_with(BEGINNING) => Some(Self::Other),
            _ => None,
        }
    }
}

impl EntryDialect for SiemensPoints {
    const DIALECT: DialectId = DialectId::of(&SiemensPoints);
    const ID: &'static str = "siemens-points";
    const TITLE: &'static str = "Siemens APOGEE/Insight trend report of single points";
    const GUIDE: DialectGuide = DialectGuide {
        known_by: "`Point Name:` and `Trend Every:` above the rows of each point",
        special: "one value a line: date, time, value, state. Each point has its own interval, or is logged when its value changes (`COV`). A point in alarm (`*A3*`) has a value",
    };

    fn begins(head: &str, shown: Shown) -> Begins {
        let mut keys = head
            .lines()
            .filter_map(|line| Key::of(fields(line.as_bytes()).next()?));
        let found = keys.by_ref().find(|key| *key == Key::Name);
        match (found, keys.find(|key| *key == Key::Every)) {
            (Some(_), Some(_)) => Begins::Yes,
            (Some(_), None) if shown == Shown::Some => Begins::More,
            _ => Begins::No,
        }
    }

    fn head_texts(bytes: &[u8]) -> Option<HeadTexts<'_>> {
        let mut texts = HeadTexts::default();
        let mut is_own = false;
        for (line, number) in bytes.split(|byte| *byte == b'\n').zip(1..) {
            let mut fields = fields(line.trim_ascii_end());
            let key = fields.next().and_then(Key::of);
            is_own |= key == Some(Key::Name);
            if let (Some(Key::Name), Some(name)) = (key, fields.next())
                && !name.is_ascii()
            {
                if texts.names.is_empty() {
                    texts.first_name = number;
                }
                texts.names.push(name);
            }
        }
        is_own.then_some(texts)
    }

    fn point_id(name: &str, suffix: &str) -> PointId {
        point_id(name, suffix)
    }

    fn trend(definition: &str) -> Trend {
        trend(definition)
    }

    fn lines(_: &str) -> Box<dyn EntryLines> {
        Box::<BlockLines>::default()
    }
}

/// The lines of a text, block after block.
#[derive(Default)]
struct BlockLines {
    title: String,
    points: EntryPoints,
    /// The date ranges of the blocks, each once.
    date_ranges: Vec<String>,
    block: Block,
    is_complete: bool,
}

/// Where in a block a line stands.
#[derive(Default)]
enum Block {
    /// In no block whose point is known.
    #[default]
    Nowhere,
    /// In its head, which names this point; its place is known once it is said how it is logged.
    Head(String, Option<usize>),
    /// Below that, among the rows of this point.
    Rows(usize),
}

impl EntryLines for BlockLines {
    fn next<'l>(&mut self, line: &'l [u8], whole: bool) -> EntryLine<'l> {
        let mut fields = fields(line);
        let first = fields.next().unwrap_or_default();
        if dates::is_date(first) {
            return match whole {
                true => self.row(first, fields),
                false => EntryLine::Rejected(CUT_SHORT),
            };
        }
        if is_blank(line) || is_rule(first) {
            return EntryLine::Head;
        }
        if let Some(key) = Key::of(first) {
            if !whole {
                self.block = Block::Nowhere;
                return EntryLine::Head;
            }
            let field = fields.next().unwrap_or_default();
            if key == Key::Name {
                self.points.look_at(field);
            }
            return self.take_key(key, &field_text(field));
        }
        let text = lossy(line).to_lowercase();
        if text.contains("end of report") {
            self.block = Block::Nowhere;
            self.is_complete = true;
            return EntryLine::Head;
        }
        match self.block {
            Block::Head(..) => EntryLine::Head,
            Block::Nowhere if self.points.all().is_empty() => {
                if self.title.is_empty() {
                    self.title = field_text(first).into_owned();
                }
                EntryLine::Head
            }
            _ => {
                // The end of a row that was cut, with the next block behind it, would hide whose rows follow.
                if text.contains("point name") {
                    self.block = Block::Nowhere;
                }
                EntryLine::Rejected("is neither a value nor a line of a head")
            }
        }
    }

    fn known_points(&self) -> &EntryPoints {
        &self.points
    }

    fn title(&self) -> &str {
        &self.title
    }

    fn date_range(&self) -> Option<&str> {
        match &self.date_ranges[..] {
            [only] => Some(only),
            _ => None,
        }
    }

    fn states_ranges(&self) -> bool {
        true
    }

    fn is_complete(&self) -> bool {
        self.is_complete
    }
}

impl BlockLines {
    fn take_key<'l>(&mut self, key: Key, value: &str) -> EntryLine<'l> {
        match (key, &mut self.block) {
            (Key::Name, _) if value.is_empty() => {
                let error = Error::input("a \"Point Name:\" has no name");
                return EntryLine::Refused(error.hint(
                    "export the report again with a name for each point, or without this one",
                ));
            }
            (Key::Name, block) => {
                self.is_complete = false;
                *block = Block::Head(value.to_owned(), None);
            }
            (Key::Every, Block::Head(name, place)) => {
                *place = Some(known(&mut self.points, name, value))
            }
            (Key::Range, Block::Head(..)) => {
                if !self.date_ranges.iter().any(|range| range == value) {
                    self.date_ranges.push(value.to_owned());
                }
            }
            (Key::Other, Block::Head(..)) => {}
            // A head that lost its first line: nobody knows which point the rows below it are of.
            (_, block) => *block = Block::Nowhere,
        }
        EntryLine::Head
    }

    fn row<'l>(&mut self, date: &'l [u8], mut fields: Fields<'l>) -> EntryLine<'l> {
        if let Block::Head(name, place) = &self.block {
            let place = place.unwrap_or_else(|| known(&mut self.points, name, ""));
            self.block = Block::Rows(place);
        }
        let (time, value) = (fields.next(), fields.next());
        let state = fields.next().unwrap_or_default();
        let behind = fields.any(|field| !is_blank(field));
        let is_torn = [value.unwrap_or_default(), state].iter().any(|field| {
            memchr::memchr(b':', field).is_some()
                && lossy(field).to_lowercase().contains("point name")
        });
        if is_torn {
            self.block = Block::Nowhere;
        }
        match (&self.block, time, value) {
            _ if is_torn => EntryLine::Rejected("is cut short: another point stands behind it"),
            (Block::Rows(point), Some(time), Some(value)) if !behind => EntryLine::Entry(Entry {
                point: *point,
                stamp: EntryStamp::Written(TimeStamp {
                    date: date.trim_ascii(),
                    time: time.trim_ascii(),
                    zone: &[],
                    is_quoted: false,
                }),
                value: value.trim_ascii(),
                unit: &[],
                status: status(state),
                restarts: false,
            }),
            (Block::Rows(_), ..) => {
                EntryLine::Rejected("has not a date, a time, a value and a state")
            }
            _ => EntryLine::Rejected(OF_NO_POINT),
        }
    }
}

/// The state of the point beside a value; blank where there is none.
fn status(state: &[u8]) -> Option<Status<'_>> {
    let word = state.trim_ascii();
    (!word.is_empty()).then(|| Status {
        word,
        is_missing: says_no_value(&lossy(word)),
    })
}

/// The place of a point that is logged as `definition` says.
fn known(points: &mut EntryPoints, name: &str, definition: &str) -> usize {
    let written = format!("{name}\n{definition}");
    points.named(written.as_bytes(), || EntryPoint {
        id: point_id(name, ""),
        definition: definition.to_owned(),
        trend: trend(definition),
        unit: String::new(),
    })
}

/// Whether a field is a line of stars or strokes.
fn is_rule(field: &[u8]) -> bool {
    let field = field.trim_ascii();
    field.len() > 2
        && field
            .iter()
            .all(|byte| matches!(byte, b'*' | b'-' | b'_' | b'='))
}
