//! Tables with one value a row, or one day a row, that an entry of `cleaner.sources` describes. No text is one by itself: [`described`] is
//! asked with a description.
//!
//! ```text
//! Zeitstempel,Objekt,Wert,Einheit,Status              Meter,Date,Unit,00:15,00:30,…,24:00
//! 29.03.2026 01:30:00,Geb 7.VL,"48,000",°C,OK         TP-88001,2026/01/31,kWh,10.00,10.01,…,11.95
//! ```
//!
//! What is refused, with what was expected and what stands there: a text without the row of names or one of the columns that are described,
//! of whose first rows none is written as it is described, whose columns of a day are no times of day, and one in which the row of names of
//! another table stands below.

mod day;
mod head;
mod lines;
mod points;
mod values;

use super::{
    DESCRIBED, Decoder, Dialect, DialectGuide, DialectId, HeadTexts, Recognised, Shown, Surveyed,
    TextHead,
};
use crate::acquire::additions::stated_trend;
use crate::acquire::ask::Ask;
use crate::acquire::described::{DescribedTable, EntryTable};
use crate::acquire::entries::{self, EntryLine, EntryLines};
use crate::acquire::excerpt::first_lines;
use crate::acquire::fields::is_blank;
use crate::acquire::open_text::{OpenText, WholeText};
use crate::acquire::sniff::Looking;
use crate::acquire::text::Text;
use crate::acquire::wide::without_header;
use crate::acquire::{Report, Trend};
use crate::error::{Error, Result};
pub(crate) use day::check_labels;
use lines::TableText;
use std::sync::Arc;

/// Tables with one value a row.
pub(super) static LONG: TableEntries = TableEntries::Long;
/// Tables with one day a row.
pub(super) static DAY: TableEntries = TableEntries::Day;

pub(super) enum TableEntries {
    Long,
    Day,
}

/// A head is looked for in so many bytes.
const LARGEST_HEAD: usize = 1 << 20;
/// So many rows at the beginning are looked at for one that is written as it is described.
const SAMPLE_ROWS: usize = 64;

/// Whether a text is of the form of `table`, one with entries, that begins with `head`.
pub(super) fn described(
    head: &str,
    shown: Shown,
    table: &DescribedTable,
    looking: Looking<'_>,
) -> Recognised {
    let may_come = shown == Shown::Some && head.len() < LARGEST_HEAD;
    let dialect = match table.entries {
        Some(EntryTable::Day(_)) => &DAY,
        _ => &LONG,
    };
    match first_rows(head, table, looking) {
        Ok(Beginning::Entry) => Recognised::Yes(Box::new(TableEntriesHead(dialect))),
        Ok(Beginning::None) if may_come => Recognised::More,
        Ok(Beginning::None) => Recognised::Refused(without_header(head, table)),
        Err(_) if may_come => Recognised::More,
        Err(error) => Recognised::Refused(error),
    }
}

/// What the beginning of a text has.
enum Beginning {
    /// A row that is written as it is described.
    Entry,
    /// No row of names.
    None,
}

fn first_rows(head: &str, table: &DescribedTable, looking: Looking<'_>) -> Result<Beginning> {
    let mut lines = TableText::new(looking.stated, looking.rule)?.lines();
    let (mut rows, mut first) = (0, None);
    for (number, line) in (1..).zip(head.lines()) {
        match lines.next(line.as_bytes(), true) {
            EntryLine::Entry(_) => return Ok(Beginning::Entry),
            EntryLine::Refused(error) => return Err(error.line(number)),
            EntryLine::Rejected(reason) => {
                rows += 1;
                first.get_or_insert((number, reason, line));
            }
            EntryLine::Head | EntryLine::Furniture => {}
        }
        if rows == SAMPLE_ROWS {
            break;
        }
    }
    match first {
        None if !lines.has_head() => Ok(Beginning::None),
        None => Err(Error::input("the table has no rows")
            .hint("the export was cut short, or there was nothing in this time; remove the file")),
        Some((number, reason, line)) => {
            let found = lines
                .written_time(line.as_bytes())
                .filter(|found| !is_blank(found.as_bytes()));
            let message = found.map_or_else(
                || format!("the first row {reason}"),
                |found| {
                    format!(
                        "expected a time in the format {:?} in the first row, found {found:?}",
                        table.format
                    )
                },
            );
            Err(Error::input(message)
                .line(number)
                .excerpt(first_lines(line))
                .hint("correct the description of the table, or state it for the files alone that are written so"))
        }
    }
}

impl Dialect for TableEntries {
    fn id(&self) -> &'static str {
        match self {
            Self::Long => "table-long",
            Self::Day => "table-day",
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::Long => "table with one value a row, as cleaner.sources describes it",
            Self::Day => "table with one day a row, as cleaner.sources describes it",
        }
    }

    fn guide(&self) -> DialectGuide {
        DialectGuide {
            known_by: DESCRIBED,
            special: match self {
                Self::Long => {
                    "any table with one row a value, or with several values of one thing a row: see below"
                }
                Self::Day => "any table with one row a day: see below",
            },
        }
    }

    fn has_entries(&self) -> bool {
        true
    }

    fn is_described(&self) -> bool {
        true
    }

    fn recognise(&self, _head: &str, _shown: Shown) -> Recognised {
        Recognised::No
    }

    fn head_texts<'t>(&self, _bytes: &'t [u8]) -> Option<HeadTexts<'t>> {
        None
    }

    fn trend(&self, definition: &str) -> Trend {
        stated_trend(definition)
    }

    fn survey(
        &self,
        report: &mut Report,
        text: WholeText<'_>,
        looking: Looking<'_>,
    ) -> Result<Surveyed> {
        let stated = TableText::new(looking.stated, looking.rule)?;
        entries::survey(&|_| Box::new(stated.lines()), report, text, looking)
    }

    fn decoder(&self, text: Text, report: &Arc<Report>, ask: Ask<'_>) -> Result<Decoder> {
        let stated = TableText::new(&report.stated, ask.time)?;
        let decoder = entries::decoder(&|_| Box::new(stated.lines()), text, report, ask);
        decoder.map(Decoder::Entries)
    }
}

/// A text that was recognised.
struct TableEntriesHead(&'static TableEntries);

impl TextHead for TableEntriesHead {
    fn reports(self: Box<Self>, text: OpenText<'_>, looking: Looking<'_>) -> Result<Vec<Report>> {
        let stated = TableText::new(looking.stated, looking.rule)?;
        let dialect = DialectId::of(self.0);
        entries::reports(dialect, &|_| Box::new(stated.lines()), text, looking)
    }
}
