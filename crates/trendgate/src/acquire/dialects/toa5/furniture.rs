//! A line below the head that is no row → whether another table begins there.
//!
//! Tables are put behind one another, and each begins with its own head, even where that looks like the first. Where a row was cut, the first
//! line of the next head stands behind it.

use super::Toa5;
use super::head::{self, MARK, TIME};
use crate::acquire::dialects::DialectId;
use crate::acquire::fields::{field_text, field_texts, fields, plain};
use crate::acquire::wide::{Furniture, Heads, Met, WideHead};
use crate::error::Result;
use std::borrow::Cow;

/// The head of a table, as far as it is known again.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LoggerHead;

impl Heads for LoggerHead {
    const DIALECT: DialectId = DialectId::of(&Toa5);

    fn head(text: &str) -> Result<Option<WideHead>> {
        head::head(text)
    }

    fn is_row(texts: &[Cow<'_, str>]) -> bool {
        head::is_row(texts)
    }

    fn is_cut(&self, row: &[u8]) -> bool {
        holds_first_line(row)
    }
}

impl Furniture for LoggerHead {
    fn see(&mut self, _: &[u8]) {}

    fn meets(&self, line: &[u8], _: bool) -> Met {
        let line = plain(line);
        let begins = |word: &str| {
            let first = fields(line).next().map(field_text);
            first.is_some_and(|text| text.eq_ignore_ascii_case(word))
        };
        match begins(TIME) || holds_first_line(line) {
            true => Met::Head,
            false => Met::Nothing,
        }
    }

    fn has_trailer(&self) -> bool {
        false
    }

    fn is_trailer(&self, _: &[u8]) -> bool {
        false
    }
}

/// Whether a line is the first one of a table.
pub(super) fn is_first_line(line: &str) -> bool {
    let first = fields(plain(line.as_bytes())).next().map(field_text);
    first.is_some_and(|text| text == MARK)
}

/// Whether the first line of a table begins within a line.
fn holds_first_line(line: &[u8]) -> bool {
    let texts = field_texts(line);
    texts
        .iter()
        .any(|text| text.trim_end_matches('"').ends_with(MARK))
}
