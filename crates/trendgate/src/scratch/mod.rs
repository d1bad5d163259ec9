//! What a run keeps on disk for its own use: data that is more than memory should hold.
//!
//! [`SpillFile`] takes records and gives them back; [`ExternalSort`] sorts what it cannot hold through one; [`TextScratch`] takes whole texts.

mod external_sort;
mod spill_file;
mod text_scratch;

pub(crate) use external_sort::{ExternalSort, RowPlace, SortBlock, SortedBlocks, SpilledRuns};
pub(crate) use spill_file::SpillFile;
pub(crate) use text_scratch::{SavedText, SpilledText, TextScratch, TextWriter};
