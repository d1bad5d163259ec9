//! The beginning and the end of a text that no dialect knows → the table that it seems to be, fact by fact, each with what proves it or speaks for it.
//!
//! ```text
//! head, tail ─ separator ─ sample (lines, fields) ─ layout (time, row of names, rows) ─┬─ wide ─┐
//!                                                                                       ├─ long ─┼─▶ FoundTable
//!                                                                                       └─ day ──┘
//! ```
//!
//! Nothing is read by it: `init` writes down what it finds, a person looks at it, and a run reads what is written. A text whose form is none of
//! these is refused there, and the refusal says what the finder sees ([`looks`]). Formats of times are confirmed by the reader that a run has;
//! no other is proposed.

mod axes;
mod beside;
mod column;
mod conflict;
mod day;
mod header;
mod layout;
mod long;
mod looks;
mod of_day;
mod real_dates;
mod sample;
mod several;
mod stamp;
mod states;
mod status_column;
mod statuses;
mod statuses_beside;
mod table;
#[cfg(test)]
mod tests;
mod time;
mod wide;
mod words;
mod zone;

pub(super) use looks::{looks, near};
pub(crate) use states::state_numbers;
pub(crate) use table::{
    DayLabels, FoundBeside, FoundDay, FoundFact, FoundForm, FoundHeader, FoundLong, FoundStatus,
    FoundTable, FoundText, FoundTime, FoundUnits, FoundValues, FoundWhy,
};
pub(crate) use time::country_has_month_first;
pub(crate) use words::{is_calendar_word, is_generic};

use super::charset;
use super::containers::FileTexts;
use super::encoding::Encoding;
use super::file_bytes::FileBytes;
use super::open_text::{OpenText, WholeText, beginning};
use super::separators::{FieldSeparator, Separators};
use super::text::TextForm;
use super::{TextName, TimeRule};
use crate::error::Result;
use crate::progress::Cancel;
use crate::time::Span;
use column::{ColumnCells, Steps};
use conflict::SelfConflicts;
use jiff::tz::TimeZone;
use layout::TableLayout;
use sample::Sample;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use wide::FormFound;

/// Bytes of the beginning of a text that are looked at.
const HEAD_BYTES: u64 = 256 << 10;

/// The tables that the texts of the file at `path` seem to be, which no dialect knows.
///
/// # Errors
/// [`Input`](crate::ErrorKind::Input) where it cannot be unpacked, [`Storage`](crate::ErrorKind::Storage) where it cannot be read,
/// [`Stopped`](crate::ErrorKind::Stopped) where `cancel` says so.
pub(crate) fn find_tables(
    path: &Path,
    rule: &TimeRule,
    zone: Option<&TimeZone>,
    cancel: &Cancel,
) -> Result<Vec<FoundText>> {
    let (file, mut opened) = FileBytes::on_disk(path)?;
    let texts = FileTexts::of(&mut *opened, path)?.texts;
    let mut found = Vec::with_capacity(texts.len());
    for place in &texts {
        let (bytes, _) = beginning(&file, &mut *opened, place, HEAD_BYTES)?;
        let marked = Encoding::marked(&bytes);
        let encoding = marked.unwrap_or_else(|| charset::likely(&bytes, &rule.zone));
        let form = TextForm {
            encoding,
            ..TextForm::PLAIN
        };
        let whole = WholeText {
            file: &file,
            place,
            form,
        };
        let mut open = OpenText {
            whole,
            opened: &mut *opened,
        };
        let head = encoding.decode(&bytes);
        let tail = open.last_lines(cancel, |tail| format!("\n{tail}"))?;
        let is_sheet = matches!(place.text_name(), TextName::Sheet(_));
        let mut table = find(head.as_bytes(), tail.as_bytes(), (zone, is_sheet));
        if let Some(table) = table
            .as_mut()
            .filter(|table| table.has_names_beyond_ascii())
            && matches!(encoding, Encoding::Legacy(_))
        {
            table.encoding = Some(said_encoding(&bytes, encoding, (zone, rule)));
        }
        found.push(FoundText {
            member: place.member_name().map(ToOwned::to_owned),
            is_sheet,
            table,
        });
    }
    Ok(found)
}

/// What the names of a text are encoded in, and whether its bytes prove it: those beyond ASCII never stand side by side, as half of those of
/// East Asian encodings do; or they are letters that people write in no other encoding.
fn said_encoding(
    bytes: &[u8],
    encoding: Encoding,
    (zone, rule): (Option<&TimeZone>, &TimeRule),
) -> FoundFact<Encoding> {
    let beyond = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    let pairs = bytes
        .windows(2)
        .filter(|pair| !pair[0].is_ascii() && !pair[1].is_ascii())
        .count();
    let is_only = || charset::only_text(bytes, &rule.zone) == Some(encoding);
    if zone.is_some() && charset::is_of_country(encoding, &rule.zone) && is_only() {
        return FoundFact::proved(
            encoding,
            "it is the one of the country of the zone, and in no other one are they letters that people write".to_owned(),
        );
    }
    let enough = if zone.is_some() { 2 } else { 6 };
    match pairs == 0 && beyond >= enough && charset::is_of_single_bytes(encoding) {
        true => FoundFact::proved(
            encoding,
            format!(
                "its {beyond} bytes beyond ASCII in the sample stand alone between letters, as accents do and no East Asian letters"
            ),
        ),
        false => FoundFact::check(encoding, "the likeliest for the country of the zone"),
    }
}

impl FoundTable {
    fn has_names_beyond_ascii(&self) -> bool {
        let header = match &self.header {
            FoundHeader::With { words, .. } | FoundHeader::Absent(words) => words,
        };
        let skip = self.skip.iter().map(|said| &said.what);
        let mut names = self
            .points
            .iter()
            .chain(&self.time.columns)
            .chain(header)
            .chain(skip);
        names.any(|name| !name.is_ascii())
    }
}

/// The table that a text seems to be that begins with `head` and ends with `tail`, the first line of which may be cut. Where what is all of the
/// text is short, both may be it.
fn find(
    head: &[u8],
    tail: &[u8],
    (zone, is_sheet): (Option<&TimeZone>, bool),
) -> Option<FoundTable> {
    let tail = if head.ends_with(tail) || tail.ends_with(head) {
        &[][..]
    } else {
        tail
    };
    let all: Vec<(usize, FieldSeparator, FoundTable)> = Separators::candidates(head, None)
        .filter_map(|separators| {
            let sample = Sample::of(&separators.rewritten(head), &separators.rewritten(tail));
            let (worth, table) = of_sample(&sample, (zone, is_sheet))?;
            Some((worth, separators.fields, table))
        })
        .collect();
    let several = all.len() > 1;
    let (_, separator, table) = all.into_iter().rev().max_by_key(|(worth, ..)| *worth)?;
    Some(FoundTable {
        separator: several.then_some(separator),
        ..table
    })
}

/// Why a text with times is no table that can be described.
enum NoTable {
    /// Rows are what happened.
    Events,
    /// In whatever form they are read, rows say several things of this point at this time.
    Contradictions { time: String, point: String },
}

fn no_table(head: &[u8]) -> Option<NoTable> {
    Separators::candidates(head, None).find_map(|separators| {
        let sample = Sample::of(&separators.rewritten(head), &[]);
        let layout = TableLayout::of(&sample)?;
        let seen = SeenTable::of(&sample, &layout)?;
        if are_events(&seen) {
            return Some(NoTable::Events);
        }
        let (time, point) = forms(&seen).err()??.shown?;
        Some(NoTable::Contradictions { time, point })
    })
}

/// Whether the names of columns are those of a list of alarms, or of what people changed.
fn are_events(seen: &SeenTable<'_>) -> bool {
    let named = seen
        .others()
        .filter(|place| words::is_of_events(seen.name(*place)));
    named.count() >= 3
}

/// What the forms of a table are judged by.
struct SeenTable<'s> {
    sample: &'s Sample,
    layout: &'s TableLayout,
    /// What the cells of each column are.
    counts: Vec<ColumnCells>,
    steps: Steps,
}

impl<'s> SeenTable<'s> {
    fn of(sample: &'s Sample, layout: &'s TableLayout) -> Option<Self> {
        let places = 0..layout.names.len();
        Some(Self {
            sample,
            layout,
            counts: places.map(|place| counts(sample, layout, place)).collect(),
            steps: layout.steps(sample, layout.formats.formats.first()?),
        })
    }
}

impl SeenTable<'_> {
    fn name(&self, place: usize) -> &str {
        self.layout.names.get(place).map_or("", |name| name)
    }

    fn cell(&self, row: usize, place: usize) -> &str {
        self.sample.lines[row].field(place)
    }

    /// The columns that are not those of the time.
    fn others(&self) -> impl Iterator<Item = usize> + Clone + '_ {
        (0..self.layout.names.len()).filter(|place| !self.layout.time.contains(place))
    }
}

/// The table that lines are, and how much of them it explains.
fn of_sample(
    sample: &Sample,
    (zone, is_sheet): (Option<&TimeZone>, bool),
) -> Option<(usize, FoundTable)> {
    let layout = TableLayout::of(sample)?;
    let seen = SeenTable::of(sample, &layout)?;
    if are_events(&seen) {
        return None;
    }
    let (found, conflicts) = forms(&seen).ok()?;
    let FormFound {
        form,
        skip,
        points,
        units,
        words,
        statuses,
    } = found;
    if points.is_empty() {
        return None;
    }
    let mut time = time::time(&seen, &form, zone)?;
    if let Some((at, point)) = conflicts.shown {
        time.notes.push(format!(
            "a point has several values at one time in some rows of the sample ({}), the first of which are {point:?} at {at}: nothing says which is right",
            conflicts.rows
        ));
    }
    if is_sheet {
        real_dates::of_sheet(&seen, &mut time);
    }
    let header = match layout.header {
        Some(line) => FoundHeader::With {
            line: line + 1,
            words: needed_words(&seen, line),
        },
        None => FoundHeader::Absent(layout.names.clone()),
    };
    let values = values(&seen, &form, &points);
    let mut missing = wide::sentinels(&numbers(&seen, &values));
    let counted: Vec<&ColumnCells> = values.iter().map(|place| &seen.counts[*place]).collect();
    missing.extend(wide::missing_words(&counted));
    let (rows, span) = first_rows(&seen)?;
    let worth = layout.rows.len() * points.len();
    Some((
        worth,
        FoundTable {
            form,
            separator: None,
            encoding: None,
            header,
            units,
            statuses,
            time,
            skip,
            missing,
            points,
            words,
            rows,
            span,
        },
    ))
}

/// The first of the forms in which no point contradicts itself; otherwise, the conflicts of the first that there is.
fn forms(
    seen: &SeenTable<'_>,
) -> std::result::Result<(FormFound, SelfConflicts), Option<SelfConflicts>> {
    let mut refused = None;
    for form in [day::day, long::long, several::several, wide::wide] {
        let Some(found) = form(seen) else {
            continue;
        };
        let conflicts = SelfConflicts::of(seen, &found);
        if !conflicts.are_many() {
            return Ok((found, conflicts));
        }
        refused.get_or_insert(conflicts);
    }
    Err(refused)
}

/// The columns of values, as far as they are known by name.
fn values(seen: &SeenTable<'_>, form: &FoundForm, points: &[String]) -> Vec<usize> {
    let is_value = |place: &usize| match form {
        FoundForm::Wide => points.iter().any(|point| point == seen.name(*place)),
        FoundForm::Long(long) => {
            let mut names = long.value.what.names().iter();
            names.any(|name| name == seen.name(*place))
        }
        FoundForm::Day(_) => false,
    };
    seen.others().filter(is_value).collect()
}

/// The cells of columns.
fn numbers<'s>(seen: &'s SeenTable<'_>, columns: &[usize]) -> Vec<Vec<&'s str>> {
    let cells = |place: &usize| {
        let rows = seen.layout.rows.iter();
        rows.map(|row| seen.cell(*row, *place)).collect()
    };
    columns.iter().map(cells).collect()
}

fn counts(sample: &Sample, layout: &TableLayout, place: usize) -> ColumnCells {
    let mut last = None;
    let cells = layout.rows.iter().flat_map(|row| {
        let jumped = last
            .replace(*row)
            .is_some_and(|last| last < sample.of_head && *row >= sample.of_head);
        let cut = jumped.then_some(None);
        cut.into_iter()
            .chain([Some(sample.lines[*row].field(place))])
    });
    ColumnCells::of(cells)
}

/// By which names the row of names is known, where a line above it has those of the time, too.
fn needed_words(seen: &SeenTable<'_>, header: usize) -> Vec<String> {
    let time: Vec<&str> = seen
        .layout
        .time
        .iter()
        .map(|place| seen.name(*place))
        .collect();
    let has = |line: usize, words: &[&str]| {
        let mut names = seen.sample.lines[line].names();
        header::number_equal(&mut names);
        words
            .iter()
            .all(|word| names.iter().any(|name| name == word))
    };
    let is_known_by = |words: &[&str]| !(0..header).any(|line| has(line, words));
    if is_known_by(&time) && !time.contains(&"") {
        return Vec::new();
    }
    let mut words: Vec<&str> = time.into_iter().filter(|word| !word.is_empty()).collect();
    for place in seen.others().filter(|place| !seen.name(*place).is_empty()) {
        words.push(seen.name(place));
        if words.len() > 1 && is_known_by(&words) {
            break;
        }
    }
    words.into_iter().map(ToOwned::to_owned).collect()
}

/// How many of the first rows are kept, to hold files against each other.
const KEPT_ROWS: usize = 64;

type FirstRows = (Vec<(Span, u64)>, (Span, Span));

fn first_rows(seen: &SeenTable<'_>) -> Option<FirstRows> {
    let candidate = seen.layout.formats.formats.first()?;
    let (head, tail) = seen.layout.walls(seen.sample, candidate);
    let all = || head.iter().chain(&tail).copied();
    let span = (all().min()?, all().max()?);
    let rest = |row: &usize| {
        let mut hash = DefaultHasher::new();
        seen.others()
            .for_each(|place| seen.cell(*row, place).hash(&mut hash));
        hash.finish()
    };
    let rows = head
        .iter()
        .copied()
        .zip(seen.layout.rows.iter().map(rest))
        .take(KEPT_ROWS);
    Some((rows.collect(), span))
}
