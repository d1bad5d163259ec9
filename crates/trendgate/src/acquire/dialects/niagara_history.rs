//! Histories of Niagara stations.
//!
//! ```text
//! history:/SITE_B/AHU3_SupplyT                           the point: its last part; without such a line, the name of the file
//!
//! Timestamp,Trend Flags,Status,Value (°C)                the flags may be left out
//! 15-May-25 12:30:01 PM WEST,{start},{ok},18.5
//! ```
//!
//! Flags and status are sets. A value stays unless its status has one of `fault`, `down`, `stale`, `null` and `disabled`, or its flags have
//! `hidden`; beside `start` logging began anew. The words of the header are those of the station's language: where they are not known, the sets tell the columns. Such words are
//! those of other systems, too: a text is a history by the path above its header, by a column of flags, or by the sets in its rows.

use super::of_entries::{Begins, EntryDialect};
use super::{DialectGuide, DialectId, HeadTexts, Shown};
use crate::acquire::entries::{
    CUT_SHORT, Entry, EntryLine, EntryLines, EntryPoint, EntryPoints, OF_NO_POINT, Status,
};
use crate::acquire::fields::{fields, first_field, is_blank, plain};
use crate::acquire::text::lossy;
use crate::acquire::time_stamp::TimeStamp;
use crate::acquire::words::says_no_value;
use crate::acquire::{Trend, dates};
use crate::error::Error;
use crate::model::PointId;
use std::collections::BTreeMap;

pub(super) struct NiagaraHistory;

/// The most lines that stand above the first row.
const MOST: usize = 64;

/// The words of the columns, in lower case: of the time, the flags, the status and the value.
const WORDS: [&[&str]; 4] = [
    &[
        "timestamp",
        "horodatage",
        "horodate",
        "zeitstempel",
        "marca de tiempo",
        "data e ora",
        "carimbo de data/hora",
        "tidsstempel",
        "tidsstämpel",
        "tijdstempel",
        "时间戳",
        "時間戳記",
        "タイムスタンプ",
    ],
    &[
        "trend flags",
        "indicateurs de tendance",
        "drapeaux de tendance",
        "trend-flags",
        "trendflags",
        "indicadores de tendencia",
        "flag di tendenza",
        "趋势标志",
        "趨勢標誌",
    ],
    &[
        "status",
        "statut",
        "état",
        "etat",
        "estado",
        "stato",
        "状态",
        "狀態",
        "ステータス",
    ],
    &[
        "value", "valeur", "wert", "valor", "valore", "waarde", "værdi", "värde", "值", "数值",
        "數值", "値",
    ],
];

/// Which fields of a row are what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct HistoryColumns {
    stamp: usize,
    flags: Option<usize>,
    status: usize,
    value: usize,
    count: usize,
    /// The unit in brackets behind the word for the value.
    unit: String,
}

impl HistoryColumns {
    /// Those of a header whose words are known.
    fn of_header(line: &[u8]) -> Option<Self> {
        let texts: Vec<String> = history_fields(line)
            .map(|field| lossy(field).trim().to_lowercase())
            .collect();
        let place = |words: &[&str]| {
            let is_word = |text: &String| words.contains(&without_brackets(text).0);
            texts.iter().position(is_word)
        };
        let [stamp, flags, status, value] = WORDS.map(place);
        let (stamp, status, value) = (stamp?, status?, value?);
        let count = texts.iter().rposition(|text| !text.is_empty())? + 1;
        let known = 3 + usize::from(flags.is_some());
        let field = lossy(history_fields(line).nth(value)?).trim().to_owned();
        (count == known).then(|| Self {
            stamp,
            flags,
            status,
            value,
            count,
            unit: without_brackets(&field).1.to_owned(),
        })
    }

    /// Those of a row, by its sets.
    fn of_row(line: &[u8]) -> Option<Self> {
        let fields: Vec<&[u8]> = history_fields(line).map(<[u8]>::trim_ascii).collect();
        let (flags, status, value) = match fields[..] {
            [_, status, _] if is_set(status) => (None, 1, 2),
            [_, flags, status, _] if is_set(flags) && is_set(status) => (Some(1), 2, 3),
            _ => return None,
        };
        is_stamp(fields[0]).then_some(Self {
            stamp: 0,
            flags,
            status,
            value,
            count: value + 1,
            unit: String::new(),
        })
    }
}

/// A text without what stands in brackets at its end, and that.
fn without_brackets(text: &str) -> (&str, &str) {
    let inner = text.strip_suffix(')').and_then(|text| text.split_once('('));
    inner.map_or((text, ""), |(before, unit)| {
        (before.trim_end(), unit.trim())
    })
}

/// The fields of a line. The commas of a set part none.
fn history_fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let text = rest?;
        let begins = text.len() - text.trim_ascii_start().len();
        let end = match text[begins..].first() {
            Some(b'{') => memchr::memchr(b'}', text).map_or(0, |end| end + 1),
            _ => 0,
        };
        let (field, after) = match text[end..].first() {
            None => (text, None),
            Some(b',') if end > 0 => (&text[..end], Some(&text[end + 1..])),
            Some(_) => first_field(text),
        };
        rest = after;
        Some(field)
    })
}

fn is_set(field: &[u8]) -> bool {
    field.starts_with(b"{") && field.ends_with(b"}")
}

fn is_stamp(field: &[u8]) -> bool {
    let stamp = TimeStamp::of(field);
    dates::is_date(stamp.date) && dates::time_of_day(stamp.time).is_some()
}

impl EntryDialect for NiagaraHistory {
    const DIALECT: DialectId = DialectId::of(&NiagaraHistory);
    const ID: &'static str = "niagara-history";
    const TITLE: &'static str = "history of a Niagara station";
    const GUIDE: DialectGuide = DialectGuide {
        known_by: "rows with a set for the status: `15-May-25 12:30:01 PM WEST,{ },{ok},18.5`; or a header with a column for the trend flags, or with a line `history:/…` above it. *Timestamp*, *Value* and *Status* alone are the words of many a table",
        special: "one value a line. The name is the last part of a line `history:/station/name`, else that of the file; the unit stands in brackets behind the word for the value. Values stay unless the status has `fault`, `down`, `stale`, `null` or `disabled`, or the flags have `hidden`. `start` says that logging began anew: of a point that logs its changes, a value from before held to the end of its bin only, unless it had held for its longest by then",
    };

    fn begins(head: &str, shown: Shown) -> Begins {
        match is_history(head.lines().take(MOST).map(str::as_bytes)) {
            true => Begins::Yes,
            false if shown == Shown::Some && head.lines().nth(MOST).is_none() => Begins::More,
            false => Begins::No,
        }
    }

    fn head_texts(bytes: &[u8]) -> Option<HeadTexts<'_>> {
        let lines = || bytes.split(|byte| *byte == b'\n').take(MOST);
        if !is_history(lines().map(|line| plain(line).trim_ascii_end())) {
            return None;
        }
        let mut texts = HeadTexts::default();
        for (line, number) in bytes.split(|byte| *byte == b'\n').zip(1..) {
            let line = plain(line).trim_ascii_end();
            let path = history_path(line);
            let is_name = path.is_some();
            if let Some(path) = path.filter(|path| !path.is_ascii()) {
                texts.first_name = number;
                texts.names.push(path);
            }
            if HistoryColumns::of_row(line).is_some() {
                return Some(texts);
            }
            if !is_name {
                texts
                    .others
                    .extend(fields(line).filter(|field| !field.is_ascii()));
            }
            if HistoryColumns::of_header(line).is_some() {
                return Some(texts);
            }
        }
        None
    }

    fn lines(name: &str) -> Box<dyn EntryLines> {
        Box::new(HistoryLines {
            name: name.to_owned(),
            is_named: false,
            named_by_path: false,
            histories: BTreeMap::new(),
            title: String::new(),
            header: Vec::new(),
            points: EntryPoints::default(),
            columns: None,
            point: None,
            is_lost: false,
        })
    }
}

/// Whether these first lines of a text are of a history, and not of another table whose header has the same words.
fn is_history<'l>(lines: impl Iterator<Item = &'l [u8]>) -> bool {
    let (mut is_named, mut columns) = (false, None::<HistoryColumns>);
    for line in lines {
        if HistoryColumns::of_row(line).is_some() {
            return true;
        }
        is_named |= history_path(line).is_some();
        if let Some(found) = HistoryColumns::of_header(line) {
            if is_named || found.flags.is_some() {
                return true;
            }
            columns = Some(found);
        } else if let Some(columns) = &columns {
            let status = history_fields(line).nth(columns.status);
            if status.is_some_and(|status| is_set(status.trim_ascii())) {
                return true;
            }
        }
    }
    false
}

/// What the first line of a history says which one it is.
fn history_path(line: &[u8]) -> Option<&[u8]> {
    let path = fields(line).next()?.trim_ascii();
    path.starts_with(b"history:").then_some(path)
}

struct HistoryLines {
    /// The point's name, as far as it is known.
    name: String,
    /// Whether a line of the text says it.
    is_named: bool,
    named_by_path: bool,
    /// Of which history each name is.
    histories: BTreeMap<String, String>,
    title: String,
    /// The last line above rows.
    header: Vec<u8>,
    points: EntryPoints,
    columns: Option<HistoryColumns>,
    point: Option<usize>,
    /// Whether a line stands above that may have named another point.
    is_lost: bool,
}

impl EntryLines for HistoryLines {
    fn next<'l>(&mut self, line: &'l [u8], whole: bool) -> EntryLine<'l> {
        if is_blank(line) {
            return EntryLine::Head;
        }
        if let Some(path) = history_path(line).filter(|_| whole) {
            self.points.look_at(path);
            return self.begin(lossy(path).trim());
        }
        if let Some(columns) = HistoryColumns::of_header(line) {
            // The same header again is of the same point.
            let is_same = self.columns.as_ref() == Some(&columns) && self.point.is_some();
            if !is_same {
                (self.columns, self.point) = (Some(columns), None);
            }
            return match is_same {
                true => EntryLine::Furniture,
                false => EntryLine::Head,
            };
        }
        if self.columns.is_none() {
            match HistoryColumns::of_row(line) {
                // The header's words are of a language that is not known.
                Some(columns) => self.columns = Some(columns),
                None => {
                    if self.title.is_empty() {
                        self.title = lossy(line).trim().to_owned();
                    }
                    self.header = line.to_vec();
                    return EntryLine::Head;
                }
            }
        }
        if line == self.header {
            return EntryLine::Furniture;
        }
        if may_name_another(line) {
            self.is_lost = true;
            return EntryLine::Rejected("is neither a value nor the header of this history");
        }
        match (self.is_lost, whole) {
            (true, _) => EntryLine::Rejected(OF_NO_POINT),
            (_, false) => EntryLine::Rejected(CUT_SHORT),
            _ => self.row(line),
        }
    }

    fn known_points(&self) -> &EntryPoints {
        &self.points
    }

    fn title(&self) -> &str {
        &self.title
    }

    fn is_named_by_path(&self) -> bool {
        self.named_by_path
    }
}

/// Whether a line below the header may be of the head of another history: it does not begin as a row does, or has another head within it.
fn may_name_another(line: &[u8]) -> bool {
    let first = fields(line).next().unwrap_or_default().trim_ascii();
    let is_row = first.iter().take(2).any(u8::is_ascii_digit) || !first.is_ascii();
    !is_row || memchr::memmem::find(line, b"history:/").is_some()
}

impl HistoryLines {
    /// Begins the history at `path` of a station.
    fn begin<'l>(&mut self, path: &str) -> EntryLine<'l> {
        if self.title.is_empty() {
            path.clone_into(&mut self.title);
        }
        let name = path.rsplit('/').next().unwrap_or_default();
        if name.trim().is_empty() {
            let error = Error::input(format!("{path:?} names no history"));
            return EntryLine::Refused(error.hint("export the history again"));
        }
        let known = self.histories.entry(name.to_owned());
        let known = known.or_insert_with(|| path.to_owned());
        if known != path {
            let error = Error::input(format!(
                "two histories of the text have the same last name: {known:?} and {path:?}"
            ));
            return EntryLine::Refused(error.hint("give every station's histories a file of their own, and a site or a prefix for each"));
        }
        name.clone_into(&mut self.name);
        (self.is_named, self.is_lost) = (true, false);
        (self.columns, self.point) = (None, None);
        EntryLine::Head
    }

    fn row<'l>(&mut self, line: &'l [u8]) -> EntryLine<'l> {
        let Some(columns) = &self.columns else {
            return EntryLine::Head;
        };
        let (mut stamp, mut flags, mut status, mut value) = (&[][..], &[][..], &[][..], None);
        let mut count = 0;
        for (place, field) in history_fields(line).enumerate() {
            let field = field.trim_ascii();
            if place >= columns.count && !field.is_empty() {
                return EntryLine::Rejected("has more fields than the header");
            }
            count = place + 1;
            match place {
                _ if place == columns.stamp => stamp = field,
                _ if Some(place) == columns.flags => flags = field,
                _ if place == columns.status => status = field,
                _ if place == columns.value => value = Some(field),
                _ => {}
            }
        }
        let (Some(value), true) = (value, count >= columns.count) else {
            return EntryLine::Rejected("has fewer fields than the header");
        };
        let is_hidden = has_word(flags, b"hidden");
        let word = if is_hidden { flags } else { status };
        let status = (!word.is_empty()).then(|| Status {
            word,
            is_missing: is_hidden || says_no_value(&lossy(word)),
        });
        let unit = &columns.unit;
        let point = *self.point.get_or_insert_with(|| {
            self.named_by_path |= !self.is_named;
            let written = format!("{}\n{unit}", self.name);
            self.points.named(written.as_bytes(), || EntryPoint {
                id: PointId::new(&self.name, ""),
                definition: String::new(),
                trend: Trend::default(),
                unit: unit.clone(),
            })
        });
        EntryLine::Entry(Entry {
            point,
            stamp: TimeStamp::in_line(stamp, line, columns.stamp).into(),
            value,
            unit: &[],
            status,
            restarts: has_word(flags, b"start"),
        })
    }
}

/// Whether a set of words has this one.
fn has_word(set: &[u8], word: &[u8]) -> bool {
    let mut words = set.split(|byte| !byte.is_ascii_alphanumeric());
    words.any(|one| one.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_of_usual_words_is_no_history_without_sets_flags_or_a_path() {
        let of = |text: &str| is_history(text.lines().map(str::as_bytes));
        for text in [
            "Timestamp,Value,Status\n2025-07-07 00:00:00,56.0,Good\n",
            "Zeitstempel,Wert,Status\n07.07.2025 00:00:00,56,OK\n",
            "Timestamp,Status,Value\n15-May-25 12:30:01 PM,ok,18.5\n",
        ] {
            assert!(!of(text), "{text}");
        }
        for text in [
            "Timestamp,Value,Status\n2025-07-07 00:00:00,56.0,{ok}\n",
            "Timestamp,Trend Flags,Status,Value (°C)\n",
            "history:/SITE/AHU3\n\nTimestamp,Status,Value\n15-May-25 12:30:01 PM,ok,18.5\n",
            "a word,b,c\n15-May-25 12:30:01 PM,{ok},18.5\n",
        ] {
            assert!(of(text), "{text}");
        }
    }
}
