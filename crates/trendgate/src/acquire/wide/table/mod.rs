//! Wide tables that no dialect knows, and an entry of the configuration describes.
//!
//! ```text
//! head, description ─ head ─▶ points, columns ─ first and last rows ─▶ Report
//! fields of a row's time ─ stamps ─ stamp_clock, or what known_stamps says ─▶ RowTime
//! ```
//!
//! All else, the loop over cells above all, is that of other wide tables. What is refused, with what was expected and what stands there: a text
//! without the row of names or one of the columns that are described, of whose first rows none has a time as it is described, and one with a
//! time that is one only with day and month exchanged, or with a word for a zone that nothing explains; one with dates that a spreadsheet exchanged,
//! as it is said, whose rows do not follow one another; and one whose times are dates of a spreadsheet, as it is said, in a text that is no sheet.

mod furniture;
mod head;
mod known_stamps;
mod mend;
mod stamp_clock;
mod stamps;
mod start;

pub(in crate::acquire) use furniture::TableFurniture;
pub(in crate::acquire) use head::{HeaderRow, split_brackets, table_texts, text_of};
pub(in crate::acquire) use mend::MendedSteps;
pub(in crate::acquire) use stamps::MOST_COLUMNS as MOST_TIME_COLUMNS;
pub(in crate::acquire) use stamps::{Misread, RowStamps};
pub(in crate::acquire) use start::{TableStart, mend_of_no_sheet, without_header};
