//! Wide tables: one row a time, one column a point. What the dialects that are written so have in common.
//!
//! ```text
//! head, as its dialect reads it ─ WideHead ─ first and last rows ─▶ Report
//! text, Report ─ rows ─ cells of a row, onto a block ─▶ Chunk
//! ```
//!
//! Where the head of another report stands below the first one, the text is divided ([`divide`]), and each report of it is planned by itself
//! ([`sections`]).
//!
//! A dialect reads its own head, and says which lines below the header are no rows ([`Furniture`]); all else is here. What is refused:
//! dates that can be read in two ways, or whose day and month have changed places; rows in the future; a report without rows.

mod block;
mod cell_statuses;
mod counts;
mod date_order;
mod decoder;
mod division;
mod doubled;
mod find_row;
mod many_cells;
mod parse;
mod range_lines;
mod row_texts;
mod rows;
mod sample;
mod sections;
mod start;
mod stated_cells;
mod survey;
mod table;
mod uneven;
mod written;

pub(super) use date_order::OrderOfDates;
pub(super) use decoder::decoder;
pub(super) use division::{Heads, divide};
pub(super) use find_row::find_row;
pub(super) use row_texts::stamp_texts;
use sample::{has_head, width};
use sections::{WideSection, sections};
pub(super) use start::{WideHead, WideStart};
pub(super) use survey::survey;
pub(super) use table::{
    HeaderRow, MOST_TIME_COLUMNS, MendedSteps, Misread, RowStamps, TableFurniture, TableStart,
    mend_of_no_sheet, split_brackets, table_texts, text_of, without_header,
};

/// What a dialect says of the lines below its header that are no rows.
pub(super) trait Furniture {
    /// Takes the next line of the head; the last one is the header.
    fn see(&mut self, line: &[u8]);

    /// What a line below the header is that cannot be read as a row; `whole` says whether it had a line end.
    fn meets(&self, line: &[u8], whole: bool) -> Met;

    /// Whether reports of this form end with a trailer. Where they do, one without is cut short.
    fn has_trailer(&self) -> bool;

    /// Whether the line is the trailer.
    fn is_trailer(&self, line: &[u8]) -> bool;

    /// Whether texts of this form are printed in pages. Blank lines are parts of these, and counted as such.
    fn has_pages(&self) -> bool {
        false
    }
}

/// What a line below the header is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    /// No part of a head.
    Nothing,
    /// Furniture, such as the header once more with the same columns.
    Furniture,
    /// The end of a page. Texts below it are furniture, up to the next line that is, or is a row.
    PageBreak,
    /// A text that is furniture where a page ends, and nothing anywhere else.
    PageText,
    /// A part of another head.
    Head,
}
