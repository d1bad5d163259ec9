//! Files → raw columns.
//!
//! ```text
//! paths ─ discover ─▶ files ─ container ─▶ texts ─ encoding ─▶ UTF-8 ─ dialect ─▶ Reports      (heads and tails only)
//!                       └──── container ─▶ text ── encoding ─▶ UTF-8 ─ decoder ─▶ Chunks       (one report, all of it)
//!                                                                         └ sort ┘ where its rows are not in order
//! ```
//!
//! What enters is paths; what leaves is [`Chunk`]s of `f64` columns in time order, and a [`Tally`] in which every cell
//! of the report stands in exactly one count. What is refused: a file that is not a report, a report whose dates can be
//! read in two ways, one that reaches into the future, one that changes while it is read.
//!
//! A form of export is a dialect: one file in `dialects/` and one line in its list. It is given text and cannot tell a compressed file from a
//! plain one. How files are packed is the business of `containers/`, and which bytes stand for which characters that of `text.rs`.

mod additions;
mod ask;
mod cells;
mod charset;
mod chunk;
mod clock_faults;
mod clock_tally;
mod containers;
mod dates;
mod decimal;
mod described;
mod dialects;
mod discover;
mod encoding;
mod entries;
mod excerpt;
mod exchanged;
mod field_places;
mod fields;
mod file_bytes;
mod files;
mod find_ranges;
mod fold;
mod foreign;
mod found;
mod identify;
mod ids;
mod letters;
mod lines;
mod local_clock;
mod missing_words;
mod names;
mod number_columns;
mod open_text;
mod path_names;
mod path_patterns;
mod read_in_memory;
mod reader;
mod report;
mod section;
mod separators;
mod short_texts;
mod snap;
mod sniff;
mod sort;
mod stated;
mod states;
mod status_beside;
mod tally;
mod text;
mod text_range;
mod time_stamp;
mod times;
mod tokens;
mod unpacked;
mod wide;
mod words;
mod zone_words;

pub(crate) use additions::Additions;
pub use ask::{CellRule, CellsAtATime, Choice, ReadOptions, TimeRule, Window};
pub use chunk::Chunk;
pub(crate) use chunk::Extreme;
pub(crate) use clock_faults::ClockFaults;
pub(crate) use clock_tally::ClockTally;
#[cfg(test)]
pub(crate) use containers::ContainerId;
pub(crate) use containers::sheet_name;
pub(crate) use containers::{FileTexts, TextPlace};
pub(crate) use dates::{DateOrder, check_format};
pub(crate) use decimal::is_ambiguous_number;
pub(crate) use decimal::{Decimal, Decimals};
pub(crate) use described::{
    DayTable, DescribedTable, Edge, EntryTable, LongTable, Mend, PointNames, StatusColumn,
    TableHeader, UnitsPlace,
};
pub(crate) use dialects::DESCRIPTION;
pub use dialects::DialectId;
pub(crate) use dialects::{check_labels, point_id};
#[cfg(test)]
pub(crate) use discover::discover;
pub(crate) use discover::discover_until;
pub(crate) use discover::is_taken;
pub(crate) use encoding::Encoding;
#[cfg(test)]
pub(crate) use entries::DoubledEntries;
pub(crate) use entries::EntryScratch;
pub(crate) use exchanged::OutsideRange;
pub(crate) use files::Files;
pub(crate) use find_ranges::{LEAST_BYTES, find_ranges};
pub(crate) use found::{
    DayLabels, FoundBeside, FoundFact, FoundForm, FoundHeader, FoundTable, FoundText, FoundUnits,
    FoundValues, FoundWhy, country_has_month_first, find_tables, is_calendar_word, is_generic,
    state_numbers,
};
#[cfg(test)]
pub(crate) use identify::identify;
pub(crate) use identify::{NamedId, identify_named, identify_text, identify_texts, identify_until};
pub use number_columns::NumberColumns;
pub use path_names::TextName;
pub(crate) use path_names::{NameSource, PathNames, PathPattern};
pub(crate) use path_patterns::PathPatterns;
pub use read_in_memory::{read_bytes, read_bytes_as};
pub use reader::{ReadStep, Reader};
pub use report::Report;
pub(crate) use report::text_path;
pub(crate) use report::{
    Columns, HeadUnit, Heading, Layout, ReportPoint, RowOrder, TableColumns, Trend,
};
pub(crate) use section::TextSection;
pub use separators::FieldSeparator;
pub use sniff::sniff;
pub(crate) use sniff::{TextFile, is_export_name, read_whole, sniff_again, sniff_until, survey};
pub(crate) use sniff::{is_packed, is_workbook, no_texts};
pub(crate) use stated::{
    ClockOffset, DecimalSign, StatedFile, StatedOrder, StatedReadings, StatedSource,
};
pub use stated::{StatedReading, StatedTexts};
pub(crate) use status_beside::StatusBeside;
pub use tally::ReadOutcome;
pub(crate) use tally::{PointTally, RangeOutcome, RejectedRow, Tally, TextExamples};
pub(crate) use text::TextForm;
pub(crate) use text_range::TextRange;
pub(crate) use unpacked::UnpackedText;

#[cfg(test)]
mod tests;
