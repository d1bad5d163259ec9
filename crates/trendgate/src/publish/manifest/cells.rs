//! The entries of a manifest for what became of the cells.

use crate::time::Instant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What became of every cell that the reports have in the months that the batch read: `input` is the sum of the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Cells {
    /// Cells met in all reports, those that were read again among them; a committed cell that stands in for a report that is gone
    /// counts as one.
    pub input: u64,
    /// Those whose value went into the dataset.
    pub used: u64,
    /// Those that had the same value as another of the same point and time, or the same rounded: of those the longer is used.
    pub equal_duplicates: u64,
    /// Those that lost against a different value of the same point and time.
    pub conflict_losers: u64,
    /// Those that were missing tokens.
    pub missing: u64,
    /// Those that were texts of no known kind.
    pub unrecognised: u64,
    /// Those whose unit does not fit their point's.
    pub unit_mismatch: u64,
    /// Those whose number was removed for its size.
    pub not_finite: u64,
    /// Those in rejected rows.
    pub rejected: u64,
    /// Those that gave way to a committed bin, because a report behind it is gone.
    #[serde(default)]
    pub gave_way: u64,
    /// Those of rows that were moved out of an hour that never happened, where another row gave the same point and time.
    #[serde(default)]
    pub moved_lost: u64,
}

/// ```
/// use trendgate::{RunOptions, Site, Watch};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let (settings, reports) = trendgate::internals::example(folder.path());
/// let site = Site::of(&settings);
/// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
/// let cells = site.history()?.versions()[0].manifest.cells;
/// let fates: u64 = cells.fates().map(|fate| fate.cells).into_iter().sum();
/// assert_eq!([fates, cells.accounted()], [cells.input; 2]);
/// # Ok::<(), trendgate::Error>(())
/// ```
impl Cells {
    /// The sum of what became of them.
    #[must_use]
    pub fn accounted(&self) -> u64 {
        self.fates().iter().map(|fate| fate.cells).sum()
    }

    /// What became of them.
    #[must_use]
    pub fn fates(&self) -> [CellFate; 10] {
        // By name, so that a count that is new does not compile until it stands here.
        let Self {
            input: _,
            used,
            equal_duplicates,
            conflict_losers,
            missing,
            unrecognised,
            unit_mismatch,
            not_finite,
            rejected,
            gave_way,
            moved_lost,
        } = *self;
        [
            ("used", "used", used),
            ("missing", "missing", missing),
            ("equal_duplicates", "equal", equal_duplicates),
            ("conflict_losers", "lost in conflicts", conflict_losers),
            ("unrecognised", "unrecognised", unrecognised),
            ("unit_mismatch", "unit mismatch", unit_mismatch),
            ("not_finite", "not finite", not_finite),
            ("rejected", "in rejected rows", rejected),
            ("gave_way", "gave way to kept bins", gave_way),
            ("moved_lost", "of moved rows", moved_lost),
        ]
        .map(|(name, words, cells)| CellFate { name, words, cells })
    }
}

/// What became of some cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CellFate {
    /// Its field in the manifest.
    pub name: &'static str,
    /// What became of them, in words.
    pub words: &'static str,
    /// How many they are.
    pub cells: u64,
}

/// Cells that two rows gave.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Conflicts {
    /// Cells that lost against a different value of the same point and time.
    pub cells: u64,
    /// Cells that had the same value as another of the same point and time, or the same rounded.
    pub equal_duplicates: u64,
    /// The first few conflicts.
    pub examples: Vec<Conflict>,
}

/// One cell that two rows gave differently.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Conflict {
    /// The time of the rows.
    pub timestamp: Instant,
    /// The column.
    pub column: String,
    /// The value that stayed.
    pub kept: f64,
    /// The value that lost.
    pub lost: f64,
}
