//! Texts → reports, and reports → chunks: the forms of export that are known by their content.
//!
//! ```text
//! beginning of a text ─ recognise ─▶ TextHead ─ reports ─▶ Report, Report, …       (when it is planned)
//! text, Report ─ decoder ─▶ Decode ─ next_chunk ─▶ Chunk, Chunk, … ─ finish ─▶ Decoded      (when it is read)
//! ```
//!
//! A dialect is one file here, and one line in [`DIALECTS`]. It is given text in UTF-8: containers and encodings stand before it, and time
//! order behind it. All that it finds out when it plans a report stands in the [`Report`], so that another process may decode it. What it
//! refuses: a text that is of the dialect and cannot be read as such.

mod metasys_long;
mod niagara_history;
mod of_entries;
mod siemens_pages;
mod siemens_points;
mod siemens_scheduler;
mod table_entries;
mod table_wide;
mod toa5;
mod zinc;

use super::ask::{Ask, TimeRule};
use super::chunk::Chunk;
use super::described::DescribedTable;
use super::entries::Entries;
use super::excerpt::first_lines;
use super::find_ranges::RowPlace;
use super::foreign::is_binary;
use super::ids::chosen;
use super::lines::Lines;
use super::open_text::{OpenText, WholeText};
use super::report::{Report, Trend};
use super::sniff::Looking;
use super::tally::Tally;
use super::text::{Finished, Text};
use super::wide::table_texts;
use crate::error::{Error, Result};
use crate::model::PointId;
use crate::text_id::FileId;
use crate::text_pieces::TextPiece;
use metasys_long::MetasysLong;
use niagara_history::NiagaraHistory;
use siemens_pages::SiemensPages;
use siemens_points::SiemensPoints;
use siemens_scheduler::SiemensScheduler;
pub(crate) use siemens_scheduler::point_id;
use std::io;
use std::sync::Arc;
pub(crate) use table_entries::check_labels;
use table_wide::TableWide;
use toa5::Toa5;
use zinc::Zinc;

/// A form of export.
pub(super) trait Dialect: Sync {
    /// Its name, which stays the same from version to version of the program.
    fn id(&self) -> &'static str;

    /// What people call it.
    fn title(&self) -> &'static str;

    /// What the guide to the forms of export says of it.
    fn guide(&self) -> DialectGuide;

    /// Whether a text is of this form that begins with `head`, which ends with a whole line unless it is [all](Shown::All) of the text.
    fn recognise(&self, head: &str, shown: Shown) -> Recognised;

    /// The fields in the head of a text that begins with `bytes`, from which its encoding is found out. `None` where it is not of this
    /// form.
    fn head_texts<'t>(&self, bytes: &'t [u8]) -> Option<HeadTexts<'t>>;

    /// Whether its texts have one value a line. Their points are one kind, as far as they are logged alike, whichever of them a text has.
    fn has_entries(&self) -> bool {
        false
    }

    /// Whether its texts are read as an entry of the configuration describes them: no text is one by itself.
    fn is_described(&self) -> bool {
        false
    }

    /// The point of a name and a suffix as its texts write them.
    fn point_id(&self, name: &str, suffix: &str) -> PointId {
        PointId::new(name, suffix)
    }

    /// What a trend definition says.
    fn trend(&self, definition: &str) -> Trend;

    /// Reads the times of all rows of `report`: sets from when to when it has accepted rows, whether they are in order and which way they
    /// run, and whether it is complete; or finds that its text holds several. `text` is its text.
    ///
    /// # Errors
    /// As [`survey`](super::survey()).
    fn survey(
        &self,
        report: &mut Report,
        text: WholeText<'_>,
        looking: Looking<'_>,
    ) -> Result<Surveyed>;

    /// The reports of a text that was found to hold several when one was read; each with its [section](super::TextSection), surveyed. A form
    /// that finds all reports of a text when it is planned has no other.
    ///
    /// # Errors
    /// As [`survey`](super::survey()); one report that cannot be read is enough.
    fn divide(&self, text: WholeText<'_>, _looking: Looking<'_>) -> Result<Vec<Report>> {
        let message = format!("texts of {} are not divided", self.title());
        Err(Error::bug(message).at(text.path()))
    }

    /// The first of `lines`, which begin anywhere in the text of `report`, that is a row and tells its time alone. Never one in a form whose
    /// lines are read with those before them.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where they cannot be read.
    fn find_row(
        &self,
        _lines: Lines,
        _report: &Report,
        _time: &TimeRule,
    ) -> Result<Option<RowPlace>> {
        Ok(None)
    }

    /// Begins to read `report`. `text` is its text, from the first byte on, or its section or range of it.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where it cannot be read.
    fn decoder(&self, text: Text, report: &Arc<Report>, ask: Ask<'_>) -> Result<Decoder>;
}

/// What people are told of a form of export, in Markdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DialectGuide {
    /// By what its texts are known.
    pub known_by: &'static str,
    /// What is special about them.
    pub special: &'static str,
}

/// By what the texts of forms are known that no text is of by itself.
const DESCRIBED: &str = "an entry of `cleaner.sources` that describes them";

/// What a text was found to hold when it was read whole for the times of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Surveyed {
    /// The text holds that report alone.
    One,
    /// The text holds other reports, too.
    Several,
}

/// How much of a text is shown to a dialect that may recognise it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// All of it.
    All,
    /// Its beginning. More can be had.
    Some,
    /// Its beginning. More than this is not looked at.
    Most,
}

/// What a dialect says of the beginning of a text.
pub(super) enum Recognised {
    /// The text is of its form.
    Yes(Box<dyn TextHead>),
    /// The text may be of its form; more of it has to be seen. Not said where no more is shown.
    More,
    /// The text is not of its form.
    No,
    /// The text is of its form, and cannot be read.
    Refused(Error),
}

/// A text that was recognised.
pub(super) trait TextHead {
    /// The reports in it, in their order; at least one.
    ///
    /// # Errors
    /// [`Input`](crate::ErrorKind::Input) where they cannot be read, [`Future`](crate::ErrorKind::Future) where one reaches into the
    /// future, [`Storage`](crate::ErrorKind::Storage) where the file cannot be read.
    fn reports(self: Box<Self>, text: OpenText<'_>, looking: Looking<'_>) -> Result<Vec<Report>>;
}

/// The fields of a head that are not all ASCII, in their order.
#[derive(Debug, Default)]
pub(super) struct HeadTexts<'t> {
    /// The fields that name points.
    pub(super) names: Vec<&'t [u8]>,
    /// The line of the first of these, counted from 1.
    pub(super) first_name: u64,
    /// The fields that name no points.
    pub(super) others: Vec<&'t [u8]>,
}

/// What begins to read a report.
pub(super) enum Decoder {
    /// A row is a line.
    Rows(Box<dyn Decode<Chunk>>),
    /// A line is one value.
    Entries(Box<dyn Decode<Entries>>),
}

/// What a decoder gives.
#[derive(Debug)]
pub(super) enum DecodeStep<B> {
    /// The next rows.
    Rows(B),
    /// There are no more.
    End,
    /// As [`ReadStep::NeedsWhole`](super::ReadStep::NeedsWhole).
    NeedsWhole,
}

/// A report that is being read, a chunk at a time.
pub(super) trait Decode<B> {
    /// The next rows, in the order of the text. Where the report is not known to be out of order, they are in order of time, or the step
    /// says that they are not.
    ///
    /// # Errors
    /// [`Future`](crate::ErrorKind::Future) for a row in the future, [`Input`](crate::ErrorKind::Input) for what cannot be read at all,
    /// [`Storage`](crate::ErrorKind::Storage) where the file cannot be read.
    fn next_chunk(&mut self) -> Result<DecodeStep<B>>;

    /// Makes the next chunks of about `cells` cells.
    fn hold_at_most(&mut self, cells: usize);

    /// Bytes of the file read so far.
    fn bytes_read(&self) -> u64;

    /// Ends the reading, after the last chunk.
    fn finish(self: Box<Self>) -> Decoded;
}

/// What is known of a report that was read to its end.
pub(super) struct Decoded {
    /// What became of its cells.
    pub(super) tally: Tally,
    /// Rows met, whatever the window; of a range those that its reading counts.
    pub(super) rows_seen: u64,
    /// The lines that the reading of a range counts.
    pub(super) lines: u64,
    /// Whether numbers were met that only the whole report decides; they were not read.
    pub(super) undecided: bool,
    /// Whether the report was met to its end: one that has not was cut short.
    pub(super) complete: bool,
    /// What tells what the text is known by.
    pub(super) text: TextEnd,
}

/// A text that a report was read from.
pub(super) enum TextEnd {
    /// The text is open, and the report was read.
    Open(Box<Text>),
    /// The text was read to its end when it was planned, and is known by this.
    Known(FileId),
}

impl From<Text> for TextEnd {
    fn from(text: Text) -> Self {
        Self::Open(Box::new(text))
    }
}

impl TextEnd {
    /// As [`Text::finish_range`].
    ///
    /// # Errors
    /// As there.
    pub(super) fn finish_range(self) -> io::Result<Option<Vec<TextPiece>>> {
        match self {
            Self::Open(text) => text.finish_range(),
            Self::Known(_) => Err(io::Error::other("a known text is no range")),
        }
    }

    /// As [`Text::finish`].
    ///
    /// # Errors
    /// As there.
    pub(super) fn finish(self) -> io::Result<Finished> {
        match self {
            Self::Open(text) => text.finish(),
            Self::Known(id) => Ok(Finished {
                id,
                file_bytes: None,
                same: true,
            }),
        }
    }
}

/// Every dialect, in the order in which they are tried.
static DIALECTS: &[&dyn Dialect] = &[
    &SiemensScheduler,
    &SiemensPoints,
    &NiagaraHistory,
    &MetasysLong,
    &Zinc,
    &SiemensPages,
    &Toa5,
    &TableWide,
    &table_entries::LONG,
    &table_entries::DAY,
    #[cfg(test)]
    &super::tests::long::LongFixture,
];

/// A dialect, by its id.
///
/// ```
/// use trendgate::vocabulary::DialectId;
///
/// let niagara = DialectId::all().find(|dialect| dialect.as_str() == "niagara-history").unwrap();
/// assert!(niagara.title().contains("Niagara") && niagara.has_entries());
/// assert!(!niagara.guide().known_by.is_empty());
/// ```
#[derive(Clone, Copy)]
pub struct DialectId(&'static dyn Dialect);

chosen!(pub DialectId, Dialect, DIALECTS, "dialect");

/// The dialect of reports of which none was written down.
impl Default for DialectId {
    fn default() -> Self {
        Self::UNNAMED
    }
}

impl DialectId {
    /// The dialect of reports of which no dialect was written down.
    const UNNAMED: Self = Self::of(&SiemensScheduler);

    /// Whether it is the dialect of reports of which none was written down.
    #[must_use]
    pub(crate) fn is_unnamed(&self) -> bool {
        *self == Self::UNNAMED
    }

    /// The id of `dialect`.
    pub(super) const fn of(dialect: &'static dyn Dialect) -> Self {
        Self(dialect)
    }

    /// What people call it.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.0.title()
    }

    /// What people are told of it.
    #[must_use]
    pub fn guide(self) -> DialectGuide {
        self.0.guide()
    }

    /// All of them, in the order in which they are tried.
    pub fn all() -> impl Iterator<Item = Self> {
        DIALECTS.iter().map(|dialect| Self(*dialect))
    }

    /// The point of a name and a suffix as its texts write them.
    #[must_use]
    pub(crate) fn point_id(self, name: &str, suffix: &str) -> PointId {
        self.0.point_id(name, suffix)
    }

    /// Whether its texts have one value a line: then all their points that are logged alike are one kind.
    #[must_use]
    pub fn has_entries(self) -> bool {
        self.0.has_entries()
    }

    /// What a trend definition says in it.
    #[must_use]
    pub(crate) fn trend(self, definition: &str) -> Trend {
        self.0.trend(definition)
    }

    /// Whether its texts are read as an entry of the configuration describes them.
    #[must_use]
    pub(crate) fn is_described(self) -> bool {
        self.0.is_described()
    }

    /// As [`Dialect::survey`].
    pub(super) fn survey(
        self,
        report: &mut Report,
        text: WholeText<'_>,
        looking: Looking<'_>,
    ) -> Result<Surveyed> {
        self.0.survey(report, text, looking)
    }

    /// As [`Dialect::divide`].
    pub(super) fn divide(self, text: WholeText<'_>, looking: Looking<'_>) -> Result<Vec<Report>> {
        self.0.divide(text, looking)
    }

    /// As [`Dialect::find_row`].
    pub(super) fn find_row(
        self,
        lines: Lines,
        report: &Report,
        time: &TimeRule,
    ) -> Result<Option<RowPlace>> {
        self.0.find_row(lines, report, time)
    }

    /// As [`Dialect::decoder`].
    pub(super) fn decoder(self, text: Text, report: &Arc<Report>, ask: Ask<'_>) -> Result<Decoder> {
        self.0.decoder(text, report, ask)
    }
}

/// The head of a text that begins with `head`, of whatever dialect it is, or else as it is described; `None` where more of it has to be seen.
///
/// # Errors
/// [`Input`](crate::ErrorKind::Input) where it is of none, or cannot be read.
pub(super) fn recognise(
    head: &str,
    shown: Shown,
    looking: Looking<'_>,
) -> Result<Option<Box<dyn TextHead>>> {
    let table = looking.stated.table.as_deref();
    let (mut more, mut refused) = (false, None);
    let dialects = DIALECTS
        .iter()
        .map(|dialect| dialect.recognise(head, shown));
    let dialects = dialects.filter(|_| table.is_none_or(|table| !table.alone));
    let described = table.into_iter().map(|table| match table.entries {
        None => table_wide::described(head, shown, table, looking),
        Some(_) => table_entries::described(head, shown, table, looking),
    });
    for recognised in dialects.chain(described) {
        match recognised {
            Recognised::Yes(found) => return Ok(Some(found)),
            Recognised::More => more = true,
            Recognised::No => {}
            Recognised::Refused(error) => refused = refused.or(Some(error)),
        }
    }
    match refused {
        _ if more => Ok(None),
        Some(error) => Err(error),
        None => Err(of_no_dialect(head)),
    }
}

/// The texts in the head of a text that begins with `bytes`; `None` where it is of no dialect, and not as it is described.
pub(super) fn head_texts<'t>(
    bytes: &'t [u8],
    described: Option<&DescribedTable>,
) -> Option<HeadTexts<'t>> {
    let mut dialects = DIALECTS.iter();
    let found = dialects.find_map(|dialect| dialect.head_texts(bytes));
    found.or_else(|| table_texts(bytes, described?))
}

/// What decides how a text is read that no dialect recognises.
pub(crate) const DESCRIPTION: &str = "cleaner.sources";

/// The refusal of a text that no dialect recognises.
fn of_no_dialect(text: &str) -> Error {
    let forms = || {
        DIALECTS
            .iter()
            .filter(|dialect| !dialect.is_described())
            .map(|dialect| dialect.id())
            .collect::<Vec<_>>()
    };
    let message = match text {
        _ if text.trim().is_empty() => "the file is empty".to_owned(),
        _ if is_binary(text) => "not a trend report: the file is binary data".to_owned(),
        _ => format!(
            "not a trend report: looked for what texts of {} have, and found none of it",
            forms().join(", ")
        ),
    };
    Error::input(message)
        .foreign()
        .excerpt(match is_binary(text) {
            true => Vec::new(),
            false => first_lines(text),
        })
        .hint("remove the file, or set batch.input_pattern so that it is not taken for a report")
        .decided_by(DESCRIPTION)
}
