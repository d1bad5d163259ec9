//! Texts with one value a line → reports, and reports → entries.
//!
//! ```text
//! text ─ lines of a form ─▶ entries: point, stamp, value, status ─ survey: its ends, or all of them ─▶ Reports     (when it is planned)
//! text, Report ─ lines of the form ─▶ EntryDecoder ─▶ Entries ─ sort, where they are not in order ─ RowBuilder ─▶ Chunks
//! ```
//!
//! Which points such a text has, from when to when, and in which order, only all of it tells: it is read once when it is planned, unless its
//! first and last lines tell it, and what was found out is data of its reports. Then its entries may be sorted at once and kept in scratch, so that
//! it is read once: see [`sorted`]. Its points that are logged alike are one report: the same lines are gone through for each of these
//! reports, and the entries of the others are passed over.
//!
//! Each point is a series of its own: which pass of a doubled hour an entry is of, and whether its time is a fault of the clock, is told by
//! the entries of its point alone, whether the lines go by time or by point.

mod block;
mod cell_reading;
mod date_order;
mod decoder;
mod each_line;
mod ends;
mod grid;
mod grid_decoder;
mod passes;
mod point_times;
mod points;
mod rows;
mod sorted;
mod statuses;
mod survey;

use super::Trend;
use super::dates::DateOrder;
use super::time_stamp::EntryStamp;
use crate::error::Error;
use crate::model::PointId;
pub(super) use block::Entries;
pub(super) use decoder::decoder;
pub(crate) use passes::DoubledEntries;
pub(super) use points::EntryPoints;
pub(super) use rows::EntryRows;
pub(crate) use sorted::EntryScratch;
pub(crate) use sorted::SortedPlace;
pub(super) use sorted::sorted_decoder;
pub(super) use survey::{reports, survey};

/// Begins to go through the lines of a text, whose file, or whose place in that, has this name.
pub(super) type BeginLines<'a> = &'a dyn Fn(&str) -> Box<dyn EntryLines>;

/// The lines of a text, one after the other from its first on.
pub(super) trait EntryLines: Send {
    /// What the next line is, which has no line end. One that is not `whole` is where the text was cut: it names no point, and is no entry.
    fn next<'l>(&mut self, line: &'l [u8], whole: bool) -> EntryLine<'l>;

    /// The next entry of the line that [`next`](Self::next) found an entry in, if it has another.
    fn more<'l>(&mut self, _line: &'l [u8]) -> Option<Entry<'l>> {
        None
    }

    /// How many entries a line counts for that should have some and is rejected.
    fn entries_of_line(&self) -> u64 {
        1
    }

    /// The points met so far.
    fn known_points(&self) -> &EntryPoints;

    /// The points met so far, in the order in which they stand in the text, each once.
    fn points(&self) -> &[EntryPoint] {
        self.known_points().all()
    }

    /// A name of a point with bytes that are no characters, if one was met: the text is in another encoding than its head says.
    fn undecoded_name(&self) -> Option<&[u8]> {
        self.known_points().undecoded()
    }

    /// What the text says of itself for people, as far as it was met.
    fn title(&self) -> &str {
        ""
    }

    /// The order of the parts of its dates, where its form says that; otherwise they have to prove it.
    fn date_order(&self) -> Option<DateOrder> {
        None
    }

    /// The days that the text states that it is of, unless it states several.
    fn date_range(&self) -> Option<&str> {
        None
    }

    /// Whether such texts state of which days they are: then all of them is looked at for that first.
    fn states_ranges(&self) -> bool {
        false
    }

    /// Whether its points are logged alike, and nothing but its entries says anything of them: then its first and its last lines may tell
    /// what it is.
    fn is_told_by_ends(&self) -> bool {
        false
    }

    /// Whether the end of the text was met, where such a text has one.
    fn is_complete(&self) -> bool {
        true
    }

    /// Whether a point has the name of the text, as far as it was met.
    fn is_named_by_path(&self) -> bool {
        false
    }
}

/// Why a line is no entry in which the text ends.
pub(super) const CUT_SHORT: &str = "is cut short: the file ends in it";

/// Why a line is no entry that stands where nobody knows which points it is of.
pub(super) const OF_NO_POINT: &str = "stands below no line that says which point it is of";

/// A point of a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct EntryPoint {
    pub(super) id: PointId,
    /// The trend definition, as written.
    pub(super) definition: String,
    pub(super) trend: Trend,
    /// The unit of its numbers, where its head says one; empty where it does not.
    pub(super) unit: String,
}

/// What a line is.
pub(super) enum EntryLine<'l> {
    /// Blank, of a head, or of what is no point.
    Head,
    /// No entry, and none that was lost: a line between pages, a rule.
    Furniture,
    /// An entry.
    Entry(Entry<'l>),
    /// What should be an entry, and why it is none.
    Rejected(&'static str),
    /// What makes the text unreadable.
    Refused(Error),
}

/// One value of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry<'l> {
    /// Its point, among those of the text.
    pub(super) point: usize,
    pub(super) stamp: EntryStamp<'l>,
    pub(super) value: &'l [u8],
    /// The unit of its number, where that stands beside it.
    pub(super) unit: &'l [u8],
    pub(super) status: Option<Status<'l>>,
    /// Whether it says that its point was not logged until then, since whenever.
    pub(super) restarts: bool,
}

/// What stands beside a value about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Status<'l> {
    pub(super) word: &'l [u8],
    /// Whether it says that there is no value.
    pub(super) is_missing: bool,
}
