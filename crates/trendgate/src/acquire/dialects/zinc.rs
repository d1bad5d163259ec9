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

use super::{Decoder, Dialect, DialectId, HeadTexts, Recognised, Shown, Surveyed, TextHead};
use crate::acquire::ask::Ask;
use crate::acquire::entries::{
    self, Entry, EntryForm, EntryLine, EntryLines, EntryPoint, EntryPoints,
};
use crate::acquire::fields::{first_field, is_blank};
use crate::acquire::sniff::{Looking, OpenText, WholeText};
use crate::acquire::text::{Text, lossy};
use crate::acquire::time_stamp::TimeStamp;
use crate::acquire::{Report, Trend};
use crate::error::Result;
use crate::model::PointId;
use std::sync::Arc;

pub(super) struct Zinc;

/// Whether a line begins a grid.
fn begins_grid(line: &[u8]) -> bool {
    [b"ver:\"3.0\"", b"ver:\"2.0\""]
        .iter()
        .any(|version| line.starts_with(*version))
}

impl Dialect for Zinc {
    fn id(&self) -> &'static str {
        "zinc"
    }

    fn title(&self) -> &'static str {
        "Project Haystack grid in Zinc"
    }

    fn has_entries(&self) -> bool {
        true
    }

    fn recognise(&self, head: &str, shown: Shown) -> Recognised {
        match head.lines().find(|line| !is_blank(line.as_bytes())) {
            Some(first) if begins_grid(first.as_bytes()) => Recognised::Yes(Box::new(GridHead)),
            None if shown == Shown::Some => Recognised::More,
            _ => Recognised::No,
        }
    }

    fn head_texts<'t>(&self, bytes: &'t [u8]) -> Option<HeadTexts<'t>> {
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

    fn trend(&self, _: &str) -> Trend {
        Trend::default()
    }

    fn survey(
        &self,
        report: &mut Report,
        text: WholeText<'_>,
        looking: Looking<'_>,
    ) -> Result<Surveyed> {
        entries::survey(self, report, text, looking)
    }

    fn decoder(&self, text: Text, report: &Arc<Report>, ask: Ask<'_>) -> Result<Decoder> {
        Ok(Decoder::Entries(entries::decoder(self, text, report, ask)))
    }
}

struct GridHead;

impl TextHead for GridHead {
    fn reports(self: Box<Self>, text: OpenText<'_>, looking: Looking<'_>) -> Result<Vec<Report>> {
        entries::reports(DialectId::of(&Zinc), &Zinc, text.whole(), looking)
    }
}

impl EntryForm for Zinc {
    fn lines(&self, name: &str) -> Box<dyn EntryLines> {
        Box::new(GridLines {
            path_name: name.to_owned(),
            is_named_by_path: false,
            title: String::new(),
            points: EntryPoints::default(),
            place: GridPlace::Rows(Vec::new()),
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
    place: GridPlace,
    /// The column of the entry that comes next in the line, from 0 behind the time.
    next: usize,
}

/// Where in a grid a line stands.
enum GridPlace {
    /// Below the line that says what the grid is called, if it does.
    Columns(Option<String>),
    /// Below that of the columns, which are these points.
    Rows(Vec<usize>),
}

impl EntryLines for GridLines {
    fn next<'l>(&mut self, line: &'l [u8]) -> EntryLine<'l> {
        if is_blank(line) {
            return EntryLine::Head;
        }
        if begins_grid(line) {
            let text = lossy(line);
            let name = name_of(&text);
            if self.title.is_empty() {
                self.title = name.clone().unwrap_or_default();
            }
            self.place = GridPlace::Columns(name);
            return EntryLine::Head;
        }
        if let GridPlace::Columns(grid) = &mut self.place {
            let grid = grid.take();
            self.place = GridPlace::Rows(self.columns(&lossy(line), grid.as_deref()));
            return EntryLine::Head;
        }
        self.next = 0;
        match self.more(line) {
            Some(entry) => EntryLine::Entry(entry),
            None => EntryLine::Rejected("has not a time and a value for each column"),
        }
    }

    fn more<'l>(&mut self, line: &'l [u8]) -> Option<Entry<'l>> {
        let GridPlace::Rows(points) = &self.place else {
            return None;
        };
        let mut fields = zinc_fields(line);
        let stamp = fields.next()?;
        if self.next == 0 && fields.clone().count() != points.len() {
            return None;
        }
        let value = fields.nth(self.next)?.trim_ascii();
        let point = *points.get(self.next)?;
        self.next += 1;
        Some(Entry {
            point,
            stamp: TimeStamp::of(stamp),
            value: match value {
                b"N" => b"null",
                b"NA" => b"N/A",
                b"T" => b"true",
                b"F" => b"false",
                value => unquoted(value),
            },
            unit: &[],
            status: None,
        })
    }

    fn points(&self) -> &[EntryPoint] {
        self.points.all()
    }

    fn title(&self) -> &str {
        &self.title
    }

    fn date_range(&self) -> Option<&str> {
        None
    }

    fn is_complete(&self) -> bool {
        true
    }

    fn is_named_by_path(&self) -> bool {
        self.is_named_by_path
    }
}

impl GridLines {
    /// The points of the columns behind the first, which is the time, of a grid of this name.
    fn columns(&mut self, line: &str, grid: Option<&str>) -> Vec<usize> {
        let columns: Vec<&[u8]> = zinc_fields(line.as_bytes()).skip(1).collect();
        let is_only = columns.len() == 1;
        let places = columns.iter().map(|column| {
            let column = lossy(column);
            let (word, tags) = column.trim().split_once(' ').unwrap_or((column.trim(), ""));
            let name = match (name_of(tags), grid) {
                (Some(own), _) => own,
                (None, Some(grid)) if is_only => grid.to_owned(),
                (None, Some(grid)) => format!("{grid}/{word}"),
                (None, None) => {
                    self.is_named_by_path = true;
                    match is_only {
                        true => self.path_name.clone(),
                        false => format!("{}/{word}", self.path_name),
                    }
                }
            };
            self.points.named(name.as_bytes(), || EntryPoint {
                id: PointId::new(&name, ""),
                definition: String::new(),
                trend: Trend::default(),
                unit: String::new(),
            })
        });
        places.collect()
    }
}

/// The fields of a line. Commas within quotes part none.
fn zinc_fields(line: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let text = rest?;
        if memchr::memchr(b'"', text).is_none() {
            let (field, after) = first_field(text);
            rest = after;
            return Some(field);
        }
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
    let dis = behind(tags, "dis:\"").and_then(|text| text.split_once('"').map(|(name, _)| name));
    let id = || {
        let text = behind(tags, "id:@")?;
        let (reference, rest) = text.split_once(' ').unwrap_or((text, ""));
        let shown = rest.trim_start().strip_prefix('"');
        let shown = shown.and_then(|shown| shown.split_once('"'));
        Some(shown.map_or(reference, |(name, _)| name))
    };
    let name = dis.or_else(id)?;
    (!name.trim().is_empty()).then(|| name.trim().to_owned())
}

/// What stands behind a tag that begins so.
fn behind<'t>(tags: &'t str, begin: &str) -> Option<&'t str> {
    let mut places = tags.match_indices(begin);
    let place = places.find(|(place, _)| *place == 0 || tags[..*place].ends_with(' '));
    place.map(|(place, _)| &tags[place + begin.len()..])
}
