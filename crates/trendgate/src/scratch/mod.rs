//! What a run keeps on disk for its own use: data that is more than memory should hold.
//!
//! [`SpillFile`] takes records and gives them back.

mod external_sort;
mod spill_file;

pub(crate) use external_sort::Sorter;
pub(crate) use spill_file::SpillFile;
