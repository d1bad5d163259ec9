//! Histories as Project Haystack writes them: grids in Zinc.
//!
//! ```text
//! ver:"3.0" id:@p:demo:r:aa11-bb22 "Demo AHU SAT" hisStart:2024-03-10T00:00:00-05:00 New_York
//! ts,val                                          or: ts,v0 dis:"Supply",v1 id:@p:demo:r:cc33 "Return"
//! 2024-03-10T01:30:00-05:00 New_York,55.5°F
//! 2024-03-10T01:45:00-05:00 New_York,NA
//! ```
//!
//! The first column is the time, every other a point, named by its `dis`, else its `id`, else those of the grid. `N` is null, `NA` not available,
//! `T` and `F` are true and false. A line that begins with `ver:` begins another grid. See <https://project-haystack.org/doc/docHaystack/Zinc>.

use super::of_entries::{Begins, EntryDialect};
use super::{DialectGuide, DialectId, HeadTexts, Shown};
use crate::acquire::Trend;
use crate::acquire::entries::{
    CUT_SHORT, Entry, EntryLine, EntryLines, EntryPoint, EntryPoints, OF_NO_POINT,
};
use crate::acquire::fields::{is_blank, plain};
use crate::acquire::text::lossy;
use crate::acquire::time_stamp::TimeStamp;
use crate::error::{Error, Result};
use crate::model::PointId;
use std::collections::BTreeMap;
use std::ops::Range;

pub(super) struct Zinc;

/// What a line begins with that begins a grid.
const VERSION: &[u8] = b"ver:\"";

/// Whether a line begins a grid of a version that is read.
fn begins_grid(line: &[u8]) -> bool {
    let line = plain(line).trim_ascii_start();
    [b"ver:\"3.0\"", b"ver:\"2.0\""]
        .iter()
        .any(|version| line.starts_with(*version))
}

impl EntryDialect for Zinc {
    const DIALECT: DialectId = DialectId::of(&Zinc);
    const ID: &'static str = "zinc";
    const TITLE: &'static str = "Project Haystack grid in Zinc";
    const GUIDE: DialectGuide = DialectGuide {
        known_by: r#"a grid that begins with `ver:"3.0"` or `ver:"2.0"`"#,
        special: "one time a line, one value or several; a point is named by the `dis` of its column, else its `id`, else those of the grid. Stamps have their offset, numbers their unit; `N` and `NA` are missing, `T` and `F` are 1 and 0",
    };

    fn begins(head: &str, shown: Shown) -> Begins {
        match head.lines().find(|line| !is_blank(line.as_bytes())) {
            Some(first) if begins_grid(first.as_bytes()) => Begins::Yes,
            None if shown == Shown::Some => Begins::More,
            _ => Begins::No,
        }
    }

    fn head_texts(bytes: &[u8]) -> Option<HeadTexts<'_>> {
        let mut texts = HeadTexts::default();
        let mut lines = bytes.split(|byte| *byte == b'\n').zip(1..);
        let mut lines = lines
            .by_ref()
            .skip_while(|(line, _)| is_blank(line))
            .take(2)
            .peekable();
        if !lines.peek().is_some_and(|(line, _)| begins_grid(line)) {
            return None;
        }
        for (line, number) in lines.filter(|(line, _)| !line.is_ascii()) {
            if texts.names.is_empty() {
                texts.first_name = number;
            }
            texts.names.push(line.trim_ascii_end());
        }
        Some(texts)
    }

    fn lines(name: &str) -> Box<dyn EntryLines> {
        Box::new(GridLines {
            path_name: name.to_owned(),
            is_named_by_path: false,
            title: String::new(),
            points: EntryPoints::default(),
            origins: BTreeMap::new(),
            place: GridPlace::Nowhere,
            fields: Vec::new(),
            next: 0,
        })
    }
}

/// The lines of a text, grid after grid.
struct GridLines {
    path_name: String,
    is_named_by_path: bool,
    title: String,
    points: EntryPoints,
    /// What each name is the name of.
    origins: BTreeMap<String, String>,
    place: GridPlace,
    /// Where the fields of the last line stand, and which of them comes next.
    fields: Vec<Range<usize>>,
    next: usize,
}

/// Where in a grid a line stands.
enum GridPlace {
    /// In none whose columns are known.
    Nowhere,
    /// Below the line that says what the grid is: its tags.
    Columns(String),
    /// Below that of the columns, which are these points.
    Rows(Vec<usize>),
}

impl EntryLines for GridLines {
    fn next<'l>(&mut self, line: &'l [u8], whole: bool) -> EntryLine<'l> {
        if is_blank(line) {
            return EntryLine::Head;
        }
        if line.trim_ascii_start().starts_with(VERSION) {
            self.points.look_at(line);
            let tags = lossy(line.trim_ascii());
            if self.title.is_empty() {
                self.title = name_of(&tags).unwrap_or_default();
            }
            self.place = match whole && begins_grid(line) {
                true => GridPlace::Columns(tags.into_owned()),
                false => GridPlace::Nowhere,
            };
            return EntryLine::Head;
        }
        // A row that was cut where another grid begins: nobody knows which columns the rows below it have.
        if memchr::memmem::find(line, VERSION).is_some() {
            self.place = GridPlace::Nowhere;
            return EntryLine::Rejected("is cut short: another grid stands behind it");
        }
        match std::mem::replace(&mut self.place, GridPlace::Nowhere) {
            GridPlace::Nowhere => EntryLine::Rejected(OF_NO_POINT),
            GridPlace::Columns(_) if !whole => EntryLine::Head,
            GridPlace::Columns(grid) => {
                self.points.look_at(line);
                match self.columns(&lossy(line), &grid) {
                    Ok(points) => {
                        self.place = GridPlace::Rows(points);
                        EntryLine::Head
                    }
                    Err(error) => EntryLine::Refused(error),
                }
            }
            rows @ GridPlace::Rows(_) => {
                self.place = rows;
                self.row(line, whole)
            }
        }
    }

    fn more<'l>(&mut self, line: &'l [u8]) -> Option<Entry<'l>> {
        let GridPlace::Rows(points) = &self.place else {
            return None;
        };
        let point = *points.get(self.next)?;
        let [stamp, value] = [0, self.next + 1].map(|place| self.fields.get(place).cloned());
        let (stamp, value) = (&line[stamp?], line[value?].trim_ascii());
        self.next += 1;
        Some(Entry {
            point,
            stamp: TimeStamp::of(stamp).into(),
            value: match value {
                b"N" => b"null",
                b"NA" => b"N/A",
                b"T" => b"true",
                b"F" => b"false",
                value => unquoted(value),
            },
            unit: &[],
            status: None,
            restarts: false,
        })
    }

    fn known_points(&self) -> &EntryPoints {
        &self.points
    }

    fn title(&self) -> &str {
        &self.title
    }

    fn is_named_by_path(&self) -> bool {
        self.is_named_by_path
    }
}

impl GridLines {
    fn row<'l>(&mut self, line: &'l [u8], whole: bool) -> EntryLine<'l> {
        if !whole {
            return EntryLine::Rejected(CUT_SHORT);
        }
        self.fields.clear();
        let mut at = 0;
        for field in zinc_fields(line) {
            self.fields.push(at..at + field.len());
            at += field.len() + 1;
        }
        self.next = 0;
        let is_row =
            matches!(&self.place, GridPlace::Rows(points) if points.len() + 1 == self.fields.len());
        match is_row.then(|| self.more(line)).flatten() {
            Some(entry) => EntryLine::Entry(entry),
            None => EntryLine::Rejected("has not a time and a value for each column"),
        }
    }

    /// The points of the columns behind the first, which is the time, of a grid with these tags.
    ///
    /// # Errors
    /// [`Input`](crate::ErrorKind::Input) for a name that two of them have, or one of another grid.
    fn columns(&mut self, line: &str, grid: &str) -> Result<Vec<usize>> {
        let columns: Vec<&[u8]> = zinc_fields(line.as_bytes()).skip(1).collect();
        let is_only = columns.len() == 1;
        let mut places = Vec::with_capacity(columns.len());
        for column in columns {
            let column = lossy(column);
            let (word, tags) = column.trim().split_once(' ').unwrap_or((column.trim(), ""));
            let of_grid = |name: String| match is_only {
                true => name,
                false => format!("{name}/{word}"),
            };
            let (name, origin) = match (name_of(tags), name_of(grid)) {
                (Some(own), _) => (own, reference(tags)),
                (None, Some(name)) => (of_grid(name), reference(grid).map(&of_grid)),
                (None, None) => {
                    self.is_named_by_path = true;
                    (of_grid(self.path_name.clone()), None)
                }
            };
            let origin = origin.unwrap_or_else(|| name.clone());
            let known = self
                .origins
                .get(&name)
                .is_some_and(|known| *known != origin);
            let place = self.points.named(name.as_bytes(), || EntryPoint {
                id: PointId::new(&name, ""),
                definition: String::new(),
                trend: Trend::default(),
                unit: String::new(),
            });
            if known || places.contains(&place) {
                return Err(Error::input(format!("two points of the text have the name {name:?}"))
                    .hint("give the points names of their own (`dis`), or export each into a file of its own"));
            }
            self.origins.insert(name, origin);
            places.push(place);
        }
        Ok(places)
    }
}

/// The fields of a line. Commas within quotes part none.
fn zinc_fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let text = rest?;
        let (mut is_quoted, mut is_escaped) = (false, false);
        let comma = text.iter().position(|byte| {
            let is_escape = is_quoted && *byte == b'\\' && !is_escaped;
            is_quoted ^= *byte == b'"' && !is_escaped;
            is_escaped = is_escape;
            *byte == b',' && !is_quoted
        });
        rest = comma.map(|comma| &text[comma + 1..]);
        Some(&text[..comma.unwrap_or(text.len())])
    })
}

fn unquoted(value: &[u8]) -> &[u8] {
    let inner = value.strip_prefix(b"\"");
    inner
        .and_then(|inner| inner.strip_suffix(b"\""))
        .unwrap_or(value)
}

/// The name that tags say: `dis:"…"`, else what stands behind the reference of `id:@… "…"`, else that reference.
fn name_of(tags: &str) -> Option<String> {
    let dis = behind(tags, "dis:").and_then(quoted);
    let id = || {
        let (reference, shown) = behind(tags, "id:@")?
            .split_once(' ')
            .unwrap_or((behind(tags, "id:@")?, ""));
        Some(quoted(shown.trim_start()).unwrap_or_else(|| reference.to_owned()))
    };
    let name = dis.or_else(id)?;
    (!name.trim().is_empty()).then(|| name.trim().to_owned())
}

/// The reference that tags say by `id:@…`.
fn reference(tags: &str) -> Option<String> {
    let reference = behind(tags, "id:@")?.split(' ').next()?;
    Some(reference.to_owned())
}

/// The text between the quotes at the beginning of `text`.
fn quoted(text: &str) -> Option<String> {
    let mut letters = text.strip_prefix('"')?.chars();
    let mut inner = String::new();
    loop {
        match letters.next()? {
            '"' => return Some(inner),
            '\\' => inner.extend(letters.next()),
            letter => inner.push(letter),
        }
    }
}

/// What stands behind a tag that begins so.
fn behind<'t>(tags: &'t str, begin: &str) -> Option<&'t str> {
    let mut places = tags.match_indices(begin);
    let place = places.find(|(place, _)| *place == 0 || tags[..*place].ends_with(' '));
    place.map(|(place, _)| &tags[place + begin.len()..])
}
