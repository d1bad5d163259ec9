//! Wide tables that an entry of `cleaner.sources` describes. No text is one by itself: [`described`] is asked with a description.

use super::{
    DESCRIBED, Decoder, Dialect, DialectGuide, DialectId, HeadTexts, Recognised, Shown, Surveyed,
};
use crate::acquire::additions::stated_trend;
use crate::acquire::ask::Ask;
use crate::acquire::described::DescribedTable;
use crate::acquire::find_ranges::RowPlace;
use crate::acquire::lines::Lines;
use crate::acquire::open_text::WholeText;
use crate::acquire::sniff::Looking;
use crate::acquire::text::Text;
use crate::acquire::wide::{self, Furniture, Met, TableFurniture, TableStart};
use crate::acquire::{ReadOptions, Report, TimeRule, Trend};
use crate::error::{Error, Result};
use std::sync::Arc;

pub(super) struct TableWide;

/// Whether a text is of the form of `table` that begins with `head`.
pub(super) fn described(
    head: &str,
    shown: Shown,
    table: &DescribedTable,
    looking: Looking<'_>,
) -> Recognised {
    TableStart::recognise(DialectId::of(&TableWide), head, shown, table, looking)
}

impl Dialect for TableWide {
    fn id(&self) -> &'static str {
        "table-wide"
    }

    fn title(&self) -> &'static str {
        "wide table, as cleaner.sources describes it"
    }

    fn guide(&self) -> DialectGuide {
        DialectGuide {
            known_by: DESCRIBED,
            special: "any table with one row a time and one column a point: see below",
        }
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
        let others = furniture(report)?;
        wide::survey(report, text.read()?, looking, others)
    }

    /// Refuses the text: a description is of one table.
    fn divide(&self, text: WholeText<'_>, looking: Looking<'_>) -> Result<Vec<Report>> {
        let path = text.path();
        let table = looking.stated.table.as_deref();
        let mut others = TableFurniture::of(table.ok_or_else(|| undescribed().at(path))?);
        let mut lines = Lines::new(text.read()?, ReadOptions::default().block_bytes);
        let mut has_head = false;
        while let Some(line) = lines.next_line(path)? {
            let bytes = lines.bytes(&line);
            match has_head {
                true if others.meets(bytes, line.whole) == Met::Head => {
                    let error = "the row of names of another table stands below the first one, with other columns";
                    return Err(Error::input(error).at(path).line(line.number).hint(
                        "files were joined, or columns were added: give every table a file of its own",
                    ));
                }
                true => {}
                false => has_head = others.see_header(bytes),
            }
        }
        Err(Error::bug("a table was found to be several, and is one").at(path))
    }

    fn find_row(&self, lines: Lines, report: &Report, time: &TimeRule) -> Result<Option<RowPlace>> {
        wide::find_row(lines, report, time, furniture(report)?)
    }

    fn decoder(&self, text: Text, report: &Arc<Report>, ask: Ask<'_>) -> Result<Decoder> {
        let decoder = wide::decoder(text, report, ask, furniture(report)?)?;
        Ok(Decoder::Rows(decoder))
    }
}

fn furniture(report: &Report) -> Result<Box<dyn Furniture>> {
    let table = report.stated.table.as_deref().ok_or_else(undescribed)?;
    Ok(Box::new(TableFurniture::of(table)))
}

fn undescribed() -> Error {
    Error::bug("a described table without its description")
}
