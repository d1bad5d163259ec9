//! The beginning and the end of a text → lines, cut into fields.

use super::super::fields::{field_texts, fields, is_blank, without_end};
use crate::model::plain_name;

/// Lines of the beginning that are looked at, and of the end.
const HEAD: usize = 600;
const TAIL: usize = 300;
/// Fields of a line that are looked at.
const WIDEST: usize = 4096;

/// Lines of a text with commas and line feeds.
pub(super) struct Sample {
    pub(super) lines: Vec<SampleLine>,
    /// How many of them are of the beginning.
    pub(super) of_head: usize,
}

/// A line.
pub(super) struct SampleLine {
    /// Its fields, without blanks around them.
    pub(super) fields: Vec<String>,
    /// Whether each stands in quotes.
    quoted: Vec<bool>,
}

impl SampleLine {
    fn of(line: &[u8]) -> Self {
        let line = without_end(line);
        let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        let place = |field: &[u8]| field.as_ptr() as usize - line.as_ptr() as usize;
        let is_quoted = |field: &[u8]| place(field) > 0 && line[place(field) - 1] == b'"';
        Self {
            quoted: fields(line).take(WIDEST).map(is_quoted).collect(),
            fields: match is_blank(line) {
                true => Vec::new(),
                false => field_texts(line)
                    .into_iter()
                    .take(WIDEST)
                    .map(|field| field.into_owned())
                    .collect(),
            },
        }
    }

    /// The field at `place`; empty where the line ends before it.
    pub(super) fn field(&self, place: usize) -> &str {
        self.fields.get(place).map_or("", |field| field)
    }

    /// Whether the field at `place` stands in quotes.
    pub(super) fn is_quoted(&self, place: usize) -> bool {
        self.quoted.get(place).copied().unwrap_or(false)
    }

    /// Its fields without empty ones at the end.
    pub(super) fn width(&self) -> usize {
        self.fields
            .iter()
            .rposition(|field| !field.is_empty())
            .map_or(0, |last| last + 1)
    }

    /// How many of its fields are not empty.
    pub(super) fn filled(&self) -> usize {
        self.fields.iter().filter(|field| !field.is_empty()).count()
    }

    /// The names that it has, as a row of names.
    pub(super) fn names(&self) -> Vec<String> {
        let own = self.fields[..self.width()].iter();
        own.map(|field| plain_name(field)).collect()
    }
}

impl Sample {
    /// That of a text that begins with `head`, of which the last line may be cut, and ends with `tail`, of which the first may.
    pub(super) fn of(head: &[u8], tail: &[u8]) -> Self {
        let mut lines: Vec<SampleLine> = split(head).take(HEAD).map(SampleLine::of).collect();
        let of_head = lines.len();
        let last: Vec<&[u8]> = split(tail).skip(1).collect();
        let from = last.len().saturating_sub(TAIL);
        lines.extend(last[from..].iter().map(|line| SampleLine::of(line)));
        Self { lines, of_head }
    }

    /// The fields of the longest line.
    pub(super) fn widest(&self) -> usize {
        let widths = self.lines.iter().map(SampleLine::width);
        widths.max().unwrap_or(0)
    }

    /// The lines of the beginning.
    pub(super) fn head(&self) -> &[SampleLine] {
        &self.lines[..self.of_head]
    }
}

fn split(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n')
}
